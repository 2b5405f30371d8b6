//! The ledger: what a record holds, which pack is current, who may build the next one.
//!
//! [`Ledger`] is the contract that a database fulfils; [`sqlite`] is the one for a single machine. A
//! ledger sees sealed bytes, keyed hashes and numbers only. Times are milliseconds of Unix time and come
//! from the caller.

#[cfg(test)]
mod conformance;
pub(crate) mod sqlite;

use crate::{Error, Head, PackRef, Receipt, RecordKey, Statistics, VectorsRef};
use futures::future::BoxFuture;

/// The longest lease. One that seems to last longer was written by a clock that was wrong, and is over.
pub(crate) const LONGEST_LEASE: i64 = 24 * 3600 * 1000;

/// What a database must do to keep records.
///
/// Reads are blocking calls that see one consistent state each. Changes are atomic and durable when
/// their future is done with `Ok`; after an error nothing of the change is visible, save that after
/// [`Error::Stopped`] the change may come to light when the ledger is opened again. A change whose future
/// is dropped may still happen.
pub(crate) trait Ledger: Send + Sync {
    /// Where a record stands.
    fn head(&self, key: &RecordKey) -> Result<Option<Head>, Error>;

    /// The record's number and its wrapped data key.
    fn vault(&self, key: &RecordKey) -> Result<Option<Vault>, Error>;

    /// The rows whose sequence is greater than `after`, ascending, with the key that opens them.
    fn rows(&self, key: &RecordKey, after: u64) -> Result<Option<(Vault, Vec<SealedRow>)>, Error>;

    /// One row.
    fn row(&self, key: &RecordKey, item: &str) -> Result<Option<(Vault, SealedRow)>, Error>;

    /// Where the original with this SHA-256 is, if a live item of the record names it.
    fn source(&self, key: &RecordKey, sha256: &[u8; 32]) -> Result<Option<(Vault, Source)>, Error>;

    /// The originals of the record that are still in the inbox.
    fn inbox(&self, key: &RecordKey) -> Result<Vec<[u8; 32]>, Error>;

    /// The originals that live items of the record name.
    fn sources(&self, key: &RecordKey) -> Result<Vec<[u8; 32]>, Error>;

    /// Whether the record's row names this object as its pack.
    fn names_pack(&self, key: &RecordKey, object: &str) -> Result<bool, Error>;

    /// Whether a row of the record names this object as the original with this SHA-256.
    fn names_source(&self, key: &RecordKey, sha256: &[u8; 32], object: &str) -> Result<bool, Error>;

    /// Whether the record has an original with this SHA-256.
    fn has_source(&self, key: &RecordKey, sha256: &[u8; 32]) -> Result<bool, Error>;

    /// Whether a row of the record names this object as vectors.
    fn names_vectors(&self, key: &RecordKey, object: &str) -> Result<bool, Error>;

    /// The vectors of a record, one a model, and whether each is the one that is searched.
    fn vectors(&self, key: &RecordKey) -> Result<Vec<(VectorsRef, bool)>, Error>;

    /// What there is to embed of one record, whether it waits or not; `None` if it has no pack.
    fn vectors_claim(&self, key: &RecordKey) -> Result<Option<VectorsLease>, Error>;

    /// Up to `limit` record keys after `after`, ascending.
    fn records(&self, after: Option<&RecordKey>, limit: usize) -> Result<Vec<RecordKey>, Error>;

    /// Up to `limit` records whose pack is unfinished, the latest built first.
    fn unfinished(&self, limit: usize) -> Result<Vec<RecordKey>, Error>;

    /// Up to `limit` records whose pack is of an older version than this one, the oldest version first.
    fn older(&self, version: u32, limit: usize) -> Result<Vec<RecordKey>, Error>;

    /// Erasures that were begun and not ended, up to `limit`.
    fn erasures(&self, limit: usize) -> Result<Vec<RecordKey>, Error>;

    /// Counts and sizes.
    fn statistics(&self) -> Result<Statistics, Error>;

    /// What the database says of its own structure; empty if all is well.
    fn integrity(&self) -> Result<Vec<String>, Error>;

    /// Applies a write. Its entries see the effects of those before them.
    fn write(&self, write: Write) -> BoxFuture<'_, Result<Written, Error>>;

    /// Leases a record that nobody holds, under a new generation, which no claim of any record ever had.
    fn claim(
        &self,
        owner: String,
        which: Which,
        now: i64,
        until: i64,
    ) -> BoxFuture<'_, Result<Option<Lease>, Error>>;

    /// Sets the end of a lease; `false` if it is lost. Without `keep` the lease is given back, and the
    /// record can be claimed from `until` on.
    fn extend(&self, ticket: Ticket, until: i64, keep: Keep) -> BoxFuture<'_, Result<bool, Error>>;

    /// If the ticket is the record's latest: sets its pack and the places of moved originals, drops
    /// these from the inbox, ends the lease, and leaves the record pending only if its head is ahead of
    /// the pack. Else nothing, and `false`.
    fn publish(&self, publication: Publication) -> BoxFuture<'_, Result<bool, Error>>;

    /// Sets the places of moved originals and drops these from the inbox; how many. Originals that are
    /// no longer there, or that have moved already, are passed over.
    fn relocate(&self, incarnation: i64, moved: Vec<Moved>) -> BoxFuture<'_, Result<usize, Error>>;

    /// Makes records pending for a rebuild under a new generation, which fences out claims that are
    /// held, unless they are for a rebuild; how many.
    fn invalidate(&self, scope: Scope, now: i64) -> BoxFuture<'_, Result<u64, Error>>;

    /// The record whose pack has waited longest for vectors and that nobody is at until `until`.
    fn claim_vectors(&self, now: i64, until: i64) -> BoxFuture<'_, Result<Option<VectorsLease>, Error>>;

    /// Keeps the record's vectors from being claimed until then.
    fn delay_vectors(&self, incarnation: i64, until: i64) -> BoxFuture<'_, Result<(), Error>>;

    /// Names vectors of a record, unless it is gone or newer ones of the model are there; whether it did.
    /// They are searched from then on if they are to be, or if none were.
    fn publish_vectors(&self, publication: VectorsPublication) -> BoxFuture<'_, Result<bool, Error>>;

    /// Has the vectors of a model searched, if the record has such; whether it has.
    fn activate_vectors(&self, key: RecordKey, model: String, now: i64)
    -> BoxFuture<'_, Result<bool, Error>>;

    /// Forgets the vectors of a model; new ones are asked for if they were searched. Whether there were any.
    fn forget_vectors(&self, key: RecordKey, model: String, now: i64) -> BoxFuture<'_, Result<bool, Error>>;

    /// Deletes all rows of a record and its key, and notes the erasure; `false` if there was no record.
    fn erase(&self, key: RecordKey, now: i64) -> BoxFuture<'_, Result<bool, Error>>;

    /// Removes what deleted rows left in the database's files; `false` if that must be tried again.
    fn scrub(&self) -> BoxFuture<'_, Result<bool, Error>>;

    /// Forgets an erasure that was carried out.
    fn erased(&self, key: RecordKey) -> BoxFuture<'_, Result<(), Error>>;

    /// Whether every further change will be refused.
    fn stopped(&self) -> bool;
}

/// A record's number, never used again, and its wrapped data key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Vault {
    pub(crate) incarnation: i64,
    pub(crate) wrapped: Vec<u8>,
}

/// An item as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SealedRow {
    pub(crate) item: String,
    pub(crate) sequence: u64,
    pub(crate) deleted: bool,
    pub(crate) mark: [u8; 32],
    pub(crate) meta: Vec<u8>,
    pub(crate) descriptor: Vec<u8>,
    pub(crate) source: Option<crate::SourceRef>,
    pub(crate) received: i64,
}

/// An original document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// Size of the original, in bytes.
    pub(crate) bytes: u64,
    /// Size of the sealed value, in bytes.
    pub(crate) sealed_bytes: u64,
    pub(crate) place: Place,
}

/// Where the sealed bytes of an original are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Inbox(Vec<u8>),
    Object(String),
    /// Neither in the inbox nor in an object: the ledger is damaged.
    Nowhere,
}

/// A write to one record.
pub(crate) struct Write {
    pub(crate) key: RecordKey,
    pub(crate) sealed_for: SealedFor,
    pub(crate) entries: Vec<SealedEntry>,
    pub(crate) now: i64,
}

/// Which data key sealed the entries of a write.
pub(crate) enum SealedFor {
    /// The one of this incarnation.
    Incarnation(i64),
    /// A new one, in the belief that there is no such record.
    New { wrapped: Vec<u8> },
}

pub(crate) struct SealedEntry {
    pub(crate) item: String,
    pub(crate) mark: [u8; 32],
    pub(crate) patient: Vec<([u8; 32], [u8; 32])>,
    pub(crate) body: SealedBody,
}

pub(crate) enum SealedBody {
    Put { meta: Vec<u8>, descriptor: Vec<u8>, source: Option<SealedSource> },
    Meta { meta: Vec<u8> },
    Delete,
}

pub(crate) struct SealedSource {
    pub(crate) sha256: [u8; 32],
    pub(crate) media: String,
    pub(crate) bytes: u64,
    pub(crate) sealed: Vec<u8>,
}

/// The answer to a write.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written {
    Done(Receipt),
    /// The record was created or erased meanwhile, so its key is another one: seal again.
    KeyChanged,
}

/// What fences a publication: the latest generation of the record, held by its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) incarnation: i64,
    pub(crate) generation: u64,
    pub(crate) owner: String,
}

/// Which record is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// The one that has been pending longest.
    Pending,
    /// This one, pending or not.
    Record(RecordKey),
}

/// A record to build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lease {
    pub(crate) key: RecordKey,
    pub(crate) ticket: Ticket,
    pub(crate) head_sequence: u64,
    pub(crate) rebuild: bool,
}

/// A record whose vectors are to be made. No ticket: vectors of an older pack do no harm, since each names
/// the text that it was made of, and those of the newest pack win.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VectorsLease {
    pub(crate) key: RecordKey,
    pub(crate) incarnation: i64,
    pub(crate) pack: PackRef,
    pub(crate) active: Option<VectorsRef>,
}

pub(crate) struct VectorsPublication {
    pub(crate) incarnation: i64,
    pub(crate) vectors: VectorsRef,
    /// Whether they are searched from now on, whatever was so far.
    pub(crate) activate: bool,
}

/// Whether a lease goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Held,
    GivenBack,
}

pub(crate) struct Publication {
    pub(crate) ticket: Ticket,
    pub(crate) pack: PackRef,
    pub(crate) moved: Vec<Moved>,
    pub(crate) now: i64,
}

/// An original whose sealed bytes were put into an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) sha256: [u8; 32],
    pub(crate) object: String,
}

/// Which records to rebuild, and whether the current pack serves until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    All,
    Record(RecordKey),
    /// Forgets the pack as well.
    WithoutPack(RecordKey),
}
