//! French text as search terms.
//!
//! The analysis of a word gives its folded surface form (lower case, no diacritics, `œ` as `oe`) and its
//! stems. Stems are taken before and after folding, because Snowball's French rules look at accents and
//! patients leave them out. Elided articles (`l'`, `d'`, `qu'`…) are dropped, with every apostrophe that
//! keyboards and PDF producers use. "pas", "sans", "non", "ni" stay: they carry meaning.
//!
//! It does no recognition of concepts, dates or values: that is the query's understanding.

mod sound;

pub use sound::sound;

use rust_stemmers::{Algorithm, Stemmer};
use std::ops::Range;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Version of the analysis. An index names it: other rules need another index.
pub const ANALYZER: u32 = 2;

/// What a token is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters only.
    Word,
    /// A number; `surface` has a decimal point and no trailing zeros.
    Number,
    /// Letters and digits: `hba1c`, `spo2`, `b12`, a code.
    Mixed,
}

/// A term of a text.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Folded surface form.
    pub surface: String,
    /// Lower-case form with its accents, where it differs from `surface`.
    pub accented: Option<String>,
    /// Folded stems that differ from `surface`: one or two.
    pub stems: Vec<String>,
    /// What it is made of.
    pub kind: TokenKind,
    /// Bytes of the source text that it covers, without an elided article.
    pub range: Range<usize>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token({:?} {:?})", self.kind, self.range)
    }
}

/// Cuts a text into tokens, in order; the index of a token is its position.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::with_capacity(text.len() / 6);
    let stemmer = Stemmer::create(Algorithm::French);
    let mut at = 0;
    while let Some(range) = next_chunk(text, at) {
        at = range.end;
        for part in parts(text, range) {
            let token = token(text, part, &stemmer);
            // A combining mark alone is alphanumeric to Unicode, and nothing once folded.
            if !token.surface.is_empty() {
                out.push(token);
            }
        }
    }
    out
}

/// The places of the tokens of a text, in order: those of [`tokens`], which takes its time for their forms.
#[must_use]
pub fn spans(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::with_capacity(text.len() / 6);
    let mut at = 0;
    while let Some(range) = next_chunk(text, at) {
        at = range.end;
        let says = |part: &Range<usize>| {
            let part = &text[part.clone()];
            part.bytes().any(|b| b.is_ascii_alphanumeric()) || !fold(part).is_empty()
        };
        out.extend(parts(text, range).into_iter().filter(says));
    }
    out
}

/// Lower case, no diacritics, `œ` and `æ` and typographic ligatures spelt out, soft hyphens and
/// zero-width characters removed, every apostrophe as `'`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        fold_char(c, &mut out);
    }
    out
}

/// Whether a folded word only holds sentences together. Such words stay in the index, for phrases, but
/// no item matches by them alone.
#[must_use]
pub fn is_function_word(folded: &str) -> bool {
    FUNCTION_WORDS.binary_search(&folded).is_ok()
}

/// Whether the character can stand for an apostrophe: `'`, `’`, `‘`, `ʼ`, `＇`, `´`.
#[must_use]
pub fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2018}' | '\u{2bc}' | '\u{ff07}' | '\u{b4}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}') || is_combining_mark(c)
}

fn fold_char(c: char, out: &mut String) {
    match c {
        'a'..='z' | '0'..='9' | ' ' => out.push(c),
        'A'..='Z' => out.push(c.to_ascii_lowercase()),
        'œ' | 'Œ' => out.push_str("oe"),
        'æ' | 'Æ' => out.push_str("ae"),
        'ß' => out.push_str("ss"),
        'ø' | 'Ø' => out.push('o'),
        'ł' | 'Ł' => out.push('l'),
        // Greek mu, small or made capital, and micro sign are one letter to a reader; OCR and keyboards write u.
        'µ' | 'μ' | 'Μ' => out.push('u'),
        '\u{fb00}'..='\u{fb06}' => out.push_str(ligature(c)),
        c if is_apostrophe(c) => out.push('\''),
        c if is_invisible(c) => {}
        c if c.is_ascii() => out.push(c),
        // Canonical decomposition only: NFKD would make 10⁹ into 109.
        c => std::iter::once(c)
            .nfd()
            .filter(|d| !is_combining_mark(*d))
            .flat_map(char::to_lowercase)
            .for_each(|d| out.push(d)),
    }
}

fn ligature(c: char) -> &'static str {
    match c {
        '\u{fb00}' => "ff",
        '\u{fb01}' => "fi",
        '\u{fb02}' => "fl",
        '\u{fb03}' => "ffi",
        '\u{fb04}' => "ffl",
        _ => "st",
    }
}

fn is_superscript(c: char) -> bool {
    matches!(c, '⁰' | '¹' | '²' | '³' | '⁴'..='⁹')
}

/// The next run of letters, digits and the marks that can stand inside a term.
fn next_chunk(text: &str, from: usize) -> Option<Range<usize>> {
    let start = from + text[from..].find(char::is_alphanumeric)?;
    let mut end = start;
    let mut chars = text[start..].char_indices().peekable();
    let mut previous = ' ';
    while let Some((i, c)) = chars.next() {
        let next = chars.peek().map_or(' ', |(_, n)| *n);
        let inside = c.is_alphanumeric()
            || is_superscript(c)
            || is_invisible(c)
            || (is_apostrophe(c) && previous.is_alphabetic() && next.is_alphabetic())
            || (matches!(c, '.' | ',') && previous.is_ascii_digit() && next.is_ascii_digit())
            || (c == '.' && previous.is_alphabetic() && next.is_alphabetic() && is_initial(text, start + i));
        if !inside {
            break;
        }
        end = start + i + c.len_utf8();
        if !is_invisible(c) {
            previous = c;
        }
    }
    Some(start..end)
}

/// Whether the letter before `dot` stands alone, as in `C.R.P.`: such letters form one term.
fn is_initial(text: &str, dot: usize) -> bool {
    let mut before = text[..dot].chars().rev();
    before.next().is_some_and(char::is_alphabetic) && before.next().is_none_or(|c| !c.is_alphanumeric())
}

/// Splits a chunk: elided articles are dropped, a number is parted from the unit glued to it.
fn parts(text: &str, chunk: Range<usize>) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = chunk.start;
    let apostrophes = text[chunk.clone()].contains(is_apostrophe);
    if apostrophes && !WITH_APOSTROPHE.contains(&fold(&text[chunk.clone()]).as_str()) {
        while let Some(i) = text[start..chunk.end].find(is_apostrophe) {
            let apostrophe = text[start + i..].chars().next().map_or(1, char::len_utf8);
            if !ELIDED.contains(&fold(&text[start..start + i]).as_str()) {
                out.push(start..start + i);
            }
            start += i + apostrophe;
        }
    }
    let rest = start..chunk.end;
    match glued_unit(&text[rest.clone()]) {
        Some(digits) => out.extend([start..start + digits, start + digits..rest.end]),
        None => out.push(rest),
    }
    out.retain(|r| text[r.clone()].chars().any(char::is_alphanumeric));
    out
}

/// `5mg` is two terms, `5 mg` must match it; `2h` and `1er` alike. `3d` and codes with further digits
/// (`25OHD3`) stay whole.
fn glued_unit(text: &str) -> Option<usize> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ','))?;
    let tail = &text[digits..];
    let letters = tail.chars().count();
    (digits > 0 && letters <= 6 && (letters > 1 || tail.starts_with(['g', 'l', 'L', 'h', 'm', 'j', '%'])))
        .then_some(digits)
        .filter(|_| tail.chars().all(char::is_alphabetic))
}

fn token(text: &str, range: Range<usize>, stemmer: &Stemmer) -> Token {
    let raw = &text[range.clone()];
    let mut surface = fold(raw);
    surface.retain(|c| c != '\'');
    let digits = surface.chars().any(|c| c.is_ascii_digit());
    let letters = surface.chars().any(char::is_alphabetic);
    let kind = match (digits, letters) {
        (true, false) => TokenKind::Number,
        (true, true) => TokenKind::Mixed,
        _ => TokenKind::Word,
    };
    if kind == TokenKind::Number {
        return Token { surface: number(&surface), accented: None, stems: Vec::new(), kind, range };
    }
    if kind == TokenKind::Word {
        surface.retain(|c| c != '.');
    }
    let lower = lowercase(raw);
    let stems = if kind == TokenKind::Word { stems(&lower, &surface, stemmer) } else { Vec::new() };
    let accented = (lower != surface).then_some(lower);
    Token { surface, accented, stems, kind, range }
}

/// `0,70` and `0.7` are one number.
fn number(folded: &str) -> String {
    let mut text = folded.replace(',', ".");
    if text.matches('.').count() == 1 {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    text
}

fn lowercase(raw: &str) -> String {
    let visible = raw.chars().filter(|c| is_combining_mark(*c) || !is_invisible(*c));
    let mut out = String::with_capacity(raw.len());
    for c in visible.nfc().flat_map(char::to_lowercase) {
        match c {
            'œ' => out.push_str("oe"),
            'æ' => out.push_str("ae"),
            'μ' => out.push('µ'),
            '\u{fb00}'..='\u{fb06}' => out.push_str(ligature(c)),
            '.' => {}
            c if is_apostrophe(c) => {}
            c => out.push(c),
        }
    }
    out
}

fn stems(lower: &str, folded: &str, stemmer: &Stemmer) -> Vec<String> {
    let irregular = |word: &str| {
        IRREGULAR.iter().chain(MICROGRAMS).find(|(form, _)| *form == word).map(|(_, common)| *common)
    };
    let one = |word: &str| fold(&stemmer.stem(irregular(word).unwrap_or(word)));
    let mut out = Vec::with_capacity(2);
    for stem in [one(lower), one(folded)] {
        if stem != folded && !out.contains(&stem) && stem.len() > 1 {
            out.push(stem);
        }
    }
    out
}

/// Articles, pronouns and conjunctions that lose their vowel before an apostrophe, folded.
const ELIDED: &[&str] = &[
    "l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "quelqu", "presqu",
    "entr",
];

/// Words that keep their apostrophe.
const WITH_APOSTROPHE: &[&str] = &["aujourd'hui", "presqu'ile", "presqu'iles", "prud'homme", "quelqu'un"];

/// Plurals that Snowball leaves apart from their singular (snowballstem/snowball#91).
const IRREGULAR: &[(&str, &str)] = &[
    ("aïeux", "aïeul"),
    ("aieux", "aieul"),
    ("baux", "bail"),
    ("boyaux", "boyau"),
    ("cheveux", "cheveu"),
    ("coraux", "corail"),
    ("crânaux", "crânal"),
    ("enjeux", "enjeu"),
    ("essieux", "essieu"),
    ("choux", "chou"),
    ("feux", "feu"),
    ("genoux", "genou"),
    ("jeux", "jeu"),
    ("lieux", "lieu"),
    ("maux", "mal"),
    ("neveux", "neveu"),
    ("noyaux", "noyau"),
    ("oeufs", "oeuf"),
    ("poux", "pou"),
    ("travaux", "travail"),
    ("tuyaux", "tuyau"),
    ("vitraux", "vitrail"),
    ("voeux", "voeu"),
    ("yeux", "oeil"),
];

/// Ways to write the microgram: prescriptions spell it so that nobody reads `mg`. `pg` is not one of them, though
/// OCR may take one for the other: a picogram is a unit of its own.
const MICROGRAMS: &[(&str, &str)] =
    &[("mcg", "µg"), ("microg", "µg"), ("microgramme", "µg"), ("microgrammes", "µg")];

/// Sorted, folded.
const FUNCTION_WORDS: &[&str] = &[
    "a",
    "ai",
    "as",
    "au",
    "aussi",
    "aux",
    "avait",
    "avec",
    "avez",
    "avoir",
    "avons",
    "ca",
    "car",
    "ce",
    "cela",
    "ces",
    "cet",
    "cette",
    "chez",
    "ci",
    "comme",
    "concernant",
    "concerne",
    "dans",
    "de",
    "depuis",
    "des",
    "donc",
    "dont",
    "du",
    "elle",
    "elles",
    "en",
    "entre",
    "es",
    "est",
    "et",
    "etait",
    "ete",
    "etes",
    "etre",
    "eu",
    "faire",
    "fait",
    "faudra",
    "faut",
    "il",
    "ils",
    "je",
    "la",
    "le",
    "les",
    "leur",
    "leurs",
    "lors",
    "lui",
    "m",
    "ma",
    "mais",
    "me",
    "meme",
    "mes",
    "moi",
    "mon",
    "nos",
    "notre",
    "nous",
    "on",
    "ont",
    "ou",
    "par",
    "peut",
    "plus",
    "pour",
    "pourquoi",
    "qu",
    "quand",
    "que",
    "quel",
    "quelle",
    "quelles",
    "quels",
    "qui",
    "quoi",
    "sa",
    "se",
    "ses",
    "si",
    "soit",
    "son",
    "sont",
    "suis",
    "sur",
    "t",
    "ta",
    "te",
    "tes",
    "toi",
    "ton",
    "tous",
    "tout",
    "toute",
    "toutes",
    "tu",
    "un",
    "une",
    "vers",
    "vos",
    "votre",
    "vous",
    "y",
];

#[cfg(test)]
mod tests;
