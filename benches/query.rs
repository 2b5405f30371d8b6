//! How long a query takes in one record: in process and over HTTP.
//!
//! `BENCH_SIZES` (100,1000,5000 documents), `BENCH_QUERIES` (2000). Each query is timed by itself; a tenth
//! of them run first, untimed. The alternative, in the same run: SQLite FTS5 over the same texts, ten
//! results with an excerpt.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops where it cannot"
)]
#![expect(dead_code, reason = "each measurement takes what it needs of the rig")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts"
)]

mod rig;

use record::RecordId;
use rig::service::{Client, Engine};
use rig::{Times, corpus, fts5::Fts5, machine, setting, sizes};

fn main() {
    machine::print();
    let queries = setting("BENCH_QUERIES", 2_000);
    println!("query: {queries} queries of 1 to 4 words, microseconds");
    println!("  documents       in process            over HTTP           SQLite FTS5     p99 ratio");
    println!("               p50        p99        p50        p99        p50        p99");
    let sentences = corpus::sentences();
    for size in sizes("BENCH_SIZES", &[100, 1_000, 5_000]) {
        one(&sentences, size, queries, false);
    }
    println!("by words and by meaning:");
    for size in sizes("BENCH_MODEL_SIZES", &[100, 1_000]) {
        one(&sentences, size, queries, true);
    }
}

fn one(sentences: &[String], size: usize, queries: usize, by_meaning: bool) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let engine = if by_meaning { Engine::with_model(path, None) } else { Engine::open(path) };
    let id = RecordId::new("bench").unwrap();
    let documents = corpus::record(sentences, 1, size);
    documents.chunks(500).for_each(|chunk| engine.put(&id, chunk));
    engine.drain();
    let mut fts5 = Fts5::open(&folder.path().join("fts5.sqlite"));
    fts5.add(&documents);
    let mut client = Client::connect(engine.serve());

    let queries = corpus::queries(&documents, 2, queries);
    let (mut inside, mut http, mut other) = (Times::default(), Times::default(), Times::default());
    for query in queries.iter().take(queries.len() / 10) {
        engine.search(&id, query);
        client.search(&id, query);
        fts5.search(query);
    }
    let mut found = 0;
    for query in &queries {
        found += usize::from(inside.time(|| engine.search(&id, query)) > 0);
    }
    queries.iter().for_each(|query| _ = http.time(|| client.search(&id, query)));
    queries.iter().for_each(|query| _ = other.time(|| fts5.search(query)));
    let mut stages = Stages::default();
    queries.iter().for_each(|query| stages.add(&engine.timings(&id, query)));
    assert!(found * 10 > queries.len() * 9, "{found} of {} queries found something", queries.len());
    let at = |times: &Times| format!("{:10.0} {:10.0}", times.percentile(0.5), times.percentile(0.99));
    let ratio = inside.percentile(0.99) / other.percentile(0.99);
    println!("  {size:6} {} {} {} {ratio:10.2}", at(&inside), at(&http), at(&other));
    println!("         resident memory {:.0} MB; {}", machine::resident_kb() as f64 / 1e3, stages.shown());
}

/// Where the time of a query goes.
#[derive(Default)]
struct Stages([Times; 4]);

impl Stages {
    fn add(&mut self, timings: &search::Timings) {
        let parts = [timings.understand, timings.embed, timings.legs, timings.rank];
        for (times, milliseconds) in self.0.iter_mut().zip(parts) {
            times.add(std::time::Duration::from_secs_f64(milliseconds / 1e3));
        }
    }

    fn shown(&self) -> String {
        let [understand, embed, legs, rank] = [0, 1, 2, 3]
            .map(|i| format!("{:.0}/{:.0}", self.0[i].percentile(0.5), self.0[i].percentile(0.99)));
        format!("p50/p99 of understanding {understand}, embedding {embed}, legs {legs}, ranking {rank}")
    }
}
