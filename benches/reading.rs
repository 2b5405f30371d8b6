//! How many pages of born-digital PDF a core reads in a second, beside `pdftotext` and pdfium in one run.
//!
//! `BENCH_PDFS`: folders or files, separated by `:` (the corpora `pdf/own`, `pdf/cda`, `pdf/frdocs`);
//! `BENCH_ROUNDS` (3); `BENCH_PYTHON`: an interpreter with the package `pypdfium2` (left out without it).
//! All figures are processor seconds of one core, never wall time. The engine gives lines, words, places,
//! triage, forms and embedded files; `pdftotext -layout` text; pdfium its text, a page after the other. The
//! engine and pdfium read in one process, `pdftotext` starts one a file: its start is taken off.
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

use ingest::{Limits, MediaType};
use record::{Item, ItemId, ResourceType};
use rig::{machine, setting};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What Python runs: reads each file whose path comes on a line, prints its processor seconds.
const PDFIUM: &str = "
import sys, time, pypdfium2
paths = sys.stdin.read().split('\\n')
start = time.process_time()
for path in paths:
    try:
        document = pypdfium2.PdfDocument(path)
        for page in document:
            page.get_textpage().get_text_range()
    except pypdfium2.PdfiumError:
        pass
print(time.process_time() - start)
";

fn main() {
    let paths = pdfs();
    if paths.is_empty() {
        println!("reading: no PDF to read: set BENCH_PDFS");
        return;
    }
    machine::print();
    let rounds = setting("BENCH_ROUNDS", 3);
    let files: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let pages: u32 = files.iter().map(|bytes| read(bytes)).sum();
    println!("reading: {} files, {pages} pages, best of {rounds} rounds, processor seconds", files.len());
    let per_second = |seconds: f64| f64::from(pages) / seconds;
    let show = |name: &str, seconds: Option<f64>, own: f64| match seconds {
        Some(s) => println!("  {name:22} {:8.0} pages/s   ratio {:.2}", per_second(s), s / own),
        None => println!("  {name:22} not on this machine"),
    };
    let own = best(rounds, || Some(own_seconds(&files))).unwrap();
    println!("  {:22} {:8.0} pages/s", "mes-search", per_second(own));
    show("pdftotext -layout", best(rounds, || pdftotext(&paths)), own);
    show("pdfium", best(rounds, || pdfium(&paths)), own);
    let worker = worker_seconds(100);
    println!("  a worker process a document would add {:.1} ms of processor time", worker * 1000.0);
}

/// The PDFs that are read, sorted.
fn pdfs() -> Vec<PathBuf> {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpora/pdf");
    let named = std::env::var("BENCH_PDFS").ok();
    let roots: Vec<PathBuf> = match &named {
        Some(list) => list.split(':').map(PathBuf::from).collect(),
        None => ["own", "cda", "frdocs"].iter().map(|set| corpora.join(set)).collect(),
    };
    let mut out = Vec::new();
    for root in roots {
        match std::fs::read_dir(&root) {
            Ok(entries) => out.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) => out.extend(root.is_file().then_some(root)),
        }
    }
    out.retain(|path| path.extension().is_some_and(|extension| extension == "pdf"));
    out.sort();
    out
}

fn best(rounds: usize, mut run: impl FnMut() -> Option<f64>) -> Option<f64> {
    (0..rounds).filter_map(|_| run()).min_by(f64::total_cmp)
}

/// Reads a document as the worker does; its pages.
fn read(bytes: &[u8]) -> u32 {
    let item = Item::new(ItemId::new(ResourceType::DocumentReference, "doc-1").unwrap(), "Titre");
    ingest::read(MediaType::Pdf, bytes, &item, &Limits { document_bytes: 64 << 20, ..Limits::default() })
        .page_count
}

fn own_seconds(files: &[Vec<u8>]) -> f64 {
    let start = machine::processor_seconds().own;
    let pages: u32 = files.iter().map(|bytes| read(bytes)).sum();
    assert!(pages > 0, "nothing was read");
    machine::processor_seconds().own - start
}

fn pdftotext(paths: &[PathBuf]) -> Option<f64> {
    let run = |arguments: &[&str]| {
        let mut command = Command::new("pdftotext");
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status().ok()
    };
    let seconds = |all: &[&[&str]]| {
        let start = machine::processor_seconds().children;
        all.iter().try_for_each(|arguments| run(arguments).map(drop))?;
        Some(machine::processor_seconds().children - start)
    };
    let paths: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let calls: Vec<[&str; 3]> = paths.iter().map(|path| ["-layout", path, "-"]).collect();
    let starts: Vec<[&str; 1]> = paths.iter().map(|_| ["-v"]).collect();
    let reading = seconds(&calls.iter().map(<[&str; 3]>::as_slice).collect::<Vec<_>>())?;
    let starting = seconds(&starts.iter().map(<[&str; 1]>::as_slice).collect::<Vec<_>>())?;
    Some(reading - starting)
}

fn pdfium(paths: &[PathBuf]) -> Option<f64> {
    use std::io::Write;
    let python = std::env::var("BENCH_PYTHON").ok()?;
    let mut child = Command::new(python)
        .args(["-c", PDFIUM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let list: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    child.stdin.take()?.write_all(list.join("\n").as_bytes()).ok()?;
    let output = child.wait_with_output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// What starting and ending a worker costs.
fn worker_seconds(count: u32) -> f64 {
    let start = machine::processor_seconds().children;
    for _ in 0..count {
        let mut worker = Command::new(env!("CARGO_BIN_EXE_mes-search"));
        worker.arg("read-worker").stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    }
    (machine::processor_seconds().children - start) / f64::from(count)
}
