//! `MedicationStatement` and `MedicationRequest`.

use super::super::json::{codings, label, text, texts, walk};
use super::super::resource::{Resource, Timing, push_note};
use super::{amount, title_of};
use crate::Reason;
use record::{Item, ItemId, NoteKind};
use serde_json::Value;

/// Reads a treatment that is taken or prescribed.
pub(in crate::fhir) fn medication(resource: &Resource<'_>, id: ItemId) -> Result<Item, Reason> {
    let product = product(resource);
    let concept = match product {
        Some(product) => product.get("code"),
        None => resource.json.get("medicationCodeableConcept"),
    };
    let reference = resource.json.get("medicationReference");
    let ingredients =
        || product.and_then(|p| walk(p, "ingredient.itemCodeableConcept").into_iter().find_map(title_of));
    let title = concept
        .and_then(title_of)
        .or_else(|| reference.and_then(|r| text(r, "display")))
        .or_else(ingredients)
        .ok_or(Reason::Invalid("its medication has neither text nor coding"))?;
    let mut item = resource.item(id, title)?;
    item.codes = concept.map(codings).unwrap_or_default();
    if let Some(product) = product {
        describe(&mut item, product);
    }
    dosage(resource, &mut item);
    resource.reasons(&mut item, &["reasonCode", "reasonReference"]);
    let comments = ["statusReason", "courseOfTherapyType"].into_iter().flat_map(|p| resource.labels(p));
    resource.notes(&mut item, NoteKind::Comment, comments);
    item.authors = resource.authors(&["requester", "informationSource", "performer", "recorder"]);
    times(resource, &mut item)?;
    Ok(item)
}

/// The `Medication` that the resource refers to.
fn product<'a>(resource: &Resource<'a>) -> Option<&'a Value> {
    let found = resource.context.resolve(resource.text("medicationReference.reference")?, resource.json);
    if found.is_none() && resource.text("medicationReference.display").is_none() {
        resource.warn("medicationReference leads nowhere");
    }
    found.filter(|r| text(r, "resourceType") == Some("Medication"))
}

/// Form, substances and strengths.
fn describe(item: &mut Item, product: &Value) {
    let forms = walk(product, "form").into_iter().filter_map(label);
    for form in forms {
        push_note(item, NoteKind::Product, form);
    }
    for ingredient in walk(product, "ingredient") {
        let substance = ingredient.get("itemCodeableConcept");
        item.codes.extend(substance.map(codings).unwrap_or_default());
        let name = substance.and_then(label);
        let strength = ingredient.get("strength").and_then(|s| {
            let (numerator, denominator) =
                (s.get("numerator").and_then(amount)?, s.get("denominator").and_then(amount));
            // "5 mg/1" says no more than "5 mg".
            Some(denominator.filter(|d| d != "1").map_or(numerator.clone(), |d| format!("{numerator}/{d}")))
        });
        let words = [name.map(str::to_owned), strength].into_iter().flatten().collect::<Vec<_>>().join(" ");
        push_note(item, NoteKind::Product, &words);
    }
}

/// Dosage in words; composed where the source has only its parts.
fn dosage(resource: &Resource<'_>, item: &mut Item) {
    for dosage in ["dosage", "dosageInstruction"].into_iter().flat_map(|p| resource.walk(p)) {
        match text(dosage, "text") {
            Some(text) => push_note(item, NoteKind::Dosage, text),
            None => push_note(item, NoteKind::Dosage, &composed(dosage)),
        }
        for instruction in texts(dosage, "patientInstruction") {
            push_note(item, NoteKind::Dosage, instruction);
        }
        for instruction in walk(dosage, "additionalInstruction").into_iter().filter_map(label) {
            push_note(item, NoteKind::Dosage, instruction);
        }
        for site in walk(dosage, "site").into_iter().filter_map(label) {
            push_note(item, NoteKind::BodySite, site);
        }
    }
    if let Some(duration) =
        resource.walk("dispenseRequest.expectedSupplyDuration").into_iter().find_map(amount)
    {
        push_note(item, NoteKind::Dosage, &format!("pendant {duration}"));
    }
    let repeats = resource.walk("dispenseRequest.numberOfRepeatsAllowed").into_iter().find_map(Value::as_u64);
    if let Some(times) = repeats.filter(|n| *n > 0) {
        push_note(item, NoteKind::Dosage, &format!("renouvelable {times} fois"));
    }
}

fn composed(dosage: &Value) -> String {
    let dose = walk(dosage, "doseAndRate.doseQuantity").into_iter().find_map(amount);
    let timing = walk(dosage, "timing.code").into_iter().find_map(label);
    let route = walk(dosage, "route").into_iter().find_map(label);
    [dose.as_deref(), timing, route].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn times(resource: &Resource<'_>, item: &mut Item) -> Result<(), Reason> {
    const EFFECTIVE: Timing = Timing {
        date_time: "effectiveDateTime",
        period_start: "effectivePeriod.start",
        period_end: "effectivePeriod.end",
    };
    const BOUNDS: Timing = Timing {
        date_time: "authoredOn",
        period_start: "dosageInstruction.timing.repeat.boundsPeriod.start",
        period_end: "dosageInstruction.timing.repeat.boundsPeriod.end",
    };
    let request = item.id.resource() == record::ResourceType::MedicationRequest;
    resource.timing(item, if request { &BOUNDS } else { &EFFECTIVE })?;
    item.created = resource.date(if request { "authoredOn" } else { "dateAsserted" });
    Ok(())
}
