//! Runs: pieces of text on one baseline, cut into words.

use super::Area;
use crate::reading::pdf::glyph::{Glyph, Point};

/// A word and where it stands.
#[derive(Clone)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) area: Area,
    /// In percent, where the word was recognised on an image.
    pub(crate) confidence: Option<u8>,
}

/// A piece of text on one baseline. Positions are along and across its direction of writing.
#[derive(Clone)]
pub(crate) struct Run {
    pub(crate) words: Vec<Word>,
    pub(crate) angle: f64,
    /// Across the direction, growing downwards in text from left to right.
    pub(crate) baseline: f64,
    pub(crate) start: f64,
    pub(crate) end: f64,
    /// Height of the em of the largest glyph.
    pub(crate) size: f64,
    /// Place in the order of drawing.
    pub(crate) order: usize,
    /// Whether it goes on with the cell before it, one line further down.
    pub(crate) wrapped: bool,
}

/// A glyph with its extent along the direction of writing.
struct Placed<'a> {
    glyph: &'a Glyph,
    start: f64,
    end: f64,
    baseline: f64,
    after_space: bool,
}

/// Cuts the stream of glyphs into runs, and runs into words.
pub(super) fn runs(glyphs: &[Glyph]) -> Vec<Run> {
    cut(glyphs).into_iter().filter_map(words).collect()
}

/// Where the run that is being read stands.
#[derive(Clone, Copy)]
struct Pen {
    angle: f64,
    baseline: f64,
    end: f64,
    size: f64,
}

impl Pen {
    /// Whether a glyph goes on where the pen is: same direction, same baseline, not far.
    fn reaches(self, glyph: &Glyph, start: f64, baseline: f64) -> bool {
        let size = self.size.max(glyph.size);
        let gap = start - self.end;
        super::same_direction(self.angle, glyph.angle)
            && (self.baseline - baseline).abs() < 0.35 * size
            && gap < 1.2 * size
            && gap > -0.9 * size
    }
}

fn cut(glyphs: &[Glyph]) -> Vec<Vec<Placed<'_>>> {
    let mut runs: Vec<Vec<Placed<'_>>> = Vec::new();
    let mut pen: Option<Pen> = None;
    let mut after_space = false;
    for glyph in glyphs {
        let (cos, sin) = (glyph.angle.cos(), glyph.angle.sin());
        let along = |p: Point| p.x * cos + p.y * sin;
        let baseline = glyph.start.y * cos - glyph.start.x * sin;
        let start = along(glyph.start);
        let end = along(glyph.end).max(start);
        let reached = pen.filter(|pen| pen.reaches(glyph, start, baseline));
        if glyph.is_space() {
            after_space = true;
            if let Some(mut at) = reached {
                if end - at.end < 1.2 * at.size {
                    at.end = at.end.max(end);
                }
                pen = Some(at);
            }
            continue;
        }
        let placed = Placed { glyph, start, end, baseline, after_space: after_space && reached.is_some() };
        match runs.last_mut().filter(|_| reached.is_some()) {
            Some(run) => run.push(placed),
            None => runs.push(vec![placed]),
        }
        after_space = false;
        // a superscript does not move the baseline
        let kept = reached.filter(|at| glyph.size < 0.9 * at.size).map(|at| at.baseline);
        pen = Some(Pen { angle: glyph.angle, baseline: kept.unwrap_or(baseline), end, size: glyph.size });
    }
    runs
}

/// Words are parted by spaces, or by a gap wider than the run's letters are apart.
fn words(mut run: Vec<Placed<'_>>) -> Option<Run> {
    let gap = word_gap(&run);
    widen(&mut run);
    let first = run.first()?;
    let mut out = Run {
        words: Vec::new(),
        angle: first.glyph.angle,
        baseline: first.baseline,
        start: first.start,
        end: first.start,
        size: first.glyph.size,
        order: 0,
        wrapped: false,
    };
    for placed in &run {
        let size = placed.glyph.size;
        let apart = placed.start - out.end;
        let area = area(placed);
        match out.words.last_mut() {
            Some(word) if !placed.after_space && apart <= gap * size && apart >= -0.6 * size => {
                word.text.push_str(&placed.glyph.text);
                word.area = word.area.union(area);
            }
            _ => out.words.push(Word { text: placed.glyph.text.clone(), area, confidence: None }),
        }
        out.end = placed.end;
        if size > out.size {
            out.size = size;
            out.baseline = placed.baseline;
        }
    }
    Some(out)
}

/// The gap that parts words, in em: wider where letters are spaced out.
fn word_gap(run: &[Placed<'_>]) -> f64 {
    let pairs = run.windows(2).filter(|pair| !pair[1].after_space);
    let mut gaps: Vec<f64> =
        pairs.map(|pair| (pair[1].start - pair[0].end) / pair[1].glyph.size.max(0.01)).collect();
    gaps.sort_by(f64::total_cmp);
    match gaps.get(gaps.len() / 2) {
        Some(&median) if gaps.len() >= 3 && median > 0.1 && median < 0.6 => median * 1.5 + 0.1,
        _ => 0.12,
    }
}

/// Glyphs of a font without widths end where the next begins, at most 0.8 em on.
fn widen(run: &mut [Placed<'_>]) {
    for i in 0..run.len() {
        let (start, size) = (run[i].start, run[i].glyph.size);
        if run[i].end - start < 1e-3 * size {
            let next = run.get(i + 1).filter(|next| !next.after_space && next.start > start);
            run[i].end = next.map_or(start + 0.5 * size, |next| next.start.min(start + 0.8 * size));
        }
    }
}

/// From 0.22 em below the baseline to 0.75 em above, along the direction of writing.
fn area(placed: &Placed<'_>) -> Area {
    let Glyph { angle, size, start, .. } = *placed.glyph;
    let (cos, sin) = (angle.cos(), angle.sin());
    let length = placed.end - placed.start;
    let corner = |along: f64, up: f64| Point {
        x: start.x + along * cos + up * size * sin,
        y: start.y + along * sin - up * size * cos,
    };
    Area::around([corner(0.0, 0.75), corner(length, 0.75), corner(0.0, -0.22), corner(length, -0.22)])
}
