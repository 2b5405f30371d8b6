//! Coded entries of a structured body → items derived from the document.
//!
//! Entries are recognised by template, wherever they stand. What says something *of* an entry (severity,
//! certainty, rank of a dose, reaction, comment) becomes a note of its item, not an item. Ids count all
//! entries of a kind in the order of the document, also those that give no item, so that they stay.
//!
//! **Moods.** A medication or a supply that is not an event (`INT`, `RQO`, `PRP`) is a prescription; such
//! an encounter is an appointment; such a procedure or vaccine keeps its kind with the status
//! `preparation`; such an observation is a goal or an order: it is counted and stays in the narrative.
//!
//! **Absence.** An entry that states an absence (`negationInd`, a `no-known-…` code) is kept, since "no
//! known allergy" answers a question: its clinical status is [`NEGATED`], and a note says so. An entry
//! that says nothing (`nullFlavor`, a `no-…-info` code, no name) gives no item and is counted.

mod act;
mod details;
mod medication;
mod observation;
mod problem;

use super::people::authors;
use super::value::{Period, References};
use super::xml::{attribute, child, children, path, text_of};
use details::Details;
use record::{Coded, Item, ItemId, Link, Note, NoteKind, Relation, ResourceType, Text};
use roxmltree::Node;

/// Clinical status of an item whose entry states an absence.
pub(super) const NEGATED: &str = "negated";

/// IHE PCC medication (1.3.6.1.4.1.19376.1.5.3.1.4.7).
const MEDICATION: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.7";
/// IHE PCC immunization, and CI-SIS recommended vaccine.
const IMMUNIZATION: [&str; 2] = ["1.3.6.1.4.1.19376.1.5.3.1.4.12", "1.3.6.1.4.1.19376.1.5.3.1.4.12.2"];
/// IHE PCC problem. An allergy has this template too.
const PROBLEM: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.5";
/// IHE PCC allergy or intolerance.
const ALLERGY: &str = "1.3.6.1.4.1.19376.1.5.3.1.4.6";
/// IHE laboratory observation, IHE PCC vital sign.
const OBSERVATION: [&str; 2] = ["1.3.6.1.4.1.19376.1.3.1.6", "1.3.6.1.4.1.19376.1.5.3.1.4.13.2"];
/// IHE PCC procedure, DICOM imaging procedure.
const PROCEDURE: [&str; 2] = ["1.3.6.1.4.1.19376.1.5.3.1.4.19", "1.2.840.10008.9.14"];

/// LOINC "Type de document": says what an attached file is, nothing of the patient.
const ATTACHED_TYPE: &str = "69764-9";
/// LOINC "Localisation anatomique": where another observation was made.
const BODY_SITE: &str = "39111-0";

/// Elements that hold entries.
const STRUCTURE: [&str; 11] = [
    "component",
    "section",
    "entry",
    "entryRelationship",
    "act",
    "organizer",
    "observation",
    "procedure",
    "supply",
    "encounter",
    "substanceAdministration",
];

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Medication,
    Condition,
    Allergy,
    Immunization,
    Observation,
    Procedure,
    Encounter,
    /// A device, a quantity supplied: holds details, gives no item.
    Supply,
}

impl Class {
    /// The part of an id that names the class.
    fn suffix(self) -> &'static str {
        match self {
            Class::Medication => "med",
            Class::Condition => "prob",
            Class::Allergy => "alg",
            Class::Immunization => "imm",
            Class::Observation => "obs",
            Class::Procedure => "proc",
            Class::Encounter => "enc",
            Class::Supply => "sup",
        }
    }
}

/// What a statement gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Statement {
    Item(Class),
    /// Says something of the entry that holds it.
    Detail,
    Other,
}

/// Where the walk stands.
#[derive(Clone, Copy)]
struct Place<'a, 'i> {
    /// The nearest section with a title.
    section: Option<Node<'a, 'i>>,
    /// When the organizer or act that holds the entry took place.
    time: Period,
    /// The nearest entry of a class.
    owner: Option<Class>,
}

/// Entries that gave no item.
#[derive(Default)]
struct Skipped {
    withdrawn: usize,
    silent: usize,
    planned: usize,
    beyond_limit: usize,
}

struct Reader<'a, 'i, 'd> {
    refs: References<'a, 'i>,
    document: &'d Item,
    items: Vec<Item>,
    counts: [usize; 8],
    skipped: Skipped,
    limit: usize,
}

/// Reads the entries of a structured body. The items inherit flags, status and, where they name nobody,
/// the authors of `document`.
pub(super) fn read(body: Node<'_, '_>, document: &Item, limit: usize) -> (Vec<Item>, Vec<String>) {
    let mut reader = Reader {
        refs: References::new(body),
        document,
        items: Vec::new(),
        counts: [0; 8],
        skipped: Skipped::default(),
        limit,
    };
    reader.walk(body, Place { section: None, time: Period::default(), owner: None });
    let warnings = reader.warnings();
    (reader.items, warnings)
}

impl<'a, 'i> Reader<'a, 'i, '_> {
    fn walk(&mut self, node: Node<'a, 'i>, place: Place<'a, 'i>) {
        for node in node.children().filter(|c| STRUCTURE.contains(&c.tag_name().name())) {
            match classify(node, place.owner) {
                Statement::Item(class) => {
                    self.counts[class as usize] += 1;
                    if self.withdrawn(node) {
                        continue;
                    }
                    self.add(node, class, place);
                    self.walk(node, Place { owner: Some(class), ..place });
                }
                Statement::Detail | Statement::Other => self.walk(node, self.below(node, place)),
            }
        }
    }

    /// The place inside an element that is no item.
    fn below(&self, node: Node<'a, 'i>, place: Place<'a, 'i>) -> Place<'a, 'i> {
        match node.tag_name().name() {
            "section" => Place {
                section: if text_of_child(node, "title").is_some() { Some(node) } else { place.section },
                time: Period::default(),
                owner: None,
            },
            "act" | "organizer" => {
                let own = self.refs.period(node);
                Place { time: if own == Period::default() { place.time } else { own }, ..place }
            }
            "supply" => Place { owner: Some(Class::Supply), ..place },
            _ => place,
        }
    }

    fn withdrawn(&mut self, node: Node<'_, '_>) -> bool {
        let status = child(node, "statusCode").and_then(|s| attribute(s, "code"));
        let withdrawn = matches!(status, Some("nullified" | "aborted"));
        self.skipped.withdrawn += usize::from(withdrawn);
        withdrawn
    }

    fn add(&mut self, node: Node<'a, 'i>, class: Class, place: Place<'a, 'i>) {
        if self.items.len() >= self.limit {
            self.skipped.beyond_limit += 1;
            return;
        }
        if class == Class::Observation && !is_event(node) {
            self.skipped.planned += 1;
            return;
        }
        let draft = match (node.has_attribute("nullFlavor"), class) {
            (true, _) | (_, Class::Supply) => None,
            (_, Class::Medication) => self.medication(node),
            (_, Class::Immunization) => self.immunization(node),
            (_, Class::Condition) => self.condition(node),
            (_, Class::Allergy) => self.allergy(node),
            (_, Class::Observation) => self.observation(node, place.time),
            (_, Class::Procedure) => self.procedure(node),
            (_, Class::Encounter) => self.encounter(node),
        };
        match draft.filter(Draft::says_something).and_then(|d| self.finish(d, node, class, place)) {
            Some(item) => self.items.push(item),
            None => self.skipped.silent += 1,
        }
    }

    /// What all items have: id, document, authors, section, the statement of an absence.
    fn finish(&self, draft: Draft, node: Node<'_, '_>, class: Class, place: Place<'_, '_>) -> Option<Item> {
        let id = format!("{}.{}{}", self.document.id.id(), class.suffix(), self.counts[class as usize]);
        let mut item = Item::new(ItemId::new(draft.resource, &id).ok()?, &draft.title);
        let negated = draft.is_negated(node);
        (item.start, item.end) = (draft.period.start, draft.period.end);
        item.created = self.document.created;
        item.status = self.document.status;
        item.flags = self.document.flags;
        item.language.clone_from(&self.document.language);
        item.authors = authors(node, "author");
        item.authors.extend(authors(node, "performer"));
        if item.authors.is_empty() {
            item.authors.clone_from(&self.document.authors);
        }
        item.links.push(Link { relation: Relation::DerivedFrom, target: self.document.id.to_string() });
        item.codes = draft.codes;
        item.measures = draft.measures;
        item.notes = draft.details.notes;
        item.clinical_status = if negated { Some(NEGATED.to_owned()) } else { draft.details.status };
        if negated {
            item.notes.push(note(NoteKind::Result, absence(class)));
        }
        if let Some(title) = place.section.and_then(|s| text_of_child(s, "title")) {
            item.notes.push(note(NoteKind::Section, &title));
        }
        Some(item)
    }

    fn warnings(&self) -> Vec<String> {
        let told = [
            (self.skipped.withdrawn, "withdrawn entries were left out"),
            (self.skipped.silent, "entries say nothing beyond the narrative"),
            (self.skipped.planned, "goals and ordered observations are in the narrative alone"),
            (self.skipped.beyond_limit, "entries are beyond the limit"),
            (self.refs.dangling.get(), "references of entries have no target in the narrative"),
            (self.refs.bad_dates.get(), "dates of entries are not dates of the calendar"),
        ];
        told.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect()
    }
}

/// An item before it has its id.
struct Draft {
    resource: ResourceType,
    title: String,
    codes: Vec<Coded>,
    period: Period,
    measures: Vec<record::Measure>,
    details: Details,
}

impl Draft {
    fn says_something(&self) -> bool {
        let title = record::french::fold(&self.title);
        let no_information = |c: &Coded| c.code.starts_with("no-") && c.code.ends_with("-info");
        let empty = matches!(title.trim(), "" | "aucun" | "aucune" | "neant" | "pas d'information");
        !empty && !self.codes.iter().any(no_information)
    }

    fn is_negated(&self, node: Node<'_, '_>) -> bool {
        attribute(node, "negationInd") == Some("true")
            || self.details.refuted
            || self.codes.iter().any(|c| c.code.starts_with("no-known-"))
    }
}

/// How an absence reads.
fn absence(class: Class) -> &'static str {
    match class {
        Class::Immunization | Class::Procedure | Class::Encounter => "non fait",
        Class::Medication => "non pris",
        _ => "absent",
    }
}

fn classify(node: Node<'_, '_>, owner: Option<Class>) -> Statement {
    let has = |template: &str| children(node, "templateId").any(|t| attribute(t, "root") == Some(template));
    let has_one = |templates: &[&str]| templates.iter().any(|t| has(t));
    match node.tag_name().name() {
        "substanceAdministration" if has_one(&IMMUNIZATION) => Statement::Item(Class::Immunization),
        // Steps of a dosage stand as administrations inside the medication; so does the dosage of a
        // dispensed drug, with the template of a medication and no drug of its own.
        "substanceAdministration"
            if owner == Some(Class::Medication) && !(has(MEDICATION) && medication::has_drug(node)) =>
        {
            Statement::Detail
        }
        "substanceAdministration" => Statement::Item(Class::Medication),
        "supply" if owner.is_none() && medication::product(node).is_some() => {
            Statement::Item(Class::Medication)
        }
        "observation" if has(ALLERGY) => Statement::Item(Class::Allergy),
        "observation" if has(PROBLEM) => match owner {
            Some(Class::Allergy | Class::Immunization) => Statement::Detail,
            _ => Statement::Item(Class::Condition),
        },
        "observation" if has_one(&OBSERVATION) => Statement::Item(Class::Observation),
        "observation" => classify_observation(node, owner),
        "procedure" if has_one(&PROCEDURE) => Statement::Item(Class::Procedure),
        "encounter" => Statement::Item(Class::Encounter),
        _ => Statement::Other,
    }
}

/// An observation without a template that we know: an item when LOINC says what it is and a value stands,
/// and no problem, drug, act or device is what it speaks of.
fn classify_observation(node: Node<'_, '_>, owner: Option<Class>) -> Statement {
    let code = child(node, "code");
    let loinc = code.filter(|c| attribute(*c, "codeSystem") == Some(record::system::LOINC));
    let code = loinc.and_then(|c| attribute(c, "code"));
    let nested = node.parent().is_some_and(|p| p.tag_name().name() == "entryRelationship");
    match (code, owner) {
        (Some(ATTACHED_TYPE), _) => Statement::Other,
        (Some(BODY_SITE), _) if nested => Statement::Detail,
        (Some(_), None | Some(Class::Observation)) if child(node, "value").is_some() => {
            Statement::Item(Class::Observation)
        }
        (_, Some(_)) => Statement::Detail,
        (_, None) => Statement::Other,
    }
}

/// Whether a label names something: producers point names at the answer of a form.
fn names(label: &str) -> bool {
    !matches!(record::french::fold(label).trim(), "" | "oui" | "non" | "n/a" | "-")
}

fn is_event(node: Node<'_, '_>) -> bool {
    matches!(attribute(node, "moodCode"), None | Some("EVN"))
}

fn note(kind: NoteKind, text: &str) -> Note {
    Note { kind, text: Text::from(text) }
}

fn text_of_child(node: Node<'_, '_>, name: &'static str) -> Option<String> {
    child(node, name).and_then(text_of)
}

/// The label of the first code at a path.
fn label_at(refs: &References<'_, '_>, node: Node<'_, '_>, names: &[&'static str]) -> Option<String> {
    path(node, names).and_then(|c| refs.coded(c)).map(|c| c.label().to_owned())
}
