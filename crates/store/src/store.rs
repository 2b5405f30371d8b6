//! The store: keys, ledger and objects together.

use crate::{
    Claim, Entry, Error, Head, PackRef, Published, Receipt, RecordKey, Report, Row, SourceRef, Statistics,
    StoreConfig, Swept,
};
use record::RecordId;
use std::sync::Arc;
use std::time::Duration;

/// Records on disk. Cheap to clone; all clones are the same store.
///
/// Calls that are not `async` read the ledger in well under a millisecond but may touch the disk: in an
/// async task, call them inside `spawn_blocking`.
#[derive(Clone)]
pub struct Store {
    inner: Arc<()>,
}

impl Store {
    /// Opens the store, and creates it where there is none.
    ///
    /// # Errors
    /// The key file is missing, foreign, malformed or readable by others; another process has the store
    /// open; the ledger is newer than this program; the disk fails.
    pub async fn open(config: &StoreConfig) -> Result<Store, Error> {
        let _ = config;
        todo!()
    }

    /// The key of a record: a keyed hash of its id. Says nothing about whether the record exists.
    #[must_use]
    pub fn key(&self, record: &RecordId) -> RecordKey {
        let _ = (record, &self.inner);
        todo!()
    }

    /// Writes entries, in their order, in one transaction; durable when this returns. The record is
    /// created by its first entry that changes something.
    ///
    /// # Errors
    /// [`Error::Size`], [`Error::Full`], [`Error::Stopped`]; then nothing was written.
    pub async fn write(&self, key: &RecordKey, entries: Vec<Entry>) -> Result<Receipt, Error> {
        let _ = (key, entries);
        todo!()
    }

    /// Where a record stands; `None` if there is no such record. One indexed read.
    ///
    /// # Errors
    /// The ledger fails.
    pub fn head(&self, key: &RecordKey) -> Result<Option<Head>, Error> {
        let _ = key;
        todo!()
    }

    /// The items that changed after `after` (0: all), in the order of their latest change, tombstones
    /// included. Empty if there is no such record.
    ///
    /// # Errors
    /// [`Error::Damaged`], or the ledger fails.
    pub fn rows(&self, key: &RecordKey, after: u64) -> Result<Vec<Row>, Error> {
        let _ = (key, after);
        todo!()
    }

    /// One item, tombstones included; `None` if the record never held it.
    ///
    /// # Errors
    /// As [`Store::rows`].
    pub fn row(&self, key: &RecordKey, item: &str) -> Result<Option<Row>, Error> {
        let _ = (key, item);
        todo!()
    }

    /// The bytes of an original document.
    ///
    /// # Errors
    /// [`Error::ObjectMissing`], [`Error::Damaged`], or the disk fails.
    pub async fn source(&self, key: &RecordKey, source: &SourceRef) -> Result<Vec<u8>, Error> {
        let _ = (key, source);
        todo!()
    }

    /// The bytes of a pack, opened and verified.
    ///
    /// # Errors
    /// [`Error::ObjectMissing`] (it may have been replaced and swept: ask for the head again),
    /// [`Error::Damaged`], or the disk fails.
    pub async fn pack(&self, key: &RecordKey, pack: &PackRef) -> Result<Vec<u8>, Error> {
        let _ = (key, pack);
        todo!()
    }

    /// Takes the right to build one record whose head is ahead of its pack, or that waits for a rebuild:
    /// the one that waits longest and that nobody holds. `None`: nothing to do.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn claim(&self, owner: &str, lease: Duration) -> Result<Option<Claim>, Error> {
        let _ = (owner, lease);
        todo!()
    }

    /// Makes the lease of a claim last `lease` from now. `false`: it is lost.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn renew(&self, claim: &Claim, lease: Duration) -> Result<bool, Error> {
        let _ = (claim, lease);
        todo!()
    }

    /// Makes `pack` the record's current pack, and moves the record's original documents out of the
    /// ledger. `applied_sequence` is the latest change that the pack holds: the sequence of the last row
    /// that the builder read.
    ///
    /// # Errors
    /// As [`Store::write`], and failures of the object store. The claim is given up.
    pub async fn publish(
        &self,
        claim: Claim,
        pack: Vec<u8>,
        applied_sequence: u64,
    ) -> Result<Published, Error> {
        let _ = (claim, pack, applied_sequence);
        todo!()
    }

    /// Gives a claim back. The record can be claimed again after `retry_after`.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn release(&self, claim: Claim, retry_after: Duration) -> Result<(), Error> {
        let _ = (claim, retry_after);
        todo!()
    }

    /// Moves the record's original documents from the ledger to objects; how many. [`Store::publish`]
    /// does this too: it is for a worker that cannot build the record.
    ///
    /// # Errors
    /// As [`Store::publish`].
    pub async fn offload(&self, key: &RecordKey) -> Result<usize, Error> {
        let _ = key;
        todo!()
    }

    /// Erases a record: destroys its key, then its bytes. Whether there was one. Once this returns
    /// nothing of the record can be read; a crash on the way is made good by [`Store::sweep`].
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn erase(&self, key: &RecordKey) -> Result<bool, Error> {
        let _ = key;
        todo!()
    }

    /// Deletes objects that no row names and that are older than `grace`, and finishes erasures that a
    /// crash cut short. `grace` must be longer than any publication and any read of a pack takes.
    ///
    /// # Errors
    /// The ledger or the object store fails; what was deleted stays so.
    pub async fn sweep(&self, grace: Duration) -> Result<Swept, Error> {
        let _ = grace;
        todo!()
    }

    /// Opens every byte that the ledger names, and counts what it does not name.
    ///
    /// # Errors
    /// The ledger or the object store cannot be read at all; single faults stand in the report.
    pub async fn check(&self) -> Result<Report, Error> {
        todo!()
    }

    /// Forgets the record's pack (missing or damaged): its items are found by the ledger's rows until a
    /// worker has built it again. `false`: no such record.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn forget_pack(&self, key: &RecordKey) -> Result<bool, Error> {
        let _ = key;
        todo!()
    }

    /// Asks for a rebuild of a record's pack from its sources; the current one serves until then.
    /// `false`: no such record.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn invalidate(&self, key: &RecordKey) -> Result<bool, Error> {
        let _ = key;
        todo!()
    }

    /// Asks for a rebuild of every pack; of how many.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn invalidate_all(&self) -> Result<u64, Error> {
        todo!()
    }

    /// Up to `limit` record keys after `after`, in ascending order.
    ///
    /// # Errors
    /// The ledger fails.
    pub fn records(&self, after: Option<&RecordKey>, limit: usize) -> Result<Vec<RecordKey>, Error> {
        let _ = (after, limit);
        todo!()
    }

    /// Counts and sizes. Reads every index once: not for every request.
    ///
    /// # Errors
    /// The ledger fails.
    pub fn statistics(&self) -> Result<Statistics, Error> {
        todo!()
    }

    /// Whether the store refuses all further writes (see [`Error::Stopped`]): the process should end.
    #[must_use]
    pub fn stopped(&self) -> bool {
        todo!()
    }
}
