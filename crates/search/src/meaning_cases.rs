//! Tests of the search by meaning, with a model that is a table: each word has a direction, and words of one
//! line have the same.

use crate::cases::{document, grant};
use crate::policy::Role;
use crate::{
    Answer, Calibration, Change, Embed, Embedding, Entry, Pack, Query, QueryVector, Vectors, View, WhyReason,
    build, search, search_with,
};
use record::Flags;
use record::french::tokens;
use std::sync::Arc;

/// Words that mean the same to the model. None of them is in the lexicon.
const SENSES: [&str; 3] =
    ["tractopelle excavatrice pelleteuse", "clavecin epinette virginal", "goudron bitume"];
const DIMENSION: usize = 64;

/// The table as a model.
struct Table;

fn vector(text: &str) -> Vec<f32> {
    let mut out = vec![0.0f32; DIMENSION];
    for token in tokens(text) {
        let sense = SENSES.iter().position(|line| line.split(' ').any(|word| word == token.surface));
        // A word without a line has a place of its own, more or less.
        let hash = token.surface.bytes().fold(7usize, |hash, byte| (hash * 31 + usize::from(byte)) % 1_009);
        out[sense.unwrap_or(3 + hash % (DIMENSION - 3))] += if sense.is_some() { 6.0 } else { 1.0 };
    }
    let length = out.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-9);
    out.iter().map(|v| v / length).collect()
}

impl Embed for Table {
    fn embed(&self, model: &str, text: &str) -> Option<QueryVector> {
        let calibration = Calibration { mean: 0.1, deviation: 0.1 };
        (model == "table").then(|| QueryVector { values: vector(text), calibration })
    }
}

fn embed(pack: &Pack, model: &str, before: Option<&Vectors>) -> (usize, Vec<u8>) {
    let embedding = Embedding::new(pack, model, DIMENSION, before).unwrap();
    let vectors: Vec<Vec<f32>> = embedding.texts().iter().map(|text| vector(text)).collect();
    (vectors.len(), embedding.finish(&vectors).unwrap())
}

fn open(entries: Vec<Entry>) -> Arc<Pack> {
    Arc::new(Pack::open(build(entries, 1).unwrap()).unwrap())
}

fn view_by(entries: Vec<Entry>, model: &str) -> View {
    let pack = open(entries);
    let vectors = Vectors::open(&embed(&pack, model, None).1).unwrap();
    View::new(Some(pack), Vec::new()).unwrap().with_vectors(Arc::new(vectors))
}

fn record() -> Vec<Entry> {
    vec![
        document(
            "digger",
            "11488-4",
            "Courrier",
            "2024-01-01",
            "Une excavatrice jaune.\nLe chantier avance.",
        ),
        document("music", "11488-4", "Lettre", "2024-01-02", "Concert de virginal dans la salle."),
        document("road", "11488-4", "Note", "2024-01-03", "Le bitume de la route est neuf."),
        document("word", "11488-4", "Avis", "2024-01-04", "Une pelleteuse et rien de plus ce jour."),
    ]
}

fn ask(view: &View, text: &str) -> Answer {
    search_with(view, &grant(Role::Patient), &Query { explain: true, ..Query::new(text) }, &Table).unwrap()
}

fn ids(answer: &Answer) -> Vec<&str> {
    answer.hits.iter().map(|h| h.item.id()).collect()
}

#[test]
fn what_is_meant_is_found_and_said() {
    let answer = ask(&view_by(record(), "table"), "clavecin");
    assert_eq!((ids(&answer), answer.matched, answer.total), (vec!["music"], true, 1));
    let why = answer.hits[0].why.iter().find(|why| why.reason == WhyReason::Meaning).unwrap();
    assert_eq!(&*why.text, "proche de votre recherche par le sens : « Concert de virginal dans la salle. »");
    assert_eq!((&*why.query, why.score.is_some()), ("clavecin", true));
    assert_eq!(&*answer.hits[0].snippets[0].text, "Concert de virginal dans la salle.");
    assert_eq!(answer.coverage.by_meaning, 4);
}

#[test]
fn words_go_before_meaning() {
    assert_eq!(ids(&ask(&view_by(record(), "table"), "pelleteuse")), ["word", "digger"]);
    assert_eq!(ids(&ask(&view_by(record(), "table"), "bitume")), ["road"]);
}

#[test]
fn what_is_near_to_nothing_is_no_answer() {
    let answer = ask(&view_by(record(), "table"), "sarabande");
    assert_eq!((ids(&answer), answer.matched, answer.total), (vec![], false, 0));
}

#[test]
fn without_the_model_the_words_answer_alone() {
    let (with, without) = (view_by(record(), "another"), view_by(record(), "table"));
    let by_words = search(&without, &grant(Role::Patient), &Query::new("pelleteuse")).unwrap();
    let answer = search_with(&with, &grant(Role::Patient), &Query::new("pelleteuse"), &Table).unwrap();
    assert!(answer == by_words);
    assert_eq!((ids(&ask(&with, "clavecin")), ids(&ask(&with, "pelleteuse"))), (vec![], vec!["word"]));
}

#[test]
fn a_hidden_document_leaves_no_trace_in_the_meaning() {
    let mut hidden = record();
    hidden[1].item.flags = Flags::INVISIBLE_PATIENT;
    let without: Vec<Entry> = record().into_iter().filter(|e| e.item.id.id() != "music").collect();
    let (with, without) = (view_by(hidden, "table"), view_by(without, "table"));
    for text in ["clavecin", "virginal", "pelleteuse", "goudron", "concert", ""] {
        assert!(ask(&with, text) == ask(&without, text), "{text}");
    }
}

#[test]
fn vectors_of_what_an_item_said_before_do_not_count() {
    let view = |changes| {
        let old = open(record());
        let vectors = Vectors::open(&embed(&old, "table", None).1).unwrap();
        let new = open(changes);
        View::new(Some(new), Vec::new()).unwrap().with_vectors(Arc::new(vectors))
    };
    let mut changed = record();
    changed[1] = document("music", "11488-4", "Lettre", "2024-01-02", "Le concert est annulé.");
    let view = view(changed);
    assert_eq!((ids(&ask(&view, "clavecin")), ids(&ask(&view, "goudron"))), (vec![], vec!["road"]));
    assert_eq!(ask(&view, "goudron").coverage.by_meaning, 3);
}

#[test]
fn a_deletion_holds_at_once() {
    let pack = open(record());
    let vectors = Arc::new(Vectors::open(&embed(&pack, "table", None).1).unwrap());
    let gone = Change::Delete("DocumentReference/music".parse().unwrap());
    let view = View::new(Some(pack), vec![gone]).unwrap().with_vectors(vectors);
    assert_eq!(ids(&ask(&view, "clavecin")), Vec::<&str>::new());
}

#[test]
fn only_what_changed_is_embedded_again() {
    let (pack, mut entries) = (open(record()), record());
    let (texts, first) = embed(&pack, "table", None);
    let first = Vectors::open(&first).unwrap();
    assert_eq!((texts, first.len(), first.model()), (8, 8, "table"), "a headline and a window each");
    assert_eq!(embed(&pack, "table", Some(&first)), (0, embed(&pack, "table", None).1));
    assert_eq!(embed(&pack, "another", Some(&first)).0, 8);
    entries.push(document("new", "11488-4", "Avis", "2024-01-05", "Un mot."));
    entries.remove(0);
    let (texts, bytes) = embed(&open(entries.clone()), "table", Some(&first));
    // Its headline is that of another document.
    assert_eq!((texts, bytes), (2, embed(&open(entries), "table", None).1));
}
