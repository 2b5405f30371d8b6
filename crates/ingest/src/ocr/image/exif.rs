//! The structure that TIFF and EXIF share: directories of tagged fields (TIFF 6.0, section 2).

use crate::ocr::raster::Turn;
use std::collections::BTreeSet;

/// Tag of the orientation.
const ORIENTATION: u16 = 274;
/// No directory that cameras or scanners write has more fields.
const FIELDS: usize = 1_000;

/// The turn that the first directory of an EXIF block asks for; with or without the block's `Exif\0\0`.
pub(super) fn turn(block: &[u8]) -> Turn {
    let bytes = block.strip_prefix(b"Exif\0\0".as_slice()).unwrap_or(block);
    Turn::from_exif(orientation(bytes).map_or(0, u32::from))
}

fn orientation(bytes: &[u8]) -> Option<u16> {
    let little = bytes.starts_with(b"II");
    let directory = long(bytes, 4, little)?;
    let fields = usize::from(short(bytes, directory, little)?).min(FIELDS);
    let field = (0..fields).map(|n| directory + 2 + 12 * n);
    let found = field.filter_map(|at| Some((at, short(bytes, at, little)?))).find(|f| f.1 == ORIENTATION);
    short(bytes, found?.0 + 8, little)
}

/// Counts the directories of a TIFF, at most `limit`: a chain of offsets, which may loop.
pub(super) fn directories(bytes: &[u8], limit: u32) -> u32 {
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

    #[test]
    fn a_tiff_has_as_many_pages_as_directories() {
        let check = |next: &[u32], expected| assert_eq!(directories(&tiff(next), 10), expected);
        check(&[0], 1);
        check(&[14, 20, 0], 3);
        // chains that loop, leave the file or do not end
        check(&[14, 8], 2);
        check(&[14, 4_000_000_000], 2);
        check(&(1..100).map(|n| 8 + 6 * n).collect::<Vec<_>>(), 10);
    }

    #[test]
    fn the_orientation_is_found_in_both_orders_of_bytes() {
        let turned = Turn { quarters: 1, mirrored: false };
        let little = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let big = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        assert_eq!((turn(little), turn(big)), (turned, turned));
        for cut in 0..little.len() - 6 {
            assert!(turn(&little[..cut]) == Turn::default() || cut >= 20);
        }
    }
}
