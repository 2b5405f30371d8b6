//! Who asks, and for which record.
//!
//! The caller is an extractor ([`InRecord`]): a handler that names it in its signature runs only for a
//! verified caller and a record that the token covers. A record outside the token answers as an absent one.

mod extract;
mod keys;
pub mod rights;
mod token;

pub use extract::{Authenticator, InRecord};
pub use rights::Refusal;
pub use token::{TokenError, Verified};

use record::RecordId;

/// The records that a token opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// These.
    Records(Vec<RecordId>),
    /// Every record: a service of the platform whose token says so (`"records": ["*"]`), the command line,
    /// and the demonstration.
    All,
}

impl Scope {
    /// Whether the record is one of them.
    #[must_use]
    pub fn covers(&self, record: &RecordId) -> bool {
        match self {
            Scope::Records(records) => records.contains(record),
            Scope::All => true,
        }
    }
}
