//! Files as clients send them.

use super::*;

const PDF: &[u8] = b"%PDF-1.7\n%%EOF\n";

fn metadata(pairs: &[(&str, &str)]) -> Metadata {
    Metadata::from_pairs(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))).unwrap()
}

fn send(pairs: &[(&str, &str)], bytes: &[u8]) -> Result<Submission, Error> {
    let upload = Upload { metadata: metadata(pairs), ..Upload::default() };
    document(upload, bytes.to_vec(), &Limits::default()).map(|mut batch| batch.submissions.remove(0))
}

#[test]
fn what_the_client_says_becomes_metadata() {
    let submission = send(
        &[
            ("title", "CR coloscopie"),
            ("type", "11502-2"),
            ("date", "2020-02-11"),
            ("author", "Karim HADDAD"),
            ("specialty", "Hépato-gastro-entérologie"),
            ("institution", "Clinique Saint-Aubin"),
            ("confidentiality", "INVISIBLE_PATIENT,MASQUE_PS"),
            ("uniqueId", "urn:oid:1.2.250.9.1"),
            ("replaces", "DocumentReference/old"),
            ("eventCodes", "1.2.250.1.213.2.5|HHQE002"),
            ("status", "archived"),
        ],
        PDF,
    )
    .unwrap();
    let item = &submission.item;
    assert_eq!(item.id.to_string(), "DocumentReference/1.2.250.9.1");
    assert_eq!((item.title.as_str(), item.status), ("CR coloscopie", Status::Archived));
    assert_eq!(item.start.map(|d| d.to_string()).as_deref(), Some("2020-02-11"));
    assert_eq!(item.flags.codes(), ["INVISIBLE_PATIENT", "MASQUE_PS"]);
    assert_eq!(item.authors[0].name().as_deref(), Some("Karim HADDAD"));
    assert_eq!(item.authors[0].institution.as_deref(), Some("Clinique Saint-Aubin"));
    assert_eq!(
        item.links,
        [Link { relation: Relation::Replaces, target: "DocumentReference/old".to_owned() }]
    );
    let entry = item.document.as_ref().unwrap();
    assert_eq!(entry.type_code.as_ref().map(Coded::label), Some("CR d'examens biologiques"));
    assert_eq!(entry.class_code.as_ref().map(|c| c.code.as_str()), Some("10"));
    assert_eq!(entry.category, Some(record::Category::Biology));
    assert_eq!(entry.event_codes[0].code, "HHQE002");
    assert_eq!(entry.unique_id.as_deref(), Some("1.2.250.9.1"));
    let descriptor = String::from_utf8(submission.descriptor).unwrap();
    assert!(descriptor.starts_with(r#"{"author":"Karim HADDAD","confidentiality":["INVISIBLE_PATIENT","#));
}

fn check_title(file_name: Option<&str>, pairs: &[(&str, &str)], expected: &str) {
    let upload =
        Upload { metadata: metadata(pairs), file_name: file_name.map(str::to_owned), declared: None };
    let batch = document(upload, b"Cher confr\xc3\xa8re".to_vec(), &Limits::default()).unwrap();
    assert_eq!(batch.submissions[0].item.title.as_str(), expected);
}

#[test]
fn a_document_without_title_is_named_by_its_file_else_its_type() {
    check_title(Some("C:\\scans\\ordonnance lunettes.txt"), &[], "ordonnance lunettes");
    check_title(Some("a.txt"), &[("title", "Lettre")], "Lettre");
    check_title(Some(".txt"), &[("type", "11502-2")], "CR d'examens biologiques");
    check_title(None, &[("type", "11502-2")], "CR d'examens biologiques");
    check_title(None, &[], "Document");
}

#[test]
fn without_an_id_the_content_names_the_document() {
    let one = send(&[], PDF).unwrap();
    let two = send(&[("title", "autre")], PDF).unwrap();
    assert_eq!(one.item.id, two.item.id);
    assert_eq!(one.descriptor, b"");
    assert_eq!(send(&[("id", "doc-1")], PDF).unwrap().item.id.to_string(), "DocumentReference/doc-1");
}

#[test]
fn an_unknown_type_comes_in_with_a_warning() {
    let upload = Upload { metadata: metadata(&[("type", "99999-9")]), ..Upload::default() };
    let batch = document(upload, PDF.to_vec(), &Limits::default()).unwrap();
    assert_eq!(batch.warnings, ["type is not in the value set JDV_J07"]);
}

fn check_refused(pairs: &[(&str, &str)], expected: &'static str) {
    assert_eq!(send(pairs, PDF).map(|s| s.index), Err(Error::Invalid(expected)));
}

#[test]
fn metadata_that_are_not_valid_refuse_the_file() {
    check_refused(&[("date", "2023-02-31")], "date is not a date of the calendar");
    check_refused(&[("created", "hier")], "created is not a date of the calendar");
    check_refused(&[("date", "2023"), ("end", "2022-12")], "end is before date");
    check_refused(&[("confidentiality", "N,SECRET")], "confidentiality code is not in JDV_J08");
    check_refused(&[("status", "deleted")], "status is not current, superseded or archived");
    check_refused(&[("id", "a/b")], "id is not of the form [A-Za-z0-9.-]{1,64}");
    check_refused(&[("id", "..")], "id is not of the form [A-Za-z0-9.-]{1,64}");
}

fn check_media(
    declared: Option<MediaType>,
    file_name: &str,
    bytes: &[u8],
    expected: Result<MediaType, Error>,
) {
    let upload = Upload { declared, file_name: Some(file_name.to_owned()), ..Upload::default() };
    assert_eq!(media_type(&upload, bytes), expected, "{declared:?} {file_name}");
}

#[test]
fn content_decides_and_must_agree_with_what_is_declared() {
    let html = b"<!DOCTYPE html><html><body>x</body></html>";
    check_media(Some(MediaType::Pdf), "a.pdf", PDF, Ok(MediaType::Pdf));
    check_media(None, "a", PDF, Ok(MediaType::Pdf));
    check_media(Some(MediaType::Pdf), "a.pdf", html, Err(Error::MediaMismatch));
    check_media(None, "a.pdf", html, Err(Error::MediaMismatch));
    check_media(Some(MediaType::Text), "a.txt", html, Err(Error::MediaMismatch));
    check_media(None, "a.html", html, Err(Error::MediaType));
    check_media(Some(MediaType::Jpeg), "a.jpg", b"\x89PNG\r\n", Err(Error::MediaMismatch));
    check_media(Some(MediaType::Cda), "a", b"<ClinicalDocument/>", Ok(MediaType::Cda));
    check_media(None, "a", b"\n <ClinicalDocument/>", Ok(MediaType::Cda));
    check_media(Some(MediaType::Text), "a", b"\0\0\0", Err(Error::MediaMismatch));
    check_media(None, "a.bin", b"\0\0\0", Err(Error::MediaType));
    check_media(None, "a.rtf", b"{\\rtf1 x}", Ok(MediaType::Rtf));
    check_media(None, "a", "Bonjour".as_bytes(), Ok(MediaType::Text));
    check_media(None, "a", b"Caf\xe9", Ok(MediaType::Text));
}

#[test]
fn a_file_over_the_limit_or_empty_is_refused() {
    let six_megabytes = [PDF, &vec![b' '; 6_000_000]].concat();
    let limit = Error::TooLarge { what: "document", limit: 5_000_000 };
    assert_eq!(send(&[], &six_megabytes).map(|s| s.index), Err(limit));
    assert_eq!(send(&[], b"").map(|s| s.index), Err(Error::Invalid("file is empty")));
}
