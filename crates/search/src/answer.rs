//! What is answered. Plain data; the server turns it into the wire types of the HTTP contract.

use crate::{Card, Context, Cursor};
use record::{Fault, Flags, ItemId, Kind, PartialDate, Rect, Status, Text};

/// The answer to a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Whether something is above the bar.
    pub matched: bool,
    /// One page of results, best first.
    pub hits: Vec<Hit>,
    /// Results below the bar, shown apart.
    pub near: Vec<Hit>,
    /// What the record holds on the one thing that the query is about; on the first page alone.
    pub cards: Vec<Card>,
    /// Counts over all results.
    pub facets: Facets,
    /// How many results there are on all pages.
    pub total: usize,
    /// What was understood of the query.
    pub understood: Understood,
    /// What of the record was searched.
    pub coverage: Coverage,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
    /// Where the time went. Not part of the answer's identity.
    pub timings: Timings,
}

/// Time spent, in milliseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timings {
    /// Analysis and expansion of the query.
    pub understand: f64,
    /// Making a vector of the query.
    pub embed: f64,
    /// Reading postings and vectors, and scoring.
    pub legs: f64,
    /// Folding, ordering, facets, snippets.
    pub rank: f64,
}

/// Two answers are the same whatever time they took.
impl PartialEq for Timings {
    fn eq(&self, _: &Timings) -> bool {
        true
    }
}

/// One result.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// Its reference.
    pub item: ItemId,
    /// Its title; the type label where the source gave a file name or nothing.
    pub title: Text,
    /// Date of the act.
    pub date: Option<PartialDate>,
    /// Document type, or the first code of another kind.
    pub type_: Option<TypeName>,
    /// First author.
    pub author: Option<AuthorName>,
    /// Availability.
    pub status: Status,
    /// Flags, where the grant shows them.
    pub flags: Option<Flags>,
    /// Score, higher is better; comparable within one answer.
    pub score: f32,
    /// Where the words stand.
    pub snippets: Vec<Snippet>,
    /// How what was found is meant, where all of it is meant so: denied, of a relative, feared…
    pub context: Vec<Context>,
    /// Why it is here.
    pub why: Vec<Why>,
    /// How many versions of it the record has, this one included.
    pub versions: usize,
    /// Entries that are linked with it, strongest link first.
    pub related: Vec<ItemId>,
    /// The episode that it is a part of.
    pub episode: Option<EpisodeName>,
}

/// An episode, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpisodeName {
    /// The name for programs: as the timeline gives it and takes it.
    pub id: Text,
    /// In plain French.
    pub title: Text,
}

/// A code with its label, for display.
#[derive(Clone, PartialEq, Eq)]
pub struct TypeName {
    /// The code.
    pub code: String,
    /// The label.
    pub display: Text,
}

// The code of a diagnosis speaks of the patient as much as its label does.
impl std::fmt::Debug for TypeName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TypeName(…)")
    }
}

/// An author, for display.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthorName {
    /// Person, or institution where no person is named.
    pub name: Option<Text>,
    /// Specialty label.
    pub specialty: Option<Text>,
    /// Institution.
    pub institution: Option<Text>,
}

/// An excerpt with the places of the words that matched.
#[derive(Debug, Clone, PartialEq)]
pub struct Snippet {
    /// The excerpt.
    pub text: Text,
    /// Start and end of each matched word, in Unicode code points of `text`.
    pub highlights: Vec<(usize, usize)>,
    /// How each concept that it shows is meant.
    pub contexts: Vec<Vec<Context>>,
    /// 1-based page.
    pub page: Option<u32>,
    /// Lines of the page that hold matched words.
    pub boxes: Vec<Rect>,
    /// Mean confidence (0–1) where the text was recognised on an image.
    pub ocr_confidence: Option<f32>,
}

/// One reason of a result.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// What kind of reason.
    pub reason: WhyReason,
    /// The word of the query.
    pub query: Text,
    /// The word of the record.
    pub matched: Text,
    /// In plain French.
    pub text: Text,
    /// Its part of the score, where the query asked for an explanation.
    pub score: Option<f32>,
}

/// Kinds of reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyReason {
    /// The word itself.
    Word,
    /// Another form of the word.
    Form,
    /// A word that begins so.
    Prefix,
    /// A word spelt almost so.
    Spelling,
    /// What the words mean, said otherwise, or something that it has to do with.
    Concept,
    /// Its text means something near.
    Meaning,
    /// It is linked with another result.
    Link,
    /// A phrase.
    Phrase,
    /// A filter alone.
    Filter,
}

impl WhyReason {
    /// The name in the HTTP contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            WhyReason::Word => "word",
            WhyReason::Form => "form",
            WhyReason::Prefix => "prefix",
            WhyReason::Spelling => "spelling",
            WhyReason::Concept => "concept",
            WhyReason::Meaning => "meaning",
            WhyReason::Link => "link",
            WhyReason::Phrase => "phrase",
            WhyReason::Filter => "filter",
        }
    }
}

/// Counts over all results of a query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// By kind of item; the counts add up to the total.
    pub kind: Facet,
    /// By document type.
    pub type_: Facet,
    /// By document category.
    pub category: Facet,
    /// By author.
    pub author: Facet,
    /// By year of the act.
    pub year: Facet,
}

/// Values with their counts: largest first, then by value.
pub type Facet = Vec<FacetValue>;

/// One value of a facet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetValue {
    /// The value, as a filter takes it.
    pub value: Text,
    /// Its label.
    pub display: Option<Text>,
    /// How many results have it.
    pub count: usize,
}

/// What was understood of a query.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Understood {
    /// Words that were read as others: what was typed, what was searched.
    pub corrections: Vec<(Text, Text)>,
    /// What stretches of the query were taken to mean: the words, the preferred term.
    pub concepts: Vec<(Part, Text)>,
    /// Document types whose names the query holds.
    pub types: Vec<UnderstoodType>,
    /// Who wrote what is looked for, or to whom it was written.
    pub people: Vec<UnderstoodPerson>,
    /// The stretch of time that the query names.
    pub period: Option<UnderstoodPeriod>,
    /// The condition on a measure that the query states.
    pub value: Option<UnderstoodValue>,
    /// Which end of the time comes first.
    pub order: Option<UnderstoodOrder>,
    /// The kind of entry that comes first.
    pub kind: Option<UnderstoodKind>,
    /// What is left out.
    pub left_out: Vec<Part>,
    /// The side of the body: whether it is the left one.
    pub left: Option<(Part, bool)>,
    /// That it asks about a relative.
    pub family: Option<Part>,
    /// Words that nothing in the record holds.
    pub missing: Vec<Text>,
}

/// The words of a query that something was understood from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The words, as typed.
    pub query: Text,
    /// Start and end in the query, in Unicode code points.
    pub span: (usize, usize),
}

/// A document type that a query names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderstoodType {
    /// The words that say it.
    pub part: Part,
    /// The type.
    pub type_: TypeName,
}

/// A person in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderstoodPerson {
    /// The words that say it.
    pub part: Part,
    /// Authors of the record who may be meant.
    pub names: Vec<Text>,
    /// Fields of care that may be meant.
    pub specialties: Vec<&'static str>,
    /// Whether the person is the one written to.
    pub addressee: bool,
}

/// A stretch of time in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderstoodPeriod {
    /// The words that say it.
    pub part: Part,
    /// First day.
    pub from: Option<PartialDate>,
    /// Last day, included.
    pub to: Option<PartialDate>,
    /// A month (1–12) of any year.
    pub month: Option<u8>,
    /// The entry of the record that the time is told by.
    pub event: Option<ItemId>,
}

/// A condition on a measure in a query.
#[derive(Debug, Clone, PartialEq)]
pub struct UnderstoodValue {
    /// The words that say it.
    pub part: Part,
    /// The measure, by its preferred term.
    pub measure: Text,
    /// Least value, and whether it is itself allowed.
    pub least: Option<(f64, bool)>,
    /// Greatest value, and whether it is itself allowed.
    pub most: Option<(f64, bool)>,
    /// The unit that was typed.
    pub unit: Option<Text>,
}

/// An order in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderstoodOrder {
    /// The words that say it.
    pub part: Part,
    /// Whether the newest come first, or the oldest.
    pub newest: bool,
    /// How many are wanted.
    pub count: Option<u16>,
}

/// A kind of entry in a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnderstoodKind {
    /// The words that say it.
    pub part: Part,
    /// The kind.
    pub kind: Kind,
    /// Whether all entries of the kind are asked for.
    pub all: bool,
    /// How many of the results are of the kind.
    pub count: usize,
}

/// What of the record a search looks into, as far as the grant sees.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage {
    /// Documents known.
    pub documents: usize,
    /// Documents whose text is searched.
    pub searched: usize,
    /// Documents that search by meaning reaches.
    pub by_meaning: usize,
    /// Documents whose text is still being read: found by their metadata until then.
    pub pending: usize,
    /// Documents whose text could not be read, or not whole, with the reason.
    pub unreadable: Vec<Unreadable>,
}

/// A document that is found by its metadata, but not, or not wholly, by its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The document.
    pub item: ItemId,
    /// Why.
    pub fault: Fault,
    /// Whether some of it is searched.
    pub partly: bool,
}

/// A completion of what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The text to search.
    pub text: Text,
    /// What it is: a word of the record, a title, a type, an author.
    pub kind: &'static str,
    /// How many items have it.
    pub count: usize,
}
