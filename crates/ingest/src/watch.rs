//! Following a reading page by page.

use crate::ocr::Grey;
use record::{Fault, Page};

/// What to do with the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// Read it.
    Read,
    /// Pass it over, as one that a limit kept from being read.
    PassOver,
}

/// Who follows a reading: it learns of each page as it is read, so that what ends the process costs one page
/// alone, and is shown the pictures that may hold text.
///
/// Pages and pictures come in the same order each time the same bytes are read; those of embedded files
/// after those of the file that holds them.
pub trait Watch {
    /// Says what to do with the next page.
    fn turn(&mut self) -> Turn {
        Turn::Read
    }

    /// Shows a page that was read, or passed over, and how many pages its file has.
    fn page(&mut self, _page: &Page, _of: u32) {}

    /// Offers the picture of a page that wants recognition; drawing it costs time and memory.
    fn picture(&mut self, _draw: &mut dyn FnMut() -> Result<Grey, Fault>) {}
}

/// Nobody follows.
pub(crate) struct Unwatched;

impl Watch for Unwatched {}
