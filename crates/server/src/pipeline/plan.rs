//! What the next pack of a record holds, and which documents must be read for it.

use super::{Contents, Stored};
use ingest::MediaType;
use record::{DecodeError, Item, ItemId, Reading};
use std::collections::HashMap;
use store::{Row, SourceRef};

/// Documents read for a first pack. Each later round reads as many as the pack has already, so that a
/// large deposit is searchable early and the packs built on the way cost no more than the last one.
const FIRST_ROUND: usize = 32;

/// What the current pack gives to the next one.
#[derive(Default)]
pub(crate) struct Old {
    pub(crate) contents: Contents,
    pub(crate) readings: HashMap<ItemId, Reading>,
}

impl Old {
    /// Puts a better reading of a document in the place of the one that the pack holds, if it still holds the
    /// document as it was read.
    pub(crate) fn improve(&mut self, item: ItemId, content: &[u8; 32], reading: Reading) {
        if self.contents.hold(&item, content) {
            self.readings.insert(item, reading);
        }
    }
}

/// An entry of the next pack.
pub(crate) struct Planned {
    pub(crate) item: Item,
    pub(crate) received: i64,
    pub(crate) content: Content,
}

/// Where the text of an entry comes from.
pub(crate) enum Content {
    /// It has none.
    None,
    /// From the current pack.
    Held(Reading),
    /// To be read.
    Unread(MediaType, SourceRef),
}

/// The next pack.
pub(crate) struct Plan {
    pub(crate) entries: Vec<Planned>,
    pub(crate) contents: Contents,
    /// Every change up to this one is in it.
    pub(crate) applied: u64,
}

/// Plans one round. Documents over the budget are left out: the view takes their metadata from the
/// ledger, whose rows after `applied` it applies, until the next round.
pub(crate) fn plan(rows: Vec<Row>, mut old: Old, head: u64) -> Result<Plan, DecodeError> {
    let budget = FIRST_ROUND.max(old.readings.len());
    let mut plan = Plan { entries: Vec::new(), contents: Contents::default(), applied: head };
    let (mut reads, mut last_before_full) = (0, None);
    let mut before = 0;
    for row in rows {
        let sequence = row.sequence;
        if let Some(planned) = planned(row, &mut old)? {
            let (entry, digest) = planned;
            let read = matches!(entry.content, Content::Unread(..));
            if read && reads == budget {
                last_before_full.get_or_insert(before);
            } else {
                reads += usize::from(read);
                plan.contents.note(entry.item.id.clone(), digest);
                plan.entries.push(entry);
            }
        }
        before = sequence;
        plan.applied = plan.applied.max(sequence);
    }
    plan.applied = last_before_full.unwrap_or(plan.applied);
    Ok(plan)
}

fn planned(row: Row, old: &mut Old) -> Result<Option<(Planned, [u8; 32])>, DecodeError> {
    if row.deleted {
        return Ok(None);
    }
    let stored: Stored = record::decode(&row.meta)?;
    let item = stored.effective();
    let held = old.contents.hold(&item.id, &stored.content);
    // what an older version read serves until it is read again
    let reading = old.readings.remove(&item.id).filter(|_| held);
    let source = row.source.and_then(|s| Some((MediaType::from_name(&s.media).ok()?, s)));
    let content = match (source, reading) {
        (None, _) => Content::None,
        (Some(_), Some(mut reading)) => {
            // What a document states is as visible as the document, whatever it was when it was read.
            reading.items.iter_mut().for_each(|derived| derived.flags = item.flags);
            Content::Held(reading)
        }
        (Some((media, source)), None) => Content::Unread(media, source),
    };
    Ok(Some((Planned { item, received: row.received, content }, stored.content)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::rights::Depositor;
    use record::{Flags, Outcome, ResourceType};
    use search::policy::{Actor, Role};

    fn row(n: u64, sourced: bool, flags: Option<Flags>) -> Row {
        let id = ItemId::new(ResourceType::DocumentReference, &format!("d{n}")).unwrap();
        let depositor = Depositor::of(&Actor::new("s", Role::Service));
        let stored = Stored {
            item: Item::new(id.clone(), "t"),
            depositor,
            flags,
            status: None,
            content: [n as u8; 32],
        };
        let source = SourceRef { sha256: [0; 32], media: "application/pdf".to_owned(), bytes: 1 };
        Row {
            item: id.to_string(),
            sequence: n,
            deleted: false,
            digest: [0; 32],
            meta: record::encode(&stored),
            descriptor: Vec::new(),
            source: sourced.then_some(source),
            received: 0,
        }
    }

    fn old(n: u64) -> Old {
        let id: ItemId = format!("DocumentReference/d{n}").parse().unwrap();
        let derived = Item::new(format!("Observation/d{n}-1").parse().unwrap(), "o");
        let reading = Reading {
            extractor: ingest::EXTRACTOR,
            pages: Vec::new(),
            items: vec![derived],
            outcome: Outcome::Read,
            language: None,
            page_count: 1,
            warnings: Vec::new(),
            file: None,
        };
        let mut old = Old::default();
        old.contents.note(id.clone(), [n as u8; 32]);
        old.readings.insert(id, reading);
        old
    }

    #[test]
    fn a_round_ends_before_the_first_document_over_the_budget() {
        let rows = (1..=40).map(|n| row(n, n != 35, None)).collect();
        let plan = plan(rows, Old::default(), 40).unwrap();
        assert_eq!(plan.applied, 32);
        // 32 documents and, ahead of its turn, the one that needs no reading.
        assert_eq!(plan.entries.len(), 33);
    }

    #[test]
    fn a_masked_document_keeps_its_reading_and_masks_what_it_states() {
        let masked = Flags::MASKED_FROM_PROFESSIONALS;
        let plan = plan(vec![row(1, true, Some(masked))], old(1), 1).unwrap();
        let Content::Held(reading) = &plan.entries[0].content else { unreachable!("read again") };
        assert_eq!(reading.items[0].flags, masked);
    }

    #[test]
    fn what_an_older_version_read_serves_until_it_is_read_again() {
        let mut held = old(1);
        let id: ItemId = "DocumentReference/d1".parse().unwrap();
        held.readings.get_mut(&id).unwrap().extractor = 0;
        let better = old(1).readings.remove(&id).unwrap();
        held.improve(id.clone(), &[9; 32], better.clone());
        assert_eq!(held.readings[&id].extractor, 0, "of another submission");
        let kept = plan(vec![row(1, true, None)], held, 1).unwrap();
        let Content::Held(reading) = &kept.entries[0].content else { unreachable!("read at once") };
        assert_eq!(reading.extractor, 0);
        let mut held = old(1);
        held.readings.get_mut(&id).unwrap().extractor = 0;
        held.improve(id.clone(), &[1; 32], better);
        assert_eq!(held.readings[&id].extractor, ingest::EXTRACTOR);
    }

    #[test]
    fn another_submission_is_read_again() {
        let mut held = old(1);
        held.contents.note("DocumentReference/d1".parse().unwrap(), [9; 32]);
        let plan = plan(vec![row(1, true, None)], held, 1).unwrap();
        assert!(matches!(plan.entries[0].content, Content::Unread(..)));
    }
}
