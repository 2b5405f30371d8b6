//! Bundles as a whole: what comes in, what is refused, in which order.

use super::*;
use proptest::prelude::*;
use record::{Relation, Status};
use serde_json::json;

fn bundle_of(entries: &[Value]) -> Value {
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries})
}

fn entry_for(resource: &Value) -> Value {
    let text = |name: &str| resource[name].as_str().unwrap_or("").to_owned();
    let url = format!("http://example.org/fhir/{}/{}", text("resourceType"), text("id"));
    json!({"fullUrl": url, "resource": resource})
}

fn read_bundle(resources: &[Value]) -> Batch {
    let entries: Vec<Value> = resources.iter().map(entry_for).collect();
    bundle(bundle_of(&entries).to_string().as_bytes(), &Limits::default()).unwrap()
}

fn patient() -> Value {
    json!({"resourceType": "Patient", "id": "p", "identifier": [
        {"system": "urn:oid:1.2.250.1.213.1.4.10", "value": "258037512345678"},
        {"system": "urn:oid:1.2.3", "value": "local"}]})
}

fn condition(id: &str) -> Value {
    json!({"resourceType": "Condition", "id": id, "code": {"text": "Asthme"}, "subject": {"reference": "Patient/p"}})
}

/// The resource with one element set; `Null` takes it out.
fn with(mut resource: Value, path: &str, value: Value) -> Value {
    let (parent, name) = path.rsplit_once('/').unwrap();
    resource.pointer_mut(parent).unwrap()[name] = value;
    resource
}

fn document_reference(data: &str) -> Value {
    json!({"resourceType": "DocumentReference", "id": "d", "status": "current",
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.250.9"},
        "type": {"coding": [{"system": "http://loinc.org", "code": "11502-2"}]},
        "subject": {"reference": "http://example.org/fhir/Patient/p"},
        "date": "2020-02-11T17:54:00+01:00",
        "author": [{"display": "Karim HADDAD (Biologie médicale)"}],
        "custodian": {"display": "Laboratoire des Moulins"},
        "relatesTo": [{"code": "replaces", "target": {"identifier": {"value": "urn:uuid:0bc1597c"}}}],
        "securityLabel": [{"coding": [{"code": "R"}]}, {"coding": [{"code": "MASQUE_PS"}]}],
        "content": [{"attachment": {"contentType": "text/plain", "data": data, "title": "Prise de sang"}}],
        "context": {"period": {"start": "2020-02-10"}, "event": [{"text": "NFS"}]}})
}

#[test]
fn a_document_comes_with_its_metadata_and_bytes() {
    let batch = read_bundle(&[patient(), document_reference("Qm9u\n am91cg")]);
    assert_eq!((batch.rejected.len(), batch.warnings.len()), (0, 0), "{:?}", batch.warnings);
    let submission = &batch.submissions[0];
    assert_eq!(submission.source.as_ref().map(|s| s.bytes.as_slice()), Some(b"Bonjour".as_slice()));
    let ids: Vec<(&str, &str)> =
        submission.patients.iter().map(|p| (p.system.as_str(), p.value.as_str())).collect();
    assert_eq!(ids, [("1.2.250.1.213.1.4.10", "258037512345678"), ("Patient", "p")]);
    let item = &submission.item;
    assert_eq!((item.title.as_str(), item.flags.codes()), ("Prise de sang", vec!["R", "MASQUE_PS"]));
    assert_eq!(item.start.map(|d| d.to_string()).as_deref(), Some("2020-02-10"));
    assert_eq!(item.created.map(|d| d.to_string()).as_deref(), Some("2020-02-11"));
    assert_eq!(item.authors[0].institution.as_deref(), Some("Laboratoire des Moulins"));
    assert_eq!((item.links[0].relation, item.links[0].target.as_str()), (Relation::Replaces, "0bc1597c"));
    let entry = item.document.as_ref().unwrap();
    assert_eq!(entry.unique_id.as_deref(), Some("1.2.250.9"));
    assert_eq!(entry.type_code.as_ref().map(|t| t.label()), Some("CR d'examens biologiques"));
    assert_eq!(entry.class_code.as_ref().map(|c| c.code.as_str()), Some("10"));
    assert_eq!(entry.category, Some(record::Category::Biology));
    assert_eq!(entry.event_codes[0].label(), "NFS");
    assert!(!String::from_utf8_lossy(&submission.descriptor).contains("Qm9u"));
}

#[test]
fn titles_fall_back() {
    let title = |resource: Value| read_bundle(&[resource]).submissions[0].item.title.to_string();
    let untitled = with(document_reference("QQ=="), "/content/0/attachment/title", Value::Null);
    assert_eq!(title(with(untitled.clone(), "/description", json!("Bilan"))), "Bilan");
    assert_eq!(title(untitled.clone()), "CR d'examens biologiques");
    assert_eq!(title(with(untitled, "/type", json!({"text": "Courrier"}))), "Courrier");
}

#[test]
fn attachments_stand_in_a_binary_or_nowhere() {
    let by_url = |url: &str| {
        let content =
            json!([{"attachment": {"contentType": "text/plain", "url": url, "hash": "AAAA", "size": 3}}]);
        with(document_reference(""), "/content", content)
    };
    let binary =
        json!({"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "Qm9uam91cg=="});
    let batch = read_bundle(&[by_url("Binary/b"), binary.clone()]);
    assert!(batch.submissions[0].source.is_some());
    assert_eq!(
        batch.warnings,
        ["entry 0: attachment has another size than stated", "entry 0: attachment does not match its hash"]
    );
    let batch = read_bundle(&[by_url("files/doc-001.pdf"), binary]);
    assert!(batch.submissions[0].source.is_none());
    assert_eq!(
        batch.warnings,
        [
            "entry 0: address of the attachment leads to nothing in the bundle",
            "1 Binary resources belong to no document, left out"
        ]
    );
}

#[test]
fn statuses_of_documents() {
    let status = |resource: Value| {
        let batch = read_bundle(&[resource]);
        batch.submissions.first().map(|s| s.item.status)
    };
    let document = document_reference("QQ==");
    assert_eq!(status(document.clone()), Some(Status::Current));
    assert_eq!(status(with(document.clone(), "/status", json!("superseded"))), Some(Status::Superseded));
    assert_eq!(status(with(document.clone(), "/status", json!("entered-in-error"))), Some(Status::Deleted));
    assert_eq!(
        status(with(document.clone(), "/docStatus", json!("entered-in-error"))),
        Some(Status::Deleted)
    );
    assert_eq!(status(with(document.clone(), "/status", json!("secret"))), None);
    let archived =
        json!([{"url": "https://x/StructureDefinition/pdsm-ext-is-archived", "valueBoolean": true}]);
    assert_eq!(status(with(document, "/extension", archived)), Some(Status::Archived));
}

/// `bad` is refused for `reason`, and what stands beside it comes in.
fn check_refused(bad: &Value, reason: Reason) {
    let batch = read_bundle(&[patient(), bad.clone(), condition("beside")]);
    let found: Vec<(usize, Reason)> = batch.rejected.iter().map(|r| (r.index, r.reason)).collect();
    assert_eq!(found, [(1, reason)]);
    assert_eq!(batch.submissions.len(), 1, "{reason}");
}

#[test]
fn a_bad_entry_is_refused_and_the_rest_goes_on() {
    let document = document_reference("QQ==");
    let invalid = |what| Reason::Invalid(what);
    for (bad, reason) in [
        (json!({"resourceType": "Spaceship", "id": "1"}), Reason::UnknownResource),
        (json!({"resourceType": "Composition", "id": "1"}), Reason::UnknownResource),
        (json!({"id": "1"}), Reason::UnknownResource),
        (document_reference("@@@@"), Reason::Base64),
        (document_reference("QQ=x"), Reason::Base64),
        (document_reference(&"A".repeat(8_000_000)), Reason::TooLarge(5_000_000)),
        (with(condition("1"), "/subject/reference", json!("Patient/other")), Reason::Patient),
        (with(condition("1"), "/subject/reference", json!("Group/1")), Reason::Patient),
        (
            with(
                condition("1"),
                "/subject",
                json!({"identifier": {"system": "1.2.250.1.213.1.4.10", "value": "1"}}),
            ),
            Reason::Patient,
        ),
        (with(condition("1"), "/onsetDateTime", json!("2023-02-31")), Reason::Date("onsetDateTime")),
        (with(condition("1"), "/onsetDateTime", json!("20230231")), Reason::Date("onsetDateTime")),
        (
            with(document.clone(), "/context/period/start", json!("2023-02-31")),
            Reason::Date("context.period.start"),
        ),
        (with(document.clone(), "/securityLabel/0/coding/0/code", json!("X")), Reason::Confidentiality),
        (with(condition("1"), "/meta", json!({"security": [{"code": "X"}]})), Reason::Confidentiality),
        (with(condition("1"), "/id", json!("a_b")), Reason::Id),
        (with(condition("1"), "/id", json!("a".repeat(65))), Reason::Id),
        (with(condition("1"), "/code", json!({})), invalid("its code has neither text nor coding")),
        (
            with(document, "/status", json!("draft")),
            invalid("status is not current, superseded or entered-in-error"),
        ),
    ] {
        check_refused(&bad, reason);
    }
}

#[test]
fn dates_that_are_not_of_the_act_are_left_out_with_a_warning() {
    let resource = with(condition("1"), "/recordedDate", json!("2023-02-31"));
    let resource = with(resource, "/abatementDateTime", json!("2019"));
    let batch = read_bundle(&[with(resource, "/onsetDateTime", json!("2020-05"))]);
    assert_eq!((batch.submissions[0].item.created, batch.submissions[0].item.end), (None, None));
    assert_eq!(
        batch.warnings,
        [
            "entry 0: end is before start, left out",
            "entry 0: recordedDate is not a date of the calendar, left out"
        ]
    );
}

fn check_error(bytes: &[u8], expected: Error) {
    assert_eq!(bundle(bytes, &Limits::default()).map(|b| b.submissions.len()), Err(expected));
}

#[test]
fn what_is_no_bundle_is_refused() {
    check_error(b"{\"resourceType\": \"Bundle\", \"type\": \"document\"}", Error::NotBundle);
    check_error(b"{\"resourceType\": \"Patient\"}", Error::NotBundle);
    check_error(b"[]", Error::NotBundle);
    check_error(
        b"{\"resourceType\": \"Bundle\", \"type\": \"batch\", \"entry\": {}}",
        Error::Invalid("Bundle.entry is not a list"),
    );
    check_error(b"{\"resourceType\": \"Bu\xff\"}", Error::Utf8);
    check_error(b"{\"resourceType\":\n \"Bundle\", ", Error::Json { line: 2, column: 11 });
    check_error("[".repeat(100_000).as_bytes(), Error::Depth(128));
    let limits = Limits { bundle_bytes: 10, ..Limits::default() };
    let large = bundle(b"{\"resourceType\": \"Bundle\"}", &limits).map(|b| b.submissions.len());
    assert_eq!(large, Err(Error::TooLarge { what: "bundle", limit: 10 }));
    let limits = Limits { entries: 1, ..Limits::default() };
    let many = bundle_of(&[entry_for(&patient()), entry_for(&condition("1"))]).to_string();
    let many = bundle(many.as_bytes(), &limits).map(|b| b.submissions.len());
    assert_eq!(many, Err(Error::TooLarge { what: "number of entries", limit: 1 }));
}

fn check_request(entry: &Value, expected: Result<&str, Reason>) {
    let transaction = json!({"resourceType": "Bundle", "type": "transaction", "entry": [entry]});
    let batch = bundle(transaction.to_string().as_bytes(), &Limits::default()).unwrap();
    let found = match batch.rejected.first() {
        Some(rejected) => Err(rejected.reason),
        None => Ok(batch.submissions[0].item.id.to_string()),
    };
    assert_eq!(found, expected.map(str::to_owned));
}

#[test]
fn transactions_create_and_replace_but_do_not_delete() {
    let anonymous = json!({"resourceType": "Condition", "code": {"text": "Asthme"}});
    let put = json!({"method": "PUT", "url": "Condition/c1"});
    let post = json!({"method": "POST", "url": "Condition"});
    let uuid = "urn:uuid:d4a22213-73af-5e56-8768-413b0cfb4ef7";
    check_request(&json!({"resource": anonymous, "request": put}), Ok("Condition/c1"));
    check_request(
        &json!({"resource": condition("c2"), "request": put}),
        Err(Reason::Invalid("request.url names another resource")),
    );
    check_request(
        &json!({"fullUrl": uuid, "resource": anonymous, "request": post}),
        Ok("Condition/d4a22213-73af-5e56-8768-413b0cfb4ef7"),
    );
    let named = format!("Condition/{}", crate::identity::digest(&canonical(&anonymous)));
    check_request(&json!({"resource": anonymous, "request": post}), Ok(&named));
    check_request(&json!({"resource": anonymous}), Err(Reason::Id));
    check_request(
        &json!({"request": {"method": "DELETE", "url": "Condition/c1"}}),
        Err(Reason::Invalid("a bundle deletes nothing: use the delete call")),
    );
    check_request(&json!({"request": put}), Err(Reason::Invalid("entry has no resource")));
}

#[test]
fn one_of_equal_entries_is_kept_and_none_of_different_ones() {
    let (one, other) = (condition("1"), with(condition("1"), "/code/text", json!("Eczéma")));
    let equal = read_bundle(&[one.clone(), one.clone()]);
    assert_eq!((equal.submissions.len(), equal.rejected.len()), (1, 1));
    let different = read_bundle(&[one, other]);
    assert_eq!((different.submissions.len(), different.rejected.len()), (0, 2));
    assert!(different.rejected.iter().all(|r| r.reason == Reason::Duplicate));
}

#[test]
fn links_name_items_by_any_kind_of_reference() {
    let resource = with(
        condition("1"),
        "/evidence",
        json!([{"detail": [{"reference": "http://example.org/fhir/DiagnosticReport/r/_history/1"},
            {"reference": "urn:uuid:1111"}, {"reference": "ServiceRequest/1"}, {"reference": "Condition/1"}]}]),
    );
    let entries = [
        entry_for(&resource),
        json!({"fullUrl": "urn:uuid:1111", "resource": {"resourceType": "Observation", "id": "o", "code": {"text": "TSH"}}}),
    ];
    let batch = bundle(bundle_of(&entries).to_string().as_bytes(), &Limits::default()).unwrap();
    let targets: Vec<&str> = batch.submissions[0].item.links.iter().map(|l| l.target.as_str()).collect();
    assert_eq!(targets, ["DocumentReference/DiagnosticReport-r", "Observation/o"]);
}

#[test]
fn ndjson_reads_support_resources_wherever_they_stand() {
    let observation = json!({"resourceType": "Observation", "id": "o", "code": {"text": "TSH"},
        "performer": [{"reference": "Practitioner/m"}], "subject": {"reference": "Patient/p"}});
    let practitioner = json!({"resourceType": "Practitioner", "id": "m", "name": [{"family": "MARTIN"}]});
    let mut lines =
        format!("{observation}\n\n{{\"resourceType\"\n{practitioner}\n3\n{}\n", patient()).into_bytes();
    lines.extend(b"{\"a\": \"\xff\"}");
    let batch = ndjson(&lines, &Limits::default()).unwrap();
    assert_eq!(batch.submissions[0].item.authors[0].name().as_deref(), Some("MARTIN"));
    assert_eq!(batch.submissions[0].patients.len(), 2);
    let found: Vec<(usize, Reason)> = batch.rejected.iter().map(|r| (r.index, r.reason)).collect();
    assert_eq!(
        found,
        [
            (2, Reason::Document(Error::Json { line: 3, column: 15 })),
            (4, Reason::Invalid("line is not a resource")),
            (6, Reason::Document(Error::Utf8)),
        ]
    );
    let limits = Limits { bundle_bytes: 10, ..Limits::default() };
    assert!(ndjson(&lines, &limits).is_err());
}

/// A transaction as the DMP's draft interface writes it (ITI-65): envelope, conditional reference to the
/// patient, contained author known by number alone, `Binary` by UUID, a `PATCH` of the replaced document.
#[test]
fn a_transaction_of_the_dmp() {
    let cda = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><author><assignedAuthor>\
        <id root=\"1.2.250.1.71.4.2.1\" extension=\"899700218896\"/><assignedPerson><name><family>HADDAD</family>\
        <given>Karim</given></name></assignedPerson></assignedAuthor></author></ClinicalDocument>";
    let subject = json!({"reference": "Patient?identifier=urn:oid:1.2.250.1.213.1.4.8|123456789012345"});
    let post = |id: &str, resource: Value| {
        let kind = resource["resourceType"].clone();
        json!({"fullUrl": format!("urn:uuid:{id}"), "resource": resource, "request": {"method": "POST", "url": kind}})
    };
    let document = json!({"resourceType": "DocumentReference", "id": "new", "status": "current", "subject": subject,
        "contained": [{"resourceType": "PractitionerRole", "id": "a",
            "identifier": [{"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "899700218896"}]}],
        "type": {"coding": [{"system": "http://loinc.org", "code": "11488-4"}]},
        "author": [{"reference": "#a"}],
        "relatesTo": [{"code": "replaces", "target": {"reference": "DocumentReference/old"}}],
        "content": [{"attachment": {"contentType": "application/xml", "url": "urn:uuid:3", "title": "Consultation"}}]});
    let entries = [
        post(
            "1",
            json!({"resourceType": "List", "status": "current", "code": {"coding": [{"code": "submissionset"}]}}),
        ),
        post("2", document),
        post(
            "3",
            json!({"resourceType": "Binary", "contentType": "application/xml",
            "data": base64::Engine::encode(&base64::engine::general_purpose::STANDARD, cda)}),
        ),
        json!({"fullUrl": "urn:uuid:4", "resource": {"resourceType": "Parameters"},
            "request": {"method": "PATCH", "url": "DocumentReference/old"}}),
    ];
    let bundle_json = json!({"resourceType": "Bundle", "type": "transaction", "entry": entries});
    let batch = bundle(bundle_json.to_string().as_bytes(), &Limits::default()).unwrap();
    let refused: Vec<(usize, Reason)> = batch.rejected.iter().map(|r| (r.index, r.reason)).collect();
    assert_eq!(refused, [(3, Reason::Invalid("request.method is not PUT or POST"))]);
    let submission = &batch.submissions[0];
    assert_eq!(submission.patients, [PatientId::ins("1.2.250.1.213.1.4.8", "123456789012345").unwrap()]);
    assert_eq!(submission.item.authors[0].name().as_deref(), Some("Karim HADDAD"));
    assert_eq!(submission.item.links[0].target, "DocumentReference/old");
}

#[test]
fn a_cda_that_cannot_be_read_refuses_its_entry() {
    let refused = |cda: &str| {
        let data = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, cda);
        let attachment = json!({"contentType": "text/xml", "data": data});
        let batch =
            read_bundle(&[with(document_reference(""), "/content/0/attachment", attachment), condition("1")]);
        assert_eq!(batch.submissions.len(), 1);
        batch.rejected[0].reason
    };
    assert_eq!(refused("<ClinicalDocument>\n<a>"), Reason::Document(Error::Xml { line: 2 }));
    assert_eq!(refused("<!DOCTYPE a><ClinicalDocument/>"), Reason::Document(Error::Doctype));
    assert_eq!(refused("<html/>"), Reason::Document(Error::NotCda));
    let of_another = "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><recordTarget><patientRole>\
        <id root=\"1.2.250.1.213.1.4.10\" extension=\"1\"/><id root=\"1.2.250.1.213.1.4.10\" extension=\"2\"/>\
        </patientRole></recordTarget></ClinicalDocument>";
    assert_eq!(refused(of_another), Reason::Patient);
}

/// Any JSON at any place of a resource.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-zA-Z0-9/#:|^ .-]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let names = prop_oneof![
            Just("coding"),
            Just("text"),
            Just("reference"),
            Just("value"),
            Just("code"),
            Just("start")
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(names.prop_map(str::to_owned), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_entries_makes_no_difference(order in Just((0..8).collect::<Vec<usize>>()).prop_shuffle()) {
        let resources = [
            patient(),
            json!({"resourceType": "Practitioner", "id": "m", "name": [{"family": "MARTIN"}]}),
            json!({"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": "Qm9uam91cg=="}),
            with(document_reference(""), "/content/0/attachment", json!({"url": "Binary/b"})),
            with(condition("1"), "/asserter", json!({"reference": "Practitioner/m"})),
            with(condition("2"), "/onsetDateTime", json!("2023-02-31")),
            json!({"resourceType": "MedicationRequest", "id": "x", "medicationReference": {"reference": "Medication/dol"},
                "reasonReference": [{"reference": "Condition/1"}]}),
            json!({"resourceType": "Medication", "id": "dol", "code": {"text": "DOLIPRANE 500 mg"}}),
        ];
        let read = |order: &[usize]| {
            let shuffled: Vec<Value> = order.iter().map(|i| resources[*i].clone()).collect();
            let batch = read_bundle(&shuffled);
            let mut items: Vec<Vec<u8>> = batch.submissions.iter().map(|s| record::encode(&s.item)).collect();
            items.sort();
            let refused: Vec<Reason> = batch.rejected.iter().map(|r| r.reason).collect();
            (items, refused)
        };
        let straight: Vec<usize> = (0..8).collect();
        let expected = read(&straight);
        prop_assert_eq!((expected.0.len(), expected.1.len()), (3, 1));
        prop_assert_eq!(read(&order), expected);
    }

    #[test]
    fn no_json_makes_it_panic(text in "\\PC{0,40}") {
        let _ = bundle(text.as_bytes(), &Limits::default());
        let _ = bundle(format!(r#"{{"resourceType":"Bundle","type":"batch","entry":[{text}]}}"#).as_bytes(), &Limits::default());
    }

    #[test]
    fn no_element_makes_it_panic(
        kind in prop::sample::select(record::ResourceType::ALL.iter().map(|t| t.as_str()).chain(["DiagnosticReport"]).collect::<Vec<_>>()),
        elements in prop::collection::vec((prop::sample::select(vec![
            "code", "subject", "patient", "author", "performer", "participant", "content", "context", "component", "valueQuantity",
            "referenceRange", "medicationReference", "medicationCodeableConcept", "dosage", "reaction", "protocolApplied",
            "securityLabel", "meta", "relatesTo", "identifier", "masterIdentifier", "contained", "onsetAge", "class",
            "location", "presentedForm", "category", "type", "extension", "effectivePeriod", "request", "note",
        ]), json_value()), 0..5),
    ) {
        let mut resource = json!({"resourceType": kind, "id": "1", "status": "current", "code": {"text": "x"}});
        for (name, value) in elements {
            resource[name] = value;
        }
        let batch = read_bundle(&[resource]);
        prop_assert_eq!(batch.submissions.len() + batch.rejected.len(), 1);
    }
}
