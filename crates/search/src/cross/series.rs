//! The series of a measure: every visible value, in one unit, with where it stands.
//!
//! A structured entry gives a point. So does the report of a laboratory, and a pressure or a weight in the
//! report of a visit, since it was taken there. A laboratory value that a letter quotes is no point of its own,
//! for nobody says when it was measured: it is one more source of the point that has the same value shortly
//! before.

use super::{Cross, day, say};
use crate::row::Row;
use crate::value::{PRESSURE, Value};
use crate::view::View;
use crate::{Error, value};
use lexicon::{ConceptId, TermClass, concept};
use record::french::fold;
use record::{Category, Comparator, ItemId, Kind, PartialDate, Text};
use std::collections::{BTreeMap, BTreeSet};

/// A measure with its values, oldest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Code system and code, where it has one.
    pub code: Option<(&'static str, String)>,
    /// What is measured.
    pub title: Text,
    /// The unit of all values; `None` where none has one.
    pub unit: Option<Text>,
    /// Lower bound of the newest reference range.
    pub low: Option<f64>,
    /// Upper bound of the newest reference range.
    pub high: Option<f64>,
    /// The values.
    pub points: Vec<Point>,
    /// How the values went, in plain French, without judgement.
    pub text: Text,
}

/// A value of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// When it was measured.
    pub date: PartialDate,
    /// In the unit of the series.
    pub value: f64,
    /// The second number of a pair: the lower pressure.
    pub second: Option<f64>,
    /// How the number relates to the value.
    pub comparator: Comparator,
    /// As it was written: number, second number, unit.
    pub original: (f64, Option<f64>, Option<Text>),
    /// Whether it is so far from the others that it is left out of what is said of them.
    pub outlier: bool,
    /// Whether it is known from recognition of an image alone.
    pub ocr: bool,
    /// Lower bound of its reference range, in the unit of the series.
    pub low: Option<f64>,
    /// Upper bound of its reference range.
    pub high: Option<f64>,
    /// Where it stands, structured entries first.
    pub sources: Vec<Source>,
}

/// Where a value or a statement stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The entry.
    pub item: ItemId,
    /// Page of a document.
    pub page: Option<u32>,
    /// The line of a document.
    pub quote: Option<Text>,
}

/// A letter quotes a value measured at most so many days before.
const QUOTED_DAYS: i64 = 150;
/// Values this near are the same one, written with other decimals.
const SAME: f64 = 0.006;
/// A value is an outlier from so many medians of the differences on, and from this factor on.
const OUTLIER_DEVIATIONS: f64 = 8.0;
const OUTLIER_FACTOR: f64 = 3.0;
/// A change of less than this share is none.
const STABLE: f64 = 0.05;

/// A measure that is asked for: the keys under which values have it.
pub(crate) struct Measured {
    concept: Option<ConceptId>,
    /// Keys of the measure itself.
    own: BTreeSet<String>,
    /// The two halves of a pair, if it is one.
    halves: Option<(String, String)>,
    loinc: Option<String>,
}

impl Measured {
    pub(crate) fn of_concept(id: ConceptId) -> Option<Measured> {
        let found = concept(id)?;
        let loinc =
            found.codes.iter().find(|(system, _)| *system == "loinc").map(|(_, code)| (*code).to_owned());
        let mut own = BTreeSet::from([found.key()]);
        own.extend(found.codes.iter().filter(|(s, _)| *s == "loinc").map(|(_, code)| value::loinc_key(code)));
        let halves = (found.key() == PRESSURE).then(|| (SYSTOLIC.to_owned(), DIASTOLIC.to_owned()));
        Some(Measured { concept: Some(id), own, halves, loinc })
    }

    pub(crate) fn of_loinc(code: &str) -> Measured {
        let known = lexicon::concepts_of("loinc", code).first().copied();
        let of_concept = known.and_then(Measured::of_concept);
        let own = || BTreeSet::from([value::loinc_key(code)]);
        let measured =
            of_concept.unwrap_or_else(|| Measured { concept: None, own: own(), halves: None, loinc: None });
        Measured { loinc: Some(code.to_owned()), ..measured }
    }

    /// Whether a value is of the measure.
    pub(crate) fn has(&self, value: &Value) -> bool {
        self.is(value) || self.halves.iter().any(|(upper, _)| value.measures.contains(upper))
    }

    /// Whether an entry gives the measure in words: a blood group, "négatif".
    pub(crate) fn is_worded(&self, row: &Row) -> bool {
        row.id.kind() == Kind::Observation
            && row.values.is_none()
            && !row.summary.is_empty()
            && row.about.iter().flatten().any(|key| self.own.contains(key))
    }

    /// The name of the measure: its preferred term with its abbreviation.
    pub(crate) fn title(&self) -> Option<Text> {
        let concept = self.concept.and_then(concept)?;
        let short =
            concept.terms.iter().find(|(_, class)| *class == TermClass::Abbreviation).map(|(term, _)| *term);
        let label = say::capital(concept.label);
        let short = short.filter(|short| !fold(concept.label).contains(&fold(short)));
        Some(short.map_or_else(|| label.clone(), |short| format!("{label} ({short})")).into())
    }

    fn is(&self, value: &Value) -> bool {
        value.measures.iter().any(|key| self.own.contains(key))
    }

    /// Factor to the first unit of the measure; `None` where the unit is not known.
    fn factor(&self, unit: Option<&str>) -> Option<f64> {
        let units = self.concept.and_then(concept).map_or(&[][..], |c| c.units);
        units.iter().find_map(|known| {
            let (name, factor) = known.split_once('=').unwrap_or((known, "1"));
            (Some(fold(name.trim()).as_str()) == unit).then(|| factor.trim().parse().ok()).flatten()
        })
    }
}

const SYSTOLIC: &str = "pression arterielle systolique";
const DIASTOLIC: &str = "pression arterielle diastolique";

/// A value found, before it is put into one unit.
#[derive(Clone)]
struct Raw {
    item: u32,
    date: PartialDate,
    value: Value,
    /// Whether it was measured at the date of its item.
    measured_then: bool,
}

/// The series of a measure over what a grant sees; `None` without a value.
///
/// # Errors
/// A damaged pack.
pub(crate) fn series(view: &View, cross: &Cross, measured: &Measured) -> Result<Option<Series>, Error> {
    let found = raw(view, cross, measured);
    let Some((unit, written)) = unit(measured, &found) else { return Ok(None) };
    let mut points = points(measured, &found, unit.as_deref());
    if points.is_empty() {
        return Ok(None);
    }
    mark_outliers(&mut points);
    let points = points.into_iter().map(|p| p.finish(view)).collect::<Result<Vec<Point>, Error>>()?;
    let ranged = points.iter().rev().find(|p| p.low.is_some() || p.high.is_some());
    let (low, high) = ranged.map_or((None, None), |p| (p.low, p.high));
    let item = || points[0].sources.first().and_then(|s| view.find(&s.item.to_string()));
    let title = measured.title().or_else(|| item().map(|i| view.row(i).title.clone())).unwrap_or_default();
    let text = text(&points, written.as_deref());
    let code = measured.loinc.clone().map(|code| ("http://loinc.org", code));
    Ok(Some(Series { code, title, unit: written.map(Text::from), low, high, points, text: text.into() }))
}

/// The values of the measure in visible items, each once an item and place.
fn raw(view: &View, cross: &Cross, measured: &Measured) -> Vec<Raw> {
    let mut out = Vec::new();
    for i in (0..view.len()).filter(|i| counts(cross, *i)) {
        let row = view.row(i);
        let (Some(values), Some(date)) = (row.values.as_deref(), row.date()) else { continue };
        let document = row.id.kind() == Kind::Document;
        // What is measured in a stay is reported at its end.
        let report = row.category == Some(Category::Biology) || super::episode::is_of_stay(row);
        let vital = measured.concept.and_then(concept).is_some_and(|c| c.specimen == "clinique");
        let raw =
            |value: Value| Raw { item: i as u32, date, value, measured_then: !document || report || vital };
        let own = values.iter().filter(|v| measured.is(v)).cloned();
        let pair = measured.halves.as_ref().and_then(|halves| pair(values, halves));
        out.extend(own.chain(pair).map(raw));
    }
    out
}

/// Whether the values of an item count: it is visible and not superseded. A twin counts as one more source.
fn counts(cross: &Cross, item: usize) -> bool {
    cross.visible[item] && cross.folded.status[item] == record::Status::Current
}

/// The two halves of a pair that an item states apart.
fn pair(values: &[Value], (upper, lower): &(String, String)) -> Option<Value> {
    let half = |key: &String| values.iter().find(|v| v.measures.contains(key));
    let (upper, lower) = (half(upper)?, half(lower)?);
    Some(Value { second: Some(lower.value), ..upper.clone() })
}

/// The unit of the series, folded and as written: the most frequent among structured values, or else among
/// all. `None` where there is no value.
fn unit(measured: &Measured, found: &[Raw]) -> Option<(Option<String>, Option<String>)> {
    let structured = found.iter().any(|raw| raw.value.place.is_none());
    let mut counts: BTreeMap<&Option<String>, (usize, PartialDate, &Option<String>)> = BTreeMap::new();
    for raw in found.iter().filter(|raw| !structured || raw.value.place.is_none()) {
        let known = counts.entry(&raw.value.unit).or_insert((0, raw.date, &raw.value.written));
        known.0 += 1;
        known.1 = known.1.max(raw.date);
    }
    let known = |unit: &Option<String>| measured.factor(unit.as_deref()).is_some();
    let best = counts.into_iter().max_by_key(|(unit, (count, newest, _))| (known(unit), *count, *newest))?;
    let (unit, (_, _, written)) = best;
    Some((unit.clone(), written.clone()))
}

/// A point while it is gathered.
struct Gathered {
    first: Raw,
    value: f64,
    second: Option<f64>,
    factor: f64,
    sources: Vec<Raw>,
    outlier: bool,
}

fn points(measured: &Measured, found: &[Raw], unit: Option<&str>) -> Vec<Gathered> {
    let own = measured.factor(unit);
    let factor = |raw: &Raw| {
        let theirs = raw.value.unit.as_deref();
        if theirs == unit {
            return Some(1.0);
        }
        match (measured.factor(theirs), own) {
            (Some(theirs), Some(own)) => Some(theirs / own),
            // A number without a unit beside ones with it is in the same, where it is as large.
            _ if theirs.is_none() => Some(1.0),
            _ => None,
        }
    };
    let mut sorted: Vec<(&Raw, f64)> = found.iter().filter_map(|raw| Some((raw, factor(raw)?))).collect();
    // Structured before written, text before images, measured then before quoted.
    sorted.sort_by_key(|(raw, _)| {
        (
            !raw.measured_then,
            raw.value.place.is_some(),
            raw.value.ocr,
            day(raw.date),
            raw.item,
            raw.value.place,
        )
    });
    let mut out: Vec<Gathered> = Vec::new();
    for (raw, factor) in sorted {
        let (value, second) = (raw.value.value * factor, raw.value.second.map(|s| s * factor));
        let same = |p: &&mut Gathered| {
            let near = (p.value - value).abs() <= SAME * p.value.abs().max(value.abs());
            let paired = p.second.is_none() || second.is_none() || p.second == second;
            let age = day(raw.date) - day(p.first.date);
            let then = if raw.measured_then { age == 0 } else { (0..=QUOTED_DAYS).contains(&age) };
            near && paired && then
        };
        match out.iter_mut().rev().find(same) {
            Some(point) => {
                point.second = point.second.or(second);
                point.sources.push(raw.clone());
            }
            None if raw.measured_then => out.push(Gathered {
                first: raw.clone(),
                value,
                second,
                factor,
                sources: vec![raw.clone()],
                outlier: false,
            }),
            None => {}
        }
    }
    out.sort_by_key(|p| (day(p.first.date), p.first.item, p.first.value.place));
    out
}

/// Marks values that are far from all others: a slip of a decimal point, another unit than stated.
fn mark_outliers(points: &mut [Gathered]) {
    if points.len() < 4 {
        return;
    }
    let values: Vec<f64> = points.iter().map(|p| p.value).collect();
    let middle = median(values.clone());
    let spread = median(values.iter().map(|v| (v - middle).abs()).collect());
    for point in points.iter_mut().filter(|p| p.value > 0.0 && middle > 0.0) {
        let far = (point.value - middle).abs() > OUTLIER_DEVIATIONS * spread.max(middle * 0.01);
        let ratio = (point.value / middle).max(middle / point.value);
        point.outlier = far && ratio >= OUTLIER_FACTOR;
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

impl Gathered {
    fn finish(self, view: &View) -> Result<Point, Error> {
        let own = &self.first.value;
        let ranged = self.sources.iter().find(|raw| raw.value.low.is_some() || raw.value.high.is_some());
        let (low, high) = ranged.map_or((None, None), |raw| (raw.value.low, raw.value.high));
        let scale = |bound: Option<f64>| bound.map(|b| b * self.factor);
        Ok(Point {
            date: self.first.date,
            value: self.value,
            second: self.second,
            comparator: own.comparator.unwrap_or_default(),
            original: (own.value, own.second, own.written.as_deref().map(Text::from)),
            outlier: self.outlier,
            ocr: self.sources.iter().all(|raw| raw.value.ocr),
            low: scale(low),
            high: scale(high),
            sources: sources(view, &self.sources)?,
        })
    }
}

/// Where values stand: each item once.
fn sources(view: &View, found: &[Raw]) -> Result<Vec<Source>, Error> {
    let mut out: Vec<Source> = Vec::new();
    for raw in found {
        let item = &view.row(raw.item as usize).id;
        if out.iter().any(|s| s.item == *item) {
            continue;
        }
        let (page, quote) = match raw.value.place {
            None => (None, None),
            Some((page, line)) => quote(view, raw.item as usize, page, line)?,
        };
        out.push(Source { item: item.clone(), page, quote });
    }
    Ok(out)
}

/// Longest line that is quoted, in characters.
const LONGEST_QUOTE: usize = 160;

fn quote(view: &View, item: usize, page: u32, line: u32) -> Result<(Option<u32>, Option<Text>), Error> {
    let reading = view.reading(item)?;
    let page = reading.as_ref().and_then(|r| r.pages.get(page as usize));
    let line = page.and_then(|p| p.lines.get(line as usize));
    let text = line.map(|l| l.text.replace('\t', " ").chars().take(LONGEST_QUOTE).collect::<String>());
    Ok((page.and_then(|p| p.number), text.map(Text::from)))
}

/// A value as it is shown.
pub(crate) fn shown(point: &Point, unit: Option<&str>) -> String {
    let sign = match point.comparator {
        Comparator::Equal => "",
        Comparator::Less => "< ",
        Comparator::AtMost => "≤ ",
        Comparator::Greater => "> ",
        Comparator::AtLeast => "≥ ",
    };
    let second = point.second.map(|s| format!("/{}", say::number(s))).unwrap_or_default();
    say::quantity(&format!("{sign}{}{second}", say::number(point.value)), unit)
}

/// `4 à 6 %`, `moins de 5 mmol/L`, `plus de 60 mL/min`.
pub(crate) fn range_shown(low: Option<f64>, high: Option<f64>, unit: Option<&str>) -> Option<String> {
    let text = match (low, high) {
        (Some(low), Some(high)) => format!("{} à {}", say::number(low), say::number(high)),
        (None, Some(high)) => format!("moins de {}", say::number(high)),
        (Some(low), None) => format!("plus de {}", say::number(low)),
        (None, None) => return None,
    };
    Some(say::quantity(&text, unit))
}

/// Up, down or neither, from one value to another.
pub(crate) fn direction(from: f64, to: f64) -> &'static str {
    let change = (to - from) / from.abs().max(f64::MIN_POSITIVE);
    if change > STABLE {
        "en hausse"
    } else if change < -STABLE {
        "en baisse"
    } else {
        "stable"
    }
}

fn text(points: &[Point], unit: Option<&str>) -> String {
    let told: Vec<&Point> = points.iter().filter(|p| !p.outlier && !p.ocr).collect();
    let (Some(first), Some(last)) = (told.first(), told.last()) else {
        return say::count(points.len(), "valeur", "valeurs");
    };
    if told.len() == 1 {
        return format!("1 valeur : {} {}", shown(last, unit), say::on(last.date));
    }
    let least = told.iter().map(|p| p.value).fold(f64::INFINITY, f64::min);
    let most = told.iter().map(|p| p.value).fold(f64::NEG_INFINITY, f64::max);
    let span = say::quantity(&format!("{} à {}", say::number(least), say::number(most)), unit);
    let went = direction(first.value, last.value);
    format!("{} valeurs de {span}, {went} {}", told.len(), say::since(first.date))
}
