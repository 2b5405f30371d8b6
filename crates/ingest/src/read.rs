//! Stage 2: what a document says.

use crate::{Limits, MediaType};
use record::{Item, Reading};

/// Version of the extraction. A reading names it; a newer one reads again.
pub const EXTRACTOR: u32 = 1;

/// Reads a document.
#[must_use]
pub fn read(_media: MediaType, _bytes: &[u8], _item: &Item, _limits: &Limits) -> Reading {
    unimplemented!()
}
