//! People in a query: who wrote what is looked for, or to whom it was written.
//!
//! "Dr Lefevre" is a title with a name; "ma gynéco" and "le cardiologue" are what people call those who
//! practise a specialty. A preposition says which end of the letter they stand at.

use super::tokens::Tokens;
use lexicon::Specialty;
use record::french::{Token, TokenKind, is_function_word, tokens as analyse};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

/// A person that a query names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    /// Tokens that say it, the preposition left out.
    pub(crate) tokens: Range<usize>,
    pub(crate) who: Who,
    /// Whether the person is the one written to.
    pub(crate) addressee: bool,
    /// The participle before it: "adressée au", "prescrite par".
    pub(crate) participle: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// The words of a name, folded.
    Named(Vec<String>),
    /// Codes of the fields of care that the word may stand for.
    Practising(Vec<&'static str>),
}

const TITLES: &[&str] =
    &["dr", "docteur", "doc", "professeur", "pr", "mme", "madame", "monsieur", "mr", "docteure"];
/// Between a preposition and the person.
const ARTICLES: &[&str] =
    &["le", "la", "l", "les", "mon", "ma", "mes", "son", "sa", "ses", "notre", "un", "une"];
const BY: &[&str] = &["de", "du", "des", "par", "chez", "d"];
const TO: &[&str] = &["pour", "au", "aux", "a", "vers"];
const PARTICLES: &[&str] = &["le", "la", "de", "du", "des", "van", "von", "ben", "el", "da", "dos", "saint"];
/// A name has at most this many words.
const LONGEST: usize = 3;

/// The people that the query names outside the tokens that are `used`.
pub(crate) fn people(tokens: &Tokens, used: &[bool]) -> Vec<Person> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match named(tokens, at, used).or_else(|| practising(tokens, at, used)) {
            Some(person) => {
                at = person.tokens.end;
                out.push(person);
            }
            None => at += 1,
        }
    }
    out
}

/// "dr lefevre", "docteur anne le goff": a title and the words after it, up to one that is no name.
fn named(tokens: &Tokens, at: usize, used: &[bool]) -> Option<Person> {
    if !TITLES.contains(&tokens.word(at)) || used[at] {
        return None;
    }
    let mut words = Vec::new();
    let mut end = at + 1;
    while end < tokens.len() && !used[end] && words.len() < LONGEST {
        let particle =
            PARTICLES.contains(&tokens.word(end)) && is_name(tokens.get(end + 1), used.get(end + 1));
        // The first word after a title is the name, whatever else it may mean; those after it must mean
        // nothing else.
        let names = particle
            || (is_name(tokens.get(end), Some(&false)) && (words.is_empty() || is_only_name(tokens, end)));
        if !names {
            break;
        }
        words.push(tokens.word(end).to_owned());
        end += 1;
    }
    let addressee = is_addressee(tokens, at);
    (!words.is_empty()).then_some(Person {
        tokens: at..end,
        who: Who::Named(words),
        addressee,
        participle: participle(tokens, at),
    })
}

fn is_name(token: Option<&Token>, used: Option<&bool>) -> bool {
    let word = |t: &Token| t.kind == TokenKind::Word && !is_function_word(&t.surface);
    token.is_some_and(word) && used == Some(&false)
}

fn is_only_name(tokens: &Tokens, at: usize) -> bool {
    tokens.word(at).len() > 1 && !lexicon::is_word(tokens.word(at)) && practitioners(tokens, at).is_none()
}

/// "ma gynéco", "courrier du cardiologue", "pour le kiné".
fn practising(tokens: &Tokens, at: usize, used: &[bool]) -> Option<Person> {
    let (codes, end) = practitioners(tokens, at)?;
    if used[at..end].contains(&true) {
        return None;
    }
    let addressee = is_addressee(tokens, at);
    let alone = (0..tokens.len()).all(|i| (at..end).contains(&i) || used[i] || !tokens.is_content(i));
    let owned = at > 0 && ARTICLES[4..].contains(&tokens.word(at - 1));
    let by = before(tokens, at).is_some_and(|i| BY.contains(&tokens.word(i)));
    let participle = participle(tokens, at);
    let who = Who::Practising(codes);
    (addressee || alone || owned || by).then_some(Person { tokens: at..end, who, addressee, participle })
}

/// The token before the person and the articles.
fn before(tokens: &Tokens, at: usize) -> Option<usize> {
    (0..at).rev().find(|i| !ARTICLES.contains(&tokens.word(*i)))
}

fn is_addressee(tokens: &Tokens, at: usize) -> bool {
    let Some(i) = before(tokens, at) else { return false };
    TO.contains(&tokens.word(i)) || (i > 0 && BY.contains(&tokens.word(i)) && tokens.exactly(i - 1, TOWARDS))
}

/// Nouns after which "du" leads to the addressee.
const TOWARDS: &[&str] = &["attention", "destination", "intention"];
const PARTICIPLES: &[&str] = &[
    "adresse",
    "destine",
    "envoye",
    "ecrit",
    "prescrit",
    "redige",
    "signe",
    "fait",
    "demande",
    "realise",
    "etabli",
    "envoyee",
    "adressee",
    "attention",
    "destination",
    "intention",
];

fn participle(tokens: &Tokens, at: usize) -> Option<usize> {
    let i = before(tokens, at)?.checked_sub(1)?;
    let leads = TO.contains(&tokens.word(i + 1)) || BY.contains(&tokens.word(i + 1));
    (leads && tokens.is_any(i, PARTICIPLES)).then_some(i)
}

/// What the words at `at` call those who practise: codes of fields, and the token after.
fn practitioners(tokens: &Tokens, at: usize) -> Option<(Vec<&'static str>, usize)> {
    (1..=LONGEST + 1).rev().find_map(|count| {
        let words = tokens.slice(at..at + count);
        let whole = words.len() == count
            && words
                .first()
                .zip(words.last())
                .is_some_and(|(a, b)| !is_function_word(&a.surface) && !is_function_word(&b.surface));
        let codes = names().get(&key(words)).filter(|_| whole)?;
        Some((codes.clone(), at + count))
    })
}

fn key(tokens: &[Token]) -> String {
    let stem = |t: &Token| t.stems.last().unwrap_or(&t.surface).clone();
    tokens.iter().map(stem).collect::<Vec<_>>().join(" ")
}

/// From the stems of what patients call a practitioner to the codes of the fields.
fn names() -> &'static HashMap<String, Vec<&'static str>> {
    static NAMES: OnceLock<HashMap<String, Vec<&'static str>>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let mut names: HashMap<String, Vec<&'static str>> = HashMap::new();
        let named = |s: &'static Specialty| s.names.iter().map(|name| (key(&analyse(name)), s.code));
        for (name, code) in lexicon::specialties().iter().flat_map(named) {
            let codes = names.entry(name).or_default();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        names
    })
}
