//! What a document says: pages, lines, boxes, and what could not be read.

use crate::{Item, Text};
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
}

/// Where the text of a page comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(index_only)]
pub enum Origin {
    /// Text of the document itself.
    #[n(0)]
    #[default]
    Text,
    /// Recognised on an image.
    #[n(1)]
    Ocr,
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
}
