//! Errors of building, opening and asking.

/// Why a pack could not be built or opened. Messages hold no patient text.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Bytes that are no pack.
    #[error("pack is damaged: {0}")]
    Damaged(&'static str),
    /// Written by another version of the format or of the text analysis: build it again.
    #[error(
        "pack has format {format} and analysis {analyzer}, this build reads {expected_format} and {expected_analyzer}"
    )]
    Version {
        /// Format of the pack.
        format: u32,
        /// Analysis of the pack.
        analyzer: u32,
        /// Format of this build.
        expected_format: u32,
        /// Analysis of this build.
        expected_analyzer: u32,
    },
    /// The full-text index failed.
    #[error("full-text index: {0}")]
    Index(#[from] tantivy::TantivyError),
    /// Input or output in memory failed.
    #[error("in-memory input or output: {0}")]
    Io(#[from] std::io::Error),
    /// A stored value does not decode.
    #[error(transparent)]
    Decode(#[from] record::DecodeError),
}

/// Why a query was refused. The message is for the caller.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Too many characters.
    #[error("query is longer than {0} characters")]
    TooLong(usize),
    /// Too many words.
    #[error("query has more than {0} words")]
    TooManyTerms(usize),
    /// More results asked for than a page has.
    #[error("limit is not between 1 and {0}")]
    Limit(usize),
    /// A cursor of another query, or none of ours.
    #[error("cursor does not belong to this query")]
    Cursor,
    /// The pack failed under the query.
    #[error(transparent)]
    Pack(#[from] Error),
}

impl From<tantivy::TantivyError> for QueryError {
    fn from(error: tantivy::TantivyError) -> Self {
        QueryError::Pack(Error::Index(error))
    }
}

impl From<std::io::Error> for QueryError {
    fn from(error: std::io::Error) -> Self {
        QueryError::Pack(Error::Io(error))
    }
}
