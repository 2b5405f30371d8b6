//! CDA R2 documents: header, narrative, coded entries, embedded files.
//!
//! **Purpose.** [`header`] gives what makes a document known (stage 1); [`body`] gives what it says
//! (stage 2): its narrative as lines, its coded entries as items linked to it, its embedded PDF as pages.
//!
//! **Key decision.** The tree is read by local names in the namespace of the parent, so that documents
//! inside a style sheet, with a prefix or with extensions read the same. The document's own template is not
//! looked at: entries are recognised by the IHE PCC and IHE laboratory templates that every CI-SIS model of
//! content is built on, wherever they stand.
//!
//! **What it does not do.** No validation against schematrons. Devices and social observations have no
//! kind of item: they stay in the narrative, as every entry does.

mod entries;
mod header;
mod media;
mod narrative;
mod people;
#[cfg(test)]
mod tests;
mod value;
mod xml;

use crate::read::EXTRACTOR;
use crate::{Error, Limits, PatientId, Watch};
use media::Attachments;
use record::{Fault, Item, Outcome, Page, Reading};
use roxmltree::Node;

/// Reads the header: the document's item, the patients it names, warnings.
///
/// # Errors
/// Bytes that are not XML within the limits, or hold no `ClinicalDocument`.
pub(crate) fn header(bytes: &[u8], limits: &Limits) -> Result<(Item, Vec<PatientId>, Vec<String>), Error> {
    let text = xml::text(bytes, limits)?;
    let tree = xml::tree(&text, limits)?;
    Ok(header::read(xml::clinical_document(&tree)?, bytes))
}

/// Reads the body. `item` is the document's item, whose flags, status and authors the entries inherit.
pub(crate) fn body(bytes: &[u8], item: &Item, limits: &Limits, watch: &mut dyn Watch) -> Reading {
    let read = xml::text(bytes, limits).and_then(|text| {
        let tree = xml::tree(&text, limits)?;
        Ok(read_body(xml::clinical_document(&tree)?, item, limits, watch))
    });
    read.unwrap_or_else(|error| reading(Vec::new(), Vec::new(), Outcome::Unread(fault(error)), Vec::new()))
}

fn fault(error: Error) -> Fault {
    match error {
        Error::TooLarge { .. } | Error::Depth(_) => Fault::Limit,
        _ => Fault::Damaged,
    }
}

fn reading(pages: Vec<Page>, items: Vec<Item>, outcome: Outcome, warnings: Vec<String>) -> Reading {
    let page_count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
    Reading { extractor: EXTRACTOR, pages, items, outcome, language: None, page_count, warnings, file: None }
}

fn read_body(document: Node<'_, '_>, item: &Item, limits: &Limits, watch: &mut dyn Watch) -> Reading {
    let bodies = || xml::children(document, "component");
    if let Some(structured) = bodies().find_map(|c| xml::child(c, "structuredBody")) {
        return read_structured(structured, item, limits, watch);
    }
    match bodies().find_map(|c| xml::path(c, &["nonXMLBody", "text"])) {
        Some(text) => {
            let (pages, outcome, warnings) = media::level_1(text, limits, watch);
            reading(pages, Vec::new(), outcome, warnings)
        }
        None => reading(Vec::new(), Vec::new(), Outcome::Unread(Fault::Missing), Vec::new()),
    }
}

fn read_structured(body: Node<'_, '_>, item: &Item, limits: &Limits, watch: &mut dyn Watch) -> Reading {
    let narrative = narrative::read(body, limits.text_chars);
    let (items, mut warnings) = entries::read(body, item, limits.entries);
    let mut faults = Vec::new();
    if narrative.cut {
        faults.push(Fault::Limit);
        warnings.push("narrative is longer than the limit".to_owned());
    }
    let mut pages = Vec::new();
    if !narrative.lines.is_empty() {
        pages.push(Page { lines: narrative.lines, ..Page::default() });
    }
    let Attachments { pages: more, faults: lost, warnings: said } =
        media::attached(body, &pages, &items, limits, watch);
    pages.extend(more);
    faults.extend(lost);
    warnings.extend(said);
    faults.sort_unstable();
    faults.dedup();
    let outcome = match (faults.first(), pages.iter().all(|page| page.lines.is_empty()) && items.is_empty()) {
        (None, false) => Outcome::Read,
        (None, true) => Outcome::Unread(Fault::Empty),
        (Some(fault), true) => Outcome::Unread(*fault),
        (Some(_), false) => Outcome::Partly(faults),
    };
    reading(pages, items, outcome, warnings)
}
