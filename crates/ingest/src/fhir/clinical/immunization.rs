//! `Immunization`.

use super::super::json::label;
use super::super::resource::{Resource, Timing, push_note};
use super::title;
use crate::Reason;
use record::{Item, ItemId, NoteKind};
use serde_json::Value;

/// Reads a vaccination.
pub(in crate::fhir) fn immunization(resource: &Resource<'_>, id: ItemId) -> Result<Item, Reason> {
    // R4 has no period here.
    const OCCURRENCE: Timing = Timing {
        date_time: "occurrenceDateTime",
        period_start: "occurrencePeriod.start",
        period_end: "occurrencePeriod.end",
    };
    let mut item = resource.item(id, title(resource, "vaccineCode")?)?;
    resource.timing(&mut item, &OCCURRENCE)?;
    item.created = resource.date("recorded");
    item.codes = resource.codes("vaccineCode");
    resource.notes(&mut item, NoteKind::Comment, resource.texts("occurrenceString"));
    resource.notes(&mut item, NoteKind::Target, resource.labels("protocolApplied.targetDisease"));
    item.codes.extend(resource.codes("protocolApplied.targetDisease"));
    resource.notes(&mut item, NoteKind::Comment, resource.texts("protocolApplied.series"));
    doses(resource, &mut item);
    if let Some(lot) = resource.text("lotNumber") {
        push_note(&mut item, NoteKind::Product, &format!("lot {lot}"));
    }
    resource.notes(&mut item, NoteKind::Product, resource.texts("manufacturer.display"));
    resource.notes(&mut item, NoteKind::Product, resource.walk("route").into_iter().filter_map(label));
    resource.notes(&mut item, NoteKind::BodySite, resource.labels("site"));
    resource.reasons(&mut item, &["reasonCode", "statusReason", "reasonReference"]);
    for place in resource.places("location") {
        push_note(&mut item, NoteKind::Location, &place);
    }
    item.authors = resource.authors(&["performer.actor", "location"]);
    Ok(item)
}

fn doses(resource: &Resource<'_>, item: &mut Item) {
    resource.notes(item, NoteKind::Comment, resource.texts("protocolApplied.doseNumberString"));
    for number in resource.walk("protocolApplied.doseNumberPositiveInt").into_iter().filter_map(Value::as_u64)
    {
        push_note(item, NoteKind::Comment, &format!("dose {number}"));
    }
}
