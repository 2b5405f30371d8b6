//! `AllergyIntolerance`.

use super::super::resource::{Resource, Timing, push_note};
use super::condition::{clinical_status, onset_in_words};
use super::title_of;
use crate::Reason;
use record::{Item, ItemId, NoteKind};

/// Reads an allergy or intolerance.
pub(in crate::fhir) fn allergy(resource: &Resource<'_>, id: ItemId) -> Result<Item, Reason> {
    const ONSET: Timing = Timing {
        date_time: "onsetDateTime",
        period_start: "onsetPeriod.start",
        period_end: "onsetPeriod.end",
    };
    let named = ["code", "reaction.substance"].into_iter().flat_map(|p| resource.walk(p)).find_map(title_of);
    let title = named.ok_or(Reason::Invalid("its code has neither text nor coding"))?;
    let mut item = resource.item(id, title)?;
    resource.timing(&mut item, &ONSET)?;
    item.created = resource.date("recordedDate");
    item.codes = resource.codes("code");
    item.codes.extend(resource.codes("reaction.substance"));
    clinical_status(resource, &mut item);
    onset_in_words(resource, &mut item);
    let substances = resource.labels("reaction.substance").into_iter().filter(|s| *s != title);
    resource.notes(&mut item, NoteKind::Product, substances);
    resource.notes(&mut item, NoteKind::Reaction, resource.labels("reaction.manifestation"));
    resource.notes(&mut item, NoteKind::Reaction, resource.texts("reaction.description"));
    resource.notes(&mut item, NoteKind::Comment, resource.texts("reaction.note.text"));
    if resource.text("criticality") == Some("high") {
        push_note(&mut item, NoteKind::Comment, "risque élevé");
    }
    item.authors = resource.authors(&["asserter", "recorder"]);
    Ok(item)
}
