//! The layers: ids in, one row of numbers a token out.
//!
//! The tokens of a batch stand one after the other, text after text, without padding. Attention alone knows
//! where a text ends: short texts beside long ones cost nothing, and there is no mask to forget.

use crate::config::{Config, Family, LayerKind};
use crate::kernel::{Panels, Rows, add, gate, multiply, normalise, softmax};
use crate::weights::Table;
use std::ops::Range;

/// Tokens whose attention is worked out together: their scores stay in the second-level cache.
const QUERIES: usize = 96;

/// A transformer encoder.
#[derive(Debug)]
pub(crate) struct Encoder {
    pub(crate) config: Config,
    pub(crate) words: Table,
    /// None where queries and keys are rotated.
    pub(crate) positions: Option<Table>,
    /// The row that every token of a single text has added; empty where the model has none.
    pub(crate) segment: Vec<f32>,
    pub(crate) embedded: Norm,
    pub(crate) layers: Vec<Layer>,
    pub(crate) last: Option<Norm>,
}

/// Attention, then a network of its own for each token.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) kind: LayerKind,
    pub(crate) attention_norm: Option<Norm>,
    pub(crate) qkv: Panels,
    pub(crate) out: Panels,
    pub(crate) inner_norm: Norm,
    pub(crate) up: Panels,
    pub(crate) down: Panels,
}

/// Layer normalisation.
#[derive(Debug)]
pub(crate) struct Norm {
    pub(crate) weight: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    pub(crate) epsilon: f32,
}

impl Norm {
    fn apply(&self, rows: &mut [f32]) {
        normalise(rows, &self.weight, &self.bias, self.epsilon);
    }
}

/// What a batch works in, one after another layer.
#[derive(Debug, Default)]
struct Room {
    qkv: Vec<f32>,
    mixed: Vec<f32>,
    wide: Vec<f32>,
    gated: Vec<f32>,
    change: Vec<f32>,
    keys: Panels,
    values: Panels,
    scores: Vec<f32>,
}

impl Encoder {
    /// The last layer's rows, text after text.
    pub(crate) fn forward(&self, texts: &[&[u32]]) -> Vec<f32> {
        let spans = spans(texts);
        let mut x = self.embed(texts);
        let mut room = Room::default();
        let longest = texts.iter().map(|ids| ids.len()).max().unwrap_or(0);
        let rotations = self.rotations(longest);
        for layer in &self.layers {
            let rotation = rotations.iter().find(|r| Some(r.base) == layer.kind.rotation);
            if self.config.family == Family::ModernBert {
                self.normed_before(layer, &spans, rotation, &mut x, &mut room);
            } else {
                self.normed_after(layer, &spans, &mut x, &mut room);
            }
        }
        if let Some(last) = &self.last {
            last.apply(&mut x);
        }
        x
    }

    fn embed(&self, texts: &[&[u32]]) -> Vec<f32> {
        let hidden = self.config.hidden;
        let mut x = vec![0.0; texts.iter().map(|ids| ids.len()).sum::<usize>() * hidden];
        let places = texts.iter().flat_map(|ids| ids.iter().enumerate());
        for (row, (n, id)) in x.chunks_exact_mut(hidden).zip(places) {
            self.words.add(*id as usize, row);
            if let Some(positions) = &self.positions {
                positions.add(self.config.first_position + n, row);
            }
            row.iter_mut().zip(&self.segment).for_each(|(x, s)| *x += s);
        }
        self.embedded.apply(&mut x);
        x
    }

    /// A layer of BERT: what each half adds is normalised with what it was added to.
    fn normed_after(&self, layer: &Layer, spans: &[Range<usize>], x: &mut [f32], room: &mut Room) {
        self.attention(layer, spans, None, x, room);
        add(x, &room.change);
        if let Some(norm) = &layer.attention_norm {
            norm.apply(x);
        }
        self.inner(layer, x, room);
        add(x, &room.change);
        layer.inner_norm.apply(x);
    }

    /// A layer of ModernBERT: each half sees a normalised copy, and adds to what was there.
    fn normed_before(
        &self,
        layer: &Layer,
        spans: &[Range<usize>],
        rotation: Option<&Rotation>,
        x: &mut [f32],
        room: &mut Room,
    ) {
        let mut seen = x.to_vec();
        if let Some(norm) = &layer.attention_norm {
            norm.apply(&mut seen);
        }
        self.attention(layer, spans, rotation, &seen, room);
        add(x, &room.change);
        seen.copy_from_slice(x);
        layer.inner_norm.apply(&mut seen);
        self.inner(layer, &seen, room);
        add(x, &room.change);
    }

    /// Leaves in `room.change` what the tokens of each text tell each other.
    fn attention(
        &self,
        layer: &Layer,
        spans: &[Range<usize>],
        rotation: Option<&Rotation>,
        x: &[f32],
        room: &mut Room,
    ) {
        let (hidden, head) = (self.config.hidden, self.config.head());
        product(x, &layer.qkv, hidden, &mut room.qkv);
        room.mixed.resize(x.len(), 0.0);
        for span in spans {
            let qkv = &mut room.qkv[span.start * 3 * hidden..span.end * 3 * hidden];
            if let Some(rotation) = rotation {
                qkv.chunks_exact_mut(3 * hidden).enumerate().for_each(|(n, row)| {
                    rotation.turn(n, &mut row[..2 * hidden], head);
                });
            }
            let part = |from| Rows { data: &*qkv, stride: 3 * hidden, from, depth: head };
            let mixed = &mut room.mixed[span.start * hidden..span.end * hidden];
            for from in (0..hidden).step_by(head) {
                room.keys.transposed(part(hidden + from));
                room.values.copied(part(2 * hidden + from));
                let (keys, values) = (&room.keys, &room.values);
                mix(part(from), keys, values, layer.kind.window, &mut room.scores, mixed, hidden);
            }
        }
        product(&room.mixed, &layer.out, hidden, &mut room.change);
    }

    /// Leaves in `room.change` what a token's own network makes of it.
    fn inner(&self, layer: &Layer, x: &[f32], room: &mut Room) {
        let Config { hidden, inner, activation, .. } = self.config;
        product(x, &layer.up, hidden, &mut room.wide);
        if layer.up.width() == inner {
            activation.apply(&mut room.wide);
            product(&room.wide, &layer.down, inner, &mut room.change);
        } else {
            room.gated.resize(x.len() / hidden * inner, 0.0);
            gate(activation, &mut room.wide, inner, &mut room.gated);
            product(&room.gated, &layer.down, inner, &mut room.change);
        }
    }

    /// The rotations that the layers ask for, for texts of up to `tokens`.
    fn rotations(&self, tokens: usize) -> Vec<Rotation> {
        let mut bases: Vec<f32> = self.layers.iter().filter_map(|layer| layer.kind.rotation).collect();
        bases.sort_by(f32::total_cmp);
        bases.dedup();
        bases.into_iter().map(|base| Rotation::new(base, self.config.head(), tokens)).collect()
    }
}

/// Where each text's tokens stand.
fn spans(texts: &[&[u32]]) -> Vec<Range<usize>> {
    let mut start = 0;
    let span = |ids: &&[u32]| {
        start += ids.len();
        start - ids.len()..start
    };
    texts.iter().map(span).collect()
}

/// `rows` × `weights`, in a vector that is reused.
fn product(rows: &[f32], weights: &Panels, depth: usize, out: &mut Vec<f32>) {
    let width = weights.width();
    out.resize(rows.len() / depth * width, 0.0);
    multiply(Rows::whole(rows, depth), weights, out, width, 0);
}

/// One head of one text: each query's average of the values, by how its key agrees. Into the columns of
/// `mixed` that the query had in its row.
fn mix(
    queries: Rows<'_>,
    keys: &Panels,
    values: &Panels,
    window: Option<usize>,
    scores: &mut Vec<f32>,
    mixed: &mut [f32],
    hidden: usize,
) {
    let tokens = keys.width();
    let scale = 1.0 / (queries.depth as f32).sqrt();
    for first in (0..tokens).step_by(QUERIES) {
        let last = tokens.min(first + QUERIES);
        let part = Rows { data: &queries.data[first * queries.stride..last * queries.stride], ..queries };
        scores.resize((last - first) * tokens, 0.0);
        multiply(part, keys, scores, tokens, 0);
        softmax(scores, tokens, scale, |n| match window {
            None => (0, tokens),
            Some(window) => ((first + n).saturating_sub(window), tokens.min(first + n + window + 1)),
        });
        let out = &mut mixed[first * hidden..last * hidden];
        multiply(Rows::whole(scores, tokens), values, out, hidden, queries.from);
    }
}

/// Cosines and sines by which queries and keys are turned, so that their product knows their distance.
#[derive(Debug)]
struct Rotation {
    base: f32,
    /// Angles of one token.
    angles: usize,
    turns: Vec<(f32, f32)>,
}

impl Rotation {
    fn new(base: f32, head: usize, tokens: usize) -> Rotation {
        let angles = head / 2;
        let speed = |k: usize| 1.0 / base.powf((2 * k) as f32 / head as f32);
        let turn = |n: usize| (0..angles).map(move |k| (n as f32 * speed(k)).sin_cos());
        Rotation { base, angles, turns: (0..tokens).flat_map(turn).map(|(sin, cos)| (cos, sin)).collect() }
    }

    /// Turns the heads in `row`, which belong to token `n`: the halves of a head are the two coordinates.
    fn turn(&self, n: usize, row: &mut [f32], head: usize) {
        let turns = &self.turns[n * self.angles..][..self.angles];
        for head in row.chunks_exact_mut(head) {
            let (xs, ys) = head.split_at_mut(self.angles);
            for ((x, y), (cos, sin)) in xs.iter_mut().zip(ys).zip(turns) {
                (*x, *y) = (*x * cos - *y * sin, *y * cos + *x * sin);
            }
        }
    }
}
