//! Compiles the concept files into what the crate includes: an automaton from analysed terms to senses, and
//! the concepts as static data. A mistake in a file ends the build with its place.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "a build script speaks to cargo, and to whoever changes the data"
)]

mod blocks;
mod drugs;
mod emit;
mod join;

use std::path::{Path, PathBuf};

fn main() {
    let data = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("data");
    for watched in ["concepts", "abbreviations.tsv", "derived/drugs.tsv"] {
        println!("cargo::rerun-if-changed={}", data.join(watched).display());
    }
    let mut drafts = Vec::new();
    for file in concept_files(&data.join("concepts")) {
        drafts.extend(blocks::parse(&file, &read(&file)));
    }
    drugs::add(&mut drafts, &read(&data.join("derived/drugs.tsv")));
    blocks::add_abbreviations(&mut drafts, &read(&data.join("abbreviations.tsv")));
    let concepts = join::join(drafts);
    emit::write(&concepts, Path::new(&variable("OUT_DIR")));
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn concept_files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "txt"));
    files.sort();
    files
}
