//! From bytes to a searchable record.
//!
//! ```text
//! bytes ─ingest─▶ submissions ─[write]─▶ ledger ─notify─▶ [worker] ─reader─▶ readings ─search─▶ pack ─▶ store
//!                                                                       └─[embed]─▶ vectors ─▶ store
//! ```
//!
//! What takes long comes after, document by document, while the pack with what is known serves: recognition
//! of scans, and reading again what an earlier version read ([`improve`]).
//!
//! A write is durable and found by its metadata when it is answered; the worker makes its text searchable
//! within seconds. Packs are derived: whatever fails here is done again from the ledger.

pub(crate) mod embed;
mod improve;
mod lock;
mod packed;
mod plan;
mod stored;
mod worker;
mod write;

pub(crate) use lock::RecordLocks;
pub(crate) use packed::Contents;
pub(crate) use stored::Stored;
pub(crate) use worker::Worker;
pub use write::{Patch, Rejection, RejectionReason, Written};
