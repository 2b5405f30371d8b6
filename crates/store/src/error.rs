//! What can go wrong.

use crate::RecordKey;
use std::io;
use std::path::PathBuf;

/// Why a call of the store failed. Messages hold paths, object names and record keys, never patient text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory of the store could not be read or written.
    #[error("{action} {}", path.display())]
    File {
        /// What was tried, such as `create`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// The key file is missing although the ledger exists: a new key would make every record unreadable.
    #[error("key file {} is missing, and {} needs it", key_file.display(), ledger.display())]
    KeyMissing {
        /// The configured key file.
        key_file: PathBuf,
        /// The ledger that was written with it.
        ledger: PathBuf,
    },
    /// The key file is not the one that this ledger was written with.
    #[error("key file {} is not the one of this store", .0.display())]
    KeyForeign(PathBuf),
    /// The key file is not 64 hexadecimal digits.
    #[error("key file {} does not hold 64 hexadecimal digits", .0.display())]
    KeyMalformed(PathBuf),
    /// The key file can be read by others than its owner.
    #[error("key file {} has mode {mode:03o}: only its owner may read it (chmod 600)", path.display())]
    KeyExposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Another process has this store open.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The SQLite library is older than 3.51.3, whose predecessors can corrupt a WAL database.
    #[error("sqlite {0} is too old: 3.51.3 or later is needed")]
    SqliteTooOld(&'static str),
    /// The ledger was written by a later version.
    #[error("ledger has schema version {found}, this program reads up to {known}")]
    SchemaUnknown {
        /// The version in the file.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// No space is left. Nothing of the call was kept; reads go on, and writes do once there is space.
    #[error("no space left on the disk of the store")]
    Full,
    /// An earlier write failed in a way after which the disk cannot be trusted (a failed `fsync` must not
    /// be repeated). Every further write is refused: end the process and start it again.
    #[error("the store stopped writing after an input/output error")]
    Stopped,
    /// The ledger failed.
    #[error("ledger: {0}")]
    Ledger(#[from] rusqlite::Error),
    /// The object store failed.
    #[error("object {object}: {source}")]
    Object {
        /// The object's name.
        object: String,
        /// Why.
        source: Box<object_store::Error>,
    },
    /// An object that the caller names is not there. After a newer pack was published the older one goes:
    /// ask for the head again.
    #[error("object {0} is not there")]
    ObjectMissing(String),
    /// Stored bytes do not open: they were changed, moved, cut or sealed with another key.
    #[error("record {record}: {what} does not open")]
    Damaged {
        /// The record.
        record: RecordKey,
        /// An object name, or which part of which row.
        what: String,
    },
    /// The record is not there, or no longer.
    #[error("record {0} is not there")]
    RecordMissing(RecordKey),
    /// The record was created and erased by others each time a write was tried.
    #[error("record {0} changes too often to be written")]
    Contended(RecordKey),
    /// A value is larger than the store takes, or an item reference is empty.
    #[error("{what} is empty or longer than {limit} bytes")]
    Size {
        /// Which value.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The system gave no random bytes.
    #[error("no random bytes from the system")]
    Random,
    /// A background task of the store ended early; the process is going down.
    #[error("a task of the store was cancelled")]
    Cancelled,
}

impl Error {
    /// Whether the process should end: the store refuses all further writes.
    #[must_use]
    pub fn is_fatal(&self) -> bool {
        matches!(self, Error::Stopped)
    }
}
