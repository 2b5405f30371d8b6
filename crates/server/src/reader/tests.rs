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

/// Frames of an answer, as a worker writes them.
fn frames(answers: &[frame::Answer]) -> Vec<u8> {
    let mut out = Vec::new();
    for answer in answers {
        let bytes = record::encode(answer);
        out.extend(frame::length(&bytes).to_le_bytes());
        out.extend(bytes);
    }
    out
}

#[tokio::test]
async fn pages_that_came_before_the_end_of_a_worker_are_kept() {
    use frame::Answer;
    let page = |number, text: &str| {
        let line = record::Line { text: text.into(), ..record::Line::default() };
        Page {
            number: Some(number),
            lines: vec![line],
            triage: Some(record::Triage::Text),
            ..Page::default()
        }
    };
    let lost = |number| Page { number: Some(number), fault: Some(Fault::Limit), ..Page::default() };
    let whole = of_pages(vec![None, None, Some(page(3, "trois"))], 3, &[]);
    let (dir, program) = impostor(
        "dir=$(dirname \"$0\")\nhead -c 40 > /dev/null\n\
         if [ -e \"$dir/ran\" ]; then cat \"$dir/second\"; exec cat > /dev/null; fi\n\
         : > \"$dir/ran\"; cat \"$dir/first\"; sleep 0.3; kill -9 $$",
    );
    let first = [Answer::Pages(3), Answer::Page(page(1, "un"))];
    let second =
        [Answer::Pages(3), Answer::Page(lost(1)), Answer::Page(lost(2)), Answer::Done(Box::new(whole))];
    std::fs::write(dir.path().join("first"), frames(&first)).unwrap();
    std::fs::write(dir.path().join("second"), frames(&second)).unwrap();
    let reader = Reader::new(ReaderConfig { workers: 1, ..ReaderConfig::new(program) });
    let reading = reader.read(MediaType::Text, b"x", &item()).await;
    let texts: Vec<&str> = reading.pages.iter().map(|p| p.lines.first().map_or("", |l| &*l.text)).collect();
    assert_eq!(texts, ["un", "", "trois"], "{:?}", reading.warnings);
    assert_eq!(reading.outcome, Outcome::Partly(vec![Fault::Limit]));
    assert_eq!(reading.warnings, ["reader was stopped: a limit was reached (signal 9)"]);
}
