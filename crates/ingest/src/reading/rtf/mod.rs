//! RTF 1.9: the text of a document, its table rows, nothing of its looks.
//!
//! **Key decision.** A small reader of our own: a list of tokens and a stack of groups, no recursion. It
//! keeps body, headers, footers, notes and field results, and leaves out every destination that holds no
//! text for a reader (fonts, styles, pictures, properties, and all that is marked `\*`).

mod token;

use super::lines::Lines;
use super::{Content, outcome};
use crate::Limits;
use encoding_rs::{Encoding, WINDOWS_1252};
use record::{Fault, Page};
use token::{Token, Tokens};

/// Deeper groups are left out.
const DEPTH: usize = 200;

/// Destinations whose content is not text of the document.
const SKIPPED: [&[u8]; 20] = [
    b"fonttbl",
    b"colortbl",
    b"stylesheet",
    b"info",
    b"pict",
    b"objdata",
    b"fldinst",
    b"listtable",
    b"listoverridetable",
    b"revtbl",
    b"rsidtbl",
    b"filetbl",
    b"generator",
    b"themedata",
    b"datastore",
    b"nonesttables",
    b"xe",
    b"tc",
    b"bkmkstart",
    b"bkmkend",
];

/// Reads an RTF document: one page without a number, since RTF knows no pages.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Content {
    let mut reader = Reader::new(limits.text_chars);
    let mut closed = false;
    for token in Tokens::new(bytes) {
        reader.token(&token);
        if reader.groups.is_empty() {
            closed = matches!(token, Token::Close);
            break;
        }
        if reader.lines.cut {
            break;
        }
    }
    reader.end_line();
    let lines = reader.lines.take();
    let mut faults = Vec::new();
    let mut warnings = Vec::new();
    let mut note = |when: bool, fault, warning: &str| {
        if when {
            faults.push(fault);
            warnings.push(warning.to_owned());
        }
    };
    note(reader.lines.cut, Fault::Limit, "text is longer than the limit");
    note(reader.too_deep, Fault::Limit, "groups nested too deep were left out");
    note(!closed && !reader.lines.cut, Fault::Damaged, "document ends before its last group does");
    if lines.is_empty() && reader.pictures > 0 {
        faults = vec![Fault::NoOcr];
    }
    let pages = if lines.is_empty() { Vec::new() } else { vec![Page { lines, ..Page::default() }] };
    Content { outcome: outcome(!pages.is_empty(), faults), pages, page_count: 1, warnings, file: None }
}

/// What a group says about its text.
#[derive(Clone, Copy)]
struct Group {
    /// Not text of the document.
    skipped: bool,
    /// Hidden (`\v`) or struck out by a revision (`\deleted`).
    hidden: bool,
    /// How many characters stand in for a `\u` character (`\uc`).
    stand_ins: i32,
}

struct Reader {
    groups: Vec<Group>,
    /// Groups beyond [`DEPTH`] that are open.
    deep: usize,
    too_deep: bool,
    /// Whether the next control word names the destination of its group, and whether `\*` came before it.
    opening: Option<bool>,
    encoding: &'static Encoding,
    /// Bytes in the code page that wait for their decoding: a character may have two.
    bytes: Vec<u8>,
    /// First half of a UTF-16 pair.
    high: Option<u16>,
    /// Stand-ins still to leave out.
    skip: i32,
    line: String,
    in_table: bool,
    pictures: usize,
    lines: Lines,
}

impl Reader {
    fn new(chars: usize) -> Self {
        Reader {
            groups: Vec::new(),
            deep: 0,
            too_deep: false,
            opening: None,
            encoding: WINDOWS_1252,
            bytes: Vec::new(),
            high: None,
            skip: 0,
            line: String::new(),
            in_table: false,
            pictures: 0,
            lines: Lines::new(chars),
        }
    }

    fn token(&mut self, token: &Token<'_>) {
        let opening = self.opening.take();
        if !matches!(token, Token::Byte(_) | Token::Text(_)) {
            self.flush();
        }
        match token {
            Token::Open => self.open(),
            Token::Close => self.close(),
            Token::Symbol(b'*') if opening.is_some() => self.opening = Some(true),
            Token::Word(word, number) => {
                if let Some(starred) = opening {
                    self.destination(word, starred);
                }
                if !self.silent() && !self.stood_in() {
                    self.word(word, *number);
                }
            }
            _ if self.silent() => {}
            Token::Symbol(symbol) => {
                if !self.stood_in() {
                    self.symbol(*symbol);
                }
            }
            Token::Byte(byte) => {
                if !self.stood_in() {
                    self.byte(*byte);
                }
            }
            Token::Text(b'\r' | b'\n') => {}
            Token::Text(byte) => {
                if !self.stood_in() {
                    self.byte(*byte);
                }
            }
        }
    }

    fn open(&mut self) {
        self.skip = 0;
        if self.groups.len() >= DEPTH {
            self.deep += 1;
            self.too_deep = true;
            return;
        }
        let group = Group { skipped: false, hidden: false, stand_ins: 1 };
        self.groups.push(self.groups.last().copied().unwrap_or(group));
        self.opening = Some(false);
    }

    fn close(&mut self) {
        self.skip = 0;
        if self.deep > 0 {
            self.deep -= 1;
        } else {
            self.groups.pop();
        }
    }

    fn destination(&mut self, word: &[u8], starred: bool) {
        if word == b"pict" {
            self.pictures += 1;
        }
        if let Some(group) = self.groups.last_mut()
            && self.deep == 0
        {
            group.skipped |= starred || SKIPPED.contains(&word);
        }
    }

    fn silent(&self) -> bool {
        self.deep > 0 || self.groups.last().is_none_or(|g| g.skipped)
    }

    /// Whether this token stands in for a Unicode character that was read already.
    fn stood_in(&mut self) -> bool {
        let stands_in = self.skip > 0;
        self.skip = (self.skip - 1).max(0);
        stands_in
    }

    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Decodes the bytes that wait.
    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            let bytes = std::mem::take(&mut self.bytes);
            let text = self.encoding.decode_without_bom_handling(&bytes).0;
            self.text(&text);
        }
    }

    fn text(&mut self, text: &str) {
        self.high = None;
        if !self.groups.last().is_none_or(|g| g.hidden) {
            self.line.extend(text.chars().filter(|c| !c.is_control() || *c == '\t'));
        }
    }

    fn word(&mut self, word: &[u8], number: Option<i32>) {
        match word {
            b"u" => self.unicode(number.unwrap_or(0)),
            b"uc" => self.set(|group| group.stand_ins = number.unwrap_or(1).clamp(0, 16)),
            b"v" | b"deleted" => self.set(|group| group.hidden = number != Some(0)),
            b"plain" => self.set(|group| group.hidden = false),
            b"ansicpg" => self.encoding = code_page(number.unwrap_or(1252)),
            b"mac" => self.encoding = encoding_rs::MACINTOSH,
            b"pard" => self.in_table = false,
            b"intbl" => self.in_table = true,
            // a paragraph inside a cell does not end the row
            b"par" | b"sect" if self.in_table => self.line.push(' '),
            b"par" | b"sect" | b"page" => {
                self.end_line();
                self.lines.block();
            }
            b"line" if self.in_table => self.line.push(' '),
            b"line" => self.end_line(),
            b"tab" | b"cell" | b"nestcell" => self.text("\t"),
            b"row" | b"nestrow" => self.end_line(),
            // text before a table has no \par of its own in sloppy files
            b"trowd" if !self.in_table => self.end_line(),
            b"emdash" => self.text("—"),
            b"endash" => self.text("–"),
            b"lquote" => self.text("‘"),
            b"rquote" => self.text("’"),
            b"ldblquote" => self.text("“"),
            b"rdblquote" => self.text("”"),
            b"bullet" => self.text("•"),
            b"emspace" | b"enspace" | b"qmspace" => self.text(" "),
            _ => {}
        }
    }

    fn symbol(&mut self, symbol: u8) {
        match symbol {
            b'{' | b'}' | b'\\' => self.text(char::from(symbol).encode_utf8(&mut [0; 4])),
            b'~' => self.text(" "),
            b'_' => self.text("-"),
            b'\t' => self.text("\t"),
            b'\r' | b'\n' => self.word(b"par", None),
            _ => {}
        }
    }

    /// `\uN`: a UTF-16 unit as a signed number, then its stand-ins.
    fn unicode(&mut self, number: i32) {
        let unit = u16::try_from(number.rem_euclid(1 << 16)).unwrap_or(0);
        let pair = self.high.take().map(|high| [high, unit]);
        if let Some(Ok(c)) = pair.and_then(|p| char::decode_utf16(p).next()) {
            self.text(c.encode_utf8(&mut [0; 4]));
        } else if let Some(c) = char::from_u32(u32::from(unit)) {
            self.text(c.encode_utf8(&mut [0; 4]));
        } else {
            self.high = Some(unit);
        }
        self.skip = self.groups.last().map_or(1, |g| g.stand_ins);
    }

    fn set(&mut self, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.groups.last_mut() {
            change(group);
        }
    }

    fn end_line(&mut self) {
        self.flush();
        let line = std::mem::take(&mut self.line);
        if !line.trim().is_empty() {
            self.lines.push(&line);
        }
    }
}

fn code_page(number: i32) -> &'static Encoding {
    let label = match number {
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        10000 => "macintosh".to_owned(),
        65001 => "utf-8".to_owned(),
        866 => "ibm866".to_owned(),
        _ => format!("windows-{number}"),
    };
    Encoding::for_label(label.as_bytes()).unwrap_or(WINDOWS_1252)
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Outcome;

    fn lines(content: &Content) -> Vec<String> {
        let mark = |starts| if starts { "¶" } else { "" };
        let lines = content.pages.iter().flat_map(|p| &p.lines);
        lines.map(|l| format!("{}{}", mark(l.starts_block), &*l.text)).collect()
    }

    fn check(source: &str, expected: &[&str]) {
        let content = read(source.as_bytes(), &Limits::default());
        assert_eq!(lines(&content), expected);
        assert_eq!(content.outcome, Outcome::Read, "{:?}", content.warnings);
    }

    #[test]
    fn characters() {
        check(r"{\rtf1\ansi\ansicpg1252 H\'e9l\'e8ne \u8364?5 \{a\\b\}}", &["¶Hélène €5 {a\\b}"]);
        check(r"{\rtf1\ansi\ansicpg1250 Wa\'b3\'easa}", &["¶Wałęsa"]);
        check(r"{\rtf1\ansi\ansicpg932 \'93\'fa}", &["¶日"]);
        check(r"{\rtf1{\uc2\u233 ab}\u233\'e9\uc0\u233  fin}", &["¶ééé fin"]);
        check(r"{\rtf1 \u-10179?\u-8704? 10\u8313?/L}", &["¶😀 10⁹/L"]);
        check(r"{\rtf1 l\rquote enfant\~: 5\_6 c\-cur}", &["¶l’enfant : 5-6 ccur"]);
    }

    #[test]
    fn paragraphs_lines_and_rows() {
        check("{\\rtf1 un\\par deux\\line trois\\par}", &["¶un", "¶deux", "trois"]);
        check(
            r"{\rtf1 Bilan\par\trowd\intbl Na\cell 140\par mmol/L\cell\row\trowd\intbl K\cell 4,1\cell\row\pard fin}",
            &["¶Bilan", "¶Na\t140 mmol/L", "K\t4,1", "fin"],
        );
    }

    #[test]
    fn what_is_no_text_is_left_out() {
        check(
            r"{\rtf1{\fonttbl{\f0 Arial;}}{\*\generator Word;}{\info{\title secret}}{\header Hôpital\par}a{\pict 00ff}{\v caché}{\*\bkmkstart x}{\field{\*\fldinst HYPERLINK}{\fldrslt lien}}}"
                .replace('ô', r"\'f4")
                .as_str(),
            &["¶Hôpital", "¶alien"],
        );
    }

    #[test]
    fn damage_and_depth_end_with_what_was_read() {
        let check = |source: String, expected: &[&str], outcome: Outcome| {
            let content = read(source.as_bytes(), &Limits::default());
            assert_eq!(
                (lines(&content), content.outcome),
                (expected.iter().map(|s| (*s).to_owned()).collect(), outcome)
            );
        };
        check(r"{\rtf1 texte coup".into(), &["¶texte coup"], Outcome::Partly(vec![Fault::Damaged]));
        let deep = format!("{{\\rtf1 haut{}bas{}}}", "{".repeat(100_000), "}".repeat(100_000));
        check(deep, &["¶haut"], Outcome::Partly(vec![Fault::Limit]));
        check(r"{\rtf1{\pict 00}}".into(), &[], Outcome::Unread(Fault::NoOcr));
        check(r"{\rtf1 }".into(), &[], Outcome::Unread(Fault::Empty));
    }
}
