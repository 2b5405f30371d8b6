//! What files of other kinds than CDA say: PDF, text, RTF, images.
//!
//! Each reader returns a [`Content`]: the pages it could read, how far it got and what was odd. None of
//! them fails, and none decides about metadata: that is stage 1.

mod html;
mod image;
mod language;
mod lines;
pub(crate) mod pdf;
mod plain;
mod rtf;

pub(crate) use language::{language, language_of};

use crate::{Limits, MediaType, Watch};
use pdf::Inner;
use record::{Fault, FileFacts, Outcome, Page};

/// What the bytes of one file gave.
#[derive(Debug, PartialEq)]
pub(crate) struct Content {
    /// Pages with text, in order.
    pub(crate) pages: Vec<Page>,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// How many pages the file has, read or not.
    pub(crate) page_count: u32,
    /// What was odd or lost: fixed phrases, never patient text.
    pub(crate) warnings: Vec<String>,
    /// What the file says of itself.
    pub(crate) file: Option<FileFacts>,
}

impl Content {
    /// A file of which nothing was read.
    pub(crate) fn unread(fault: Fault, warning: &str) -> Self {
        Content {
            pages: Vec::new(),
            outcome: Outcome::Unread(fault),
            page_count: 0,
            warnings: vec![warning.to_owned()],
            file: None,
        }
    }
}

/// How reading ended, from what was found and what went wrong on the way; `faults` in order of weight.
pub(crate) fn outcome(has_text: bool, mut faults: Vec<Fault>) -> Outcome {
    match (has_text, faults.first()) {
        (true, None) => Outcome::Read,
        (true, Some(_)) => {
            faults.sort_unstable();
            faults.dedup();
            Outcome::Partly(faults)
        }
        (false, None) => Outcome::Unread(Fault::Empty),
        (false, Some(fault)) => Outcome::Unread(*fault),
    }
}

/// Reads a file that is no CDA, with the files inside it.
pub(crate) fn content(media: MediaType, bytes: &[u8], limits: &Limits, watch: &mut dyn Watch) -> Content {
    file(media, bytes, limits, Inner::Read, watch)
}

fn file(media: MediaType, bytes: &[u8], limits: &Limits, inner: Inner, watch: &mut dyn Watch) -> Content {
    if bytes.len() > limits.document_bytes {
        return Content::unread(Fault::Limit, "document is larger than the limit");
    }
    match media {
        MediaType::Pdf => pdf::read(bytes, limits, inner, watch),
        MediaType::Text => plain::read(bytes, limits),
        MediaType::Rtf => rtf::read(bytes, limits),
        MediaType::Html => html::read(bytes, limits),
        MediaType::Jpeg | MediaType::Png | MediaType::Tiff => image::read(media, bytes, limits, watch),
        MediaType::Cda | MediaType::Xdm => {
            Content::unread(Fault::MediaType, "media type is not one of a single file")
        }
    }
}

/// Reads a file that is embedded in a document: pages, how it ended, warnings.
pub(crate) fn embedded(
    media: MediaType,
    bytes: &[u8],
    limits: &Limits,
    watch: &mut dyn Watch,
) -> (Vec<Page>, Outcome, Vec<String>) {
    let Content { pages, outcome, warnings, .. } = content(media, bytes, limits, watch);
    (pages, outcome, warnings)
}
