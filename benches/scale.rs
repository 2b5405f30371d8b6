//! Whether many records on the disk make a search slower or a process larger.
//!
//! `BENCH_RECORDS` (100,1000; `make bench-scale` takes 1000,10000,100000), `BENCH_RECORD_DOCUMENTS` (5),
//! `BENCH_QUERIES` (2000). All sizes are in one run, each over a store of its own; a query goes to a record
//! drawn evenly, so nearly each opens a record that was closed. Resident memory is that of a process that
//! has just opened the store and has searched nothing. With `BENCH_FOLDER` the stores stay there, and a
//! later run goes on with what it finds: the writing takes long, the measuring seconds.
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
    let own = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("BENCH_FOLDER").map(std::path::PathBuf::from);
    let folder = kept.as_deref().unwrap_or(own.path());
    let sizes = sizes("BENCH_RECORDS", &[100, 1_000]);
    let store = |records: usize| folder.join(format!("{records}x{documents}"));
    for records in &sizes {
        grow(&store(*records), &sentences, *records, documents);
    }
    let mut first = None;
    for records in sizes {
        let p99 = measure(&store(records), &sentences, records, documents, queries);
        let ratio = p99 / *first.get_or_insert(p99);
        println!("           p99 of opening against the smallest: {ratio:.2}");
    }
}

fn id(n: usize) -> RecordId {
    RecordId::new(&format!("record-{n}")).unwrap()
}

/// Writes the records that are not there yet; a file beside the store says how many are.
fn grow(folder: &Path, sentences: &[String], records: usize, documents: usize) {
    std::fs::create_dir_all(folder).unwrap();
    let progress = folder.with_extension("written");
    let written = std::fs::read_to_string(&progress).ok().and_then(|n| n.parse().ok()).unwrap_or(0);
    if written >= records {
        return;
    }
    let engine = Engine::open(folder);
    for n in written..records {
        engine.put(&id(n), &corpus::record(sentences, n as u64, documents));
        if n % 1_000 == 999 || n + 1 == records {
            engine.drain();
            std::fs::write(&progress, (n + 1).to_string()).unwrap();
            println!("  {} of {records} records written", n + 1);
        }
    }
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
