//! PDFs damaged by chance, each the same every time: every one gets a verdict, and what reads them goes on.
//!
//! `MUTANTS=10000 cargo test --test it mutants -- --nocapture` makes the long run.

use super::item;
use crate::support::{corpus, files};
use ingest::{Limits, MediaType};
use mes_search::reader::{Budget, Reader, ReaderConfig};
use record::{Fault, Outcome, Reading};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Mutants of a short run.
const FEW: u64 = 40;
/// Larger originals would only take longer.
const LARGEST: u64 = 400_000;

/// Numbers by chance, the same for the same seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.number() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }
}

/// Damages a file in one to eight ways.
fn mutant(original: &[u8], seed: u64) -> Vec<u8> {
    let mut chance = Chance(seed);
    let mut bytes = original.to_vec();
    for _ in 0..=chance.below(8) {
        damage(&mut bytes, &mut chance);
    }
    bytes
}

fn damage(bytes: &mut Vec<u8>, chance: &mut Chance) {
    let at = chance.below(bytes.len());
    let length = (1 + chance.below(64)).min(bytes.len() - at.min(bytes.len()));
    match chance.below(8) {
        // a bit, a byte, some bytes
        0 => bytes[at] ^= 1 << chance.below(8),
        1 => bytes[at] = u8::try_from(chance.below(256)).unwrap(),
        2 => bytes[at..at + length].iter_mut().for_each(|b| *b = u8::try_from(chance.below(256)).unwrap()),
        // lost, doubled, moved
        3 => drop(bytes.drain(at..at + length)),
        4 => {
            let part = bytes[at..at + length].to_vec();
            let to = chance.below(bytes.len());
            drop(bytes.splice(to..to, part.repeat(1 + chance.below(20))));
        }
        5 => bytes.truncate(at.max(bytes.len() / 4)),
        // another number: lengths, offsets, counts, references
        6 => {
            let digits = |b: &u8| b.is_ascii_digit();
            if let Some(from) = bytes[at..].iter().position(digits).map(|n| at + n) {
                let end = bytes[from..].iter().position(|b| !digits(b)).map_or(bytes.len(), |n| from + n);
                let number = [0, 1, 7, 99, 65_536, 4_294_967_295, 99_999_999_999_u64][chance.below(7)];
                drop(bytes.splice(from..end, number.to_string().into_bytes()));
            }
        }
        // another name
        _ => {
            let names: [&[u8]; 6] = [b"/Type", b"/Kids", b"/Length", b"/Filter", b"stream", b"endobj"];
            let name = names[chance.below(6)];
            let end = (at + name.len()).min(bytes.len());
            bytes[at..end].copy_from_slice(&name[..end - at]);
        }
    }
    if bytes.is_empty() {
        bytes.push(b'%');
    }
}

/// Originals: PDFs of this project's own corpora and fixtures.
fn originals() -> Vec<PathBuf> {
    let folders = ["pdf/own", "pdf/tricky", "pdf/scanpdf"].map(corpus);
    let all = folders.into_iter().flatten().flat_map(|folder| files(&folder));
    all.filter(|path| path.extension().is_some_and(|e| e == "pdf"))
        .filter(|path| std::fs::metadata(path).unwrap().len() < LARGEST)
        .filter(|path| !path.to_string_lossy().contains("bomb"))
        .collect()
}

fn verdict(reading: &Reading) -> String {
    match &reading.outcome {
        Outcome::Read => "read".to_owned(),
        Outcome::Partly(faults) => format!("partly: {}", faults[0].code()),
        Outcome::Unread(fault) => format!("refused: {}", fault.code()),
    }
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
    let tasks = (0..readers).map(|part| {
        let (reader, originals) = (reader.clone(), originals.clone());
        tokio::spawn(async move {
            let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
            for seed in (part..count).step_by(usize::try_from(readers).unwrap()) {
                let original = &originals[Chance(!seed).below(originals.len())];
                let reading = reader.read(MediaType::Pdf, &mutant(original, seed), &item()).await;
                // a fault that only others give would be no verdict on this file
                let known = [
                    Fault::NoOcr,
                    Fault::Password,
                    Fault::Damaged,
                    Fault::Limit,
                    Fault::Empty,
                    Fault::MediaType,
                ];
                if let Outcome::Partly(faults) = &reading.outcome {
                    assert!(!faults.is_empty() && faults.iter().all(|f| known.contains(f)), "seed {seed}");
                }
                if let Outcome::Unread(fault) = reading.outcome {
                    assert!(known.contains(&fault), "seed {seed}");
                }
                let stopped = reading.warnings.iter().any(|w| w.starts_with("reader was stopped"));
                let verdict = verdict(&reading) + if stopped { ", after a worker was stopped" } else { "" };
                *verdicts.entry(verdict).or_default() += 1;
            }
            verdicts
        })
    });
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for task in tasks.collect::<Vec<_>>() {
        for (verdict, count) in task.await.unwrap() {
            *verdicts.entry(verdict).or_default() += count;
        }
    }
    let total: usize = verdicts.values().sum();
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

#[test]
fn a_seed_makes_one_mutant() {
    let original: Vec<u8> = (0..=255).cycle().take(5_000).collect();
    assert_eq!(mutant(&original, 7), mutant(&original, 7));
    let others = (0..100).filter(|seed| mutant(&original, *seed) != original).count();
    assert!(others > 90, "{others}");
}
