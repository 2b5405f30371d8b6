//! Odd and hostile PDFs, each with what must and what must not be read of it.

use super::{item, lines};
use crate::support::corpus;
use ingest::{Limits, MediaType};
use mes_search::reader::{Budget, Reader, ReaderConfig};
use record::{Outcome, Reading};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

/// Cases that are not read as their file expects, and why that is right or cannot be helped.
const EXPLAINED: [(&str, &str); 5] = [
    ("notounicode_lo-carlito.pdf", "nothing tells its letters: read where an OCR engine is installed"),
    ("notounicode_lo-sans.pdf", "nothing tells its letters: read where an OCR engine is installed"),
    ("notounicode_typst-libertine.pdf", "nothing tells its letters: read where an OCR engine is installed"),
    ("type3_nounicode.pdf", "nothing tells its letters: read where an OCR engine is installed"),
    ("truncated_97.pdf", "the end of the file is lost with its page tree: refused as damaged"),
];

/// Reads a file in a worker process, under limits that end a bomb soon.
async fn read(path: &Path) -> Reading {
    let mut config = ReaderConfig::new(env!("CARGO_BIN_EXE_mes-search").into());
    config.workers = 1;
    config.limits = Limits { document_bytes: 100 << 20, ..Limits::default() };
    config.budget = Budget { memory: 1 << 30, cpu_seconds: 5, wall: Duration::from_secs(30) };
    Reader::new(config).read(MediaType::Pdf, &std::fs::read(path).unwrap(), &item()).await
}

/// What is wrong with a reading; nothing if all is as expected.
fn wrong(reading: &Reading, expected: &Value) -> Vec<String> {
    let text = lines(reading).join("\n");
    let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let strings = |key: &str| {
        expected[key].as_array().unwrap().iter().map(|s| s.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut wrong: Vec<String> = strings("must")
        .into_iter()
        .filter(|s| !flat.contains(s.as_str()))
        .map(|s| format!("lacks {s}"))
        .collect();
    wrong.extend(
        strings("mustnot").into_iter().filter(|s| flat.contains(s.as_str())).map(|s| format!("has {s}")),
    );
    wrong
}

#[tokio::test]
async fn each_case_is_read_as_expected_or_its_loss_is_named() {
    let Some(folder) = corpus("pdf/tricky") else { return };
    let expected: Value =
        serde_json::from_slice(&std::fs::read(folder.join("expect.json")).unwrap()).unwrap();
    let mut failed = Vec::new();
    for (name, expected) in expected.as_object().unwrap() {
        let reading = read(&folder.join(name)).await;
        let wrong = wrong(&reading, expected);
        eprintln!("{name}: {:?} {:?}", reading.outcome, reading.warnings);
        if wrong.is_empty() {
            continue;
        }
        // whatever is not read is named
        assert_ne!(reading.outcome, Outcome::Read, "{name}: {wrong:?}");
        failed.push((name.clone(), wrong));
    }
    failed.retain(|(name, _)| !EXPLAINED.iter().any(|(explained, _)| explained == name));
    assert!(failed.is_empty(), "{failed:#?}");
}
