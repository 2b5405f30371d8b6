//! A few scans of each kind against their known text. `make bench` measures all of them.

use super::tesseract;
use crate::reading::{Score, item, lines};
use crate::support::corpus;
use ingest::ocr::{self, Look, Tesseract};
use ingest::{Limits, MediaType};
use record::{Origin, Reading};
use std::collections::BTreeSet;
use std::path::Path;

/// Reads a file and its pictures, in this process.
fn read(tesseract: &Tesseract, path: &Path) -> Reading {
    let bytes = std::fs::read(path).unwrap();
    let media = MediaType::sniff(&bytes).unwrap();
    let limits = Limits::default();
    let mut reading = ingest::read(media, &bytes, &item(), &limits);
    let mut seen = Vec::new();
    let mut look = Look {
        tesseract,
        language: Some("fr"),
        wanted: ocr::wanted(&reading).into_iter().collect(),
        pass_over: BTreeSet::new(),
        take: |number, page| seen.push((number, page)),
        next: (0, 0),
    };
    ingest::read_watched(media, &bytes, &item(), &limits, &mut look);
    seen.into_iter().for_each(|(number, page)| ocr::recognised(&mut reading, number, page));
    ocr::complete(&mut reading);
    reading
}

/// Reads a file of the corpora; its words must be found to this part.
fn check(file: &str, floor: f64) {
    let (Some(tesseract), Some(path), Some(truths)) =
        (tesseract(), corpus(&format!("pdf/{file}")), corpus("pdf/own_truth"))
    else {
        return;
    };
    let document = path.file_name().unwrap().to_string_lossy().split("__").next().unwrap().to_owned();
    let truth = std::fs::read_to_string(truths.join(format!("{document}.txt"))).unwrap();
    let reading = read(&tesseract, &path);
    let score = Score::of_words(&truth, &lines(&reading));
    eprintln!("{file}: {score:?}, confidence {:?}", reading.extent().confidence);
    assert!(score.recall() >= floor, "{file}: {score:?}");
    let recognised: Vec<_> = reading.pages.iter().filter(|page| page.origin == Origin::Ocr).collect();
    assert!(!recognised.is_empty(), "{file}");
    for page in recognised {
        assert!(page.confidence.is_some_and(|c| c > 60), "{file}");
        let words = page.lines.iter().flat_map(|line| &line.words);
        assert!(words.clone().all(|word| word.confidence.is_some()), "{file}");
        let inside = |area: record::Rect| area.x0 < area.x1 && area.y0 < area.y1;
        assert!(words.clone().all(|word| inside(word.area())), "{file}");
    }
}

#[test]
fn a_fax_is_read() {
    check("scans/ordonnance__lo-sans__fax.png", 0.96);
}

#[test]
fn a_photo_of_a_sheet_on_a_table_is_read() {
    check("scans/biologie__lo-sans__photo.jpg", 0.88);
}

#[test]
fn a_page_on_its_side_is_read() {
    check("scans/ordonnance__lo-sans__turn90_300.jpg", 0.96);
}

#[test]
fn a_scan_inside_a_pdf_is_read() {
    check("scanpdf/ordonnance__lo-sans__g4.pdf", 0.95);
}

#[test]
fn a_garbage_layer_of_text_is_replaced_by_what_the_page_shows() {
    check("own/ordonnance__lo-sans__ps2pdf.pdf", 0.96);
}
