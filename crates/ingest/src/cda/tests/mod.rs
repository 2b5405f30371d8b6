//! Documents of a few lines through `header` and `body`.

mod bodies;
mod files;
mod headers;

use super::{body, header};
use crate::watch::Unwatched;
use crate::{Error, Limits};
use record::{Item, NoteKind, Reading};

/// A document with these elements of the header and this body.
pub(super) fn document(head: &str, body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:pharm="urn:ihe:pharm:medication">
<id root="1.2.250.1.999" extension="42"/>
<confidentialityCode code="N"/>
{head}
<component>{body}</component>
</ClinicalDocument>"#
    )
}

/// A structured body of one section with this narrative and these entries.
pub(super) fn section(text: &str, entries: &str) -> String {
    format!(
        "<structuredBody><component><section><title>Rubrique</title><text>{text}</text>{entries}</section></component></structuredBody>"
    )
}

pub(super) fn item_of(xml: &str) -> Item {
    header(xml.as_bytes(), &Limits::default()).unwrap().0
}

pub(super) fn reading_of(xml: &str) -> Reading {
    body(xml.as_bytes(), &item_of(xml), &Limits::default(), &mut Unwatched)
}

/// The items that entries give, one line each: `id title [status] date notes measures`.
pub(super) fn items_of(entries: &str) -> Vec<String> {
    reading_of(&document("", &section("", entries))).items.iter().map(tell).collect()
}

pub(super) fn tell(item: &Item) -> String {
    let mut out = format!("{} {}", item.id, &*item.title);
    let id = item.id.to_string();
    out = out.replace(&id, id.replace("1.2.250.1.999-42.", "").as_str());
    if let Some(status) = &item.clinical_status {
        out += &format!(" [{status}]");
    }
    for date in [item.start, item.end].into_iter().flatten() {
        out += &format!(" {date}");
    }
    for note in item.notes.iter().filter(|n| n.kind != NoteKind::Section) {
        out += &format!(" | {:?}: {}", note.kind, &*note.text);
    }
    for measure in &item.measures {
        out += " =";
        if let Some(quantity) = &measure.quantity {
            out += &format!(" {:?} {}", quantity.comparator, quantity.value);
            out += &quantity.unit.as_ref().map(|u| format!(" {u}")).unwrap_or_default();
        }
        out += &measure.text.as_ref().map(|t| format!(" {}", &**t)).unwrap_or_default();
        if measure.low.is_some() || measure.high.is_some() {
            out += &format!(" ({:?}..{:?})", measure.low, measure.high).replace("Some(", "").replace(')', "");
            out.push(')');
        }
        out += &measure.interpretation.as_ref().map(|i| format!(" {i}")).unwrap_or_default();
    }
    out
}

#[test]
fn what_is_no_cda_is_refused_by_name() {
    let check = |xml: &str, expected| {
        assert_eq!(header(xml.as_bytes(), &Limits::default()).map(drop), Err(expected), "{xml:.80}");
    };
    check("<html/>", Error::NotCda);
    check("<ClinicalDocument/>", Error::NotCda);
    check("<ClinicalDocument xmlns='urn:hl7-org:v3'>\n<title>T", Error::Xml { line: 2 });
    check("<!DOCTYPE x><ClinicalDocument xmlns='urn:hl7-org:v3'/>", Error::Doctype);
    check(&"<a>".repeat(1_000_000), Error::Depth(64));
    assert_eq!(header(b"<a>\xff</a>", &Limits::default()).map(drop), Err(Error::Utf8));
}

#[test]
fn a_body_that_does_not_parse_is_unread_not_a_panic() {
    let item = item_of(&document("", ""));
    for bytes in [&b""[..], b"<a", b"\xff\xfe\xff", b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>"] {
        let reading = body(bytes, &item, &Limits::default(), &mut Unwatched);
        assert!(matches!(reading.outcome, record::Outcome::Unread(_)), "{bytes:?}");
    }
}

#[test]
fn any_cut_of_a_document_ends_in_an_error() {
    let xml = document("<title>é</title>", &section("<list><item>a</item></list>", ""));
    for end in 0..xml.len() {
        assert!(header(&xml.as_bytes()[..end], &Limits::default()).is_err(), "{end}");
    }
}
