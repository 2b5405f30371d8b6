//! Measured values of an item, as conditions look at them: what structured data state and what the lines of
//! a document say.
//!
//! A line gives a value where a measure is named and a number follows it closely, as in a table row of a
//! laboratory or in "HbA1c à 8,2 %". A number after "objectif", "norme" or a bracket is none. A value read on
//! an image is marked: OCR mistakes a decimal point too easily.

use lexicon::{ConceptId, ConceptKind, Register, Relation, concept};
use minicbor::{Decode, Encode};
use record::french::{Token, TokenKind, fold, tokens};
use record::{Comparator, Item, Measure, Origin, Page, system};
use std::collections::BTreeSet;
use std::ops::Range;

use crate::understand::{Bounds, Condition};
use crate::{range, unit};

/// A value of a measure.
#[derive(Clone, PartialEq, Encode, Decode)]
pub(crate) struct Value {
    /// Keys of the concepts that its name or code means.
    #[n(0)]
    pub(crate) measures: Vec<String>,
    #[n(1)]
    pub(crate) value: f64,
    /// Unit as written, folded.
    #[n(2)]
    pub(crate) unit: Option<String>,
    /// Whether it was read on an image.
    #[n(3)]
    pub(crate) ocr: bool,
    /// The second number of a pair: the lower pressure of "142/81".
    #[n(4)]
    pub(crate) second: Option<f64>,
    /// Unit as written.
    #[n(5)]
    pub(crate) written: Option<String>,
    /// Lower bound of the reference range, in the unit of the value.
    #[n(6)]
    pub(crate) low: Option<f64>,
    /// Upper bound of the reference range.
    #[n(7)]
    pub(crate) high: Option<f64>,
    /// How the number relates to the value; `None` where it is the value.
    #[n(8)]
    pub(crate) comparator: Option<Comparator>,
    /// Page and line of the reading, both from 0, where it stands in the text.
    #[n(9)]
    pub(crate) place: Option<(u32, u32)>,
}

/// The key of blood pressure.
pub(crate) const PRESSURE: &str = "pression arterielle";

/// Words that make a number beside a measure an aim or a bound, and no value.
const AIMS: &[&str] = &[
    "objectif",
    "objectifs",
    "cible",
    "cibles",
    "norme",
    "normes",
    "superieur",
    "inferieur",
    "superieure",
    "inferieure",
    "entre",
    "seuil",
    "moins",
    "plus",
    "maximum",
    "viser",
];
/// So many tokens before a measure such a word still makes its number an aim: "objectif de pression artérielle".
const AIM_BEFORE: usize = 2;

/// Between a measure and its number stand at most this many tokens.
const MOST_BETWEEN: usize = 4;
/// Values of one document.
const MOST: usize = 400;

/// The values of an item: its own, and those of its text.
pub(crate) fn values(item: &Item, pages: &[Page]) -> Vec<Value> {
    let mut out: Vec<Value> = item.measures.iter().filter_map(|m| stated(item, m)).collect();
    for (number, page) in (0..).zip(pages) {
        for (at, line) in (0..).zip(&page.lines) {
            if out.len() >= MOST {
                return out;
            }
            let placed =
                |value| Value { ocr: page.origin != Origin::Text, place: Some((number, at)), ..value };
            out.extend(written(&line.text).into_iter().map(placed));
        }
    }
    out
}

fn stated(item: &Item, measure: &Measure) -> Option<Value> {
    let quantity = measure.quantity.as_ref()?;
    let code = (measure.code.system == system::LOINC).then_some(measure.code.code.as_str());
    let mut measures: Vec<String> =
        code.map(|c| lexicon::concepts_of("loinc", c)).iter().flatten().filter_map(key).collect();
    if measures.is_empty() {
        let label = if measure.code.label().is_empty() { &*item.title } else { measure.code.label() };
        measures = named(label, &tokens(label)).into_iter().flat_map(|(_, keys)| keys).collect();
    }
    // What the lexicon does not know is a measure all the same, by its code.
    measures.extend(code.map(loinc_key));
    let written = quantity.unit.as_deref().map(unit::shown).filter(|unit| !unit.is_empty());
    let unit = written.as_deref().map(fold);
    (!measures.is_empty()).then_some(Value {
        measures,
        value: quantity.value,
        unit,
        ocr: false,
        second: None,
        written,
        low: measure.low,
        high: measure.high,
        comparator: Some(quantity.comparator).filter(|c| *c != Comparator::Equal),
        place: None,
    })
}

/// The key of a measure by its LOINC code.
pub(crate) fn loinc_key(code: &str) -> String {
    format!("loinc:{code}")
}

fn key(id: &ConceptId) -> Option<String> {
    Some(concept(*id)?.key())
}

/// The measures that a text names: the tokens of each, and the keys of what it may mean.
fn named(text: &str, tokens: &[Token]) -> Vec<(Range<usize>, Vec<String>)> {
    let measure = |id: &ConceptId| concept(*id).is_some_and(|c| c.kind == ConceptKind::Laboratory);
    let mentions = lexicon::mentions(text, tokens, Register::Text).into_iter();
    let keys = |m: lexicon::Mention| {
        let keys: Vec<String> =
            m.senses.iter().map(|s| s.concept).filter(measure).filter_map(|id| key(&id)).collect();
        (m.tokens, keys)
    };
    mentions.map(keys).filter(|(_, keys)| !keys.is_empty()).collect()
}

fn written(line: &str) -> Vec<Value> {
    if !line.contains(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let tokens = tokens(line);
    let mut named = named(line, &tokens);
    if named.is_empty() {
        named.extend(first_column(line, &tokens));
    }
    let vitals: Vec<_> =
        pressures(&tokens, &named).into_iter().chain(saturations(line, &tokens, &named)).collect();
    named.extend(vitals);
    named.sort_by_key(|(place, _)| place.start);
    // "Anticorps anti-transglutaminase IgA" is one measure, not a measure of IgA.
    named.dedup_by(|next, before| {
        let goes_on = next.0.start == before.0.end;
        before.0.end = if goes_on { next.0.end } else { before.0.end };
        goes_on
    });
    let mut out = Vec::new();
    for (i, (Range { start, end }, measures)) in named.iter().enumerate() {
        let next = named.get(i + 1).map_or(tokens.len(), |(place, _)| place.end);
        if is_aim(&tokens, *start) {
            continue;
        }
        if let Some((at, value)) = number_after(line, &tokens, *end, next) {
            let (second, rest) = second_part(&line[tokens[at].range.end..]);
            let unit = unit_at(rest);
            let (low, high) = range::range(&rest[unit.map_or(0, str::len)..]);
            let (unit, written) = (unit.map(fold), unit.map(str::to_owned));
            let measures = measures.clone();
            let (ocr, comparator, place) = (false, None, None);
            out.push(Value { measures, value, unit, ocr, second, written, low, high, comparator, place });
        }
    }
    out
}

/// What begins a row of a table of results: an abbreviation that means several things elsewhere is the measure
/// there, where a number with one of its units follows.
fn first_column(line: &str, tokens: &[Token]) -> Option<(Range<usize>, Vec<String>)> {
    let first = lexicon::mentions(line, tokens, Register::Query).into_iter().find(|m| m.tokens.start == 0)?;
    let number = tokens.get(first.tokens.end).filter(|t| t.kind == TokenKind::Number)?;
    let unit = fold(unit_at(line[number.range.end..].trim_start())?);
    let measures = first.senses.iter().filter_map(|s| concept(s.concept)).filter(|c| {
        c.kind == ConceptKind::Laboratory
            && c.units
                .iter()
                .any(|known| fold(known.split_once('=').map_or(*known, |(name, _)| name).trim()) == unit)
    });
    let keys: Vec<String> = measures.map(lexicon::Concept::key).collect();
    (!keys.is_empty()).then_some((first.tokens, keys))
}

/// "Saturation 86 %", which only a number of its size tells from that of iron.
fn saturations(
    line: &str,
    tokens: &[Token],
    named: &[(Range<usize>, Vec<String>)],
) -> Vec<(Range<usize>, Vec<String>)> {
    let percent = |at: usize| {
        let number = tokens.get(at).filter(|t| t.kind == TokenKind::Number);
        number.is_some_and(|t| {
            let value = t.surface.parse::<f64>().unwrap_or_default();
            (60.0..=100.0).contains(&value) && line[t.range.end..].trim_start().starts_with('%')
        })
    };
    let free = |at: &usize| !named.iter().any(|(place, _)| place.contains(at));
    let said = (0..tokens.len()).filter(|at| tokens[*at].surface == "saturation").filter(free);
    let found = said.filter(|at| percent(at + 1) || percent(at + 2));
    found.map(|at| (at..at + 1, vec!["saturation en oxygene".to_owned()])).collect()
}

/// "Tension 112/70", which only its two numbers tell from other tensions.
fn pressures(tokens: &[Token], named: &[(Range<usize>, Vec<String>)]) -> Vec<(Range<usize>, Vec<String>)> {
    let number = |at: usize| {
        tokens.get(at).filter(|t| t.kind == TokenKind::Number).and_then(|t| t.surface.parse::<f64>().ok())
    };
    let is_pair = |at: usize| {
        let pair = number(at).zip(number(at + 1));
        pair.is_some_and(|(upper, lower)| (70.0..=260.0).contains(&upper) && lower < upper && lower >= 30.0)
    };
    let free = |at: &usize| !named.iter().any(|(place, _)| place.contains(at));
    let said = (0..tokens.len()).filter(|at| tokens[*at].surface == "tension").filter(free);
    let pairs = said.filter(|at| is_pair(at + 1) || is_pair(at + 2));
    pairs.map(|at| (at..at + 1, vec![PRESSURE.to_owned()])).collect()
}

fn is_aim(tokens: &[Token], measure: usize) -> bool {
    let before = &tokens[measure.saturating_sub(AIM_BEFORE)..measure];
    before.iter().any(|t| AIMS.contains(&t.surface.as_str()))
}

fn number_after(text: &str, tokens: &[Token], from: usize, to: usize) -> Option<(usize, f64)> {
    for (at, token) in tokens.iter().enumerate().take(to.min(from + MOST_BETWEEN + 1)).skip(from) {
        if AIMS.contains(&token.surface.as_str()) {
            return None;
        }
        if token.kind == TokenKind::Number {
            let before = text[..token.range.start].trim_end();
            let date = tokens.get(at + 1).is_some_and(|t| lexicon::month_number(&t.surface).is_some());
            let odd = before.ends_with(['[', '<', '>', '≤', '≥', '-']) || date;
            return (!odd).then(|| token.surface.parse().ok()).flatten().map(|value| (at, value));
        }
    }
    None
}

/// The second number of `142/81`, and what follows.
fn second_part(rest: &str) -> (Option<f64>, &str) {
    let Some(after) = rest.trim_start().strip_prefix('/') else { return (None, rest.trim_start()) };
    let after = after.trim_start();
    let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    (after[..end].parse().ok(), after[end..].trim_start())
}

/// The unit that begins a text: `g/L`, `%`.
fn unit_at(rest: &str) -> Option<&str> {
    let end =
        rest.find(|c: char| c.is_whitespace() || matches!(c, '[' | '(' | ',' | ';')).unwrap_or(rest.len());
    let unit = rest[..end].trim_end_matches('.');
    let known = !unit.is_empty() && unit.len() <= 16 && !unit.starts_with(|c: char| c.is_ascii_digit());
    known.then_some(unit)
}

/// A condition, made ready to be asked of many items.
pub(crate) struct Test {
    /// Keys of the measure and of what is narrower.
    keys: BTreeSet<String>,
    bounds: Bounds,
    unit: Option<String>,
    /// Units that the lexicon converts: folded unit, factor to the reference unit.
    factors: Vec<(String, f64)>,
}

impl Test {
    pub(crate) fn new(condition: &Condition) -> Test {
        let mut ids = condition.measures.clone();
        for relation in [Relation::Broader, Relation::PartOf] {
            ids.extend(condition.measures.iter().flat_map(|id| lexicon::related_to(*id, relation)));
        }
        let units: Vec<&str> =
            ids.iter().filter_map(|id| concept(*id)).flat_map(|c| c.units).copied().collect();
        let mut factors: Vec<(String, f64)> = Vec::new();
        for unit in &units {
            let (name, factor) = unit.split_once('=').unwrap_or((unit, "1"));
            if let Ok(factor) = factor.trim().parse() {
                factors.push((fold(name.trim()), factor));
            }
        }
        let mut bounds = condition.bounds;
        // "tension à 14" is 140 mmHg to everybody but the laboratory.
        let highest = [bounds.least, bounds.most].into_iter().flatten().map(|b| b.0).fold(0.0, f64::max);
        if units.iter().any(|u| fold(u) == "mmhg") && highest < 30.0 {
            bounds = bounds.scaled(10.0);
        }
        Test { keys: ids.iter().filter_map(key).collect(), bounds, unit: condition.unit.clone(), factors }
    }

    /// Whether one of the values meets the condition. A value read on an image never does.
    pub(crate) fn met(&self, values: &[Value]) -> bool {
        values.iter().any(|v| !v.ocr && v.measures.iter().any(|m| self.keys.contains(m)) && self.holds(v))
    }

    fn holds(&self, value: &Value) -> bool {
        let factor = |unit: Option<&str>| {
            self.factors.iter().find(|(name, _)| Some(name.as_str()) == unit).map(|(_, factor)| *factor)
        };
        match (factor(self.unit.as_deref()), factor(value.unit.as_deref())) {
            (Some(asked), Some(own)) => self.bounds.scaled(asked).hold(value.value * own),
            // No unit was typed: the number is meant in the unit of the record.
            _ => self.bounds.hold(value.value),
        }
    }
}
