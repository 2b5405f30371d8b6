//! The pool against programs that are no workers. The real worker is tested with the binary, on the
//! corpora.

use super::*;
use record::{Fault, ResourceType};
use std::os::unix::fs::PermissionsExt;

pub(super) fn item() -> Item {
    Item::new(record::ItemId::new(ResourceType::DocumentReference, "doc-1").unwrap(), "Titre")
}

/// A program of a few lines of shell that poses as a worker.
fn impostor(script: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("worker");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    (dir, path)
}

async fn check(script: &str, fault: Fault, why: &str) {
    let (_dir, program) = impostor(script);
    let budget = Budget { wall: Duration::from_millis(500), ..Budget::default() };
    let reader = Reader::new(ReaderConfig { workers: 1, budget, ..ReaderConfig::new(program) });
    let reading = reader.read(MediaType::Text, &vec![b'x'; 1_000_000], &item()).await;
    assert_eq!(reading.outcome, Outcome::Unread(fault), "{script}");
    assert_eq!(reading.warnings, [format!("reader was stopped: {why}")], "{script}");
}

#[tokio::test]
async fn a_worker_that_gives_no_reading_gives_a_fault() {
    check("exit 3", Fault::Damaged, "it failed").await;
    check("kill -9 $$", Fault::Limit, "a limit was reached (signal 9)").await;
    check("exec sleep 60", Fault::Limit, "it took too long").await;
    check("exec cat /dev/zero", Fault::Limit, "it took too long").await;
    let talks_while_it_reads = "exec 3<&0; cat <&3 > /dev/null & exec cat /dev/zero";
    check(talks_while_it_reads, Fault::Damaged, "it answered rubbish").await;
    check("printf '\\002\\000\\000\\000ab'; exec cat > /dev/null", Fault::Damaged, "it answered rubbish")
        .await;
}

#[tokio::test]
async fn a_program_that_is_missing_gives_a_fault() {
    let reader = Reader::new(ReaderConfig::new(PathBuf::from("/nowhere/mes-search")));
    let reading = reader.read(MediaType::Text, &[], &item()).await;
    assert_eq!(reading.outcome, Outcome::Unread(Fault::Limit));
}
