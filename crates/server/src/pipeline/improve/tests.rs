//! What a round takes up.

use super::*;
use crate::auth::rights::Depositor;
use record::{Page, ResourceType, Triage};
use search::policy::{Actor, Role};

/// Rows and readings of documents, each received later than the one before: how many pictures it wants, and
/// by which version it was read.
fn record_of(documents: &[(usize, u32)]) -> (Vec<Row>, Old) {
    let mut old = Old::default();
    let mut rows = Vec::new();
    for (n, (pictures, extractor)) in (1u8..).zip(documents) {
        let id = ItemId::new(ResourceType::DocumentReference, &format!("d{n}")).unwrap();
        let content = [n; 32];
        let depositor = Depositor::of(&Actor::new("s", Role::Service));
        let item = Item::new(id.clone(), "t");
        let stored = Stored { item, depositor, flags: None, status: None, content };
        rows.push(Row {
            item: id.to_string(),
            sequence: n.into(),
            deleted: false,
            digest: [0; 32],
            meta: record::encode(&stored),
            descriptor: Vec::new(),
            source: Some(SourceRef { sha256: [0; 32], media: "application/pdf".to_owned(), bytes: 1 }),
            received: n.into(),
        });
        let picture = Page { triage: Some(Triage::Image), fault: Some(Fault::NoOcr), ..Page::default() };
        let reading = Reading {
            extractor: *extractor,
            pages: vec![picture; *pictures],
            items: Vec::new(),
            outcome: Outcome::Read,
            language: None,
            page_count: 1,
            warnings: Vec::new(),
            file: None,
        };
        old.contents.note(id.clone(), content);
        old.readings.insert(id, reading);
    }
    (rows, old)
}

fn check(documents: &[(usize, u32)], recognises: bool, expected: &[&str]) {
    let (rows, old) = record_of(documents);
    let jobs = jobs(rows, old, recognises).unwrap();
    let found: Vec<String> = jobs.iter().map(|job| job.item.id.to_string()).collect();
    let expected: Vec<String> = expected.iter().map(|id| format!("DocumentReference/{id}")).collect();
    assert_eq!(found, expected, "{documents:?}");
}

#[test]
fn the_newest_scans_come_first_and_a_round_ends() {
    let now = EXTRACTOR;
    check(&[(1, now), (0, now), (2, now)], true, &["d3", "d1"]);
    check(&[(4, now), (5, now), (5, now)], true, &["d3", "d2"]);
    check(&[(4, now), (500, now)], true, &["d2"]);
    check(&[(0, now)], true, &[]);
}

#[test]
fn what_an_older_version_read_comes_after_the_scans() {
    let now = EXTRACTOR;
    check(&[(0, now - 1), (1, now), (3, now - 1)], true, &["d2"]);
    check(&[(0, now - 1), (0, now), (3, now - 1)], true, &["d3", "d1"]);
    check(&[(0, now - 1), (1, now), (3, now - 1)], false, &["d3", "d1"]);
    check(&[(0, now - 1); 30], false, &["d30", "d29", "d28", "d27", "d26", "d25", "d24", "d23"]);
}

#[test]
fn what_was_sent_anew_is_left_to_the_next_build() {
    let (rows, mut old) = record_of(&[(1, EXTRACTOR)]);
    old.contents.note("DocumentReference/d1".parse().unwrap(), [9; 32]);
    assert_eq!(jobs(rows, old, true).unwrap().len(), 0);
}

#[test]
fn a_missing_engine_and_one_that_comes_are_told() {
    let mut outcome = Outcome::Partly(vec![Fault::NoOcr, Fault::Limit]);
    change(&mut outcome, Fault::NoOcr, Fault::Waiting);
    assert_eq!(outcome, Outcome::Partly(vec![Fault::Waiting, Fault::Limit]));
    change(&mut outcome, Fault::Waiting, Fault::NoOcr);
    assert_eq!(outcome, Outcome::Partly(vec![Fault::NoOcr, Fault::Limit]));
}
