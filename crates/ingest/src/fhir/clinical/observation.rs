//! `Observation`: one measure a value, components too.

use super::super::json::{coded, label, text, walk};
use super::super::resource::{Resource, Timing, push_note};
use super::{amount, title};
use crate::Reason;
use record::{Coded, Comparator, Item, ItemId, Measure, NoteKind, Quantity, Text};
use serde_json::Value;

/// Reads a laboratory value, a vital sign or another observation.
pub(in crate::fhir) fn observation(resource: &Resource<'_>, id: ItemId) -> Result<Item, Reason> {
    const EFFECTIVE: Timing = Timing {
        date_time: "effectiveDateTime",
        period_start: "effectivePeriod.start",
        period_end: "effectivePeriod.end",
    };
    let title = title(resource, "code")?;
    let mut item = resource.item(id, title)?;
    resource.timing(&mut item, &EFFECTIVE)?;
    if item.start.is_none() {
        item.start = resource.act_date("effectiveInstant")?;
    }
    item.created = resource.date("issued");
    item.codes = resource.codes("code");
    item.measures.extend(measure(resource.json, title, resource));
    for component in resource.walk("component") {
        match component.get("code").and_then(label).or_else(|| text(component, "code.coding.code")) {
            Some(name) => item.measures.extend(measure(component, name, resource)),
            None => resource.warn("component without a code is left out"),
        }
    }
    let sections = resource.texts("category.text");
    resource.notes(&mut item, NoteKind::Section, sections);
    let interpretations = ["interpretation.text", "component.interpretation.text"];
    resource.notes(&mut item, NoteKind::Result, interpretations.into_iter().flat_map(|p| resource.texts(p)));
    for range in
        ["referenceRange.text", "component.referenceRange.text"].into_iter().flat_map(|p| resource.texts(p))
    {
        push_note(&mut item, NoteKind::Result, &format!("valeurs de référence : {range}"));
    }
    resource.notes(&mut item, NoteKind::BodySite, resource.labels("bodySite"));
    resource.notes(&mut item, NoteKind::Comment, resource.labels("method"));
    item.authors = resource.authors(&["performer"]);
    Ok(item)
}

/// The measure of an observation or of a component; `None` where it has no value.
fn measure(value: &Value, name: &str, resource: &Resource<'_>) -> Option<Measure> {
    let mut code: Coded = value.get("code").and_then(coded).unwrap_or_default();
    code.display = Some(Text::from(name));
    let quantity = value.get("valueQuantity").and_then(quantity).or_else(|| {
        let number = value.get("valueInteger")?.as_f64()?;
        Some(Quantity { value: number, unit: None, comparator: Comparator::Equal })
    });
    let text = in_words(value);
    if quantity.is_none() && text.is_none() {
        if value.get("valueSampledData").is_some() || value.get("valueQuantity").is_some() {
            resource.warn("value of a kind that is not read is left out");
        }
        return None;
    }
    let (low, high) = range(value, quantity.as_ref(), resource);
    let interpretation = text_of_interpretation(value);
    Some(Measure { code, quantity, text: text.map(Text::from), low, high, interpretation })
}

fn text_of_interpretation(value: &Value) -> Option<String> {
    text(value, "interpretation.coding.code").map(str::to_owned)
}

fn quantity(value: &Value) -> Option<Quantity> {
    let number = value.get("value")?.as_f64()?;
    let comparator = match text(value, "comparator") {
        None => Comparator::Equal,
        Some("<") => Comparator::Less,
        Some("<=") => Comparator::AtMost,
        Some(">") => Comparator::Greater,
        Some(">=") => Comparator::AtLeast,
        Some(_) => return None,
    };
    let unit = text(value, "unit").or_else(|| text(value, "code")).map(str::to_owned);
    Some(Quantity { value: number, unit, comparator })
}

/// Every kind of `value[x]` that is not a number.
fn in_words(value: &Value) -> Option<String> {
    let ratio = || {
        let part = |name| value.get("valueRatio")?.get(name).and_then(amount);
        Some(format!("{}/{}", part("numerator")?, part("denominator")?))
    };
    let range = || {
        let part = |name| value.get("valueRange")?.get(name).and_then(amount);
        match (part("low"), part("high")) {
            (Some(low), Some(high)) => Some(format!("{low} à {high}")),
            (Some(low), None) => Some(format!("au moins {low}")),
            (None, Some(high)) => Some(format!("au plus {high}")),
            (None, None) => None,
        }
    };
    let period = || {
        let part = |name| text(value, name);
        match (part("valuePeriod.start"), part("valuePeriod.end")) {
            (Some(start), Some(end)) => Some(format!("du {start} au {end}")),
            (one, other) => one.or(other).map(str::to_owned),
        }
    };
    let yes = || value.get("valueBoolean")?.as_bool().map(|yes| if yes { "oui" } else { "non" }.to_owned());
    let concept = value.get("valueCodeableConcept").and_then(|c| label(c).or_else(|| text(c, "coding.code")));
    concept
        .or_else(|| ["valueString", "valueDateTime", "valueTime"].into_iter().find_map(|n| text(value, n)))
        .map(str::to_owned)
        .or_else(yes)
        .or_else(ratio)
        .or_else(range)
        .or_else(period)
        .or_else(|| {
            // An odd comparator: better the words than a wrong number.
            let quantity = value.get("valueQuantity").filter(|q| self::quantity(q).is_none())?;
            Some(format!("{} {}", text(quantity, "comparator")?, amount(quantity)?))
        })
}

/// Bounds of the normal range, in the unit of the value.
fn range(value: &Value, quantity: Option<&Quantity>, resource: &Resource<'_>) -> (Option<f64>, Option<f64>) {
    let ranges = walk(value, "referenceRange");
    let normal = |r: &&&Value| text(r, "type.coding.code").is_none_or(|code| code == "normal");
    let Some(range) = ranges.iter().find(normal) else { return (None, None) };
    let unit = quantity.and_then(|q| q.unit.as_deref());
    let bound = |name| {
        let bound = range.get(name)?;
        let written = text(bound, "unit").or_else(|| text(bound, "code"));
        let same_code = text(bound, "code").is_some_and(|c| text(value, "valueQuantity.code") == Some(c));
        if written.is_some() && unit.is_some() && written != unit && !same_code {
            resource.warn("reference range in another unit than the value is left out");
            return None;
        }
        bound.get("value")?.as_f64()
    };
    (bound("low"), bound("high"))
}
