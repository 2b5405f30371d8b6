//! From the words that Tesseract saw to runs and rows, in reading order.
//!
//! **Key decision.** Tesseract's own lines are kept, they rarely join what does not belong together; but it
//! takes the columns of a table for blocks of text, so that a value stands far from its name. Pieces of
//! different blocks on one height are put into one row, unless a block is prose: the columns of a letter
//! stay apart. What hangs below a cell at less than the pitch of the rows is the rest of that cell.

use super::tsv::Seen;
use crate::reading::pdf::layout::{Area, Run, Word};
use std::collections::BTreeMap;

/// A gap wider than this parts two cells, in em.
const CELL: f64 = 1.2;
/// Pieces whose middles are nearer than this stand on one height, in em.
const LEVEL: f64 = 0.42;
/// A cell of a table has no more words than this.
const CELL_WORDS: usize = 8;
/// Lines of prose have this many words at least…
const PROSE_WORDS: usize = 5;
/// …and fill this part of the width of their block.
const PROSE_FILL: f64 = 0.7;
/// The rest of a cell follows at less than this part of the pitch of the rows.
const WRAP: f64 = 0.85;

/// A row under construction.
struct Row {
    runs: Vec<Run>,
    /// Middle height of its first line.
    middle: f64,
    size: f64,
    /// Whether it may take pieces of other blocks.
    open: bool,
}

/// The rows of a page whose words stand upright, as runs from left to right.
pub(super) fn rows(words: Vec<Seen>) -> Vec<Vec<Run>> {
    let lines = lines(words);
    let prose = prose(&lines);
    let mut rows: Vec<Row> = Vec::new();
    for (number, words) in lines {
        let open = !prose.contains_key(&number[0]);
        let mut own: Option<usize> = None;
        for (run, middle) in cells(words) {
            let taken = own.filter(|at| fits(&rows[*at], &run, middle)).or_else(|| {
                let short = open && run.words.len() <= CELL_WORDS;
                short.then(|| rows.iter().rposition(|row| row.open && fits(row, &run, middle))).flatten()
            });
            match taken {
                Some(at) => {
                    let row = &mut rows[at];
                    let place = row.runs.iter().position(|r| r.start > run.start).unwrap_or(row.runs.len());
                    row.runs.insert(place, run);
                    own = Some(at);
                }
                None => {
                    own = Some(rows.len());
                    let size = run.size;
                    rows.push(Row { open, runs: vec![run], middle, size });
                }
            }
        }
    }
    wrapped(rows)
}

/// The words by line, in Tesseract's order.
fn lines(words: Vec<Seen>) -> Vec<([u32; 3], Vec<Seen>)> {
    let mut lines: Vec<([u32; 3], Vec<Seen>)> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some((number, line)) if *number == word.line => line.push(word),
            _ => lines.push((word.line, vec![word])),
        }
    }
    lines
}

/// The blocks that are prose: two lines or more, most of them of many words that fill the block.
fn prose(lines: &[([u32; 3], Vec<Seen>)]) -> BTreeMap<u32, ()> {
    let mut blocks: BTreeMap<u32, Vec<(usize, f64, f64, f64)>> = BTreeMap::new();
    for (number, words) in lines {
        let start = words.iter().map(|w| w.x0).fold(f64::INFINITY, f64::min);
        let end = words.iter().map(|w| w.x1).fold(f64::NEG_INFINITY, f64::max);
        let inked = words.iter().map(|w| w.x1 - w.x0).sum();
        blocks.entry(number[0]).or_default().push((words.len(), start, end, inked));
    }
    let is_prose = |lines: &Vec<(usize, f64, f64, f64)>| {
        let start = lines.iter().map(|l| l.1).fold(f64::INFINITY, f64::min);
        let end = lines.iter().map(|l| l.2).fold(f64::NEG_INFINITY, f64::max);
        let full = lines.iter().filter(|l| l.0 >= PROSE_WORDS && l.3 >= PROSE_FILL * (end - start)).count();
        lines.len() >= 2 && full * 2 >= lines.len()
    };
    blocks.into_iter().filter(|(_, lines)| is_prose(lines)).map(|(block, _)| (block, ())).collect()
}

/// The pieces of a line that wide gaps part, and the height of their middles.
fn cells(words: Vec<Seen>) -> Vec<(Run, f64)> {
    let mut heights: Vec<f64> = words.iter().map(|w| w.y1 - w.y0).collect();
    heights.sort_by(f64::total_cmp);
    // a word is as high as its letters: on the median three quarters of an em
    let size = heights.get(heights.len() / 2).map_or(1.0, |h| h / 0.75).max(1.0);
    let mut cells: Vec<Vec<Seen>> = Vec::new();
    for word in words {
        match cells.last_mut() {
            Some(cell) if cell.last().is_some_and(|last| word.x0 - last.x1 <= CELL * size) => cell.push(word),
            _ => cells.push(vec![word]),
        }
    }
    cells.into_iter().filter_map(|cell| run(cell, size)).collect()
}

fn run(cell: Vec<Seen>, size: f64) -> Option<(Run, f64)> {
    let mut middles: Vec<f64> = cell.iter().map(|w| f64::midpoint(w.y0, w.y1)).collect();
    middles.sort_by(f64::total_cmp);
    let middle = *middles.get(middles.len() / 2)?;
    let (start, end) = (cell.first()?.x0, cell.iter().map(|w| w.x1).fold(f64::NEG_INFINITY, f64::max));
    let words = cell.into_iter().map(|seen| Word {
        area: Area { x0: seen.x0, y0: seen.y0, x1: seen.x1, y1: seen.y1 },
        confidence: Some(percent(seen.confidence)),
        text: seen.text,
    });
    let words = words.collect();
    let baseline = middle + 0.35 * size;
    Some((Run { words, angle: 0.0, baseline, start, end, size, order: 0, wrapped: false }, middle))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0 to 100")]
pub(super) fn percent(confidence: f32) -> u8 {
    confidence.round().clamp(0.0, 100.0) as u8
}

/// Whether a piece stands on the height of a row, where the row has nothing.
fn fits(row: &Row, run: &Run, middle: f64) -> bool {
    let size = row.size.max(run.size);
    let free = |other: &Run| run.end <= other.start + 0.2 * size || run.start >= other.end - 0.2 * size;
    (row.middle - middle).abs() < LEVEL * size && row.runs.iter().all(free)
}

/// Puts the rest of a cell to its beginning.
fn wrapped(rows: Vec<Row>) -> Vec<Vec<Run>> {
    let Some(pitch) = pitch(&rows) else { return rows.into_iter().map(|row| row.runs).collect() };
    let mut out: Vec<Row> = Vec::new();
    // height of the last line of the row that is being completed
    let mut last = f64::NEG_INFINITY;
    for row in rows {
        let host = out.last_mut().filter(|host| {
            let step = row.middle - last;
            host.runs.len() >= 3
                && row.runs.len() < host.runs.len()
                && step > 0.5 * host.size
                && step < WRAP * pitch
                && row.runs.iter().all(|run| cell_above(&host.runs, run).is_some())
        });
        last = row.middle;
        match host {
            Some(host) => {
                for run in row.runs {
                    if let Some(at) = cell_above(&host.runs, &run) {
                        // behind what hangs below the cell already
                        let more = host.runs[at + 1..].iter().take_while(|run| run.wrapped).count();
                        host.runs.insert(at + 1 + more, Run { wrapped: true, ..run });
                    }
                }
            }
            None => out.push(row),
        }
    }
    out.into_iter().map(|row| row.runs).collect()
}

/// The cell that a piece hangs below: it begins where the cell begins.
fn cell_above(cells: &[Run], run: &Run) -> Option<usize> {
    cells.iter().position(|cell| !cell.wrapped && (cell.start - run.start).abs() < 0.6 * cell.size)
}

/// The median step from one row of three cells or more to the next; `None` where there are too few to tell.
fn pitch(rows: &[Row]) -> Option<f64> {
    let tabular = |row: &Row| row.runs.len() >= 3;
    let pairs = rows.windows(2).filter(|pair| tabular(&pair[0]) && tabular(&pair[1]));
    let mut steps: Vec<f64> =
        pairs.map(|pair| pair[1].middle - pair[0].middle).filter(|s| *s > 0.0).collect();
    steps.sort_by(f64::total_cmp);
    (steps.len() >= 2).then(|| steps[steps.len() / 2])
}
