//! Plain text: what encoding, which lines, which pages.

use super::lines::Lines;
use super::{Content, outcome};
use crate::Limits;
use encoding_rs::{Encoding, WINDOWS_1252};
use record::{Fault, Page};
use std::borrow::Cow;

/// More control characters than one in this many, and than a stray few: binary data under a false name.
const BINARY_SHARE: usize = 20;
const STRAY: usize = 2;

/// Reads a text. Form feeds part its pages; without any it has no pages.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Content {
    let (text, guessed) = decode(bytes);
    let controls = text.chars().filter(|c| is_noise(*c)).count();
    if controls > STRAY && controls * BINARY_SHARE > text.chars().count() {
        return Content::unread(Fault::Damaged, "file declared as text is binary data");
    }
    let mut warnings = Vec::new();
    if guessed {
        warnings.push("text is not valid UTF-8, read as Windows-1252".to_owned());
    }
    if controls > 0 {
        warnings.push(format!("{controls} control characters were dropped"));
    }
    let paged = text.contains('\u{c}');
    let page_count = if paged { text.trim_end_matches('\u{c}').split('\u{c}').count() } else { 1 };
    let mut lines = Lines::new(limits.text_chars);
    let mut pages = Vec::new();
    for (index, page) in text.split('\u{c}').take(limits.pages as usize).enumerate() {
        for line in page.replace("\r\n", "\n").split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            lines.push(&line.replace(is_noise, ""));
        }
        let number = paged.then(|| u32::try_from(index + 1).unwrap_or(u32::MAX));
        let lines = lines.take();
        if !lines.is_empty() {
            pages.push(Page { number, lines, ..Page::default() });
        }
    }
    let mut faults = Vec::new();
    if lines.cut || page_count > limits.pages as usize {
        faults.push(Fault::Limit);
        warnings.push("text is longer than the limit".to_owned());
    }
    let page_count = u32::try_from(page_count).unwrap_or(u32::MAX);
    Content { outcome: outcome(!pages.is_empty(), faults), pages, page_count, warnings, file: None }
}

/// The text of the bytes, by their byte order mark, else as UTF-8, else as Windows-1252; and whether that
/// last guess was needed.
pub(super) fn decode(bytes: &[u8]) -> (Cow<'_, str>, bool) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return (encoding.decode_without_bom_handling(&bytes[mark..]).0, false);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), false),
        Err(_) => (WINDOWS_1252.decode_without_bom_handling(bytes).0, true),
    }
}

/// Characters that say nothing: controls other than white space, byte order marks inside the text.
fn is_noise(c: char) -> bool {
    (c.is_control() && !c.is_whitespace()) || c == '\u{feff}'
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Outcome;

    /// Lines as `page¶text`: `¶` marks a line that starts a block, `0` a format without pages.
    fn check(bytes: &[u8], expected: &[&str], warnings: usize) {
        let content = read(bytes, &Limits::default());
        let mark = |starts| if starts { "¶" } else { " " };
        let found: Vec<String> = content
            .pages
            .iter()
            .flat_map(|page| {
                let number = page.number.unwrap_or(0);
                page.lines.iter().map(move |l| format!("{number}{}{}", mark(l.starts_block), &*l.text))
            })
            .collect();
        assert_eq!(found, expected);
        assert_eq!(content.warnings.len(), warnings, "{:?}", content.warnings);
    }

    #[test]
    fn encodings() {
        check("né à Besançon".as_bytes(), &["0¶né à Besançon"], 0);
        check(b"\xef\xbb\xbfn\xc3\xa9", &["0¶né"], 0);
        check(b"\xff\xfen\0\xe9\0", &["0¶né"], 0);
        check(b"\xfe\xff\0n\0\xe9", &["0¶né"], 0);
        check(b"n\xe9, c\x9cur, 5 \x80", &["0¶né, cœur, 5 €"], 1);
    }

    #[test]
    fn paragraphs_pages_and_noise() {
        check(b"un\r\ndeux\r\n\r\n trois\x07", &["0¶un", "0 deux", "0¶trois"], 1);
        check(b"un\x0cdeux\ntrois\x0c", &["1¶un", "2¶deux", "2 trois"], 0);
        check(b"", &[], 0);
    }

    #[test]
    fn what_cannot_be_read_says_so() {
        let read_as = |bytes: &[u8], limits| read(bytes, &limits).outcome;
        assert_eq!(read_as(b" \n ", Limits::default()), Outcome::Unread(Fault::Empty));
        assert_eq!(read_as(b"\x00\x01\x02abc", Limits::default()), Outcome::Unread(Fault::Damaged));
        let short = Limits { text_chars: 4, ..Limits::default() };
        assert_eq!(read_as(b"abcd\nefgh", short), Outcome::Partly(vec![Fault::Limit]));
        let one = Limits { pages: 1, ..Limits::default() };
        assert_eq!(read_as(b"a\x0cb", one), Outcome::Partly(vec![Fault::Limit]));
    }
}
