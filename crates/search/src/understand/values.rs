//! Numeric conditions in a query: "hba1c au dessus de 7", "ldl < 0,70 g/L", "tension 14/9", "39 de fièvre".
//!
//! A condition needs a measure, a word or sign of comparison, and a number. Two-part values are blood
//! pressure, in centimetres or millimetres of mercury. A number beside a measure without a comparison is no
//! condition: it is looked for as a word. A number that stands for itself stands for all values that begin
//! with its figures: who says 8 means 8,2 too.

use super::tokens::Tokens;
use lexicon::{ConceptId, ConceptKind, Mention, Register, concept};
use record::french::{fold, tokens as analyse};
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
    /// The unit that was typed, folded.
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
const WORDS: [(&[&str], Compare); 35] = [
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
    (&["plus", "eleve", "que"], Compare::Above(false)),
    (&["plus", "faible", "que"], Compare::Below(false)),
    (&["au", "dela", "de"], Compare::Above(false)),
    (&["en", "deca", "de"], Compare::Below(false)),
    (&["a", "partir", "de"], Compare::Above(true)),
    (&["superieur", "a"], Compare::Above(false)),
    (&["inferieur", "a"], Compare::Below(false)),
    (&["egal", "a"], Compare::Equal),
    (&["a", "plus", "de"], Compare::Above(false)),
    (&["a", "moins", "de"], Compare::Below(false)),
    (&["plus", "de"], Compare::Above(false)),
    (&["moins", "de"], Compare::Below(false)),
    (&["plus", "que"], Compare::Above(false)),
    (&["moins", "que"], Compare::Below(false)),
    (&["au", "moins"], Compare::Above(true)),
    (&["au", "plus"], Compare::Below(true)),
    (&["superieur"], Compare::Above(false)),
    (&["inferieur"], Compare::Below(false)),
    (&["depasse"], Compare::Above(false)),
    (&["depassant"], Compare::Above(false)),
    (&["depassait"], Compare::Above(false)),
    (&["sous"], Compare::Below(false)),
    (&["egal"], Compare::Equal),
    (&["a"], Compare::Equal),
];

/// So many other words may stand between a measure and its comparison: "ma tension était au dessus de 14".
const MOST_BETWEEN: usize = 4;

/// Units that are understood beside those of the lexicon, folded.
const UNITS: [&str; 24] = [
    "mmol/l", "umol/l", "nmol/l", "pmol/l", "g/dl", "mg/dl", "mg/l", "ug/l", "ng/ml", "ng/l", "pg/ml", "g/l",
    "mui/l", "ui/ml", "ui/l", "u/l", "mmhg", "cmhg", "kg/m2", "kg", "cm", "ml/min", "%", "g",
];

/// The condition that a query states, if it states one. `mentions` are the query's.
pub(crate) fn condition(tokens: &Tokens, mentions: &[Mention]) -> Option<Condition> {
    let parts: Vec<Mention> = mentions.iter().flat_map(|mention| alone(tokens, mention)).collect();
    let stated = mentions.iter().chain(&parts).find_map(|mention| {
        let measures = measures(mention);
        if measures.is_empty() {
            return None;
        }
        after(tokens, mention, &measures).or_else(|| before(tokens, mention, &measures))
    });
    stated.or_else(|| pressure_alone(tokens))
}

/// What a mention means by itself, up to a number in it: "IMC supérieur à 30" is a disease to patients, and the
/// words around an abbreviation may speak for another sense, but a comparison speaks for the measure.
fn alone(tokens: &Tokens, mention: &Mention) -> Vec<Mention> {
    let Range { start, end } = mention.tokens;
    let end = (start..end).find(|at| tokens.decimal(*at).is_some()).unwrap_or(end);
    let mut parts = lexicon::mentions(tokens.text(), tokens.slice(start..end), Register::Query);
    for part in &mut parts {
        part.tokens = part.tokens.start + start..part.tokens.end + start;
    }
    parts
}

/// "hba1c au dessus de 7": the measure first.
fn after(tokens: &Tokens, mention: &Mention, measures: &[ConceptId]) -> Option<Condition> {
    let end = mention.tokens.end;
    let pressure = is_pressure(measures);
    let (bounds, end) = (end..=end + MOST_BETWEEN)
        .find_map(|at| pair(tokens, at, pressure).or_else(|| compared(tokens, at, measures)))?;
    let (unit, end) = unit(tokens, end, measures);
    Some(Condition { tokens: mention.tokens.start..end, measures: measures.to_vec(), bounds, unit })
}

/// "plus de 14 de tension", "39 de fièvre": the number first.
fn before(tokens: &Tokens, mention: &Mention, measures: &[ConceptId]) -> Option<Condition> {
    let first = mention.tokens.start.saturating_sub(MOST_BETWEEN + 4);
    (first..mention.tokens.end).find_map(|start| {
        let plain = || tokens.decimal(start).map(|_| (equal(tokens, start), start + 1));
        let (bounds, after) = compared(tokens, start, measures).or_else(plain)?;
        let (unit, after) = unit(tokens, after, measures);
        let joined = tokens.word(after) == "de" || tokens.elided(after) == "d";
        // The number may be part of what patients say: "39 de fièvre".
        let reaches = mention.tokens.contains(&tokens.skip(after, &["de"]));
        let tokens = start.min(mention.tokens.start)..mention.tokens.end;
        (joined && reaches).then(|| Condition { tokens, measures: measures.to_vec(), bounds, unit })
    })
}

/// "140/90": nothing else is written so; "ta 13/8": the abbreviation is a word of the language.
fn pressure_alone(tokens: &Tokens) -> Option<Condition> {
    const NAME: &str = "pression artérielle";
    let named = |at: usize| at > 0 && tokens.word(at - 1) == "ta";
    let likely = |at: &usize| match (tokens.number(*at), tokens.number(*at + 1)) {
        (Some(high), Some(low)) => {
            let millimetres = (70..=260).contains(&high) && (35..high.min(150)).contains(&low);
            millimetres || (named(*at) && (8..=25).contains(&high) && (4..high).contains(&low))
        }
        _ => false,
    };
    let at = (0..tokens.len()).find(|at| tokens.between(*at) == "/" && likely(at))?;
    let mentions = lexicon::mentions(NAME, &analyse(NAME), Register::Query);
    let measures: Vec<ConceptId> = mentions.iter().flat_map(measures).collect();
    let bounds = equal(tokens, at);
    let start = if named(at) { at - 1 } else { at };
    (!measures.is_empty()).then_some(Condition { tokens: start..at + 2, measures, bounds, unit: None })
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

fn is_pressure(measures: &[ConceptId]) -> bool {
    units_of(measures).any(|unit| unit == "mmhg")
}

/// The units of the measures, folded.
fn units_of(measures: &[ConceptId]) -> impl Iterator<Item = String> {
    let units = measures.iter().filter_map(|id| concept(*id)).flat_map(|c| c.units);
    units.map(|unit| fold(unit.split('=').next().unwrap_or(unit).trim()))
}

/// "> 7", "au dessus de 7", "entre 7 et 8".
fn compared(tokens: &Tokens, at: usize, measures: &[ConceptId]) -> Option<(Bounds, usize)> {
    if let Some(range) = range(tokens, at, measures) {
        return Some(range);
    }
    let sign = at.checked_sub(1).map_or("", |before| tokens.between(before));
    let signed = SIGNS.iter().find(|(text, _)| sign.ends_with(text)).map(|(_, compare)| (*compare, at));
    let worded = || WORDS.iter().find_map(|(words, compare)| Some((*compare, tokens.phrase(at, words)?)));
    let (compare, at) = signed.or_else(worded)?;
    let value = tokens.decimal(at).filter(|_| !is_time(tokens, at))?;
    // "< à 7" says it twice; a date follows a measure as a value does.
    if compare == Compare::Equal && tokens.between(at) == "/" {
        return None;
    }
    let bounds = match compare {
        Compare::Above(own) => Bounds { least: Some((value, own)), most: None },
        Compare::Below(own) => Bounds { least: None, most: Some((value, own)) },
        Compare::Equal => equal(tokens, at),
    };
    Some((bounds, at + 1))
}

/// Whether the number counts days or years, or is a year or the day of a month.
fn is_time(tokens: &Tokens, at: usize) -> bool {
    tokens.unit_days(at + 1).is_some() || tokens.year(at).is_some() || tokens.month(at + 1).is_some()
}

/// "entre 7 et 8", "de 7 à 8", "entre 120 mg/dl et 150 mg/dl".
fn range(tokens: &Tokens, at: usize, measures: &[ConceptId]) -> Option<(Bounds, usize)> {
    if !tokens.exactly(at, &["entre", "de"]) {
        return None;
    }
    let least = tokens.decimal(at + 1).filter(|_| !is_time(tokens, at + 1))?;
    let (_, next) = unit(tokens, at + 2, measures);
    let next = if tokens.exactly(next, &["et", "a"]) { next + 1 } else { return None };
    let most = tokens.decimal(next).filter(|_| !is_time(tokens, next))?;
    (least <= most).then_some((Bounds { least: Some((least, true)), most: Some((most, true)) }, next + 1))
}

/// The values that begin with the figures of the number at `at`.
fn equal(tokens: &Tokens, at: usize) -> Bounds {
    let value = tokens.decimal(at).unwrap_or_default();
    let step = (0..tokens.decimals(at).min(6)).fold(1.0, |step: f64, _| step / 10.0);
    Bounds { least: Some((value, true)), most: Some((value + step, false)) }
}

/// `14/9`, `14 9`: the first part is the systolic value, from which the second follows in the same measure.
fn pair(tokens: &Tokens, at: usize, pressure: bool) -> Option<(Bounds, usize)> {
    let (systolic, diastolic) = (tokens.decimal(at)?, tokens.decimal(at + 1)?);
    let likely = (8.0..=260.0).contains(&systolic) && (4.0..systolic).contains(&diastolic);
    let joined = matches!(tokens.between(at), "/" | "-" | "") && pressure && likely;
    joined.then(|| (equal(tokens, at), at + 2))
}

/// A unit after the token before `at`, and the token after it: `g/L` is two tokens with a slash between.
fn unit(tokens: &Tokens, at: usize, measures: &[ConceptId]) -> (Option<String>, usize) {
    let Some(number) = at.checked_sub(1) else { return (None, at) };
    let rest = tokens.rest(number);
    let start = rest.len() - rest.trim_start().len();
    let length = rest[start..]
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '?'))
        .unwrap_or(rest.len() - start);
    let written = fold(&rest[start..start + length]);
    let known = UNITS.contains(&written.as_str()) || units_of(measures).any(|unit| unit == written);
    if known { (Some(written), at + tokens.tokens_within(number, start + length)) } else { (None, at) }
}
