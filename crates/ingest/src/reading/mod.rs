//! What files of other kinds than CDA say: PDF, text, RTF, images.
//!
//! Each reader returns a [`Content`]: the pages it could read, how far it got and what was odd. None of
//! them fails, and none decides about metadata: that is stage 1.

use crate::{Limits, MediaType};
use record::{Fault, Outcome, Page};

/// What the bytes of one file gave.
#[derive(Debug)]
pub(crate) struct Content {
    /// Pages with text, in order.
    pub(crate) pages: Vec<Page>,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// How many pages the file has, read or not.
    pub(crate) page_count: u32,
    /// What was odd or lost: fixed phrases, never patient text.
    pub(crate) warnings: Vec<String>,
}

impl Content {
    /// A file of which nothing was read.
    pub(crate) fn unread(fault: Fault, warning: &str) -> Self {
        Content {
            pages: Vec::new(),
            outcome: Outcome::Unread(fault),
            page_count: 0,
            warnings: vec![warning.to_owned()],
        }
    }
}

/// Reads a file that is no CDA.
pub(crate) fn content(_media: MediaType, _bytes: &[u8], _limits: &Limits) -> Content {
    Content::unread(Fault::MediaType, "media type is not read yet")
}

/// Reads a file that is embedded in a document: pages, how it ended, warnings.
pub(crate) fn embedded(media: MediaType, bytes: &[u8], limits: &Limits) -> (Vec<Page>, Outcome, Vec<String>) {
    let Content { pages, outcome, warnings, .. } = content(media, bytes, limits);
    (pages, outcome, warnings)
}

/// The language of the text, detected.
pub(crate) fn language(_pages: &[Page]) -> Option<String> {
    None
}
