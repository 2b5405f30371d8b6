//! FHIR R4.

use crate::{Batch, Error, Limits};

/// Reads a FHIR R4 Bundle.
///
/// # Errors
/// Bytes that are no Bundle.
pub fn bundle(_bytes: &[u8], _limits: &Limits) -> Result<Batch, Error> {
    Err(Error::NotBundle)
}

/// Reads FHIR R4 resources, one a line.
///
/// # Errors
/// A file over the limits.
pub fn ndjson(_bytes: &[u8], _limits: &Limits) -> Result<Batch, Error> {
    Err(Error::NotBundle)
}
