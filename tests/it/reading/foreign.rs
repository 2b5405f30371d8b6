//! PDFs of other people: official examples, test files of other parsers. Each ends as read, partly read or
//! refused with a reason, and what is not read is named.
//!
//! A sample runs by default; `MES_SEARCH_WHOLE_CORPORA=1` runs every file.

use super::{Score, item, lines};
use crate::support::{corpus, files};
use ingest::{Limits, MediaType};
use mes_search::reader::{Budget, Reader, ReaderConfig};
use record::{Outcome, Page, Reading, Triage};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// Every file, or every eighth.
fn sample(set: &str) -> Option<Vec<PathBuf>> {
    let all = files(&corpus(&format!("pdf/{set}"))?);
    let step = if std::env::var_os("MES_SEARCH_WHOLE_CORPORA").is_some() { 1 } else { 8 };
    Some(all.into_iter().filter(|p| p.extension().is_some_and(|e| e == "pdf")).step_by(step).collect())
}

fn reader() -> Reader {
    let mut config = ReaderConfig::new(env!("CARGO_BIN_EXE_mes-search").into());
    config.workers = 2;
    config.limits = Limits { document_bytes: 100 << 20, ..Limits::default() };
    config.budget = Budget { memory: 1 << 30, cpu_seconds: 20, wall: Duration::from_secs(60) };
    Reader::new(config)
}

/// Reads files in workers, as the server does.
async fn read_all(paths: &[PathBuf]) -> Vec<Reading> {
    let reader = Arc::new(reader());
    let tasks: Vec<_> = paths
        .iter()
        .map(|path| {
            let (reader, path) = (reader.clone(), path.clone());
            tokio::spawn(
                async move { reader.read(MediaType::Pdf, &std::fs::read(path).unwrap(), &item()).await },
            )
        })
        .collect();
    let mut out = Vec::new();
    for task in tasks {
        out.push(task.await.unwrap());
    }
    out
}

/// A page without text is blank or says why; a page of the document that is not there is accounted for.
fn is_accounted_for(reading: &Reading) -> bool {
    let speaks =
        |page: &Page| !page.lines.is_empty() || page.fault.is_some() || page.triage == Some(Triage::Blank);
    let own = reading.pages.iter().filter(|page| page.part.is_none()).count();
    match &reading.outcome {
        Outcome::Read => own == reading.page_count as usize && reading.pages.iter().all(speaks),
        Outcome::Partly(faults) => !faults.is_empty() && reading.pages.iter().all(speaks),
        Outcome::Unread(_) => true,
    }
}

async fn check(set: &str) {
    let Some(paths) = sample(set) else { return };
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for (path, reading) in paths.iter().zip(read_all(&paths).await) {
        assert!(is_accounted_for(&reading), "{}: {:?}", path.display(), reading.outcome);
        let died = reading.warnings.iter().any(|w| w.contains("it failed") || w.contains("rubbish"));
        assert!(!died, "{}: {:?}", path.display(), reading.warnings);
        *outcomes.entry(format!("{:?}", reading.outcome)).or_default() += 1;
    }
    eprintln!("{set}: {} files: {outcomes:?}", paths.len());
}

#[tokio::test]
async fn official_examples() {
    check("cda").await;
}

#[tokio::test]
async fn files_of_other_parsers() {
    for set in ["pypdf", "pdfbox", "pdfjs"] {
        check(set).await;
    }
}

fn pdftotext(path: &Path) -> Option<String> {
    let output = Command::new("pdftotext").arg("-layout").arg(path).arg("-").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[tokio::test]
async fn official_examples_say_what_pdftotext_reads() {
    let Some(paths) = sample("cda") else { return };
    let [mut recall, mut precision] = [Score::default(); 2];
    for (path, reading) in paths.iter().zip(read_all(&paths).await) {
        let Some(reference) = pdftotext(path) else {
            eprintln!("skipped: pdftotext is not installed");
            return;
        };
        let broken = super::joined(&reference);
        let found = lines(&reading);
        recall += Score::of_words(&broken, &found);
        precision += Score::of_words(&found.join("\n"), &[broken]);
    }
    eprintln!("recall {recall:?}, precision {precision:?}");
    assert!(recall.recall() > 0.99 && precision.recall() > 0.99, "{recall:?} {precision:?}");
}
