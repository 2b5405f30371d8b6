//! Rows: runs on one baseline, put together in reading order.

use super::runs::{Run, Word};
use super::same_direction;

/// How many rows back a run may join.
const LOOK: usize = 6;

/// A row of fewer runs than this is no row of a table whose cells may have several lines.
const CELLS: usize = 3;

/// Lines of a cell are no further apart than this, in em.
const LINE: f64 = 1.6;

/// Puts runs into rows, in the order of drawing.
pub(super) fn rows(runs: Vec<Run>) -> Vec<Vec<Run>> {
    let mut rows: Vec<Vec<Run>> = Vec::new();
    for (order, mut run) in runs.into_iter().enumerate() {
        run.order = order;
        if let Some((row, at)) = place(&rows, &run) {
            rows[row].insert(at, run);
        } else if let Some(run) = slip_in(&mut rows, run) {
            rows.push(vec![run]);
        }
    }
    unwrap_cells(rows)
}

/// Puts the lines of cells that have several into one row, cell after cell, where the order of drawing tells:
/// a table is drawn cell by cell, so its rows of lines are drawn in turn.
fn unwrap_cells(mut rows: Vec<Vec<Run>>) -> Vec<Vec<Run>> {
    let mut out = Vec::with_capacity(rows.len());
    while !rows.is_empty() {
        let mut last = newest(&rows[0]);
        let mut count = 1;
        while let Some(row) = rows.get(count).filter(|_| count < LOOK) {
            if oldest(row) > last {
                break;
            }
            last = last.max(newest(row));
            count += 1;
        }
        let mut group: Vec<Vec<Run>> = rows.drain(..count).collect();
        match cells(&group) {
            Some(row) => out.push(row),
            None => {
                out.push(group.remove(0));
                rows.splice(..0, group);
            }
        }
    }
    out
}

fn oldest(row: &[Run]) -> usize {
    row.iter().map(|run| run.order).min().unwrap_or(usize::MAX)
}

fn newest(row: &[Run]) -> usize {
    row.iter().map(|run| run.order).max().unwrap_or(0)
}

/// The one row that rows of lines make, if in the order of drawing each run goes on with its cell, one line
/// further down, or begins the next cell, to the right and not far from what the row spans so far.
fn cells(rows: &[Vec<Run>]) -> Option<Vec<Run>> {
    if rows.len() < 2 {
        return None;
    }
    let mut runs: Vec<Run> = rows.iter().flatten().cloned().collect();
    runs.sort_by_key(|run| run.order);
    let first = runs.first()?;
    let (mut top, mut bottom, mut end, mut count) = (first.baseline, first.baseline, first.end, 1);
    for at in 1..runs.len() {
        let (above, run) = (&runs[at - 1], &runs[at]);
        let size = above.size.max(run.size);
        let down = run.baseline - above.baseline;
        let goes_on = down > 0.8 * run.size && down < LINE * size && (run.start - above.start).abs() < size;
        let begins = run.start >= end - 0.3 * size
            && run.baseline > top - LINE * size
            && run.baseline < bottom + 0.3 * size;
        if !same_direction(above.angle, run.angle) || !(goes_on || begins) {
            return None;
        }
        count += usize::from(!goes_on);
        end = if goes_on { end.max(run.end) } else { run.end };
        top = top.min(run.baseline);
        bottom = bottom.max(run.baseline);
        runs[at].wrapped = goes_on;
    }
    (count >= CELLS).then_some(runs)
}

/// The row that a run belongs to, and its place there: after its end, in a gap, or before its start.
fn place(rows: &[Vec<Run>], run: &Run) -> Option<(usize, usize)> {
    let from = rows.len().saturating_sub(LOOK);
    (from..rows.len()).rev().find_map(|index| {
        let row = &rows[index];
        let (first, last) = (row.first()?, row.last()?);
        let on_baseline =
            |other: &Run| (other.baseline - run.baseline).abs() < 0.3 * other.size.max(run.size);
        if !same_direction(first.angle, run.angle) || !row.iter().any(on_baseline) {
            return None;
        }
        let size = first.size.max(run.size);
        let slack = 0.3 * size;
        let newest = index + 1 == rows.len();
        let after = run.start - last.end;
        if after >= -slack && (newest || after < 25.0 * size) {
            return Some((index, row.len()));
        }
        let gap =
            (1..row.len()).find(|&k| run.start >= row[k - 1].end - slack && run.end <= row[k].start + slack);
        let before = newest && run.end <= first.start + slack;
        gap.or(before.then_some(0)).map(|at| (index, at))
    })
}

/// Puts a small run that stands between two words of another (a superscript of another font) there; gives
/// it back if it stands nowhere.
fn slip_in(rows: &mut [Vec<Run>], run: Run) -> Option<Run> {
    let (Some(first), true) = (run.words.first(), run.words.len() <= 2) else { return Some(run) };
    let area = first.area;
    let from = rows.len().saturating_sub(LOOK);
    for host in rows[from..].iter_mut().rev().filter_map(|row| row.iter_mut().find(|r| r.surrounds(&run))) {
        let slack = 0.3 * host.size;
        let at = (1..host.words.len()).find(|&k| {
            host.words[k - 1].area.x1 <= area.x0 + slack && host.words[k].area.x0 >= area.x1 - slack
        });
        if let Some(at) = at {
            host.take_in(at, run);
            return None;
        }
    }
    Some(run)
}

impl Run {
    fn surrounds(&self, run: &Run) -> bool {
        same_direction(self.angle, run.angle)
            && (self.baseline - run.baseline).abs() < 0.45 * self.size
            && run.start > self.start
            && run.end < self.end
    }

    /// Puts the words of a run before word `at`, joined to a neighbour that it touches.
    fn take_in(&mut self, at: usize, run: Run) {
        let touch = 0.12 * self.size;
        let mut new: Vec<Word> = run.words;
        let (mut from, mut to) = (at, at);
        if let [word] = new.as_mut_slice() {
            let (left, right) = (&self.words[at - 1], &self.words[at]);
            if word.area.x0 - left.area.x1 < touch {
                word.text.insert_str(0, &left.text);
                from -= 1;
            }
            if right.area.x0 - word.area.x1 < touch {
                word.text.push_str(&right.text);
                to += 1;
            }
            for joined in &self.words[from..to] {
                word.area = word.area.union(joined.area);
            }
        }
        self.words.splice(from..to, new);
    }
}
