//! What is published as a pack: the pack of `search`, and which submission each of its readings is of.
//!
//! ```text
//! pack of search │ table (CBOR) │ length of the table, u32 LE │ "MESPACK1"
//! ```
//!
//! The table stands at the end, so that the pack is split off without copying it.

use minicbor::{Decode, Encode};
use record::{DecodeError, ItemId};
use std::collections::BTreeMap;

const MAGIC: &[u8; 8] = b"MESPACK1";

/// For each document whose content the pack holds: the digest of the submission that was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Contents(BTreeMap<ItemId, [u8; 32]>);

#[derive(Encode, Decode)]
struct Line {
    #[n(0)]
    item: ItemId,
    #[cbor(n(1), with = "minicbor::bytes")]
    content: [u8; 32],
}

impl Contents {
    /// Notes that the pack holds `item` as submitted with that digest.
    pub(crate) fn note(&mut self, item: ItemId, content: [u8; 32]) {
        self.0.insert(item, content);
    }

    /// Whether the pack holds the item as submitted with that digest.
    pub(crate) fn hold(&self, item: &ItemId, content: &[u8; 32]) -> bool {
        self.0.get(item) == Some(content)
    }

    /// Puts the table behind the pack.
    pub(crate) fn seal(self, mut pack: Vec<u8>) -> Vec<u8> {
        let lines: Vec<Line> = self.0.into_iter().map(|(item, content)| Line { item, content }).collect();
        let table = record::encode(&lines);
        pack.extend_from_slice(&table);
        pack.extend_from_slice(&u32::try_from(table.len()).unwrap_or(u32::MAX).to_le_bytes());
        pack.extend_from_slice(MAGIC);
        pack
    }

    /// Splits what [`Contents::seal`] made.
    pub(crate) fn split(mut bytes: Vec<u8>) -> Result<(Vec<u8>, Contents), DecodeError> {
        let rest = bytes.strip_suffix(MAGIC).ok_or(DecodeError)?;
        let (rest, length) = rest.split_last_chunk::<4>().ok_or(DecodeError)?;
        let start = rest.len().checked_sub(u32::from_le_bytes(*length) as usize).ok_or(DecodeError)?;
        let lines: Vec<Line> = record::decode(&rest[start..])?;
        bytes.truncate(start);
        Ok((bytes, Contents(lines.into_iter().map(|line| (line.item, line.content)).collect())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_comes_back_and_rubbish_does_not() {
        let mut contents = Contents::default();
        contents.note("DocumentReference/a".parse().unwrap(), [7; 32]);
        let sealed = contents.clone().seal(b"pack".to_vec());
        assert_eq!(Contents::split(sealed.clone()), Ok((b"pack".to_vec(), contents)));
        for cut in 0..sealed.len() {
            assert!(Contents::split(sealed.iter().copied().take(cut).collect()).is_err(), "{cut}");
        }
    }
}
