//! Values of one kind, compressed together in blocks: small values compress badly alone, and a query
//! needs but a few of them.

use crate::Error;
use minicbor::{Decode, Encode};

/// A block is closed when its values reach this many bytes.
const BLOCK_BYTES: usize = 16 * 1024;
/// zstd level: packs are written once and read often.
const LEVEL: i32 = 9;
/// No value of a record is larger; a damaged length must not allocate without bound.
const MAX_BLOCK_BYTES: usize = 256 * 1024 * 1024;

/// Where blocks and values stand.
#[derive(Default, Encode, Decode)]
pub(crate) struct Index {
    /// Compressed start and raw length of each block; the data end with the last block.
    #[n(0)]
    blocks: Vec<(u64, u64)>,
    /// Block, start in the raw block and length of each value; length 0 = no value.
    #[n(1)]
    values: Vec<(u32, u32, u32)>,
}

#[derive(Default)]
pub(crate) struct Writer {
    index: Index,
    data: Vec<u8>,
    open: Vec<u8>,
}

impl Writer {
    /// Adds the next value; an empty slice means "none".
    pub(crate) fn push(&mut self, value: &[u8]) -> Result<(), Error> {
        let entry = (self.index.blocks.len() as u32, self.open.len() as u32, value.len() as u32);
        self.index.values.push(entry);
        self.open.extend_from_slice(value);
        if self.open.len() >= BLOCK_BYTES { self.close() } else { Ok(()) }
    }

    fn close(&mut self) -> Result<(), Error> {
        if !self.open.is_empty() {
            self.index.blocks.push((self.data.len() as u64, self.open.len() as u64));
            self.data.extend(zstd::bulk::compress(&self.open, LEVEL)?);
            self.open.clear();
        }
        Ok(())
    }

    /// The index and the compressed data.
    pub(crate) fn finish(mut self) -> Result<(Index, Vec<u8>), Error> {
        self.close()?;
        Ok((self.index, self.data))
    }
}

impl Index {
    /// Value `i`, or `None` where there is none.
    pub(crate) fn get(&self, data: &[u8], i: usize) -> Result<Option<Vec<u8>>, Error> {
        let &(block, start, length) = self.values.get(i).ok_or(Error::Damaged("value index"))?;
        if length == 0 {
            return Ok(None);
        }
        let block = block as usize;
        let &(from, raw) = self.blocks.get(block).ok_or(Error::Damaged("block index"))?;
        let to = self.blocks.get(block + 1).map_or(data.len() as u64, |next| next.0);
        let bytes = data.get(from as usize..to as usize).ok_or(Error::Damaged("block bounds"))?;
        if raw as usize > MAX_BLOCK_BYTES {
            return Err(Error::Damaged("block length"));
        }
        let raw = zstd::bulk::decompress(bytes, raw as usize)?;
        let end = start as usize + length as usize;
        raw.get(start as usize..end).map(|v| Some(v.to_vec())).ok_or(Error::Damaged("value bounds"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_across_blocks() {
        let values: Vec<Vec<u8>> = (0..200u32).map(|i| vec![i as u8; (i as usize * 37) % 900]).collect();
        let mut writer = Writer::default();
        for value in &values {
            writer.push(value).unwrap();
        }
        let (index, data) = writer.finish().unwrap();
        assert!(index.blocks.len() > 3);
        for (i, value) in values.iter().enumerate() {
            assert_eq!(index.get(&data, i).unwrap().unwrap_or_default(), *value);
        }
        assert!(index.get(&data, 200).is_err());
    }
}
