//! Objects that are being published: put or about to be, and named by no row yet.
//!
//! The sweeper asks here first and the ledger second. An object that is not in flight at the first
//! question is either named by then, which the second question sees, or will never be.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The objects in flight in this process. The grace period of the sweeper guards those of others.
#[derive(Clone, Default)]
pub(crate) struct Flights {
    // Held for one insertion, removal or look-up.
    names: Arc<Mutex<HashSet<String>>>,
}

impl Flights {
    /// Marks an object until the returned value is dropped, which must be after the transaction that
    /// names it.
    pub(crate) fn begin(&self, name: String) -> Flight {
        self.lock().insert(name.clone());
        Flight { flights: self.clone(), name }
    }

    pub(crate) fn contains(&self, name: &str) -> bool {
        self.lock().contains(name)
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One object in flight.
pub(crate) struct Flight {
    flights: Flights,
    name: String,
}

impl Flight {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        self.flights.lock().remove(&self.name);
    }
}
