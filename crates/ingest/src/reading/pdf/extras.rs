//! Adding what is not drawn to what is: labels, values of forms, notes, the text of embedded files.

use super::Inner;
use super::interpreter::Document;
use super::structure::{EmbeddedFile, Piece, Structure};
use crate::reading::{self, Content};
use crate::{Limits, MediaType, Watch};
use record::{Fault, Line, Outcome, Page, Text, Triage, WordBox};

/// Adds the structure of a file to what its pages say.
pub(super) fn add(
    content: &mut Content,
    structure: Structure,
    document: &Document,
    limits: &Limits,
    inner: Inner,
    watch: &mut dyn Watch,
) {
    let Structure { facts, pages, files, cut } = structure;
    if pages.len() != content.pages.len() {
        content.warnings.push("two readers disagree on the number of pages".to_owned());
    }
    for (index, (page, extras)) in content.pages.iter_mut().zip(pages).enumerate() {
        page.label = extras.label;
        let known = plain(page.lines.iter().map(|line| &*line.text));
        let new = extras.pieces.into_iter().filter(|piece| !known.contains(&plain([&*piece.text])));
        let lines: Vec<Line> = new.map(|piece| line(piece, index, document)).collect();
        if !lines.is_empty() && page.triage == Some(Triage::Blank) {
            page.triage = Some(Triage::Text);
        }
        page.lines.extend(lines);
    }
    let mut lost = Vec::new();
    if inner == Inner::Read {
        for file in files {
            lost.extend(embedded(content, file, limits, watch));
        }
    } else if !files.is_empty() {
        content.warnings.push("files inside an embedded file were left out".to_owned());
    }
    if cut {
        lost.push(Fault::Limit);
        content.warnings.push("PDF holds more notes, values or files than the limit".to_owned());
    }
    if facts.repaired {
        content.warnings.push("PDF was damaged, its structure was rebuilt".to_owned());
    }
    content.file = Some(facts);
    let mut faults = match std::mem::replace(&mut content.outcome, Outcome::Read) {
        Outcome::Read => Vec::new(),
        Outcome::Partly(faults) => faults,
        Outcome::Unread(Fault::Empty) => Vec::new(),
        Outcome::Unread(fault) => vec![fault],
    };
    faults.extend(lost);
    content.outcome = reading::outcome(content.pages.iter().any(|page| !page.lines.is_empty()), faults);
}

/// Letters and digits alone: what a field shows may be spaced otherwise than its value.
fn plain<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    texts
        .into_iter()
        .flat_map(str::chars)
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn line(piece: Piece, index: usize, document: &Document) -> Line {
    let area = piece.corners.and_then(|corners| document.shown(index, corners));
    let text = match piece.name {
        Some(name) => Text::from(format!("{}\t{}", &*name, &*piece.text)),
        None => piece.text,
    };
    let words = area.map(|area| words(&text, area)).unwrap_or_default();
    Line { text, area, starts_block: true, heading: false, words }
}

/// Every word of a piece stands somewhere in its area.
fn words(text: &str, area: record::Rect) -> Vec<WordBox> {
    let mut at = 0;
    let mut words = Vec::new();
    for word in text.split([' ', '\t']) {
        if !word.is_empty() {
            words.push(WordBox::new(at, at + word.len(), area, None));
        }
        at += word.len() + 1;
    }
    words
}

/// Reads an embedded file; the faults that its loss adds.
fn embedded(content: &mut Content, file: EmbeddedFile, limits: &Limits, watch: &mut dyn Watch) -> Vec<Fault> {
    let Some(bytes) = file.bytes else {
        content.warnings.push("embedded file is larger than the limit or damaged".to_owned());
        return vec![Fault::Limit];
    };
    let (media, odd) = crate::content::media_type(None, &bytes);
    // XML inside a PDF repeats in data what the pages say (an invoice, a form): its words are taken
    let media = media.map(|media| if media == MediaType::Cda { MediaType::Html } else { media });
    let Some(media) = media.filter(|media| *media != MediaType::Xdm) else {
        content.warnings.push(odd.unwrap_or("embedded file is of a type that is not read").to_owned());
        return vec![Fault::MediaType];
    };
    let inner = reading::file(media, &bytes, limits, Inner::LeftOut, watch);
    content.warnings.extend(inner.warnings.into_iter().map(|warning| format!("embedded file: {warning}")));
    content.pages.extend(inner.pages.into_iter().map(|page| of_part(page, &file.name)));
    match inner.outcome {
        Outcome::Read => Vec::new(),
        Outcome::Partly(faults) => faults,
        Outcome::Unread(fault) => vec![fault],
    }
}

/// A page of an embedded file has no number: the numbers are those of the document.
fn of_part(page: Page, name: &Text) -> Page {
    Page { number: None, part: Some(name.clone()), ..page }
}
