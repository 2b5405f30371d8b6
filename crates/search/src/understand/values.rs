//! Numeric conditions in a query: "hba1c au dessus de 7", "ldl < 0,70 g/L", "tension 14/9".
//!
//! A condition needs a measure, a word or sign of comparison, and a number. Two-part values are blood
//! pressure, in centimetres or millimetres of mercury. A number beside a measure without a comparison is no
//! condition: it is looked for as a word.

use super::tokens::Tokens;
use lexicon::{ConceptId, ConceptKind, Mention, concept};
use std::ops::Range;

/// A condition on a measure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Condition {
    /// Tokens that say it, the measure's name among them.
    pub(crate) tokens: Range<usize>,
    /// The measure: the concepts that its name may mean.
    pub(crate) measures: Vec<ConceptId>,
    /// Bounds of the value, included or not.
    pub(crate) bounds: Bounds,
    /// The unit that was typed.
    pub(crate) unit: Option<String>,
}

/// What a value must lie between.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    /// Least value, and whether it is itself allowed.
    pub(crate) least: Option<(f64, bool)>,
    /// Greatest value, and whether it is itself allowed.
    pub(crate) most: Option<(f64, bool)>,
}

impl Bounds {
    pub(crate) fn hold(&self, value: f64) -> bool {
        // A converted value is not exact.
        let slack = value.abs() * 1e-6;
        let above =
            self.least.is_none_or(|(b, own)| if own { value >= b - slack } else { value > b + slack });
        let below = self.most.is_none_or(|(b, own)| if own { value <= b + slack } else { value < b - slack });
        above && below
    }

    /// The bounds in another unit.
    pub(crate) fn scaled(&self, factor: f64) -> Bounds {
        let scale = |bound: Option<(f64, bool)>| bound.map(|(b, own)| (b * factor, own));
        Bounds { least: scale(self.least), most: scale(self.most) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Compare {
    Above(bool),
    Below(bool),
    Equal,
}

/// Signs of comparison, as they stand between two tokens.
const SIGNS: [(&str, Compare); 10] = [
    (">=", Compare::Above(true)),
    ("≥", Compare::Above(true)),
    ("=>", Compare::Above(true)),
    ("<=", Compare::Below(true)),
    ("≤", Compare::Below(true)),
    ("=<", Compare::Below(true)),
    (">", Compare::Above(false)),
    ("<", Compare::Below(false)),
    (":", Compare::Equal),
    ("=", Compare::Equal),
];

/// Words of comparison, longest first.
const WORDS: [(&[&str], Compare); 21] = [
    (&["superieur", "ou", "egal", "a"], Compare::Above(true)),
    (&["inferieur", "ou", "egal", "a"], Compare::Below(true)),
    (&["au", "dessus", "de"], Compare::Above(false)),
    (&["en", "dessous", "de"], Compare::Below(false)),
    (&["au", "dessous", "de"], Compare::Below(false)),
    (&["plus", "grand", "que"], Compare::Above(false)),
    (&["plus", "petit", "que"], Compare::Below(false)),
    (&["plus", "haut", "que"], Compare::Above(false)),
    (&["plus", "haute", "que"], Compare::Above(false)),
    (&["plus", "bas", "que"], Compare::Below(false)),
    (&["plus", "basse", "que"], Compare::Below(false)),
    (&["superieur", "a"], Compare::Above(false)),
    (&["inferieur", "a"], Compare::Below(false)),
    (&["egal", "a"], Compare::Equal),
    (&["plus", "de"], Compare::Above(false)),
    (&["moins", "de"], Compare::Below(false)),
    (&["depasse"], Compare::Above(false)),
    (&["depassant"], Compare::Above(false)),
    (&["sous"], Compare::Below(false)),
    (&["egal"], Compare::Equal),
    (&["a"], Compare::Equal),
];

/// So many other words may stand between a measure and its comparison: "ma tension était au dessus de 14".
const MOST_BETWEEN: usize = 4;

/// The condition that a query states, if it states one. `mentions` are the query's.
pub(crate) fn condition(tokens: &Tokens, mentions: &[Mention]) -> Option<Condition> {
    mentions.iter().find_map(|mention| {
        let measures = measures(mention);
        if measures.is_empty() {
            return None;
        }
        let end = mention.tokens.end;
        let (bounds, end) =
            (end..=end + MOST_BETWEEN).find_map(|at| compared(tokens, at).or_else(|| pair(tokens, at)))?;
        let unit = unit(tokens, end);
        let end = end + usize::from(unit.is_some());
        Some(Condition { tokens: mention.tokens.start..end, measures, bounds, unit })
    })
}

/// The measures that a mention may mean.
fn measures(mention: &Mention) -> Vec<ConceptId> {
    let measured = |id: &ConceptId| concept(*id).is_some_and(|c| c.kind == ConceptKind::Laboratory);
    let mut out: Vec<ConceptId> = mention.senses.iter().map(|s| s.concept).filter(measured).collect();
    for sense in &mention.senses {
        // "tension" is the disease too, whose measure is meant beside a number.
        let relations = concept(sense.concept).map_or(&[][..], |c| c.relations);
        let measuring =
            relations.iter().filter(|(r, _)| *r == lexicon::Relation::MeasuredBy).map(|(_, id)| *id);
        out.extend(measuring.filter(measured));
    }
    out.dedup();
    out
}

/// "> 7", "au dessus de 7", "entre 7 et 8".
fn compared(tokens: &Tokens, at: usize) -> Option<(Bounds, usize)> {
    if let Some(next) = tokens.phrase(at, &["entre"])
        && let (Some(least), Some(most)) = (tokens.decimal(next), tokens.decimal(next + 2))
        && tokens.is(next + 1, "et")
    {
        return Some((Bounds { least: Some((least, true)), most: Some((most, true)) }, next + 3));
    }
    let sign = at.checked_sub(1).map_or("", |before| tokens.between(before));
    let signed = SIGNS.iter().find(|(text, _)| sign.ends_with(text)).map(|(_, compare)| (*compare, at));
    let worded = || WORDS.iter().find_map(|(words, compare)| Some((*compare, tokens.phrase(at, words)?)));
    let (compare, at) = signed.or_else(worded)?;
    let value = tokens.decimal(at)?;
    if compare == Compare::Equal && tokens.between(at) == "/" {
        return None;
    }
    Some((bounds(compare, value), at + 1))
}

fn bounds(compare: Compare, value: f64) -> Bounds {
    match compare {
        Compare::Above(own) => Bounds { least: Some((value, own)), most: None },
        Compare::Below(own) => Bounds { least: None, most: Some((value, own)) },
        Compare::Equal => Bounds { least: Some((value, true)), most: Some((value, true)) },
    }
}

/// `14/9`: the first part is the systolic value, from which the second follows in the same measure.
fn pair(tokens: &Tokens, at: usize) -> Option<(Bounds, usize)> {
    let (systolic, _) = (tokens.decimal(at)?, tokens.decimal(at + 1)?);
    (tokens.between(at) == "/").then(|| (bounds(Compare::Equal, systolic), at + 2))
}

/// A unit after the number: `g/L` is two tokens with a slash between.
fn unit(tokens: &Tokens, at: usize) -> Option<String> {
    let known = [
        "g", "mg", "ug", "ng", "pg", "mmol", "umol", "nmol", "pmol", "ui", "mui", "mmhg", "cmhg", "kg", "cm",
    ];
    let word = tokens.word(at);
    known.contains(&word).then(|| {
        if tokens.between(at) == "/" { format!("{word}/{}", tokens.word(at + 1)) } else { word.to_owned() }
    })
}
