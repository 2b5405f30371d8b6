//! HTML: what a browser would show of it as lines, all tags gone.
//!
//! A file is foreign: nothing of it is loaded, run or kept but its words. Broken HTML is the rule, so there is
//! no tree and no error: tags end lines, part cells or are passed over.

use super::lines::Lines;
use super::{Content, outcome, plain};
use crate::Limits;
use encoding_rs::Encoding;
use record::{Fault, Page};

/// Elements whose content is not shown as text.
const SILENT: [&str; 8] = ["head", "iframe", "noscript", "object", "script", "style", "svg", "template"];
/// Elements that begin a block: a wider gap before them.
const BLOCKS: [&str; 19] = [
    "address",
    "article",
    "blockquote",
    "dl",
    "fieldset",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "ul",
];
/// Elements that begin a line.
const LINES: [&str; 12] =
    ["br", "caption", "dd", "div", "dt", "figcaption", "footer", "header", "legend", "li", "option", "tr"];
/// The charset is declared within so many bytes (HTML, 4.2.5.4).
const DECLARED_WITHIN: usize = 1024;

/// Named characters that French texts have; others stay as they are written.
const NAMED: [(&str, char); 56] = [
    ("AElig", 'Æ'),
    ("Agrave", 'À'),
    ("Ccedil", 'Ç'),
    ("Eacute", 'É'),
    ("Ecirc", 'Ê'),
    ("Egrave", 'È'),
    ("OElig", 'Œ'),
    ("aacute", 'á'),
    ("acirc", 'â'),
    ("aelig", 'æ'),
    ("agrave", 'à'),
    ("amp", '&'),
    ("apos", '\''),
    ("auml", 'ä'),
    ("bull", '•'),
    ("ccedil", 'ç'),
    ("copy", '©'),
    ("deg", '°'),
    ("eacute", 'é'),
    ("ecirc", 'ê'),
    ("egrave", 'è'),
    ("euml", 'ë'),
    ("euro", '€'),
    ("frac12", '½'),
    ("frac14", '¼'),
    ("ge", '≥'),
    ("gt", '>'),
    ("hellip", '…'),
    ("icirc", 'î'),
    ("iuml", 'ï'),
    ("laquo", '«'),
    ("ldquo", '“'),
    ("le", '≤'),
    ("lsquo", '‘'),
    ("lt", '<'),
    ("mdash", '—'),
    ("micro", 'µ'),
    ("middot", '·'),
    ("nbsp", '\u{a0}'),
    ("ndash", '–'),
    ("ntilde", 'ñ'),
    ("ocirc", 'ô'),
    ("oelig", 'œ'),
    ("ouml", 'ö'),
    ("plusmn", '±'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rdquo", '”'),
    ("rsquo", '’'),
    ("sup1", '¹'),
    ("sup2", '²'),
    ("sup3", '³'),
    ("times", '×'),
    ("ucirc", 'û'),
    ("ugrave", 'ù'),
    ("uuml", 'ü'),
];

/// Reads HTML, or the text between the tags of other mark-up.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Content {
    let text = decode(bytes);
    let mut lines = Lines::new(limits.text_chars);
    let mut open = String::new();
    let mut rest = &*text;
    while let Some(at) = rest.find('<') {
        add_text(&mut open, &rest[..at]);
        rest = after_markup(&rest[at..], &mut open, &mut lines);
        if lines.cut {
            break;
        }
    }
    if !lines.cut {
        add_text(&mut open, rest);
    }
    end_line(&mut open, &mut lines);
    let (cut, lines) = (lines.cut, lines.take());
    let (mut faults, mut warnings) = (Vec::new(), Vec::new());
    if cut {
        faults.push(Fault::Limit);
        warnings.push("text is longer than the limit".to_owned());
    }
    let pages: Vec<Page> =
        if lines.is_empty() { Vec::new() } else { vec![Page { lines, ..Page::default() }] };
    Content { outcome: outcome(!pages.is_empty(), faults), pages, page_count: 1, warnings, file: None }
}

/// The text of the bytes: by byte order mark, by the charset that it declares, else as plain text is read.
fn decode(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARED_WITHIN)]).to_ascii_lowercase();
    let label = start.split_once("charset=").map(|(_, after)| after.trim_start_matches(['"', '\'']));
    let label = label.map(|l| l.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').next());
    let declared = label.flatten().and_then(|label| Encoding::for_label(label.as_bytes()));
    match declared {
        Some(encoding) if Encoding::for_bom(bytes).is_none() && encoding != encoding_rs::UTF_8 => {
            encoding.decode_without_bom_handling(bytes).0
        }
        _ => plain::decode(bytes).0,
    }
}

/// What follows a tag, a comment or a declaration; the content of silent elements is passed over.
fn after_markup<'t>(markup: &'t str, open: &mut String, lines: &mut Lines) -> &'t str {
    if let Some(comment) = markup.strip_prefix("<!--") {
        return comment.split_once("-->").map_or("", |(_, rest)| rest);
    }
    let inside = &markup[1..];
    if !inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
        // a sign of comparison that somebody did not escape
        open.push('<');
        return inside;
    }
    let Some((tag, rest)) = inside.split_once('>') else { return "" };
    let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or("");
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    if SILENT.contains(&name) && !tag.starts_with('/') && !tag.ends_with('/') {
        return after_element(rest, name);
    }
    match name {
        "td" | "th" if !tag.starts_with('/') => open.push('\t'),
        _ if BLOCKS.contains(&name) => {
            end_line(open, lines);
            lines.block();
        }
        _ if LINES.contains(&name) => end_line(open, lines),
        _ => {}
    }
    rest
}

/// What follows the end tag of an element, in any case of letters.
fn after_element<'t>(text: &'t str, name: &str) -> &'t str {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("</") {
        if after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return after.split_once('>').map_or("", |(_, rest)| rest);
        }
        rest = after;
    }
    ""
}

fn end_line(open: &mut String, lines: &mut Lines) {
    let line = std::mem::take(open);
    if !line.trim().is_empty() {
        lines.push(line.trim());
    }
}

/// Adds text as a browser shows it: white space is one space, references are their characters.
fn add_text(open: &mut String, text: &str) {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '&'
            && let Some((shown, after)) = reference(rest)
        {
            open.push(shown);
            rest = after;
            continue;
        }
        if !c.is_ascii_whitespace() {
            open.push(c);
        } else if !open.ends_with([' ', '\t']) {
            open.push(' ');
        }
        rest = &rest[c.len_utf8()..];
    }
}

/// The character of a reference at the start of a text, and what follows it.
fn reference(text: &str) -> Option<(char, &str)> {
    let (name, after) = text.get(1..)?.split_once(';')?;
    let shown = match name.strip_prefix('#') {
        None => NAMED.binary_search_by_key(&name, |(known, _)| known).ok().map(|at| NAMED[at].1)?,
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control())?
        }
    };
    Some((shown, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Outcome;

    fn check(html: &[u8], expected: &[&str]) {
        let content = read(html, &Limits::default());
        let mark = |starts| if starts { "¶" } else { "" };
        let lines = content.pages.iter().flat_map(|page| &page.lines);
        let found: Vec<String> = lines.map(|l| format!("{}{}", mark(l.starts_block), &*l.text)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn tags_go_and_lines_stay() {
        check(
            b"<html><head><title>x</title></head><body><h1>Bilan</h1><p>un<br>deux</p>",
            &["¶Bilan", "¶un", "deux"],
        );
        check(
            b"<table><tr><th>Analyse<th>R\xc3\xa9sultat</tr>\n <tr><td>Na</td> <td>140&nbsp;mmol/L</td></tr></table>",
            &["¶Analyse\tRésultat", "Na\t140 mmol/L"],
        );
        check(
            b"<p>CRP &lt; 5 mg/L, l&rsquo;&oelig;d&egrave;me &#233; &#xE9; R&D &inconnu;",
            &["¶CRP < 5 mg/L, l’œdème é é R&D &inconnu;"],
        );
    }

    #[test]
    fn what_is_not_shown_is_left_out() {
        check(b"a<script>if (x < 3) { '<p>no</p>' }</SCRIPT>b<!-- <p>no --><style>p{}</style>c", &["¶abc"]);
        check(b"a < b <b>gras</b><p", &["¶a < b gras"]);
        check(b"a<script>never closed", &["¶a"]);
    }

    #[test]
    fn the_declared_charset_is_followed() {
        check(b"<meta charset=\"iso-8859-1\"><p>\xe9t\xe9", &["¶été"]);
        check(b"<meta charset=utf-8><p>\xc3\xa9t\xc3\xa9", &["¶été"]);
        check(b"<p>\xe9t\xe9", &["¶été"]);
    }

    #[test]
    fn names_are_sorted_and_limits_hold() {
        assert!(NAMED.is_sorted_by_key(|(name, _)| *name));
        let short = Limits { text_chars: 4, ..Limits::default() };
        assert_eq!(read(b"<p>abcd<p>efgh", &short).outcome, Outcome::Partly(vec![Fault::Limit]));
        assert_eq!(read(b"<p></p>", &Limits::default()).outcome, Outcome::Unread(Fault::Empty));
    }
}
