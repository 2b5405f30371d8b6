//! What a PDF holds beside the drawing of its pages: properties, page labels, values of forms, notes, files.
//!
//! **Key decision.** The interpreter draws what a viewer shows; a value without an appearance, a note behind
//! an icon and an embedded file are not drawn. They are looked up in the objects, by lopdf, under its limit
//! of inflated bytes. Its own extraction of text is not used.
//!
//! **What it does not do.** lopdf loads all objects at once: the caller has read the pages before, so that
//! a file that is too much for it loses nothing else.

use crate::Limits;
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, decode_text_string};
use record::{FileFacts, PartialDate, Text};
use std::collections::BTreeMap;

/// Bytes that one stream of objects may inflate to.
const INFLATED: usize = 64 << 20;
/// Embedded files that are taken.
const FILES: usize = 32;
/// Values and notes of one page.
const PIECES: usize = 2_000;
/// Parents of a field, nodes of a tree on the way down, objects inside objects.
const DEPTH: usize = 16;
/// `/F` of an annotation: hidden, or not to be viewed (ISO 32000-2, 12.5.3).
const UNSEEN: i64 = 2 | 32;

/// What was found.
pub(super) struct Structure {
    pub(super) facts: FileFacts,
    /// One a page, in the order of the page tree.
    pub(super) pages: Vec<Extras>,
    pub(super) files: Vec<EmbeddedFile>,
    /// Whether a limit left something out.
    pub(super) cut: bool,
}

/// What belongs to one page.
#[derive(Default)]
pub(super) struct Extras {
    /// The number that the document prints, if it is not the count.
    pub(super) label: Option<Text>,
    pub(super) pieces: Vec<Piece>,
}

/// A value or a note.
pub(super) struct Piece {
    pub(super) text: Text,
    /// The name that a field shows to people.
    pub(super) name: Option<Text>,
    /// Corners in the page's own space.
    pub(super) corners: Option<[f64; 4]>,
}

/// A file inside the file.
pub(super) struct EmbeddedFile {
    pub(super) name: Text,
    /// `None` where it does not inflate within the limit.
    pub(super) bytes: Option<Vec<u8>>,
}

/// Reads the structure; `None` where lopdf cannot.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Option<Structure> {
    let options = LoadOptions { max_decompressed_size: Some(INFLATED), ..LoadOptions::default() };
    let document = Document::load_mem_with_options(bytes, options).ok()?;
    if document.is_encrypted() && !document.was_encrypted() {
        return None;
    }
    let mut cut = false;
    let ids: Vec<ObjectId> = document.page_iter().take(limits.pages as usize).collect();
    let mut labels = labels(&document, ids.len());
    let pages = ids.iter().enumerate().map(|(index, id)| {
        let pieces = pieces(&document, *id, &mut cut);
        Extras { label: labels.remove(&index).map(Text::from), pieces }
    });
    let pages = pages.collect();
    let files = files(&document, limits, &mut cut);
    Some(Structure { facts: facts(&document, files.len()), pages, files, cut })
}

fn facts(document: &Document, files: usize) -> FileFacts {
    let info = document.trailer.get_deref(b"Info", document).and_then(Object::as_dict).ok();
    let text = |key: &[u8]| info.and_then(|info| string(document, info, key));
    FileFacts {
        title: text(b"Title").map(Text::from),
        producer: text(b"Producer").map(Text::from),
        created: text(b"CreationDate").as_deref().and_then(date),
        repaired: document.xref_recovery.is_some(),
        encrypted: document.was_encrypted(),
        embedded_files: u32::try_from(files).unwrap_or(u32::MAX),
    }
}

/// `D:20250214112000+01'00'` → the day (ISO 32000-2, 7.9.4).
fn date(text: &str) -> Option<PartialDate> {
    let digits = text.trim().trim_start_matches("D:");
    let part =
        |range: std::ops::Range<usize>| digits.get(range).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
    let (year, month, day) = (part(0..4)?, part(4..6)?, part(6..8)?);
    PartialDate::parse_iso(&format!("{year}-{month}-{day}")).ok()
}

/// A text string of a dictionary, spaces tidied; `None` where there is none or it is empty.
fn string(document: &Document, dictionary: &Dictionary, key: &[u8]) -> Option<String> {
    let object = dictionary.get_deref(key, document).ok()?;
    let text = decode_text_string(object).ok()?;
    let text = text.split(|c: char| c.is_whitespace() || c.is_control());
    let text = text.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

/// Labels of pages, by index, where they differ from the count (ISO 32000-2, 12.4.2).
fn labels(document: &Document, count: usize) -> BTreeMap<usize, String> {
    let mut ranges = BTreeMap::new();
    if let Ok(tree) = document.catalog().and_then(|c| c.get_deref(b"PageLabels", document)) {
        label_ranges(document, tree, DEPTH, &mut ranges);
    }
    let mut labels = BTreeMap::new();
    for index in 0..count {
        let Some((from, range)) = ranges.range(..=index).next_back() else { continue };
        let start =
            range.get(b"St").and_then(Object::as_i64).ok().and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
        let number = start.saturating_add(u32::try_from(index - from).unwrap_or(u32::MAX));
        let prefix = string(document, range, b"P").unwrap_or_default();
        let style = range.get(b"S").and_then(Object::as_name).unwrap_or_default();
        let label = format!("{prefix}{}", numeral(style, number));
        if !label.is_empty() && label != (index + 1).to_string() {
            labels.insert(index, label);
        }
    }
    labels
}

fn label_ranges<'d>(
    document: &'d Document,
    node: &'d Object,
    depth: usize,
    ranges: &mut BTreeMap<usize, &'d Dictionary>,
) {
    let Some((node, depth)) = node.as_dict().ok().zip(depth.checked_sub(1)) else { return };
    let array = |key: &[u8]| node.get_deref(key, document).and_then(Object::as_array).map(Vec::as_slice);
    for pair in array(b"Nums").unwrap_or_default().chunks_exact(2) {
        let index = pair[0].as_i64().ok().and_then(|n| usize::try_from(n).ok());
        let range = document.dereference(&pair[1]).ok().and_then(|(_, range)| range.as_dict().ok());
        ranges.extend(index.zip(range));
    }
    for kid in array(b"Kids").unwrap_or_default().iter().take(PIECES) {
        if let Ok((_, kid)) = document.dereference(kid) {
            label_ranges(document, kid, depth, ranges);
        }
    }
}

fn numeral(style: &[u8], number: u32) -> String {
    match style {
        b"D" => number.to_string(),
        b"r" => roman(number),
        b"R" => roman(number).to_uppercase(),
        b"a" => letters(number),
        b"A" => letters(number).to_uppercase(),
        _ => String::new(),
    }
}

fn roman(number: u32) -> String {
    const PARTS: [(u32, &str); 13] = [
        (1000, "m"),
        (900, "cm"),
        (500, "d"),
        (400, "cd"),
        (100, "c"),
        (90, "xc"),
        (50, "l"),
        (40, "xl"),
        (10, "x"),
        (9, "ix"),
        (5, "v"),
        (4, "iv"),
        (1, "i"),
    ];
    // beyond it nobody prints Roman numerals, and a file could ask for millions of letters
    if number > 5_000 {
        return number.to_string();
    }
    let mut left = number;
    let mut out = String::new();
    for (value, letters) in PARTS {
        while left >= value {
            out.push_str(letters);
            left -= value;
        }
    }
    out
}

/// a … z, aa, bb …
fn letters(number: u32) -> String {
    let (Some(index), true) = (number.checked_sub(1), number <= 26 * 20) else { return number.to_string() };
    let letter = char::from(b'a' + u8::try_from(index % 26).unwrap_or(0));
    std::iter::repeat_n(letter, index as usize / 26 + 1).collect()
}

/// Values of form fields and texts of notes that stand on a page.
fn pieces(document: &Document, page: ObjectId, cut: &mut bool) -> Vec<Piece> {
    let annotations = document.get_page_annotations(page).unwrap_or_default();
    *cut |= annotations.len() > PIECES;
    annotations.into_iter().take(PIECES).filter_map(|annotation| piece(document, annotation)).collect()
}

fn piece(document: &Document, annotation: &Dictionary) -> Option<Piece> {
    let flags = annotation.get_deref(b"F", document).and_then(Object::as_i64).unwrap_or(0);
    let subtype = annotation.get_deref(b"Subtype", document).and_then(Object::as_name).unwrap_or_default();
    let (text, name) = match subtype {
        _ if flags & UNSEEN != 0 => None,
        b"Widget" => value(document, annotation),
        b"Link" | b"Popup" => None,
        _ => Some((string(document, annotation, b"Contents")?, None)),
    }?;
    let name = name.map(Text::from);
    Some(Piece { text: Text::from(text), name, corners: corners(document, annotation) })
}

fn corners(document: &Document, annotation: &Dictionary) -> Option<[f64; 4]> {
    let rect = annotation.get_deref(b"Rect", document).and_then(Object::as_array).ok()?;
    let numbers: Vec<f64> = rect.iter().filter_map(|n| n.as_float().ok().map(f64::from)).collect();
    numbers.try_into().ok().filter(|corners: &[f64; 4]| corners.iter().all(|n| n.is_finite()))
}

/// What was entered into a field of text or of choices; with it, the name that the field shows to people.
fn value(document: &Document, widget: &Dictionary) -> Option<(String, Option<String>)> {
    let mut fields = vec![widget];
    while let Some(parent) = fields.last().and_then(|f| f.get_deref(b"Parent", document).ok()) {
        if fields.len() == DEPTH {
            break;
        }
        fields.push(parent.as_dict().ok()?);
    }
    let inherited = |key: &[u8]| fields.iter().find_map(|field| field.get_deref(key, document).ok());
    if !matches!(inherited(b"FT")?.as_name().ok()?, b"Tx" | b"Ch") {
        return None;
    }
    let holder = fields.iter().find(|field| field.has(b"V"))?;
    let value = match holder.get_deref(b"V", document).ok()? {
        Object::Array(choices) => {
            let choices = choices.iter().filter_map(|choice| decode_text_string(choice).ok());
            choices.collect::<Vec<_>>().join(", ")
        }
        _ => string(document, holder, b"V")?,
    };
    Some((value, fields.iter().find_map(|field| string(document, field, b"TU"))))
}

/// Files that file specifications of the document embed, wherever these stand.
fn files(document: &Document, limits: &Limits, cut: &mut bool) -> Vec<EmbeddedFile> {
    let mut streams = BTreeMap::new();
    for object in document.objects.values() {
        specifications(document, object, DEPTH, &mut streams);
    }
    *cut |= streams.len() > FILES;
    let mut left = limits.inflated_bytes;
    streams
        .into_iter()
        .take(FILES)
        .map(|(id, name)| {
            let stream = document.get_object(id).and_then(Object::as_stream);
            let bytes = stream.ok().and_then(|s| {
                let most = limits.document_bytes.min(left);
                if s.is_compressed() {
                    s.decompressed_content_with_limit(most).ok()
                } else {
                    Some(s.content.clone())
                }
            });
            let bytes = bytes.filter(|bytes| bytes.len() <= limits.document_bytes.min(left));
            left -= bytes.as_ref().map_or(0, Vec::len);
            EmbeddedFile { name: Text::from(name), bytes }
        })
        .collect()
}

fn specifications(
    document: &Document,
    object: &Object,
    depth: usize,
    streams: &mut BTreeMap<ObjectId, String>,
) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let dictionary = match object {
        Object::Array(items) => {
            items.iter().for_each(|item| specifications(document, item, depth, streams));
            return;
        }
        Object::Dictionary(dictionary) => dictionary,
        _ => return,
    };
    let embedded = dictionary.get_deref(b"EF", document).and_then(Object::as_dict);
    let stream = embedded.and_then(|e| e.get(b"UF").or_else(|_| e.get(b"F"))).and_then(Object::as_reference);
    if let Ok(id) = stream {
        let name = string(document, dictionary, b"UF").or_else(|| string(document, dictionary, b"F"));
        streams.entry(id).or_insert(name.unwrap_or_default());
    }
    for (_, inner) in dictionary.iter() {
        specifications(document, inner, depth, streams);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals() {
        let check = |style: &[u8], number, expected: &str| assert_eq!(numeral(style, number), expected);
        check(b"D", 12, "12");
        check(b"r", 14, "xiv");
        check(b"R", 1999, "MCMXCIX");
        check(b"r", 4_000_000_000, "4000000000");
        check(b"a", 27, "aa");
        check(b"A", 2, "B");
        check(b"", 3, "");
    }

    #[test]
    fn dates_of_properties() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(date(text).map(|d| d.to_string()).as_deref(), expected, "{text}");
        };
        check("D:20250214112000+01'00'", Some("2025-02-14"));
        check("20250214", Some("2025-02-14"));
        check("D:2025", None);
        check("D:20251399", None);
        check("hier", None);
    }
}
