//! The bundles of the relevance set, files put inline as a client does it: all of it comes in.

use crate::support::shared;
use base64::Engine;
use ingest::{Batch, Limits, bundle};
use record::Kind;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// The patients' folders; empty, with the reason printed, where the set is missing.
fn patients() -> Vec<PathBuf> {
    let Some(folder) = shared("eval/dev") else { return Vec::new() };
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    folders.retain(|p| p.join("bundle.json").is_file());
    folders.sort();
    folders
}

/// The bundle with the files that its attachments name as `data`.
fn inlined(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("bundle.json")).unwrap();
    let mut bundle: Value = serde_json::from_str(&text).unwrap();
    for entry in bundle["entry"].as_array_mut().unwrap() {
        for content in entry["resource"]["content"].as_array_mut().into_iter().flatten() {
            let attachment = content["attachment"].as_object_mut().unwrap();
            let Some(Value::String(url)) = attachment.remove("url") else { continue };
            let bytes = std::fs::read(folder.join(url)).unwrap();
            attachment
                .insert("data".to_owned(), base64::engine::general_purpose::STANDARD.encode(bytes).into());
        }
    }
    bundle
}

fn read(bundle_json: &Value) -> Batch {
    bundle(bundle_json.to_string().as_bytes(), &Limits::default()).unwrap()
}

/// Whether a resource states when it happened.
fn is_dated(resource: &Value) -> bool {
    const DATES: [&str; 10] = [
        "/date",
        "/context/period/start",
        "/effectivePeriod/start",
        "/effectiveDateTime",
        "/period/start",
        "/start",
        "/onsetDateTime",
        "/occurrenceDateTime",
        "/performedDateTime",
        "/authoredOn",
    ];
    DATES.iter().any(|path| resource.pointer(path).is_some())
}

#[test]
fn nothing_is_refused_and_every_item_is_complete() {
    for folder in patients() {
        let bundle = inlined(&folder);
        let batch = read(&bundle);
        assert_eq!(batch.rejected, [], "{}", folder.display());
        assert!(
            !batch.warnings.iter().any(|w| w.contains("hash") || w.contains("size")),
            "{:?}",
            batch.warnings
        );
        let held = |r: &Value| {
            !matches!(r["resourceType"].as_str(), Some("Patient" | "Practitioner" | "Organization"))
        };
        let entries = bundle["entry"].as_array().unwrap();
        assert_eq!(batch.submissions.len(), entries.iter().filter(|e| held(&e["resource"])).count());
        for submission in &batch.submissions {
            let (item, id) = (&submission.item, submission.item.id.to_string());
            assert!(!item.title.is_empty(), "{id} has no title");
            assert_eq!(
                item.date().is_some(),
                is_dated(&entries[submission.index]["resource"]),
                "date of {id}"
            );
            assert!(submission.patients.len() > 1, "{id} names its patient by reference and by INS");
            if item.kind() == Kind::Document {
                let entry = item.document.as_ref().unwrap();
                assert!(
                    entry.type_code.is_some() && entry.class_code.is_some() && entry.category.is_some(),
                    "{id}"
                );
                assert!(item.authors.iter().any(|a| a.name().is_some()), "{id} has no author");
                assert!(submission.source.is_some(), "{id} has no content");
            }
        }
    }
}

#[test]
fn the_same_resource_always_gives_the_same_descriptor() {
    for folder in patients() {
        let bundle = inlined(&folder);
        let mut reversed = bundle.clone();
        reversed["entry"].as_array_mut().unwrap().reverse();
        let sorted = |batch: Batch| {
            let mut all: Vec<(String, Vec<u8>, Vec<u8>)> = batch
                .submissions
                .into_iter()
                .map(|s| (s.item.id.to_string(), s.descriptor, record::encode(&s.item)))
                .collect();
            all.sort();
            all
        };
        assert!(sorted(read(&bundle)) == sorted(read(&reversed)), "{}", folder.display());
    }
}
