//! The text of a PDF, with its place on the page.
//!
//! **Purpose.** Born-digital PDFs: lines in reading order, rows of tables whole, boxes as a viewer shows
//! them. Pages that have no text, or a layer of text that says nothing, are told apart: they need OCR.
//!
//! **Key decision.** An interpreter draws the page (`interpreter`), a layout pass of ours makes lines of
//! the glyphs (`layout`). Text engines that read content streams alone lose rows, rotations, forms and
//! annotations.

mod extras;
mod glyph;
mod interpreter;
pub(crate) mod layout;
mod letters;
mod render;
mod structure;
mod triage;

pub use render::{Bitmap, PageRenderer, render_page};

use super::{Content, outcome};
use crate::{Limits, Turn, Watch};
use interpreter::{Document, Drawn};
use record::{Fault, Line, Origin, Page, Triage};
use std::cell::RefCell;
use triage::{Marks, triage};

/// Least and most dots per inch for recognition: at 150 a third of the rows of tables is lost.
const RECOGNITION: (f32, f32) = (200.0, 300.0);

/// Whether files inside the file are read too: they are once, not those inside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inner {
    Read,
    LeftOut,
}

/// Reads a PDF. A page that wants recognition is named with [`Fault::NoOcr`]: whoever recognises its image
/// (see [`PageRenderer`]) adds the lines and takes the fault away.
pub(super) fn read(bytes: &[u8], limits: &Limits, inner: Inner, watch: &mut dyn Watch) -> Content {
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
    let mut chars = limits.text_chars;
    let taken = count.min(limits.pages as usize);
    let of = u32::try_from(count).unwrap_or(u32::MAX);
    let renderer = PageRenderer(document);
    let mut pages = Vec::new();
    let shared = RefCell::new(&mut *watch);
    let wanted = || shared.borrow_mut().turn() == Turn::Read;
    for (number, drawn) in (1..).zip(renderer.0.pages(wanted).take(taken)) {
        let dpi = drawn.as_ref().map_or(RECOGNITION.1, recognition_dpi);
        let page = match drawn {
            Some(drawn) => page(number, drawn, &mut chars),
            None => Page { number: Some(number), fault: Some(Fault::Limit), ..Page::default() },
        };
        let mut watch = shared.borrow_mut();
        watch.page(&page, of);
        if page.triage.is_some_and(Triage::wants_ocr) {
            watch.picture(&mut || renderer.picture(number, dpi));
        }
        pages.push(page);
    }
    let mut content = content(pages, of);
    match structure::read(bytes, limits) {
        Some(structure) => extras::add(&mut content, structure, &renderer.0, limits, inner, watch),
        None => {
            content.warnings.push("structure of the PDF cannot be read, forms and files left out".to_owned())
        }
    }
    content
}

/// A scan is recognised at the resolution that it was made with: larger, its specks would be, too.
#[expect(clippy::cast_possible_truncation, reason = "clamped to a few hundred")]
fn recognition_dpi(drawn: &Drawn) -> f32 {
    let is_scan = drawn.image_share > 0.5 && drawn.image_dpi > 0.0;
    if is_scan { (drawn.image_dpi as f32).clamp(RECOGNITION.0, RECOGNITION.1) } else { RECOGNITION.1 }
}

fn page(number: u32, drawn: Drawn, chars: &mut usize) -> Page {
    let Drawn { width, height, cut, image_share, image_dpi: _, paths, glyphs } = drawn;
    let marks = Marks::new(&glyphs, image_share, paths);
    let mut lines = layout::lines(&glyph::combine_accents(glyphs), width, height);
    let triage = triage(&marks, &lines);
    if matches!(triage, Triage::GarbageLayer | Triage::Image | Triage::Blank) {
        lines.clear();
    }
    let cut = keep(&mut lines, chars) || cut;
    let fault = if cut { Some(Fault::Limit) } else { triage.wants_ocr().then_some(Fault::NoOcr) };
    let origin = if triage == Triage::OcrLayer { Origin::Layer } else { Origin::Text };
    Page { number: Some(number), lines, origin, triage: Some(triage), fault, ..Page::default() }
}

fn content(pages: Vec<Page>, page_count: u32) -> Content {
    let mut faults: Vec<Fault> = pages.iter().filter_map(|page| page.fault).collect();
    let mut warnings = Vec::new();
    let count = |what: fn(&Page) -> bool| pages.iter().filter(|page| what(page)).count();
    let garbage = count(|page| page.triage == Some(Triage::GarbageLayer));
    if garbage > 0 {
        warnings.push(format!("{garbage} pages have a layer of text that says nothing, left out"));
    }
    let short = pages.len() < page_count as usize;
    if short || faults.contains(&Fault::Limit) {
        faults.push(Fault::Limit);
        warnings.push("PDF holds more pages or text than the limit".to_owned());
    }
    let has_text = pages.iter().any(|page| !page.lines.is_empty());
    Content { outcome: outcome(has_text, faults), pages, page_count, warnings, file: None }
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

#[cfg(test)]
mod tests;
