//! What a source gives: submissions, refusals, warnings.

use crate::{MediaType, Reason};
use record::{Item, ItemId};
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
