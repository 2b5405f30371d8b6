//! The official CDA examples of the Agence du numérique en santé: all of them come in, complete, with the
//! entries that a survey by another program counted, and each is found.

use crate::support::{corpus, files, root};
use ingest::{Limits, MediaType, Metadata, Submission, Upload};
use record::{Fault, Item, Kind, Outcome, Reading};
use search::policy::{Actor, Grant, Matrix, Role};
use search::{Entry, Pack, Query, View, build, search};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

const NOW: i64 = 1_790_000_000;

struct Document {
    file: String,
    item: Item,
    reading: Reading,
}

fn submission(file: &str, bytes: Vec<u8>) -> Submission {
    let upload = Upload {
        declared: Some(MediaType::Cda),
        // Some examples share their unique id: as files of one record they would replace each other.
        metadata: Metadata { id: Some(id(file)), ..Metadata::default() },
        file_name: Some(file.to_owned()),
    };
    let mut batch = ingest::document(upload, bytes, &Limits::default()).unwrap();
    assert_eq!(batch.rejected, [], "{file}");
    assert_eq!(batch.submissions.len(), 1, "{file}");
    batch.submissions.remove(0)
}

/// The file's name as a logical id.
fn id(file: &str) -> String {
    let plain = record::french::fold(file).replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    plain.chars().take(64).collect()
}

/// Every document with its reading; empty, with the reason printed, where the corpus is missing.
fn documents() -> Vec<Document> {
    let Some(folder) = corpus("ans-cda") else { return Vec::new() };
    let read = |path: &Path| {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(path).unwrap();
        let submission = submission(&file, bytes.clone());
        let reading = ingest::read(MediaType::Cda, &bytes, &submission.item, &Limits::default());
        Document { file, item: submission.item, reading }
    };
    files(&folder).iter().filter(|p| p.extension().is_some_and(|e| e == "xml")).map(|p| read(p)).collect()
}

/// The survey's line of each file, by column.
fn survey() -> HashMap<String, HashMap<String, String>> {
    let Some(path) = corpus("ans-cda.survey.csv") else { return HashMap::new() };
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(cells);
    let columns = lines.next().unwrap();
    lines.map(|cells| (cells[0].clone(), columns.iter().cloned().zip(cells).collect())).collect()
}

/// Cells of a CSV line, quoted where they hold a comma.
fn cells(line: &str) -> Vec<String> {
    let (mut out, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    out.push(cell);
    out
}

#[test]
fn all_come_in_complete() {
    let documents = documents();
    assert!(documents.is_empty() || documents.len() == 94, "{}", documents.len());
    let survey = survey();
    for Document { file, item, reading } in &documents {
        let entry = item.document.as_ref().unwrap();
        let type_code = entry.type_code.as_ref().unwrap_or_else(|| unreachable!("{file} has no type"));
        assert_eq!(type_code.code, survey[file]["type_code"], "{file}");
        assert!(!item.title.is_empty() && item.start.is_some(), "{file}: title, act date");
        assert!(entry.class_code.is_some() && entry.category.is_some(), "{file}: class, category");
        assert!(item.authors.iter().any(|a| a.name().is_some()), "{file}: author");
        // Two of them are pictures of text: they wait for recognition, and say so.
        let picture = reading.outcome == Outcome::Unread(Fault::NoOcr);
        assert!(picture || !reading.pages.is_empty(), "{file}: {:?}", reading.outcome);
    }
}

/// How many entries of a kind the survey counts in a file, and how many items come of them.
fn differences(documents: &[Document]) -> Vec<String> {
    let survey = survey();
    let columns: [(&[&str], Kind); 6] = [
        (&["entry_problem"], Kind::Condition),
        (&["entry_allergy"], Kind::Allergy),
        (&["entry_immunization"], Kind::Immunization),
        (&["entry_medication"], Kind::Treatment),
        (&["lab_observation_tpl", "vital_tpl"], Kind::Observation),
        (&["procedure_tpl"], Kind::Procedure),
    ];
    let mut out = Vec::new();
    for document in documents {
        for (columns, kind) in columns {
            let counted: usize =
                columns.iter().map(|c| survey[&document.file][*c].parse::<usize>().unwrap()).sum();
            let read = document.reading.items.iter().filter(|i| i.kind() == kind).count();
            if counted != read {
                out.push(format!("{} {kind:?} {counted} {read}", document.file));
            }
        }
    }
    out
}

#[test]
fn entries_agree_with_the_survey_but_for_explained_differences() {
    let documents = documents();
    if documents.is_empty() {
        return;
    }
    let table = std::fs::read_to_string(root().join("tests/it/cda_differences.tsv")).unwrap();
    let rows: Vec<Vec<&str>> =
        table.lines().filter(|l| !l.starts_with('#')).map(|l| l.split('\t').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 5 && row[4].len() > 10), "a difference without its reason");
    let explained: Vec<String> = rows.iter().map(|row| row[..4].join(" ")).collect();
    assert_eq!(differences(&documents), explained);
}

fn record(documents: &[Document]) -> View {
    let entry = |d: &Document| Entry {
        item: d.item.clone(),
        reading: Some(d.reading.clone()),
        received: NOW,
        readable: true,
    };
    let bytes = build(documents.iter().map(entry).collect(), 1).unwrap();
    View::new(Some(Arc::new(Pack::open(bytes).unwrap())), Vec::new()).unwrap()
}

/// The three words of a text that stand in the fewest documents.
fn rare_words(document: &Document, spread: &BTreeMap<String, usize>) -> String {
    let mut words: Vec<String> = words(&document.reading).into_iter().collect();
    words.sort_by_key(|word| (spread[word], word.clone()));
    words.truncate(3);
    words.join(" ")
}

fn words(reading: &Reading) -> HashSet<String> {
    let lines = reading.pages.iter().flat_map(|p| &p.lines);
    let tokens = lines.flat_map(|l| record::french::tokens(&l.text));
    let long = |t: record::french::Token| {
        let word = t.surface;
        (word.len() > 5 && word.chars().all(char::is_alphabetic)).then_some(word)
    };
    tokens.filter_map(long).collect()
}

#[test]
fn each_is_found_by_its_type_its_author_and_its_rare_words() {
    let documents = documents();
    if documents.is_empty() {
        return;
    }
    let view = record(&documents);
    let grant = Grant::new(&Actor::new("patient", Role::Patient), &Matrix::built_in(), NOW).unwrap();
    let found = |document: &Document, text: &str| {
        let mut query = Query { limit: Query::MAX_LIMIT, ..Query::new(text) };
        query.filters.kinds = vec![Kind::Document];
        query.filters.status = vec![record::Status::Current, record::Status::Superseded];
        let answer = search(&view, &grant, &query).unwrap();
        answer.hits.iter().any(|hit| hit.item == document.item.id)
    };
    let mut spread: BTreeMap<String, usize> = BTreeMap::new();
    for word in documents.iter().flat_map(|d| words(&d.reading)) {
        *spread.entry(word).or_default() += 1;
    }
    let mut missing = Vec::new();
    for document in &documents {
        let code = document.item.document.as_ref().unwrap().type_code.as_ref().unwrap().code.clone();
        let label = lexicon::document_type(&code).map_or("", |t| t.label);
        let author = document.item.authors.iter().find_map(record::Author::name).unwrap();
        for (what, query) in
            [("type", label.to_owned()), ("author", author), ("words", rare_words(document, &spread))]
        {
            if !found(document, &query) {
                missing.push(format!("{} by its {what}: {query}", document.file));
            }
        }
    }
    assert!(missing.is_empty(), "{} not found:\n{}", missing.len(), missing.join("\n"));
}
