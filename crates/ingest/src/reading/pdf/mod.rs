//! The text of a PDF, with its place on the page.
//!
//! **Purpose.** Born-digital PDFs: lines in reading order, rows of tables whole, boxes as a viewer shows
//! them. Pages that have no text, or a layer of text that says nothing, are told apart: they need OCR.
//!
//! **Key decision.** An interpreter draws the page (`interpreter`), a layout pass of ours makes lines of
//! the glyphs (`layout`). Text engines that read content streams alone lose rows, rotations, forms and
//! annotations.

mod glyph;
mod interpreter;
mod layout;

use super::{Content, outcome};
use crate::Limits;
use glyph::Glyph;
use interpreter::{Document, Drawn};
use record::{Fault, Line, Origin, Page};

/// Fewer glyphs than this are a page number or a stamp, not the text of a page.
const FEW_GLYPHS: usize = 10;
/// A page of a scan with a stamp or a heading over it has fewer glyphs than this.
const SCAN_GLYPHS: usize = 250;
/// Text drawn as paths: a page without glyphs and with more paths than this is no blank page.
const MANY_PATHS: usize = 200;

/// Reads a PDF.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Content {
    if limits.pages == 0 {
        return Content::unread(Fault::Limit, "PDF is not read within this limit");
    }
    let document = match Document::open(bytes.to_vec()) {
        Ok(document) => document,
        Err((fault, warning)) => return Content::unread(fault, warning),
    };
    let count = document.page_count();
    if count == 0 {
        return Content::unread(Fault::Damaged, "PDF has no pages");
    }
    let mut found = Found { pages: Vec::new(), needs_ocr: 0, garbage: 0, cut: false };
    let mut chars = limits.text_chars;
    let pages = count.min(limits.pages as usize);
    for (number, drawn) in (1..).zip(document.pages().take(pages)) {
        found.page(number, drawn, &mut chars);
    }
    found.cut |= count > pages;
    found.content(u32::try_from(count).unwrap_or(u32::MAX))
}

struct Found {
    pages: Vec<Page>,
    needs_ocr: usize,
    garbage: usize,
    cut: bool,
}

/// What a page is, by what it draws.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Nature {
    /// Text, its own or of an OCR layer.
    Text(Origin),
    /// Some text, and an image or drawings that hold more.
    Mixed,
    /// Text that says nothing.
    Garbage,
    /// Nothing.
    Blank,
}

impl Found {
    fn page(&mut self, number: u32, drawn: Drawn, chars: &mut usize) {
        let nature = nature(&drawn);
        let (width, height) = (drawn.width, drawn.height);
        self.cut |= drawn.cut;
        let mut lines = match nature {
            Nature::Text(_) | Nature::Mixed => {
                layout::lines(&glyph::combine_accents(drawn.glyphs), width, height)
            }
            Nature::Garbage | Nature::Blank => Vec::new(),
        };
        self.cut |= keep(&mut lines, chars);
        self.garbage += usize::from(nature == Nature::Garbage);
        self.needs_ocr += usize::from(matches!(nature, Nature::Garbage | Nature::Mixed));
        if !lines.is_empty() {
            let origin = if let Nature::Text(origin) = nature { origin } else { Origin::Text };
            self.pages.push(Page { number: Some(number), lines, origin });
        }
    }

    fn content(self, page_count: u32) -> Content {
        let mut faults = Vec::new();
        let mut warnings = Vec::new();
        if self.needs_ocr > 0 {
            faults.push(Fault::NoOcr);
            warnings.push(format!("{} of {page_count} pages need OCR", self.needs_ocr));
        }
        if self.garbage > 0 {
            warnings.push(format!("{} pages have a layer of text that says nothing, left out", self.garbage));
        }
        if self.cut {
            faults.push(Fault::Limit);
            warnings.push("PDF holds more pages or text than the limit".to_owned());
        }
        Content { outcome: outcome(!self.pages.is_empty(), faults), pages: self.pages, page_count, warnings }
    }
}

/// Keeps as many lines as the limit of characters allows; whether some were left out.
fn keep(lines: &mut Vec<Line>, chars: &mut usize) -> bool {
    let whole = lines.len();
    let mut fit = 0;
    for line in lines.iter() {
        let Some(left) = chars.checked_sub(line.text.chars().count()) else {
            *chars = 0;
            break;
        };
        *chars = left;
        fit += 1;
    }
    lines.truncate(fit);
    fit < whole
}

/// Thresholds measured on 411 pages: no page that needs OCR was missed.
fn nature(drawn: &Drawn) -> Nature {
    let ink: Vec<&Glyph> = drawn.glyphs.iter().filter(|g| !g.is_space()).collect();
    let invisible = ink.iter().filter(|g| g.invisible).count();
    if ink.len() < FEW_GLYPHS {
        return match (drawn.image_share > 0.05 || drawn.paths > MANY_PATHS, ink.is_empty()) {
            (true, _) => Nature::Mixed,
            (false, true) => Nature::Blank,
            (false, false) if says_nothing(&ink) => Nature::Garbage,
            (false, false) => Nature::Text(Origin::Text),
        };
    }
    if says_nothing(&ink) {
        return Nature::Garbage;
    }
    if invisible * 2 > ink.len() {
        return Nature::Text(Origin::Ocr);
    }
    if drawn.image_share > 0.5 && ink.len() < SCAN_GLYPHS {
        return Nature::Mixed;
    }
    Nature::Text(Origin::Text)
}

/// Whether a layer of text is garbage: more than a tenth of its glyphs stand for no character, or too few
/// of its characters are letters or digits (leaders of dots aside).
fn says_nothing(ink: &[&Glyph]) -> bool {
    let garbage = ink.iter().filter(|g| g.is_garbage()).count();
    let chars = || ink.iter().flat_map(|g| g.text.chars()).filter(|c| !matches!(c, '.' | '_' | '-' | '…'));
    let words = chars().filter(|c| c.is_alphanumeric()).count();
    let all = chars().count();
    garbage * 10 > ink.len() || (all >= 100 && words * 100 < all * 55)
}
