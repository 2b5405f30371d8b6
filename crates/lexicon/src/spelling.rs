//! Words of the lexicon that a misspelt word may stand for.

use fst::automaton::Automaton;
use fst::{IntoStreamer, Map, Streamer};
use levenshtein_automata::{DFA, Distance, LevenshteinAutomatonBuilder};
use std::sync::OnceLock;

const WORDS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/words.fst"));
const SOUNDS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sounds.fst"));

/// A word that is spelt or sounds almost like another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// How many letters differ; 3 stands for more, where only the sound is the same.
    pub distance: u8,
    /// The word, folded.
    pub word: String,
    /// Whether it stands in names of drugs alone: look-alike names are different drugs.
    pub drug: bool,
}

/// Whether a folded word stands in a term.
#[must_use]
pub fn is_word(folded: &str) -> bool {
    words().get(folded).is_some()
}

/// Words within `errors` (1 or 2) letters of a folded word, and words that sound like it; nearest first.
#[must_use]
pub fn candidates(folded: &str, errors: u8) -> Vec<Candidate> {
    let dfa = builder(errors).build_dfa(folded);
    let mut out = Vec::new();
    let mut stream = words().search(Levenshtein(&dfa)).into_stream();
    while let Some((key, drug)) = stream.next() {
        if let (Ok(word), Distance::Exact(distance)) = (std::str::from_utf8(key), dfa.eval(key)) {
            out.push(Candidate { distance, word: word.to_owned(), drug: drug == 1 });
        }
    }
    let sound = format!("{} ", record::french::sound(folded));
    let mut stream = sounds().range().ge(&sound).into_stream();
    while let Some((key, _)) = stream.next() {
        let Some(word) = std::str::from_utf8(key).ok().and_then(|k| k.strip_prefix(&sound)) else { break };
        if !out.iter().any(|c| c.word == word) {
            let drug = words().get(word) == Some(1);
            out.push(Candidate { distance: 3, word: word.to_owned(), drug });
        }
    }
    out.sort();
    out
}

fn words() -> &'static Map<&'static [u8]> {
    static MAP: OnceLock<Map<&'static [u8]>> = OnceLock::new();
    MAP.get_or_init(|| Map::new(WORDS).unwrap_or_else(|error| unreachable!("the build wrote it: {error}")))
}

fn sounds() -> &'static Map<&'static [u8]> {
    static MAP: OnceLock<Map<&'static [u8]>> = OnceLock::new();
    MAP.get_or_init(|| Map::new(SOUNDS).unwrap_or_else(|error| unreachable!("the build wrote it: {error}")))
}

/// Building the tables of an automaton takes milliseconds: once for each distance.
fn builder(errors: u8) -> &'static LevenshteinAutomatonBuilder {
    static ONE: OnceLock<LevenshteinAutomatonBuilder> = OnceLock::new();
    static TWO: OnceLock<LevenshteinAutomatonBuilder> = OnceLock::new();
    let cell = if errors == 1 { &ONE } else { &TWO };
    cell.get_or_init(|| LevenshteinAutomatonBuilder::new(errors.clamp(1, 2), true))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, expected: &str) {
        let found = candidates(typed, if typed.len() > 6 { 2 } else { 1 });
        assert!(found.iter().any(|c| c.word == expected), "{typed}: {found:?}");
    }

    #[test]
    fn misspelt_words_find_their_word() {
        check("tiroide", "thyroide");
        check("catarate", "cataracte");
        check("amidales", "amygdales");
        check("ecografie", "echographie");
        check("cholesterole", "cholesterol");
    }

    #[test]
    fn a_word_is_known_folded() {
        assert!(is_word("cephalees") || is_word("cephalee"));
        assert!(!is_word("zzzz"));
    }
}
