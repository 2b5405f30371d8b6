//! Fuzz targets, one a parser of foreign bytes: whatever comes, it ends, it does not panic, it keeps its limits.
//!
//! **Key decision.** No libFuzzer: it wants a nightly toolchain and its C++ runtime, and a target that not every
//! clone can build is soon one that does not compile. A target is a plain function of bytes; what drives it is
//! [`run`], which damages small whole files by chance, each the same every time, with the words of their format.
//! Coverage guides nothing; the seeds stand for it, one at least for each construct that is read.
//!
//! `FUZZ_SECONDS=600 cargo test --test it fuzz` is a long run (two seconds a target otherwise), and
//! `FUZZ_INPUT=<file> cargo test --test it fuzz::targets::<name>` reads one file: the input that a target was at
//! when it failed, however it did, stays in `target/tmp/fuzz-<name>`.

mod pictures;
mod seeds;
mod targets;

pub(crate) use seeds::picture;

use crate::damage::{Chance, mutant};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a target is driven, seconds.
const SECONDS: u64 = 2;
/// Inputs of a run at least, on however slow a machine.
const LEAST: u64 = 50;
/// An input that grew beyond this would be a test of patience.
const LARGEST: usize = 300_000;

/// Tells where the input is when the test fails.
struct Kept(PathBuf);

impl Drop for Kept {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("failed at the input in {}", self.0.display());
        } else {
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

/// Gives a target its seeds, then damaged ones until its time is over.
fn run(name: &str, seeds: &[Vec<u8>], words: &[&[u8]], mut target: impl FnMut(&[u8])) {
    if let Some(input) = std::env::var_os("FUZZ_INPUT") {
        return target(&std::fs::read(input).unwrap());
    }
    assert!(!seeds.is_empty(), "{name} has no seed");
    let kept = Kept(Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{name}")));
    let mut give = |bytes: &[u8]| {
        std::fs::write(&kept.0, bytes).unwrap();
        target(bytes);
    };
    seeds.iter().for_each(|seed| give(seed));
    give(b"");
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|n| n.parse().ok()).unwrap_or(SECONDS);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut count = 0;
    while count < LEAST || Instant::now() < end {
        let bytes = input(seeds, count, words);
        if bytes.len() <= LARGEST {
            give(&bytes);
        }
        count += 1;
    }
    eprintln!("{name}: {count} inputs made of {} seeds", seeds.len());
}

/// The input of a number: a damaged seed, one time in four with a part of another one inside.
fn input(seeds: &[Vec<u8>], number: u64, words: &[&[u8]]) -> Vec<u8> {
    let mut chance = Chance(!number);
    let mut bytes = seeds[chance.below(seeds.len())].clone();
    if chance.below(4) == 0 {
        let other = &seeds[chance.below(seeds.len())];
        let from = chance.below(other.len());
        let length = chance.below(other.len() - from).min(4_096);
        let at = chance.below(bytes.len());
        drop(bytes.splice(at..at, other[from..from + length].iter().copied()));
    }
    mutant(&bytes, number, words)
}

#[test]
fn an_input_is_the_same_each_time_and_seldom_a_seed() {
    let seeds = [b"{\\rtf1 un}".to_vec(), b"".to_vec(), b"%PDF-1.7 deux".to_vec()];
    let inputs: Vec<Vec<u8>> = (0..300).map(|n| input(&seeds, n, &[b"\\par"])).collect();
    assert!(inputs.iter().zip(0..).all(|(made, n)| *made == input(&seeds, n, &[b"\\par"])));
    assert!(inputs.iter().filter(|made| seeds.contains(made)).count() < 30);
}
