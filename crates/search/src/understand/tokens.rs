//! The tokens of a query as the readers of dates, values and people look at them: folded words, with number
//! and gender forgotten where it does not matter.

use record::french::{Token, TokenKind, fold, is_apostrophe};
use std::ops::Range;

/// The tokens of a query with its text.
pub(crate) struct Tokens<'a> {
    text: &'a str,
    tokens: &'a [Token],
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(text: &'a str, tokens: &'a [Token]) -> Self {
        Tokens { text, tokens }
    }

    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(crate) fn get(&self, at: usize) -> Option<&'a Token> {
        self.tokens.get(at)
    }

    pub(crate) fn slice(&self, tokens: Range<usize>) -> &'a [Token] {
        self.tokens.get(tokens).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    pub(crate) fn word(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |t| &t.surface)
    }

    /// Whether the token is the word, in whatever number and gender.
    pub(crate) fn is(&self, at: usize, word: &str) -> bool {
        same(self.word(at), word)
    }

    pub(crate) fn is_any(&self, at: usize, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(at, word))
    }

    /// Whether the token is one of the words as they are.
    pub(crate) fn exactly(&self, at: usize, words: &[&str]) -> bool {
        words.contains(&self.word(at))
    }

    /// Whether the token says something by itself.
    pub(crate) fn is_content(&self, at: usize) -> bool {
        at < self.len() && !record::french::is_function_word(self.word(at))
    }

    /// The place after the words, if they stand at `at`.
    pub(crate) fn phrase(&self, at: usize, words: &[&str]) -> Option<usize> {
        let stands = words.iter().enumerate().all(|(i, word)| self.is(at + i, word));
        stands.then_some(at + words.len())
    }

    /// The place after the first of the phrases that stands at `at`.
    pub(crate) fn any_phrase(&self, at: usize, phrases: &[&[&str]]) -> Option<usize> {
        phrases.iter().find_map(|words| self.phrase(at, words))
    }

    /// The place after the words at `from` that are among `words`.
    pub(crate) fn skip(&self, from: usize, words: &[&str]) -> usize {
        (from..self.len()).find(|at| !self.exactly(*at, words)).unwrap_or(self.len())
    }

    /// What stands between the token and the next, without blanks.
    pub(crate) fn between(&self, at: usize) -> &'a str {
        match (self.tokens.get(at), self.tokens.get(at + 1)) {
            (Some(a), Some(b)) => self.text.get(a.range.end..b.range.start).unwrap_or("").trim(),
            _ => "",
        }
    }

    /// The word that lost its vowel before the token: `jusqu` of "jusqu'en"; empty where there is none.
    pub(crate) fn elided(&self, at: usize) -> String {
        let elided = self.tokens.get(at).and_then(|t| self.text.get(self.elision(t)..t.range.start));
        fold(elided.unwrap_or("").trim_end_matches(is_apostrophe))
    }

    /// Where the elided word before a token begins, or the token itself.
    fn elision(&self, token: &Token) -> usize {
        let start = token.range.start;
        let Some(before) = self.text.get(..start).and_then(|text| text.strip_suffix(is_apostrophe)) else {
            return start;
        };
        before.trim_end_matches(char::is_alphabetic).len()
    }

    /// The bytes of the text that a stretch of tokens covers, an elided article included.
    pub(crate) fn bytes(&self, tokens: &Range<usize>) -> Range<usize> {
        match (self.tokens.get(tokens.start), self.tokens.get(tokens.end.wrapping_sub(1))) {
            (Some(first), Some(last)) => self.elision(first)..last.range.end,
            _ => 0..0,
        }
    }

    /// The text after a token.
    pub(crate) fn rest(&self, at: usize) -> &'a str {
        self.tokens.get(at).and_then(|t| self.text.get(t.range.end..)).unwrap_or("")
    }

    /// How many tokens begin within `bytes` of text after the token `at`.
    pub(crate) fn tokens_within(&self, at: usize, bytes: usize) -> usize {
        let Some(end) = self.tokens.get(at).map(|t| t.range.end + bytes) else { return 0 };
        self.tokens[at + 1..].iter().take_while(|t| t.range.end <= end).count()
    }

    pub(crate) fn decimal(&self, at: usize) -> Option<f64> {
        let token = self.tokens.get(at)?;
        (token.kind == TokenKind::Number).then(|| token.surface.parse().ok()).flatten()
    }

    /// How many decimals the number is written with.
    pub(crate) fn decimals(&self, at: usize) -> usize {
        let written = self.tokens.get(at).map_or("", |t| &self.text[t.range.clone()]);
        written.find(['.', ',']).map_or(0, |dot| written.len() - dot - 1)
    }

    pub(crate) fn number(&self, at: usize) -> Option<u16> {
        let token = self.tokens.get(at)?;
        (token.kind == TokenKind::Number).then(|| token.surface.parse().ok()).flatten()
    }

    /// A number from 1 to `most`; `1er` is two tokens, of which this is the first.
    pub(crate) fn small(&self, at: usize, most: u8) -> Option<u8> {
        self.number(at).and_then(|n| u8::try_from(n).ok()).filter(|n| (1..=most).contains(n))
    }

    /// Whether the number is written in two figures.
    pub(crate) fn two_figures(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|t| t.range.len() == 2 && t.kind == TokenKind::Number)
    }

    /// A year from 1900 to 2100 in four figures.
    pub(crate) fn year(&self, at: usize) -> Option<u16> {
        let token = self.tokens.get(at)?;
        self.number(at).filter(|y| (1900..=2100).contains(y) && token.range.len() == 4)
    }

    pub(crate) fn month(&self, at: usize) -> Option<u8> {
        let word = self.word(at);
        // Shorter ones are other words too.
        (word.len() > 2 && word != "mar" && word != "sep").then(|| lexicon::month_number(word)).flatten()
    }

    /// A whole number in figures or words.
    pub(crate) fn count(&self, at: usize) -> Option<u16> {
        const WORDS: [(&str, u16); 18] = [
            ("un", 1),
            ("une", 1),
            ("deux", 2),
            ("trois", 3),
            ("quelques", 3),
            ("quatre", 4),
            ("cinq", 5),
            ("six", 6),
            ("sept", 7),
            ("huit", 8),
            ("neuf", 9),
            ("dix", 10),
            ("onze", 11),
            ("douze", 12),
            ("quinze", 15),
            ("vingt", 20),
            ("trente", 30),
            ("cent", 100),
        ];
        let word = self.word(at);
        let named = WORDS.iter().find(|(name, _)| *name == word).map(|(_, n)| *n);
        self.number(at).filter(|n| (1..=600).contains(n)).or(named)
    }

    /// The days of a unit of time.
    pub(crate) fn unit_days(&self, at: usize) -> Option<i64> {
        const UNITS: [(&str, i64); 9] = [
            ("jour", 1),
            ("jours", 1),
            ("semaine", 7),
            ("mois", 30),
            ("trimestre", 91),
            ("semestre", 182),
            ("an", 365),
            ("ans", 365),
            ("annee", 365),
        ];
        UNITS.iter().find(|(name, _)| self.is(at, name)).map(|(_, days)| *days)
    }
}

/// Whether two folded words are one, in whatever number and gender.
pub(crate) fn same(surface: &str, word: &str) -> bool {
    surface == word || (word.len() > 3 && singular(surface) == singular(word))
}

/// A word without the endings of number and gender: `dernières` and `dernier` are one.
fn singular(word: &str) -> &str {
    let word = word.strip_suffix('s').unwrap_or(word);
    word.strip_suffix('e').unwrap_or(word)
}
