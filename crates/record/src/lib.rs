//! The normalised record: what every other crate reads and writes.
//!
//! **Purpose.** One model for what CDA, IHE XDM and FHIR say about a person's health record: items of
//! eight kinds with their XDS metadata, pages of text with positions, visibility flags, partial dates,
//! and the functions that turn French text into search terms.
//!
//! **Key decision.** Values in, values out. The crate does no I/O, reads no clock and holds no state, so
//! every rule about a record can be tested with plain values. It has no serde: patient text must not
//! slip into JSON by a derive. The only serialised form is CBOR with numbered fields (RFC 8949, by
//! `minicbor`), which is sealed before it leaves the process, and in which fields are only ever added.
//!
//! **Architecture invariant.** `Debug` of anything that can hold patient text prints lengths (see
//! [`Text`]).
//!
//! **What it does not do.** It knows no source format, no index, no storage and no right of access.

mod category;
mod code;
mod content;
mod date;
mod flags;
pub mod french;
mod id;
mod item;
mod passage;
mod text;

pub use category::Category;
pub use code::{Coded, system};
pub use content::{Fault, FileFacts, Line, Origin, Outcome, Page, Reading, Rect, Triage, WordBox};
pub use date::{DateError, PartialDate};
pub use flags::Flags;
pub use id::{IdError, ItemId, Kind, RecordId, ResourceType};
pub use item::{
    Author, AuthorKind, Comparator, DocumentEntry, Item, Link, Measure, Note, NoteKind, Quantity, Relation,
    Status,
};
pub use passage::{CHUNKER, Passage, passages};
pub use text::Text;

/// Encodes a value of this crate as CBOR.
///
/// # Panics
/// Never: the writer is memory, and no encoder of this crate refuses a value.
#[must_use]
pub fn encode<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("encoding into memory")
}

/// Decodes a value that [`encode`] wrote, by this version or an earlier or later one: unknown fields are
/// skipped, missing optional fields are empty.
///
/// # Errors
/// Bytes that are not such a value.
pub fn decode<'b, T: minicbor::Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, DecodeError> {
    minicbor::decode(bytes).map_err(|_| DecodeError)
}

/// Bytes that are not the expected value. It says nothing about the bytes: they are patient text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("stored value does not decode")]
pub struct DecodeError;
