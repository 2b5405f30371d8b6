//! The pack: one record's items, readings and full-text index as one immutable object.
//!
//! ```text
//! magic "MESPACK1" | format u32 | analysis u32 | applied sequence u64 | 7 × (start u64, length u64)
//! rows (zstd) | items: index, blocks | readings: index, blocks | full text: table, files
//! ```
//! Numbers are little-endian. The pack carries no checksum: the store seals it.

use crate::Error;
use crate::blocks::Index as BlockIndex;
use crate::build::Entry;
use crate::directory::{self, PackDirectory, Table};
use crate::row::Row;
use crate::schema::{Field, index_field};
use record::french::ANALYZER;
use record::{Item, Reading};
use std::ops::Range;
use std::sync::Arc;
use tantivy::InvertedIndexReader;
use tantivy::directory::OwnedBytes;

const MAGIC: &[u8; 8] = b"MESPACK1";
/// Version of the layout and of the rows.
const FORMAT: u32 = 1;
const SECTIONS: usize = 7;
const HEADER: usize = 8 + 4 + 4 + 8 + SECTIONS * 16;
/// Rows of the largest record that is accepted, in bytes.
const MAX_ROWS_BYTES: usize = 512 * 1024 * 1024;

type Blocks = (BlockIndex, Vec<u8>);

pub(crate) fn assemble(
    applied_sequence: u64,
    rows: &Vec<Row>,
    items: Blocks,
    readings: Blocks,
    index: (Table, Vec<u8>),
) -> Result<Vec<u8>, Error> {
    let raw_rows = record::encode(rows);
    let mut packed_rows = (raw_rows.len() as u64).to_le_bytes().to_vec();
    packed_rows.extend(zstd::bulk::compress(&raw_rows, 9)?);
    let sections: [Vec<u8>; SECTIONS] = [
        packed_rows,
        record::encode(&items.0),
        items.1,
        record::encode(&readings.0),
        readings.1,
        record::encode(&index.0),
        index.1,
    ];
    let mut out = Vec::with_capacity(HEADER + sections.iter().map(Vec::len).sum::<usize>());
    out.extend(MAGIC);
    out.extend(FORMAT.to_le_bytes());
    out.extend(ANALYZER.to_le_bytes());
    out.extend(applied_sequence.to_le_bytes());
    let mut start = HEADER as u64;
    for section in &sections {
        out.extend(start.to_le_bytes());
        out.extend((section.len() as u64).to_le_bytes());
        start += section.len() as u64;
    }
    sections.into_iter().for_each(|section| out.extend(section));
    Ok(out)
}

/// An open pack. It holds the record's bytes in memory and no file handle.
pub struct Pack {
    bytes: OwnedBytes,
    applied_sequence: u64,
    pub(crate) rows: Vec<Row>,
    items: BlockIndex,
    item_data: Range<usize>,
    readings: BlockIndex,
    reading_data: Range<usize>,
    fields: Vec<Arc<InvertedIndexReader>>,
}

impl std::fmt::Debug for Pack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pack({} items, {} bytes)", self.rows.len(), self.bytes.len())
    }
}

impl Pack {
    /// Opens a pack from its bytes.
    ///
    /// # Errors
    /// Bytes that are no pack, or a pack of another version (build it again).
    pub fn open(bytes: Vec<u8>) -> Result<Pack, Error> {
        let bytes = OwnedBytes::new(bytes);
        let (applied_sequence, sections) = header(&bytes)?;
        let [rows, items, item_data, readings, reading_data, table, files] = sections;
        let table: Table = record::decode(&bytes[table])?;
        let index = directory::open(PackDirectory::new(table, &bytes, files)?)?;
        let rows = unpack_rows(&bytes[rows])?;
        let searcher = index.reader_builder().reload_policy(tantivy::ReloadPolicy::Manual).try_into()?;
        let searcher = searcher.searcher();
        let fields = match searcher.segment_readers() {
            [segment] if segment.max_doc() as usize == rows.len() => Field::ALL
                .into_iter()
                .map(|f| segment.inverted_index(index_field(f)))
                .collect::<Result<_, _>>()?,
            [] if rows.is_empty() => Vec::new(),
            _ => return Err(Error::Damaged("rows and index differ")),
        };
        Ok(Pack {
            applied_sequence,
            rows,
            items: record::decode(&bytes[items])?,
            item_data,
            readings: record::decode(&bytes[readings])?,
            reading_data,
            fields,
            bytes,
        })
    }

    /// The sequence of the ledger that the pack contains.
    #[must_use]
    pub fn applied_sequence(&self) -> u64 {
        self.applied_sequence
    }

    /// Bytes in memory, roughly: what a cache should count.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.bytes.len() + self.rows.len() * (std::mem::size_of::<Row>() + 200)
    }

    /// The entries that the pack was built from, for the next build: derived items are inside readings.
    ///
    /// # Errors
    /// A damaged pack.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        let own = self.rows.iter().enumerate().filter(|(_, row)| row.parent.is_none());
        own.map(|(i, row)| {
            let (item, reading) = (self.item(i)?, self.reading(i)?);
            Ok(Entry { item, reading, received: row.received, readable: row.readable })
        })
        .collect()
    }

    pub(crate) fn item(&self, row: usize) -> Result<Item, Error> {
        let bytes = self.items.get(&self.bytes[self.item_data.clone()], row)?;
        Ok(record::decode(&bytes.ok_or(Error::Damaged("no item"))?)?)
    }

    pub(crate) fn reading(&self, row: usize) -> Result<Option<Reading>, Error> {
        let bytes = self.readings.get(&self.bytes[self.reading_data.clone()], row)?;
        Ok(bytes.map(|b| record::decode(&b)).transpose()?)
    }

    /// The inverted index of a field; `None` in an empty pack.
    pub(crate) fn field(&self, field: Field) -> Option<&InvertedIndexReader> {
        self.fields.get(field as usize).map(|f| &**f)
    }
}

fn header(bytes: &[u8]) -> Result<(u64, [Range<usize>; SECTIONS]), Error> {
    if bytes.len() < HEADER || &bytes[..8] != MAGIC {
        return Err(Error::Damaged("no pack"));
    }
    let word = |at: usize| bytes[at..at + 4].iter().rev().fold(0u32, |n, b| n << 8 | u32::from(*b));
    let long = |at: usize| bytes[at..at + 8].iter().rev().fold(0u64, |n, b| n << 8 | u64::from(*b));
    let (format, analyzer) = (word(8), word(12));
    if (format, analyzer) != (FORMAT, ANALYZER) {
        return Err(Error::Version {
            format,
            analyzer,
            expected_format: FORMAT,
            expected_analyzer: ANALYZER,
        });
    }
    let mut sections: [Range<usize>; SECTIONS] = Default::default();
    for (i, section) in sections.iter_mut().enumerate() {
        let (start, length) = (long(24 + i * 16), long(32 + i * 16));
        let end = start.checked_add(length).filter(|end| *end <= bytes.len() as u64);
        *section = start as usize..end.ok_or(Error::Damaged("section bounds"))? as usize;
    }
    Ok((long(16), sections))
}

fn unpack_rows(section: &[u8]) -> Result<Vec<Row>, Error> {
    let (length, packed) = section.split_at_checked(8).ok_or(Error::Damaged("rows"))?;
    let length = length.iter().rev().fold(0usize, |n, b| n << 8 | usize::from(*b));
    if length > MAX_ROWS_BYTES {
        return Err(Error::Damaged("rows length"));
    }
    Ok(record::decode(&zstd::bulk::decompress(packed, length)?)?)
}
