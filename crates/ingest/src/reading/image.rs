//! Images: known, counted, not read. There is no recognition of characters here.

use super::Content;
use crate::{Limits, MediaType};
use record::{Fault, Outcome};
use std::collections::BTreeSet;

/// An image says nothing without OCR; it has one page, a TIFF as many as it has directories.
pub(super) fn read(media: MediaType, bytes: &[u8], limits: &Limits) -> Content {
    let page_count = if media == MediaType::Tiff { directories(bytes, limits.pages) } else { 1 };
    Content {
        pages: Vec::new(),
        outcome: Outcome::Unread(Fault::NoOcr),
        page_count: page_count.max(1),
        warnings: Vec::new(),
        file: None,
    }
}

/// Counts the image file directories of a TIFF (TIFF 6.0, section 2): a chain of offsets, which may loop.
fn directories(bytes: &[u8], limit: u32) -> u32 {
    let little = bytes.starts_with(b"II");
    let mut seen = BTreeSet::new();
    let mut next = long(bytes, 4, little);
    while let Some(offset) = next.filter(|o| *o >= 8) {
        let Some(entries) = short(bytes, offset, little) else { break };
        if seen.len() >= limit as usize || !seen.insert(offset) {
            break;
        }
        next = long(bytes, offset + 2 + 12 * usize::from(entries), little);
    }
    u32::try_from(seen.len()).unwrap_or(u32::MAX)
}

fn short(bytes: &[u8], at: usize, little: bool) -> Option<u16> {
    let field: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(if little { u16::from_le_bytes(field) } else { u16::from_be_bytes(field) })
}

fn long(bytes: &[u8], at: usize, little: bool) -> Option<usize> {
    let field: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(if little { u32::from_le_bytes(field) } else { u32::from_be_bytes(field) }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A little-endian TIFF whose directories hold no entry; each names the next by its offset.
    fn tiff(next: &[u32]) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        for offset in next {
            bytes.extend([0, 0]);
            bytes.extend(offset.to_le_bytes());
        }
        bytes
    }

    fn check(next: &[u32], expected: u32) {
        let content = read(MediaType::Tiff, &tiff(next), &Limits { pages: 10, ..Limits::default() });
        assert_eq!((content.page_count, content.outcome), (expected, Outcome::Unread(Fault::NoOcr)));
    }

    #[test]
    fn a_tiff_has_as_many_pages_as_directories() {
        check(&[0], 1);
        check(&[14, 20, 0], 3);
    }

    #[test]
    fn a_chain_that_loops_or_leaves_the_file_ends() {
        check(&[14, 8], 2);
        check(&[14, 4_000_000_000], 2);
        let endless: Vec<u32> = (1..100).map(|n| 8 + 6 * n).collect();
        check(&endless, 10);
    }
}
