//! How many documents a second become durable and searchable by their text, and what they take on the disk.
//!
//! `BENCH_DOCUMENTS` (2000), `BENCH_BUNDLE` (100). The alternative, in the same run: SQLite FTS5, the same
//! texts in transactions of the same size, `synchronous=FULL`. FTS5 is given the text; the engine is given
//! FHIR with base64, keeps and seals the originals, and reads them in another process.
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
use rig::{corpus, fts5::Fts5, machine, service::Engine, setting};
use std::time::Instant;

fn main() {
    let (documents, bundle) = (setting("BENCH_DOCUMENTS", 2_000), setting("BENCH_BUNDLE", 100));
    machine::print();
    let sentences = corpus::sentences();
    let record = corpus::record(&sentences, 1, documents);
    let text: usize = record.iter().map(|d| d.title.len() + d.text.len()).sum();
    println!("ingest: {documents} documents, {} bytes of text each, bundles of {bundle}", text / documents);

    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(folder.path());
    let id = RecordId::new("bench").unwrap();
    let start = Instant::now();
    record.chunks(bundle).for_each(|chunk| engine.put(&id, chunk));
    let durable = start.elapsed().as_secs_f64();
    engine.drain();
    let searchable = start.elapsed().as_secs_f64();
    let word = record[0].text.split_whitespace().last().unwrap().trim_end_matches('.');
    assert!(engine.search(&id, word) > 0, "what went in is not found");
    let bytes = machine::bytes_under(folder.path());

    let folder = tempfile::tempdir().unwrap();
    let mut fts5 = Fts5::open(&folder.path().join("fts5.sqlite"));
    let start = Instant::now();
    record.chunks(bundle).for_each(|chunk| fts5.add(chunk));
    let alternative = start.elapsed().as_secs_f64();
    let alternative_bytes = machine::bytes_under(folder.path());

    let rate = |seconds: f64| documents as f64 / seconds;
    println!("  mes-search, durable and found by metadata  {:9.0} documents/s", rate(durable));
    println!("  mes-search, found by text                  {:9.0} documents/s", rate(searchable));
    println!("  SQLite FTS5                                {:9.0} documents/s", rate(alternative));
    println!("  ratio, found by text                       {:9.2}", alternative / searchable);
    let per = |bytes: u64| bytes as f64 / text as f64;
    println!(
        "  bytes on disk for a byte of text: mes-search {:.2}, SQLite FTS5 {:.2}",
        per(bytes),
        per(alternative_bytes)
    );
}
