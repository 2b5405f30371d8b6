//! Stage 2: what a document says.

use crate::reading::{self, Content};
use crate::watch::{Unwatched, Watch};
use crate::{Limits, MediaType, cda};
use record::{Fault, Item, Outcome, Reading};

/// Version of the extraction. A reading names it; a newer one reads again.
pub const EXTRACTOR: u32 = 2;

/// Reads a document: pages of text, the items that its coded entries state, how far the reading got.
///
/// It never fails: a document that cannot be read yields a reading that says so. It may be killed by a
/// limit of memory or time when the bytes are a PDF (no PDF library bounds its own work), so a server
/// calls it in a process of its own.
#[must_use]
pub fn read(media: MediaType, bytes: &[u8], item: &Item, limits: &Limits) -> Reading {
    read_watched(media, bytes, item, limits, &mut Unwatched)
}

/// Reads a document as [`read`] does, while somebody follows.
pub fn read_watched(
    media: MediaType,
    bytes: &[u8],
    item: &Item,
    limits: &Limits,
    watch: &mut dyn Watch,
) -> Reading {
    let mut reading = match media {
        MediaType::Cda => cda::body(bytes, item, limits, watch),
        MediaType::Xdm => of(Content::unread(Fault::MediaType, "an archive is not a document")),
        _ => of(reading::content(media, bytes, limits, watch)),
    };
    reading.extractor = EXTRACTOR;
    reading.language = reading::language(&reading.pages);
    if let Outcome::Partly(faults) = &mut reading.outcome {
        faults.sort_unstable();
        faults.dedup();
    }
    reading
}

fn of(content: Content) -> Reading {
    let Content { pages, outcome, page_count, warnings, file } = content;
    Reading {
        extractor: EXTRACTOR,
        pages,
        items: Vec::new(),
        outcome,
        language: None,
        page_count,
        warnings,
        file,
    }
}
