//! What goes through the pipes between a server and its workers.
//!
//! A message is a sequence of frames; a frame is its length (u32, little-endian) and its bytes. A request
//! has five frames: name of the media type, limits and budget as u64 numbers (little-endian), the item and
//! the task as CBOR, the document's bytes. An answer is any number of frames: pages as they are read, pictures
//! as they are recognised, and last the reading. Both ends are the same program, so the format has no version.

use super::Budget;
use ingest::ocr::Tesseract;
use ingest::{Limits, MediaType};
use minicbor::{Decode, Encode};
use record::{Item, Page, Reading};
use std::collections::BTreeSet;
use std::io::{Error, ErrorKind, Result};
use std::path::PathBuf;
use std::time::Duration;

/// No frame is longer than this: the largest bundle, and the text of the longest document with its places.
pub(super) const LONGEST: u32 = 256 << 20;

/// Numbers of a request: nine limits, memory, processor time.
const NUMBERS: usize = 11;

/// A request as the worker gets it.
pub(super) struct Request {
    pub(super) media: MediaType,
    pub(super) limits: Limits,
    pub(super) budget: Budget,
    pub(super) item: Item,
    pub(super) task: Task,
    pub(super) bytes: Vec<u8>,
}

/// What is asked of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Task {
    /// Numbers of pages that are not to be read.
    #[n(0)]
    pub(super) pass_over: BTreeSet<u32>,
    /// Pictures to recognise; without them the text is read.
    #[n(1)]
    pub(super) pictures: Option<Pictures>,
}

/// Pictures to recognise, and by what.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Pictures {
    #[n(0)]
    pub(super) wanted: BTreeSet<u32>,
    /// Of the document.
    #[n(1)]
    pub(super) language: Option<String>,
    #[n(2)]
    program: String,
    #[n(3)]
    models: Option<String>,
    #[n(4)]
    languages: Vec<String>,
}

impl Pictures {
    /// The wanted pictures by this Tesseract, whose paths must be UTF-8.
    pub(super) fn new(tesseract: &Tesseract, wanted: BTreeSet<u32>, language: Option<String>) -> Self {
        let (program, models, languages) = tesseract.parts();
        Pictures {
            wanted,
            language,
            program: program.to_string_lossy().into_owned(),
            models: models.map(|models| models.to_string_lossy().into_owned()),
            languages: languages.to_vec(),
        }
    }

    pub(super) fn tesseract(&self) -> Tesseract {
        let models = self.models.as_ref().map(Into::into);
        Tesseract::known(PathBuf::from(&self.program), models, self.languages.clone())
    }

    /// Where the program and its models stand.
    pub(super) fn places(&self) -> Vec<PathBuf> {
        let program = PathBuf::from(&self.program);
        self.models.iter().map(PathBuf::from).chain(program.parent().map(PathBuf::from)).collect()
    }
}

/// One frame of an answer.
#[derive(Debug, PartialEq, Encode, Decode)]
pub(super) enum Answer {
    /// A page that was read, and how many its file has.
    #[n(0)]
    Page(#[n(0)] Page, #[n(1)] u32),
    /// A picture that was recognised.
    #[n(1)]
    Seen(#[n(0)] u32, #[n(1)] Page),
    /// The end.
    #[n(2)]
    Done(#[n(0)] Box<Reading>),
}

/// The frames of a request but the last, which is the document's bytes.
pub(super) fn head(media: MediaType, limits: &Limits, budget: &Budget, item: &Item, task: &Task) -> Vec<u8> {
    let numbers: Vec<u8> = numbers(limits, budget).into_iter().flat_map(u64::to_le_bytes).collect();
    let mut out = Vec::new();
    for part in [media.as_str().as_bytes(), &numbers, &record::encode(item), &record::encode(task)] {
        out.extend(length(part).to_le_bytes());
        out.extend(part);
    }
    out
}

/// The length of a frame; one that is too long is sent as the longest and then refused.
pub(super) fn length(part: &[u8]) -> u32 {
    u32::try_from(part.len()).unwrap_or(u32::MAX)
}

/// Puts the frames of a request together.
///
/// # Errors
/// Frames that [`head`] did not write.
pub(super) fn request(frames: [Vec<u8>; 5]) -> Result<Request> {
    let rubbish = || Error::from(ErrorKind::InvalidData);
    let [media, numbers, item, task, bytes] = frames;
    let media = std::str::from_utf8(&media).map_err(|_| rubbish())?;
    let media = MediaType::from_name(media).map_err(|_| rubbish())?;
    let words: Vec<u64> =
        numbers.chunks_exact(8).filter_map(|chunk| chunk.try_into().ok().map(u64::from_le_bytes)).collect();
    let words: [u64; NUMBERS] = words.try_into().map_err(|_| rubbish())?;
    let (limits, budget) = from_numbers(words).ok_or_else(rubbish)?;
    let item = record::decode(&item).map_err(|_| rubbish())?;
    let task = record::decode(&task).map_err(|_| rubbish())?;
    Ok(Request { media, limits, budget, item, task, bytes })
}
/// Destructured, so that a new limit cannot be forgotten here.
fn numbers(limits: &Limits, budget: &Budget) -> [u64; NUMBERS] {
    let Limits {
        document_bytes,
        bundle_bytes,
        inflated_bytes,
        inflate_ratio,
        entries,
        xml_depth,
        xml_nodes,
        pages,
        text_chars,
    } = *limits;
    let size = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    [
        size(document_bytes),
        size(bundle_bytes),
        size(inflated_bytes),
        size(inflate_ratio),
        size(entries),
        size(xml_depth),
        u64::from(xml_nodes),
        u64::from(pages),
        size(text_chars),
        budget.memory,
        budget.cpu_seconds,
    ]
}

fn from_numbers(words: [u64; NUMBERS]) -> Option<(Limits, Budget)> {
    let [a, b, c, d, e, f, nodes, pages, g, memory, cpu_seconds] = words;
    let limits = Limits {
        document_bytes: usize::try_from(a).ok()?,
        bundle_bytes: usize::try_from(b).ok()?,
        inflated_bytes: usize::try_from(c).ok()?,
        inflate_ratio: usize::try_from(d).ok()?,
        entries: usize::try_from(e).ok()?,
        xml_depth: usize::try_from(f).ok()?,
        xml_nodes: u32::try_from(nodes).ok()?,
        pages: u32::try_from(pages).ok()?,
        text_chars: usize::try_from(g).ok()?,
    };
    // the wall time is the server's to watch
    Some((limits, Budget { memory, cpu_seconds, wall: Duration::MAX }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_comes_back_as_it_was_sent() {
        let limits = Limits { pages: 7, text_chars: 11, ..Limits::default() };
        let budget = Budget { memory: 5, cpu_seconds: 3, wall: Duration::MAX };
        let tesseract = Tesseract::known("/usr/bin/tesseract".into(), None, vec!["fra".to_owned()]);
        let pictures = Pictures::new(&tesseract, BTreeSet::from([2]), Some("fr".to_owned()));
        let task = Task { pass_over: BTreeSet::from([0, 4]), pictures: Some(pictures) };
        let sent = head(MediaType::Rtf, &limits, &budget, &super::super::tests::item(), &task);
        let mut rest = sent.as_slice();
        let mut next = || {
            let (length, tail) = rest.split_at(4);
            let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
            let (part, tail) = tail.split_at(length);
            rest = tail;
            part.to_vec()
        };
        let request = request([next(), next(), next(), next(), b"bytes".to_vec()]).unwrap();
        assert_eq!((request.media, request.limits, request.budget), (MediaType::Rtf, limits, budget));
        assert_eq!(request.task.pictures.as_ref().map(Pictures::tesseract), Some(tesseract));
        assert_eq!(request.task, task);
        assert_eq!((request.item, request.bytes), (super::super::tests::item(), b"bytes".to_vec()));
    }

    #[test]
    fn rubbish_is_refused() {
        assert!(request([b"text/plain".to_vec(), vec![0; 8], vec![], vec![], vec![]]).is_err());
        assert!(request([b"text/html".to_vec(), vec![0; 88], vec![], vec![], vec![]]).is_err());
    }
}
