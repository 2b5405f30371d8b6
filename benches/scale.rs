//! Whether many records on the disk make a search slower or a process larger.
//!
//! `BENCH_RECORDS` (100,1000; `make bench-scale` takes 1000,10000,100000), `BENCH_RECORD_DOCUMENTS` (5),
//! `BENCH_QUERIES` (2000). All sizes are in one run over one store that grows; a query goes to a record
//! drawn evenly, so nearly each opens a record that was closed. Resident memory is that of a process that
//! has just opened the store and has searched nothing.
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
use rig::corpus::Random;
use rig::{Times, corpus, machine, service::Engine, setting, sizes};
use std::path::Path;

fn main() {
    machine::print();
    let (documents, queries) = (setting("BENCH_RECORD_DOCUMENTS", 5), setting("BENCH_QUERIES", 2_000));
    println!("scale: records of {documents} documents, {queries} queries to records drawn evenly");
    println!(
        "  records    open p50   open p99    warm p50   warm p99 (µs)   at rest (MB)   on disk (KB/record)"
    );
    let sentences = corpus::sentences();
    let folder = tempfile::tempdir().unwrap();
    let mut there = 0;
    let mut first = None;
    for records in sizes("BENCH_RECORDS", &[100, 1_000]) {
        grow(folder.path(), &sentences, there..records, documents);
        there = records;
        let p99 = measure(folder.path(), &sentences, records, documents, queries);
        let ratio = p99 / *first.get_or_insert(p99);
        println!("           p99 of opening against the smallest: {ratio:.2}");
    }
}

fn id(n: usize) -> RecordId {
    RecordId::new(&format!("record-{n}")).unwrap()
}

fn grow(folder: &Path, sentences: &[String], records: std::ops::Range<usize>, documents: usize) {
    let engine = Engine::open(folder);
    for n in records {
        engine.put(&id(n), &corpus::record(sentences, n as u64, documents));
        if n % 1_000 == 999 {
            engine.drain();
        }
    }
    engine.drain();
}

fn measure(folder: &Path, sentences: &[String], records: usize, documents: usize, queries: usize) -> f64 {
    let engine = Engine::open(folder);
    let at_rest = machine::resident_kb() as f64 / 1e3;
    let mut random = Random::new(3);
    let (mut cold, mut warm) = (Times::default(), Times::default());
    for i in 0..queries + queries / 10 {
        let n = random.below(records);
        let query = corpus::queries(&corpus::record(sentences, n as u64, documents), i as u64, 1).remove(0);
        let (mut opening, mut again) = (Times::default(), Times::default());
        opening.time(|| engine.search(&id(n), &query));
        again.time(|| engine.search(&id(n), &query));
        // The first tenth warms the file system's cache and the process.
        if i >= queries / 10 {
            cold.merge(opening);
            warm.merge(again);
        }
    }
    let disk = machine::bytes_under(folder) as f64 / records as f64 / 1e3;
    println!(
        "  {records:7} {:11.0} {:10.0} {:11.0} {:10.0} {:18.1} {disk:18.1}",
        cold.percentile(0.5),
        cold.percentile(0.99),
        warm.percentile(0.5),
        warm.percentile(0.99),
        at_rest
    );
    cold.percentile(0.99)
}
