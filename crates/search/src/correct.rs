//! Misspelt words of a query, before anything is read into them.
//!
//! A word that neither the record nor the lexicon holds is read as the nearest word of either, the record's
//! first at equal distance. The name of a drug is put in a word's place only where it is the single nearest
//! word, one letter away or said alike: names that look alike are different drugs. Numbers, codes and words
//! under five letters stay as they are.

use crate::Error;
use crate::expand::{self, Match};
use crate::parse::Parsed;
use crate::query::{Query, Reading};
use crate::understand::{Understanding, is_wording};
use crate::view::View;
use lexicon::Candidate;
use record::french::{TokenKind, tokens};

/// Shortest word that is corrected, and length from which on two letters may differ.
const SHORTEST: usize = 5;
const TWO_ERRORS: usize = 7;

/// Puts corrected words into the query; gives the pairs of what was typed and what is looked for.
pub(crate) fn correct(
    view: &View,
    visible: &[bool],
    query: &Query,
    understanding: &Understanding,
    parsed: &mut Parsed,
) -> Result<Vec<(String, String)>, Error> {
    let mut out = Vec::new();
    if query.ignore.contains(&Reading::Spelling) {
        return Ok(out);
    }
    for at in 0..parsed.words.len() {
        let word = &parsed.words[at];
        let typed = word.token.surface.clone();
        let length = typed.chars().count();
        if word.token.kind != TokenKind::Word || length < SHORTEST || lexicon::is_word(&typed) {
            continue;
        }
        if is_wording(&typed) || understanding.uses(parsed, &typed) || expand::is_known(view, visible, word)?
        {
            continue;
        }
        // A name is one of the record's or none: "Lefevre" is no word of medicine.
        let name = understanding.names(&typed);
        let nearest = expand::spellings(view, visible, word)?.into_iter().next();
        let own = nearest.filter(|v| v.how == Match::Spelling).map(|v| (distance(&v), v.term));
        let errors = if length >= TWO_ERRORS { 2 } else { 1 };
        let known = from_lexicon(&typed, errors).filter(|_| !name);
        let best = match (own, known) {
            (Some((own, term)), Some(known)) if known.distance < own && known.distance < 3 => {
                drop(term);
                known.word
            }
            (Some((_, term)), _) => term,
            (None, Some(known)) => known.word,
            (None, None) => continue,
        };
        replace(parsed, at, &typed, &best);
        out.push((parsed.words[at].typed.clone(), best));
    }
    Ok(out)
}

fn distance(variant: &expand::Variant) -> u8 {
    if variant.weight >= expand::SPELLING_SHARE[0] { 1 } else { 2 }
}

fn from_lexicon(typed: &str, errors: u8) -> Option<Candidate> {
    let mut found = lexicon::candidates(typed, errors).into_iter();
    let first = found.next()?;
    let rival = found.next().filter(|c| c.distance == first.distance);
    let same_start = typed.chars().next() == first.word.chars().next();
    let alike = record::french::sound(typed) == record::french::sound(&first.word);
    let safe =
        if first.drug { rival.is_none() && (first.distance == 1 || alike) } else { alike || same_start };
    safe.then_some(first)
}

fn replace(parsed: &mut Parsed, at: usize, typed: &str, best: &str) {
    let Some(token) = tokens(best).into_iter().next() else { return };
    for own in parsed.tokens.iter_mut().filter(|t| t.surface == typed) {
        *own = record::french::Token { range: own.range.clone(), ..token.clone() };
    }
    let range = parsed.words[at].token.range.clone();
    parsed.words[at].token = record::french::Token { range, ..token };
    parsed.words[at].open = false;
}
