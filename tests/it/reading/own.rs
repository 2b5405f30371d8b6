//! PDFs whose text is known: words, their order, columns, rows of tables.

use super::{Score, lines, read_pdf, tokens};
use crate::support::{corpus, files};
use record::{Fault, Outcome, Triage};

/// A file whose layer of text was destroyed on purpose: nothing but its image tells what it says.
fn is_destroyed(name: &str) -> bool {
    name.contains("ps2pdf")
}

#[test]
fn words_order_columns_and_rows_are_kept() {
    let (Some(folder), Some(truths)) = (corpus("pdf/own"), corpus("pdf/own_truth")) else { return };
    let [mut words, mut pairs, mut columns, mut rows] = [Score::default(); 4];
    for path in files(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if is_destroyed(&name) {
            continue;
        }
        let document = name.split("__").next().unwrap();
        let truth = std::fs::read_to_string(truths.join(format!("{document}.txt"))).unwrap();
        let found = lines(&read_pdf(&path));
        let of_file = Score::of_words(&truth, &found);
        assert!(of_file.recall() > 0.9, "{name}: {of_file:?}");
        words += of_file;
        let order = Score::of_pairs(&truth, &found);
        pairs += order;
        if document == "lettre2col" {
            columns += order;
        }
        rows += Score::of_rows(&truth, &found);
    }
    eprintln!("words {words:?}, pairs {pairs:?}, two columns {columns:?}, rows {rows:?}");
    for (what, score, floor) in [
        ("words", words, 0.999),
        ("pairs in order", pairs, 0.998),
        ("pairs in two columns", columns, 0.999),
        ("rows of tables", rows, 0.99),
    ] {
        assert!(score.recall() >= floor, "{what}: {score:?}");
    }
}

#[test]
fn a_destroyed_layer_of_text_is_dropped_and_named() {
    let Some(folder) = corpus("pdf/own") else { return };
    for path in files(&folder).into_iter().filter(|p| is_destroyed(&p.to_string_lossy())) {
        let reading = read_pdf(&path);
        assert_eq!(reading.outcome, Outcome::Unread(Fault::NoOcr), "{}", path.display());
        assert!(reading.pages.iter().all(|p| p.triage == Some(Triage::GarbageLayer)), "{}", path.display());
        assert!(tokens(&lines(&reading).join("\n")).is_empty());
    }
}
