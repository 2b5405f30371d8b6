//! From glyphs to lines: the order of reading, words, rows of tables.
//!
//! **Key decision.** The order of drawing is kept, for programs write columns one after the other, and
//! cutting a page by its white space does worse on letters in two columns (measured: .984 against .991 of
//! word pairs in order). A piece of text joins a line among the last few when it stands on its baseline
//! and to the right of it or in a gap of it: that mends rows whose cells have several lines, and
//! superscripts of another font, and leaves columns alone, whose lines are further back.
//!
//! ```text
//! glyphs ──cut──▶ runs on one baseline ──words──▶ Run ──rows──▶ rows of runs ──▶ Line
//! ```

mod rows;
mod runs;

use super::glyph::{Glyph, Point};
use record::{Line, Rect, Text, WordBox};
pub(crate) use runs::{Run, Word};

/// What a word that is broken at the end of a line may end with.
const HYPHENS: [char; 3] = ['-', '\u{ad}', '\u{2010}'];

/// The lines of a page, in reading order, areas as fractions of `width` and `height`.
pub(super) fn lines(glyphs: &[Glyph], width: f64, height: f64) -> Vec<Line> {
    lines_of(rows::rows(runs::runs(glyphs)), width, height)
}

/// The lines that rows of runs make, areas as fractions of `width` and `height`.
pub(crate) fn lines_of(rows: Vec<Vec<Run>>, width: f64, height: f64) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut previous: Option<(f64, f64, f64)> = None;
    for row in rows {
        let Some(first) = row.first() else { continue };
        let (text, words) = row_text(&row, width, height);
        if text.is_empty() {
            continue;
        }
        let here = (first.angle, first.baseline, first.size);
        let lowest = row.iter().map(|run| run.baseline).fold(first.baseline, f64::max);
        lines.push(Line {
            text: Text::from(text),
            area: Some(fractions(row_area(&row), width, height)),
            starts_block: previous.is_none_or(|before| is_apart(before, here)),
            heading: false,
            words,
        });
        previous = Some((first.angle, lowest, first.size));
    }
    lines
}

/// Whether a line does not go on with the one before: other direction, further down than a line is, or
/// further up (the next column). Each is `(angle, baseline, size)`.
fn is_apart(before: (f64, f64, f64), here: (f64, f64, f64)) -> bool {
    let size = before.2.max(here.2);
    let down = here.1 - before.1;
    !same_direction(before.0, here.0) || down > 1.9 * size || down < -0.5 * size
}

/// The text of a row and its words: cells apart by more than an em are parted by a tab.
fn row_text(row: &[Run], width: f64, height: f64) -> (String, Vec<WordBox>) {
    let mut text = String::new();
    let mut boxes = Vec::new();
    let mut end: Option<f64> = None;
    for run in row {
        let mut gap = match end.map(|end| run.start - end) {
            Some(_) if run.wrapped => go_on(&mut text, &mut boxes, run),
            Some(gap) if gap > run.size => "\t",
            Some(gap) if gap > 0.1 * run.size => " ",
            _ => "",
        };
        for word in &run.words {
            for (piece, area) in pieces(&super::glyph::readable(&word.text), word.area) {
                text.push_str(gap);
                let start = text.len();
                text.push_str(piece);
                let area = fractions(area, width, height);
                boxes.push(WordBox::new(start, text.len(), area, word.confidence));
                gap = " ";
                end = Some(run.end);
            }
        }
    }
    (text, boxes)
}

/// What parts the next line of a cell from the line above: nothing where a word was broken.
fn go_on(text: &mut String, boxes: &mut [WordBox], run: &Run) -> &'static str {
    let before = text.trim_end_matches(HYPHENS);
    if before.len() == text.len() || !before.ends_with(char::is_alphabetic) {
        return " ";
    }
    // a hyphen that somebody typed before a capital is part of the word (`CKD-EPI`)
    let goes_on = if text.ends_with('-') { char::is_lowercase } else { char::is_alphabetic };
    if run.words.first().is_some_and(|word| word.text.starts_with(goes_on)) {
        text.truncate(before.len());
        if let Some(word) = boxes.last_mut() {
            word.end = word.end.min(u32::try_from(text.len()).unwrap_or(u32::MAX));
        }
    }
    ""
}

/// A word, or the pieces of one that holds spaces (a replacement text), each with its share of the area.
#[expect(clippy::cast_precision_loss, reason = "a word is short")]
fn pieces(text: &str, area: Area) -> impl Iterator<Item = (&str, Area)> {
    let width = (area.x1 - area.x0) / text.chars().count().max(1) as f64;
    let mut at = 0;
    text.split(' ').filter_map(move |piece| {
        let (from, to) = (at, at + piece.chars().count());
        at = to + 1;
        let part = Area { x0: area.x0 + from as f64 * width, x1: area.x0 + to as f64 * width, ..area };
        (!piece.is_empty()).then_some((piece, part))
    })
}

fn row_area(row: &[Run]) -> Area {
    let words = row.iter().flat_map(|run| &run.words).map(|word| word.area);
    words.reduce(Area::union).unwrap_or(Area { x0: 0.0, y0: 0.0, x1: 0.0, y1: 0.0 })
}

#[expect(clippy::cast_possible_truncation, reason = "fractions of a page need no more than an f32")]
fn fractions(area: Area, width: f64, height: f64) -> Rect {
    let of = |value: f64, whole: f64| (value / whole.max(1e-6)).clamp(0.0, 1.0) as f32;
    Rect { x0: of(area.x0, width), y0: of(area.y0, height), x1: of(area.x1, width), y1: of(area.y1, height) }
}

fn same_direction(one: f64, other: f64) -> bool {
    let apart = (one - other).abs();
    apart < 0.05 || (apart - std::f64::consts::TAU).abs() < 0.05
}

/// A rectangle in points, origin top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) x0: f64,
    pub(crate) y0: f64,
    pub(crate) x1: f64,
    pub(crate) y1: f64,
}

impl Area {
    fn around(points: [Point; 4]) -> Area {
        let at = |p: Point| Area { x0: p.x, y0: p.y, x1: p.x, y1: p.y };
        points.into_iter().skip(1).fold(at(points[0]), |area, p| area.union(at(p)))
    }

    fn union(self, other: Area) -> Area {
        Area {
            x0: self.x0.min(other.x0),
            y0: self.y0.min(other.y0),
            x1: self.x1.max(other.x1),
            y1: self.y1.max(other.y1),
        }
    }
}

#[cfg(test)]
mod tests;
