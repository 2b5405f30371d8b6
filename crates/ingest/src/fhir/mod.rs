//! FHIR R4: Bundle and NDJSON.
//!
//! Each resource is read alone: one that is refused does not stop the others, and what is read of one
//! does not depend on where it stands. Resources that a record does not hold but that its items refer to
//! (professionals, establishments, medications, binaries) are read for that and give no item.

mod attachment;
mod clinical;
mod context;
mod document;
mod json;
mod people;
mod resource;
mod security;

pub(crate) use json::canonical;
pub(crate) use people::person;

use crate::{Batch, Error, Limits, PatientId, Reason, Rejected, Source, Submission};
use context::{Context, Entry, item_id};
use json::text;
use record::{Item, ItemId};
use resource::Resource;
use serde_json::Value;

/// Resource types that serve the others.
const SUPPORT: [&str; 11] = [
    "Binary",
    "Device",
    "HealthcareService",
    "Location",
    "Medication",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Provenance",
    "RelatedPerson",
];

/// Reads a FHIR R4 Bundle of type `collection`, `transaction`, `batch` or `searchset`.
///
/// # Errors
/// Bytes that are no such Bundle, or over the limits. What is wrong with one entry refuses that entry.
pub fn bundle(bytes: &[u8], limits: &Limits) -> Result<Batch, Error> {
    if bytes.len() > limits.bundle_bytes {
        return Err(Error::TooLarge { what: "bundle", limit: limits.bundle_bytes });
    }
    let bundle = json::parse(bytes, limits)?;
    let kind = text(&bundle, "type").unwrap_or("");
    let is_bundle = text(&bundle, "resourceType") == Some("Bundle");
    if !is_bundle || !matches!(kind, "collection" | "transaction" | "batch" | "searchset") {
        return Err(Error::NotBundle);
    }
    let entries = match bundle.get("entry") {
        None => &[],
        Some(Value::Array(entries)) => entries.as_slice(),
        Some(_) => return Err(Error::Invalid("Bundle.entry is not a list")),
    };
    let mut batch = Batch::default();
    let mut parsed = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        // A server's remarks on its own answer are nobody's data.
        if text(entry, "search.mode") == Some("outcome") {
            continue;
        }
        match entry_of(index, entry) {
            Ok(entry) => parsed.push(entry),
            Err(rejected) => batch.rejected.push(rejected),
        }
    }
    read_all(&parsed, batch, limits)
}

/// Reads FHIR R4 resources, one a line.
///
/// # Errors
/// A file over the limits. A line that is no resource refuses that line.
pub fn ndjson(bytes: &[u8], limits: &Limits) -> Result<Batch, Error> {
    if bytes.len() > limits.bundle_bytes {
        return Err(Error::TooLarge { what: "file", limit: limits.bundle_bytes });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut batch = Batch::default();
    let mut resources = Vec::new();
    for (index, line) in bytes.split(|b| *b == b'\n').enumerate() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match json::parse(line, limits) {
            Ok(resource) if resource.is_object() => resources.push((index, resource)),
            Ok(_) => batch.rejected.push(refuse(index, Reason::Invalid("line is not a resource"))),
            Err(Error::Json { column, .. }) => {
                let error = Error::Json { line: index + 1, column };
                batch.rejected.push(refuse(index, Reason::Document(error)));
            }
            Err(error) => batch.rejected.push(refuse(index, Reason::Document(error))),
        }
    }
    let entries: Vec<Entry<'_>> = resources
        .iter()
        .map(|(index, resource)| Entry { index: *index, full_url: None, request: None, resource })
        .collect();
    read_all(&entries, batch, limits)
}

fn refuse(index: usize, reason: Reason) -> Rejected {
    Rejected { index, item: None, reason }
}

fn entry_of(index: usize, entry: &Value) -> Result<Entry<'_>, Rejected> {
    let request = entry.get("request");
    match request.and_then(|r| text(r, "method")) {
        None | Some("PUT" | "POST") => {}
        Some("DELETE") => {
            let item = request.and_then(|r| text(r, "url")).and_then(|url| url.parse().ok());
            let reason = Reason::Invalid("a bundle deletes nothing: use the delete call");
            return Err(Rejected { index, item, reason });
        }
        Some(_) => return Err(refuse(index, Reason::Invalid("request.method is not PUT or POST"))),
    }
    let resource = entry.get("resource").filter(|r| r.is_object());
    let resource = resource.ok_or_else(|| refuse(index, Reason::Invalid("entry has no resource")))?;
    Ok(Entry { index, full_url: text(entry, "fullUrl"), request, resource })
}

/// What one resource gave.
struct Read {
    item: Item,
    source: Option<Source>,
    /// Whom the document's own content is about.
    patients: Vec<PatientId>,
}

/// Whether an entry gives no item: it is one that others refer to, or the envelope of a submission (the
/// `List` of ITI-65), whose documents stand beside it.
fn serves_others(entry: &Entry<'_>) -> bool {
    let is_envelope = || text(entry.resource, "code.coding.code") == Some("submissionset");
    SUPPORT.contains(&entry.kind()) || (entry.kind() == "List" && is_envelope())
}

fn read_all(entries: &[Entry<'_>], mut batch: Batch, limits: &Limits) -> Result<Batch, Error> {
    let count = entries.len() + batch.rejected.len();
    if count > limits.entries {
        return Err(Error::TooLarge { what: "number of entries", limit: limits.entries });
    }
    let context = Context::new(entries);
    let mut submissions = Vec::new();
    for entry in entries.iter().filter(|e| !serves_others(e)) {
        match submission(entry, &context, limits) {
            Ok((submission, warnings)) => {
                let position = |w| format!("entry {}: {w}", entry.index);
                batch.warnings.extend(warnings.into_iter().map(position));
                submissions.push(submission);
            }
            Err(reason) => {
                let item = id_of(entry).ok().flatten();
                batch.rejected.push(Rejected { index: entry.index, item, reason });
            }
        }
    }
    batch.settle(submissions);
    match context.idle_binaries() {
        0 => {}
        idle => batch.warnings.push(format!("{idle} Binary resources belong to no document, left out")),
    }
    Ok(batch)
}

fn submission<'a>(
    entry: &Entry<'a>,
    context: &'a Context<'a>,
    limits: &'a Limits,
) -> Result<(Submission, Vec<String>), Reason> {
    let resource = Resource::new(entry.resource, context, limits);
    let id = id_of(entry)?;
    let mut patients = subjects(entry, context)?;
    let read = read(entry, &resource, id)?;
    patients.extend(read.patients);
    patients.sort();
    patients.dedup();
    context.agree(&patients)?;
    let submission = Submission {
        index: entry.index,
        item: read.item,
        patients,
        source: read.source,
        descriptor: json::canonical(entry.resource),
    };
    Ok((submission, resource.into_warnings()))
}

fn read(entry: &Entry<'_>, resource: &Resource<'_>, id: Option<ItemId>) -> Result<Read, Reason> {
    let kind = entry.kind();
    if kind == "DocumentReference" {
        return document::document_reference(resource, id);
    }
    let id = id.ok_or(Reason::Id)?;
    let item = match kind {
        "DiagnosticReport" => return document::diagnostic_report(resource, id),
        "MedicationStatement" | "MedicationRequest" => clinical::medication(resource, id),
        "Encounter" => clinical::encounter(resource, id),
        "Appointment" => clinical::appointment(resource, id),
        "Observation" => clinical::observation(resource, id),
        "Condition" => clinical::condition(resource, id),
        "AllergyIntolerance" => clinical::allergy(resource, id),
        "Immunization" => clinical::immunization(resource, id),
        "Procedure" => clinical::procedure(resource, id),
        _ => Err(Reason::UnknownResource),
    }?;
    Ok(Read { item, source: None, patients: Vec::new() })
}

/// Whom the resource is about, in the words of its type.
fn subjects(entry: &Entry<'_>, context: &Context<'_>) -> Result<Vec<PatientId>, Reason> {
    let resource = entry.resource;
    if entry.kind() != "Appointment" {
        let subject = resource.get("subject").or_else(|| resource.get("patient"));
        return context.subject(subject, resource);
    }
    let is_patient = |actor: &&Value| {
        let reference = text(actor, "reference").unwrap_or("");
        let resolved = context.resolve(reference, resource).and_then(|r| text(r, "resourceType"));
        resolved == Some("Patient") || context::relative(reference).is_some_and(|r| r.starts_with("Patient/"))
    };
    let mut all = Vec::new();
    for actor in json::walk(resource, "participant.actor").into_iter().filter(is_patient) {
        all.extend(context.subject(Some(actor), resource)?);
    }
    Ok(all)
}

/// The item of an entry: by the resource's id, else by the address that the entry gives it. A resource to
/// be created (`POST`) without either is named by its content.
///
/// # Errors
/// An unknown type, an id that is none.
fn id_of(entry: &Entry<'_>) -> Result<Option<ItemId>, Reason> {
    let kind = entry.kind();
    let known = |id: &str| match item_id(kind, id) {
        Some(item) => Ok(Some(item)),
        None if item_id(kind, "1").is_none() => Err(Reason::UnknownResource),
        None => Err(Reason::Id),
    };
    known("1")?;
    let own = text(entry.resource, "id");
    let method = entry.request.and_then(|r| text(r, "method"));
    let address = |url: &str| {
        let relative = context::relative(url)?;
        relative.strip_prefix(kind)?.strip_prefix('/').map(str::to_owned)
    };
    let put = entry.request.filter(|_| method == Some("PUT")).and_then(|r| text(r, "url")).and_then(address);
    match (own, put) {
        (Some(own), Some(put)) if own != put => Err(Reason::Invalid("request.url names another resource")),
        (Some(own), _) => known(own),
        (None, Some(put)) => known(&put),
        (None, None) => {
            let url = entry.full_url.unwrap_or("");
            match url.strip_prefix("urn:uuid:").map(str::to_owned).or_else(|| address(url)) {
                Some(id) => known(&id),
                None if kind == "DocumentReference" => Ok(None),
                None if method == Some("POST") => {
                    known(&crate::identity::digest(&json::canonical(entry.resource)))
                }
                None => Ok(None),
            }
        }
    }
}

#[cfg(test)]
mod tests;
