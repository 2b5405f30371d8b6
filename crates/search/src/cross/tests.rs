//! What is hidden leaves no trace: for random records the answer to who may not see some items is, in
//! every part, the answer of a record that never held them.

use crate::cases::{author, document, grant, item, view};
use crate::policy::Role;
use crate::{Entry, Filters, Query, links, measure, search, timeline};
use proptest::prelude::*;
use record::{Coded, Comparator, Flags, Measure, PartialDate, Quantity};

const QUERIES: &[&str] = &[
    "hémoglobine glyquée",
    "mes médicaments",
    "mes médicaments pour la tension",
    "mon hospitalisation",
    "prothèse de hanche",
    "ma grossesse",
    "rappel tétanos",
    "mes vaccins",
    "mes allergies",
    "diabète",
    "prochain rendez-vous",
    "ramipril",
    "tension",
    "dernière consultation du cardiologue",
    "",
];

fn measured(number: usize, date: &str, value: f64) -> Entry {
    let mut entry = item(&format!("Observation/hba1c-{number}"), "HbA1c", date);
    let code = Coded::new(record::system::LOINC, "4548-4", Some("HbA1c"));
    entry.item.codes.push(code.clone());
    let quantity = Quantity { value, unit: Some("%".to_owned()), comparator: Comparator::Equal };
    let (low, high) = (Some(4.0), Some(6.0));
    entry.item.measures.push(Measure {
        code,
        quantity: Some(quantity),
        text: None,
        low,
        high,
        interpretation: None,
    });
    entry
}

fn stay(number: usize, from: &str, to: &str) -> Entry {
    let mut entry = item(&format!("Encounter/sejour-{number}"), "Hospitalisation en cardiologie", from);
    entry.item.end = PartialDate::parse_iso(to).ok();
    author(entry, "Anne", "Morel", "Cardiologie")
}

fn coded(mut entry: Entry, system: &str, code: &str) -> Entry {
    entry.item.codes.push(Coded::new(system, code, None));
    entry
}

/// One of the entries that a record may hold. `number` makes its reference, `day` its date.
fn entry(kind: usize, number: usize, day: u8) -> Entry {
    use record::system::{ATC, CIM10};
    let date = format!("2023-03-{day:02}");
    let letter = |text: &str| document(&format!("doc-{number}"), "11488-4", "Courrier", &date, text);
    match kind {
        0 => measured(number, &date, 6.0 + f64::from(day) / 10.0),
        1 => stay(number, &date, "2023-03-29"),
        2 => coded(item(&format!("MedicationStatement/m-{number}"), "RAMIPRIL 5 mg", &date), ATC, "C09AA05"),
        3 => coded(item(&format!("Condition/c-{number}"), "Hypertension artérielle", "2010"), CIM10, "I10"),
        4 => item(&format!("Procedure/p-{number}"), "Prothèse totale de hanche", &date),
        5 => author(
            letter("HbA1c à 8,2 %. Suivi de grossesse, tension 142/81."),
            "Anne",
            "Morel",
            "Cardiologie",
        ),
        6 => document(
            &format!("lab-{number}"),
            "11502-2",
            "Biologie",
            &date,
            "HbA1c 7,1 % (4,0 - 6,0)\nTSH 2,1 mUI/L",
        ),
        7 => coded(item(&format!("Immunization/v-{number}"), "REVAXIS", &date), ATC, "J07CA01"),
        8 => item(&format!("AllergyIntolerance/a-{number}"), "Pénicilline", "2009"),
        9 => author(
            letter("Grossesse de 12 semaines, prothèse de hanche."),
            "Lucie",
            "Petit",
            "Gynécologie-obstétrique",
        ),
        10 => item(&format!("Appointment/r-{number}"), "Consultation de cardiologie", "2030-01-10"),
        _ => coded(item(&format!("Condition/d-{number}"), "Diabète de type 2", "2008"), CIM10, "E11"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_hidden_is_as_if_it_were_not_there(
        record in proptest::collection::vec((0usize..12, 1u8..28, any::<bool>()), 1..24)
    ) {
        let mut all = Vec::new();
        let mut seen = Vec::new();
        for (number, (kind, day, hidden)) in record.into_iter().enumerate() {
            let mut entry = entry(kind, number, day);
            if hidden {
                entry.item.flags = Flags::INVISIBLE_PATIENT;
            } else {
                seen.push(entry.clone());
            }
            all.push(entry);
        }
        let ids: Vec<_> = seen.iter().map(|e| e.item.id.clone()).collect();
        let (whole, part) = (view(all), view(seen));
        let patient = grant(Role::Patient);
        for text in QUERIES {
            let query = Query { today: PartialDate::parse_iso("2024-06-01").ok(), limit: 50, ..Query::new(text) };
            let (a, b) = (search(&whole, &patient, &query).unwrap(), search(&part, &patient, &query).unwrap());
            prop_assert_eq!(a, b, "{}", text);
        }
        let by_date = |view| timeline(view, &patient, Filters::default(), 100, None).unwrap();
        prop_assert_eq!(by_date(&whole), by_date(&part));
        for code in ["4548-4", "85354-9", "3016-3"] {
            prop_assert_eq!(measure(&whole, &patient, code).unwrap(), measure(&part, &patient, code).unwrap());
        }
        for id in ids {
            prop_assert_eq!(links(&whole, &patient, &id).unwrap(), links(&part, &patient, &id).unwrap());
        }
    }
}
