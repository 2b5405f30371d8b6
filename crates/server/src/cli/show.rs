//! `show`: one item of a record: metadata, the state of its stages, its text.

use super::engine;
use super::exit::Exit;
use super::output::Output;
use super::person::Person;
use crate::Error;
use crate::config::Config;
use record::{Coded, Extent, ItemId, Kind, Outcome, PartialDate, Reading, RecordId};
use search::{ItemView, LinkedItem};
use serde::Serialize;
use std::fmt::Write;
use std::io::Write as _;

/// Show an item: its metadata, the state of its stages, its text
#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// The record
    record: RecordId,
    /// The item: DocumentReference/doc-001
    item: ItemId,
    #[command(flatten)]
    person: Person,
}

/// What is shown.
#[derive(Debug, Serialize)]
struct Shown {
    item: String,
    kind: &'static str,
    title: String,
    date: Option<String>,
    created: Option<String>,
    status: &'static str,
    /// Only where the role may know of them.
    confidentiality: Option<Vec<&'static str>>,
    r#type: Option<String>,
    class: Option<String>,
    category: Option<String>,
    codes: Vec<String>,
    authors: Vec<String>,
    notes: Vec<String>,
    links: Vec<String>,
    stated_by: Option<String>,
    stages: Stages,
    pages: Vec<ShownPage>,
}

/// How far the item has come.
#[derive(Debug, Serialize)]
struct Stages {
    /// Found by its metadata: always.
    metadata: &'static str,
    /// What became of its text.
    text: String,
    /// Whether it is found by meaning.
    meaning: &'static str,
    language: Option<String>,
    items_stated: usize,
    /// How its pages were read.
    pages: Option<ShownExtent>,
    warnings: Vec<String>,
}

/// How far the pages of a document were read.
#[derive(Debug, Serialize)]
struct ShownExtent {
    pages: u32,
    text: u32,
    ocr: u32,
    /// Mean confidence of the recognised words, in percent.
    ocr_confidence: Option<u8>,
    unreadable: Vec<String>,
    repaired: bool,
}

#[derive(Debug, Serialize)]
struct ShownPage {
    page: Option<u32>,
    origin: &'static str,
    /// Mean confidence of the recognised words, in percent.
    confidence: Option<u8>,
    lines: Vec<String>,
}

/// Runs the command.
pub(super) async fn run(args: &ShowArgs, config: Config, output: Output) -> anyhow::Result<Exit> {
    let actor = args.person.actor()?;
    let service = engine::open(&config).await?;
    match service.item(&args.record, &actor, &args.item).await {
        Ok((view, links)) => {
            output.print(&shown(&view, &links), text)?;
            Ok(Exit::Done)
        }
        Err(Error::NotFound) => {
            let _ = writeln!(std::io::stderr(), "mes-search: {} is not in this record", args.item);
            Ok(Exit::Partly)
        }
        Err(error) => Err(error.into()),
    }
}

fn shown(view: &ItemView, links: &[LinkedItem]) -> Shown {
    let item = &view.item;
    let document = item.document.as_ref();
    let date = |d: Option<PartialDate>| d.map(|d| d.to_string());
    Shown {
        item: item.id.to_string(),
        kind: item.kind().as_str(),
        title: item.title.to_string(),
        date: date(item.date()),
        created: date(item.created),
        status: item.status.as_str(),
        confidentiality: view.flags_shown.then(|| item.flags.codes()),
        r#type: document.and_then(|d| d.type_code.as_ref()).map(coded),
        class: document.and_then(|d| d.class_code.as_ref()).map(coded),
        category: document.and_then(|d| d.category).map(|c| c.code().to_owned()),
        codes: item.codes.iter().map(coded).collect(),
        authors: item.authors.iter().filter_map(|a| a.name()).collect(),
        notes: item.notes.iter().map(|n| n.text.to_string()).collect(),
        links: links.iter().map(|l| format!("{} {}", l.relation, l.item)).collect(),
        stated_by: view.parent.as_ref().map(ToString::to_string),
        stages: stages(view),
        pages: view.reading.as_ref().map(pages).unwrap_or_default(),
    }
}

fn coded(code: &Coded) -> String {
    match &code.display {
        Some(display) => format!("{} {}", code.code, &**display),
        None => code.code.to_string(),
    }
}

fn stages(view: &ItemView) -> Stages {
    let reading = view.reading.as_ref();
    let text = match reading.map(|r| &r.outcome) {
        _ if view.item.kind() != Kind::Document => "no file of its own".to_owned(),
        None => "not read yet".to_owned(),
        Some(Outcome::Read) => "read".to_owned(),
        Some(Outcome::Unread(fault)) => format!("not readable: {}", fault.code()),
        Some(Outcome::Partly(faults)) => {
            let codes: Vec<_> = faults.iter().map(|f| f.code()).collect();
            format!("read in part: {}", codes.join(", "))
        }
    };
    Stages {
        metadata: "searchable",
        text,
        meaning: "no model",
        language: reading.and_then(|r| r.language.clone()),
        items_stated: reading.map_or(0, |r| r.items.len()),
        pages: reading.map(|r| extent(r.extent())),
        warnings: reading.map(|r| r.warnings.clone()).unwrap_or_default(),
    }
}

fn pages(reading: &Reading) -> Vec<ShownPage> {
    let lines = |p: &record::Page| p.lines.iter().map(|l| l.text.to_string()).collect();
    let page = |p: &record::Page| ShownPage {
        page: p.number,
        origin: p.origin.code(),
        confidence: p.confidence,
        lines: lines(p),
    };
    reading.pages.iter().map(page).collect()
}

fn extent(extent: Extent) -> ShownExtent {
    let Extent { pages, text, recognised, confidence, unreadable, repaired } = extent;
    let reason = |(page, fault): (Option<u32>, record::Fault)| match page {
        Some(page) => format!("page {page}: {}", fault.code()),
        None => fault.code().to_owned(),
    };
    ShownExtent {
        pages,
        text,
        ocr: recognised,
        ocr_confidence: confidence,
        unreadable: unreadable.into_iter().map(reason).collect(),
        repaired,
    }
}

/// `12 pages: 9 of text, 2 recognised (confidence 91 %); page 12: handwriting-suspected`.
fn pages_read(extent: &ShownExtent) -> Option<String> {
    if extent.pages == 0 {
        return None;
    }
    let mut line = format!("{} in all, {} of text", extent.pages, extent.text);
    if extent.ocr > 0 {
        let _ = write!(line, ", {} recognised", extent.ocr);
    }
    if let Some(confidence) = extent.ocr_confidence {
        let _ = write!(line, " (confidence {confidence} %)");
    }
    for reason in &extent.unreadable {
        let _ = write!(line, "; {reason}");
    }
    if extent.repaired {
        line.push_str("; the file was damaged and was repaired");
    }
    Some(line)
}

fn text(s: &Shown) -> String {
    let mut text = format!("{}  {}\n{}\n", s.item, s.kind, s.title);
    let one = |value: &Option<String>| value.iter().cloned().collect::<Vec<_>>();
    let fields: [(&str, Vec<String>); 15] = [
        ("date", one(&s.date)),
        ("created", one(&s.created)),
        ("status", vec![s.status.to_owned()]),
        ("visibility", s.confidentiality.iter().flatten().map(|c| (*c).to_owned()).collect()),
        ("type", one(&s.r#type)),
        ("class", one(&s.class)),
        ("category", one(&s.category)),
        ("code", s.codes.clone()),
        ("author", s.authors.clone()),
        ("note", s.notes.clone()),
        ("link", s.links.clone()),
        ("stated by", one(&s.stated_by)),
        ("text", vec![s.stages.text.clone()]),
        ("pages", s.stages.pages.as_ref().and_then(pages_read).into_iter().collect()),
        ("warning", s.stages.warnings.clone()),
    ];
    for (name, values) in &fields {
        for value in values {
            let _ = writeln!(text, "{name:>11}  {value}");
        }
    }
    for page in &s.pages {
        let number = page.page.map_or_else(|| "text".to_owned(), |n| format!("page {n}"));
        let sure = page.confidence.map(|c| format!(", recognised, confidence {c} %")).unwrap_or_default();
        let _ = writeln!(text, "\n--- {number}{sure}");
        for line in &page.lines {
            let _ = writeln!(text, "{line}");
        }
    }
    text
}
