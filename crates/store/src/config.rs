//! Where a store lives.

use std::path::PathBuf;

/// Where a store lives and how much it may hold in flight.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Directory of the ledger (`ledger.sqlite`) and the objects (`blobs/`). Created when missing.
    pub dir: PathBuf,
    /// File of the key-encryption key: 64 hexadecimal digits, readable by its owner alone. Created when
    /// missing, unless the directory already holds a ledger. Without it every record is unreadable: back
    /// it up, and apart from the directory.
    pub key_file: PathBuf,
    /// Writes that may wait for the writer thread; the next one waits in its caller.
    pub queue: usize,
    /// Most writes that share one commit.
    pub batch: usize,
}

impl StoreConfig {
    /// A store in `dir` with its key in `key_file`, and defaults for the rest.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>, key_file: impl Into<PathBuf>) -> Self {
        StoreConfig { dir: dir.into(), key_file: key_file.into(), queue: 512, batch: 256 }
    }
}
