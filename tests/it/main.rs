//! Tests that need several crates, the real binary or the corpora: one binary, one module a subject.
//!
//! A module asks [`support`] for its folders. A test on the corpora skips, and prints why, where they are
//! missing; everything else runs on any machine.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "a test may panic, and says why it skips")]

mod bombs;
mod cda_corpus;
mod cli;
mod cross;
mod damage;
mod eval;
mod fhir_corpus;
mod fixtures;
mod fuzz;
mod http;
mod isolation;
mod kill;
mod models;
mod ocr;
mod reading;
mod support;
