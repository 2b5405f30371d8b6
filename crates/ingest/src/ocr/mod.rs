//! Recognition of characters on pictures of pages: scans, faxes, photos.
//!
//! **Purpose.** A picture goes in, a page of lines comes out, each word with its place and how sure the
//! recognition is.
//!
//! **Key decision.** Tesseract recognises, in a process of its own; what comes before (`prepare`: flat, evenly
//! lit, level) and after (`rows`: rows of tables made whole) is ours, for there the words of bad scans are won
//! and lost.
//!
//! ```text
//! picture ─prepare─▶ level picture ─tesseract─▶ words ─upright─▶ rows ─▶ lines, places on the page
//! ```
//!
//! **What it does not do.** It corrects nothing: `umol/L` stays what was seen. Handwriting is not read, but
//! named.

mod grey;
mod image;
mod join;
mod look;
mod prepare;
mod projection;
mod raster;
mod rows;
mod sheet;
mod skew;
mod tesseract;
mod tsv;
mod upright;

pub use grey::Grey;
pub use join::{complete, passed_over, recognised, restored, wanted};
pub use look::Look;
pub use tesseract::{INSTALL, LONGEST, Tesseract};

pub(crate) use image::{Coloured, Pictures};

use prepare::Prepared;
use record::{Fault, Line, Origin, Page, Rect, WordBox};
use tsv::Seen;
use upright::Upright;

/// A page has text when this many of its words are sure…
const SURE_WORDS: usize = 2;
/// …in percent…
const SURE: f32 = 60.0;
/// …and they are at least one in so many.
const SURE_SHARE: usize = 4;
/// Less sure words than these are no page of handwriting either: a stain, a pattern.
const MARKS: usize = 12;

impl Tesseract {
    /// What the picture of a page says: lines with their words, the mean confidence, or why there are none.
    /// `language` is that of the document, where it is known.
    #[must_use]
    pub fn recognise(&self, picture: &Grey, language: Option<&str>) -> Page {
        let prepared = Prepared::new(picture);
        let page = Page { origin: Origin::Ocr, ..Page::default() };
        match self.words(&prepared.picture, prepared.dpi, language) {
            Ok(words) => Page { origin: Origin::Ocr, ..read(words, &prepared) },
            Err(fault) => Page { fault: Some(fault), ..page },
        }
    }
}

/// The lines that words make, if they are words.
fn read(words: Vec<Seen>, prepared: &Prepared) -> Page {
    let words: Vec<Seen> = words.into_iter().filter_map(cleaned).collect();
    let long = |w: &&Seen| w.text.chars().filter(|c| c.is_alphanumeric()).count() >= 2;
    let telling = words.iter().filter(long).count();
    let sure = words.iter().filter(long).filter(|w| w.confidence >= SURE).count();
    if sure < SURE_WORDS || sure * SURE_SHARE < telling {
        let fault = (telling >= MARKS).then_some(Fault::Handwriting);
        return Page { fault, ..Page::default() };
    }
    let (width, height) = (prepared.picture.width(), prepared.picture.height());
    let upright = Upright::new(&words, width, height);
    let words = words.into_iter().map(|word| upright.stand(word)).collect();
    let (width, height) = upright.size();
    let mut lines = crate::reading::pdf::layout::lines_of(rows::rows(words), width, height);
    for line in &mut lines {
        let back = |area: Rect| on_page(area, &upright, prepared);
        line.area = line.area.map(back);
        for word in &mut line.words {
            *word = WordBox::new(index(word.start), index(word.end), back(word.area()), word.confidence);
        }
    }
    Page { confidence: confidence(&lines), lines, ..Page::default() }
}

/// Marks that specks and the rules of tables are taken for: no word begins with one.
const SPECKS: &[char] = &['|', '¦', '‘', '`', '´', '.', ',', ';', ':', '\''];
/// What stands alone and is no word, but a speck, or a rule where it is long or not sure.
const RULES: &[char] = &['|', '¦', '_', '—', '=', '~', '‘', '`', '´', '.', ',', '\''];

/// A word without the specks and rules that stick to it; `None` where nothing is left.
fn cleaned(word: Seen) -> Option<Seen> {
    let trimmed = word.text.trim_matches(['|', '¦']).trim();
    if trimmed.chars().all(|c| RULES.contains(&c)) {
        let dash = matches!(trimmed, "—" | "=" | "…") && word.confidence >= SURE;
        return dash.then(|| Seen { text: trimmed.to_owned(), ..word });
    }
    let inner = trimmed.trim_start_matches(SPECKS);
    // a dot before a digit may be a decimal point, a mark alone a mark
    let begins = inner.starts_with(|c: char| c.is_alphabetic()) || trimmed.starts_with(['|', '¦', '‘']);
    let text = if begins && !inner.is_empty() { inner } else { trimmed };
    // a bracket that nothing closes is the edge of a cell
    let text = if text.contains(']') { text } else { text.trim_start_matches('[') };
    let text = if text.contains('[') { text } else { text.trim_end_matches(']') };
    let text = text.to_owned();
    (!text.is_empty()).then_some(Seen { text, ..word })
}

fn index(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// An area of the upright picture as an area of the page.
#[expect(clippy::cast_possible_truncation, reason = "fractions of a page need no more than an f32")]
fn on_page(area: Rect, upright: &Upright, prepared: &Prepared) -> Rect {
    let (width, height) = upright.size();
    let corner = |x: f32, y: f32| {
        let (x, y) = upright.lie((f64::from(x) * width, f64::from(y) * height));
        prepared.on_page(x, y)
    };
    let corners = [
        corner(area.x0, area.y0),
        corner(area.x1, area.y0),
        corner(area.x0, area.y1),
        corner(area.x1, area.y1),
    ];
    let side = |pick: fn(&(f64, f64)) -> f64, better: fn(f64, f64) -> f64| {
        corners.iter().map(pick).reduce(better).unwrap_or(0.0).clamp(0.0, 1.0) as f32
    };
    Rect {
        x0: side(|c| c.0, f64::min),
        y0: side(|c| c.1, f64::min),
        x1: side(|c| c.0, f64::max),
        y1: side(|c| c.1, f64::max),
    }
}

/// The mean confidence of the words of some lines, in percent.
fn confidence(lines: &[Line]) -> Option<u8> {
    let known: Vec<u32> =
        lines.iter().flat_map(|l| &l.words).filter_map(|w| w.confidence).map(u32::from).collect();
    let count = u32::try_from(known.len()).ok().filter(|n| *n > 0)?;
    u8::try_from(known.iter().sum::<u32>() / count).ok()
}

#[cfg(test)]
mod tests;
