//! What the entries of a bundle say of each other: references and the patient.

use super::json::{text, walk};
use crate::identity::plain;
use crate::{PatientId, Reason};
use record::{ItemId, ResourceType};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// One resource, where it stands.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    /// Position in the source.
    pub(super) index: usize,
    /// `Bundle.entry.fullUrl`.
    pub(super) full_url: Option<&'a str>,
    /// `Bundle.entry.request`.
    pub(super) request: Option<&'a Value>,
    /// The resource, an object.
    pub(super) resource: &'a Value,
}

impl<'a> Entry<'a> {
    /// The resource's type.
    pub(super) fn kind(&self) -> &'a str {
        text(self.resource, "resourceType").unwrap_or("")
    }
}

/// All resources by what refers to them, and whom the bundle is about.
pub(super) struct Context<'a> {
    by_reference: HashMap<String, &'a Value>,
    patient: Option<Patient>,
    /// `Binary` resources that no document has asked for.
    idle_binaries: RefCell<HashSet<*const Value>>,
}

struct Patient {
    id: Option<String>,
    references: Vec<String>,
    identifiers: Vec<PatientId>,
}

impl<'a> Context<'a> {
    pub(super) fn new(entries: &[Entry<'a>]) -> Self {
        let mut by_reference = HashMap::new();
        for entry in entries {
            for key in references_of(entry) {
                by_reference.entry(key).or_insert(entry.resource);
            }
        }
        let patient = entries.iter().find(|e| e.kind() == "Patient").map(|entry| Patient {
            id: text(entry.resource, "id").map(str::to_owned),
            references: references_of(entry),
            identifiers: ins(entry.resource),
        });
        let idle_binaries =
            entries.iter().filter(|e| e.kind() == "Binary").map(|e| std::ptr::from_ref(e.resource)).collect();
        Context { by_reference, patient, idle_binaries: RefCell::new(idle_binaries) }
    }

    /// The resource that a `Reference` names: contained (`#id`), by full URL, or by type and id.
    pub(super) fn resolve(&self, reference: &str, within: &'a Value) -> Option<&'a Value> {
        if let Some(local) = reference.strip_prefix('#') {
            return walk(within, "contained").into_iter().find(|c| text(c, "id") == Some(local));
        }
        let found = self.by_reference.get(reference).or_else(|| self.by_reference.get(&relative(reference)?));
        found.copied().inspect(|resource| {
            self.idle_binaries.borrow_mut().remove(&std::ptr::from_ref(*resource));
        })
    }

    /// The item that a reference names: by its resource in the bundle, else by its own words.
    pub(super) fn item(&self, reference: &str, within: &'a Value) -> Option<ItemId> {
        if reference.starts_with('#') {
            return None;
        }
        let named = self
            .resolve(reference, within)
            .and_then(|resource| item_id(text(resource, "resourceType")?, text(resource, "id")?));
        named.or_else(|| {
            let relative = relative(reference)?;
            let (kind, id) = relative.split_once('/')?;
            item_id(kind, id)
        })
    }

    /// Whom a resource is about, by all its identifiers. A subject that is not the bundle's patient is
    /// refused; none at all is nobody else's.
    ///
    /// # Errors
    /// Another patient, or a subject that is no patient.
    pub(super) fn subject(
        &self,
        subject: Option<&Value>,
        within: &'a Value,
    ) -> Result<Vec<PatientId>, Reason> {
        let Some(subject) = subject else { return Ok(Vec::new()) };
        let mut ids: Vec<PatientId> =
            walk(subject, "identifier").into_iter().filter_map(identifier).collect();
        let reference = text(subject, "reference");
        if let Some(local) = reference.filter(|r| r.starts_with('#')) {
            let contained = self.resolve(local, within).ok_or(Reason::Patient)?;
            if text(contained, "resourceType") != Some("Patient") {
                return Err(Reason::Patient);
            }
            ids.extend(ins(contained));
        } else if let Some(reference) = reference {
            match reference.split_once('?') {
                Some(("Patient", search)) => ids.extend(searched(search)),
                Some(_) => return Err(Reason::Patient),
                None => {
                    let (id, known) = self.patient_of(reference)?;
                    ids.push(PatientId { system: "Patient".to_owned(), value: id });
                    ids.extend(known.iter().cloned());
                }
            }
        }
        ids.sort();
        ids.dedup();
        self.agree(&ids)?;
        Ok(ids)
    }

    /// Whether identifiers of one system are one value, here and with the bundle's patient.
    ///
    /// # Errors
    /// They are not.
    pub(super) fn agree(&self, ids: &[PatientId]) -> Result<(), Reason> {
        let known = self.patient.iter().flat_map(|p| &p.identifiers);
        if PatientId::disagree(ids.iter().chain(known)) { Err(Reason::Patient) } else { Ok(()) }
    }

    fn patient_of(&self, reference: &str) -> Result<(String, &[PatientId]), Reason> {
        let relative = relative(reference);
        let own_id = relative.as_deref().and_then(|r| r.strip_prefix("Patient/"));
        match &self.patient {
            Some(patient) => {
                let named = |r: &str| patient.references.iter().any(|known| known == r);
                if !named(reference) && !relative.as_deref().is_some_and(named) {
                    return Err(Reason::Patient);
                }
                let id = patient.id.as_deref().or(own_id).unwrap_or(plain(reference));
                Ok((id.to_owned(), &patient.identifiers))
            }
            None if own_id.is_some() => Ok((own_id.unwrap_or_default().to_owned(), &[])),
            None if reference.starts_with("urn:uuid:") => Ok((plain(reference).to_owned(), &[])),
            None => Err(Reason::Patient),
        }
    }

    /// How many `Binary` resources no document has asked for.
    pub(super) fn idle_binaries(&self) -> usize {
        self.idle_binaries.borrow().len()
    }
}

fn references_of(entry: &Entry<'_>) -> Vec<String> {
    let by_id = text(entry.resource, "id").map(|id| format!("{}/{id}", entry.kind()));
    let by_url = entry.full_url.map(str::to_owned);
    let by_relative = entry.full_url.and_then(relative);
    let mut all: Vec<String> = [by_id, by_url, by_relative].into_iter().flatten().collect();
    all.dedup();
    all
}

/// `Type/id` at the end of a reference; its version and its server are left out.
pub(super) fn relative(reference: &str) -> Option<String> {
    let unversioned = reference.split("/_history/").next()?.split(['#', '?', '|']).next()?;
    let mut parts = unversioned.rsplit('/');
    let (id, kind) = (parts.next()?, parts.next()?);
    let is_type =
        kind.starts_with(|c: char| c.is_ascii_uppercase()) && kind.bytes().all(|b| b.is_ascii_alphabetic());
    (is_type && !id.is_empty()).then(|| format!("{kind}/{id}"))
}

/// The item of a resource; a report is the document that it becomes.
pub(super) fn item_id(kind: &str, id: &str) -> Option<ItemId> {
    let fhir = id.len() <= 64 && id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    if !fhir {
        return None;
    }
    if kind == "DiagnosticReport" {
        return ItemId::new(ResourceType::DocumentReference, &format!("DiagnosticReport-{id}")).ok();
    }
    ItemId::new(kind.parse().ok()?, id).ok()
}

/// The INS of a conditional reference (`Patient?identifier=urn:oid:…|…`), which the DMP's transactions use.
fn searched(search: &str) -> Option<PatientId> {
    let identifier = search.split('&').find_map(|part| part.strip_prefix("identifier="))?;
    let (system, value) = identifier.split_once('|').or_else(|| identifier.split_once("%7C"))?;
    PatientId::ins(plain(system), value.trim())
}

fn ins(patient: &Value) -> Vec<PatientId> {
    walk(patient, "identifier").into_iter().filter_map(identifier).collect()
}

/// An identifier that is an INS; local numbers are left out.
fn identifier(value: &Value) -> Option<PatientId> {
    let system = plain(text(value, "system")?);
    PatientId::ins(system, text(value, "value")?).filter(|_| text(value, "use") != Some("old"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_lose_their_server_and_version() {
        for (reference, expected) in [
            ("Patient/1", Some("Patient/1")),
            ("http://example.org/fhir/Patient/pat-101", Some("Patient/pat-101")),
            ("DocumentReference/a/_history/2", Some("DocumentReference/a")),
            ("urn:uuid:0bc1597c", None),
            ("files/doc-001.pdf", None),
            ("Patient/", None),
            ("x", None),
        ] {
            assert_eq!(relative(reference).as_deref(), expected, "{reference}");
        }
    }
}
