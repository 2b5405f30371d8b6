//! Vectors of a record's pieces as one object, and the exact scan over them.
//!
//! ```text
//! magic "MESVECT1" | length u32 | head (CBOR) | scales, f32 each | values, i8 each, a vector after the other
//! ```
//!
//! A value is a 127th of its vector's largest one, so that a vector is a quarter of its size in f32. The scan
//! multiplies whole numbers: every processor gives the same sums, whatever it adds at once.

use crate::piece::{Piece, Place, digest, pieces};
use crate::{Error, Pack};
use minicbor::{Decode, Encode};
use record::ItemId;
use std::collections::HashMap;
use std::ops::Range;

const MAGIC: &[u8; 8] = b"MESVECT1";
/// Largest value of a query: sums over [`MOST_DIMENSIONS`] fit in 32 bits.
const QUERY_STEPS: f32 = 4_095.0;
const MOST_DIMENSIONS: usize = 4_096;

#[derive(Encode, Decode)]
struct Head {
    #[n(0)]
    model: String,
    #[n(1)]
    dimension: u32,
    #[n(2)]
    entries: Vec<Entry>,
    /// For each vector: passage, first and last byte in it; none for the line that says what the item is.
    #[n(3)]
    places: Vec<Option<(u32, u32, u32)>>,
}

/// The vectors of one item.
#[derive(Encode, Decode)]
struct Entry {
    #[n(0)]
    item: ItemId,
    /// Of the pieces that were embedded.
    #[n(1)]
    digest: u64,
    #[n(2)]
    first: u32,
    #[n(3)]
    count: u32,
}

/// Vectors of one record by one model, opened.
pub struct Vectors {
    model: String,
    dimension: usize,
    entries: HashMap<ItemId, (u64, Range<usize>)>,
    places: Vec<Option<(u32, u32, u32)>>,
    scales: Vec<f32>,
    values: Vec<i8>,
}

impl std::fmt::Debug for Vectors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vectors({} × {}, {})", self.scales.len(), self.dimension, self.model)
    }
}

impl Vectors {
    /// Opens vectors from their bytes.
    ///
    /// # Errors
    /// Bytes that are no vectors.
    pub fn open(bytes: &[u8]) -> Result<Vectors, Error> {
        let damaged = || Error::Damaged("no vectors");
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(damaged)?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
        let (head, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(damaged)?;
        let Head { model, dimension, entries, places } = record::decode(head)?;
        let (count, dimension) = (places.len(), dimension as usize);
        if dimension == 0 || dimension > MOST_DIMENSIONS {
            return Err(damaged());
        }
        let (scales, values) = rest.split_at_checked(count * 4).ok_or_else(damaged)?;
        let whole =
            |e: &Entry| (e.first as usize).checked_add(e.count as usize).is_some_and(|end| end <= count);
        if Some(values.len()) != count.checked_mul(dimension) || !entries.iter().all(whole) {
            return Err(damaged());
        }
        let range = |e: &Entry| e.first as usize..(e.first + e.count) as usize;
        Ok(Vectors {
            model,
            dimension,
            entries: entries
                .into_iter()
                .map(|e| {
                    let r = range(&e);
                    (e.item, (e.digest, r))
                })
                .collect(),
            places,
            scales: scales.as_chunks::<4>().0.iter().map(|c| f32::from_le_bytes(*c)).collect(),
            values: values.iter().map(|v| v.cast_signed()).collect(),
        })
    }

    /// Id of the model that made them.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scales.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scales.is_empty()
    }

    /// Bytes in memory, roughly.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.values.len() + self.scales.len() * 24 + self.entries.len() * 100
    }

    /// The numbers of the item's vectors, if they are of its pieces as they are now.
    pub(crate) fn of(&self, item: &ItemId, digest: u64) -> Option<Range<usize>> {
        self.entries.get(item).filter(|(of, _)| *of == digest).map(|(_, range)| range.clone())
    }

    /// Where in its document a vector's text stands.
    pub(crate) fn place(&self, vector: usize) -> Option<Place> {
        let (passage, start, end) = (*self.places.get(vector)?)?;
        Some(Place { passage, bytes: start..end })
    }

    /// The nearest of each range of vectors: its number and its cosine to the query. An empty range, or a
    /// query of another dimension, has none.
    pub(crate) fn nearest(&self, query: &[f32], ranges: &[Range<usize>]) -> Vec<Option<(usize, f32)>> {
        if query.len() != self.dimension {
            return vec![None; ranges.len()];
        }
        let (steps, unit) = query_steps(query);
        pulp::Arch::new().dispatch(
            #[inline(always)]
            || {
                let best = |range: &Range<usize>| self.best(&steps, unit, range.clone());
                ranges.iter().map(best).collect()
            },
        )
    }

    /// The cosine of a query to one vector.
    pub(crate) fn cosine(&self, query: &[f32], vector: usize) -> Option<f32> {
        self.nearest(query, std::slice::from_ref(&(vector..vector + 1)))[0].map(|(_, cosine)| cosine)
    }

    #[inline(always)]
    fn best(&self, query: &[i16], unit: f32, range: Range<usize>) -> Option<(usize, f32)> {
        let values = self.values.get(range.start * self.dimension..range.end * self.dimension)?;
        let mut best: Option<(usize, f32)> = None;
        for (at, vector) in values.chunks_exact(self.dimension).enumerate() {
            let number = range.start + at;
            let cosine = dot(query, vector) as f32 * (self.scales[number] * unit);
            if best.is_none_or(|(_, known)| cosine > known) {
                best = Some((number, cosine));
            }
        }
        best
    }
}

#[inline(always)]
fn dot(query: &[i16], vector: &[i8]) -> i32 {
    query.iter().zip(vector).map(|(q, v)| i32::from(*q) * i32::from(*v)).sum()
}

/// A query in whole steps, and the size of a step.
fn query_steps(query: &[f32]) -> (Vec<i16>, f32) {
    let largest = query.iter().fold(0f32, |most, v| most.max(v.abs()));
    if !largest.is_normal() {
        return (vec![0; query.len()], 0.0);
    }
    let unit = largest / QUERY_STEPS;
    (query.iter().map(|v| (v / unit).round() as i16).collect(), unit)
}

/// A vector of length 1 in 127ths of its largest value; of zeros if it has no direction.
fn quantise(vector: &[f32], values: &mut Vec<i8>) -> f32 {
    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    let largest = vector.iter().fold(0f32, |most, v| most.max(v.abs()));
    if !length.is_normal() || !largest.is_normal() {
        values.extend(std::iter::repeat_n(0, vector.len()));
        return 0.0;
    }
    let step = largest / 127.0;
    values.extend(vector.iter().map(|v| (v / step).round() as i8));
    step / length
}

/// The pieces of a pack on their way to being vectors: what a model has embedded already is not embedded
/// again, and a text that occurs twice is embedded once.
pub struct Embedding {
    model: String,
    dimension: usize,
    entries: Vec<Entry>,
    places: Vec<Option<(u32, u32, u32)>>,
    /// Where each vector comes from.
    origins: Vec<Origin>,
    texts: Vec<String>,
    kept_scales: Vec<f32>,
    kept_values: Vec<i8>,
}

enum Origin {
    Kept(usize),
    Text(usize),
}

impl Embedding {
    /// What there is to embed of a pack by a model; `before` are vectors of an earlier pack.
    ///
    /// # Errors
    /// A damaged pack.
    pub fn new(pack: &Pack, model: &str, dimension: usize, before: Option<&Vectors>) -> Result<Self, Error> {
        let before = before.filter(|b| b.model == model && b.dimension == dimension);
        let mut out = Embedding {
            model: model.to_owned(),
            dimension,
            entries: Vec::new(),
            places: Vec::new(),
            origins: Vec::new(),
            texts: Vec::new(),
            kept_scales: Vec::new(),
            kept_values: Vec::new(),
        };
        let mut known: HashMap<String, usize> = HashMap::new();
        for (number, row) in pack.rows.iter().enumerate() {
            // A pack of an earlier build does not say what its pieces were.
            let Some(of) = row.pieces else { continue };
            let first = out.places.len() as u32;
            match before.and_then(|b| Some((b, b.of(&row.id, of)?))) {
                Some((before, range)) => out.keep(before, range),
                None => {
                    let pieces = pieces(&pack.item(number)?, pack.reading(number)?.as_ref());
                    debug_assert_eq!(digest(&pieces), of, "the same rules made the row");
                    out.add(pieces, &mut known);
                }
            }
            let count = out.places.len() as u32 - first;
            out.entries.push(Entry { item: row.id.clone(), digest: of, first, count });
        }
        Ok(out)
    }

    fn keep(&mut self, before: &Vectors, range: Range<usize>) {
        for number in range {
            self.origins.push(Origin::Kept(self.kept_scales.len()));
            self.places.push(before.places[number]);
            self.kept_scales.push(before.scales[number]);
            let start = number * self.dimension;
            self.kept_values.extend(&before.values[start..start + self.dimension]);
        }
    }

    fn add(&mut self, pieces: Vec<Piece>, known: &mut HashMap<String, usize>) {
        for Piece { place, text } in pieces {
            self.places.push(place.map(|p| (p.passage, p.bytes.start, p.bytes.end)));
            let at = *known.entry(text).or_insert_with_key(|text| {
                self.texts.push(text.clone());
                self.texts.len() - 1
            });
            self.origins.push(Origin::Text(at));
        }
    }

    /// The texts to embed, each once.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// The object, from the vectors of [`Embedding::texts`], in their order.
    ///
    /// # Errors
    /// Another number of vectors than of texts, or one of another dimension.
    pub fn finish(self, vectors: &[Vec<f32>]) -> Result<Vec<u8>, Error> {
        if vectors.len() != self.texts.len() || vectors.iter().any(|v| v.len() != self.dimension) {
            return Err(Error::Damaged("vectors do not fit the texts"));
        }
        let (mut fresh_scales, mut fresh_values) = (Vec::new(), Vec::new());
        for vector in vectors {
            fresh_scales.push(quantise(vector, &mut fresh_values));
        }
        let head = Head {
            model: self.model,
            dimension: self.dimension as u32,
            entries: self.entries,
            places: self.places,
        };
        let head = record::encode(&head);
        let count = self.origins.len();
        let mut out = Vec::with_capacity(12 + head.len() + count * (4 + self.dimension));
        out.extend(MAGIC);
        out.extend((head.len() as u32).to_le_bytes());
        out.extend(head);
        let from = |origin: &Origin| match origin {
            Origin::Kept(at) => (*at, &self.kept_scales, &self.kept_values),
            Origin::Text(at) => (*at, &fresh_scales, &fresh_values),
        };
        for origin in &self.origins {
            let (at, scales, _) = from(origin);
            out.extend(scales[at].to_le_bytes());
        }
        for origin in &self.origins {
            let (at, _, values) = from(origin);
            let values = &values[at * self.dimension..(at + 1) * self.dimension];
            out.extend(values.iter().map(|v| v.cast_unsigned()));
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Vectors of pieces that stand for items `0…`, each with as many as `counts` says.
    fn object(dimension: usize, counts: &[usize], vectors: &[Vec<f32>]) -> Vec<u8> {
        let (mut entries, mut first) = (Vec::new(), 0u32);
        for (i, count) in counts.iter().enumerate() {
            let item = format!("Observation/{i}").parse().unwrap();
            entries.push(Entry { item, digest: i as u64, first, count: *count as u32 });
            first += *count as u32;
        }
        let embedding = Embedding {
            model: "m".to_owned(),
            dimension,
            entries,
            places: vec![None; vectors.len()],
            origins: (0..vectors.len()).map(Origin::Text).collect(),
            texts: vec![String::new(); vectors.len()],
            kept_scales: Vec::new(),
            kept_values: Vec::new(),
        };
        embedding.finish(vectors).unwrap()
    }

    fn cosine(a: &[f32], b: &[f32]) -> f64 {
        let dot = |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum() };
        let lengths = (dot(a, a) * dot(b, b)).sqrt();
        if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
    }

    fn unit(vector: &[f32]) -> Vec<f32> {
        let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
        vector.iter().map(|v| if length > 0.0 { v / length } else { 0.0 }).collect()
    }

    proptest! {
        /// The scan is the cosine in floating point, but for the steps of a byte; and of each range it
        /// names a vector that is as near as the nearest, but for the same.
        #[test]
        fn the_scan_is_the_cosine_of_the_naive_model(
            dimension in 1usize..80,
            counts in prop::collection::vec(0usize..5, 1..6),
            seed in prop::collection::vec(-1.0f32..1.0, 80 * 31),
        ) {
            let total: usize = counts.iter().sum();
            let vectors: Vec<Vec<f32>> = (0..total).map(|i| unit(&seed[i * dimension..(i + 1) * dimension])).collect();
            let query = unit(&seed[30 * 80..30 * 80 + dimension]);
            let opened = Vectors::open(&object(dimension, &counts, &vectors)).unwrap();
            let ranges: Vec<Range<usize>> = (0..counts.len())
                .map(|i| opened.of(&format!("Observation/{i}").parse().unwrap(), i as u64).unwrap())
                .collect();
            for (range, found) in ranges.iter().zip(opened.nearest(&query, &ranges)) {
                let exact: Vec<f64> = range.clone().map(|i| cosine(&query, &vectors[i])).collect();
                let best = exact.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                match found {
                    None => prop_assert!(range.is_empty()),
                    Some((number, scanned)) => {
                        prop_assert!(range.contains(&number));
                        prop_assert!((f64::from(scanned) - cosine(&query, &vectors[number])).abs() < 0.02);
                        prop_assert!(best - cosine(&query, &vectors[number]) < 0.04);
                    }
                }
            }
        }

        /// Whole numbers: whatever the processor adds at once, the sums are those of one after the other.
        #[test]
        fn the_scan_is_exact(query in prop::collection::vec(-4095i16..=4095, 1..600), seed in any::<u64>()) {
            let value = |i: usize| (seed.rotate_left(i as u32 % 64) >> 56) as u8;
            let vector: Vec<i8> = (0..query.len()).map(|i| value(i).cast_signed()).collect();
            let slow: i64 = query.iter().zip(&vector).map(|(q, v)| i64::from(*q) * i64::from(*v)).sum();
            let fast = pulp::Arch::new().dispatch(#[inline(always)] || dot(&query, &vector));
            prop_assert_eq!(i64::from(fast), slow);
        }
    }

    #[test]
    fn the_largest_sum_fits() {
        let (query, vector) = (vec![QUERY_STEPS as i16; MOST_DIMENSIONS], vec![-127i8; MOST_DIMENSIONS]);
        assert_eq!(i64::from(dot(&query, &vector)), -127 * 4_095 * MOST_DIMENSIONS as i64);
    }

    #[test]
    fn vectors_without_direction_are_near_to_nothing() {
        let opened =
            Vectors::open(&object(2, &[3], &[vec![0.0, 0.0], vec![f32::NAN, 1.0], vec![1.0, 0.0]])).unwrap();
        let near = |query: &[f32]| opened.nearest(query, &[0..2, 2..3, 0..0]);
        assert_eq!(near(&[1.0, 0.0])[0], Some((0, 0.0)));
        assert!((near(&[1.0, 0.0])[1].unwrap().1 - 1.0).abs() < 1e-3);
        assert_eq!(near(&[1.0, 0.0])[2], None);
        assert_eq!(near(&[f32::NAN, 0.0])[1].unwrap().1, 0.0);
        assert_eq!(near(&[1.0]), [None; 3], "a query of another dimension");
    }

    #[test]
    fn cut_and_foreign_bytes_are_refused() {
        let whole = object(3, &[1, 2], &[vec![1.0, 2.0, 3.0], vec![0.5, 0.0, 0.0], vec![0.0, 1.0, 0.0]]);
        assert_eq!(Vectors::open(&whole).unwrap().len(), 3);
        for length in 0..whole.len() {
            assert!(Vectors::open(&whole[..length]).is_err(), "{length}");
        }
        assert!(Vectors::open(&[&whole[..], b"x"].concat()).is_err());
    }

    /// Prints how long a scan takes, beside what reading as many bytes takes at all:
    /// `MES_MEASURE=1 cargo test --release -p search speed_of_the_scan -- --nocapture`.
    #[test]
    fn speed_of_the_scan() {
        if std::env::var_os("MES_MEASURE").is_none() {
            return;
        }
        use std::hint::black_box;
        use std::io::Write as _;
        use std::time::{Duration, Instant};
        const DIMENSION: usize = 384;
        let fastest = |work: &dyn Fn()| {
            let time = || {
                let start = Instant::now();
                work();
                start.elapsed()
            };
            (0..40).map(|_| time()).min().unwrap_or(Duration::MAX).as_secs_f64()
        };
        let mut out = std::io::stdout().lock();
        for count in [1_000usize, 25_000, 50_000, 100_000] {
            let mut state = 1u32;
            let mut random = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state as f32 / u32::MAX as f32 - 0.5
            };
            let vectors: Vec<Vec<f32>> =
                (0..count).map(|_| (0..DIMENSION).map(|_| random()).collect()).collect();
            let query: Vec<f32> = (0..DIMENSION).map(|_| random()).collect();
            let opened = Vectors::open(&object(DIMENSION, &vec![10; count / 10], &vectors)).unwrap();
            let ranges: Vec<Range<usize>> = (0..count / 10).map(|i| i * 10..i * 10 + 10).collect();
            let scan = fastest(&|| drop(black_box(opened.nearest(&query, &ranges))));
            let sum = |values: &[i8]| {
                let sum = |part: &[i8]| part.iter().fold(0u8, |sum, v| sum.wrapping_add(v.cast_unsigned()));
                pulp::Arch::new().dispatch(
                    #[inline(always)]
                    || values.chunks(4_096).map(sum).fold(0, u8::wrapping_add),
                )
            };
            let read = fastest(&|| _ = black_box(sum(&opened.values)));
            let rate = |seconds: f64| opened.values.len() as f64 / seconds / 1e9;
            writeln!(
                out,
                "{count:>7} vectors of {DIMENSION}: {:8.1} µs, {:5.1} GB/s; the bytes read and added: {:5.1} GB/s",
                scan * 1e6,
                rate(scan),
                rate(read)
            )
            .unwrap();
        }
    }
}
