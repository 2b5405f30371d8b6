//! The semantic leg: how near each visible item is to the query by its meaning.
//!
//! A cosine says nothing by itself: models differ in how near unrelated texts are. It is read against the
//! cosines of unrelated texts, as that many deviations above their mean. An item has as many chances to be
//! near as it has pieces, so that the largest of many is held to more.

use crate::Error;
use crate::answer::{Snippet, Why, WhyReason};
use crate::snippet;
use crate::vector::Vectors;
use crate::view::View;
use record::Text;
use std::ops::Range;
use std::sync::Arc;

/// A query as a vector, with what its model's cosines mean.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryVector {
    /// The vector.
    pub values: Vec<f32>,
    /// The model's calibration.
    pub calibration: Calibration,
}

/// Cosines of a model between queries and texts that have nothing to do with them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    /// Their mean.
    pub mean: f32,
    /// Their standard deviation.
    pub deviation: f32,
}

/// Makes vectors of queries.
pub trait Embed {
    /// The vector that the model of this id makes of a query; `None` where there is no such model, or it is
    /// overloaded: then the words answer alone.
    fn embed(&self, model: &str, text: &str) -> Option<QueryVector>;
}

/// Embeds nothing: the words answer alone.
#[derive(Debug, Clone, Copy)]
pub struct NoModel;

impl Embed for NoModel {
    fn embed(&self, _model: &str, _text: &str) -> Option<QueryVector> {
        None
    }
}

/// The vectors of a view: for each item, those of its pieces.
#[derive(Debug)]
pub(crate) struct Meaning {
    pub(crate) vectors: Arc<Vectors>,
    ranges: Vec<Range<usize>>,
}

impl Meaning {
    pub(crate) fn new(view: &View, vectors: Arc<Vectors>) -> Self {
        let range = |i: usize| {
            let row = view.row(i);
            row.pieces.and_then(|digest| vectors.of(&row.id, digest)).unwrap_or(0..0)
        };
        let ranges = (0..view.len()).map(range).collect();
        Meaning { vectors, ranges }
    }

    /// Whether an item has vectors.
    pub(crate) fn reaches(&self, item: usize) -> bool {
        self.ranges.get(item).is_some_and(|range| !range.is_empty())
    }
}

/// How near an item is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Near {
    /// Deviations above what unrelated texts have.
    pub(crate) strength: f32,
    pub(crate) cosine: f32,
    /// Number of its nearest vector.
    vector: usize,
}

/// What the leg found, by item.
#[derive(Debug, Default)]
pub(crate) struct Semantic {
    near: Vec<Option<Near>>,
}

impl Semantic {
    /// Measures every visible item; the others are not looked at.
    pub(crate) fn measure(view: &View, visible: &[bool], query: &QueryVector) -> Semantic {
        let Some(meaning) = view.meaning() else { return Semantic::default() };
        let Calibration { mean, deviation } = query.calibration;
        let seen = |i: usize| if visible[i] { meaning.ranges[i].clone() } else { 0..0 };
        let ranges: Vec<Range<usize>> = (0..view.len()).map(seen).collect();
        let nearest = meaning.vectors.nearest(&query.values, &ranges);
        let near = nearest.into_iter().zip(&ranges).map(|(nearest, range)| {
            let (vector, cosine) = nearest?;
            let strength = (cosine - mean) / deviation - chance(range.len());
            Some(Near { strength, cosine, vector })
        });
        Semantic { near: near.collect() }
    }

    /// How near an item is; `None` if it has no vectors or is not seen.
    pub(crate) fn of(&self, item: usize) -> Option<Near> {
        self.near.get(item).copied().flatten()
    }
}

impl Near {
    /// The excerpt that is near; `None` where that is the line that says what the item is.
    pub(crate) fn excerpt(&self, view: &View, item: usize) -> Result<Option<Snippet>, Error> {
        let place = view.meaning().and_then(|m| m.vectors.place(self.vector));
        place.map_or(Ok(None), |place| snippet::stretch(view, item, &place))
    }

    /// Why it is near, in French: the text, cut to a line, and the words of the query that are nearest to it.
    pub(crate) fn why(&self, view: &View, words: &[(String, Vec<f32>)], text: &str, explain: bool) -> Why {
        let cosine = |vector: &[f32]| view.meaning()?.vectors.cosine(vector, self.vector);
        let scored = words.iter().filter_map(|(word, vector)| Some((cosine(vector)?, word)));
        let nearest = scored.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, word)| word.as_str());
        let text = line(text);
        Why {
            reason: WhyReason::Meaning,
            query: nearest.unwrap_or_default().into(),
            matched: text.as_str().into(),
            text: Text::from(format!("proche de votre recherche par le sens : « {text} »")),
            score: explain.then_some(self.strength),
        }
    }
}

/// Longest text in a reason, in characters.
const LINE: usize = 160;

fn line(text: &str) -> String {
    if text.chars().count() <= LINE {
        return text.trim().to_owned();
    }
    let cut: String = text.chars().take(LINE).collect();
    format!("{} …", cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole).trim())
}

/// Deviations by which the largest of `pieces` unrelated cosines lies above their mean by chance, in part:
/// pieces of one document are no independent draws.
fn chance(pieces: usize) -> f32 {
    SHARED * (2.0 * (pieces.max(1) as f32).ln()).sqrt()
}

const SHARED: f32 = 0.4;
