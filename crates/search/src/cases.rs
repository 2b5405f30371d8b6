//! Tests over small records that read as data.

use crate::policy::{Actor, Grant, Matrix, Role};
use crate::{Answer, Change, Entry, Filters, Pack, Query, View, build, search, suggest, timeline};
use record::{
    Author, Coded, Flags, Item, ItemId, Line, Link, Outcome, Page, PartialDate, Reading, Relation, Status,
    Text,
};
use std::collections::BTreeSet;
use std::sync::Arc;

const NOW: i64 = 2_000_000_000;

pub(crate) fn grant(role: Role) -> Grant {
    let mut actor = Actor::new("sub", role);
    actor.profession = Some("10".to_owned());
    Grant::new(&actor, &Matrix::built_in(), NOW).unwrap()
}

/// A document of type `type_code`, with its text, one line a paragraph.
pub(crate) fn document(id: &str, type_code: &str, title: &str, date: &str, text: &str) -> Entry {
    let mut item = Item::new(ItemId::new(record::ResourceType::DocumentReference, id).unwrap(), title);
    item.start = PartialDate::parse_iso(date).ok();
    let entry = item.document.as_mut().unwrap();
    entry.type_code = Some(Coded::new(record::system::LOINC, type_code, None));
    entry.category = lexicon::category_of(Some(type_code), None);
    let line = |text: &str| Line { text: Text::from(text), starts_block: true, ..Line::default() };
    let page = Page { number: Some(1), lines: text.lines().map(line).collect(), ..Page::default() };
    let reading = Reading {
        extractor: 1,
        pages: vec![page],
        items: Vec::new(),
        outcome: Outcome::Read,
        language: Some("fr".to_owned()),
        page_count: 1,
        warnings: Vec::new(),
        file: None,
    };
    Entry { item, reading: Some(reading), received: NOW - 3600, readable: true }
}

pub(crate) fn item(reference: &str, title: &str, date: &str) -> Entry {
    let mut item = Item::new(reference.parse().unwrap(), title);
    item.start = PartialDate::parse_iso(date).ok();
    Entry { item, reading: None, received: NOW - 3600, readable: false }
}

pub(crate) fn author(mut entry: Entry, given: &str, family: &str, specialty: &str) -> Entry {
    entry.item.authors.push(Author {
        given: Some(given.into()),
        family: Some(family.into()),
        specialty: Some(Coded::new("", "", Some(specialty))),
        ..Author::default()
    });
    entry
}

fn flagged(mut entry: Entry, flags: Flags) -> Entry {
    entry.item.flags = flags;
    entry
}

fn record() -> Vec<Entry> {
    let replaces = Link { relation: Relation::Replaces, target: "DocumentReference/letter".to_owned() };
    let mut newer =
        document("letter-2", "11488-4", "Courrier", "2023-05-02", "Version corrigée : souffle au cœur.");
    newer.item.links.push(replaces);
    vec![
        author(
            document(
                "lab",
                "11502-2",
                "Compte rendu d'examens biologiques",
                "2024-03-12",
                "Hémoglobine glyquée HbA1c 7,9 %\nCholestérol LDL 1,60 g/L\nPas d'anémie.",
            ),
            "Thierry",
            "Nguyen",
            "Biologie médicale",
        ),
        author(
            document("letter", "11488-4", "Courrier", "2023-05-01", "Souffle au coeur, échographie normale."),
            "Bernard",
            "Lecomte",
            "Cardiologie",
        ),
        author(newer, "Bernard", "Lecomte", "Cardiologie"),
        document(
            "op",
            "34874-8",
            "CRO",
            "2022-01-10",
            "Prothèse totale du genou droit. L’opération dure 50 minutes.",
        ),
        flagged(
            document("secret", "18748-4", "CR scanner", "2024-06-01", "Nodule pulmonaire zirconium."),
            Flags::INVISIBLE_PATIENT,
        ),
        item("MedicationStatement/amlodipine", "AMLODIPINE BIOGARAN 5 mg, gélule", "2021-05-02"),
        item("AllergyIntolerance/penicilline", "Pénicilline", "2009-06-01"),
        item("Condition/genou", "Gonarthrose du genou droit", "2020"),
    ]
}

pub(crate) fn view(entries: Vec<Entry>) -> View {
    let pack = Pack::open(build(entries, 7).unwrap()).unwrap();
    assert_eq!(pack.applied_sequence(), 7);
    View::new(Some(Arc::new(pack)), Vec::new()).unwrap()
}

fn ask(view: &View, text: &str) -> Answer {
    search(view, &grant(Role::Patient), &Query::new(text)).unwrap()
}

pub(crate) fn ids(answer: &Answer) -> String {
    answer.hits.iter().map(|h| h.item.id()).collect::<Vec<_>>().join(" ")
}

fn check(text: &str, expected: &str) {
    let answer = ask(&view(record()), text);
    assert_eq!(ids(&answer), expected, "{text}");
    assert_eq!(answer.total, answer.hits.len());
    assert_eq!(answer.matched, !expected.is_empty());
    let by_kind: usize = answer.facets.kind.iter().map(|f| f.count).sum();
    assert_eq!(by_kind, answer.total, "{text}");
}

#[test]
fn words_find_items() {
    check("hba1c", "lab");
    check("cholesterol", "lab");
    check("colesterol", "lab");
    check("prise de sang", "lab");
    check("prise de sang mars 2024", "lab");
    check("cardiologue", "letter-2");
    check("l'opération", "op");
    check("operations", "op");
    check("5mg", "amlodipine");
    check("amlodip", "amlodipine");
    check("pénicilline", "penicilline");
    check("grossesse", "");
    check("khgcvyuui", "");
}

#[test]
fn a_dose_in_micrograms_is_found_however_it_is_written() {
    let forms = ["75 µg", "75 μg", "75 ug", "75µg", "75 mcg", "75 microgrammes"];
    let lines = forms.iter().chain(&["75 mg"]).map(|dose| format!("Thyroxine {dose} par jour"));
    let entries = (0..)
        .zip(lines)
        .map(|(n, line)| document(&format!("d{n}"), "57833-6", "Ordonnance", "2024-01-01", &line));
    let view = view(entries.collect());
    let found = |text: &str, most: usize| -> BTreeSet<String> {
        ask(&view, text).hits.iter().take(most).map(|hit| hit.item.id().to_owned()).collect()
    };
    let all = ["d0", "d1", "d2", "d3", "d4", "d5"].map(str::to_owned);
    for form in forms {
        assert_eq!(found(&format!("thyroxine {form}"), 6), BTreeSet::from(all.clone()), "{form}");
    }
    // a phrase asks for its words; how a keyboard writes the letter is no other word
    for form in &forms[..4] {
        assert_eq!(found(&format!("\"{form}\""), 9), BTreeSet::from_iter(all[..4].to_vec()), "{form}");
    }
    assert_eq!(found("\"75 mg\"", 9), BTreeSet::from(["d6".to_owned()]));
}

#[test]
fn phrases_and_exclusions() {
    check("\"prothèse totale\"", "op");
    check("\"totale prothèse\"", "");
    check("genou -prothèse", "genou");
    check("genou -prothèses", "genou");
    check("\"pas d'anémie\"", "lab");
}

#[test]
fn numbers_are_never_corrected() {
    check("hba1d", "");
    check("7,8", "");
    check("7,90", "lab");
}

#[test]
fn a_replaced_version_is_folded_and_counted() {
    let view = view(record());
    let answer = ask(&view, "souffle au coeur");
    assert_eq!(ids(&answer), "letter-2");
    assert_eq!(answer.hits[0].versions, 2);
    let filters = Filters { status: vec![Status::Superseded], ..Filters::default() };
    let old = search(&view, &grant(Role::Patient), &Query { filters, ..Query::new("souffle") }).unwrap();
    assert_eq!(ids(&old), "letter");
}

#[test]
fn a_hidden_newer_version_changes_nothing() {
    let mut entries = record();
    for entry in entries.iter_mut().filter(|e| e.item.id.id() == "letter-2") {
        entry.item.flags = Flags::INVISIBLE_PATIENT;
    }
    let answer = ask(&view(entries), "souffle au coeur");
    assert_eq!((ids(&answer).as_str(), answer.hits[0].versions), ("letter", 1));
}

/// The record with a hidden document answers its holder exactly as the record without it.
#[test]
fn a_hidden_document_leaves_no_trace() {
    let with = view(record());
    let without = view(record().into_iter().filter(|e| e.item.id.id() != "secret").collect());
    for text in
        ["", "zirconium", "zircon", "zirkonium", "scanner", "nodule", "genou", "cr", "pulmonaire -nodule"]
    {
        assert!(ask(&with, text) == ask(&without, text), "{text}");
        let suggestions = |view| suggest(view, &grant(Role::Patient), text, 10).unwrap();
        assert_eq!(suggestions(&with), suggestions(&without), "{text}");
    }
    let id: ItemId = "DocumentReference/secret".parse().unwrap();
    assert!(with.item(&grant(Role::Patient), &id).unwrap().is_none());
    assert!(with.item(&grant(Role::Professional), &id).unwrap().is_some());
    assert_eq!(ask(&with, "").coverage.documents, 4);
}

#[test]
fn changes_hold_at_once() {
    let pack = Arc::new(Pack::open(build(record(), 7).unwrap()).unwrap());
    let put = |entry: Entry, keeps_content| Change::Put {
        item: entry.item,
        received: NOW,
        keeps_content,
        readable: entry.readable,
    };
    let mut masked = record().remove(3);
    masked.item.flags = Flags::INVISIBLE_PATIENT;
    let new = document("new", "18748-4", "Radiographie du coude", "2025-01-01", "illisible pour l'instant");
    let changes =
        vec![put(masked, true), put(new, false), Change::Delete("Condition/genou".parse().unwrap())];
    let view = View::new(Some(pack), changes).unwrap();
    assert_eq!(ids(&ask(&view, "genou")), "");
    let answer = ask(&view, "radiographie");
    assert_eq!(ids(&answer), "new");
    assert_eq!((answer.coverage.documents, answer.coverage.pending), (4, 1));
}

#[test]
fn pages_follow_each_other_and_the_timeline_is_by_date() {
    let view = view(record());
    let all = timeline(&view, &grant(Role::Patient), Filters::default(), 100, None).unwrap().answer;
    let dates: Vec<_> = all.hits.iter().map(|h| h.date).collect();
    assert!(dates.is_sorted_by(|a, b| a >= b));
    let (mut paged, mut cursor) = (Vec::new(), None);
    loop {
        let page = timeline(&view, &grant(Role::Patient), Filters::default(), 2, cursor).unwrap().answer;
        assert_eq!(page.total, all.total);
        paged.extend(page.hits);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, all.hits);
}

#[test]
fn the_order_of_entries_does_not_matter() {
    let mut backwards = record();
    backwards.reverse();
    assert_eq!(build(record(), 1).unwrap(), build(backwards, 1).unwrap());
}

#[test]
fn entries_come_back() {
    let pack = Pack::open(build(record(), 1).unwrap()).unwrap();
    let again = build(pack.entries().unwrap(), 1).unwrap();
    assert_eq!(again, build(record(), 1).unwrap());
}

#[test]
fn snippets_say_the_page_and_the_words() {
    let answer = ask(&view(record()), "prothèse genou");
    let snippet = &answer.hits[0].snippets[0];
    assert_eq!(snippet.page, Some(1));
    let chars: Vec<char> = snippet.text.chars().collect();
    let words: Vec<String> = snippet.highlights.iter().map(|(a, b)| chars[*a..*b].iter().collect()).collect();
    assert_eq!(words, ["Prothèse totale du genou"]);
}

#[test]
fn an_empty_record_answers() {
    let view = View::new(None, Vec::new()).unwrap();
    let answer = ask(&view, "genou");
    assert!(!answer.matched && answer.total == 0 && answer.coverage.documents == 0);
    assert!(ask(&self::view(Vec::new()), "genou").hits.is_empty());
}

#[test]
fn damaged_packs_are_refused() {
    let bytes = build(record(), 1).unwrap();
    assert!(Pack::open(Vec::new()).is_err());
    assert!(Pack::open(bytes[..100].to_vec()).is_err());
    let mut other = bytes.clone();
    other[8] = 99;
    assert!(matches!(Pack::open(other), Err(crate::Error::Version { format: 99, .. })));
}

/// A committed pack of the current format still opens and answers; `UPDATE_GOLDEN=1` writes it anew, which
/// a change of format or of analysis needs (and a new version number with it).
#[test]
fn the_committed_pack_opens() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("data/pack-1.bin");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, build(record(), 7).unwrap()).unwrap();
    }
    let pack = Pack::open(std::fs::read(&path).unwrap()).unwrap();
    let view = View::new(Some(Arc::new(pack)), Vec::new()).unwrap();
    assert_eq!(ids(&ask(&view, "hba1c")), "lab");
}
