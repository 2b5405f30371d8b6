//! The synthetic records come in whole by every channel: nothing refused, nothing lost, and what comes in
//! is what `fixtures/documents.tsv` says was sent.

use crate::support::{files, fixture, root};
use ingest::{Batch, Limits, MediaType, Metadata, Upload};
use record::{Author, AuthorKind, Flags, Item, ItemId, Kind, Link, Outcome, PartialDate, Relation, Status};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// A line of `documents.tsv`.
#[derive(Debug)]
struct Sent {
    record: String,
    document: String,
    unique_id: String,
    title: String,
    type_code: String,
    start: String,
    end: String,
    status: String,
    flags: String,
    author: String,
    file: String,
}

fn sent() -> Vec<Sent> {
    let text = fs::read_to_string(fixture("documents.tsv")).unwrap();
    let row = |line: &str| {
        let mut cells = line.split('\t').map(str::to_owned);
        let mut next = || cells.next().unwrap();
        Sent {
            record: next(),
            document: next(),
            unique_id: next(),
            title: next(),
            type_code: next(),
            start: next(),
            end: next(),
            status: next(),
            flags: next(),
            author: next(),
            file: next(),
        }
    };
    text.lines().skip(1).map(row).collect()
}

/// Every file of a record, read as the command line reads it.
fn batches(record: &str) -> Vec<(String, Batch)> {
    let folder = fixture("records").join(record);
    let limits = Limits::default();
    let mut out = Vec::new();
    for path in [folder.clone(), folder.join("cda"), folder.join("xdm"), folder.join("upload")] {
        for file in if path.exists() { files(&path) } else { Vec::new() } {
            let name = file.strip_prefix(fixture("")).unwrap().to_string_lossy().replace('\\', "/");
            if !name.ends_with(".metadata.json") {
                out.push((name, batch(&file, &limits)));
            }
        }
    }
    out
}

fn batch(file: &Path, limits: &Limits) -> Batch {
    let bytes = fs::read(file).unwrap();
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    match file.extension().unwrap().to_str().unwrap() {
        "json" => ingest::bundle(&bytes, limits).unwrap(),
        "ndjson" => ingest::ndjson(&bytes, limits).unwrap(),
        _ => {
            let beside = file.with_file_name(format!("{name}.metadata.json"));
            let metadata = fs::read(beside).map_or(Metadata::default(), |m| Metadata::from_json(&m).unwrap());
            let upload = Upload { declared: MediaType::sniff(&bytes), metadata, file_name: Some(name) };
            ingest::document(upload, bytes, limits).unwrap()
        }
    }
}

fn everything() -> BTreeMap<String, Vec<(String, Batch)>> {
    let records: BTreeSet<String> = sent().into_iter().map(|s| s.record).collect();
    records.into_iter().map(|record| (record.clone(), batches(&record))).collect()
}

#[test]
fn nothing_is_refused() {
    for (name, batch) in everything().into_values().flatten() {
        assert_eq!(batch.rejected, [], "{name}");
        // The two reports of a bundle that have results and no form.
        let odd: Vec<_> = batch.warnings.iter().filter(|w| !w.ends_with("document has no content")).collect();
        assert_eq!(odd, [""; 0], "{name}");
    }
}

#[test]
fn documents_come_in_as_they_were_sent() {
    let everything = everything();
    let sent = sent();
    for expected in &sent {
        let file = &everything[&expected.record].iter().find(|(name, _)| *name == expected.file).unwrap().1;
        let found: Vec<&Item> = file
            .submissions
            .iter()
            .map(|s| &s.item)
            .filter(|item| {
                let unique = item.document.as_ref().and_then(|d| d.unique_id.as_deref());
                unique == Some(expected.unique_id.as_str())
            })
            .collect();
        assert_eq!(found.len(), 1, "{}", expected.document);
        compare(found[0], expected);
    }
    let documents = everything.values().flatten().flat_map(|(_, b)| &b.submissions);
    let documents = documents.filter(|s| s.item.id.kind() == Kind::Document && s.source.is_some()).count();
    assert_eq!(documents, sent.len());
}

fn compare(item: &Item, expected: &Sent) {
    let name = &expected.document;
    let date = |text: &str| (!text.is_empty()).then(|| PartialDate::parse_iso(text).unwrap());
    let entry = item.document.as_ref().unwrap();
    let row = lexicon::document_type(&expected.type_code).unwrap();
    let flags = expected.flags.split(' ').map(|code| Flags::from_code(code).unwrap());
    assert_eq!(item.title.as_str(), expected.title, "{name}");
    assert_eq!(item.start, date(&expected.start), "{name}");
    if !expected.end.is_empty() {
        assert_eq!(item.end, date(&expected.end), "{name}");
    }
    assert_eq!(item.status, Status::from_name(&expected.status).unwrap(), "{name}");
    assert_eq!(item.flags, flags.fold(Flags::NORMAL, |a, b| a | b), "{name}");
    assert_eq!(entry.type_code.as_ref().unwrap().code, expected.type_code, "{name}");
    assert_eq!(entry.class_code.as_ref().unwrap().code, row.class, "{name}");
    assert_eq!(entry.category, Some(row.category), "{name}");
    let wrote = |author: &Author| {
        author.kind == AuthorKind::Patient || author.family.as_deref().is_some_and(|f| f == expected.author)
    };
    assert!(item.authors.iter().any(wrote), "{name}: {} authors", item.authors.len());
}

/// Structured items by kind, as `texts/<record>/record.json` has them.
#[test]
fn structured_items_come_in() {
    let check = |record: &str, expected: &[(Kind, usize)]| {
        let mut found = BTreeMap::new();
        for (_, batch) in batches(record) {
            for submission in batch.submissions.iter().filter(|s| s.item.id.kind() != Kind::Document) {
                *found.entry(format!("{:?}", submission.item.id.kind())).or_insert(0) += 1;
            }
        }
        let expected: BTreeMap<String, usize> =
            expected.iter().map(|(k, n)| (format!("{k:?}"), *n)).collect();
        assert_eq!(found, expected, "{record}");
    };
    use Kind::{Allergy, Condition, Event, Immunization, Observation, Procedure, Treatment};
    check(
        "suzanne-beaumanoir",
        &[
            (Treatment, 12),
            (Event, 6),
            (Observation, 10),
            (Condition, 11),
            (Allergy, 1),
            (Immunization, 4),
            (Procedure, 3),
        ],
    );
    check("octave-nivelle", &[(Immunization, 1)]);
}

#[test]
fn replacements_point_at_what_they_replace() {
    let items: Vec<Item> =
        everything().into_values().flatten().flat_map(|(_, b)| b.submissions).map(|s| s.item).collect();
    let replaced: Vec<&Link> = items
        .iter()
        .flat_map(|item| &item.links)
        .filter(|link| link.relation == Relation::Replaces)
        .collect();
    assert_eq!(replaced.len(), 2);
    for link in replaced {
        let target = items.iter().find(|item| {
            let entry = item.document.as_ref();
            let names =
                entry.map(|d| [d.unique_id.as_deref(), d.logical_id.as_deref(), d.entry_uuid.as_deref()]);
            item.id.to_string() == link.target
                || names.is_some_and(|n| n.contains(&Some(link.target.as_str())))
        });
        assert_eq!(target.unwrap().status, Status::Superseded);
    }
}

#[test]
fn every_document_is_read() {
    let limits = Limits::default();
    for (name, batch) in everything().into_values().flatten() {
        for submission in batch.submissions {
            let Some(source) = submission.source else { continue };
            let reading = ingest::read(source.media_type, &source.bytes, &submission.item, &limits);
            let id: &ItemId = &submission.item.id;
            if source.media_type == MediaType::Png {
                continue;
            }
            assert_eq!(reading.outcome, Outcome::Read, "{name} {id}: {:?}", reading.warnings);
            let letters: usize =
                reading.pages.iter().flat_map(|p| &p.lines).map(|l| l.text.as_str().len()).sum();
            assert!(letters > 150, "{name} {id}: {letters} bytes of text");
            assert_eq!(reading.language.as_deref(), Some("fr"), "{name} {id}");
        }
    }
}

/// `generate.py` in a copy of its sources writes what is committed, to the byte.
#[test]
fn the_generator_writes_what_is_committed() {
    let copy = tempfile::tempdir().unwrap();
    for folder in ["fixtures/texts", "fixtures/generator", "fixtures/models", "crates/lexicon/data"] {
        copy_folder(&root().join(folder), &copy.path().join(folder));
    }
    fs::copy(fixture("generate.py"), copy.path().join("fixtures/generate.py")).unwrap();
    let program = copy.path().join("fixtures/generate.py");
    let Ok(ran) = Command::new("python3").arg(program).output() else {
        eprintln!("skipped: python3 is not on this machine");
        return;
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    for list in ["MANIFEST.tsv", "README.md"] {
        let made = fs::read_to_string(copy.path().join("fixtures").join(list)).unwrap();
        assert_eq!(made, fs::read_to_string(fixture(list)).unwrap(), "{list}: run fixtures/generate.py");
    }
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, target).unwrap();
        }
    }
}
