//! One file that a client sends.

use crate::{Batch, Error, Limits, MediaType};

/// A file with what the client says of it.
#[derive(Debug, Default, Clone)]
pub struct Upload {
    /// Media type that the client declares.
    pub declared: Option<MediaType>,
    /// Metadata that the client gives.
    pub metadata: Metadata,
    /// Name of the file.
    pub file_name: Option<String>,
}

/// Metadata that a client may give with a file.
#[derive(Debug, Default, Clone)]
pub struct Metadata {
    /// Title.
    pub title: Option<String>,
}

/// Reads one file.
///
/// # Errors
/// A file that is refused as a whole.
pub fn document(_upload: Upload, _bytes: Vec<u8>, _limits: &Limits) -> Result<Batch, Error> {
    Err(Error::MediaType)
}
