//! One file that a client sends.

mod metadata;

pub use metadata::Metadata;

use crate::{Batch, Error, Limits, MediaType};
use std::fmt;

/// A file with what the client says of it.
#[derive(Default, Clone)]
pub struct Upload {
    /// Media type that the client declares; `None` where it declares none (`application/octet-stream`).
    pub declared: Option<MediaType>,
    /// Metadata that the client gives.
    pub metadata: Metadata,
    /// Name of the file: the title of last resort, and a hint where no media type is declared.
    pub file_name: Option<String>,
}

// The file's name is patient text.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Upload({:?}, {:?})", self.declared, self.metadata)
    }
}

/// Reads one file.
///
/// # Errors
/// A file that is refused as a whole.
pub fn document(_upload: Upload, _bytes: Vec<u8>, _limits: &Limits) -> Result<Batch, Error> {
    Err(Error::MediaType)
}
