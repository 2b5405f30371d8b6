//! One writer a record.

use store::RecordKey;
use tokio::sync::{Mutex, MutexGuard};

/// How many locks there are. Two records of one stripe only wait for each other.
const STRIPES: usize = 256;

/// A write reads an item, decides, and writes: two writes of one record must not interleave. The ledger
/// takes writers of one process only, so the lock may live in the process.
pub(crate) struct RecordLocks(Vec<Mutex<()>>);

impl Default for RecordLocks {
    fn default() -> Self {
        RecordLocks((0..STRIPES).map(|_| Mutex::new(())).collect())
    }
}

impl RecordLocks {
    pub(crate) async fn hold(&self, key: &RecordKey) -> MutexGuard<'_, ()> {
        let stripe = usize::from_str_radix(&key.part(), 16).unwrap_or(0) % STRIPES;
        self.0[stripe].lock().await
    }
}
