//! Periods relative to something in the record's own story: "avant mon opération", "pendant ma grossesse".
//!
//! Only the wording is read here: which end of which event. When it was, the record says (`crate::event`).

use super::tokens::Tokens;
use lexicon::{ConceptKind, Mention, concept};
use std::ops::Range;

/// A time that a query tells by an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventTime {
    /// Tokens that say it.
    pub(crate) tokens: Range<usize>,
    /// Tokens that name the event.
    pub(crate) event: Range<usize>,
    pub(crate) side: Side,
}

/// Where of an event a time lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    During,
    After,
}

const OPENINGS: [(&[&str], Side); 13] = [
    (&["juste", "avant"], Side::Before),
    (&["juste", "apres"], Side::After),
    (&["avant"], Side::Before),
    (&["apres"], Side::After),
    (&["depuis"], Side::After),
    (&["suite", "a"], Side::After),
    (&["pendant"], Side::During),
    (&["durant"], Side::During),
    (&["au", "cours", "de"], Side::During),
    (&["au", "moment", "de"], Side::During),
    (&["lors", "de"], Side::During),
    (&["lors", "du"], Side::During),
    (&["jusque"], Side::Before),
];

const OWN: &[&str] = &["mon", "ma", "mes", "son", "sa", "ses", "notre", "cette", "cet", "ce"];
/// One event has a singular article: "avant les règles" is any time.
const ARTICLES: &[&str] = &["le", "la", "l"];
const LINKS: &[&str] = &["de", "du", "des", "la", "le", "l", "au", "a", "d"];

/// The time that the query tells by an event, outside what a mention of the lexicon covers as a whole:
/// "sucre pendant la grossesse" is a disease.
pub(crate) fn event(tokens: &Tokens, mentions: &[Mention], used: &[bool]) -> Option<EventTime> {
    (0..tokens.len()).find_map(|at| {
        let covered = mentions.iter().any(|m| m.tokens.start <= at && at < m.tokens.end);
        let (words, side) = OPENINGS.iter().find(|(words, _)| tokens.phrase(at, words).is_some())?;
        let next = tokens.skip(at + words.len(), ARTICLES);
        let own = OWN.contains(&tokens.word(next));
        let determined = own || next > at + words.len() || tokens.elided(next) == "l";
        let start = next + usize::from(own);
        let first = mentions.iter().find(|m| m.tokens.start == start).filter(|m| happens(m));
        // "après chute" is what a clinician writes of a fracture, not a time.
        let end = match first {
            Some(mention) if determined => complement(tokens, mentions, mention.tokens.end),
            None if own && is_plain(tokens, start) => complement(tokens, mentions, start + 1),
            _ => return None,
        };
        // "Après mon opération" is a time, though "après opération" is a term.
        let free = (own || !covered) && !used[at..end].contains(&true);
        free.then_some(EventTime { tokens: at..end, event: start..end, side: *side })
    })
}

/// Whether what is named can happen at a time.
fn happens(mention: &Mention) -> bool {
    use ConceptKind as K;
    let kinds = mention.senses.iter().filter_map(|s| concept(s.concept)).map(|c| c.kind);
    let mut kinds = kinds
        .filter(|k| matches!(k, K::Disease | K::Symptom | K::Act | K::Examination | K::Vaccine | K::Device));
    kinds.next().is_some()
}

/// An event that the lexicon does not know: "ma chute", "mon accident".
fn is_plain(tokens: &Tokens, at: usize) -> bool {
    tokens.is_content(at)
        && tokens.number(at).is_none()
        && tokens.unit_days(at).is_none()
        && tokens.month(at).is_none()
}

/// "opération du genou": what follows the event by "de" belongs to it.
fn complement(tokens: &Tokens, mentions: &[Mention], end: usize) -> usize {
    let next = tokens.skip(end, LINKS);
    let linked = next > end || matches!(tokens.elided(next).as_str(), "d" | "l");
    let mention = mentions.iter().find(|m| m.tokens.start == next).filter(|_| linked);
    mention.map_or(end, |m| m.tokens.end)
}
