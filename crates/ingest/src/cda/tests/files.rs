//! Embedded files of a few bytes.

use super::{document, reading_of, section};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use record::{Fault, Outcome, Reading};
use std::io::Write;

fn level_1(attributes: &str, text: &str) -> Reading {
    reading_of(&document("", &format!("<nonXMLBody><text {attributes}>{text}</text></nonXMLBody>")))
}

fn lines(reading: &Reading) -> Vec<&str> {
    reading.pages.iter().flat_map(|p| &p.lines).map(|l| &*l.text).collect()
}

#[test]
fn the_body_of_level_1_is_read_by_its_media_type() {
    let plain = level_1("mediaType='text/plain'", "Compte rendu");
    assert_eq!(lines(&plain), ["Compte rendu"]);
    let encoded = STANDARD.encode("Compte rendu");
    let (head, tail) = encoded.split_at(5);
    let coded = level_1("mediaType='text/plain' representation='B64'", &format!("\n  {head}\n  {tail}\n"));
    assert_eq!(lines(&coded), ["Compte rendu"]);
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::default());
    deflate.write_all(b"Compte rendu").unwrap();
    let deflated = STANDARD.encode(deflate.finish().unwrap());
    let inflated = level_1("mediaType='text/plain' representation='B64' compression='DF'", &deflated);
    assert_eq!(lines(&inflated), ["Compte rendu"]);
}

#[test]
fn a_body_that_cannot_be_read_says_why() {
    let check = |attributes: &str, text: &str, fault| {
        assert_eq!(level_1(attributes, text).outcome, Outcome::Unread(fault), "{attributes}");
    };
    check("mediaType='application/pdf' representation='B64'", "pas du base64 !", Fault::Damaged);
    check("mediaType='application/pdf' representation='B64'", "", Fault::Empty);
    check("mediaType='video/mp4' representation='B64'", "AAAA", Fault::MediaType);
    check("mediaType='application/pdf'", "<reference value='file.pdf'/>", Fault::Missing);
    check("mediaType='text/plain' representation='B64' compression='DF'", "AAAA", Fault::Damaged);
    let bomb = {
        let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
        deflate.write_all(&vec![0; 6_000_000]).unwrap();
        STANDARD.encode(deflate.finish().unwrap())
    };
    check("mediaType='text/plain' representation='B64' compression='DF'", &bomb, Fault::Limit);
}

/// A structured document with this narrative and this text as an attached file, in a section of that code.
fn attached(narrative: &str, code: &str, file: &str) -> Reading {
    let entry = format!(
        "<component><section><code code='{code}'/><entry><observationMedia>
        <value mediaType='text/plain' representation='B64'>{}</value></observationMedia></entry></section></component>",
        STANDARD.encode(file)
    );
    reading_of(&document("", &section(narrative, &entry)))
}

#[test]
fn a_copy_of_the_document_is_not_read_twice() {
    let long = "Glycémie normale, thyroïde palpable sans nodule, tension artérielle stable depuis janvier. "
        .repeat(4);
    let other = "Échographie abdominale : vésicule lithiasique, foie homogène";
    let pages = |narrative: &str, code: &str, file: &str| attached(narrative, code, file).pages.len();
    assert_eq!(pages(&long, "55108-5", other), 1, "the section says that it is a copy");
    assert_eq!(pages("court", "55108-5", other), 2, "the narrative says nothing");
    assert_eq!(pages(&long, "55107-7", &long), 1, "its words stand in the narrative");
    assert_eq!(pages(&long, "55107-7", other), 2);
    let copy = attached(&long, "55108-5", other);
    assert_eq!((copy.outcome, copy.warnings.len()), (Outcome::Read, 1));
}

#[test]
fn images_of_a_structured_document_are_counted_and_no_loss() {
    let entry = "<entry><observationMedia><value mediaType='image/png' representation='B64'>AAAA</value></observationMedia></entry>";
    let reading = reading_of(&document("", &section("texte", entry)));
    assert_eq!(reading.outcome, Outcome::Read);
    assert_eq!(reading.warnings, ["1 images of a structured document are not read"]);
}
