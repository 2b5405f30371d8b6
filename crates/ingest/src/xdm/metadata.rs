//! `METADATA.XML`: ebRIM 3.0 as IHE ITI TF-3 §4.2 uses it.

use crate::identity::plain;
use crate::{Error, Limits, PatientId, Reason};
use record::{
    Author, AuthorKind, Coded, DocumentEntry, Flags, Item, ItemId, Link, Note, NoteKind, PartialDate,
    Relation, Status, Text,
};
use roxmltree::{Document, Node, ParsingOptions};

/// Classification schemes and identification schemes of a document entry (ITI TF-3 §4.2.5.2).
mod scheme {
    pub(super) const AUTHOR: &str = "93606bcf-9494-43ec-9b4e-a7748d1a838d";
    pub(super) const CLASS: &str = "41a5887f-8865-4c09-adf7-e362475b143a";
    pub(super) const CONFIDENTIALITY: &str = "f4f85eac-e6cb-4883-b524-f2705394840f";
    pub(super) const EVENT: &str = "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4";
    pub(super) const FORMAT: &str = "a09d5840-386c-46f2-b5ad-9c3699a4309d";
    pub(super) const FACILITY: &str = "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1";
    pub(super) const PRACTICE_SETTING: &str = "cccf5598-8b07-4b77-a05e-ae952c785ead";
    pub(super) const TYPE: &str = "f0306f51-975f-434e-a61c-c59651d33983";
    pub(super) const UNIQUE_ID: &str = "2e82c1f6-a085-4c72-9da3-8640a32e42ab";
    pub(super) const PATIENT_ID: &str = "58a6f841-87b3-4a3e-92fd-a8ffeff98427";
}

/// What the metadata say of one document.
#[derive(Default)]
pub(super) struct Entry {
    /// Its file, from the folder of the metadata.
    pub(super) uri: Option<String>,
    pub(super) size: Option<u64>,
    /// SHA-1.
    pub(super) hash: Option<String>,
    pub(super) patients: Vec<PatientId>,
    pub(super) document: DocumentEntry,
    /// The metadata of this document alone, as XML.
    pub(super) descriptor: Vec<u8>,
    pub(super) warnings: Vec<String>,
    title: String,
    comments: Option<String>,
    start: Option<PartialDate>,
    end: Option<PartialDate>,
    created: Option<PartialDate>,
    language: Option<String>,
    status: Status,
    flags: Flags,
    authors: Vec<Author>,
    links: Vec<Link>,
}

impl Entry {
    /// The item of that id; it takes the metadata over.
    pub(super) fn item(&mut self, id: ItemId) -> Item {
        let mut item = Item::new(id, &self.title);
        item.document = Some(std::mem::take(&mut self.document));
        item.start = self.start;
        item.end = self.end;
        item.created = self.created;
        item.status = self.status;
        item.flags = self.flags;
        item.language = self.language.take();
        item.authors = std::mem::take(&mut self.authors);
        item.links = std::mem::take(&mut self.links);
        let note = |text: String| Note { kind: NoteKind::Comment, text: Text::from(text) };
        item.notes.extend(self.comments.take().map(note));
        item
    }
}

/// The documents that the metadata name, in their order; each is read or refused alone.
///
/// # Errors
/// XML that is not well-formed, has a DOCTYPE, or is over the limits.
pub(super) fn entries(bytes: &[u8], limits: &Limits) -> Result<Vec<Result<Entry, Reason>>, Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| Error::Utf8)?;
    // The parser keeps its own stack and its tree is a list: nesting costs no more than its nodes.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: limits.xml_nodes, ..Default::default() };
    let tree = Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => Error::Doctype,
        roxmltree::Error::NodesLimitReached => {
            Error::TooLarge { what: "number of XML nodes", limit: limits.xml_nodes as usize }
        }
        other => Error::Xml { line: other.pos().row },
    })?;
    let objects: Vec<Node<'_, '_>> = tree.descendants().filter(|n| is(*n, "ExtrinsicObject")).collect();
    if objects.len() > limits.entries {
        return Err(Error::TooLarge { what: "number of documents", limit: limits.entries });
    }
    let registry = Registry {
        associations: tree.descendants().filter(|n| is(*n, "Association")).collect(),
        objects: objects.clone(),
    };
    Ok(objects.into_iter().map(|object| registry.entry(object, text)).collect())
}

fn is(node: Node<'_, '_>, name: &str) -> bool {
    node.is_element() && node.tag_name().name() == name
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |n| is(*n, name))
}

fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attribute(name).map(str::trim).filter(|v| !v.is_empty())
}

/// The values of a slot.
fn slot<'a>(object: Node<'a, '_>, name: &str) -> Vec<&'a str> {
    children(object, "Slot")
        .filter(|s| attribute(*s, "name") == Some(name))
        .flat_map(|s| children(s, "ValueList"))
        .flat_map(|list| children(list, "Value"))
        .filter_map(|value| value.text().map(str::trim).filter(|t| !t.is_empty()))
        .collect()
}

/// `Name` or `Description` of an object.
fn localized<'a>(object: Node<'a, '_>, name: &'static str) -> Option<&'a str> {
    children(object, name).flat_map(|n| children(n, "LocalizedString")).find_map(|s| attribute(s, "value"))
}

/// The classifications of a scheme.
fn classified<'a, 'i>(object: Node<'a, 'i>, scheme: &str) -> Vec<Node<'a, 'i>> {
    let of_scheme = |n: &Node<'_, '_>| {
        attribute(*n, "classificationScheme").is_some_and(|s| plain(s).eq_ignore_ascii_case(scheme))
    };
    children(object, "Classification").filter(of_scheme).collect()
}

fn coded(classification: Node<'_, '_>) -> Option<Coded> {
    let code = attribute(classification, "nodeRepresentation")?;
    let system = slot(classification, "codingScheme").first().copied().unwrap_or("");
    Some(Coded::new(plain(system), code, localized(classification, "Name")))
}

struct Registry<'a, 'i> {
    associations: Vec<Node<'a, 'i>>,
    objects: Vec<Node<'a, 'i>>,
}

impl Registry<'_, '_> {
    fn entry(&self, object: Node<'_, '_>, text: &str) -> Result<Entry, Reason> {
        let mut entry = Entry {
            uri: uri(object),
            size: slot(object, "size").first().and_then(|s| s.parse().ok()),
            hash: slot(object, "hash").first().map(|h| (*h).to_owned()),
            title: localized(object, "Name").unwrap_or("").to_owned(),
            comments: localized(object, "Description").map(str::to_owned),
            language: slot(object, "languageCode").first().map(|l| (*l).to_owned()),
            status: status(object)?,
            flags: flags(object)?,
            authors: classified(object, scheme::AUTHOR).into_iter().map(author).collect(),
            links: self.links(object),
            patients: patients(object),
            document: document(object),
            ..Entry::default()
        };
        let date = |name| slot(object, name).first().map(|value| PartialDate::parse_hl7(value));
        entry.start = date("serviceStartTime").transpose().map_err(|_| Reason::Date("serviceStartTime"))?;
        for (name, field) in [("serviceStopTime", &mut entry.end), ("creationTime", &mut entry.created)] {
            match date(name) {
                Some(Ok(date)) => *field = Some(date),
                Some(Err(_)) => {
                    entry.warnings.push(format!("{name} is not a date of the calendar, left out"))
                }
                None => {}
            }
        }
        entry.descriptor = self.descriptor(object, text);
        Ok(entry)
    }

    /// The associations that begin at this document.
    fn own<'s>(&'s self, object: Node<'_, '_>) -> impl Iterator<Item = Node<'s, 's>> {
        let id = attribute(object, "id").map(str::to_owned);
        self.associations.iter().copied().filter(move |a| {
            let source = attribute(*a, "sourceObject");
            source.is_some() && source == id.as_deref()
        })
    }

    fn links(&self, object: Node<'_, '_>) -> Vec<Link> {
        let link = |association: Node<'_, '_>| {
            let kind = attribute(association, "associationType")?;
            let relation = match kind.rsplit(':').next()? {
                "RPLC" | "XFRM_RPLC" => Relation::Replaces,
                "APND" => Relation::Appends,
                "XFRM" => Relation::Transforms,
                "signs" => Relation::Related,
                _ => return None,
            };
            let target = attribute(association, "targetObject")?;
            Some(Link { relation, target: self.target(target) })
        };
        self.own(object).filter_map(link).collect()
    }

    /// A document of the same archive by its unique id, another one by its entry UUID.
    fn target(&self, id: &str) -> String {
        let here = self.objects.iter().find(|o| attribute(**o, "id") == Some(id));
        here.and_then(|o| external(*o, scheme::UNIQUE_ID)).unwrap_or_else(|| plain(id)).to_owned()
    }

    /// The document's own part of the metadata, with the names that its prefixes stand for.
    fn descriptor(&self, object: Node<'_, '_>, text: &str) -> Vec<u8> {
        let mut out = String::from("<RegistryObjectList");
        for namespace in object.namespaces().filter(|n| n.name() != Some("xml")) {
            let prefix = namespace.name().map_or(String::new(), |name| format!(":{name}"));
            let uri = namespace.uri().replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;");
            out.push_str(&format!(" xmlns{prefix}=\"{uri}\""));
        }
        out.push('>');
        for node in std::iter::once(object.range()).chain(self.own(object).map(|a| a.range())) {
            out.push_str(text.get(node).unwrap_or(""));
        }
        out.push_str("</RegistryObjectList>");
        out.into_bytes()
    }
}

fn external<'a>(object: Node<'a, '_>, scheme: &str) -> Option<&'a str> {
    children(object, "ExternalIdentifier")
        .find(|n| {
            attribute(*n, "identificationScheme").is_some_and(|s| plain(s).eq_ignore_ascii_case(scheme))
        })
        .and_then(|n| attribute(n, "value"))
        .map(plain)
}

/// The file's name; a long one comes in numbered pieces (`1|…`, `2|…`).
fn uri(object: Node<'_, '_>) -> Option<String> {
    let values = slot(object, "URI");
    let mut pieces: Vec<(u32, &str)> = values
        .iter()
        .filter_map(|v| v.split_once('|'))
        .filter_map(|(n, p)| Some((n.parse().ok()?, p)))
        .collect();
    if pieces.is_empty() {
        return values.first().map(|v| (*v).to_owned());
    }
    pieces.sort_unstable_by_key(|(n, _)| *n);
    Some(pieces.into_iter().map(|(_, piece)| piece).collect())
}

fn status(object: Node<'_, '_>) -> Result<Status, Reason> {
    match attribute(object, "status").and_then(|s| s.rsplit(':').next()) {
        None | Some("Approved" | "Submitted") => Ok(Status::Current),
        Some("Deprecated") => Ok(Status::Superseded),
        Some("Archived") => Ok(Status::Archived),
        Some("Deleted") => Ok(Status::Deleted),
        Some(_) => Err(Reason::Invalid("its status is not one of XDS or CI-SIS")),
    }
}

fn flags(object: Node<'_, '_>) -> Result<Flags, Reason> {
    classified(object, scheme::CONFIDENTIALITY).into_iter().try_fold(Flags::NORMAL, |flags, code| {
        let flag = attribute(code, "nodeRepresentation").and_then(Flags::from_code);
        Ok(flags | flag.ok_or(Reason::Confidentiality)?)
    })
}

fn document(object: Node<'_, '_>) -> DocumentEntry {
    let one = |scheme| classified(object, scheme).into_iter().find_map(coded);
    DocumentEntry {
        type_code: one(scheme::TYPE),
        class_code: one(scheme::CLASS),
        format_code: one(scheme::FORMAT),
        event_codes: classified(object, scheme::EVENT).into_iter().filter_map(coded).collect(),
        facility_type: one(scheme::FACILITY),
        practice_setting: one(scheme::PRACTICE_SETTING),
        unique_id: external(object, scheme::UNIQUE_ID).map(str::to_owned),
        logical_id: attribute(object, "lid").map(|l| plain(l).to_owned()),
        // Before registration an id may be any name inside the archive.
        entry_uuid: attribute(object, "id")
            .filter(|id| id.starts_with("urn:uuid:"))
            .map(|id| plain(id).to_owned()),
        media_type: attribute(object, "mimeType").map(str::to_owned),
        legal_authenticator: slot(object, "legalAuthenticator").first().map(|xcn| person(xcn)),
        ..DocumentEntry::default()
    }
}

/// The INS among the patient's identifiers (CX: `value^^^&root&ISO`).
fn patients(object: Node<'_, '_>) -> Vec<PatientId> {
    let own = external(object, scheme::PATIENT_ID);
    let values = own.into_iter().chain(slot(object, "sourcePatientId"));
    let ins = |cx: &str| PatientId::ins(component(cx, 3)?.split('&').nth(1)?, component(cx, 0)?);
    values.filter_map(ins).collect()
}

/// A component of an HL7 v2 field; `None` where it is empty.
fn component(field: &str, at: usize) -> Option<&str> {
    field.split('^').nth(at).map(str::trim).filter(|c| !c.is_empty())
}

/// XCN: `identifier^family^given^…`; words alone are a name.
fn person(xcn: &str) -> Author {
    let text = |at| component(xcn, at).map(Text::from);
    if !xcn.contains('^') {
        return crate::fhir::person(xcn);
    }
    Author { identifier: text(0), family: text(1), given: text(2), ..Author::default() }
}

fn author(classification: Node<'_, '_>) -> Author {
    let first = |name| slot(classification, name).into_iter().next();
    let mut author = first("authorPerson").map(person).unwrap_or_default();
    author.institution = first("authorInstitution").and_then(|xon| component(xon, 0)).map(Text::from);
    author.role = first("authorRole").and_then(|role| component(role, 0)).map(Text::from);
    author.specialty = first("authorSpecialty").map(specialty);
    let is_patient = author.specialty.as_ref().is_some_and(|s| s.code == "EXP_PATIENT");
    author.kind = match author.family {
        _ if is_patient => AuthorKind::Patient,
        None if author.institution.is_some() => AuthorKind::Organization,
        _ => AuthorKind::Practitioner,
    };
    author
}

/// `code^label^oid`, or words alone.
fn specialty(value: &str) -> Coded {
    match (component(value, 0), component(value, 1)) {
        (Some(code), Some(label)) => {
            let system = component(value, 2).unwrap_or("");
            let root = system.split('&').nth(1).unwrap_or(system);
            Coded::new(plain(root), code, Some(label))
        }
        (Some(words), None) if lexicon::specialty_label(words).is_some() => {
            Coded::new("", words, lexicon::specialty_label(words))
        }
        _ => Coded::new("", "", Some(value.trim_matches('^'))),
    }
}
