//! Archives built in memory, good and hostile.

use super::*;
use record::{Relation, Status};
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn slot(name: &str, values: &[&str]) -> String {
    let values: String = values.iter().map(|v| format!("<Value>{v}</Value>")).collect();
    format!("<Slot name=\"{name}\"><ValueList>{values}</ValueList></Slot>")
}

fn class(scheme: &str, code: &str, system: &str, label: &str) -> String {
    let system = slot("codingScheme", &[system]);
    format!(
        "<Classification classificationScheme=\"urn:uuid:{scheme}\" nodeRepresentation=\"{code}\">{system}\
         <Name><LocalizedString value=\"{label}\"/></Name></Classification>"
    )
}

/// A document entry with every element that is read; `extra` stands at its end.
fn extrinsic(id: &str, uri: &str, unique_id: &str, extra: &str) -> String {
    let parts = [
        slot("creationTime", &["20200212101500"]),
        slot("languageCode", &["fr-FR"]),
        slot("serviceStartTime", &["20200211"]),
        slot("serviceStopTime", &["20200212"]),
        slot("URI", &[uri]),
        slot("sourcePatientId", &["12^^^&amp;1.2.3&amp;ISO"]),
        slot("legalAuthenticator", &["899^HADDAD^Karim^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS"]),
        "<Name><LocalizedString value=\"CR coloscopie\"/></Name>".to_owned(),
        "<Description><LocalizedString value=\"deux polypes\"/></Description>".to_owned(),
        format!(
            "<Classification classificationScheme=\"urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d\" nodeRepresentation=\"\">{}{}{}{}</Classification>",
            slot("authorPerson", &["899^HADDAD^Karim^^^^^^&amp;1.2.250.1.71.4.2.1&amp;ISO^D^^^IDNPS"]),
            slot(
                "authorInstitution",
                &["Clinique Saint-Aubin^^^^^&amp;1.2.250.1.71.4.2.2&amp;ISO^IDNST^^^11003"]
            ),
            slot("authorRole", &["Opérateur"]),
            slot(
                "authorSpecialty",
                &["G15_10/SM24^Médecin - Gastro-entérologie et hépatologie (SM)^1.2.250.1.213.1.1.4.5"]
            ),
        ),
        class("41a5887f-8865-4c09-adf7-e362475b143a", "10", "1.2.250.1.213.1.1.4.1", "Compte rendu"),
        class("f4f85eac-e6cb-4883-b524-f2705394840f", "N", "2.16.840.1.113883.5.25", "Normal"),
        class("f4f85eac-e6cb-4883-b524-f2705394840f", "MASQUE_PS", "1.2.250.1.213.1.1.4.13", "Masqué"),
        class("2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4", "HHQE002", "1.2.250.1.213.2.5", "Coloscopie totale"),
        class(
            "a09d5840-386c-46f2-b5ad-9c3699a4309d",
            "urn:ihe:iti:xds-sd:pdf:2008",
            "1.3.6.1.4.1.19376.1.2.3",
            "PDF",
        ),
        class(
            "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1",
            "SA01",
            "1.2.250.1.71.4.2.4",
            "Etablissement public de santé",
        ),
        class(
            "cccf5598-8b07-4b77-a05e-ae952c785ead",
            "ETABLISSEMENT",
            "1.2.250.1.213.1.1.4.9",
            "Etablissement de santé",
        ),
        class(
            "f0306f51-975f-434e-a61c-c59651d33983",
            "70004-7",
            "2.16.840.1.113883.6.1",
            "CR d'acte diagnostique (autre)",
        ),
        format!(
            "<ExternalIdentifier identificationScheme=\"urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab\" value=\"{unique_id}\"/>"
        ),
        "<ExternalIdentifier identificationScheme=\"urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427\" \
         value=\"258037512345678^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH\"/>"
            .to_owned(),
        extra.to_owned(),
    ];
    format!(
        "<ExtrinsicObject id=\"{id}\" lid=\"urn:uuid:11\" mimeType=\"text/plain\" \
         status=\"urn:oasis:names:tc:ebxml-regrep:StatusType:Approved\">{}</ExtrinsicObject>",
        parts.concat()
    )
}

fn metadata(objects: &[String]) -> Vec<u8> {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><lcm:SubmitObjectsRequest xmlns:lcm=\"urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0\">\
         <RegistryObjectList xmlns=\"urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0\">{}</RegistryObjectList></lcm:SubmitObjectsRequest>",
        objects.concat()
    )
    .into_bytes()
}

fn association(kind: &str, source: &str, target: &str) -> String {
    format!(
        "<Association associationType=\"urn:ihe:iti:2007:AssociationType:{kind}\" sourceObject=\"{source}\" targetObject=\"{target}\"/>"
    )
}

fn read(entries: &[(&str, &[u8])]) -> Result<Batch, Error> {
    archive(&zip(entries), &Limits::default())
}

/// An archive of one document `DOC1.TXT` with these metadata.
fn read_one(extrinsic: String) -> Batch {
    read(&[
        ("IHE_XDM/SUBSET01/METADATA.XML", &metadata(&[extrinsic])),
        ("IHE_XDM/SUBSET01/DOC1.TXT", b"Bonjour"),
    ])
    .unwrap()
}

#[test]
fn all_metadata_of_a_document_are_read() {
    let batch = read(&[
        ("README.TXT", b"x"),
        (
            "IHE_XDM/SUBSET01/METADATA.XML",
            &metadata(&[
                extrinsic("urn:uuid:aa", "DOC1.TXT", "1.2.250.9.1", ""),
                association("RPLC", "urn:uuid:aa", "urn:uuid:old"),
                association("HasMember", "set", "urn:uuid:aa"),
            ]),
        ),
        ("IHE_XDM/SUBSET01/DOC1.TXT", b"Bonjour"),
    ])
    .unwrap();
    assert_eq!((batch.rejected.len(), batch.warnings.len()), (0, 0));
    let submission = &batch.submissions[0];
    let item = &submission.item;
    assert_eq!(item.id.to_string(), "DocumentReference/1.2.250.9.1");
    assert_eq!((item.title.as_str(), item.notes[0].text.as_str()), ("CR coloscopie", "deux polypes"));
    let dates = [item.start, item.end, item.created].map(|d| d.unwrap().to_string());
    assert_eq!(dates, ["2020-02-11", "2020-02-12", "2020-02-12"]);
    assert_eq!((item.flags.codes(), item.status), (vec!["MASQUE_PS"], Status::Current));
    let author = &item.authors[0];
    assert_eq!(author.name().as_deref(), Some("Karim HADDAD"));
    assert_eq!(author.institution.as_deref(), Some("Clinique Saint-Aubin"));
    assert_eq!(author.specialty.as_ref().map(|s| s.code.as_str()), Some("G15_10/SM24"));
    assert_eq!((item.links[0].relation, item.links[0].target.as_str()), (Relation::Replaces, "old"));
    let entry = item.document.as_ref().unwrap();
    let codes = [
        &entry.type_code,
        &entry.class_code,
        &entry.format_code,
        &entry.facility_type,
        &entry.practice_setting,
    ];
    let codes = codes.map(|c| c.as_ref().unwrap().code.as_str());
    assert_eq!(codes, ["70004-7", "10", "urn:ihe:iti:xds-sd:pdf:2008", "SA01", "ETABLISSEMENT"]);
    assert_eq!(entry.event_codes[0].label(), "Coloscopie totale");
    assert_eq!((entry.logical_id.as_deref(), entry.entry_uuid.as_deref()), (Some("11"), Some("aa")));
    assert_eq!(
        entry.legal_authenticator.as_ref().and_then(record::Author::name).as_deref(),
        Some("Karim HADDAD")
    );
    assert!(entry.category.is_some());
    let ids: Vec<(&str, &str)> =
        submission.patients.iter().map(|p| (p.system.as_str(), p.value.as_str())).collect();
    assert_eq!(ids, [("1.2.250.1.213.1.4.10", "258037512345678")]);
    let descriptor = String::from_utf8(submission.descriptor.clone()).unwrap();
    assert!(descriptor.contains(":RPLC\"") && !descriptor.contains(":HasMember\""));
    assert!(roxmltree::Document::parse(&descriptor).is_ok());
}

#[test]
fn several_subsets_and_documents_and_one_that_is_missing() {
    let one = metadata(&[
        extrinsic("d1", "DOC1.TXT", "1.1", ""),
        extrinsic("d2", "GONE.TXT", "1.2", ""),
        extrinsic("d3", "./SUB/doc3.txt", "1.3", ""),
        association("APND", "d1", "d3"),
    ]);
    let two = metadata(&[extrinsic("d1", "DOC1.TXT", "2.1", "")]);
    let batch = read(&[
        ("IHE_XDM/SUBSET02/METADATA.XML", &two),
        ("IHE_XDM/SUBSET02/DOC1.TXT", b"deux"),
        ("ihe_xdm/subset01/metadata.xml", &one),
        ("ihe_xdm/subset01/DOC1.TXT", b"un"),
        ("ihe_xdm/subset01/SUB/DOC3.TXT", b"trois"),
    ])
    .unwrap();
    let ids: Vec<&str> = batch.submissions.iter().map(|s| s.item.id.id()).collect();
    assert_eq!(ids, ["2.1", "1.1", "1.3"]);
    assert_eq!(batch.submissions[1].item.links[0].target, "1.3");
    let refused: Vec<(usize, Reason)> = batch.rejected.iter().map(|r| (r.index, r.reason)).collect();
    assert_eq!(refused, [(2, Reason::Invalid("its file is not in the archive"))]);
}

#[test]
fn a_wrong_hash_or_date_is_a_warning_but_not_of_the_act() {
    let hash = slot("hash", &["a9993e364706816aba3e25717850c26c9cd0d89d"]) + &slot("size", &["3"]);
    let batch = read_one(extrinsic("d", "DOC1.TXT", "1", &hash).replace("20200212101500", "20230231"));
    assert_eq!(
        batch.warnings,
        [
            "document 0: creationTime is not a date of the calendar, left out",
            "document 0: document has another size than stated",
            "document 0: document does not match its hash"
        ]
    );
    assert_eq!(batch.submissions.len(), 1);
}

fn check_document(from: &str, to: &str, expected: Reason) {
    let batch = read_one(extrinsic("d", "DOC1.TXT", "1", "").replace(from, to));
    assert_eq!(batch.rejected.iter().map(|r| r.reason).collect::<Vec<_>>(), [expected], "{to}");
}

#[test]
fn a_document_is_refused_alone() {
    check_document("20200211", "20230231", Reason::Date("serviceStartTime"));
    check_document("MASQUE_PS", "SECRET", Reason::Confidentiality);
    check_document(
        "StatusType:Approved",
        "StatusType:Hidden",
        Reason::Invalid("its status is not one of XDS or CI-SIS"),
    );
    check_document("DOC1.TXT", "../METADATA.XML", Reason::Invalid("its metadata name no file"));
    check_document("12^^^&amp;1.2.3", "12^^^&amp;1.2.250.1.213.1.4.10", Reason::Patient);
    check_document("text/plain", "text/xml", Reason::Document(Error::Xml { line: 1 }));
}

fn check_refused(entries: &[(&str, &[u8])], expected: Error) {
    let good = metadata(&[extrinsic("d", "DOC1.TXT", "1", "")]);
    let mut all: Vec<(&str, &[u8])> = vec![("IHE_XDM/SUBSET01/METADATA.XML", &good)];
    all.extend(entries);
    assert_eq!(read(&all).map(|b| b.submissions.len()), Err(expected));
}

#[test]
fn hostile_archives_are_refused_whole() {
    let outside = Error::Archive("a name leaves its folder");
    for name in ["../x.txt", "a/../../x", "/etc/passwd", "C:/x", "a\\..\\x", "..\\x"] {
        check_refused(&[(name, b"x")], outside);
    }
    check_refused(&[("ihe_xdm/subset01/METADATA.XML", b"x")], Error::Archive("two entries have one name"));
    let bomb = vec![0_u8; 4_000_000];
    check_refused(&[("IHE_XDM/SUBSET01/DOC1.TXT", &bomb)], Error::Archive("an entry inflates too much"));
    let limits = Limits { inflated_bytes: 10_000, ..Limits::default() };
    let good = metadata(&[extrinsic("d", "DOC1.TXT", "1", "")]);
    let large = zip(&[("IHE_XDM/SUBSET01/METADATA.XML", &good), ("IHE_XDM/SUBSET01/DOC1.TXT", &bomb)]);
    let refused = archive(&large, &limits).map(|b| b.submissions.len());
    assert_eq!(refused, Err(Error::Archive("it inflates to more than the limit")));
    let limits = Limits { entries: 1, ..Limits::default() };
    let refused = archive(&large, &limits).map(|b| b.submissions.len());
    assert_eq!(refused, Err(Error::TooLarge { what: "number of entries", limit: 1 }));
}

#[test]
fn entries_that_overlap_are_refused() {
    let metadata = metadata(&[extrinsic("d", "DOC1.TXT", "1", "")]);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("IHE_XDM/SUBSET01/METADATA.XML", SimpleFileOptions::default()).unwrap();
    writer.write_all(&metadata).unwrap();
    writer.shallow_copy_file("IHE_XDM/SUBSET01/METADATA.XML", "copy.xml").unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let refused = archive(&bytes, &Limits::default()).map(|b| b.submissions.len());
    assert_eq!(refused, Err(Error::Archive("entries overlap")));
}

#[test]
fn what_is_no_archive_is_refused() {
    let one = |name: &str, bytes: &[u8]| read(&[(name, bytes)]).map(|b| b.submissions.len());
    assert_eq!(one("other.txt", b"x"), Err(Error::NotXdm));
    let metadata = "IHE_XDM/METADATA.XML";
    assert_eq!(one(metadata, b"<a>"), Err(Error::Xml { line: 1 }));
    assert_eq!(one(metadata, b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), Err(Error::Doctype));
    assert_eq!(one(metadata, b"<a>\xff</a>"), Err(Error::Utf8));
    assert_eq!(one(metadata, b"<a/>"), Ok(0));
    let deep = "<a>".repeat(300_000) + &"</a>".repeat(300_000);
    assert_eq!(one(metadata, deep.as_bytes()), Err(Error::Archive("an entry inflates too much")));
    let truncated = &zip(&[(metadata, b"<a/>")])[..40];
    let refused = archive(truncated, &Limits::default()).map(|b| b.submissions.len());
    assert_eq!(refused, Err(Error::Archive("not a zip that can be read")));
}

#[test]
fn a_document_too_large_or_an_inner_archive_does_not_stop_the_others() {
    let metadata = metadata(&[
        extrinsic("d1", "BIG.TXT", "1", ""),
        extrinsic("d2", "INNER.ZIP", "2", ""),
        extrinsic("d3", "DOC.TXT", "3", ""),
    ]);
    // Not compressible, so that its size alone is at fault.
    let mut state = 1_u32;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    })
    .take(5_000_001)
    .collect();
    let inner = zip(&[("a", b"b")]);
    let batch = read(&[
        ("IHE_XDM/METADATA.XML", &metadata),
        ("IHE_XDM/BIG.TXT", &noise),
        ("IHE_XDM/INNER.ZIP", &inner),
        ("IHE_XDM/DOC.TXT", b"Bonjour"),
    ])
    .unwrap();
    assert_eq!(batch.rejected.iter().map(|r| r.reason).collect::<Vec<_>>(), [Reason::TooLarge(5_000_000)]);
    assert!(batch.submissions[0].source.is_none(), "an inner archive stays closed");
    assert_eq!(batch.warnings, ["document 1: document is an archive, content left out"]);
    assert!(batch.submissions[1].source.is_some());
}

#[test]
fn names_that_stay_in_their_folder() {
    for name in ["a", "a/b..c", "a/./b", "…/é"] {
        assert!(archive::is_harmless(name), "{name}");
    }
    for name in ["", "..", "a/..", "\\\\server\\x", "c:x", "a\0"] {
        assert!(!archive::is_harmless(name), "{name}");
    }
}
