//! Durable storage of records: a ledger, immutable objects, and the protocol between them.
//!
//! **Purpose.** Keep what was acknowledged, whatever is killed, and hand it to the engines as bytes. The
//! ledger (one SQLite file) says what a record holds and which pack is current; objects (the local disk)
//! hold the original documents, the packs, the vectors and pictures of pages. Everything that can hold patient text is sealed with a key
//! of its record before it reaches either.
//!
//! **Key decision.** Only the ledger decides. Objects have unique names and are never overwritten, so a
//! repeated or late upload is harmless; an object counts from the moment a ledger transaction names it,
//! and stops counting when none does. Hence any object store serves, also one without conditional
//! writes, and no crash can leave a half: what no transaction names, the sweeper removes.
//!
//! **Why SQLite and files.** One durable commit costs one `fsync`, shared by all writers that wait (group
//! commit); both engines are older and better tested than anything we could write.
//!
//! **What it does not do.** It knows no item, no pack format and no right of access: bytes in, bytes out.
//! It keeps no cache of plaintext and writes no log but counts and record keys.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test may panic"))]

mod blobs;
mod check;
mod compress;
mod config;
mod entry;
mod error;
mod flights;
mod key;
mod keyring;
mod ledger;
mod outline;
mod previews;
mod seal;
mod store;
mod sweep;
#[cfg(test)]
mod tests;
mod vectors;
mod work;

pub use config::StoreConfig;
pub use entry::{Body, Entry, Outcome, Receipt};
pub use error::Error;
pub use key::{NotARecordKey, RecordKey};
pub use outline::{
    Built, Claim, Fault, Finding, Head, PackRef, Published, Report, Row, SourceRef, Statistics, Swept,
    VectorsClaim, VectorsRef,
};
pub use store::Store;
