//! `Encounter` and `Appointment`.

use super::super::json::{coding, label, text};
use super::super::people;
use super::super::resource::{Resource, push_note};
use super::title_of;
use crate::Reason;
use record::{Author, AuthorKind, Coded, Item, ItemId, NoteKind, Text};
use serde_json::Value;

/// Reads a stay or a visit.
pub(in crate::fhir) fn encounter(resource: &Resource<'_>, id: ItemId) -> Result<Item, Reason> {
    let class = resource.walk("class").into_iter().find_map(coding).map(in_french);
    let named = ["type", "serviceType"].into_iter().flat_map(|p| resource.walk(p)).find_map(title_of);
    let reason = || resource.labels("reasonCode").into_iter().next();
    let by_class = || class.as_ref().and_then(|c| c.display.as_deref());
    let title = named.or_else(reason).or_else(by_class).unwrap_or("Consultation ou séjour").to_owned();
    let mut item = resource.item(id, &title)?;
    item.start = resource.act_date("period.start")?;
    item.end = resource.date("period.end");
    resource.check_order(&mut item);
    item.codes = ["type", "serviceType"].into_iter().flat_map(|p| resource.codes(p)).collect();
    item.codes.extend(class);
    resource.reasons(&mut item, &["reasonCode", "reasonReference", "diagnosis.condition"]);
    for path in ["location.location", "serviceProvider"] {
        for place in resource.places(path) {
            push_note(&mut item, NoteKind::Location, &place);
        }
    }
    resource.notes(&mut item, NoteKind::Location, resource.labels("serviceType"));
    for path in ["hospitalization.origin", "hospitalization.destination"] {
        for place in resource.places(path) {
            push_note(&mut item, NoteKind::Comment, &place);
        }
    }
    for path in ["hospitalization.admitSource", "hospitalization.dischargeDisposition"] {
        resource.notes(&mut item, NoteKind::Comment, resource.labels(path));
    }
    item.authors = resource.authors(&["participant.individual"]);
    let institution =
        ["serviceProvider", "location.location"].into_iter().flat_map(|p| resource.places(p)).next();
    name_institution(&mut item.authors, institution);
    Ok(item)
}

fn name_institution(authors: &mut Vec<Author>, institution: Option<String>) {
    let Some(name) = institution else { return };
    if authors.is_empty() {
        authors.push(people::institution(&name));
    } else {
        people::give_institution(authors, &name);
    }
}

/// HL7 v3 `ActEncounterCode` as a patient says it: the labels of the code system are English.
fn in_french(class: Coded) -> Coded {
    let label = match class.code.as_str() {
        "AMB" => "Consultation",
        "IMP" | "ACUTE" | "NONAC" => "Hospitalisation",
        "SS" => "Hospitalisation de jour",
        "EMER" => "Urgences",
        "HH" => "Visite à domicile",
        "VR" => "Téléconsultation",
        "OBSENC" => "Hospitalisation en observation",
        _ => return class,
    };
    Coded { display: Some(Text::from(label)), ..class }
}

/// Reads an appointment.
pub(in crate::fhir) fn appointment(resource: &Resource<'_>, id: ItemId) -> Result<Item, Reason> {
    const KINDS: [&str; 3] = ["serviceType", "appointmentType", "serviceCategory"];
    let named = || KINDS.into_iter().flat_map(|p| resource.walk(p)).find_map(label);
    let reason = || resource.labels("reasonCode").into_iter().next();
    let title = resource.text("description").or_else(named).or_else(reason).unwrap_or("Rendez-vous");
    let mut item = resource.item(id, title)?;
    item.start = resource.act_date("start")?;
    item.end = resource.date("end");
    resource.check_order(&mut item);
    item.created = resource.date("created");
    item.codes = KINDS.into_iter().flat_map(|p| resource.codes(p)).collect();
    resource.reasons(&mut item, &["reasonCode", "reasonReference"]);
    for path in ["comment", "patientInstruction"] {
        resource.notes(&mut item, NoteKind::Comment, resource.texts(path));
    }
    resource.notes(&mut item, NoteKind::Comment, resource.labels("cancelationReason"));
    resource.notes(&mut item, NoteKind::Location, resource.labels("specialty"));
    let others: Vec<&Value> = resource
        .walk("participant.actor")
        .into_iter()
        .filter(|actor| !text(actor, "reference").is_some_and(|r| r.contains("Patient/")))
        .collect();
    item.authors = people::authors(others, resource.json, resource.context);
    item.authors.retain(|a| a.kind != AuthorKind::Patient);
    let institutions: Vec<Text> = item.authors.iter().filter_map(|a| a.institution.clone()).collect();
    for place in institutions {
        push_note(&mut item, NoteKind::Location, &place);
    }
    Ok(item)
}
