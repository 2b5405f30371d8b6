//! What a source gives: submissions, refusals, warnings.

use crate::{MediaType, Reason};
use record::{Item, ItemId};
use std::collections::HashMap;
use std::fmt;

/// What one bundle, archive or file gave.
#[derive(Debug, Default)]
pub struct Batch {
    /// What can be stored, in the order of the source.
    pub submissions: Vec<Submission>,
    /// What was refused, each with its reason; the rest goes on.
    pub rejected: Vec<Rejected>,
    /// What was odd or lost without a refusal: fixed phrases with positions, never patient text.
    pub warnings: Vec<String>,
}

impl Batch {
    /// Takes the submissions of a source in. One of equal ones is kept; of different ones under one
    /// reference none can be told to be right, and keeping the first would make the order matter.
    pub(crate) fn settle(&mut self, submissions: Vec<Submission>) {
        let mut seen: HashMap<ItemId, (usize, bool)> = HashMap::new();
        for (at, submission) in submissions.iter().enumerate() {
            let (first, equal) = seen.entry(submission.item.id.clone()).or_insert((at, true));
            *equal &= submissions[*first].is_same(submission);
        }
        for (at, submission) in submissions.into_iter().enumerate() {
            match seen.get(&submission.item.id) {
                Some((first, true)) if *first == at => self.submissions.push(submission),
                _ => {
                    let (index, item) = (submission.index, Some(submission.item.id));
                    self.rejected.push(Rejected { index, item, reason: Reason::Duplicate });
                }
            }
        }
        self.rejected.sort_by_key(|r| r.index);
    }
}

/// One item to store, with the bytes it comes from.
#[derive(Debug)]
pub struct Submission {
    /// Position in the source: entry of the bundle (0-based), line of the NDJSON, document of the archive.
    pub index: usize,
    /// The item, metadata only.
    pub item: Item,
    /// Who the source says the patient is; all that it says.
    pub patients: Vec<PatientId>,
    /// The document's original bytes; `None` for an item that has none.
    pub source: Option<Source>,
    /// What the metadata were read from (FHIR resource as canonical JSON, `METADATA.XML`, form fields as
    /// JSON; empty where `source` states them), kept so that a later version can read them again.
    pub descriptor: Vec<u8>,
}

impl Submission {
    fn is_same(&self, other: &Submission) -> bool {
        let bytes = match (&self.source, &other.source) {
            (Some(a), Some(b)) => a.bytes == b.bytes,
            (None, None) => true,
            _ => false,
        };
        bytes && self.descriptor == other.descriptor
    }
}

/// A document's original bytes.
#[derive(Clone)]
pub struct Source {
    /// What they are, by their content.
    pub media_type: MediaType,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({}, {} bytes)", self.media_type.as_str(), self.bytes.len())
    }
}

/// A patient identifier that a source states: an INS (system = OID 1.2.250.1.213.1.4.8 to .11) or a FHIR
/// reference (system = `Patient`). Local hospital numbers are left out: one person has several.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PatientId {
    /// OID, or `Patient`.
    pub system: String,
    /// The value.
    pub value: String,
}

/// OIDs of the INS: NIR, NIA, and the two of the test identities.
const INS: [&str; 4] =
    ["1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"];

impl PatientId {
    /// An INS; `None` for an identifier of another system.
    pub(crate) fn ins(root: &str, value: &str) -> Option<Self> {
        let id = || PatientId { system: root.to_owned(), value: value.to_owned() };
        (INS.contains(&root) && !value.is_empty()).then(id)
    }

    /// Whether two of them name two persons: other values of one system.
    pub(crate) fn disagree<'a>(ids: impl IntoIterator<Item = &'a PatientId>) -> bool {
        let mut by_system = HashMap::new();
        ids.into_iter().any(|id| *by_system.entry(&id.system).or_insert(&id.value) != &id.value)
    }
}

impl fmt::Debug for PatientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PatientId({})", self.system)
    }
}

/// An entry that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Position in the source, as in [`Submission::index`].
    pub index: usize,
    /// Its reference, if it has a valid one.
    pub item: Option<ItemId>,
    /// Why.
    pub reason: Reason,
}
