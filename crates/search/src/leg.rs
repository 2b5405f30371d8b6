//! The lexical leg: BM25F over all fields of an item, on visible items alone.
//!
//! S. Robertson, H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section
//! 3.6: term frequencies are weighted and normalised for each field, added, and saturated once.
//! Document frequencies are those of the visible items, blended with a frozen national table as if that
//! table were some further items: in a small record the nation speaks, in a large one the record.

use crate::expand::{self, Match, Variant};
use crate::parse::Word;
use crate::query::{Query, Reading};
use crate::schema::{Field, index_field};
use crate::view::View;
use crate::{Error, Weights};
use tantivy::postings::Postings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, TERMINATED, Term};

const K1: f32 = 1.2;
/// How many items of the record the national table weighs as much as.
const NATIONAL_ITEMS: f32 = 60.0;

/// What the visible items look like, and how their words are weighed.
pub(crate) struct Statistics {
    items: f32,
    /// Mean length of each field, over the items that have it.
    mean_lengths: [f32; Field::COUNT],
    weights: Weights,
    /// Whether a word that nothing holds is looked for as one spelt almost so.
    spelling: bool,
}

impl Statistics {
    pub(crate) fn new(view: &View, visible: &[bool], query: &Query) -> Self {
        let (mut items, mut sums, mut counts) = (0u32, [0u64; Field::COUNT], [0u64; Field::COUNT]);
        for (pack, offset) in view.packs() {
            for (row, _) in pack.rows.iter().zip(&visible[offset..]).filter(|(_, visible)| **visible) {
                items += 1;
                for (i, length) in row.lengths.iter().enumerate() {
                    sums[i] += u64::from(*length);
                    counts[i] += u64::from(*length > 0);
                }
            }
        }
        let mean = |i: usize| if counts[i] == 0 { 1.0 } else { sums[i] as f32 / counts[i] as f32 };
        Statistics {
            items: items as f32,
            mean_lengths: std::array::from_fn(mean),
            weights: query.weights,
            spelling: !query.ignore.contains(&Reading::Spelling),
        }
    }

    /// Inverse document frequency, never negative.
    fn idf(&self, items_with_it: usize, national_key: &str) -> f32 {
        let national = lexicon::national_document_frequency(national_key) as f32;
        let share = national / lexicon::NATIONAL_DOCUMENTS as f32;
        let with = items_with_it as f32 + NATIONAL_ITEMS * share;
        let all = self.items + NATIONAL_ITEMS;
        (1.0 + (all - with + 0.5) / (with + 0.5)).ln()
    }
}

/// What one word of the query found.
pub(crate) struct Found {
    pub(crate) typed: String,
    pub(crate) variants: Vec<Variant>,
    pub(crate) idf: f32,
    /// For each item that has it: the weighted term frequency and the best variant, by item.
    pub(crate) hits: Vec<FoundIn>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct FoundIn {
    pub(crate) item: u32,
    pub(crate) frequency: f32,
    pub(crate) variant: u16,
}

impl Found {
    /// The score that the word gives to an item that has it.
    pub(crate) fn score(&self, hit: &FoundIn) -> f32 {
        self.idf * hit.frequency * (K1 + 1.0) / (hit.frequency + K1)
    }

    pub(crate) fn how(&self, hit: &FoundIn) -> Match {
        self.variants[usize::from(hit.variant)].how
    }
}

/// Looks a word up: its forms; longer words while it is being typed; spellings where nothing else is.
pub(crate) fn look_up(
    view: &View,
    visible: &[bool],
    stats: &Statistics,
    word: &Word,
) -> Result<Found, Error> {
    let mut variants = expand::forms(word);
    if word.open {
        variants.extend(expand::prefixes(view, visible, word)?);
    }
    let mut scratch = Scratch::new(view.len());
    scratch.collect(view, visible, stats, &variants)?;
    if scratch.is_empty() && stats.spelling {
        variants = expand::spellings(view, visible, word)?;
        let forms: Vec<Variant> = variants.iter().flat_map(stems_of).collect();
        variants.extend(forms);
        scratch.collect(view, visible, stats, &variants)?;
    }
    let hits = scratch.finish();
    let national_key = variants.iter().find(|v| v.how == Match::Spelling).map_or_else(
        || word.token.stems.first().unwrap_or(&word.token.surface).clone(),
        |spelling| national_key(&spelling.term),
    );
    Ok(Found { typed: word.typed.clone(), idf: stats.idf(hits.len(), &national_key), variants, hits })
}

/// Looks up what a stretch of the query means. `words` are those of the stretch: what they mean is never
/// rarer than they are together.
pub(crate) fn look_up_meaning(
    view: &View,
    visible: &[bool],
    stats: &Statistics,
    typed: &str,
    variants: Vec<Variant>,
    words_idf: f32,
) -> Result<Found, Error> {
    let mut scratch = Scratch::new(view.len());
    scratch.collect(view, visible, stats, &variants)?;
    let hits = scratch.finish();
    let idf = stats.idf(hits.len(), "").min(words_idf);
    Ok(Found { typed: typed.to_owned(), variants, idf, hits })
}

fn national_key(term: &str) -> String {
    let token = record::french::tokens(term).into_iter().next();
    token.map_or_else(String::new, |t| t.stems.first().unwrap_or(&t.surface).clone())
}

/// A corrected word stands for its inflections too.
fn stems_of(variant: &Variant) -> Vec<Variant> {
    let token = record::french::tokens(&variant.term).into_iter().next();
    let stems = token.map(|t| crate::schema::stem_terms(&t)).unwrap_or_default();
    let weight = variant.weight * 0.9;
    stems.into_iter().map(|term| Variant { term, how: Match::Spelling, weight }).collect()
}

/// Weighted term frequencies of one word, for each item. The exact and the stemmed form of a word stand at
/// the same position: their shares add up to one occurrence. Other variants are alternatives: the best
/// counts.
struct Scratch {
    own: Vec<f32>,
    other: Vec<f32>,
    variant: Vec<u16>,
    touched: Vec<u32>,
    /// Field in which a stem was seen last, for each item: a word with two stems counts once.
    stem_seen: Vec<u8>,
}

impl Scratch {
    fn new(items: usize) -> Self {
        Scratch {
            own: vec![0.0; items],
            other: vec![0.0; items],
            variant: vec![u16::MAX; items],
            touched: Vec::new(),
            stem_seen: vec![u8::MAX; items],
        }
    }

    fn is_empty(&self) -> bool {
        self.touched.is_empty()
    }

    fn collect(
        &mut self,
        view: &View,
        visible: &[bool],
        stats: &Statistics,
        variants: &[Variant],
    ) -> Result<(), Error> {
        for (pack, offset) in view.packs() {
            for field in Field::ALL {
                let Some(index) = pack.field(field) else { continue };
                let mut first_stem = true;
                for (number, variant) in variants.iter().enumerate() {
                    let term = Term::from_field_text(index_field(field), &variant.term);
                    let Some(info) = index.get_term_info(&term)? else { continue };
                    let mut postings =
                        index.read_postings_from_terminfo(&info, IndexRecordOption::WithFreqs)?;
                    while postings.doc() != TERMINATED {
                        let row = postings.doc() as usize;
                        if visible[offset + row] {
                            let length = pack.rows[row].length(field) as f32;
                            let norm =
                                1.0 - field.b() + field.b() * length / stats.mean_lengths[field as usize];
                            let frequency =
                                field.weight(&stats.weights) * variant.weight * postings.term_freq() as f32
                                    / norm;
                            self.add(offset + row, frequency, number, variant.how, field, first_stem);
                        }
                        postings.advance();
                    }
                    first_stem &= variant.how != Match::Stem;
                }
            }
        }
        Ok(())
    }

    fn add(
        &mut self,
        item: usize,
        frequency: f32,
        number: usize,
        how: Match,
        field: Field,
        first_stem: bool,
    ) {
        if self.variant[item] == u16::MAX {
            self.touched.push(item as u32);
        }
        // Variants come in order of preference, fields do not.
        self.variant[item] = self.variant[item].min(number as u16);
        match how {
            Match::Exact | Match::Accents => self.own[item] += frequency,
            Match::Stem => {
                if first_stem || self.stem_seen[item] != field as u8 {
                    self.own[item] += frequency;
                }
                self.stem_seen[item] = field as u8;
            }
            Match::Prefix | Match::Spelling | Match::Concept | Match::Denied | Match::Related => {
                self.other[item] = self.other[item].max(frequency)
            }
        }
    }

    fn finish(mut self) -> Vec<FoundIn> {
        self.touched.sort_unstable();
        let hit = |item: &u32| {
            let i = *item as usize;
            FoundIn { item: *item, frequency: self.own[i].max(self.other[i]), variant: self.variant[i] }
        };
        self.touched.iter().map(hit).collect()
    }
}

/// Items in which the terms stand one after the other in one field, by item, each once. At each place any
/// of the alternatives may stand.
pub(crate) fn phrase(view: &View, visible: &[bool], places: &[Vec<String>]) -> Result<Vec<u32>, Error> {
    let mut out = Vec::new();
    for (pack, offset) in view.packs() {
        let mut rows = std::collections::BTreeSet::new();
        for field in Field::ALL {
            let Some(index) = pack.field(field) else { continue };
            let mut starts: Option<Vec<(u32, u32)>> = None;
            for (distance, alternatives) in places.iter().enumerate() {
                let mut found = Vec::new();
                for term in alternatives {
                    found.extend(positions(index, field, term, distance as u32)?);
                }
                found.sort_unstable();
                starts = Some(match starts {
                    None => found,
                    Some(before) => {
                        before.into_iter().filter(|start| found.binary_search(start).is_ok()).collect()
                    }
                });
            }
            rows.extend(starts.unwrap_or_default().into_iter().map(|(row, _)| row));
        }
        out.extend(rows.into_iter().map(|row| offset as u32 + row).filter(|i| visible[*i as usize]));
    }
    Ok(out)
}

/// Visible items that hold one of the terms in one of the fields, by item, each once.
pub(crate) fn holders(
    view: &View,
    visible: &[bool],
    fields: &[Field],
    terms: &[String],
) -> Result<Vec<u32>, Error> {
    let mut out = Vec::new();
    for (pack, offset) in view.packs() {
        for (field, term) in fields.iter().flat_map(|field| terms.iter().map(move |term| (field, term))) {
            let Some(index) = pack.field(*field) else { continue };
            let term = Term::from_field_text(index_field(*field), term);
            let Some(mut postings) = index.read_postings(&term, IndexRecordOption::Basic)? else { continue };
            while postings.doc() != TERMINATED {
                out.push(offset as u32 + postings.doc());
                postings.advance();
            }
        }
    }
    out.retain(|i| visible[*i as usize]);
    out.sort_unstable();
    out.dedup();
    Ok(out)
}

/// Where a term stands, as (row, position − `distance`).
fn positions(
    index: &tantivy::InvertedIndexReader,
    field: Field,
    term: &str,
    distance: u32,
) -> Result<Vec<(u32, u32)>, Error> {
    let term = Term::from_field_text(index_field(field), term);
    let (mut out, mut buffer) = (Vec::new(), Vec::new());
    if let Some(mut postings) = index.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)? {
        while postings.doc() != TERMINATED {
            postings.positions(&mut buffer);
            let starts = buffer.iter().filter_map(|p| p.checked_sub(distance));
            out.extend(starts.map(|start| (postings.doc(), start)));
            postings.advance();
        }
    }
    Ok(out)
}

/// Positions in the body field at which any of the terms stands in one row, sorted by position, with the
/// number of the term.
pub(crate) fn body_positions(view: &View, item: usize, terms: &[&str]) -> Result<Vec<(u32, usize)>, Error> {
    let mut out = Vec::new();
    let Some((pack, offset)) = view.packs().filter(|(_, offset)| *offset <= item).last() else {
        return Ok(out);
    };
    let Some(index) = pack.field(Field::Body) else { return Ok(out) };
    let (mut buffer, row) = (Vec::new(), (item - offset) as u32);
    for (number, term) in terms.iter().enumerate() {
        let term = Term::from_field_text(index_field(Field::Body), term);
        let Some(mut postings) = index.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)? else {
            continue;
        };
        // A seek never goes back: it must not start behind the row.
        if postings.doc() <= row && postings.seek(row) == row {
            postings.positions(&mut buffer);
            out.extend(buffer.iter().map(|p| (*p, number)));
        }
    }
    out.sort_unstable();
    Ok(out)
}
