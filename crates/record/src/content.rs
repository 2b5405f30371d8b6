//! What a document says: pages, lines, boxes, and what could not be read.

use crate::{Item, PartialDate, Text};
use minicbor::{Decode, Encode};

/// A rectangle on a page, as fractions of the shown page, origin top left.
#[derive(Debug, Clone, Copy, PartialEq, Encode, Decode)]
pub struct Rect {
    /// Left edge.
    #[n(0)]
    pub x0: f32,
    /// Upper edge.
    #[n(1)]
    pub y0: f32,
    /// Right edge.
    #[n(2)]
    pub x1: f32,
    /// Lower edge.
    #[n(3)]
    pub y1: f32,
}

/// One line of text: a row of a table, a line of a paragraph.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct Line {
    /// The text, words separated by single spaces; cells of a table row by tabs.
    #[n(0)]
    pub text: Text,
    /// Where it stands on the page, if the format has positions.
    #[n(1)]
    pub area: Option<Rect>,
    /// Whether a paragraph, a heading or a table begins here.
    #[n(2)]
    pub starts_block: bool,
    /// Whether this is a heading; it goes with the block that follows.
    #[n(3)]
    pub heading: bool,
    /// The words with their places, in the order of `text`; empty where the format has no positions.
    #[n(4)]
    #[cbor(default)]
    pub words: Vec<WordBox>,
}

impl Line {
    /// Whether it was recognised on an image: one of its words carries a confidence.
    #[must_use]
    pub fn is_recognised(&self) -> bool {
        self.words.iter().any(|word| word.confidence.is_some())
    }
}

/// A word of a line or of a passage, and where it stands on the page. Its text is that of its owner:
/// `Debug` shows places alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct WordBox {
    /// Byte offset in the owner's text where the word starts.
    #[n(0)]
    pub start: u32,
    /// Byte offset behind the word.
    #[n(1)]
    pub end: u32,
    /// Left, upper, right and lower edge, in parts of [`WordBox::WHOLE`] of the shown page.
    #[n(2)]
    edges: [u16; 4],
    /// How sure the recognition is, in percent; `None` where the word was not recognised on an image.
    #[n(3)]
    pub confidence: Option<u8>,
}

impl WordBox {
    /// The page, in the unit of a word's edges: a step is a hundredth of a millimetre on A4.
    pub const WHOLE: u16 = u16::MAX;

    /// The word at bytes `start..end` of a text, at a place on the page.
    #[must_use]
    pub fn new(start: usize, end: usize, area: Rect, confidence: Option<u8>) -> Self {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let edges = [area.x0, area.y0, area.x1, area.y1].map(quantised);
        WordBox { start: offset(start), end: offset(end), edges, confidence }
    }

    /// Where it stands on the page.
    #[must_use]
    pub fn area(&self) -> Rect {
        let [x0, y0, x1, y1] = self.edges.map(|edge| f32::from(edge) / f32::from(Self::WHOLE));
        Rect { x0, y0, x1, y1 }
    }

    /// The same word where its text begins `by` bytes further on, or `None` where it would begin before 0.
    #[must_use]
    pub fn shifted(self, by: i64) -> Option<Self> {
        let offset = |at: u32| u32::try_from(i64::from(at) + by).ok();
        Some(WordBox { start: offset(self.start)?, end: offset(self.end)?, ..self })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of a u16")]
fn quantised(fraction: f32) -> u16 {
    (fraction.clamp(0.0, 1.0) * f32::from(WordBox::WHOLE)).round() as u16
}

/// Where the text of a page comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Origin {
    /// Text of the document itself.
    #[n(0)]
    #[default]
    Text,
    /// Recognised on an image, by this engine.
    #[n(1)]
    Ocr,
    /// Recognised by somebody else: an invisible layer of text over a scan.
    #[n(2)]
    Layer,
}

impl Origin {
    /// Its name for people and programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Origin::Text => "text",
            Origin::Ocr => "ocr",
            Origin::Layer => "ocr-layer",
        }
    }
}

/// What a page is, told from what it draws before anything is recognised on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Triage {
    /// Text of its own.
    #[n(0)]
    Text,
    /// A layer of text that says nothing: it is dropped, and the page wants recognition.
    #[n(1)]
    GarbageLayer,
    /// An image, or drawings that stand for text, and no text: the page wants recognition.
    #[n(2)]
    Image,
    /// Some text over an image that may hold more: the text stays, and the page wants recognition.
    #[n(3)]
    Mixed,
    /// Somebody's layer of recognised text that reads well: it stays, marked.
    #[n(4)]
    OcrLayer,
    /// Nothing to read.
    #[n(5)]
    Blank,
}

impl Triage {
    /// Whether the page may hold text that only recognition on its image gives.
    #[must_use]
    pub fn wants_ocr(self) -> bool {
        matches!(self, Triage::GarbageLayer | Triage::Image | Triage::Mixed)
    }

    /// Its name for people and programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Triage::Text => "text",
            Triage::GarbageLayer => "garbage-layer",
            Triage::Image => "image",
            Triage::Mixed => "mixed",
            Triage::OcrLayer => "ocr-layer",
            Triage::Blank => "blank",
        }
    }
}

/// One page, or the whole narrative of a format without pages.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct Page {
    /// 1-based page number; `None` where the format has no pages (CDA narrative, plain text).
    #[n(0)]
    pub number: Option<u32>,
    /// Lines in reading order.
    #[n(1)]
    pub lines: Vec<Line>,
    /// Where the text comes from.
    #[n(2)]
    pub origin: Origin,
    /// What the page is; `None` where the format has no pages.
    #[n(3)]
    pub triage: Option<Triage>,
    /// Why the page, or a part of it, could not be read.
    #[n(4)]
    pub fault: Option<Fault>,
    /// Mean confidence of the words that were recognised, in percent.
    #[n(5)]
    pub confidence: Option<u8>,
    /// The number that the document prints on the page, where it is not `number` (`iv`, `A-3`).
    #[n(6)]
    pub label: Option<Text>,
    /// Name of the embedded file that the page is of; `None` for the document itself.
    #[n(7)]
    pub part: Option<Text>,
}

/// Why a document, or a part of it, could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Encode, Decode)]
#[cbor(index_only)]
pub enum Fault {
    /// An image, and no OCR engine is there.
    #[n(0)]
    NoOcr,
    /// A password is needed.
    #[n(1)]
    Password,
    /// The file is damaged.
    #[n(2)]
    Damaged,
    /// A limit (size, depth, pages, time, memory) was reached.
    #[n(3)]
    Limit,
    /// A media type that the engine does not read.
    #[n(4)]
    MediaType,
    /// The file holds no text.
    #[n(5)]
    Empty,
    /// The entry came without its file.
    #[n(6)]
    Missing,
    /// Recognition found marks, but hardly a word: handwriting, most likely.
    #[n(7)]
    Handwriting,
    /// An image that will be recognised soon.
    #[n(8)]
    Waiting,
}

impl Fault {
    /// The code in the coverage of the HTTP contract.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Fault::NoOcr => "no-ocr-engine",
            Fault::Password => "password",
            Fault::Damaged => "damaged",
            Fault::Limit => "limit",
            Fault::MediaType => "media-type",
            Fault::Empty => "empty",
            Fault::Missing => "no-content",
            Fault::Handwriting => "handwriting-suspected",
            Fault::Waiting => "ocr-pending",
        }
    }

    /// What it means, in French, for users.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Fault::NoOcr => "image : le texte n'est pas encore lu (pas de reconnaissance de caractères)",
            Fault::Password => "protégé par un mot de passe",
            Fault::Damaged => "fichier abîmé",
            Fault::Limit => "trop grand ou trop complexe pour être lu",
            Fault::MediaType => "format de fichier non pris en charge",
            Fault::Empty => "aucun texte dans le fichier",
            Fault::Missing => "fichier non fourni",
            Fault::Waiting => "image : la lecture est en cours",
            Fault::Handwriting => {
                "écriture illisible pour la reconnaissance de caractères, sans doute manuscrite"
            }
        }
    }
}

/// How the reading of a document ended.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum Outcome {
    /// All of it was read.
    #[n(0)]
    Read,
    /// Some of it was read; the faults say what is missing.
    #[n(1)]
    Partly(#[n(0)] Vec<Fault>),
    /// Nothing was read.
    #[n(2)]
    Unread(#[n(0)] Fault),
}

/// What reading a document's bytes gave.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Reading {
    /// Version of the extractor that made it: a new one re-reads.
    #[n(0)]
    pub extractor: u32,
    /// Pages in order.
    #[n(1)]
    pub pages: Vec<Page>,
    /// Items stated by the document's coded entries, ids = the document's id and a stable suffix.
    #[n(2)]
    pub items: Vec<Item>,
    /// How it ended.
    #[n(3)]
    pub outcome: Outcome,
    /// BCP 47 language of the text, detected (`fr`, `en`, …); `None` where there is too little text.
    #[n(4)]
    pub language: Option<String>,
    /// How many pages the document has, read or not.
    #[n(5)]
    pub page_count: u32,
    /// What was odd or lost, for the log and `show`: fixed phrases, never patient text.
    #[n(6)]
    pub warnings: Vec<String>,
    /// What the file says of itself; `None` where the format says nothing.
    #[n(7)]
    pub file: Option<FileFacts>,
}

/// What a file says of itself beside its text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
pub struct FileFacts {
    /// The title in the file's properties; often the name of a template.
    #[n(0)]
    pub title: Option<Text>,
    /// The program that wrote the file.
    #[n(1)]
    pub producer: Option<Text>,
    /// The day it was made, as the file states it.
    #[n(2)]
    pub created: Option<PartialDate>,
    /// Whether the file was damaged and its structure had to be rebuilt.
    #[n(3)]
    pub repaired: bool,
    /// Whether it is encrypted, with the empty password.
    #[n(4)]
    pub encrypted: bool,
    /// How many files are embedded in it.
    #[n(5)]
    pub embedded_files: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_keeps_its_place_to_a_hundredth_of_a_millimetre() {
        let area = Rect { x0: 0.1, y0: 0.25, x1: 0.3333, y1: 1.5 };
        let kept = WordBox::new(3, 9, area, Some(87)).area();
        let apart = [(kept.x0, 0.1), (kept.y0, 0.25), (kept.x1, 0.3333), (kept.y1, 1.0)];
        assert!(apart.iter().all(|(a, b): &(f32, f32)| (a - b).abs() < 1e-5), "{kept:?}");
    }

    #[test]
    fn a_page_of_the_first_version_still_decodes() {
        #[derive(Encode)]
        struct OldLine(#[n(0)] Text, #[n(1)] Option<Rect>, #[n(2)] bool, #[n(3)] bool);
        #[derive(Encode)]
        struct OldPage(#[n(0)] Option<u32>, #[n(1)] Vec<OldLine>, #[n(2)] Origin);
        let old = OldPage(Some(2), vec![OldLine("un".into(), None, true, false)], Origin::Ocr);
        let line = Line { text: "un".into(), starts_block: true, ..Line::default() };
        let page = Page { number: Some(2), lines: vec![line], origin: Origin::Ocr, ..Page::default() };
        assert_eq!(crate::decode::<Page>(&crate::encode(&old)), Ok(page));
    }
}
