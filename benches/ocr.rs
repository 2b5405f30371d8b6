//! How well scans and photos are read, and at what cost, beside plain Tesseract on the same pictures.
//!
//! The corpora are `../shared/corpora/pdf/{scans,scanpdf}`, their true text is in `own_truth`. For each kind
//! of picture: the part of the words that is found, the errors in a hundred characters, the part of the rows
//! of tables that is one line, seconds of processor time a page. `BENCH_ONLY` takes the files whose names
//! hold it. The alternative reads the image files of `scans` by `tesseract FILE - -l fra --psm 1`.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and stops where it cannot"
)]
#![expect(dead_code, reason = "each measurement takes what it needs of the rig")]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts"
)]

mod rig;

use ingest::ocr::{self, Look, Tesseract};
use ingest::{Limits, MediaType};
use record::{Item, ItemId, Reading, ResourceType};
use rig::machine;
use rig::score::{Scores, score};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    machine::print();
    let pdf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/pdf");
    let tesseract = match Tesseract::find() {
        Ok(tesseract) if pdf.exists() => tesseract,
        Ok(_) => return println!("skipped: {} is not on this machine", pdf.display()),
        Err(missing) => return println!("skipped: {missing}"),
    };
    for folder in ["scans", "scanpdf"] {
        let (mut ours, mut plain): (Table, Table) = Default::default();
        for path in files(&pdf.join(folder)) {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let mut parts = name.split("__");
            let (document, kind) = (parts.next().unwrap(), parts.last().unwrap());
            let truth = std::fs::read_to_string(pdf.join(format!("own_truth/{document}.txt"))).unwrap();
            let start = machine::cpu_seconds();
            let reading = read(&tesseract, &path);
            let seconds = machine::cpu_seconds() - start;
            let pages = reading.pages.iter().filter(|page| page.confidence.is_some()).count();
            let text = text(&reading);
            let scores = score(&truth, &text);
            println!("  {name:44} {scores} {seconds:6.1} s, {pages} pages recognised");
            ours.entry(kind.to_owned()).or_default().push((scores, seconds, pages));
            if folder == "scans" {
                let start = machine::cpu_seconds();
                let text = by_plain_tesseract(&path);
                let seconds = machine::cpu_seconds() - start;
                plain.entry(kind.to_owned()).or_default().push((score(&truth, &text), seconds, 1));
            }
        }
        print(&format!("{folder}, mes-search"), &ours);
        print(&format!("{folder}, plain tesseract --psm 1"), &plain);
    }
}

/// By kind of picture: scores, seconds, pages recognised of each file.
type Table = BTreeMap<String, Vec<(Scores, f64, usize)>>;

fn print(title: &str, table: &Table) {
    if table.is_empty() {
        return;
    }
    println!("\n{title:34} files  words    CER   rows  s/page");
    let line = |kind: &str, files: &[&(Scores, f64, usize)]| {
        let mean = |value: fn(&Scores) -> Option<f64>| {
            let values: Vec<f64> = files.iter().filter_map(|file| value(&file.0)).collect();
            values.iter().sum::<f64>() / values.len().max(1) as f64
        };
        let (seconds, pages) = files.iter().fold((0.0, 0), |(s, p), file| (s + file.1, p + file.2));
        println!(
            "  {kind:32} {:5} {:6.3} {:5.1}% {:6.3} {:7.2}",
            files.len(),
            mean(|s| Some(s.words)),
            100.0 * mean(|s| Some(s.errors)),
            mean(|s| s.rows),
            seconds / pages.max(1) as f64
        );
    };
    for (kind, files) in table {
        line(kind, &files.iter().collect::<Vec<_>>());
    }
    line("all", &table.values().flatten().collect::<Vec<_>>());
    println!();
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().contains(&only));
    files.sort();
    files
}

/// Reads a document, then its pictures, in this process.
fn read(tesseract: &Tesseract, path: &Path) -> Reading {
    let bytes = std::fs::read(path).unwrap();
    let media = MediaType::sniff(&bytes).unwrap();
    let limits = Limits { document_bytes: bytes.len(), ..Limits::default() };
    let item = Item::new(ItemId::new(ResourceType::DocumentReference, "doc-1").unwrap(), "Titre");
    let mut reading = ingest::read(media, &bytes, &item, &limits);
    let mut seen = Vec::new();
    let mut look = Look {
        tesseract,
        language: None,
        wanted: ocr::wanted(&reading).into_iter().collect(),
        pass_over: BTreeSet::new(),
        take: |number, page| seen.push((number, page)),
        next: (0, 0),
    };
    ingest::read_watched(media, &bytes, &item, &limits, &mut look);
    seen.into_iter().for_each(|(number, page)| ocr::recognised(&mut reading, number, page));
    ocr::complete(&mut reading);
    reading
}

/// The lines of a reading; of a document of several pages that repeat it, of the first.
fn text(reading: &Reading) -> String {
    let page = reading.pages.first().into_iter();
    page.flat_map(|page| &page.lines).map(|line| format!("{}\n", &*line.text)).collect()
}

fn by_plain_tesseract(path: &Path) -> String {
    let mut command = Command::new("tesseract");
    command.arg(path).args(["-", "-l", "fra", "--psm", "1"]).env("OMP_THREAD_LIMIT", "1");
    String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
}
