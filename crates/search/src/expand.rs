//! From a word of the query to the terms of the record that it means.
//!
//! Prefixes and spellings are looked for in the record's own dictionary, and only among terms that an item
//! visible to the grant holds: a completion or a correction must not tell of a hidden document.

use crate::Error;
use crate::parse::Word;
use crate::schema::{ACCENTED, Field, STEM, index_field, stem_terms};
use crate::view::View;
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder};
use record::french::TokenKind;
use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED, Term};
use tantivy_fst::Automaton;

/// How a term of the record relates to a word of the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Match {
    /// The word itself.
    Exact,
    /// The word with its accents.
    Accents,
    /// A word of the same stem.
    Stem,
    /// A longer word.
    Prefix,
    /// A word spelt almost so.
    Spelling,
    /// Another name of what is meant, or something narrower.
    Concept,
    /// What is meant, but denied or said of somebody else.
    Denied,
    /// What measures, treats or examines what is meant.
    Related,
}

#[derive(Debug, Clone)]
pub(crate) struct Variant {
    /// The term in the dictionary, marks included.
    pub(crate) term: String,
    pub(crate) how: Match,
    /// Its share of a term frequency, 0 to 1.
    pub(crate) weight: f32,
}

/// A form that differs from the typed one counts this much of it.
const STEM_SHARE: f32 = 0.65;
const PREFIX_SHARE: f32 = 0.45;
const ACCENTS_BONUS: f32 = 0.25;
/// Share of a spelling at distance 1 and 2.
pub(crate) const SPELLING_SHARE: [f32; 2] = [0.8, 0.6];
/// Shortest word that is completed, and that is corrected.
const SHORTEST_PREFIX: usize = 3;
const SHORTEST_SPELLING: usize = 5;
/// From this length on two letters may differ.
const TWO_ERRORS: usize = 7;
const MOST_PREFIXES: usize = 40;
const MOST_SPELLINGS: usize = 3;

/// The forms of the word itself: surface, accents, stems.
pub(crate) fn forms(word: &Word) -> Vec<Variant> {
    let token = &word.token;
    let stems = stem_terms(token);
    let exact = if stems.is_empty() { 1.0 } else { 1.0 - STEM_SHARE };
    let mut out = vec![Variant { term: token.surface.clone(), how: Match::Exact, weight: exact }];
    out.extend(token.accented.as_ref().map(|form| Variant {
        term: format!("{ACCENTED}{form}"),
        how: Match::Accents,
        weight: ACCENTS_BONUS,
    }));
    out.extend(stems.into_iter().map(|term| Variant { term, how: Match::Stem, weight: STEM_SHARE }));
    out
}

/// Whether a visible item holds the word in one of its forms or, while it is being typed, a longer one.
pub(crate) fn is_known(view: &View, visible: &[bool], word: &Word) -> Result<bool, Error> {
    for (pack, offset) in view.packs() {
        for field in Field::ALL {
            let Some(index) = pack.field(field) else { continue };
            for form in forms(word) {
                let term = Term::from_field_text(index_field(field), &form.term);
                if let Some(info) = index.get_term_info(&term)?
                    && visible_count(index, &info, visible, offset)? > 0
                {
                    return Ok(true);
                }
            }
        }
    }
    Ok(word.open && !prefixes(view, visible, word)?.is_empty())
}

/// Longer words of the record that begin with the word, most frequent first.
pub(crate) fn prefixes(view: &View, visible: &[bool], word: &Word) -> Result<Vec<Variant>, Error> {
    let prefix = &word.token.surface;
    if prefix.chars().count() < SHORTEST_PREFIX || word.token.kind == TokenKind::Number {
        return Ok(Vec::new());
    }
    let mut found = completions(view, visible, prefix)?;
    found.retain(|(term, _)| term != prefix);
    found.truncate(MOST_PREFIXES);
    let variant = |(term, _)| Variant { term, how: Match::Prefix, weight: PREFIX_SHARE };
    Ok(found.into_iter().map(variant).collect())
}

/// Unmarked terms that begin with `prefix` and that visible items hold, with how many: most first.
pub(crate) fn completions(
    view: &View,
    visible: &[bool],
    prefix: &str,
) -> Result<Vec<(String, usize)>, Error> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for (pack, offset) in view.packs() {
        for field in Field::ALL {
            let Some(index) = pack.field(field) else { continue };
            let mut stream = index.terms().range().ge(prefix).into_stream()?;
            while stream.advance() {
                let Ok(term) = std::str::from_utf8(stream.key()) else { continue };
                if !term.starts_with(prefix) {
                    break;
                }
                let count = visible_count(index, stream.value(), visible, offset)?;
                if count > 0 {
                    let known = counts.entry(term.to_owned()).or_default();
                    *known = (*known).max(count);
                }
            }
        }
    }
    let mut out: Vec<(String, usize)> = counts.into_iter().collect();
    out.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(out)
}

/// Terms under a mark that any item holds, visible or not.
pub(crate) fn marked(view: &View, mark: char) -> HashSet<String> {
    let mut out = HashSet::new();
    for (pack, _) in view.packs() {
        for index in Field::ALL.into_iter().filter_map(|field| pack.field(field)) {
            // A dictionary that does not open gives no suggestion; a search says that it is damaged.
            let Ok(mut stream) = index.terms().range().ge(mark.to_string()).into_stream() else { continue };
            while stream.advance() {
                match std::str::from_utf8(stream.key()) {
                    Ok(term) if term.starts_with(mark) => drop(out.insert(term.to_owned())),
                    _ => break,
                }
            }
        }
    }
    out
}

/// Accepts words that begin almost like a word: one letter of at most seven may differ, two of more.
pub(crate) fn prefix_automaton(word: &str) -> DFA {
    builder(if word.chars().count() > TWO_ERRORS { 2 } else { 1 }).build_prefix_dfa(word)
}

/// Words of the record that are spelt almost like the word. Never for numbers, codes and doses, nor for
/// words under five letters: among those, neighbours are other words.
pub(crate) fn spellings(view: &View, visible: &[bool], word: &Word) -> Result<Vec<Variant>, Error> {
    let typed = &word.token.surface;
    let length = typed.chars().count();
    if word.token.kind != TokenKind::Word || length < SHORTEST_SPELLING {
        return Ok(Vec::new());
    }
    let errors = if length >= TWO_ERRORS { 2u8 } else { 1 };
    let dfa = builder(errors).build_dfa(typed);
    let mut counts: BTreeMap<(u8, String), usize> = BTreeMap::new();
    for (pack, offset) in view.packs() {
        for field in Field::ALL {
            let Some(index) = pack.field(field) else { continue };
            let mut stream = index.terms().search(Levenshtein(&dfa)).into_stream()?;
            while stream.advance() {
                let Some((distance, term)) = candidate(&dfa, stream.key(), typed) else { continue };
                let count = visible_count(index, stream.value(), visible, offset)?;
                if count > 0 {
                    *counts.entry((distance, term.to_owned())).or_default() += count;
                }
            }
        }
    }
    let Some(nearest) = counts.keys().next().map(|(distance, _)| *distance) else { return Ok(Vec::new()) };
    let mut found: Vec<((u8, String), usize)> =
        counts.into_iter().filter(|((distance, _), _)| *distance == nearest).collect();
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(MOST_SPELLINGS);
    let weight = SPELLING_SHARE[usize::from(nearest.max(1)) - 1];
    Ok(found.into_iter().map(|((_, term), _)| Variant { term, how: Match::Spelling, weight }).collect())
}

/// An unmarked word without digits, of about the same length; two errors never change the first letter.
fn candidate<'a>(dfa: &DFA, key: &'a [u8], typed: &str) -> Option<(u8, &'a str)> {
    let term = std::str::from_utf8(key).ok()?;
    let plain = term.chars().all(char::is_alphabetic) && !term.starts_with([STEM, ACCENTED]);
    let Distance::Exact(distance) = dfa.eval(key) else { return None };
    let same_start = distance < 2 || term.chars().next() == typed.chars().next();
    (plain && same_start && term.len() + 1 >= SHORTEST_SPELLING).then_some((distance, term))
}

fn visible_count(
    index: &tantivy::InvertedIndexReader,
    info: &tantivy::postings::TermInfo,
    visible: &[bool],
    offset: usize,
) -> Result<usize, Error> {
    let mut postings = index.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
    let mut count = 0;
    while postings.doc() != TERMINATED {
        count += usize::from(visible[offset + postings.doc() as usize]);
        postings.advance();
    }
    Ok(count)
}

/// Building the tables of an automaton takes milliseconds: once for each distance.
fn builder(errors: u8) -> &'static LevenshteinAutomatonBuilder {
    static ONE: OnceLock<LevenshteinAutomatonBuilder> = OnceLock::new();
    static TWO: OnceLock<LevenshteinAutomatonBuilder> = OnceLock::new();
    let cell = if errors == 1 { &ONE } else { &TWO };
    cell.get_or_init(|| LevenshteinAutomatonBuilder::new(errors, true))
}

/// The automaton as tantivy's dictionary takes it.
struct Levenshtein<'a>(&'a DFA);

impl Automaton for Levenshtein<'_> {
    type State = u32;

    fn start(&self) -> u32 {
        self.0.initial_state()
    }

    fn is_match(&self, state: &u32) -> bool {
        matches!(self.0.distance(*state), Distance::Exact(_))
    }

    fn can_match(&self, state: &u32) -> bool {
        *state != levenshtein_automata::SINK_STATE
    }

    fn accept(&self, state: &u32, byte: u8) -> u32 {
        self.0.transition(*state, byte)
    }
}
