//! Every fixture is listed in `fixtures/MANIFEST.tsv` with its SHA-256 and its origin.

use crate::{none, root, walk};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Path from `fixtures/` → hash, from lines `path<TAB>sha256<TAB>origin` under a header line.
fn listed(manifest: &str) -> BTreeMap<String, String> {
    let mut lines = manifest.lines().filter(|l| !l.starts_with('#'));
    let header: Vec<&str> = lines.next().unwrap_or("").split('\t').collect();
    let column = |name: &str| header.iter().position(|h| *h == name).unwrap();
    let (path, hash) = (column("path"), column("sha256"));
    lines
        .map(|line| line.split('\t').collect::<Vec<_>>())
        .map(|cells| (cells[path].trim_start_matches("fixtures/").to_owned(), cells[hash].to_owned()))
        .collect()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[test]
fn every_fixture_is_listed_with_its_hash() {
    let folder = root().join("fixtures");
    if !folder.exists() {
        return;
    }
    let manifest = std::fs::read_to_string(folder.join("MANIFEST.tsv")).unwrap();
    let mut listed = listed(&manifest);
    let mut wrong = Vec::new();
    for path in walk(&folder) {
        let name = path.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
        if matches!(name.as_str(), "MANIFEST.tsv" | "README.md") || name.contains("__pycache__/") {
            continue;
        }
        match listed.remove(&name) {
            None => wrong.push(format!("fixtures/{name} is not listed in MANIFEST.tsv")),
            Some(hash) if hash != sha256(&std::fs::read(&path).unwrap()) => {
                wrong.push(format!("fixtures/{name} is not the file that MANIFEST.tsv lists"));
            }
            Some(_) => {}
        }
    }
    wrong.extend(listed.into_keys().map(|name| format!("fixtures/{name} is listed and missing")));
    none(wrong);
}
