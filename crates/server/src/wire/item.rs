//! One item, whole.

use super::answer::{date, references};
use super::card::sign;
use record::{
    Author, Coded, DocumentEntry, Extent, Item, Measure, Note, NoteKind, Outcome, Page, Quantity, Reading,
    Text,
};
use search::{ItemView, LinkedItem};
use serde::Serialize;

/// The answer to `GET …/items/{type}/{id}`.
#[derive(Serialize)]
pub struct ItemBody {
    item: String,
    kind: &'static str,
    title: String,
    date: Option<String>,
    end: Option<String>,
    created: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    visibility: Option<Vec<&'static str>>,
    clinical_status: Option<String>,
    codes: Vec<CodedBody>,
    authors: Vec<AuthorBody>,
    notes: Vec<NoteBody>,
    measures: Vec<MeasureBody>,
    language: Option<String>,
    links: Vec<LinkBody>,
    document: Option<DocumentBody>,
    /// The document that states it.
    stated_by: Option<String>,
    content: Option<ContentBody>,
}

#[derive(Serialize)]
struct CodedBody {
    system: String,
    code: String,
    display: Option<String>,
}

#[derive(Serialize)]
struct AuthorBody {
    name: Option<String>,
    role: Option<String>,
    specialty: Option<CodedBody>,
    institution: Option<String>,
}

#[derive(Serialize)]
struct NoteBody {
    kind: &'static str,
    text: String,
}

#[derive(Serialize)]
struct MeasureBody {
    code: CodedBody,
    value: Option<f64>,
    comparator: Option<&'static str>,
    unit: Option<String>,
    text: Option<String>,
    low: Option<f64>,
    high: Option<f64>,
    interpretation: Option<String>,
}

/// An entry that the item is linked with.
#[derive(Serialize)]
struct LinkBody {
    item: String,
    title: String,
    date: Option<String>,
    /// What the link rests on.
    kind: &'static str,
    /// How the two relate.
    relation: &'static str,
    /// From 0 to 1.
    confidence: f32,
    text: String,
}

#[derive(Serialize)]
struct DocumentBody {
    #[serde(rename = "type")]
    type_: Option<CodedBody>,
    class: Option<CodedBody>,
    category: Option<CategoryBody>,
    format: Option<CodedBody>,
    event_codes: Vec<CodedBody>,
    facility: Option<CodedBody>,
    practice_setting: Option<CodedBody>,
    unique_id: Option<String>,
    logical_id: Option<String>,
    version: Option<u32>,
    media_type: Option<String>,
    legal_authenticator: Option<AuthorBody>,
}

#[derive(Serialize)]
struct CategoryBody {
    code: &'static str,
    display: &'static str,
}

/// What was read of a document.
#[derive(Serialize)]
struct ContentBody {
    /// `read`, `partly` or `unread`.
    outcome: &'static str,
    /// What is missing.
    reasons: Vec<&'static str>,
    page_count: u32,
    language: Option<String>,
    /// Items that the document states.
    items: Vec<String>,
    warnings: Vec<String>,
    coverage: ExtentBody,
    /// The text, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pages: Option<Vec<PageBody>>,
}

/// How far the pages were read.
#[derive(Serialize)]
struct ExtentBody {
    pages: u32,
    text: u32,
    ocr: u32,
    /// Mean confidence of the recognised words, 0 to 1.
    ocr_confidence: Option<f32>,
    unreadable: Vec<UnreadablePage>,
    repaired: bool,
}

#[derive(Serialize)]
struct UnreadablePage {
    page: Option<u32>,
    reason: &'static str,
    message: &'static str,
}

#[derive(Serialize)]
struct PageBody {
    page: Option<u32>,
    /// `text`, `ocr` (recognised here) or `ocr-layer` (by somebody else before).
    origin: &'static str,
    /// Mean confidence of the recognised words, 0 to 1.
    ocr_confidence: Option<f32>,
    lines: Vec<LineBody>,
}

#[derive(Serialize)]
struct LineBody {
    text: String,
    heading: bool,
    starts_block: bool,
}

/// Whether an item is given with the text of its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextPart {
    /// With it.
    Included,
    /// Without.
    LeftOut,
}

impl ItemBody {
    /// The item as the contract has it.
    #[must_use]
    pub fn new(view: ItemView, linked: Vec<LinkedItem>, text: TextPart) -> Self {
        let ItemView { item, reading, parent, received: _, flags_shown } = view;
        let Item {
            id,
            title,
            start,
            end,
            created,
            status,
            clinical_status,
            codes,
            authors,
            notes,
            measures,
            flags,
            links: _,
            language,
            document,
        } = item;
        ItemBody {
            kind: id.kind().as_str(),
            item: id.to_string(),
            title: title.into_string(),
            date: date(start.or(end).or(created)),
            end: date(end),
            created: date(created),
            status: status.as_str(),
            visibility: flags_shown.then(|| flags.codes()),
            clinical_status,
            codes: codes.into_iter().map(coded).collect(),
            authors: authors.into_iter().map(author).collect(),
            notes: notes.into_iter().map(note).collect(),
            measures: measures.into_iter().map(measure).collect(),
            language,
            links: linked.into_iter().map(link).collect(),
            document: document.map(entry),
            stated_by: parent.map(|id| id.to_string()),
            content: reading.map(|reading| content(reading, text)),
        }
    }
}

fn coded(Coded { system, code, display }: Coded) -> CodedBody {
    CodedBody { system, code, display: display.map(Text::into_string) }
}

fn author(author: Author) -> AuthorBody {
    let name = author.name();
    // The identifier is for rules alone and never shown; the kind shows in the name.
    let Author { kind: _, family: _, given: _, role, specialty, institution, identifier: _ } = author;
    AuthorBody {
        name,
        role: role.map(Text::into_string),
        specialty: specialty.map(coded),
        institution: institution.map(Text::into_string),
    }
}

fn note(Note { kind, text }: Note) -> NoteBody {
    let kind = match kind {
        NoteKind::Comment => "comment",
        NoteKind::Dosage => "dosage",
        NoteKind::Reason => "reason",
        NoteKind::Reaction => "reaction",
        NoteKind::Target => "target",
        NoteKind::Location => "location",
        NoteKind::Result => "result",
        NoteKind::BodySite => "body-site",
        NoteKind::Product => "product",
        NoteKind::Section => "section",
    };
    NoteBody { kind, text: text.into_string() }
}

fn measure(measure: Measure) -> MeasureBody {
    let Measure { code, quantity, text, low, high, interpretation } = measure;
    let (value, unit, comparator) = match quantity {
        None => (None, None, None),
        Some(Quantity { value, unit, comparator }) => (Some(value), unit, Some(comparator)),
    };
    let comparator = comparator.map(sign);
    let text = text.map(Text::into_string);
    MeasureBody { code: coded(code), value, comparator, unit, text, low, high, interpretation }
}

fn link(LinkedItem { item, title, date: day, kind, relation, text }: LinkedItem) -> LinkBody {
    LinkBody {
        item: item.to_string(),
        title: title.into_string(),
        date: date(day),
        kind: kind.as_str(),
        relation,
        confidence: kind.confidence(),
        text: text.into_string(),
    }
}

fn entry(entry: DocumentEntry) -> DocumentBody {
    let DocumentEntry {
        type_code,
        class_code,
        category,
        format_code,
        event_codes,
        facility_type,
        practice_setting,
        unique_id,
        logical_id,
        entry_uuid: _,
        version,
        media_type,
        legal_authenticator,
    } = entry;
    DocumentBody {
        type_: type_code.map(coded),
        class: class_code.map(coded),
        category: category.map(|c| CategoryBody { code: c.code(), display: c.label() }),
        format: format_code.map(coded),
        event_codes: event_codes.into_iter().map(coded).collect(),
        facility: facility_type.map(coded),
        practice_setting: practice_setting.map(coded),
        unique_id,
        logical_id,
        version,
        media_type,
        legal_authenticator: legal_authenticator.map(author),
    }
}

fn content(reading: Reading, text: TextPart) -> ContentBody {
    let coverage = extent(reading.extent());
    let Reading { extractor: _, pages, items, outcome, language, page_count, warnings, file: _ } = reading;
    let (outcome, faults) = match outcome {
        Outcome::Read => ("read", Vec::new()),
        Outcome::Partly(faults) => ("partly", faults),
        Outcome::Unread(fault) => ("unread", vec![fault]),
    };
    ContentBody {
        outcome,
        reasons: faults.into_iter().map(record::Fault::code).collect(),
        page_count,
        language,
        items: references(items.into_iter().map(|item| item.id).collect()),
        warnings,
        coverage,
        pages: (text == TextPart::Included).then(|| pages.into_iter().map(page).collect()),
    }
}

fn page(page: Page) -> PageBody {
    let Page { number, lines, origin, triage: _, fault: _, confidence, label: _, part: _ } = page;
    let line = |line: record::Line| LineBody {
        text: line.text.into_string(),
        heading: line.heading,
        starts_block: line.starts_block,
    };
    let ocr_confidence = confidence.map(fraction);
    PageBody {
        page: number,
        origin: origin.code(),
        ocr_confidence,
        lines: lines.into_iter().map(line).collect(),
    }
}

fn extent(extent: Extent) -> ExtentBody {
    let Extent { pages, text, recognised, confidence, unreadable, repaired } = extent;
    let page = |(page, fault): (Option<u32>, record::Fault)| UnreadablePage {
        page,
        reason: fault.code(),
        message: fault.message(),
    };
    ExtentBody {
        pages,
        text,
        ocr: recognised,
        ocr_confidence: confidence.map(fraction),
        unreadable: unreadable.into_iter().map(page).collect(),
        repaired,
    }
}

fn fraction(percent: u8) -> f32 {
    f32::from(percent) / 100.0
}
