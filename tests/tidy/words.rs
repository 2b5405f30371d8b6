//! Words that must not appear in the repository: paths of one machine, keys, notes to oneself.

use crate::{none, texts};

#[test]
fn no_word_of_one_machine_or_one_moment() {
    // In two parts, so that this file does not trip over itself.
    let words = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/home", "/"],
        ["/tmp/bash", "_jobs"],
        ["BEGIN PRIVATE", " KEY"],
        ["BEGIN RSA PRIVATE", " KEY"],
        ["<<<<", "<<< "],
        [">>>>", ">>> "],
        ["lorem", " ipsum"],
        ["issue", " 2"],
        ["mile", "stone"],
    ]
    .map(|parts| parts.concat());
    // Keys that tests sign with are made for them and open nothing.
    let ours = |path: &str| {
        path != "Cargo.lock" && !["fixtures/", "tests/it/http/keys/"].iter().any(|p| path.starts_with(p))
    };
    let mut wrong = Vec::new();
    for file in texts().iter().filter(|f| ours(&f.path)) {
        for (n, line) in file.lines() {
            for word in words.iter().filter(|w| line.contains(w.as_str())) {
                wrong.push(file.at(n, &format!("`{word}` has no place in the repository")));
            }
        }
    }
    none(wrong);
}

#[test]
fn text_files_end_with_a_line_end() {
    let unfinished = |text: &str| !text.is_empty() && !text.ends_with('\n');
    let files = texts();
    let ours = files.iter().filter(|f| !f.path.starts_with("fixtures/"));
    none(ours.filter(|f| unfinished(&f.text)).map(|f| f.at(f.lines().count(), "no line end")).collect());
}
