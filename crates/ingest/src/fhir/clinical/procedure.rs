//! `Procedure`.

use super::super::resource::{Resource, Timing, push_note};
use super::title;
use crate::Reason;
use record::{Item, ItemId, NoteKind};

/// Reads an act done on the patient.
pub(in crate::fhir) fn procedure(resource: &Resource<'_>, id: ItemId) -> Result<Item, Reason> {
    const PERFORMED: Timing = Timing {
        date_time: "performedDateTime",
        period_start: "performedPeriod.start",
        period_end: "performedPeriod.end",
    };
    let mut item = resource.item(id, title(resource, "code")?)?;
    resource.timing(&mut item, &PERFORMED)?;
    item.codes = resource.codes("code");
    resource.notes(&mut item, NoteKind::Comment, resource.texts("performedString"));
    resource.reasons(&mut item, &["reasonCode", "reasonReference", "statusReason"]);
    resource.notes(&mut item, NoteKind::BodySite, resource.labels("bodySite"));
    resource.notes(&mut item, NoteKind::Result, resource.labels("outcome"));
    resource.notes(&mut item, NoteKind::Reaction, resource.labels("complication"));
    resource.notes(&mut item, NoteKind::Comment, resource.labels("followUp"));
    resource.notes(&mut item, NoteKind::Product, resource.labels("usedCode"));
    for place in resource.places("location") {
        push_note(&mut item, NoteKind::Location, &place);
    }
    item.authors = resource.authors(&["performer.actor", "performer.onBehalfOf", "location"]);
    if item.authors.is_empty() {
        item.authors = resource.authors(&["recorder", "asserter"]);
    }
    Ok(item)
}
