//! `read`: what would be indexed of a file: text, places, what each page is, what could not be read.

use super::exit::Exit;
use super::output::Output;
use crate::config::Config;
use crate::reader::{Reader, ReaderConfig};
use ingest::{Limits, MediaType, Upload};
use record::{FileFacts, Line, Outcome, Page, Reading, Rect};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

/// Print what would be indexed of a file
#[derive(Debug, clap::Args)]
pub(super) struct ReadArgs {
    /// The file: PDF, CDA, RTF, text, image
    file: PathBuf,
    /// Show where each line stands, as fractions of the page (with --json: always, and each word)
    #[arg(long)]
    boxes: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Printed {
    media_type: &'static str,
    bytes: usize,
    outcome: &'static str,
    reasons: Vec<&'static str>,
    page_count: u32,
    language: Option<String>,
    file: Option<PrintedFacts>,
    warnings: Vec<String>,
    /// References of the items that the document states.
    items: Vec<String>,
    pages: Vec<PrintedPage>,
}

#[derive(Debug, Serialize)]
struct PrintedFacts {
    title: Option<String>,
    producer: Option<String>,
    created: Option<String>,
    repaired: bool,
    encrypted: bool,
    embedded_files: u32,
}

#[derive(Debug, Serialize)]
struct PrintedPage {
    page: Option<u32>,
    label: Option<String>,
    /// The embedded file that it is of.
    part: Option<String>,
    triage: Option<&'static str>,
    origin: &'static str,
    confidence: Option<u8>,
    reason: Option<&'static str>,
    lines: Vec<PrintedLine>,
}

#[derive(Debug, Serialize)]
struct PrintedLine {
    text: String,
    heading: bool,
    starts_block: bool,
    area: Option<[f32; 4]>,
    words: Vec<PrintedWord>,
}

#[derive(Debug, Serialize)]
struct PrintedWord {
    text: String,
    area: [f32; 4],
    confidence: Option<u8>,
}

/// Runs the command. It opens no store: a trial leaves nothing behind.
pub(super) async fn run(args: &ReadArgs, config: &Config, output: Output) -> anyhow::Result<Exit> {
    let bytes = std::fs::read(&args.file)?;
    let file_name = args.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let limits = Limits { document_bytes: bytes.len().max(1), ..config.limits };
    let size = bytes.len();
    let batch = ingest::document(Upload { file_name, ..Upload::default() }, bytes, &limits)?;
    let read = batch.submissions.into_iter().next().and_then(|s| Some((s.item, s.source?)));
    let (item, source) =
        read.ok_or_else(|| anyhow::anyhow!("the file is an archive or holds no document"))?;
    let mut reader = ReaderConfig::new(std::env::current_exe()?);
    reader.limits = limits;
    let reading = Reader::new(reader).read(source.media_type, &source.bytes, &item).await;
    let exit = if reading.outcome == Outcome::Read { Exit::Done } else { Exit::Partly };
    let boxes = args.boxes;
    output.print(&printed(reading, source.media_type, size), |printed| text(printed, boxes))?;
    Ok(exit)
}

fn printed(reading: Reading, media: MediaType, bytes: usize) -> Printed {
    let Reading { extractor: _, pages, items, outcome, language, page_count, warnings, file } = reading;
    let (outcome, faults) = match outcome {
        Outcome::Read => ("read", Vec::new()),
        Outcome::Partly(faults) => ("partly", faults),
        Outcome::Unread(fault) => ("unread", vec![fault]),
    };
    Printed {
        media_type: media.as_str(),
        bytes,
        outcome,
        reasons: faults.into_iter().map(record::Fault::code).collect(),
        page_count,
        language,
        file: file.map(facts),
        warnings,
        items: items.into_iter().map(|item| item.id.to_string()).collect(),
        pages: pages.into_iter().map(page).collect(),
    }
}

fn facts(facts: FileFacts) -> PrintedFacts {
    let FileFacts { title, producer, created, repaired, encrypted, embedded_files } = facts;
    PrintedFacts {
        title: title.map(record::Text::into_string),
        producer: producer.map(record::Text::into_string),
        created: created.map(|date| date.to_string()),
        repaired,
        encrypted,
        embedded_files,
    }
}

fn page(page: Page) -> PrintedPage {
    let Page { number, lines, origin, triage, fault, confidence, label, part } = page;
    PrintedPage {
        page: number,
        label: label.map(record::Text::into_string),
        part: part.map(record::Text::into_string),
        triage: triage.map(record::Triage::code),
        origin: origin.code(),
        confidence,
        reason: fault.map(record::Fault::code),
        lines: lines.into_iter().map(line).collect(),
    }
}

fn line(line: Line) -> PrintedLine {
    let Line { text, area, starts_block, heading, words } = line;
    let word = |word: record::WordBox| PrintedWord {
        text: text.get(word.start as usize..word.end as usize).unwrap_or_default().to_owned(),
        area: edges(word.area()),
        confidence: word.confidence,
    };
    let words = words.into_iter().map(word).collect();
    PrintedLine { text: text.to_string(), heading, starts_block, area: area.map(edges), words }
}

fn edges(area: Rect) -> [f32; 4] {
    [area.x0, area.y0, area.x1, area.y1]
}

fn text(printed: &Printed, boxes: bool) -> String {
    let mut text = String::new();
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(text, "{name:>9}  {value}");
        }
    };
    let outcome = [&[printed.outcome], printed.reasons.as_slice()].concat().join(" ");
    field("outcome", &outcome);
    field("type", &format!("{}, {} bytes", printed.media_type, printed.bytes));
    field("pages", &printed.page_count.to_string());
    field("language", printed.language.as_deref().unwrap_or_default());
    if let Some(facts) = &printed.file {
        field("title", facts.title.as_deref().unwrap_or_default());
        field("producer", facts.producer.as_deref().unwrap_or_default());
        field("created", facts.created.as_deref().unwrap_or_default());
        let marks = [(facts.repaired, "repaired"), (facts.encrypted, "encrypted")];
        field(
            "state",
            &marks.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect::<Vec<_>>().join(", "),
        );
    }
    for warning in &printed.warnings {
        field("warning", warning);
    }
    for item in &printed.items {
        field("states", item);
    }
    for page in &printed.pages {
        let _ = writeln!(text, "\n--- {}", page_title(page));
        for line in &page.lines {
            if boxes && let Some([x0, y0, x1, y1]) = line.area {
                let _ = write!(text, "[{x0:.4} {y0:.4} {x1:.4} {y1:.4}] ");
            }
            let _ = writeln!(text, "{}", line.text);
        }
    }
    text
}

fn page_title(page: &PrintedPage) -> String {
    let mut parts = vec![page.page.map_or_else(|| "text".to_owned(), |number| format!("page {number}"))];
    parts.extend(page.label.as_ref().map(|label| format!("printed as {label}")));
    parts.extend(page.part.as_ref().map(|part| format!("of {part}")));
    parts.extend(page.triage.map(str::to_owned));
    parts.extend(page.confidence.map(|confidence| format!("recognised, confidence {confidence} %")));
    parts.extend(page.reason.map(|reason| format!("not read: {reason}")));
    parts.join(", ")
}
