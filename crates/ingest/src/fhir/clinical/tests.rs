//! Structured resources, each as a short text of what became of it.

use crate::{Batch, Limits, bundle};
use record::{Comparator, Item, Measure, Note};
use serde_json::{Value, json};
use std::fmt::Write;

fn read(resources: &[Value]) -> Batch {
    let entries: Vec<Value> = resources.iter().map(|r| json!({"resource": r})).collect();
    let text = json!({"resourceType": "Bundle", "type": "collection", "entry": entries}).to_string();
    bundle(text.as_bytes(), &Limits::default()).unwrap()
}

fn measure(m: &Measure) -> String {
    let value = m.quantity.as_ref().map(|q| {
        let sign = match q.comparator {
            Comparator::Equal => "",
            Comparator::Less => "<",
            _ => "?",
        };
        format!("{sign}{} {}", q.value, q.unit.as_deref().unwrap_or("-"))
    });
    let value = value.or_else(|| m.text.as_deref().map(|t| format!("« {t} »"))).unwrap_or_default();
    format!(
        "{} = {value} [{:?} {:?}] {}",
        m.code.label(),
        m.low,
        m.high,
        m.interpretation.as_deref().unwrap_or("-")
    )
}

/// Title, dates, status, then one line a code, an author, a measure, a note, a link.
fn shown(item: &Item) -> String {
    let date = |d: Option<record::PartialDate>| d.map_or("…".to_owned(), |d| d.to_string());
    let status = item.clinical_status.as_deref().unwrap_or("-");
    let mut out = format!(
        "{} | {} {} | {} {status}\n",
        item.title.as_str(),
        date(item.start),
        date(item.end),
        item.status.as_str()
    );
    for code in &item.codes {
        let _ = writeln!(out, "code {} {}", code.code, code.label());
    }
    for author in &item.authors {
        let specialty = author.specialty.as_ref().map_or("", |s| s.label());
        let _ = writeln!(
            out,
            "by {} ({specialty}) {}",
            author.name().unwrap_or_default(),
            author.institution.as_deref().unwrap_or("-")
        );
    }
    for m in &item.measures {
        let _ = writeln!(out, "measure {}", measure(m));
    }
    for Note { kind, text } in &item.notes {
        let _ = writeln!(out, "{kind:?}: {}", text.as_str());
    }
    for link in &item.links {
        let _ = writeln!(out, "{:?} {}", link.relation, link.target);
    }
    out
}

fn check(resource: &Value, expected: &[&str]) {
    check_with(std::slice::from_ref(resource), expected);
}

fn check_with(resources: &[Value], expected: &[&str]) {
    let batch = read(resources);
    assert!(batch.rejected.is_empty(), "{:?}", batch.rejected);
    let found = shown(&batch.submissions[0].item);
    assert_eq!(found.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn treatments() {
    check(
        &json!({"resourceType": "MedicationStatement", "id": "1", "status": "active",
            "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "C08CA01", "display": "amlodipine"}],
                "text": "AMLODIPINE BIOGARAN 5 mg, gélule"},
            "effectivePeriod": {"start": "2021-05-02"}, "informationSource": {"display": "Sophie MARTIN (Médecine générale)"},
            "derivedFrom": [{"reference": "DocumentReference/doc-004"}], "reasonCode": [{"text": "Hypertension artérielle"}],
            "dosage": [{"text": "1 gélule le matin"}]}),
        &[
            "AMLODIPINE BIOGARAN 5 mg, gélule | 2021-05-02 … | current active",
            "code C08CA01 amlodipine",
            "by Sophie MARTIN (Médecine générale) -",
            "Dosage: 1 gélule le matin",
            "Reason: Hypertension artérielle",
            "DerivedFrom DocumentReference/doc-004",
        ],
    );
    check(
        &json!({"resourceType": "MedicationRequest", "id": "1", "status": "completed", "authoredOn": "2024-01-05",
            "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "DOLIPRANE"}, "form": {"text": "comprimé"},
                "ingredient": [{"itemCodeableConcept": {"text": "paracétamol"},
                    "strength": {"numerator": {"value": 500.0, "unit": "mg"}, "denominator": {"value": 1}}}]}],
            "medicationReference": {"reference": "#m"},
            "dosageInstruction": [{"doseAndRate": [{"doseQuantity": {"value": 1.5, "unit": "comprimé"}}],
                "timing": {"code": {"text": "toutes les 6 heures"}}, "route": {"text": "orale"}}],
            "dispenseRequest": {"numberOfRepeatsAllowed": 2, "expectedSupplyDuration": {"value": 3, "code": "mo"}}}),
        &[
            "DOLIPRANE | 2024-01-05 … | current completed",
            "Product: comprimé",
            "Product: paracétamol 500 mg",
            "Dosage: 1,5 comprimé, toutes les 6 heures, orale",
            "Dosage: pendant 3 mois",
            "Dosage: renouvelable 2 fois",
        ],
    );
}

#[test]
fn events() {
    check(
        &json!({"resourceType": "Encounter", "id": "1", "status": "finished", "class": {"code": "IMP", "display": "inpatient encounter"},
            "type": [{"text": "Hospitalisation de jour - endoscopie digestive"}], "serviceType": {"text": "Gastro-entérologie"},
            "participant": [{"individual": {"display": "Karim HADDAD (Hépato-gastro-entérologie)"}}],
            "period": {"start": "2020-02-11", "end": "2020-02-12"}, "reasonCode": [{"text": "Test positif"}],
            "location": [{"location": {"display": "Clinique Saint-Aubin"}}]}),
        &[
            "Hospitalisation de jour - endoscopie digestive | 2020-02-11 2020-02-12 | current finished",
            "code IMP Hospitalisation",
            "by Karim HADDAD (Hépato-gastro-entérologie) Clinique Saint-Aubin",
            "Reason: Test positif",
            "Location: Clinique Saint-Aubin",
            "Location: Gastro-entérologie",
        ],
    );
    check(
        &json!({"resourceType": "Appointment", "id": "1", "status": "booked", "description": "Mammographie de dépistage",
            "start": "2026-12-03T12:22:00+01:00", "end": "2026-12-03T12:52:00+01:00",
            "participant": [{"actor": {"reference": "Patient/p"}}, {"actor": {"reference": "Practitioner/x",
                "display": "Anne DELMAS (Radiologie)"}}, {"actor": {"display": "Imagerie médicale du Parc"}}]}),
        &[
            "Mammographie de dépistage | 2026-12-03 2026-12-03 | current booked",
            "by Anne DELMAS (Radiologie) Imagerie médicale du Parc",
            "Location: Imagerie médicale du Parc",
        ],
    );
    check(
        &json!({"resourceType": "Encounter", "id": "1", "status": "finished", "class": {"code": "EMER"}}),
        &["Urgences | … … | current finished", "code EMER Urgences"],
    );
}

#[test]
fn observations() {
    let observation = |value: Value| {
        let mut resource = json!({"resourceType": "Observation", "id": "1", "status": "final", "effectiveDateTime": "2021-03-09",
            "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}], "text": "HbA1c"}});
        for (name, element) in value.as_object().unwrap() {
            resource[name] = element.clone();
        }
        resource
    };
    let check_value = |value: Value, expected: &[&str]| {
        let head = ["HbA1c | 2021-03-09 … | current final", "code 4548-4 4548-4"];
        check(&observation(value), &[&head, expected].concat());
    };
    check_value(
        json!({"valueQuantity": {"value": 7.9, "unit": "%"}, "interpretation": [{"coding": [{"code": "H"}]}],
            "referenceRange": [{"low": {"value": 4.0, "unit": "%"}, "high": {"value": 6.0, "unit": "%"}}],
            "derivedFrom": [{"reference": "DocumentReference/doc-003"}]}),
        &["measure HbA1c = 7.9 % [Some(4.0) Some(6.0)] H", "DerivedFrom DocumentReference/doc-003"],
    );
    check_value(
        json!({"valueQuantity": {"value": 5, "comparator": "<", "unit": "mg/L"}, "referenceRange": [{"high": {"value": 1, "unit": "g/L"}}]}),
        &["measure HbA1c = <5 mg/L [None None] -"],
    );
    check_value(json!({"valueString": "négatif"}), &["measure HbA1c = « négatif » [None None] -"]);
    check_value(json!({"valueBoolean": true}), &["measure HbA1c = « oui » [None None] -"]);
    check_value(json!({"valueCodeableConcept": {"text": "A+"}}), &["measure HbA1c = « A+ » [None None] -"]);
    check_value(json!({"valueInteger": 3}), &["measure HbA1c = 3 - [None None] -"]);
    check_value(
        json!({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 80}}}),
        &["measure HbA1c = « 1/80 » [None None] -"],
    );
    check_value(
        json!({"valueRange": {"low": {"value": 2, "unit": "g"}, "high": {"value": 3.5, "unit": "g"}}}),
        &["measure HbA1c = « 2 g à 3,5 g » [None None] -"],
    );
    check_value(
        json!({"component": [{"code": {"text": "Systolique"}, "valueQuantity": {"value": 128, "unit": "mmHg"}},
            {"code": {"text": "Diastolique"}, "valueQuantity": {"value": 76, "unit": "mmHg"}}],
            "bodySite": {"text": "bras gauche"}, "note": [{"text": "au repos"}]}),
        &[
            "measure Systolique = 128 mmHg [None None] -",
            "measure Diastolique = 76 mmHg [None None] -",
            "Comment: au repos",
            "BodySite: bras gauche",
        ],
    );
}

#[test]
fn conditions_and_allergies() {
    check(
        &json!({"resourceType": "Condition", "id": "1", "code": {"coding": [{"code": "E11.9", "display": "Diabète"}]},
            "clinicalStatus": {"coding": [{"code": "active"}]}, "onsetAge": {"value": 45, "code": "a"}, "severity": {"text": "modéré"},
            "bodySite": [{"text": "pancréas"}], "note": [{"text": "suivi annuel"}]}),
        &[
            "Diabète | … … | current active",
            "code E11.9 Diabète",
            "Comment: suivi annuel",
            "Comment: début à l'âge de 45 ans",
            "Comment: modéré",
            "BodySite: pancréas",
        ],
    );
    check(
        &json!({"resourceType": "Condition", "id": "1", "code": {"text": "Asthme"}, "clinicalStatus": {"coding": [{"code": "active"}]},
            "verificationStatus": {"coding": [{"code": "entered-in-error"}]}, "onsetPeriod": {"start": "2010", "end": "2012"}}),
        &["Asthme | 2010 2012 | deleted active"],
    );
    check(
        &json!({"resourceType": "AllergyIntolerance", "id": "1", "code": {"text": "Pénicilline"}, "criticality": "high",
            "onsetDateTime": "2009-06-01", "reaction": [{"substance": {"text": "Amoxicilline"}, "manifestation": [{"text": "Urticaire géante"}]}]}),
        &[
            "Pénicilline | 2009-06-01 … | current -",
            "Product: Amoxicilline",
            "Reaction: Urticaire géante",
            "Comment: risque élevé",
        ],
    );
}

#[test]
fn vaccinations_and_acts() {
    check(
        &json!({"resourceType": "Immunization", "id": "1", "status": "completed", "vaccineCode": {"text": "REPEVAX"},
            "occurrenceDateTime": "2019-11-20", "lotNumber": "AB12", "site": {"text": "bras gauche"}, "performer": [{"actor": {"display": "Dr Sophie Martin"}}],
            "protocolApplied": [{"targetDisease": [{"text": "Tétanos"}], "doseNumberPositiveInt": 2}]}),
        &[
            "REPEVAX | 2019-11-20 … | current completed",
            "by Sophie Martin () -",
            "Target: Tétanos",
            "Comment: dose 2",
            "Product: lot AB12",
            "BodySite: bras gauche",
        ],
    );
    let reason = json!({"resourceType": "Condition", "id": "c", "code": {"text": "Polype du côlon"}});
    check_with(
        &[
            json!({"resourceType": "Procedure", "id": "1", "status": "completed", "code": {"text": "Coloscopie totale"},
                "performedDateTime": "2020-02-11", "performer": [{"actor": {"display": "Karim HADDAD"}, "onBehalfOf": {"display": "Clinique Saint-Aubin"}}],
                "bodySite": [{"text": "côlon"}], "reasonReference": [{"reference": "Condition/c"}], "outcome": {"text": "réussie"},
                "complication": [{"text": "saignement"}]}),
            reason,
        ],
        &[
            "Coloscopie totale | 2020-02-11 … | current completed",
            "by Karim HADDAD () Clinique Saint-Aubin",
            "Reason: Polype du côlon",
            "BodySite: côlon",
            "Result: réussie",
            "Reaction: saignement",
            "Related Condition/c",
        ],
    );
}

#[test]
fn a_report_becomes_a_document() {
    let batch = read(&[json!({"resourceType": "DiagnosticReport", "id": "r", "status": "final",
        "category": [{"coding": [{"code": "LAB"}]}], "code": {"text": "Bilan lipidique"}, "effectiveDateTime": "2022-04-01",
        "performer": [{"display": "Laboratoire des Moulins"}], "result": [{"reference": "Observation/o"}], "conclusion": "Normal",
        "presentedForm": [{"contentType": "text/plain", "data": "Qm9uam91cg=="}]})]);
    let submission = &batch.submissions[0];
    assert_eq!(submission.item.id.to_string(), "DocumentReference/DiagnosticReport-r");
    assert_eq!(submission.source.as_ref().map(|s| s.bytes.len()), Some(7));
    let entry = submission.item.document.as_ref().unwrap();
    assert_eq!(entry.type_code.as_ref().map(|t| t.code.as_str()), Some("11502-2"));
    assert_eq!(
        shown(&submission.item),
        "Bilan lipidique | 2022-04-01 … | current final\nby Laboratoire des Moulins () Laboratoire des Moulins\n\
         Result: Normal\nRelated Observation/o\n"
    );
}
