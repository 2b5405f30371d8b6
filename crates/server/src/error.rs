//! Why a call failed.

use crate::auth::{Refusal, TokenError};
use search::policy::Denied;

/// Why a call failed. `Display` is for the log; what a caller is told stands in `http::problem`. Neither
/// holds patient text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No token, or a bad one.
    #[error("caller is not authenticated: {0}")]
    Token(#[from] TokenError),
    /// Absent, of another person, or hidden from the caller: all the same to the outside.
    #[error("no such record or item for this caller")]
    NotFound,
    /// The caller may know of it, but not change it so.
    #[error("write refused: {0}")]
    Refused(#[from] Refusal),
    /// The policy made no grant.
    #[error("no grant: {0}")]
    Denied(#[from] Denied),
    /// A request that does not follow the contract; the text is for the caller.
    #[error("bad request: {0}")]
    Request(String),
    /// A query outside its limits.
    #[error("query refused: {0}")]
    Query(#[from] search::QueryError),
    /// A source that was refused whole.
    #[error("source refused: {0}")]
    Source(#[from] ingest::Error),
    /// The only entry of a source was refused.
    #[error("entry refused: {0}")]
    Entry(#[from] ingest::Reason),
    /// A body larger than its limit.
    #[error("body is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A media type that the call does not take.
    #[error("media type is not accepted")]
    MediaType,
    /// A page of which no picture can be made.
    #[error("no picture of the page: {}", .0.code())]
    Unshown(record::Fault),
    /// More calls at once than the limit.
    #[error("too many calls at once")]
    Overloaded,
    /// The call took longer than its limit.
    #[error("call took longer than its limit")]
    Timeout,
    /// The service is being stopped.
    #[error("service is stopping")]
    Stopping,
    /// Ledger or blobs.
    #[error("store: {0}")]
    Store(#[from] store::Error),
    /// A pack that does not open.
    #[error("pack: {0}")]
    Pack(#[from] search::Error),
    /// A stored entry that does not decode.
    #[error("stored entry does not decode")]
    Stored(#[from] record::DecodeError),
    /// The language model.
    #[error("language model: {0}")]
    Model(#[from] inference::Error),
    /// A file that is named by the configuration.
    #[error("{what} cannot be loaded: {problem}")]
    Setup {
        /// What.
        what: &'static str,
        /// Why.
        problem: String,
    },
    /// A defect of the service itself.
    #[error("internal: {0}")]
    Internal(&'static str),
}
