//! What a write asks for and what it is answered.

use std::fmt;

/// One item to write.
pub struct Entry {
    /// The item's reference, such as `DocumentReference/doc-001`: 1 to [`Entry::MAX_ITEM`] bytes.
    pub item: String,
    /// SHA-256 of what the caller considers the content. Equal to that of the live row: nothing changes.
    pub digest: [u8; 32],
    /// Who the source says the patient is, as (system, value). The first value that a record is given in
    /// a system stays: an entry with another value in that system is refused. Empty: no check.
    pub patient: Vec<(String, String)>,
    /// What to do.
    pub body: Body,
}

impl Entry {
    /// Longest item reference, in bytes.
    pub const MAX_ITEM: usize = 512;
    /// Largest metadata, descriptor or source, in bytes.
    pub const MAX_VALUE: usize = 256 << 20;
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("body", &self.body).finish_non_exhaustive()
    }
}

/// What a write does to an item.
pub enum Body {
    /// Creates or replaces the item.
    Put {
        /// What searches need: opened at every [`crate::Store::rows`].
        meta: Vec<u8>,
        /// What the metadata were read from.
        descriptor: Vec<u8>,
        /// The original document: its media type and its bytes. Stored once per record, however many
        /// items name the same bytes.
        source: Option<(String, Vec<u8>)>,
    },
    /// Replaces the metadata of a live item; descriptor and source stay.
    Meta {
        /// The new metadata.
        meta: Vec<u8>,
    },
    /// Deletes the item. A tombstone remains, so that readers of an older pack learn of it.
    Delete,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Body::Put { meta, descriptor, source } => {
                let source = source.as_ref().map_or(0, |(_, bytes)| bytes.len());
                write!(f, "Put({} + {} + {source} bytes)", meta.len(), descriptor.len())
            }
            Body::Meta { meta } => write!(f, "Meta({} bytes)", meta.len()),
            Body::Delete => f.write_str("Delete"),
        }
    }
}

/// What became of one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// There was no live item of this name; there is now.
    Created,
    /// The live item was replaced, or its metadata were.
    Updated,
    /// The item was deleted.
    Deleted,
    /// The live item already has this digest; nothing was written.
    Unchanged,
    /// [`Body::Meta`] or [`Body::Delete`] of an item that is not there.
    Missing,
    /// The source names another patient than the record's.
    PatientMismatch,
}

impl Outcome {
    /// Whether the record changed, and so took a sequence number.
    #[must_use]
    pub fn changed(self) -> bool {
        matches!(self, Outcome::Created | Outcome::Updated | Outcome::Deleted)
    }
}

/// The answer to a write, given once it is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The record's head after the write. Each entry that changed something took the next number.
    pub sequence: u64,
    /// One outcome per entry, in their order.
    pub outcomes: Vec<Outcome>,
}
