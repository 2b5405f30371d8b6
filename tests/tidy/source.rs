//! Rules on the Rust sources: headers, lengths, leftovers, names of modules.

use crate::{File, none, sources};

/// Longest function, in lines, signature and braces included.
const FUNCTION: usize = 70;
/// Longest file, in lines.
const FILE: usize = 500;

#[test]
fn each_file_begins_with_a_header() {
    let missing = |f: &File| !f.text.starts_with("//! ");
    none(sources().iter().filter(|f| missing(f)).map(|f| f.at(1, "no `//!` header")).collect());
}

#[test]
fn files_are_short() {
    let long = |f: &File| {
        let lines = f.lines().count();
        (lines > FILE).then(|| f.at(lines, &format!("more than {FILE} lines")))
    };
    none(sources().iter().filter_map(long).collect());
}

/// The functions of a formatted file: 1-based line, and length in lines.
fn functions(file: &File) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        if !is_function(code) {
            continue;
        }
        let indent = &line[..line.len() - code.len()];
        // Formatted: the signature ends with `{`, `;` or `}`, and the body with a brace under the start.
        let signature = lines[start..].iter().position(|l| l.ends_with(['{', ';', '}'])).unwrap_or(0);
        if !lines[start + signature].ends_with('{') {
            found.push((start + 1, signature + 1));
            continue;
        }
        let close = format!("{indent}}}");
        let end = lines[start..].iter().position(|l| *l == close).unwrap_or(signature);
        found.push((start + 1, end + 1));
    }
    found
}

fn is_function(code: &str) -> bool {
    let mut words = code.split_whitespace().skip_while(|word| {
        word.starts_with("pub") || matches!(*word, "async" | "const" | "unsafe" | "in" | "crate)" | "super)")
    });
    words.next() == Some("fn")
}

#[test]
fn functions_are_short() {
    let mut wrong = Vec::new();
    for file in sources() {
        for (line, length) in functions(&file) {
            if length > FUNCTION {
                wrong.push(file.at(line, &format!("function of {length} lines, more than {FUNCTION}")));
            }
        }
    }
    none(wrong);
}

#[test]
fn functions_are_measured() {
    let text = "fn a() {\n    1\n}\n\npub(crate) async fn b(\n    x: u8,\n) -> u8 {\n    x\n}\n\ntrait T {\n    fn c();\n}\n";
    let file = File { path: "x.rs".to_owned(), text: text.to_owned() };
    assert_eq!(functions(&file), [(1, 3), (5, 5), (12, 1)]);
}

#[test]
fn nothing_is_left_behind() {
    // Written in two parts, so that this file does not trip over itself.
    let leftovers = [["TO", "DO"], ["FIX", "ME"], ["todo", "!("], ["dbg", "!("], ["unimple", "mented!("]]
        .map(|p| p.concat());
    let attributes = [["#[ig", "nore"], ["#[al", "low("], ["#![al", "low("]].map(|p| p.concat());
    let mut wrong = Vec::new();
    for file in sources() {
        for (n, line) in file.lines() {
            for word in leftovers.iter().chain(&attributes).filter(|w| line.contains(w.as_str())) {
                wrong.push(file.at(n, &format!("{word} has no place here")));
            }
        }
    }
    none(wrong);
}

#[test]
fn exceptions_give_their_reason() {
    let mut wrong = Vec::new();
    for file in sources() {
        // In two parts, so that this file does not trip over itself.
        for (at, _) in file.text.match_indices(&["[exp", "ect("].concat()) {
            let end = file.text[at..].find(")]").map_or(file.text.len(), |e| at + e);
            if !file.text[at..end].contains("reason = \"") {
                let line = file.text[..at].lines().count();
                wrong.push(file.at(line, "an exception without its reason"));
            }
        }
    }
    none(wrong);
}

#[test]
fn modules_are_named_by_what_they_hold() {
    let vague = ["utils", "util", "common", "helpers", "misc"];
    let stem = |f: &File| {
        f.path.trim_end_matches("/mod.rs").trim_end_matches(".rs").rsplit('/').next().map(str::to_owned)
    };
    let is_vague = |f: &File| stem(f).is_some_and(|s| vague.contains(&s.as_str()));
    none(
        sources()
            .iter()
            .filter(|f| is_vague(f))
            .map(|f| f.at(1, "a module is named by what it holds"))
            .collect(),
    );
}
