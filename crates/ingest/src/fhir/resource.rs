//! One resource under reading: typed access to its elements, with warnings.

use super::context::Context;
use super::json::{codings, label, text, texts, walk};
use super::people::{self, Party};
use super::security;
use crate::{Limits, Reason};
use record::{Author, Coded, Item, ItemId, Link, Note, NoteKind, PartialDate, Relation, Status, Text};
use serde_json::Value;
use std::cell::RefCell;

/// Elements that refer to other items of the record, for all resource types.
const LINKS: [(&str, Relation); 17] = [
    ("derivedFrom", Relation::DerivedFrom),
    ("partOf", Relation::Related),
    ("encounter", Relation::Related),
    ("context", Relation::Related),
    ("context.encounter", Relation::Related),
    ("context.related", Relation::Related),
    ("reasonReference", Relation::Related),
    ("basedOn", Relation::Related),
    ("hasMember", Relation::Related),
    ("result", Relation::Related),
    ("report", Relation::Related),
    ("diagnosis.condition", Relation::Related),
    ("evidence.detail", Relation::Related),
    ("appointment", Relation::Related),
    ("priorPrescription", Relation::Related),
    ("supportingInformation", Relation::Related),
    ("complicationDetail", Relation::Related),
];

/// One resource under reading.
pub(super) struct Resource<'a> {
    pub(super) json: &'a Value,
    pub(super) context: &'a Context<'a>,
    pub(super) limits: &'a Limits,
    warnings: RefCell<Vec<String>>,
}

impl<'a> Resource<'a> {
    pub(super) fn new(json: &'a Value, context: &'a Context<'a>, limits: &'a Limits) -> Self {
        Resource { json, context, limits, warnings: RefCell::default() }
    }

    /// Notes what was odd: a fixed phrase.
    pub(super) fn warn(&self, phrase: impl Into<String>) {
        self.warnings.borrow_mut().push(phrase.into());
    }

    pub(super) fn into_warnings(self) -> Vec<String> {
        self.warnings.into_inner()
    }

    pub(super) fn text(&self, path: &str) -> Option<&'a str> {
        text(self.json, path)
    }

    pub(super) fn texts(&self, path: &str) -> Vec<&'a str> {
        texts(self.json, path)
    }

    pub(super) fn walk(&self, path: &str) -> Vec<&'a Value> {
        walk(self.json, path)
    }

    /// The labels of the concepts at a path; a concept with codes alone is named by its first code.
    pub(super) fn labels(&self, path: &str) -> Vec<&'a str> {
        self.walk(path).into_iter().filter_map(|c| label(c).or_else(|| text(c, "coding.code"))).collect()
    }

    pub(super) fn codes(&self, path: &str) -> Vec<Coded> {
        self.walk(path).into_iter().flat_map(codings).collect()
    }

    /// The date of the act, which must be one if it is there.
    ///
    /// # Errors
    /// A text that is no date of the calendar.
    pub(super) fn act_date(&self, path: &'static str) -> Result<Option<PartialDate>, Reason> {
        let date = self.text(path).map(PartialDate::parse_iso).transpose();
        date.map_err(|_| Reason::Date(path))
    }

    /// Another date: a wrong one is left out with a warning.
    pub(super) fn date(&self, path: &'static str) -> Option<PartialDate> {
        let parsed = PartialDate::parse_iso(self.text(path)?);
        if parsed.is_err() {
            self.warn(format!("{path} is not a date of the calendar, left out"));
        }
        parsed.ok()
    }

    /// The time of `name[x]`: `nameDateTime`, `namePeriod`, `nameString`, `nameAge` or `nameRange`.
    ///
    /// # Errors
    /// A start that is no date of the calendar.
    pub(super) fn timing(&self, item: &mut Item, names: &Timing) -> Result<(), Reason> {
        item.start = match self.act_date(names.date_time)? {
            Some(start) => Some(start),
            None => self.act_date(names.period_start)?,
        };
        item.end = self.date(names.period_end);
        self.check_order(item);
        Ok(())
    }

    /// Drops an end that stands before its start.
    pub(super) fn check_order(&self, item: &mut Item) {
        if let (Some(start), Some(end)) = (item.start, item.end)
            && end.span().1 < start.span().0
        {
            self.warn("end is before start, left out");
            item.end = None;
        }
    }

    /// An item with what every resource may hold: flags, links, comments, language, status.
    ///
    /// # Errors
    /// An unknown confidentiality code.
    pub(super) fn item(&self, id: ItemId, title: &str) -> Result<Item, Reason> {
        let mut item = Item::new(id, title);
        let (flags, others) = security::flags(self.json)?;
        item.flags = flags;
        if others {
            self.warn("security labels other than confidentiality are left out");
        }
        item.language = self.text("language").map(str::to_owned);
        item.clinical_status = self.text("status").map(str::to_owned);
        if self.text("status") == Some("entered-in-error") {
            item.status = Status::Deleted;
        }
        for (path, relation) in LINKS {
            self.link(&mut item, path, relation);
        }
        self.notes(&mut item, NoteKind::Comment, self.texts("note.text"));
        Ok(item)
    }

    /// Adds links to the items that the references at a path name.
    pub(super) fn link(&self, item: &mut Item, path: &str, relation: Relation) {
        for reference in self.walk(path).into_iter().filter_map(|v| text(v, "reference")) {
            if let Some(target) = self.context.item(reference, self.json).filter(|t| *t != item.id) {
                push_link(item, relation, target.to_string());
            }
        }
    }

    /// Adds notes, each text once.
    pub(super) fn notes<'t>(
        &self,
        item: &mut Item,
        kind: NoteKind,
        texts: impl IntoIterator<Item = &'t str>,
    ) {
        for text in texts {
            push_note(item, kind, text);
        }
    }

    /// Adds the reasons of an act: in words, and what the conditions referred to are called.
    pub(super) fn reasons(&self, item: &mut Item, paths: &[&str]) {
        for path in paths {
            for value in self.walk(path) {
                let named = match text(value, "reference") {
                    None => {
                        label(value).or_else(|| text(value, "display")).or_else(|| text(value, "coding.code"))
                    }
                    Some(reference) => text(value, "display").or_else(|| {
                        let target = self.context.resolve(reference, self.json)?;
                        label(target.get("code")?)
                    }),
                };
                self.notes(item, NoteKind::Reason, named);
            }
        }
    }

    /// The people and establishments at the paths, as authors.
    pub(super) fn authors(&self, paths: &[&str]) -> Vec<Author> {
        let references = paths.iter().flat_map(|p| self.walk(p)).collect();
        people::authors(references, self.json, self.context)
    }

    /// The names of the places and establishments at a path.
    pub(super) fn places(&self, path: &str) -> Vec<String> {
        let party = |v| people::party(v, self.json, self.context);
        let shown = |v: &'a Value| match party(v) {
            Some(Party::Institution(name)) => Some(name),
            _ => text(v, "display").map(str::to_owned),
        };
        self.walk(path).into_iter().filter_map(shown).collect()
    }
}

/// The JSON names of a FHIR `x[x]` of time.
pub(super) struct Timing {
    pub(super) date_time: &'static str,
    pub(super) period_start: &'static str,
    pub(super) period_end: &'static str,
}

/// Adds a link that is not there yet.
pub(super) fn push_link(item: &mut Item, relation: Relation, target: String) {
    let link = Link { relation, target };
    if !item.links.contains(&link) {
        item.links.push(link);
    }
}

/// Adds a note that is not there yet.
pub(super) fn push_note(item: &mut Item, kind: NoteKind, text: &str) {
    let note = Note { kind, text: Text::from(text.trim()) };
    if !note.text.is_empty() && !item.notes.contains(&note) {
        item.notes.push(note);
    }
}
