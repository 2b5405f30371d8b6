//! Files inside a document (data type ED): the body of level 1, attachments of level 3.
//!
//! A structured document often carries a PDF of itself. It is one document: the copy is read only where
//! the narrative says next to nothing, and a PDF whose words stand in the document already adds nothing.

use super::xml::{attribute, child};
use crate::{Limits, MediaType, Watch, reading};
use base64::Engine;
use base64::engine::general_purpose::GeneralPurpose;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};
use record::french::{TokenKind, tokens};
use record::{Fault, Item, Outcome, Page};
use roxmltree::Node;
use std::collections::HashSet;
use std::io::Read;

/// LOINC "Copie du document": the section for a PDF of the document itself.
const COPY_SECTION: &str = "55108-5";

/// A narrative of fewer characters does not stand for the document.
const SHORT_NARRATIVE: usize = 200;

/// A file is a copy when at least this share of its distinct words, in percent, stands in the document.
const COPY_SHARE: usize = 80;

/// Words of fewer letters say nothing of a copy.
const SHORT_WORD: usize = 4;

/// What attached files add to a document.
#[derive(Default)]
pub(super) struct Attachments {
    pub(super) pages: Vec<Page>,
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<String>,
}

/// Reads the body of a level 1 document.
pub(super) fn level_1(
    text: Node<'_, '_>,
    limits: &Limits,
    watch: &mut dyn Watch,
) -> (Vec<Page>, Outcome, Vec<String>) {
    if child(text, "reference").is_some() {
        return (
            Vec::new(),
            Outcome::Unread(Fault::Missing),
            vec!["body stands outside the document".to_owned()],
        );
    }
    match file(text, limits) {
        Ok((media, bytes)) => reading::embedded(media, &bytes, limits, watch),
        Err(fault) => (Vec::new(), Outcome::Unread(fault), vec![unreadable(fault).to_owned()]),
    }
}

/// Reads what is attached to a structured body, beside its narrative and its entries.
pub(super) fn attached(
    body: Node<'_, '_>,
    narrative: &[Page],
    items: &[Item],
    limits: &Limits,
    watch: &mut dyn Watch,
) -> Attachments {
    let mut out = Attachments::default();
    let (mut images, mut copies) = (0, 0);
    let letters: usize = narrative
        .iter()
        .flat_map(|p| &p.lines)
        .map(|l| l.text.chars().filter(|c| !c.is_whitespace()).count())
        .sum();
    let mut known = None;
    let files = body.descendants().filter(|n| {
        n.tag_name().name() == "value"
            && n.has_attribute("mediaType")
            && attribute(*n, "representation") == Some("B64")
    });
    for node in files {
        if attribute(node, "mediaType").is_some_and(|m| m.starts_with("image/")) {
            images += 1;
            continue;
        }
        let short = letters < SHORT_NARRATIVE;
        if in_copy_section(node) && !short {
            copies += 1;
            continue;
        }
        match file(node, limits) {
            Err(fault) => out.lose(fault, unreadable(fault)),
            Ok((media, bytes)) => {
                let (pages, outcome, warnings) = reading::embedded(media, &bytes, limits, watch);
                out.warnings.extend(warnings);
                out.faults.extend(faults(outcome));
                let known = known.get_or_insert_with(|| words_of_document(narrative, items));
                if !short && is_copy(&pages, known) { copies += 1 } else { out.pages.extend(pages) }
            }
        }
    }
    if images > 0 {
        out.warnings.push(format!("{images} images of a structured document are not read"));
    }
    if copies > 0 {
        out.warnings.push(format!("{copies} attached files repeat the document and are not read twice"));
    }
    out
}

impl Attachments {
    fn lose(&mut self, fault: Fault, warning: &str) {
        self.faults.push(fault);
        self.warnings.push(warning.to_owned());
    }
}

fn unreadable(fault: Fault) -> &'static str {
    match fault {
        Fault::Limit => "embedded file is larger than the limit",
        Fault::MediaType => "embedded file is of a type that is not read",
        _ => "embedded file is damaged",
    }
}

fn faults(outcome: Outcome) -> Vec<Fault> {
    match outcome {
        Outcome::Read => Vec::new(),
        Outcome::Partly(faults) => faults,
        Outcome::Unread(fault) => vec![fault],
    }
}

fn in_copy_section(node: Node<'_, '_>) -> bool {
    node.ancestors()
        .filter(|n| n.tag_name().name() == "section")
        .filter_map(|s| child(s, "code"))
        .any(|c| attribute(c, "code") == Some(COPY_SECTION))
}

/// The bytes of a data type ED and what they are, by their content before their label.
fn file(node: Node<'_, '_>, limits: &Limits) -> Result<(MediaType, Vec<u8>), Fault> {
    let text: String = node.children().filter(Node::is_text).filter_map(|n| n.text()).collect();
    let is_base64 = attribute(node, "representation") == Some("B64");
    let raw = if is_base64 { decode(&text, limits)? } else { text.into_bytes() };
    let bytes = match attribute(node, "compression") {
        // Some producers state a compression that they did not apply.
        Some(method) if MediaType::sniff(&raw).is_none() => inflate(method, &raw, limits)?,
        _ => raw,
    };
    let declared = match attribute(node, "mediaType") {
        None if !is_base64 => Some(MediaType::Text),
        name => name.and_then(|m| MediaType::from_name(m).ok()),
    };
    match MediaType::sniff(&bytes).or(declared) {
        None | Some(MediaType::Cda | MediaType::Xdm) => Err(Fault::MediaType),
        Some(media) => Ok((media, bytes)),
    }
}

fn decode(text: &str, limits: &Limits) -> Result<Vec<u8>, Fault> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(&base64::alphabet::STANDARD, config);
    let compact: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    if compact.len() / 4 * 3 > limits.document_bytes {
        return Err(Fault::Limit);
    }
    if compact.is_empty() {
        return Err(Fault::Empty);
    }
    engine.decode(compact).map_err(|_| Fault::Damaged)
}

/// Inflates by one of the methods of HL7 `CompressionAlgorithm`, up to the size of a document.
fn inflate(method: &str, bytes: &[u8], limits: &Limits) -> Result<Vec<u8>, Fault> {
    let most = limits.document_bytes.min(bytes.len().saturating_mul(limits.inflate_ratio));
    let reader: Box<dyn Read + '_> = match method {
        "DF" => Box::new(DeflateDecoder::new(bytes)),
        "ZL" => Box::new(ZlibDecoder::new(bytes)),
        "GZ" => Box::new(GzDecoder::new(bytes)),
        _ => return Err(Fault::MediaType),
    };
    let mut out = Vec::new();
    reader.take(most as u64 + 1).read_to_end(&mut out).map_err(|_| Fault::Damaged)?;
    if out.len() > most { Err(Fault::Limit) } else { Ok(out) }
}

fn add_words(text: &str, words: &mut HashSet<String>) {
    let long =
        |t: &record::french::Token| t.kind == TokenKind::Word && t.surface.chars().count() >= SHORT_WORD;
    words.extend(tokens(text).into_iter().filter(long).map(|t| t.surface));
}

fn words_of_pages(pages: &[Page]) -> HashSet<String> {
    let mut words = HashSet::new();
    for line in pages.iter().flat_map(|p| &p.lines) {
        add_words(&line.text, &mut words);
    }
    words
}

fn words_of_document(narrative: &[Page], items: &[Item]) -> HashSet<String> {
    let mut words = words_of_pages(narrative);
    for item in items {
        add_words(&item.title, &mut words);
        let labels = item.codes.iter().filter_map(|c| c.display.as_ref());
        let results = item.measures.iter().filter_map(|m| m.text.as_ref());
        for text in labels.chain(results).chain(item.notes.iter().map(|n| &n.text)) {
            add_words(text, &mut words);
        }
    }
    words
}

fn is_copy(pages: &[Page], known: &HashSet<String>) -> bool {
    let words = words_of_pages(pages);
    let repeated = words.iter().filter(|w| known.contains(*w)).count();
    !words.is_empty() && repeated * 100 >= words.len() * COPY_SHARE
}
