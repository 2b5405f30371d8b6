//! PDFs damaged by chance, each the same every time: every one gets a verdict, and what reads them goes on.
//!
//! `MUTANTS=10000 cargo test --test it mutants -- --nocapture` makes the long run.

use super::item;
use crate::damage::{Chance, mutant};
use crate::support::{corpus, files};
use ingest::{Limits, MediaType};
use mes_search::reader::{Budget, Reader, ReaderConfig};
use record::{Fault, Outcome, Reading};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Mutants of a short run.
const FEW: u64 = 40;
/// Larger originals would only take longer.
const LARGEST: u64 = 400_000;

/// Words of a PDF.
const WORDS: [&[u8]; 6] = [b"/Type", b"/Kids", b"/Length", b"/Filter", b"stream", b"endobj"];
/// How a worker may end: by a limit of time or memory (XCPU, KILL, and ABRT where memory is refused). Every other
/// way is a crash.
const LIMITS: [&str; 4] = ["took too long", "signal 24", "signal 9", "signal 6"];

/// Originals: PDFs of this project's own corpora and fixtures.
fn originals() -> Vec<PathBuf> {
    let folders = ["pdf/own", "pdf/tricky", "pdf/scanpdf"].map(corpus);
    let all = folders.into_iter().flatten().flat_map(|folder| files(&folder));
    all.filter(|path| path.extension().is_some_and(|e| e == "pdf"))
        .filter(|path| std::fs::metadata(path).unwrap().len() < LARGEST)
        .filter(|path| !path.to_string_lossy().contains("bomb"))
        .collect()
}

/// What became of a file, and how the workers that it cost ended. Whatever is no verdict on it, fails.
pub(crate) fn verdict(name: &str, reading: &Reading) -> String {
    let known = [Fault::NoOcr, Fault::Password, Fault::Damaged, Fault::Limit, Fault::Empty, Fault::MediaType];
    let verdict = match &reading.outcome {
        Outcome::Read => "read".to_owned(),
        Outcome::Partly(faults) => {
            assert!(!faults.is_empty() && faults.iter().all(|f| known.contains(f)), "{name}: {faults:?}");
            format!("partly: {}", faults[0].code())
        }
        Outcome::Unread(fault) => {
            assert!(known.contains(fault), "{name}: {fault:?}");
            format!("refused: {}", fault.code())
        }
    };
    let stops: Vec<&String> =
        reading.warnings.iter().filter(|w| w.starts_with("reader was stopped")).collect();
    for stop in &stops {
        eprintln!("{name}: {verdict}, {stop}");
        assert!(LIMITS.iter().any(|limit| stop.contains(limit)), "{name}: a worker crashed, {stop}");
    }
    verdict + if stops.is_empty() { "" } else { ", after a worker reached a limit" }
}

/// Reads the mutants of some seeds, and counts what became of them.
async fn judge(
    reader: &Reader,
    originals: &[Vec<u8>],
    seeds: impl Iterator<Item = u64>,
) -> BTreeMap<String, usize> {
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for seed in seeds {
        let original = &originals[Chance(!seed).below(originals.len())];
        let reading = reader.read(MediaType::Pdf, &mutant(original, seed, &WORDS), &item()).await;
        *verdicts.entry(verdict(&format!("seed {seed}"), &reading)).or_default() += 1;
    }
    verdicts
}

async fn run(count: u64) {
    let originals = originals();
    if originals.is_empty() {
        return;
    }
    let mut config = ReaderConfig::new(env!("CARGO_BIN_EXE_mes-search").into());
    config.limits = Limits { document_bytes: 100 << 20, ..Limits::default() };
    config.budget = Budget { memory: 1 << 30, cpu_seconds: 5, wall: Duration::from_secs(60) };
    let readers = u64::try_from(config.workers).unwrap();
    let reader = Arc::new(Reader::new(config));
    let originals: Arc<Vec<Vec<u8>>> =
        Arc::new(originals.iter().map(|p| std::fs::read(p).unwrap()).collect());
    let start = Instant::now();
    let tasks = (0..readers).map(|part| {
        let (reader, originals) = (reader.clone(), originals.clone());
        let seeds = (part..count).step_by(usize::try_from(readers).unwrap());
        tokio::spawn(async move { judge(&reader, &originals, seeds).await })
    });
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for task in tasks.collect::<Vec<_>>() {
        for (verdict, count) in task.await.unwrap() {
            *verdicts.entry(verdict).or_default() += count;
        }
    }
    let total: usize = verdicts.values().sum();
    eprintln!("{total} damaged files of {} in {:.0} s", originals.len(), start.elapsed().as_secs_f64());
    verdicts.iter().for_each(|(verdict, count)| eprintln!("{count:6}  {verdict}"));
    assert_eq!(u64::try_from(total).unwrap(), count, "each mutant has a verdict");
    // the reader still reads what is whole
    let whole = reader.read(MediaType::Pdf, &originals[0], &item()).await;
    assert!(!whole.pages.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_damaged_file_gets_a_verdict() {
    run(std::env::var("MUTANTS").ok().and_then(|n| n.parse().ok()).unwrap_or(FEW)).await;
}
