//! Products of matrices.
//!
//! The right-hand side is cut into panels of [`WIDTH`] columns, each contiguous from its first row to its
//! last; the left-hand side into blocks of a few rows, interleaved. The inner loop then walks both in order
//! and keeps a block by a panel of sums in registers.
//!
//! ```text
//! panel:  row 0: columns 0..32   row 1: columns 0..32   …
//! block:  column 0: rows 0..12   column 1: rows 0..12   …
//! ```

use pulp::{Arch, Simd, WithSimd};

/// Columns of a panel.
const WIDTH: usize = 32;
/// Bytes of the left-hand side that are worked on together: they stay in the second-level cache beside a
/// panel, and a panel is fetched once for all of them.
const GROUP_BYTES: usize = 256 << 10;

/// One row of a panel, on a cache line's boundary.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))]
struct Row([f32; WIDTH]);

/// A right-hand side of `depth` rows and `width` columns, with what each column's sum begins at.
#[derive(Debug, Default)]
pub(crate) struct Panels {
    depth: usize,
    width: usize,
    rows: Vec<Row>,
    start: Vec<Row>,
}

impl Panels {
    /// The weights of a linear layer, one row an output as PyTorch keeps them, and its bias (or nothing).
    pub(crate) fn linear(weights: &[f32], inputs: usize, bias: &[f32]) -> Panels {
        let mut panels = Panels::default();
        panels.transposed(Rows { data: weights, stride: inputs, from: 0, depth: inputs });
        for (start, bias) in panels.start.iter_mut().zip(bias.chunks(WIDTH)) {
            start.0[..bias.len()].copy_from_slice(bias);
        }
        panels
    }

    /// Becomes the transpose of `source`: the sums of a product run along its rows.
    pub(crate) fn transposed(&mut self, source: Rows<'_>) {
        let width = source.count();
        self.reset(source.depth, width);
        for (panel, rows) in self.rows.chunks_exact_mut(source.depth).enumerate() {
            let first = panel * WIDTH;
            if first + WIDTH <= width {
                // A panel is written once, in order: the scattered side is the one that is read.
                let columns: [&[f32]; WIDTH] = std::array::from_fn(|c| source.row(first + c));
                for (k, target) in rows.iter_mut().enumerate() {
                    target.0 = std::array::from_fn(|c| columns[c][k]);
                }
            } else {
                for column in first..width {
                    let cells = rows.iter_mut().map(|target| &mut target.0[column - first]);
                    cells.zip(source.row(column)).for_each(|(target, value)| *target = *value);
                }
            }
        }
    }

    /// Becomes `source` as it is.
    pub(crate) fn copied(&mut self, source: Rows<'_>) {
        let depth = source.count();
        self.reset(depth, source.depth);
        for (k, row) in source.iter().enumerate() {
            for (panel, cells) in row.chunks(WIDTH).enumerate() {
                self.rows[panel * depth + k].0[..cells.len()].copy_from_slice(cells);
            }
        }
    }

    /// Makes room. What columns beyond the width hold is never part of a result.
    fn reset(&mut self, depth: usize, width: usize) {
        (self.depth, self.width) = (depth, width);
        let panels = width.div_ceil(WIDTH);
        self.rows.resize(panels * depth, Row([0.0; WIDTH]));
        self.start.resize(panels, Row([0.0; WIDTH]));
    }

    /// Columns.
    pub(crate) fn width(&self) -> usize {
        self.width
    }
}

/// Rows of a matrix: of each `stride` numbers, `depth` beginning at `from`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) data: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) from: usize,
    pub(crate) depth: usize,
}

impl<'a> Rows<'a> {
    /// A matrix without gaps.
    pub(crate) fn whole(data: &'a [f32], depth: usize) -> Rows<'a> {
        Rows { data, stride: depth, from: 0, depth }
    }

    fn count(&self) -> usize {
        self.data.len() / self.stride
    }

    fn row(&self, n: usize) -> &'a [f32] {
        &self.data[n * self.stride + self.from..][..self.depth]
    }

    fn iter(&self) -> impl Iterator<Item = &'a [f32]> {
        (0..self.count()).map(|n| self.row(n))
    }
}

/// `left` × `right` + the columns' start, into rows of `stride` numbers, beginning at `from` in each.
pub(crate) fn multiply(left: Rows<'_>, right: &Panels, out: &mut [f32], stride: usize, from: usize) {
    assert_eq!(left.depth, right.depth, "the sums of a product have one length");
    Arch::new().dispatch(Multiply { left, right, out, stride, from });
}

struct Multiply<'a> {
    left: Rows<'a>,
    right: &'a Panels,
    out: &'a mut [f32],
    stride: usize,
    from: usize,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // Two vectors of sums a row, two of weights, one broadcast: what fits in the registers.
        let most = if S::REGISTER_COUNT >= 32 { 12 } else { 6 };
        let Multiply { left, right, out, stride, from } = self;
        let (rows, depth) = (left.count(), left.depth);
        let group = (GROUP_BYTES / 4 / depth.max(1) / most).max(1) * most;
        let mut packed = Vec::with_capacity(rows.min(group) * depth);
        for first in (0..rows).step_by(group) {
            let last = rows.min(first + group);
            packed.clear();
            for block in (first..last).step_by(most) {
                interleave(left, block, most.min(last - block), &mut packed);
            }
            let panels = right.rows.chunks_exact(depth).zip(&right.start).enumerate();
            for (panel, (weights, start)) in panels {
                let column = panel * WIDTH;
                let width = WIDTH.min(right.width - column);
                for block in (first..last).step_by(most) {
                    let count = most.min(last - block);
                    let left = &packed[(block - first) * depth..][..count * depth];
                    let out = &mut out[block * stride + from + column..];
                    tiles(simd, count, left, weights, start, Target { out, stride, width });
                }
            }
        }
    }
}

/// Appends `count` rows from `first` on, column by column.
#[inline(always)]
fn interleave(left: Rows<'_>, first: usize, count: usize, packed: &mut Vec<f32>) {
    #[inline(always)]
    fn fixed<const N: usize>(left: Rows<'_>, first: usize, packed: &mut Vec<f32>) {
        let rows: [&[f32]; N] = std::array::from_fn(|r| left.row(first + r));
        let depth = left.depth;
        let start = packed.len();
        packed.resize(start + N * depth, 0.0);
        let (cells, _) = packed[start..].as_chunks_mut::<N>();
        let rows = rows.map(|row| &row[..depth]);
        for (k, cell) in cells[..depth].iter_mut().enumerate() {
            *cell = std::array::from_fn(|r| rows[r][k]);
        }
    }
    match count {
        12 => fixed::<12>(left, first, packed),
        6 => fixed::<6>(left, first, packed),
        _ => {
            let start = packed.len();
            packed.resize(start + count * left.depth, 0.0);
            for r in 0..count {
                let cells = packed[start + r..].iter_mut().step_by(count);
                cells.zip(left.row(first + r)).for_each(|(cell, value)| *cell = *value);
            }
        }
    }
}

/// Where a block by a panel goes.
struct Target<'a> {
    out: &'a mut [f32],
    stride: usize,
    width: usize,
}

/// A block of `count` rows by a panel. The count is a constant in each copy of the code, so that the sums
/// stay in registers.
#[inline(always)]
fn tiles<S: Simd>(simd: S, count: usize, left: &[f32], weights: &[Row], start: &Row, target: Target<'_>) {
    match count {
        1 => tile::<S, 1>(simd, left, weights, start, target),
        2 => tile::<S, 2>(simd, left, weights, start, target),
        3 => tile::<S, 3>(simd, left, weights, start, target),
        4 => tile::<S, 4>(simd, left, weights, start, target),
        5 => tile::<S, 5>(simd, left, weights, start, target),
        6 => tile::<S, 6>(simd, left, weights, start, target),
        7 => tile::<S, 7>(simd, left, weights, start, target),
        8 => tile::<S, 8>(simd, left, weights, start, target),
        9 => tile::<S, 9>(simd, left, weights, start, target),
        10 => tile::<S, 10>(simd, left, weights, start, target),
        11 => tile::<S, 11>(simd, left, weights, start, target),
        _ => tile::<S, 12>(simd, left, weights, start, target),
    }
}

#[inline(always)]
fn tile<S: Simd, const N: usize>(simd: S, left: &[f32], weights: &[Row], start: &Row, target: Target<'_>) {
    let (left, _) = left.as_chunks::<N>();
    let lanes = S::F32_LANES;
    for pair in 0..WIDTH / (2 * lanes) {
        let column = pair * 2 * lanes;
        if column >= target.width {
            break;
        }
        let begin = S::as_simd_f32s(&start.0).0;
        let mut sums = [[begin[2 * pair], begin[2 * pair + 1]]; N];
        for (values, weights) in left.iter().zip(weights) {
            let weights = S::as_simd_f32s(&weights.0).0;
            let (first, second) = (weights[2 * pair], weights[2 * pair + 1]);
            for r in 0..N {
                let value = simd.splat_f32s(values[r]);
                sums[r][0] = simd.mul_add_f32s(value, first, sums[r][0]);
                sums[r][1] = simd.mul_add_f32s(value, second, sums[r][1]);
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            let room = &mut target.out[r * target.stride + column..];
            let room = &mut room[..(target.width - column).min(2 * lanes)];
            if room.len() == 2 * lanes {
                S::as_mut_simd_f32s(room).0.copy_from_slice(sums);
            } else {
                let (low, high) = room.split_at_mut(room.len().min(lanes));
                simd.partial_store_f32s(low, sums[0]);
                simd.partial_store_f32s(high, sums[1]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32 - 0.5
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn products_are_those_of_the_definition() {
        for (rows, depth, width) in [(1, 1, 1), (3, 32, 5), (12, 16, 32), (13, 7, 33), (30, 384, 70)] {
            let (left, right, bias) =
                (numbers(rows * depth, 1), numbers(width * depth, 2), numbers(width, 3));
            let mut out = vec![9.0; rows * (width + 2)];
            let panels = Panels::linear(&right, depth, &bias);
            multiply(Rows::whole(&left, depth), &panels, &mut out, width + 2, 1);
            for r in 0..rows {
                let row = &out[r * (width + 2)..][..width + 2];
                assert_eq!((row[0], row[width + 1]), (9.0, 9.0), "written outside");
                for c in 0..width {
                    let terms = (0..depth).map(|k| f64::from(left[r * depth + k] * right[c * depth + k]));
                    let expected = terms.sum::<f64>() + f64::from(bias[c]);
                    assert!((f64::from(row[c + 1]) - expected).abs() < 1e-4, "{rows} {depth} {width}");
                }
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_neighbours() {
        let (left, right) = (numbers(29 * 40, 4), numbers(50 * 40, 5));
        let panels = Panels::linear(&right, 40, &[]);
        let mut all = vec![0.0; 29 * 50];
        multiply(Rows::whole(&left, 40), &panels, &mut all, 50, 0);
        for (row, expected) in left.chunks(40).zip(all.chunks(50)) {
            let mut alone = vec![0.0; 50];
            multiply(Rows::whole(row, 40), &panels, &mut alone, 50, 0);
            assert_eq!(alone, expected);
        }
    }

    #[test]
    fn panels_of_a_matrix_and_of_its_transpose_agree() {
        let matrix = numbers(9 * 40, 6);
        let transpose: Vec<f32> = (0..40 * 9).map(|i| matrix[i % 9 * 40 + i / 9]).collect();
        let (mut a, mut b) = (Panels::default(), Panels::default());
        a.copied(Rows::whole(&matrix, 40));
        b.transposed(Rows::whole(&transpose, 9));
        let left = numbers(2 * 9, 7);
        let (mut x, mut y) = (vec![0.0; 80], vec![0.0; 80]);
        multiply(Rows::whole(&left, 9), &a, &mut x, 40, 0);
        multiply(Rows::whole(&left, 9), &b, &mut y, 40, 0);
        assert_eq!(x, y);
    }
}
