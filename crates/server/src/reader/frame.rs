//! What goes through the pipes between a server and its workers.
//!
//! A message is a sequence of frames; a frame is its length (u32, little-endian) and its bytes. A request
//! has four frames: name of the media type, limits and budget as u64 numbers (little-endian), the item as
//! CBOR, the document's bytes. An answer is one frame: the reading as CBOR. Both ends are the same program,
//! so the format has no version.

use super::Budget;
use ingest::{Limits, MediaType};
use record::Item;
use std::io::{Error, ErrorKind, Result};
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
    pub(super) bytes: Vec<u8>,
}

/// The frames of a request but the last, which is the document's bytes.
pub(super) fn head(media: MediaType, limits: &Limits, budget: &Budget, item: &Item) -> Vec<u8> {
    let numbers: Vec<u8> = numbers(limits, budget).into_iter().flat_map(u64::to_le_bytes).collect();
    let mut out = Vec::new();
    for part in [media.as_str().as_bytes(), &numbers, &record::encode(item)] {
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
pub(super) fn request(frames: [Vec<u8>; 4]) -> Result<Request> {
    let rubbish = || Error::from(ErrorKind::InvalidData);
    let [media, numbers, item, bytes] = frames;
    let media = std::str::from_utf8(&media).map_err(|_| rubbish())?;
    let media = MediaType::from_name(media).map_err(|_| rubbish())?;
    let words: Vec<u64> =
        numbers.chunks_exact(8).filter_map(|chunk| chunk.try_into().ok().map(u64::from_le_bytes)).collect();
    let words: [u64; NUMBERS] = words.try_into().map_err(|_| rubbish())?;
    let (limits, budget) = from_numbers(words).ok_or_else(rubbish)?;
    let item = record::decode(&item).map_err(|_| rubbish())?;
    Ok(Request { media, limits, budget, item, bytes })
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
        let sent = head(MediaType::Rtf, &limits, &budget, &super::super::tests::item());
        let mut rest = sent.as_slice();
        let mut next = || {
            let (length, tail) = rest.split_at(4);
            let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
            let (part, tail) = tail.split_at(length);
            rest = tail;
            part.to_vec()
        };
        let request = request([next(), next(), next(), b"bytes".to_vec()]).unwrap();
        assert_eq!((request.media, request.limits, request.budget), (MediaType::Rtf, limits, budget));
        assert_eq!((request.item, request.bytes), (super::super::tests::item(), b"bytes".to_vec()));
    }

    #[test]
    fn rubbish_is_refused() {
        assert!(request([b"text/plain".to_vec(), vec![0; 8], vec![], vec![]]).is_err());
        assert!(request([b"text/html".to_vec(), vec![0; 88], vec![], vec![]]).is_err());
    }
}
