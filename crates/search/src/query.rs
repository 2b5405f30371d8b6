//! What is asked.

use crate::{Fusion, QueryError, Weights};
use record::{Category, Kind, PartialDate, Status, Text};

/// A question to one record.
#[derive(Debug, Clone)]
pub struct Query {
    /// The words, as typed; empty asks for everything that passes the filters, newest first.
    pub text: Text,
    /// What results must be.
    pub filters: Filters,
    /// Results on one page, 1 to [`Query::MAX_LIMIT`].
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
    /// The day on which it is asked, for "l'an dernier"; `None` leaves relative dates alone.
    pub today: Option<PartialDate>,
    /// What is not to be read into the words: they are looked for as they are.
    pub ignore: Vec<Reading>,
    /// Whether each result says how its score came about.
    pub explain: bool,
    /// How words and meaning are joined.
    pub fusion: Fusion,
    /// The parameters of ranking; others than the default are for measuring.
    pub weights: Weights,
}

impl Query {
    /// Longest query, in characters.
    pub const MAX_CHARS: usize = 512;
    /// Most words of a query.
    pub const MAX_TERMS: usize = 32;
    /// Most results on a page.
    pub const MAX_LIMIT: usize = 100;

    /// A query of these words, ten results, no filter but the default status.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Query {
            text: text.into(),
            filters: Filters::default(),
            limit: 10,
            cursor: None,
            today: None,
            ignore: Vec::new(),
            explain: false,
            fusion: Fusion::default(),
            weights: Weights::default(),
        }
    }
}

/// What can be read into the words of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// A period.
    Period,
    /// A condition on a measure.
    Condition,
    /// The newest or the oldest first.
    Order,
    /// Concepts of the lexicon.
    Concepts,
    /// Who wrote it, or to whom.
    Authors,
    /// Kinds of entry.
    Kinds,
    /// A side of the body.
    Side,
    /// What to leave out.
    Exclusions,
    /// That it asks about a relative.
    Family,
    /// Misspelt words.
    Spelling,
}

impl Reading {
    /// The reading of that name in the HTTP contract.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Reading> {
        match name {
            "period" => Some(Reading::Period),
            "values" => Some(Reading::Condition),
            "order" => Some(Reading::Order),
            "concepts" => Some(Reading::Concepts),
            "authors" => Some(Reading::Authors),
            "kinds" => Some(Reading::Kinds),
            "side" => Some(Reading::Side),
            "exclusions" => Some(Reading::Exclusions),
            "family" => Some(Reading::Family),
            "corrections" => Some(Reading::Spelling),
            _ => None,
        }
    }
}

/// What results must be. Empty lists ask for nothing; values of one list are alternatives.
#[derive(Debug, Clone, PartialEq)]
pub struct Filters {
    /// Kinds of item.
    pub kinds: Vec<Kind>,
    /// Document type codes.
    pub types: Vec<String>,
    /// Document categories.
    pub categories: Vec<Category>,
    /// Author names, as the author facet gives them; compared folded.
    pub authors: Vec<Text>,
    /// First day.
    pub from: Option<PartialDate>,
    /// Last day, included.
    pub to: Option<PartialDate>,
    /// Availability; the default is current alone.
    pub status: Vec<Status>,
    /// An episode, by the name that the timeline gives it.
    pub episode: Option<Text>,
}

impl Default for Filters {
    fn default() -> Self {
        Filters {
            kinds: Vec::new(),
            types: Vec::new(),
            categories: Vec::new(),
            authors: Vec::new(),
            from: None,
            to: None,
            status: vec![Status::Current],
            episode: None,
        }
    }
}

/// Where a page of results ended: the score and the item after which the next page begins, and the query
/// that it belongs to. Opaque to clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// A cursor as a client gives it back.
    #[must_use]
    pub fn from_client(text: &str) -> Self {
        Cursor(text.to_owned())
    }

    /// The text to give to a client.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn new(fingerprint: u64, score: f32, item: &str) -> Self {
        Cursor(format!("{fingerprint:016x}{:08x}{item}", score.to_bits()))
    }

    /// The score and the item reference that the page before ended with.
    pub(crate) fn position(&self, fingerprint: u64) -> Result<(f32, &str), QueryError> {
        let parse = || {
            let (query, rest) = self.0.split_at_checked(16)?;
            let (score, item) = rest.split_at_checked(8)?;
            let same = u64::from_str_radix(query, 16).ok()? == fingerprint;
            let score = f32::from_bits(u32::from_str_radix(score, 16).ok()?);
            same.then_some((score, item))
        };
        parse().ok_or(QueryError::Cursor)
    }
}

/// FNV-1a over what a cursor depends on. Stable across builds, unlike the standard hasher.
pub(crate) fn fingerprint(query: &Query) -> u64 {
    let Filters { kinds, types, categories, authors, from, to, status, episode } = &query.filters;
    let episode = episode.as_deref();
    let authors: Vec<&str> = authors.iter().map(|a| &**a).collect();
    let Query { text, today, ignore, .. } = query;
    let text = &**text;
    let parts = format!(
        "{text}|{today:?}|{ignore:?}|{kinds:?}|{types:?}|{categories:?}|{authors:?}|{from:?}|{to:?}|{status:?}|{episode:?}"
    );
    parts
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_query() {
        let query = Query::new("genou");
        let cursor = Cursor::new(fingerprint(&query), 1.5, "DocumentReference/d-1");
        let back = Cursor::from_client(cursor.as_str());
        assert_eq!(back.position(fingerprint(&query)).unwrap(), (1.5, "DocumentReference/d-1"));
        assert!(back.position(fingerprint(&Query::new("hanche"))).is_err());
        for text in ["", "é", "0123456789abcdefé", "zz"] {
            assert!(Cursor::from_client(text).position(1).is_err(), "{text}");
        }
    }
}
