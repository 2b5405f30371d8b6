//! The header of a document → the metadata of stage 1 (CDA R2 §4.2, CI-SIS "Structuration minimale").

use super::people::{PATIENT_ROOTS, author, authors};
use super::value::{Period, References, words};
use super::xml::{attribute, child, children, path, text_of};
use crate::PatientId;
use crate::identity::document_id;
use record::{Coded, DocumentEntry, Flags, Item, Link, PartialDate, Relation, Text};
use roxmltree::Node;

/// Code system of document classes (TRE_A03-ClasseDocument).
const CLASS_SYSTEM: &str = "1.2.250.1.213.1.1.4.1";

/// What the header says: the document, the patients, the warnings.
pub(super) fn read(document: Node<'_, '_>, bytes: &[u8]) -> (Item, Vec<PatientId>, Vec<String>) {
    let mut warnings = Vec::new();
    let refs = References::default();
    let unique_id = child(document, "id").and_then(instance_identifier);
    let type_code = child(document, "code").and_then(|c| refs.coded(c));
    let mut item = Item::new(document_id(unique_id.as_deref(), bytes), &title(document, type_code.as_ref()));
    let act = act_period(document, &refs);
    if refs.bad_dates.get() > 0 {
        warnings.push("date of the act is not a date of the calendar".to_owned());
    }
    item.start = act.start;
    item.end = act.end;
    item.created = created(document, &mut warnings);
    item.authors = authors(document, "author");
    item.flags = flags(document, &mut warnings);
    item.language = child(document, "languageCode").and_then(|l| attribute(l, "code")).map(str::to_owned);
    item.links = children(document, "relatedDocument").flat_map(links).collect();
    item.document = Some(entry(document, &refs, type_code, unique_id));
    (item, patients(document), warnings)
}

/// `root^extension`, or the root alone (data type II).
fn instance_identifier(id: Node<'_, '_>) -> Option<String> {
    let root = attribute(id, "root")?;
    Some(attribute(id, "extension").map_or_else(|| root.to_owned(), |e| format!("{root}^{e}")))
}

fn title(document: Node<'_, '_>, type_code: Option<&Coded>) -> String {
    let own = child(document, "title").and_then(text_of);
    let of_type = || type_code.map(|c| c.label().to_owned()).filter(|t| !t.is_empty());
    own.or_else(of_type).unwrap_or_else(|| "Document".to_owned())
}

/// The act is the first service event that has a date; a stay stands in where none has.
fn act_period(document: Node<'_, '_>, refs: &References<'_, '_>) -> Period {
    let events = children(document, "documentationOf").filter_map(|d| child(d, "serviceEvent"));
    let stay = path(document, &["componentOf", "encompassingEncounter"]);
    events
        .chain(stay)
        .filter_map(|e| child(e, "effectiveTime"))
        .map(|t| refs.interval(t))
        .find(|p| p.start.is_some() || p.end.is_some())
        .map(|p| Period { start: p.start.or(p.end), end: p.end })
        .unwrap_or_default()
}

fn created(document: Node<'_, '_>, warnings: &mut Vec<String>) -> Option<PartialDate> {
    let value = child(document, "effectiveTime").and_then(|t| attribute(t, "value"))?;
    let date = PartialDate::parse_hl7(value).ok();
    if date.is_none() {
        warnings.push("date of creation is not a date of the calendar".to_owned());
    }
    date
}

/// All confidentiality codes together. What is stated but not understood hides the document from
/// everybody; a document that states nothing is a normal one, with a warning.
fn flags(document: Node<'_, '_>, warnings: &mut Vec<String>) -> Flags {
    let mut flags = Flags::NORMAL;
    let (mut stated, mut unknown) = (0, 0);
    for code in children(document, "confidentialityCode") {
        for code in std::iter::once(code).chain(children(code, "translation")) {
            stated += 1;
            flags = flags
                | attribute(code, "code").and_then(Flags::from_code).unwrap_or_else(|| {
                    unknown += 1;
                    Flags::UNKNOWN
                });
        }
    }
    if unknown > 0 {
        warnings.push(format!("{unknown} confidentiality codes are not in JDV_J08: the document is hidden"));
    }
    if stated == 0 {
        warnings.push("document has no confidentiality code: taken as N".to_owned());
    }
    flags
}

fn links(related: Node<'_, '_>) -> Vec<Link> {
    let relation = match attribute(related, "typeCode") {
        Some("RPLC") => Relation::Replaces,
        Some("APND") => Relation::Appends,
        Some("XFRM") => Relation::Transforms,
        _ => Relation::Related,
    };
    let parents = children(related, "parentDocument").filter_map(|p| child(p, "id"));
    parents.filter_map(instance_identifier).map(|target| Link { relation, target }).collect()
}

fn patients(document: Node<'_, '_>) -> Vec<PatientId> {
    let mut patients = Vec::new();
    for role in children(document, "recordTarget").filter_map(|t| child(t, "patientRole")) {
        for id in children(role, "id") {
            if let (Some(root), Some(value)) = (attribute(id, "root"), attribute(id, "extension"))
                && PATIENT_ROOTS.contains(&root)
            {
                let patient = PatientId { system: root.to_owned(), value: value.to_owned() };
                if !patients.contains(&patient) {
                    patients.push(patient);
                }
            }
        }
    }
    patients
}

fn entry(
    document: Node<'_, '_>,
    refs: &References<'_, '_>,
    type_code: Option<Coded>,
    unique_id: Option<String>,
) -> DocumentEntry {
    let type_value = type_code.as_ref().map(|c| c.code.as_str());
    let class = type_value.and_then(lexicon::document_type).map(|t| t.class);
    let events: Vec<Node<'_, '_>> =
        children(document, "documentationOf").filter_map(|d| child(d, "serviceEvent")).collect();
    let stay = path(document, &["componentOf", "encompassingEncounter"]);
    DocumentEntry {
        class_code: class
            .filter(|c| !c.is_empty())
            .map(|c| Coded::new(CLASS_SYSTEM, c, lexicon::class_label(c))),
        category: lexicon::category_of(type_value, class),
        type_code,
        format_code: None,
        event_codes: event_codes(&events, refs),
        facility_type: stay
            .and_then(|s| path(s, &["location", "healthCareFacility", "code"]))
            .and_then(|c| refs.coded(c)),
        practice_setting: practice_setting(document, &events, refs),
        unique_id,
        logical_id: child(document, "setId").and_then(instance_identifier),
        entry_uuid: None,
        version: child(document, "versionNumber").and_then(|v| attribute(v, "value")?.parse().ok()),
        media_type: Some(crate::MediaType::Cda.as_str().to_owned()),
        legal_authenticator: child(document, "legalAuthenticator").and_then(author),
    }
}

/// Codes of the acts documented, with modality and region (their translations).
fn event_codes(events: &[Node<'_, '_>], refs: &References<'_, '_>) -> Vec<Coded> {
    let mut codes: Vec<Coded> = Vec::new();
    for code in events.iter().filter_map(|e| child(*e, "code")).flat_map(|c| refs.codes(c)) {
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// Of who did the act, else of who wrote.
fn practice_setting(
    document: Node<'_, '_>,
    events: &[Node<'_, '_>],
    refs: &References<'_, '_>,
) -> Option<Coded> {
    let performers = events
        .iter()
        .flat_map(|e| children(*e, "performer"))
        .filter_map(|p| path(p, &["assignedEntity", "representedOrganization"]));
    let writers =
        children(document, "author").filter_map(|a| path(a, &["assignedAuthor", "representedOrganization"]));
    performers
        .chain(writers)
        .filter_map(|o| child(o, "standardIndustryClassCode"))
        .find_map(|c| refs.coded(c))
        .map(|c| Coded { display: c.display.map(|d| Text::from(words(&d))), ..c })
}
