//! Measured values of an item, as conditions look at them: what structured data state and what the lines of
//! a document say.
//!
//! A line gives a value where a measure is named and a number follows it closely, as in a table row of a
//! laboratory or in "HbA1c à 8,2 %". A number after "objectif", "norme" or a bracket is none. A value read on
//! an image is marked: OCR mistakes a decimal point too easily.

use lexicon::{ConceptId, ConceptKind, Register, Relation, concept};
use minicbor::{Decode, Encode};
use record::french::{Token, TokenKind, fold, tokens};
use record::{Item, Line, Measure, Origin, Page, system};
use std::collections::BTreeSet;

use crate::understand::{Bounds, Condition};

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
}

/// Between a measure and its number stand at most this many tokens.
const MOST_BETWEEN: usize = 4;
/// Values of one document.
const MOST: usize = 400;

/// The values of an item: its own, and those of its text.
pub(crate) fn values(item: &Item, pages: &[Page]) -> Vec<Value> {
    let mut out: Vec<Value> = item.measures.iter().filter_map(|m| stated(item, m)).collect();
    for (page, line) in pages.iter().flat_map(|page| page.lines.iter().map(move |line| (page, line))) {
        if out.len() >= MOST {
            break;
        }
        out.extend(written(line, page.origin != Origin::Text));
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
    let unit = quantity.unit.as_deref().map(fold);
    (!measures.is_empty()).then_some(Value { measures, value: quantity.value, unit, ocr: false })
}

fn key(id: &ConceptId) -> Option<String> {
    Some(concept(*id)?.key())
}

/// The measures that a text names: the token after each, and the keys of what it may mean.
fn named(text: &str, tokens: &[Token]) -> Vec<(usize, Vec<String>)> {
    let measure = |id: &ConceptId| concept(*id).is_some_and(|c| c.kind == ConceptKind::Laboratory);
    let mentions = lexicon::mentions(text, tokens, Register::Text).into_iter();
    let keys = |m: lexicon::Mention| {
        let keys: Vec<String> =
            m.senses.iter().map(|s| s.concept).filter(measure).filter_map(|id| key(&id)).collect();
        (m.tokens.end, keys)
    };
    mentions.map(keys).filter(|(_, keys)| !keys.is_empty()).collect()
}

fn written(line: &Line, ocr: bool) -> Vec<Value> {
    if !line.text.contains(|c: char| c.is_ascii_digit()) {
        return Vec::new();
    }
    let tokens = tokens(&line.text);
    let named = named(&line.text, &tokens);
    let mut out = Vec::new();
    for (i, (end, measures)) in named.iter().enumerate() {
        let next = named.get(i + 1).map_or(tokens.len(), |(end, _)| *end);
        if let Some((at, value)) = number_after(&line.text, &tokens, *end, next) {
            let unit = unit_after(&line.text, &tokens, at);
            out.push(Value { measures: measures.clone(), value, unit, ocr });
        }
    }
    out
}

fn number_after(text: &str, tokens: &[Token], from: usize, to: usize) -> Option<(usize, f64)> {
    const NONE: [&str; 10] = [
        "objectif",
        "cible",
        "norme",
        "normes",
        "superieur",
        "inferieur",
        "superieure",
        "inferieure",
        "entre",
        "seuil",
    ];
    for (at, token) in tokens.iter().enumerate().take(to.min(from + MOST_BETWEEN + 1)).skip(from) {
        if NONE.contains(&token.surface.as_str()) {
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

/// The unit that follows a number: `g/L`, `%`, `mmHg` after the second part of a pressure.
fn unit_after(text: &str, tokens: &[Token], at: usize) -> Option<String> {
    let start = tokens[at].range.end;
    let rest = text[start..].trim_start();
    let rest = rest
        .strip_prefix('/')
        .map_or(rest, |r| r.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start());
    let end =
        rest.find(|c: char| c.is_whitespace() || matches!(c, '[' | '(' | ',' | ';')).unwrap_or(rest.len());
    let unit = rest[..end].trim_end_matches('.');
    (!unit.is_empty() && unit.len() <= 16 && !unit.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| fold(unit))
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
