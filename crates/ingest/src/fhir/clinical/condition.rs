//! `Condition`.

use super::super::resource::{Resource, Timing, push_note};
use super::{amount, title};
use crate::Reason;
use record::{Item, ItemId, NoteKind, Status};

/// Reads a problem, a diagnosis or an antecedent.
pub(in crate::fhir) fn condition(resource: &Resource<'_>, id: ItemId) -> Result<Item, Reason> {
    const ONSET: Timing = Timing {
        date_time: "onsetDateTime",
        period_start: "onsetPeriod.start",
        period_end: "onsetPeriod.end",
    };
    let mut item = resource.item(id, title(resource, "code")?)?;
    resource.timing(&mut item, &ONSET)?;
    let abatement = resource.date("abatementDateTime").or_else(|| resource.date("abatementPeriod.end"));
    item.end = abatement.or(item.end);
    resource.check_order(&mut item);
    item.created = resource.date("recordedDate");
    item.codes = resource.codes("code");
    clinical_status(resource, &mut item);
    onset_in_words(resource, &mut item);
    for path in ["severity", "category"] {
        resource.notes(&mut item, NoteKind::Comment, resource.texts(&format!("{path}.text")));
    }
    resource.notes(&mut item, NoteKind::BodySite, resource.labels("bodySite"));
    resource.notes(&mut item, NoteKind::Result, resource.labels("stage.summary"));
    resource.notes(&mut item, NoteKind::Comment, resource.texts("severity.coding.display"));
    item.authors = resource.authors(&["asserter", "recorder"]);
    Ok(item)
}

/// `clinicalStatus`, `refuted` where the diagnosis was; an error is deleted.
pub(super) fn clinical_status(resource: &Resource<'_>, item: &mut Item) {
    item.clinical_status = resource.text("clinicalStatus.coding.code").map(str::to_owned);
    match resource.text("verificationStatus.coding.code") {
        Some("entered-in-error") => item.status = Status::Deleted,
        Some("refuted") => item.clinical_status = Some("refuted".to_owned()),
        _ => {}
    }
}

/// An onset that is no date: an age, a range of ages, or words.
pub(super) fn onset_in_words(resource: &Resource<'_>, item: &mut Item) {
    resource.notes(item, NoteKind::Comment, resource.texts("onsetString"));
    let ages = ["onsetAge", "onsetRange.low"].into_iter().flat_map(|p| resource.walk(p)).filter_map(amount);
    for age in ages {
        push_note(item, NoteKind::Comment, &format!("début à l'âge de {age}"));
    }
    resource.notes(item, NoteKind::Comment, resource.texts("abatementString"));
}
