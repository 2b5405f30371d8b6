//! Cards: what the record holds on the one thing that a query is about, each statement with its sources.
//!
//! A card quotes. It gives values as they were written or in the unit of the series, says where they stand and
//! who wrote them, and draws no conclusion: no diagnosis, no advice, no risk. It is shown where every word of
//! the query is understood and they name one thing, or ask for all things of a kind; where in doubt, there is
//! none.

mod condition;
mod event;
mod focus;
mod measure;
mod reach;
mod treatment;
mod vaccine;

use crate::Error;
use crate::answer::{Why, WhyReason};
use crate::cross::series::{Series, Source};
use crate::cross::{Cross, say};
use crate::query::Query;
use crate::row::Row;
use crate::view::View;
use record::{Item, ItemId, NoteKind, PartialDate, Text};

pub(crate) use focus::Focus;

/// What a card is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardKind {
    /// A laboratory or vital measure.
    Measure,
    /// A treatment.
    Treatment,
    /// A stay, a visit, an appointment, an operation, a pregnancy.
    Event,
    /// A vaccine.
    Vaccine,
    /// An allergy.
    Allergy,
    /// A condition.
    Condition,
}

impl CardKind {
    /// The name in the HTTP contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            CardKind::Measure => "measure",
            CardKind::Treatment => "treatment",
            CardKind::Event => "event",
            CardKind::Vaccine => "vaccine",
            CardKind::Allergy => "allergy",
            CardKind::Condition => "condition",
        }
    }
}

/// A card.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// What it is about.
    pub kind: CardKind,
    /// Its name.
    pub title: Text,
    /// All of it in a line.
    pub text: Text,
    /// The entry that it is mainly about.
    pub item: ItemId,
    /// The date of what it says first.
    pub date: Option<PartialDate>,
    /// Its statements, in order.
    pub fields: Vec<CardField>,
    /// All entries that belong to it, most telling first.
    pub items: Vec<ItemId>,
    /// The values of a measure.
    pub series: Option<Series>,
    /// Why it is here.
    pub why: Vec<Why>,
}

/// A statement of a card.
#[derive(Debug, Clone, PartialEq)]
pub struct CardField {
    /// Its name for programs.
    pub name: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// What it says.
    pub text: Text,
    /// The ISO date, where it says a date.
    pub value: Option<Text>,
    /// Where it stands.
    pub sources: Vec<Source>,
}

/// Most cards of an answer.
const MOST: usize = 20;

/// The cards of a query.
///
/// # Errors
/// A damaged pack.
pub(crate) fn cards(view: &View, cross: &Cross, query: &Query, focus: &Focus) -> Result<Vec<Card>, Error> {
    let maker = Maker { view, cross, query, focus };
    let mut out = maker.cards()?;
    out.truncate(MOST);
    Ok(out)
}

/// What cards are made from.
struct Maker<'a> {
    view: &'a View,
    cross: &'a Cross,
    query: &'a Query,
    focus: &'a Focus,
}

impl Maker<'_> {
    fn cards(&self) -> Result<Vec<Card>, Error> {
        use focus::Wish;
        for wish in &self.focus.wishes {
            let found = match wish {
                Wish::Measure(measures) => self.measures(measures)?,
                Wish::Treatments(wanted) => self.treatments(wanted)?,
                Wish::Events(wanted) => self.events(wanted)?,
                Wish::Appointments(wanted) => self.appointments(wanted)?,
                Wish::Vaccines(wanted) => self.vaccines(wanted)?,
                Wish::Allergies(wanted) => self.allergies(wanted)?,
                Wish::Conditions(wanted) => self.conditions(wanted)?,
            };
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    fn row(&self, item: u32) -> &Row {
        self.view.row(item as usize)
    }

    /// The number of the day of an entry.
    fn day(&self, item: u32) -> Option<i64> {
        self.row(item).date().map(|d| d.first_day_number())
    }

    fn item(&self, item: u32) -> Result<Item, Error> {
        self.view.stored(item as usize)
    }

    fn id(&self, item: u32) -> ItemId {
        self.row(item).id.clone()
    }

    fn ids(&self, items: impl IntoIterator<Item = u32>) -> Vec<ItemId> {
        let mut out: Vec<ItemId> = Vec::new();
        for id in items.into_iter().map(|i| self.id(i)) {
            if !out.contains(&id) {
                out.push(id);
            }
        }
        out
    }

    /// An item, and those that it stands for.
    fn with_twins(&self, item: u32) -> impl Iterator<Item = u32> {
        let twins = self.view.twins(item as usize).iter().filter(|t| self.cross.visible[**t]);
        std::iter::once(item).chain(twins.map(|t| *t as u32).filter(move |t| *t != item))
    }

    /// Where a statement of an item stands: the item, those that it stands for, the documents that state them.
    fn sources(&self, item: u32) -> Vec<Source> {
        let all = self.with_twins(item).flat_map(|i| {
            let parent = self.view.parent(i as usize).filter(|p| self.cross.visible[*p]);
            std::iter::once(i).chain(parent.map(|p| p as u32))
        });
        self.ids(all).into_iter().map(|item| Source { item, page: None, quote: None }).collect()
    }

    fn why(&self, matched: &str, text: String) -> Vec<Why> {
        let reason = if self.focus.typed.is_empty() { WhyReason::Filter } else { WhyReason::Concept };
        let query = Text::from(self.focus.typed.as_str());
        vec![Why { reason, query, matched: matched.into(), text: text.into(), score: None }]
    }

    /// Whether a date lies in the time that the query names.
    fn in_time(&self, row: &Row) -> bool {
        self.focus.in_time(row)
    }
}

/// Statements of a card, as they are gathered.
#[derive(Default)]
struct Fields(Vec<CardField>);

impl Fields {
    fn say(
        &mut self,
        name: &'static str,
        label: &'static str,
        text: impl Into<String>,
        sources: Vec<Source>,
    ) {
        let text: String = text.into();
        if !text.is_empty() {
            self.0.push(CardField { name, label, text: text.into(), value: None, sources });
        }
    }

    fn date(
        &mut self,
        name: &'static str,
        label: &'static str,
        date: Option<PartialDate>,
        sources: Vec<Source>,
    ) {
        let Some(date) = date else { return };
        let (text, value) = (say::date(date).into(), Some(date.to_string().into()));
        self.0.push(CardField { name, label, text, value, sources });
    }
}

/// The notes of an item of a kind, in a row.
fn notes(item: &Item, kind: NoteKind) -> String {
    let own: Vec<&str> = item.notes.iter().filter(|n| n.kind == kind).map(|n| &*n.text).collect();
    own.join(" · ")
}

/// Whether an entry says that there is none: "no known medication" (IHE PCC, codes `no-…`).
fn is_absence(row: &Row) -> bool {
    row.type_.as_ref().is_some_and(|(code, _)| code.starts_with("no-"))
}

/// Who: the first author with the specialty.
fn who(row: &Row) -> Option<String> {
    let author = row.authors.first()?;
    let name = author.name.as_deref().or(author.institution.as_deref())?;
    let specialty = author.specialty.as_deref().filter(|s| !s.is_empty());
    Some(specialty.map_or_else(|| name.to_owned(), |s| format!("{name} ({s})")))
}

/// Where: the institution of an author, or else the place that a note names.
fn place(row: &Row, item: &Item) -> Option<String> {
    let institution = row.authors.iter().find_map(|a| a.institution.as_deref().map(str::to_owned));
    let noted = || item.notes.iter().find(|n| n.kind == NoteKind::Location).map(|n| n.text.to_string());
    institution.or_else(noted)
}
