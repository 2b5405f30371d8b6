//! The tokens of a query as the readers of dates and values look at them: folded words, with number and
//! gender forgotten where it does not matter.

use record::french::{Token, TokenKind};

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

    pub(crate) fn word(&self, at: usize) -> &'a str {
        self.tokens.get(at).map_or("", |t| &t.surface)
    }

    /// Whether the token is the word, in whatever number and gender.
    pub(crate) fn is(&self, at: usize, word: &str) -> bool {
        let surface = self.word(at);
        surface == word || (word.len() > 3 && singular(surface) == singular(word))
    }

    /// The place after the words, if they stand at `at`.
    pub(crate) fn phrase(&self, at: usize, words: &[&str]) -> Option<usize> {
        let stands = words.iter().enumerate().all(|(i, word)| self.is(at + i, word));
        stands.then_some(at + words.len())
    }

    /// What stands between the token and the next, without blanks.
    pub(crate) fn between(&self, at: usize) -> &'a str {
        match (self.tokens.get(at), self.tokens.get(at + 1)) {
            (Some(a), Some(b)) => self.text.get(a.range.end..b.range.start).unwrap_or("").trim(),
            _ => "",
        }
    }

    /// The text of a stretch of tokens, as typed.
    pub(crate) fn typed(&self, tokens: &std::ops::Range<usize>) -> &'a str {
        match (self.tokens.get(tokens.start), self.tokens.get(tokens.end.wrapping_sub(1))) {
            (Some(first), Some(last)) => self.text.get(first.range.start..last.range.end).unwrap_or(""),
            _ => "",
        }
    }

    pub(crate) fn decimal(&self, at: usize) -> Option<f64> {
        let token = self.tokens.get(at)?;
        (token.kind == TokenKind::Number).then(|| token.surface.parse().ok()).flatten()
    }

    pub(crate) fn number(&self, at: usize) -> Option<u16> {
        let token = self.tokens.get(at)?;
        (token.kind == TokenKind::Number).then(|| token.surface.parse().ok()).flatten()
    }

    /// A number from 1 to `most`; `1er` is two tokens, of which this is the first.
    pub(crate) fn small(&self, at: usize, most: u8) -> Option<u8> {
        self.number(at).and_then(|n| u8::try_from(n).ok()).filter(|n| (1..=most).contains(n))
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
        const WORDS: [(&str, u16); 14] = [
            ("un", 1),
            ("une", 1),
            ("deux", 2),
            ("trois", 3),
            ("quatre", 4),
            ("cinq", 5),
            ("six", 6),
            ("sept", 7),
            ("huit", 8),
            ("neuf", 9),
            ("dix", 10),
            ("douze", 12),
            ("quinze", 15),
            ("vingt", 20),
        ];
        let word = self.word(at);
        let named = WORDS.iter().find(|(name, _)| *name == word).map(|(_, n)| *n);
        self.number(at).filter(|n| (1..=600).contains(n)).or(named)
    }

    /// The days of a unit of time.
    pub(crate) fn unit_days(&self, at: usize) -> Option<i64> {
        const UNITS: [(&str, i64); 8] = [
            ("jour", 1),
            ("jours", 1),
            ("semaine", 7),
            ("mois", 30),
            ("trimestre", 91),
            ("an", 365),
            ("ans", 365),
            ("annee", 365),
        ];
        UNITS.iter().find(|(name, _)| self.is(at, name)).map(|(_, days)| *days)
    }
}

/// A word without the endings of number and gender: `dernières` and `dernier` are one.
fn singular(word: &str) -> &str {
    let word = word.strip_suffix('s').unwrap_or(word);
    let word = word.strip_suffix('e').unwrap_or(word);
    word
}
