//! What a query wishes, asked of a small record; and what is suggested while it is typed.

use crate::cases::{author, document, grant, ids, item, view};
use crate::policy::Role;
use crate::{Answer, Entry, Query, Reading, View, search, suggest};
use record::{Kind, PartialDate};

fn record() -> Vec<Entry> {
    vec![
        author(
            document("heart", "11488-4", "Courrier", "2024-02-01", "Souffle au cœur, contrôle dans un an."),
            "Anne",
            "Lefevre",
            "Cardiologie",
        ),
        author(
            document("to-heart", "96349-6", "Courrier", "2024-01-10", "Au cardiologue : souffle au cœur."),
            "Paul",
            "Martin",
            "Médecine générale",
        ),
        document("left", "18748-4", "IRM du genou gauche", "2023-01-05", "Genou gauche : ménisque fissuré."),
        document("right", "18748-4", "IRM du genou droit", "2023-03-05", "Genou droit : ménisque normal."),
        document("early", "57833-6", "Ordonnance", "2021-02-01", "Paracétamol 1 g, douleurs du genou."),
        document("late", "57833-6", "Ordonnance", "2024-06-01", "Kétoprofène, douleurs du genou."),
        item("Procedure/meniscus", "Méniscectomie du genou gauche", "2023-09-12"),
        item("MedicationStatement/old", "DOLIPRANE 1000 mg", "2021-02-01"),
        item("MedicationStatement/new", "KARDEGIC 75 mg", "2024-02-01"),
    ]
}

fn asked(text: &str, ignore: Vec<Reading>) -> Answer {
    let today = PartialDate::parse_iso("2026-11-22").ok();
    let query = Query { today, ignore, ..Query::new(text) };
    search(&view(record()), &grant(Role::Patient), &query).unwrap()
}

/// `expected` are the first results.
fn check(text: &str, expected: &str) {
    let found = ids(&asked(text, Vec::new()));
    assert!(found == expected || found.starts_with(&format!("{expected} ")), "{text}: {found}");
}

#[test]
fn who_wrote_and_to_whom() {
    check("courrier du cardiologue", "heart");
    check("courrier pour le cardiologue", "to-heart");
    check("courrier du dr lefevre", "heart");
    let told = asked("courrier du dr Lefèvre", Vec::new()).understood.people;
    assert_eq!(told[0].names.iter().map(|n| n.to_string()).collect::<Vec<_>>(), ["Anne Lefevre"]);
    assert_eq!((&*told[0].part.query, told[0].part.span), ("dr Lefèvre", (12, 22)));
}

#[test]
fn the_other_side_comes_after() {
    check("irm genou gauche", "left");
    check("irm genou droit", "right");
    assert!(ids(&asked("irm genou gauche", Vec::new())).contains("right"), "a side is no filter");
}

#[test]
fn what_is_left_out_is_in_no_result() {
    for (text, out) in [
        ("genou sans les ordonnances", "early late"),
        ("genou sauf les IRM", "left right"),
        ("tout sauf les ordonnances", "early late"),
    ] {
        let found = ids(&asked(text, Vec::new()));
        let left = out.split(' ').filter(|id| found.split(' ').any(|f| f == *id)).count();
        assert!(left == 0 && !found.is_empty(), "{text}: {found}");
    }
    let kept = ids(&asked("genou sans les ordonnances", vec![Reading::Exclusions]));
    assert!(kept.contains("early"), "{kept}");
}

#[test]
fn a_list_is_whole_and_counted() {
    let answer = asked("mes médicaments", Vec::new());
    let kind = answer.understood.kind.clone().unwrap();
    assert_eq!((kind.kind, kind.all, kind.count), (Kind::Treatment, true, 2));
    let first: Vec<Kind> = answer.hits.iter().take(2).map(|h| h.item.kind()).collect();
    assert_eq!(first, [Kind::Treatment; 2]);
}

#[test]
fn so_many_of_the_last() {
    check("les 2 dernières ordonnances", "late early");
    assert_eq!(asked("les 2 dernières ordonnances", Vec::new()).understood.order.unwrap().count, Some(2));
}

#[test]
fn time_told_by_an_event_of_the_record() {
    check("ordonnance avant mon opération du genou", "early");
    check("ordonnance après mon opération", "late");
    let period = asked("ordonnance avant mon opération", Vec::new()).understood.period.unwrap();
    assert_eq!(period.event.unwrap().id(), "meniscus");
    assert_eq!(period.to.unwrap().to_string(), "2023-09-11");
    // An event that the record does not know is looked for as words.
    assert!(asked("ordonnance avant ma grossesse", Vec::new()).understood.period.is_none());
}

fn suggested(view: &View, typed: &str) -> Vec<String> {
    let found = suggest(view, &grant(Role::Patient), typed, 8).unwrap();
    found.into_iter().map(|s| format!("{}: {}", s.kind, &*s.text)).collect()
}

#[test]
fn suggestions_are_names_and_terms_of_this_record() {
    let view = view(record());
    let check = |typed: &str, expected: &str| {
        let found = suggested(&view, typed);
        assert!(found.iter().any(|s| s == expected), "{typed}: {found:?}");
    };
    check("lef", "author: Anne Lefevre");
    check("doli", "treatment: DOLIPRANE 1000 mg");
    check("irm gen", "title: IRM du genou gauche");
    check("paracet", "term: paracétamol");
    check("kardgi", "treatment: KARDEGIC 75 mg");
    assert_eq!(suggested(&view, "coloscopie"), [""; 0]);
    assert_eq!(suggested(&view, "coloscpie"), [""; 0]);
}
