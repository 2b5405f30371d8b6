//! Bytes → XML tree: character encoding, limits, and a few steps through the tree.
//!
//! The nesting is counted on the text before a tree is built, so that a hostile document costs one pass
//! over its bytes and no stack. A DOCTYPE is refused: entity attacks begin there, and CDA has none.

use crate::{Error, Limits};
use encoding_rs::{Encoding, ISO_8859_15, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use roxmltree::{Document, Node, ParsingOptions};
use std::borrow::Cow;

/// Namespace of HL7 v3, CDA R2 included.
pub(super) const HL7: &str = "urn:hl7-org:v3";

/// Namespace of `xsi:type`.
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// The tree is walked by recursion: no configuration may ask for more levels than the stack holds.
const DEEPEST: usize = 256;

/// The text of an XML file, by its byte order mark, else by its declaration, else UTF-8.
///
/// # Errors
/// Too large, bytes that are not of the encoding, an encoding that no producer of CDA uses.
pub(super) fn text<'b>(bytes: &'b [u8], limits: &Limits) -> Result<Cow<'b, str>, Error> {
    if bytes.len() > limits.document_bytes {
        return Err(Error::TooLarge { what: "document", limit: limits.document_bytes });
    }
    let (encoding, bytes) = encoding(bytes)?;
    if encoding == UTF_8 {
        return std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| Error::Utf8);
    }
    encoding.decode_without_bom_handling_and_without_replacement(bytes).ok_or(Error::Utf8)
}

fn encoding(bytes: &[u8]) -> Result<(&'static Encoding, &[u8]), Error> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok((encoding, &bytes[mark..]));
    }
    match bytes {
        [b'<', 0, b'?', 0, ..] => return Ok((UTF_16LE, bytes)),
        [0, b'<', 0, b'?', ..] => return Ok((UTF_16BE, bytes)),
        _ => {}
    }
    let named = match declared(bytes) {
        None => UTF_8,
        Some(label) => Encoding::for_label(label).ok_or(Error::Invalid("character encoding is not known"))?,
    };
    match named {
        // Readable as ASCII up to its declaration: it cannot be what it says.
        e if e == UTF_8 || e == UTF_16LE || e == UTF_16BE => Ok((UTF_8, bytes)),
        // ISO-8859-1 and US-ASCII are read as Windows-1252, as the WHATWG encoding standard does.
        e if e == WINDOWS_1252 || e == ISO_8859_15 => Ok((e, bytes)),
        _ => Err(Error::Invalid("character encoding is not one of CDA")),
    }
}

/// The `encoding` of the XML declaration.
fn declared(bytes: &[u8]) -> Option<&[u8]> {
    let start = bytes.trim_ascii_start().strip_prefix(b"<?xml")?;
    let start = &start[..start.len().min(200)];
    let end = start.windows(2).position(|w| w == b"?>")?;
    let at = start[..end].windows(8).position(|w| w == b"encoding")?;
    let mut parts = start[at..end].splitn(3, |b| matches!(b, b'"' | b'\''));
    parts.nth(1)
}

/// The tree of an XML text.
///
/// # Errors
/// A DOCTYPE, too deep, too many nodes, not well-formed.
pub(super) fn tree<'t>(text: &'t str, limits: &Limits) -> Result<Document<'t>, Error> {
    check_nesting(text, limits.xml_depth.min(DEEPEST))?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: limits.xml_nodes, ..Default::default() };
    Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => Error::Doctype,
        roxmltree::Error::NodesLimitReached => {
            Error::TooLarge { what: "number of XML nodes", limit: limits.xml_nodes as usize }
        }
        // The parser has no position for what is missing at the end.
        roxmltree::Error::UnclosedRootNode
        | roxmltree::Error::UnexpectedEndOfStream
        | roxmltree::Error::NoRootNode => {
            Error::Xml { line: u32::try_from(text.lines().count().max(1)).unwrap_or(u32::MAX) }
        }
        other => Error::Xml { line: other.pos().row },
    })
}

/// Counts open elements without building anything. What is not well-formed is left to the parser.
fn check_nesting(text: &str, deepest: usize) -> Result<(), Error> {
    let mut depth = 0_usize;
    let mut rest = text;
    while let Some(open) = rest.find('<') {
        rest = &rest[open + 1..];
        let end = match rest.as_bytes() {
            [b'!', b'-', b'-', ..] => rest.find("-->"),
            [b'!', b'[', ..] => rest.find("]]>"),
            [b'?', ..] => rest.find("?>"),
            [b'/', ..] => {
                depth = depth.saturating_sub(1);
                rest.find('>')
            }
            [b'!', ..] if rest.starts_with("!DOCTYPE") => return Err(Error::Doctype),
            [b'!', ..] => return Ok(()),
            bytes => {
                let end = tag_end(bytes);
                if end.is_some_and(|e| e == 0 || bytes[e - 1] != b'/') {
                    depth += 1;
                }
                end
            }
        };
        if depth > deepest {
            return Err(Error::Depth(deepest));
        }
        match end {
            Some(end) => rest = &rest[end..],
            None => return Ok(()),
        }
    }
    Ok(())
}

/// Where the `>` of a start tag stands, outside attribute values.
fn tag_end(bytes: &[u8]) -> Option<usize> {
    let mut quote = None;
    bytes.iter().position(|&b| match quote {
        Some(q) => {
            if b == q {
                quote = None;
            }
            false
        }
        None if b == b'"' || b == b'\'' => {
            quote = Some(b);
            false
        }
        None => b == b'>',
    })
}

/// The `ClinicalDocument` of a tree, wherever it stands: some documents come inside their style sheet.
pub(super) fn clinical_document<'a, 'i>(tree: &'a Document<'i>) -> Result<Node<'a, 'i>, Error> {
    tree.descendants().find(|n| n.has_tag_name((HL7, "ClinicalDocument"))).ok_or(Error::NotCda)
}

/// The element children of that name, in the namespace of their parent.
pub(super) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> + use<'a, 'i> {
    let namespace = node.tag_name().namespace();
    node.children().filter(move |c| {
        c.is_element() && c.tag_name().name() == name && c.tag_name().namespace() == namespace
    })
}

/// The first such child.
pub(super) fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

/// The node at the end of a path of first children.
pub(super) fn path<'a, 'i>(node: Node<'a, 'i>, names: &[&'static str]) -> Option<Node<'a, 'i>> {
    names.iter().try_fold(node, |n, name| child(n, name))
}

/// An attribute without namespace, trimmed; `None` where it is empty.
pub(super) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attribute(name).map(str::trim).filter(|v| !v.is_empty())
}

/// The `xsi:type` without its prefix.
pub(super) fn xsi_type<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    node.attribute((XSI, "type")).map(|t| t.rsplit(':').next().unwrap_or(t).trim())
}

/// All text below a node, white space collapsed; `None` where there is none.
pub(super) fn text_of(node: Node<'_, '_>) -> Option<String> {
    let mut out = String::new();
    for part in node.descendants().filter(Node::is_text) {
        push_words(part.text().unwrap_or(""), &mut out);
    }
    Some(out.trim().to_owned()).filter(|t| !t.is_empty())
}

/// Appends text, every run of white space as one space, none doubled at the seam.
pub(super) fn push_words(text: &str, out: &mut String) {
    if text.starts_with(char::is_whitespace) && !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
    let mut words = text.split_whitespace().peekable();
    let any = words.peek().is_some();
    while let Some(word) = words.next() {
        out.push_str(word);
        if words.peek().is_some() {
            out.push(' ');
        }
    }
    if any && text.ends_with(char::is_whitespace) {
        out.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &[u8], expected: Result<&str, Error>) {
        let limits = Limits::default();
        assert_eq!(text(input, &limits).as_deref().map_err(|e| *e), expected);
    }

    #[test]
    fn encodings() {
        check("<?xml version=\"1.0\"?><a>é</a>".as_bytes(), Ok("<?xml version=\"1.0\"?><a>é</a>"));
        check(b"\xef\xbb\xbf<a>\xc3\xa9</a>", Ok("<a>é</a>"));
        check(b"<a>\xe9</a>", Err(Error::Utf8));
        check(
            b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>",
            Ok("<?xml version='1.0' encoding='ISO-8859-1'?><a>é</a>"),
        );
        check(
            b"<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>\x9c\x80</a>",
            Ok("<?xml version=\"1.0\" encoding=\"windows-1252\"?><a>œ€</a>"),
        );
        check(b"\xff\xfe<\0a\0/\0>\0", Ok("<a/>"));
        check(b"\xfe\xff\0<\0a\0/\0>", Ok("<a/>"));
        check(b"\xff\xfe<\0a\0/\0>", Err(Error::Utf8));
        check(
            b"<?xml version='1.0' encoding='Shift_JIS'?><a/>",
            Err(Error::Invalid("character encoding is not one of CDA")),
        );
    }

    fn check_tree(input: &str, expected: Result<(), Error>) {
        let limits = Limits { xml_depth: 3, xml_nodes: 20, ..Limits::default() };
        assert_eq!(tree(input, &limits).map(drop), expected, "{input:.60}");
    }

    #[test]
    fn shapes_that_are_refused() {
        check_tree("<a><b><c/></b></a>", Ok(()));
        check_tree("<a><b><c><d/></c></b></a>", Ok(()));
        check_tree("<a><b><c><d>x</d></c></b></a>", Err(Error::Depth(3)));
        check_tree("<a b='<'/>", Err(Error::Xml { line: 1 }));
        check_tree("<a b='>'><!-- <x><x><x><x> --><![CDATA[<y><y><y><y>]]></a>", Ok(()));
        check_tree("<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>", Err(Error::Doctype));
        check_tree("<a>\n<b>\n</b>\n", Err(Error::Xml { line: 3 }));
        check_tree("<a>\n<b>\n</c></a>", Err(Error::Xml { line: 3 }));
        check_tree("", Err(Error::Xml { line: 1 }));
        check_tree(
            &format!("<a>{}</a>", "<b/>".repeat(30)),
            Err(Error::TooLarge { what: "number of XML nodes", limit: 20 }),
        );
    }

    #[test]
    fn a_hundred_megabytes_of_nesting_cost_one_look() {
        let bytes = "<a>".repeat(34_000_000);
        let start = std::time::Instant::now();
        let limits = Limits { document_bytes: usize::MAX, xml_depth: usize::MAX, ..Limits::default() };
        assert_eq!(tree(&bytes, &limits).map(drop), Err(Error::Depth(DEEPEST)));
        assert_eq!(
            text(bytes.as_bytes(), &Limits::default()).map(drop),
            Err(Error::TooLarge { what: "document", limit: 5_000_000 })
        );
        assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
    }
}
