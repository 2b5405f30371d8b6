//! What each parser must hold, whatever it is given.

use super::{run, seeds};
use crate::reading::{item, verdict};
use ingest::ocr::Grey;
use ingest::{Limits, MediaType, PageView, Upload, Watch};
use mes_search::reader::{Budget, Reader, ReaderConfig};
use record::{Fault, Rect};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Reads as stage 2 does, in this process.
fn read(media: MediaType, bytes: &[u8]) {
    let limits = Limits { pages: 20, text_chars: 100_000, ..Limits::default() };
    let reading = ingest::read(media, bytes, &item(), &limits);
    let chars: usize =
        reading.pages.iter().flat_map(|page| &page.lines).map(|line| line.text.chars().count()).sum();
    assert!(chars <= limits.text_chars, "{chars} characters");
    for line in reading.pages.iter().flat_map(|page| &page.lines) {
        for word in &line.words {
            assert!(line.text.get(word.start as usize..word.end as usize).is_some(), "a word is none");
        }
    }
    // what search does with every text
    let passages = record::passages(&reading.pages);
    assert!(passages.iter().all(|passage| !passage.text.is_empty()), "a passage says nothing");
}

/// Takes a file in as a deposit does, and reads what it gave.
fn deposit(media: MediaType, bytes: &[u8]) {
    let limits = Limits { pages: 5, inflated_bytes: 8 << 20, entries: 1_000, ..Limits::default() };
    let upload = Upload { declared: Some(media), ..Upload::default() };
    let Ok(batch) = ingest::document(upload, bytes.to_vec(), &limits) else { return };
    assert!(batch.submissions.len() + batch.rejected.len() <= limits.entries);
    for submission in batch.submissions {
        let Some(source) = submission.source.filter(|source| source.media_type == MediaType::Cda) else {
            continue;
        };
        let reading = ingest::read(source.media_type, &source.bytes, &submission.item, &limits);
        assert!(reading.items.len() <= limits.entries);
    }
}

/// Draws every picture and recognises none.
struct Draw;

impl Watch for Draw {
    fn picture(&mut self, draw: &mut dyn FnMut() -> Result<Grey, Fault>) {
        if let Ok(picture) = draw() {
            assert_eq!(picture.pixels().len(), picture.width() * picture.height());
        }
    }
}

#[test]
fn cda() {
    run("cda", &seeds::fixtures(".xml"), seeds::XML, |bytes| deposit(MediaType::Cda, bytes));
}

#[test]
fn xdm() {
    let mut all = seeds::fixtures(".ZIP");
    all.extend(seeds::lists());
    let words = [seeds::XML, seeds::ZIP].concat();
    run("xdm", &all, &words, |bytes| match bytes {
        [b'P', b'K', ..] => deposit(MediaType::Xdm, bytes),
        list => deposit(MediaType::Xdm, &seeds::archive(list)),
    });
}

#[test]
fn fhir() {
    let mut all = seeds::bundles();
    all.extend(seeds::fixtures(".ndjson"));
    let limits = Limits::default();
    run("fhir", &all, seeds::JSON, |bytes| {
        for batch in [ingest::bundle(bytes, &limits), ingest::ndjson(bytes, &limits)].into_iter().flatten() {
            assert!(batch.submissions.len() + batch.rejected.len() <= limits.entries);
        }
    });
}

#[test]
fn rtf() {
    run("rtf", &seeds::fixtures(".rtf"), seeds::RTF, |bytes| read(MediaType::Rtf, bytes));
}

#[test]
fn html() {
    run("html", &seeds::pages(), seeds::HTML, |bytes| read(MediaType::Html, bytes));
}

#[test]
fn text() {
    run("text", &seeds::fixtures(".txt"), seeds::TEXT, |bytes| read(MediaType::Text, bytes));
}

#[test]
fn image() {
    let view = PageView { longest_side: 200, highlights: vec![Rect { x0: 0.1, y0: 0.2, x1: 0.3, y1: 0.4 }] };
    // a header may claim what its file does not hold: without a limit, clearing memory is all that is tested
    run("image", &seeds::pictures(), seeds::IMAGE, |bytes| {
        let Some(media) = MediaType::sniff(bytes) else { return };
        if matches!(media, MediaType::Jpeg | MediaType::Png | MediaType::Tiff) {
            let limits = Limits { pages: 5, ..Limits::default() };
            let reading = ingest::read_watched(media, bytes, &item(), &limits, &mut Draw);
            let count = u32::try_from(reading.pages.len()).unwrap();
            assert!(count <= limits.pages);
            for page in 0..=count + 1 {
                let _ = ingest::preview(media, bytes, page, &view, &limits);
            }
        }
    });
}

/// PDFs go where they are read: to a worker, which may come to its end by a limit and by nothing else.
#[test]
fn pdf() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut config = ReaderConfig::new(env!("CARGO_BIN_EXE_mes-search").into());
    config.workers = 1;
    config.limits = Limits { pages: 20, ..Limits::default() };
    config.budget = Budget { memory: 1 << 30, cpu_seconds: 5, wall: Duration::from_secs(60) };
    let reader = {
        let _inside = runtime.enter();
        Reader::new(config)
    };
    let all = [seeds::fixtures(".pdf"), seeds::found("pdf")].concat();
    run("pdf", &all, seeds::PDF, |bytes| {
        let reading = runtime.block_on(reader.read(MediaType::Pdf, bytes, &item()));
        verdict("an input", &reading);
    });
}

/// The answer of a process that was asked to draw the first page of a PDF: a picture or a fault; nothing where a
/// limit ended it.
fn drawn(bytes: &[u8]) -> Vec<u8> {
    let request = serde_json::json!({
        "media": "application/pdf", "page": 1, "longest_side": 200, "highlights": [[0.1, 0.2, 0.3, 0.4]],
        "document_bytes": 5_000_000,
    });
    let request = request.to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mes-search"));
    let command = command.arg("draw-worker").env_clear();
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let head = u32::try_from(request.len()).unwrap().to_le_bytes();
    // it reads all before it draws: nobody waits for the other
    child.stdin.take().unwrap().write_all(&[&head, request.as_bytes(), bytes].concat()).unwrap();
    let output = child.wait_with_output().unwrap();
    // memory refused, processor time
    let limited = matches!(output.status.signal(), Some(6 | 9 | 24));
    assert!(output.status.success() || limited, "{:?}", output.status);
    output.stdout
}

#[test]
fn picture_of_pdf() {
    let all = [seeds::fixtures(".pdf"), seeds::found("pdf")].concat();
    run("picture-of-pdf", &all, seeds::PDF, |bytes| {
        let answer = drawn(bytes);
        assert!(matches!(answer.first(), None | Some(b'P' | b'F')));
        assert!(answer.first() != Some(&b'P') || answer[1..].starts_with(b"\x89PNG"));
    });
}
