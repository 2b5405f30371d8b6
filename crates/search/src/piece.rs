//! What of an item is embedded: windows of its passages, each after the document's title and type, and one
//! line that says what the item is.
//!
//! A window is smaller than a passage: a vector of many sentences is near to nothing in particular, and a
//! query is a few words. Windows overlap by a line, so that what stands at a border is whole in one of them.

use crate::describe;
use record::{Item, Kind, Passage, Reading, passages};
use std::ops::Range;

/// Version of the rules below. It is part of every digest.
const RULES: u64 = 1;
/// A window is closed at the first line end from this many bytes on.
const WINDOW: usize = 280;
/// Pieces of one item: what follows in a longer document is found by its words.
const MOST: usize = 2_000;

/// A text to embed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    /// The passage that it is a part of; `None` for the line that says what the item is.
    pub(crate) place: Option<Place>,
    pub(crate) text: String,
}

/// A stretch of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Number of the passage in the document.
    pub(crate) passage: u32,
    /// Its bytes in the passage.
    pub(crate) bytes: Range<u32>,
}

/// The pieces of an item.
pub(crate) fn pieces(item: &Item, reading: Option<&Reading>) -> Vec<Piece> {
    let mut out = vec![Piece { place: None, text: headline(item) }];
    let context = context(item);
    for (number, passage) in passages(reading.map_or(&[][..], |r| &r.pages)).iter().enumerate() {
        for window in windows(passage) {
            let bytes = window.start as u32..window.end as u32;
            let text = format!("{context}{}", passage.text[window].replace(['\n', '\t'], " "));
            out.push(Piece { place: Some(Place { passage: number as u32, bytes }), text });
        }
    }
    out.truncate(MOST);
    out
}

/// A hash of the pieces: vectors of other pieces are not those of the item as it is now.
pub(crate) fn digest(pieces: &[Piece]) -> u64 {
    let bytes = pieces.iter().flat_map(|p| p.text.bytes().chain([0xff]));
    // FNV-1a: stable across builds, unlike the standard hasher.
    bytes.fold(0xcbf2_9ce4_8422_2325 ^ RULES, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The line that says what an item is.
fn headline(item: &Item) -> String {
    let title = describe::title(item);
    let specialty = item.authors.iter().find_map(|a| a.specialty.as_ref()).map(|s| s.label().to_owned());
    let mut parts = vec![title.to_string()];
    if item.kind() == Kind::Document {
        parts.extend(describe::type_name(item).map(|(_, label)| label.to_string()));
        parts.extend(specialty);
    } else {
        let labels = item.codes.iter().filter_map(|c| c.display.as_deref());
        parts.extend(labels.map(str::to_owned));
        parts.push(describe::summary(item));
    }
    let mut seen = std::collections::HashSet::new();
    parts.retain(|part| !part.is_empty() && seen.insert(record::french::fold(part)));
    parts.join(". ")
}

/// What stands before each window of a document.
fn context(item: &Item) -> String {
    format!("{} : ", &*describe::title(item))
}

/// The windows of a passage, each from a place where a window may start to one where it may end.
fn windows(passage: &Passage) -> Vec<Range<usize>> {
    let text = &*passage.text;
    let starts = starts(text);
    let end = |unit: usize| starts.get(unit + 1).copied().unwrap_or(text.len());
    let (mut out, mut first) = (Vec::new(), 0);
    while first < starts.len() {
        let full = |unit: &usize| end(*unit) - starts[first] >= WINDOW;
        let last = (first..starts.len()).find(full).unwrap_or(starts.len() - 1);
        let window = &text[starts[first]..end(last)];
        if !window.trim().is_empty() {
            out.push(starts[first]..starts[first] + window.trim_end().len());
        }
        if last + 1 >= starts.len() {
            break;
        }
        // A unit back, where that still goes forward.
        first = if last > first { last } else { last + 1 };
    }
    out
}

/// Where a window may start: after a line end, and in a line that is longer than a window, after a space.
fn starts(text: &str) -> Vec<usize> {
    let mut out = vec![0];
    for (at, c) in text.char_indices().filter(|(_, c)| c.is_whitespace()) {
        let next = at + c.len_utf8();
        let long = next - out.last().copied().unwrap_or(0) >= WINDOW;
        if next < text.len() && (c == '\n' || long) {
            out.push(next);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{Line, Page, Text};

    fn check(lines: &[&str], expected: &[&str]) {
        let line = |text: &&str| Line { text: Text::from(*text), ..Line::default() };
        let page = Page { number: Some(1), lines: lines.iter().map(line).collect(), ..Page::default() };
        let passage = &passages(&[page])[0];
        let found: Vec<&str> = windows(passage).into_iter().map(|w| &passage.text[w]).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn windows_overlap_by_a_line_and_cover_the_passage() {
        check(&["un", "deux"], &["un\ndeux"]);
        let [a, b, c] = ["a", "b", "c"].map(|c| c.repeat(150));
        check(&[&a, &b, &c], &[&format!("{a}\n{b}"), &format!("{b}\n{c}")]);
        // A line longer than a window is cut; nothing of it is left out.
        let words = "é mot ".repeat(100);
        for lines in [vec![a.clone(), "d".repeat(400), b.clone()], vec!["d".repeat(900)], vec![words]] {
            let line = |text: &String| Line { text: Text::from(text.trim()), ..Line::default() };
            let page = Page { number: Some(1), lines: lines.iter().map(line).collect(), ..Page::default() };
            let passage = &passages(&[page])[0];
            let found = windows(passage);
            assert_eq!((found[0].start, found[found.len() - 1].end), (0, passage.text.len()));
            for pair in found.windows(2) {
                assert!(pair[1].start > pair[0].start, "{found:?}");
                let gap = passage.text.get(pair[0].end..pair[1].start).unwrap_or("");
                assert!(gap.trim().is_empty(), "{found:?}");
            }
        }
    }

    #[test]
    fn a_digest_tells_pieces_apart() {
        let piece = |text: &str| Piece { place: None, text: text.to_owned() };
        let digests = [
            digest(&[piece("ab"), piece("c")]),
            digest(&[piece("a"), piece("bc")]),
            digest(&[piece("abc")]),
            digest(&[]),
        ];
        for (i, a) in digests.iter().enumerate() {
            assert!(digests[i + 1..].iter().all(|b| a != b));
        }
    }
}
