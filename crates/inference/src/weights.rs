//! Tensors from safetensors files, one at a time.
//!
//! A file is a length, a JSON header that names each tensor with its type, shape and place, then the bytes.
//! Everything is checked against the length of the file before a tensor is read, and a tensor is read in
//! pieces: a hostile file costs no more memory than the model that it truly holds.

use crate::Error;
use half::f16;
use half::slice::HalfFloatSliceExt;
use serde::Deserialize;
use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Bytes of all the weights together.
const MOST_BYTES: u64 = 4 << 30;
/// Bytes of a header: large models have some thousand tensors of 100 bytes each.
const MOST_HEADER: u64 = 16 << 20;
/// Bytes read at once.
const PIECE: usize = 1 << 20;

/// The type of a tensor's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    F32,
    F16,
    Bf16,
}

impl Kind {
    fn parse(name: &str) -> Option<Kind> {
        match name {
            "F32" => Some(Kind::F32),
            "F16" => Some(Kind::F16),
            "BF16" => Some(Kind::Bf16),
            _ => None,
        }
    }

    fn bytes(self) -> usize {
        if self == Kind::F32 { 4 } else { 2 }
    }

    /// Whether all numbers are finite: none has every bit of its exponent set.
    fn are_finite(self, bytes: &[u8]) -> bool {
        let (halves, _) = bytes.as_chunks::<2>();
        let below = |mask: u16| halves.iter().all(|half| u16::from_le_bytes(*half) & mask != mask);
        match self {
            Kind::F32 => {
                let (words, _) = bytes.as_chunks::<4>();
                words.iter().all(|word| u32::from_le_bytes(*word) & 0x7F80_0000 != 0x7F80_0000)
            }
            Kind::F16 => below(0x7C00),
            Kind::Bf16 => below(0x7F80),
        }
    }

    /// The numbers as f32, into as many places.
    fn decode(self, bytes: &[u8], out: &mut [f32]) {
        /// Numbers converted together: the processor has an instruction for it.
        const BLOCK: usize = 64;
        let (halves, _) = bytes.as_chunks::<2>();
        match self {
            Kind::F32 => {
                let (words, _) = bytes.as_chunks::<4>();
                out.iter_mut().zip(words).for_each(|(out, word)| *out = f32::from_le_bytes(*word));
            }
            Kind::F16 => {
                for (out, halves) in out.chunks_mut(BLOCK).zip(halves.chunks(BLOCK)) {
                    let mut block = [f16::ZERO; BLOCK];
                    let block = &mut block[..halves.len()];
                    block.iter_mut().zip(halves).for_each(|(b, half)| *b = f16::from_le_bytes(*half));
                    block.convert_to_f32_slice(out);
                }
            }
            Kind::Bf16 => {
                let number = |half: &[u8; 2]| f32::from_bits(u32::from(u16::from_le_bytes(*half)) << 16);
                out.iter_mut().zip(halves).for_each(|(out, half)| *out = number(half));
            }
        }
    }
}

/// One entry of a header.
#[derive(Debug, Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: (u64, u64),
}

/// Where a tensor is.
#[derive(Debug)]
struct Place {
    shard: usize,
    dtype: String,
    shape: Vec<usize>,
    begin: u64,
    bytes: u64,
}

/// The open files of a model's weights.
#[derive(Debug)]
pub(crate) struct Weights {
    shards: Vec<(PathBuf, File)>,
    places: HashMap<String, Place>,
}

impl Weights {
    /// Reads the headers.
    pub(crate) fn open(files: &[PathBuf]) -> Result<Weights, Error> {
        let mut weights = Weights { shards: Vec::new(), places: HashMap::new() };
        let mut total = 0;
        for path in files {
            let unread = |source| Error::Read { file: path.clone(), source };
            let mut file = File::open(path).map_err(unread)?;
            let length = file.metadata().map_err(unread)?.len();
            total += length;
            if total > MOST_BYTES {
                return Err(Error::TooLarge { file: path.clone(), bytes: total, limit: MOST_BYTES });
            }
            let (header, data) = header(path, &mut file, length)?;
            let shard = weights.shards.len();
            for (name, entry) in header {
                let Entry { dtype, shape, data_offsets: (begin, end) } = entry;
                let place = Place { shard, dtype, shape, begin: data + begin, bytes: end - begin };
                weights.places.insert(name, place);
            }
            weights.shards.push((path.clone(), file));
        }
        Ok(weights)
    }

    /// Whether there is such a tensor.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// A tensor of this shape, its numbers made f32.
    pub(crate) fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
        let mut numbers = Vec::new();
        self.pieces(name, shape, |kind, piece| {
            let start = numbers.len();
            numbers.resize(start + piece.len() / kind.bytes(), 0.0);
            kind.decode(piece, &mut numbers[start..]);
            Ok(())
        })?;
        Ok(numbers)
    }

    /// A table of which few rows are used at a time: kept as it is in the file.
    pub(crate) fn table(&mut self, name: &str, rows: usize, width: usize) -> Result<Table, Error> {
        let mut bytes = Vec::new();
        let kind = self.pieces(name, &[rows, width], |_, piece| {
            // A table of zeros is refused at its first piece, however long it says it is.
            if bytes.is_empty() && piece.iter().all(|b| *b == 0) {
                return Err("has only zeros");
            }
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(Table { kind, width, bytes })
    }

    /// Hands a tensor's bytes to `take`, piece by piece, once its numbers are seen to be finite.
    fn pieces(
        &mut self,
        name: &str,
        shape: &[usize],
        mut take: impl FnMut(Kind, &[u8]) -> Result<(), &'static str>,
    ) -> Result<Kind, Error> {
        let wrong = |problem: String| Error::Tensor { name: name.to_owned(), problem };
        let place = self.places.get(name).ok_or_else(|| wrong("is missing".to_owned()))?;
        if place.shape != shape {
            return Err(wrong(format!("has the shape {:?}, not {shape:?}", place.shape)));
        }
        let kind = Kind::parse(&place.dtype)
            .ok_or_else(|| Error::Unsupported { what: "tensors of type", value: place.dtype.clone() })?;
        if place.bytes != (shape.iter().product::<usize>() * kind.bytes()) as u64 {
            return Err(wrong("has another length than its shape".to_owned()));
        }
        let (path, file) = &mut self.shards[place.shard];
        let unread = |source| Error::Read { file: path.clone(), source };
        file.seek(SeekFrom::Start(place.begin)).map_err(unread)?;
        let mut left = place.bytes as usize;
        let mut piece = vec![0; PIECE.min(left)];
        while left > 0 {
            let piece = &mut piece[..PIECE.min(left)];
            file.read_exact(piece).map_err(unread)?;
            if !kind.are_finite(piece) {
                return Err(wrong("holds a number that is not finite".to_owned()));
            }
            take(kind, piece).map_err(|problem| wrong(problem.to_owned()))?;
            left -= piece.len();
        }
        Ok(kind)
    }
}

/// The entries of a file's header, and where its data begin.
fn header(path: &Path, file: &mut File, length: u64) -> Result<(HashMap<String, Entry>, u64), Error> {
    let unread = |source| Error::Read { file: path.to_owned(), source };
    let wrong = |problem: &str| Error::Format { file: path.to_owned(), problem: problem.to_owned() };
    if length < 8 {
        return Err(wrong("it is shorter than its header"));
    }
    let mut size = [0; 8];
    file.read_exact(&mut size).map_err(unread)?;
    let size = u64::from_le_bytes(size);
    if !(2..=MOST_HEADER.min(length - 8)).contains(&size) {
        return Err(wrong("its header has an impossible length"));
    }
    let mut json = vec![0; size as usize];
    file.read_exact(&mut json).map_err(unread)?;
    let mut parsed: HashMap<String, serde_json::Value> =
        serde_json::from_slice(&json).map_err(|_| wrong("its header is not a JSON object"))?;
    parsed.remove("__metadata__");
    let mut entries = HashMap::with_capacity(parsed.len());
    let mut end = 0;
    for (name, value) in parsed {
        let entry: Entry = serde_json::from_value(value).map_err(|_| wrong("its header is incomplete"))?;
        if entry.data_offsets.0 > entry.data_offsets.1 {
            return Err(wrong("a tensor ends before it begins"));
        }
        end = end.max(entry.data_offsets.1);
        entries.insert(name, entry);
    }
    if end > length - 8 - size {
        return Err(wrong("it is cut: tensors lie beyond its end"));
    }
    Ok((entries, 8 + size))
}

/// Rows that are looked up by their number.
#[derive(Debug)]
pub(crate) struct Table {
    kind: Kind,
    width: usize,
    bytes: Vec<u8>,
}

impl Table {
    /// Adds a row to `out`.
    pub(crate) fn add(&self, row: usize, out: &mut [f32]) {
        const BLOCK: usize = 64;
        let size = self.kind.bytes();
        let bytes = &self.bytes[row * self.width * size..][..self.width * size];
        for (out, bytes) in out.chunks_mut(BLOCK).zip(bytes.chunks(BLOCK * size)) {
            let mut numbers = [0.0; BLOCK];
            self.kind.decode(bytes, &mut numbers[..out.len()]);
            out.iter_mut().zip(numbers).for_each(|(out, number)| *out += number);
        }
    }
}
