//! Rows: runs on one baseline, put together in reading order.

use super::runs::{Run, Word};
use super::same_direction;

/// How many rows back a run may join.
const LOOK: usize = 6;

/// Puts runs into rows, in the order of drawing.
pub(super) fn rows(runs: Vec<Run>) -> Vec<Vec<Run>> {
    let mut rows: Vec<Vec<Run>> = Vec::new();
    for run in runs {
        if let Some((row, at)) = place(&rows, &run) {
            rows[row].insert(at, run);
        } else if let Some(run) = slip_in(&mut rows, run) {
            rows.push(vec![run]);
        }
    }
    rows
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
