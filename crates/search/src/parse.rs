//! From the typed text to words, phrases and exclusions.

use crate::{Query, QueryError};
use record::french::{Token, fold, is_function_word, tokens};

/// A query, taken apart.
#[derive(Default)]
pub(crate) struct Parsed {
    pub(crate) words: Vec<Word>,
    /// All tokens outside quotations and exclusions, those that only hold the sentence together too, with
    /// their places in the typed text.
    pub(crate) tokens: Vec<Token>,
    /// Quoted text: an item must hold each of them.
    pub(crate) phrases: Vec<Vec<Token>>,
    /// `-mot`, `-"deux mots"`: an item must hold none of them.
    pub(crate) excluded: Vec<Vec<Token>>,
}

pub(crate) struct Word {
    /// As typed.
    pub(crate) typed: String,
    pub(crate) token: Token,
    /// Whether more letters may follow: the last word, while it is being typed.
    pub(crate) open: bool,
    /// Whether an item answers without it as well.
    pub(crate) optional: bool,
}

/// Words that only introduce an author or a wish, beside those of the language.
const INTRODUCING: &[&str] = &["docteur", "dr", "mme", "monsieur", "mr", "pr", "professeur"];

/// Whether a folded word only introduces a person.
#[cfg(test)]
pub(crate) fn introduces(folded: &str) -> bool {
    INTRODUCING.contains(&folded)
}

/// Takes the text apart.
///
/// # Errors
/// A text over the limits of [`Query`].
pub(crate) fn parse(text: &str) -> Result<Parsed, QueryError> {
    if text.chars().count() > Query::MAX_CHARS {
        return Err(QueryError::TooLong(Query::MAX_CHARS));
    }
    let mut parsed = Parsed::default();
    let mut rest = text;
    while let Some(piece) = next_piece(&mut rest) {
        match piece {
            Piece::Plain(plain, open) => {
                let start = plain.as_ptr() as usize - text.as_ptr() as usize;
                parsed.add_words(plain, start, open);
            }
            Piece::Phrase(phrase) => parsed.phrases.extend(Some(tokens(phrase)).filter(|t| !t.is_empty())),
            Piece::Excluded(text) => parsed.excluded.extend(Some(tokens(text)).filter(|t| !t.is_empty())),
        }
    }
    let count =
        parsed.words.len() + parsed.phrases.iter().chain(&parsed.excluded).map(Vec::len).sum::<usize>();
    if count > Query::MAX_TERMS {
        return Err(QueryError::TooManyTerms(Query::MAX_TERMS));
    }
    parsed.drop_function_words();
    Ok(parsed)
}

impl Parsed {
    /// Adds the words of a piece that starts at byte `start` of the query.
    fn add_words(&mut self, text: &str, start: usize, open: bool) {
        let found = tokens(text);
        let last = found.len().saturating_sub(1);
        for (i, token) in found.into_iter().enumerate() {
            let open = open && i == last && token.range.end == text.len();
            let range = start + token.range.start..start + token.range.end;
            self.tokens.push(Token { range, ..token.clone() });
            let known = self.words.iter_mut().find(|w| w.token.surface == token.surface);
            match known {
                Some(word) => word.open |= open,
                None => self.words.push(Word {
                    typed: text[token.range.clone()].to_owned(),
                    token,
                    open,
                    optional: false,
                }),
            }
        }
    }

    /// What is left to look for, as a text for a model: as typed, a corrected word as it was read. `None` if
    /// nothing is.
    pub(crate) fn meant(&self, typed: &str) -> Option<String> {
        let (mut text, mut end) = (String::new(), 0);
        for token in &self.tokens {
            // What stands between two words that follow each other: a space, an apostrophe, a hyphen.
            let between = typed.get(end..token.range.start).filter(|b| !b.contains(char::is_alphanumeric));
            text.push_str(between.filter(|_| end > 0).unwrap_or(" "));
            let written = typed.get(token.range.clone()).filter(|w| fold(w) == fold(&token.surface));
            text.push_str(written.unwrap_or(&token.surface));
            end = token.range.end;
        }
        (!self.words.is_empty()).then(|| text.trim().to_owned())
    }

    /// "de", "la", "dr" find nothing by themselves, unless the query has nothing else.
    fn drop_function_words(&mut self) {
        let empty = |word: &Word| {
            let surface = fold(&word.token.surface);
            is_function_word(&surface) || INTRODUCING.contains(&surface.as_str())
        };
        if !self.phrases.is_empty() || !self.words.iter().all(empty) {
            self.words.retain(|word| !empty(word));
        }
    }
}

enum Piece<'a> {
    Plain(&'a str, bool),
    Phrase(&'a str),
    Excluded(&'a str),
}

fn closing_quote(open: char) -> Option<char> {
    match open {
        '"' => Some('"'),
        '«' => Some('»'),
        '“' => Some('”'),
        _ => None,
    }
}

/// The next quoted text, exclusion, or run of other text.
fn next_piece<'a>(rest: &mut &'a str) -> Option<Piece<'a>> {
    let text = rest.trim_start();
    let first = text.chars().next()?;
    if let Some((inner, after)) = quoted(text) {
        *rest = after;
        return Some(Piece::Phrase(inner));
    }
    if first == '-' && text[1..].starts_with(|c: char| c.is_alphanumeric() || closing_quote(c).is_some()) {
        if let Some((inner, after)) = quoted(&text[1..]) {
            *rest = after;
            return Some(Piece::Excluded(inner));
        }
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        *rest = &text[end..];
        return Some(Piece::Excluded(&text[1..end]));
    }
    let end = plain_end(text);
    *rest = &text[end..];
    Some(Piece::Plain(&text[..end], end == text.len()))
}

fn quoted(text: &str) -> Option<(&str, &str)> {
    let open = text.chars().next()?;
    let close = closing_quote(open)?;
    let inner = &text[open.len_utf8()..];
    let end = inner.find(close)?;
    Some((&inner[..end], &inner[end + close.len_utf8()..]))
}

/// Plain text ends before a quotation that closes, or before ` -mot`.
fn plain_end(text: &str) -> usize {
    let mut previous = 'x';
    for (i, c) in text.char_indices().skip(1) {
        let exclusion = c == '-'
            && previous.is_whitespace()
            && text[i + 1..].starts_with(|c: char| c.is_alphanumeric() || closing_quote(c).is_some());
        if exclusion || quoted(&text[i..]).is_some() {
            return i;
        }
        previous = c;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn join(tokens: &[Token]) -> String {
        tokens.iter().map(|t| t.surface.as_str()).collect::<Vec<_>>().join(" ")
    }

    fn check(text: &str, words: &str, phrases: &[&str], excluded: &[&str]) {
        let parsed = parse(text).unwrap();
        let found: Vec<String> = parsed
            .words
            .iter()
            .map(|w| format!("{}{}", w.token.surface, if w.open { "…" } else { "" }))
            .collect();
        assert_eq!(found.join(" "), words, "{text}");
        assert_eq!(parsed.phrases.iter().map(|p| join(p)).collect::<Vec<_>>(), phrases, "{text}");
        assert_eq!(parsed.excluded.iter().map(|p| join(p)).collect::<Vec<_>>(), excluded, "{text}");
    }

    #[test]
    fn words_phrases_exclusions() {
        check("douleur genou", "douleur genou…", &[], &[]);
        check("douleur genou ", "douleur genou", &[], &[]);
        check("l'IRM du genou", "irm genou…", &[], &[]);
        check("genou -prothèse", "genou", &[], &["prothese"]);
        check("« prise de sang » mars", "mars…", &["prise de sang"], &[]);
        check("\"pas de fracture\" -\"main droite\" radio", "radio…", &["pas de fracture"], &["main droite"]);
        check("anti-inflammatoires", "anti inflammatoires…", &[], &[]);
        check("ldl < 0,70", "ldl 0.7…", &[], &[]);
        check("dr girard", "girard…", &[], &[]);
        check("de la", "de la…", &[], &[]);
        check("guillemet \" seul", "guillemet seul…", &[], &[]);
        check("- tiret", "tiret…", &[], &[]);
        check("", "", &[], &[]);
    }

    #[test]
    fn limits() {
        assert!(matches!(parse(&"a".repeat(513)), Err(QueryError::TooLong(512))));
        let words: Vec<String> = (0..33).map(|i| format!("mot{i}")).collect();
        assert!(matches!(parse(&words.join(" ")), Err(QueryError::TooManyTerms(32))));
    }

    proptest! {
        #[test]
        fn any_text_parses(text in "[-\"«»a-zé0-9 '’]{0,60}|\\PC{0,60}") {
            prop_assert!(parse(&text).is_ok());
        }
    }
}
