//! `DocumentReference` and `DiagnosticReport` → documents.

use super::json::{coded, codings, label, text, walk};
use super::people;
use super::resource::{Resource, push_link};
use super::{Read, attachment};
use crate::complete::{self, ClassOrCategory};
use crate::identity::{document_id, plain};
use crate::{MediaType, PatientId, Reason, Source, cda};
use record::{Coded, DocumentEntry, Item, ItemId, NoteKind, Relation, Status};
use serde_json::Value;

/// Reads a document with its metadata. `id` is `None` where the resource has none: the unique id names it.
pub(super) fn document_reference(resource: &Resource<'_>, id: Option<ItemId>) -> Result<Read, Reason> {
    let content = content(resource);
    let attachment = content.and_then(|c| c.get("attachment"));
    let source = attachment.map(|a| attachment::source(resource, a)).transpose()?.flatten();
    let unique_id = unique_id(resource);
    let bytes = source.as_ref().map_or(&[][..], |s| &s.bytes);
    let id = match id {
        Some(id) => id,
        None if unique_id.is_none() && bytes.is_empty() => return Err(Reason::Id),
        None => document_id(unique_id.as_deref(), bytes),
    };
    let mut item = resource.item(id, attachment.and_then(|a| text(a, "title")).unwrap_or(""))?;
    item.status = status(resource)?;
    item.clinical_status = resource.text("docStatus").map(str::to_owned);
    item.start = resource.act_date("context.period.start")?;
    item.end = resource.date("context.period.end");
    resource.check_order(&mut item);
    let created = resource.date("content.attachment.creation");
    item.created = resource.date("date").or(created);
    if let Some(language) = attachment.and_then(|a| text(a, "language")) {
        item.language = Some(language.to_owned());
    }
    resource.notes(&mut item, NoteKind::Comment, resource.text("description"));
    relations(resource, &mut item);
    item.authors = authors(resource);
    let mut entry = entry(resource, content, &source);
    entry.unique_id = unique_id;
    identifiers(resource, &mut entry);
    item.document = Some(entry);
    finish(resource, item, source)
}

/// Reads a report as the document that it presents.
pub(super) fn diagnostic_report(resource: &Resource<'_>, id: ItemId) -> Result<Read, Reason> {
    let form = resource.walk("presentedForm").into_iter().next();
    if resource.walk("presentedForm").len() > 1 {
        resource.warn("presentedForm after the first is left out");
    }
    let source = form.map(|a| attachment::source(resource, a)).transpose()?.flatten();
    let title = resource.walk("code").into_iter().find_map(label);
    let title = title.or_else(|| form.and_then(|a| text(a, "title")));
    let mut item = resource.item(id, title.unwrap_or(""))?;
    item.start = match resource.act_date("effectiveDateTime")? {
        Some(start) => Some(start),
        None => resource.act_date("effectivePeriod.start")?,
    };
    item.end = resource.date("effectivePeriod.end");
    resource.check_order(&mut item);
    item.created = resource.date("issued");
    item.codes = resource.codes("code");
    item.codes.extend(resource.codes("conclusionCode"));
    resource.notes(&mut item, NoteKind::Result, resource.texts("conclusion"));
    resource.notes(&mut item, NoteKind::Result, resource.labels("conclusionCode"));
    item.authors = resource.authors(&["performer", "resultsInterpreter"]);
    let type_code = report_type(resource);
    item.document = Some(DocumentEntry {
        type_code,
        media_type: source.as_ref().map(|s| s.media_type.as_str().to_owned()),
        ..DocumentEntry::default()
    });
    finish(resource, item, source)
}

/// The type of a report: its code where that is one of JDV_J07, else by its category (HL7 v2 table 0074).
fn report_type(resource: &Resource<'_>) -> Option<Coded> {
    let known = resource.codes("code").into_iter().find(complete::is_known_type);
    let by_category = || {
        let code = match resource.texts("category.coding.code").first().copied()? {
            "LAB" | "HM" | "CH" | "MB" | "laboratory" => "11502-2",
            "RAD" | "IMG" | "CT" | "NMR" | "RUS" | "imaging" => "18748-4",
            "PAT" | "SP" | "CP" => "60568-3",
            _ => return None,
        };
        Some(Coded::new(record::system::LOINC, code, None))
    };
    known.or_else(by_category)
}

/// Completes an item by what its CDA says, names it, and gives its identifiers of the patient.
fn finish(resource: &Resource<'_>, mut item: Item, source: Option<Source>) -> Result<Read, Reason> {
    let mut patients: Vec<PatientId> = Vec::new();
    if let Some(source) = source.as_ref().filter(|s| s.media_type == MediaType::Cda) {
        let (header, ids, warnings) = cda::header(&source.bytes, resource.limits)?;
        warnings.into_iter().for_each(|w| resource.warn(w));
        complete::fill(&mut item, header);
        patients = ids;
    }
    complete::finish(&mut item, resource.text("description"));
    let type_code = item.document.as_ref().and_then(|e| e.type_code.as_ref());
    if type_code.is_some_and(|t| !complete::is_known_type(t)) {
        resource.warn("type is not in the value set JDV_J07");
    }
    if source.is_none() && item.document.as_ref().is_some_and(|e| e.media_type.is_none()) {
        resource.warn("document has no content");
    }
    Ok(Read { item, source, patients })
}

/// The content to keep: the first CDA, else the first with an attachment.
fn content<'a>(resource: &Resource<'a>) -> Option<&'a Value> {
    let all = resource.walk("content");
    if all.len() > 1 {
        resource.warn("content after the first that is kept is left out");
    }
    let cda = |c: &&&Value| {
        text(c, "attachment.contentType").is_some_and(|t| MediaType::from_name(t) == Ok(MediaType::Cda))
    };
    all.iter().find(cda).or(all.first()).copied()
}

/// XDS availability: FHIR's status, the national extension for archives.
fn status(resource: &Resource<'_>) -> Result<Status, Reason> {
    let archived = resource.walk("extension").into_iter().chain(resource.walk("meta.extension")).any(|e| {
        text(e, "url").is_some_and(|u| u.to_ascii_lowercase().ends_with("pdsm-ext-is-archived"))
            && e.get("valueBoolean") == Some(&Value::Bool(true))
    });
    if resource.text("docStatus") == Some("entered-in-error") {
        return Ok(Status::Deleted);
    }
    match resource.text("status") {
        Some("current") if archived => Ok(Status::Archived),
        Some("current") => Ok(Status::Current),
        Some("superseded") => Ok(Status::Superseded),
        Some("entered-in-error") => Ok(Status::Deleted),
        Some(_) => Err(Reason::Invalid("status is not current, superseded or entered-in-error")),
        None => {
            resource.warn("document has no status, taken as current");
            Ok(if archived { Status::Archived } else { Status::Current })
        }
    }
}

fn unique_id(resource: &Resource<'_>) -> Option<String> {
    let usual = |i: &&Value| text(i, "use") == Some("usual") || has_type(i, "uniqueid");
    let master = resource.walk("masterIdentifier").into_iter().next();
    master.or_else(|| resource.walk("identifier").into_iter().find(usual)).and_then(identifier)
}

/// An identifier as XDS writes it: `root`, or `root^extension`.
fn identifier(value: &Value) -> Option<String> {
    let extension = plain(text(value, "value")?);
    Some(match text(value, "system").and_then(|s| s.strip_prefix("urn:oid:")) {
        Some(root) => format!("{root}^{extension}"),
        None => extension.to_owned(),
    })
}

fn has_type(value: &Value, name: &str) -> bool {
    text(value, "type.coding.code")
        .or_else(|| text(value, "type.text"))
        .is_some_and(|t| t.eq_ignore_ascii_case(name))
}

/// The entry UUID and the logical id among the other identifiers.
fn identifiers(resource: &Resource<'_>, entry: &mut DocumentEntry) {
    for value in resource.walk("identifier") {
        let Some(id) = identifier(value).filter(|id| entry.unique_id.as_ref() != Some(id)) else { continue };
        let is_uuid = text(value, "value").is_some_and(|v| v.starts_with("urn:uuid:"));
        let logical = has_type(value, "logicalid") || has_type(value, "lid") || !is_uuid;
        let field = if has_type(value, "entryuuid") || (!logical && entry.entry_uuid.is_none()) {
            &mut entry.entry_uuid
        } else {
            &mut entry.logical_id
        };
        field.get_or_insert(id);
    }
}

fn relations(resource: &Resource<'_>, item: &mut Item) {
    for relation in resource.walk("relatesTo") {
        let kind = match text(relation, "code") {
            Some("replaces") => Relation::Replaces,
            Some("appends") => Relation::Appends,
            Some("transforms") => Relation::Transforms,
            _ => Relation::Related,
        };
        let target = relation.get("target");
        let by_reference = target.and_then(|t| text(t, "reference")).map(|reference| {
            let item = resource.context.item(reference, resource.json).map(|id| id.to_string());
            item.unwrap_or_else(|| plain(reference).to_owned())
        });
        let by_identifier = || target.and_then(|t| t.get("identifier")).and_then(identifier);
        match by_reference.or_else(by_identifier) {
            Some(target) if target != item.id.to_string() => push_link(item, kind, target),
            Some(_) => resource.warn("relatesTo names the document itself, left out"),
            None => resource.warn("relatesTo has no target, left out"),
        }
    }
}

/// The authors; the custodian is the institution of those who state none.
fn authors(resource: &Resource<'_>) -> Vec<record::Author> {
    let mut authors = resource.authors(&["author"]);
    if let Some(custodian) = resource.places("custodian").into_iter().next() {
        if authors.is_empty() {
            authors.push(people::institution(&custodian));
        } else {
            people::give_institution(&mut authors, &custodian);
        }
    }
    authors
}

/// The XDS metadata of the resource.
fn entry(resource: &Resource<'_>, content: Option<&Value>, source: &Option<Source>) -> DocumentEntry {
    let mut entry = DocumentEntry::default();
    let types = resource.codes("type");
    entry.type_code = types
        .iter()
        .find(|t| complete::is_known_type(t))
        .cloned()
        .or_else(|| resource.walk("type").into_iter().find_map(coded));
    for code in resource.walk("category").into_iter().flat_map(codings) {
        match complete::class_or_category(code) {
            ClassOrCategory::Category(category) => entry.category = entry.category.or(Some(category)),
            ClassOrCategory::Class(class) => entry.class_code = entry.class_code.or(Some(class)),
        }
    }
    entry.format_code = content.and_then(|c| walk(c, "format").into_iter().find_map(super::json::coding));
    entry.event_codes = resource.walk("context.event").into_iter().filter_map(coded).collect();
    entry.facility_type = resource.walk("context.facilityType").into_iter().find_map(coded);
    entry.practice_setting = resource.walk("context.practiceSetting").into_iter().find_map(coded);
    let stated = content.and_then(|c| text(c, "attachment.contentType"));
    entry.media_type = source.as_ref().map(|s| s.media_type.as_str()).or(stated).map(str::to_owned);
    entry.legal_authenticator = resource.authors(&["authenticator"]).into_iter().next();
    entry
}
