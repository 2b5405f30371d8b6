//! Finding concepts in a text or a query: longest match over analysed words.
//!
//! A term is known by the stems of its content words: inflection, accents, apostrophes and articles make no
//! difference ("mal à la tête" is "mal de tête"). The automaton over all terms is walked once from each
//! content word; a step may take the word's stem or its surface, since the stem of an unaccented form may be
//! the form itself.

use crate::concept::{ConceptId, TermClass, concept};
use fst::raw::{Fst, Node, Output};
use record::french::{Token, is_function_word};
use std::ops::Range;
use std::sync::OnceLock;

const TERMS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/terms.fst"));
const SENSES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/senses.bin"));

/// A term has at most this many content words.
const LONGEST: usize = 8;
/// So many words that only hold sentences together may stand between two words of a term.
const MOST_BETWEEN: usize = 3;
/// An abbreviation of at most this many letters is one only in capitals, in running text: `sep`, `sa`.
const SHORT: usize = 4;

/// Words at most this far away tell which sense of an abbreviation is meant.
const NEAR: usize = 12;

/// A stretch of a text that names a concept, or one of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The tokens that it covers.
    pub tokens: Range<usize>,
    /// What it may mean, by class of term.
    pub senses: Vec<Sense>,
}

/// One meaning of a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sense {
    /// The concept.
    pub concept: ConceptId,
    /// As which class of term it is meant.
    pub class: TermClass,
}

/// Where the words come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Register {
    /// What a patient types: everything may be meant.
    Query,
    /// What a document says: a short abbreviation is in capitals, and a single lay word ("sucre") is not
    /// taken for the disease that patients call by it.
    Text,
}

/// The mentions in a text, longest first at each place, without overlap, in order. `tokens` are those of
/// `text`.
#[must_use]
pub fn mentions(text: &str, tokens: &[Token], register: Register) -> Vec<Mention> {
    // Where all is written in capitals, they tell nothing.
    let capitals_tell = tokens.len() == 1 || text.contains(char::is_lowercase);
    let walk = Walk { text, tokens, register, capitals_tell, fst: automaton() };
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match walk.longest_from(at) {
            Some(mention) => {
                at = mention.tokens.end;
                out.push(mention);
            }
            None => at += 1,
        }
    }
    out
}

/// Whether a folded word begins or is a term of the lexicon.
#[must_use]
pub fn is_term(analysed: &str) -> bool {
    automaton().get(analysed).is_some()
}

fn automaton() -> &'static Fst<&'static [u8]> {
    static FST: OnceLock<Fst<&'static [u8]>> = OnceLock::new();
    FST.get_or_init(|| Fst::new(TERMS).unwrap_or_else(|error| unreachable!("the build wrote it: {error}")))
}

struct Walk<'a> {
    text: &'a str,
    tokens: &'a [Token],
    register: Register,
    capitals_tell: bool,
    fst: &'static Fst<&'static [u8]>,
}

/// A place in the automaton, reached by the words so far.
#[derive(Clone, Copy)]
struct State {
    node: Node<'static>,
    output: Output,
}

impl Walk<'_> {
    fn longest_from(&self, start: usize) -> Option<Mention> {
        if !self.is_content(start) {
            return None;
        }
        let mut best = None;
        let root = State { node: self.fst.root(), output: Output::zero() };
        self.extend(start, start, 0, root, &mut best);
        let (end, value) = best?;
        let senses: Vec<Sense> = senses(value).filter(|s| self.allows(*s, start..end)).collect();
        let senses = self.resolved(senses, start..end);
        (!senses.is_empty()).then_some(Mention { tokens: start..end, senses })
    }

    /// Whether the words are an abbreviation of the concept letter by letter: it has no other forms.
    fn is_written_so(&self, sense: Sense, tokens: &Range<usize>) -> bool {
        let written: String = self.tokens[tokens.clone()].iter().map(|t| t.surface.as_str()).collect();
        let letters = |term: &str| {
            let mut folded = record::french::fold(term);
            folded.retain(char::is_alphanumeric);
            folded
        };
        let plain = letters(&written);
        let terms = concept(sense.concept).map_or(&[][..], |c| c.terms);
        terms.iter().any(|(term, class)| *class == TermClass::Abbreviation && letters(term) == plain)
    }

    /// Of the senses of an abbreviation in a text, those that the words around it speak for. Without any such word all
    /// senses stay, but of an abbreviation of two letters in running text none: `MI`, `PC`.
    fn resolved(&self, senses: Vec<Sense>, tokens: Range<usize>) -> Vec<Sense> {
        if senses.iter().any(|s| s.class != TermClass::Abbreviation) {
            return senses;
        }
        let around = tokens.start.saturating_sub(NEAR)..self.tokens.len().min(tokens.end + NEAR);
        let near: Vec<&str> = self.tokens[around].iter().map(|t| t.surface.as_str()).collect();
        let support = |sense: &Sense| {
            let cues = concept(sense.concept).map_or(&[][..], |c| c.cues);
            near.iter().filter(|word| cues.contains(word)).count()
        };
        let best = senses.iter().map(support).max().unwrap_or(0);
        let letters: usize = self.tokens[tokens].iter().map(|t| t.surface.chars().count()).sum();
        if best == 0 && letters < 3 && self.register == Register::Text {
            return Vec::new();
        }
        // A query is too short for its other words to rule a sense out: "imc supérieur à 30".
        let keeps_all = best == 0 || self.register == Register::Query;
        senses.into_iter().filter(|sense| keeps_all || support(sense) == best).collect()
    }

    /// Takes the content word at `at`, then goes on; keeps the longest end at which some sense is allowed.
    fn extend(&self, start: usize, at: usize, words: usize, from: State, best: &mut Option<(usize, u64)>) {
        let token = &self.tokens[at];
        for key in token.stems.last().into_iter().chain([&token.surface]) {
            let separated = if words == 0 { Some(from) } else { self.step(from, b" ") };
            let Some(state) = separated.and_then(|state| self.step(state, key.as_bytes())) else { continue };
            if state.node.is_final() {
                let value = state.output.cat(state.node.final_output()).value();
                let longer = best.is_none_or(|(end, _)| at + 1 > end);
                if longer && senses(value).any(|s| self.allows(s, start..at + 1)) {
                    *best = Some((at + 1, value));
                }
            }
            if words + 1 < LONGEST
                && let Some(next) = self.next_content(at + 1)
            {
                self.extend(start, next, words + 1, state, best);
            }
        }
    }

    fn step(&self, from: State, bytes: &[u8]) -> Option<State> {
        let mut state = from;
        for byte in bytes {
            let transition = state.node.transition(state.node.find_input(*byte)?);
            let output = state.output.cat(transition.out);
            state = State { node: self.fst.node(transition.addr), output };
        }
        Some(state)
    }

    fn next_content(&self, from: usize) -> Option<usize> {
        (from..self.tokens.len().min(from + MOST_BETWEEN + 1)).find(|at| self.is_content(*at))
    }

    /// Articles and the like do not count, unless they are written as an abbreviation: `TA`, not `ta`.
    fn is_content(&self, at: usize) -> bool {
        !is_function_word(&self.tokens[at].surface) || self.is_capital(at)
    }

    fn is_capital(&self, at: usize) -> bool {
        let written = &self.text[self.tokens[at].range.clone()];
        self.capitals_tell && written.chars().count() > 1 && !written.contains(char::is_lowercase)
    }

    fn allows(&self, sense: Sense, tokens: Range<usize>) -> bool {
        if sense.class == TermClass::Abbreviation && !self.is_written_so(sense, &tokens) {
            return false;
        }
        if self.register == Register::Query {
            return true;
        }
        let single = tokens.len() == 1;
        match sense.class {
            TermClass::Lay => !single,
            TermClass::Abbreviation if single => {
                self.tokens[tokens.start].surface.chars().count() > SHORT || self.is_capital(tokens.start)
            }
            _ => true,
        }
    }
}

/// The senses behind a value of the automaton.
fn senses(value: u64) -> impl Iterator<Item = Sense> {
    let (first, count) = (usize::try_from(value >> 8).unwrap_or(usize::MAX), (value & 0xff) as usize);
    let bytes = SENSES.get(first * 4..(first + count) * 4).unwrap_or_default();
    bytes.chunks_exact(4).map(|chunk| {
        let packed = u32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
        let class = match packed & 0xf {
            0 => TermClass::Preferred,
            1 => TermClass::Clinical,
            2 => TermClass::Lay,
            3 => TermClass::Abbreviation,
            _ => TermClass::Brand,
        };
        Sense { concept: packed >> 4, class }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::french::tokens;

    /// What is recognised, as `words: label, label`.
    fn check(text: &str, register: Register, expected: &[&str]) {
        let tokens = tokens(text);
        let told = |m: Mention| {
            let words = &text[tokens[m.tokens.start].range.start..tokens[m.tokens.end - 1].range.end];
            let labels: Vec<&str> =
                m.senses.iter().filter_map(|s| concept(s.concept)).map(|c| c.label).collect();
            format!("{words}: {}", labels.join(", "))
        };
        let found: Vec<String> = mentions(text, &tokens, register).into_iter().map(told).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn the_longest_term_wins_in_any_inflection() {
        check("mal de tête", Register::Query, &["mal de tête: céphalée"]);
        check("MAUX DE TETE", Register::Query, &["MAUX DE TETE: céphalée"]);
        check("Céphalées intenses", Register::Text, &["Céphalées: céphalée"]);
        check("hémoglobine glyquée", Register::Text, &["hémoglobine glyquée: hémoglobine glyquée"]);
        check("doliprane", Register::Query, &["doliprane: paracétamol"]);
        check("rien de tout cela", Register::Query, &[]);
    }

    #[test]
    fn an_abbreviation_is_in_capitals_or_asked_for() {
        check("TA 145/92 mmHg", Register::Text, &["TA: pression artérielle"]);
        check("sa ta", Register::Text, &[]);
        check("MI", Register::Text, &[]);
    }

    #[test]
    fn a_lay_word_alone_is_no_disease_in_a_text() {
        check("sans sucre ajouté", Register::Text, &[]);
    }
}
