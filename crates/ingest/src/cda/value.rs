//! HL7 v3 data types (CDA R2 §4, "Data types"): codes, times, quantities, texts with references.

use super::xml::{attribute, child, children, push_words, text_of, xsi_type};
use record::{Coded, Comparator, Measure, PartialDate, Quantity, Text};
use roxmltree::Node;
use std::cell::Cell;
use std::collections::HashMap;

/// Longest text that a reference may bring from the narrative, in bytes. A reference to a whole section
/// must not copy the section into every entry.
const LONGEST_REFERENCE: usize = 1_000;

/// How many nodes a reference may walk.
const REFERENCE_NODES: usize = 2_000;

/// The narrative as the coded entries see it: texts by `ID`; counts what does not resolve.
#[derive(Default)]
pub(super) struct References<'a, 'i> {
    targets: HashMap<&'a str, Node<'a, 'i>>,
    /// References without a target.
    pub(super) dangling: Cell<usize>,
    /// Dates that are none.
    pub(super) bad_dates: Cell<usize>,
}

pub(super) fn count(cell: &Cell<usize>) {
    cell.set(cell.get() + 1);
}

impl<'a, 'i> References<'a, 'i> {
    /// Indexes the `ID`s below a node.
    pub(super) fn new(body: Node<'a, 'i>) -> Self {
        let mut targets = HashMap::new();
        for node in body.descendants().filter(Node::is_element) {
            if let Some(id) = attribute(node, "ID") {
                targets.entry(id).or_insert(node);
            }
        }
        References { targets, ..Self::default() }
    }

    /// The text of a data type ED: what its reference points at, else what stands in it.
    pub(super) fn text(&self, node: Node<'_, '_>) -> Option<String> {
        let inline = text_of(node);
        let Some(reference) = child(node, "reference").and_then(|r| attribute(r, "value")) else {
            return inline;
        };
        // Producers leave the # out, or leave a # alone.
        let id = reference.trim_start_matches('#');
        match self.targets.get(id) {
            Some(target) => excerpt(*target).or(inline),
            None => {
                if !id.is_empty() && !id.contains(':') {
                    count(&self.dangling);
                }
                inline
            }
        }
    }

    /// The text of a child element.
    pub(super) fn child_text(&self, node: Node<'_, '_>, name: &'static str) -> Option<String> {
        child(node, name).and_then(|n| self.text(n))
    }

    /// A code with its label (`displayName`, else its original text); `None` where it says nothing.
    pub(super) fn coded(&self, node: Node<'_, '_>) -> Option<Coded> {
        let code = attribute(node, "code").unwrap_or("");
        let label =
            attribute(node, "displayName").map(words).or_else(|| self.child_text(node, "originalText"));
        if code.is_empty() && label.is_none() {
            return None;
        }
        let system = if code.is_empty() { "" } else { attribute(node, "codeSystem").unwrap_or("") };
        Some(Coded::new(system, code, label.as_deref()))
    }

    /// A code and its translations.
    pub(super) fn codes(&self, node: Node<'_, '_>) -> Vec<Coded> {
        let mut codes: Vec<Coded> = Vec::new();
        for code in std::iter::once(node).chain(children(node, "translation")).filter_map(|n| self.coded(n)) {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        codes
    }

    /// A time stamp; a date that is none is counted.
    pub(super) fn date(&self, node: Node<'_, '_>) -> Option<PartialDate> {
        let value = attribute(node, "value")?;
        PartialDate::parse_hl7(value).inspect_err(|_| count(&self.bad_dates)).ok()
    }

    /// The `effectiveTime`s of an entry as one period. Frequencies (PIVL_TS, EIVL_TS) are no dates.
    pub(super) fn period(&self, entry: Node<'_, '_>) -> Period {
        children(entry, "effectiveTime")
            .filter(|t| !matches!(xsi_type(*t), Some("PIVL_TS" | "EIVL_TS")))
            .flat_map(|t| std::iter::once(t).chain(children(t, "comp")))
            .map(|t| self.interval(t))
            .find(|p| *p != Period::default())
            .unwrap_or_default()
    }

    /// A time stamp or an interval of time.
    pub(super) fn interval(&self, time: Node<'_, '_>) -> Period {
        let part = |name| child(time, name).and_then(|n| self.date(n));
        Period {
            start: self.date(time).or_else(|| part("low")).or_else(|| part("center")),
            end: part("high"),
        }
    }

    /// What an observation's `value` says in words, for notes.
    pub(super) fn value_text(&self, value: Node<'_, '_>) -> Option<String> {
        match xsi_type(value) {
            Some("BL") => match attribute(value, "value")? {
                "true" | "1" => Some("oui".to_owned()),
                _ => Some("non".to_owned()),
            },
            Some("TS") => self.date(value).map(french_date),
            Some("IVL_TS") => {
                let period = self.interval(value);
                let parts: Vec<String> =
                    [period.start, period.end].into_iter().flatten().map(french_date).collect();
                Some(parts.join(" – ")).filter(|t| !t.is_empty())
            }
            Some("PQ" | "INT" | "REAL" | "MO") => attribute(value, "value")
                .map(|number| with_unit(number, value))
                .or_else(|| self.original_quantity(value)),
            Some("IVL_PQ" | "IVL_INT" | "IVL_REAL" | "RTO" | "RTO_PQ_PQ") => bounds_text(value),
            Some("CD" | "CE" | "CO" | "CV" | "CS") => self.coded(value).map(|c| c.label().to_owned()),
            _ => self.text(value),
        }
    }

    /// A quantity as the narrative writes it.
    pub(super) fn original_quantity(&self, quantity: Node<'_, '_>) -> Option<String> {
        child(quantity, "translation").and_then(|t| self.child_text(t, "originalText"))
    }

    /// An observation's `value` as a measure of `code`; `None` where it says nothing.
    pub(super) fn measure(&self, value: Node<'_, '_>, code: &Coded) -> Option<Measure> {
        let quantity = match xsi_type(value) {
            Some("PQ" | "INT" | "REAL") => {
                number(value, "value").map(|n| quantity(n, value, Comparator::Equal))
            }
            Some("IVL_PQ" | "IVL_INT" | "IVL_REAL") => one_bound(value),
            _ => None,
        };
        let text = if quantity.is_some() { None } else { self.value_text(value).map(Text::from) };
        if quantity.is_none() && text.is_none() {
            return None;
        }
        Some(Measure { code: code.clone(), quantity, text, low: None, high: None, interpretation: None })
    }
}

/// Start and end of something, as far as they are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) start: Option<PartialDate>,
    pub(super) end: Option<PartialDate>,
}

/// White space collapsed.
pub(super) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of what stands below a node of the narrative.
fn excerpt(node: Node<'_, '_>) -> Option<String> {
    let mut out = String::new();
    for part in node.descendants().take(REFERENCE_NODES) {
        if part.is_text() {
            push_words(part.text().unwrap_or(""), &mut out);
        } else if matches!(part.tag_name().name(), "br" | "td" | "th" | "tr" | "item" | "paragraph") {
            push_words(" ", &mut out);
        }
        if out.len() > LONGEST_REFERENCE {
            let cut = (0..=LONGEST_REFERENCE).rev().find(|i| out.is_char_boundary(*i)).unwrap_or(0);
            out.truncate(cut);
            break;
        }
    }
    Some(out.trim().to_owned()).filter(|t| !t.is_empty())
}

fn number(node: Node<'_, '_>, name: &str) -> Option<f64> {
    // The decimal comma is not HL7, but it is French.
    let number: f64 = attribute(node, name)?.replace(',', ".").parse().ok()?;
    number.is_finite().then_some(number)
}

fn unit<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    attribute(node, "unit").filter(|u| *u != "1")
}

fn quantity(value: f64, node: Node<'_, '_>, comparator: Comparator) -> Quantity {
    Quantity { value, unit: unit(node).map(str::to_owned), comparator }
}

/// A number with its unit for readers: UCUM annotations lose their braces.
fn with_unit(number: &str, node: Node<'_, '_>) -> String {
    match unit(node) {
        Some(unit) => format!("{number} {}", unit.trim_matches(['{', '}'])),
        None => number.to_owned(),
    }
}

/// An interval with one bound is a comparison: `<= 5 mg/L`.
fn one_bound(value: Node<'_, '_>) -> Option<Quantity> {
    let bound = |name| child(value, name).and_then(|n| Some((number(n, "value")?, n)));
    let open = |n: Node<'_, '_>| attribute(n, "inclusive") == Some("false");
    match (bound("low"), bound("high")) {
        (Some((v, n)), None) => {
            Some(quantity(v, n, if open(n) { Comparator::Greater } else { Comparator::AtLeast }))
        }
        (None, Some((v, n))) => {
            Some(quantity(v, n, if open(n) { Comparator::Less } else { Comparator::AtMost }))
        }
        _ => None,
    }
}

fn bounds_text(value: Node<'_, '_>) -> Option<String> {
    let part = |name| child(value, name).and_then(|n| Some(with_unit(attribute(n, "value")?, n)));
    let ratio = (part("numerator"), part("denominator"));
    let text = match (part("low"), part("high"), ratio) {
        (Some(low), Some(high), _) if low == high => low,
        (Some(low), Some(high), _) => format!("{low} – {high}"),
        (Some(low), None, _) => format!("≥ {low}"),
        (None, Some(high), _) => format!("≤ {high}"),
        (None, None, (Some(n), Some(d))) => format!("{n} / {d}"),
        _ => return None,
    };
    Some(text)
}

/// The bounds of a reference range.
pub(super) fn range(value: Node<'_, '_>) -> (Option<f64>, Option<f64>) {
    let bound = |name| child(value, name).and_then(|n| number(n, "value"));
    (bound("low"), bound("high"))
}

/// A dose for readers: `2 comprimés`, `1 – 2 tablet`.
pub(super) fn dose(quantity: Node<'_, '_>) -> Option<String> {
    attribute(quantity, "value").map(|n| with_unit(n, quantity)).or_else(|| bounds_text(quantity))
}

fn french_date(date: PartialDate) -> String {
    match (date.day(), date.month()) {
        (Some(day), Some(month)) => format!("{day:02}/{month:02}/{}", date.year()),
        (None, Some(month)) => format!("{month:02}/{}", date.year()),
        _ => date.year().to_string(),
    }
}
