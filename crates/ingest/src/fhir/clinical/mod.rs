//! Structured resources → items.

mod allergy;
mod condition;
mod event;
mod immunization;
mod medication;
mod observation;
mod procedure;

pub(super) use allergy::allergy;
pub(super) use condition::condition;
pub(super) use event::{appointment, encounter};
pub(super) use immunization::immunization;
pub(super) use medication::medication;
pub(super) use observation::observation;
pub(super) use procedure::procedure;

use super::json::{label, text};
use super::resource::Resource;
use crate::Reason;
use serde_json::Value;

/// What a concept is called: its text, its first label, what the lexicon calls the code, the code.
fn title_of(concept: &Value) -> Option<&str> {
    let by_code = || {
        let code = text(concept, "coding.code")?;
        Some(lexicon::document_type(code).map_or(code, |known| known.label))
    };
    label(concept).or_else(by_code)
}

/// The title of a resource that is nothing without its code.
fn title<'a>(resource: &Resource<'a>, path: &'static str) -> Result<&'a str, Reason> {
    let named = resource.walk(path).into_iter().find_map(title_of);
    named.ok_or(Reason::Invalid("its code has neither text nor coding"))
}

/// A `Quantity` or `Duration` in words.
fn amount(quantity: &Value) -> Option<String> {
    let value = quantity.get("value").filter(|v| v.is_number())?;
    let number = value.to_string();
    let number = number.strip_suffix(".0").unwrap_or(&number).replace('.', ",");
    let unit = text(quantity, "unit").or_else(|| text(quantity, "code"));
    Some(unit.map_or(number.clone(), |unit| format!("{number} {}", french_unit(unit))))
}

/// UCUM's codes of time in words; every other unit as it is.
fn french_unit(unit: &str) -> &str {
    match unit {
        "d" => "jours",
        "wk" => "semaines",
        "mo" => "mois",
        "a" => "ans",
        "h" => "heures",
        "min" => "minutes",
        other => other,
    }
}

#[cfg(test)]
mod tests;
