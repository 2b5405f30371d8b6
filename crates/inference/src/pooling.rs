//! From the rows of a text's tokens to one vector.

use crate::Error;
use crate::kernel::{Activation, Panels, Rows, multiply};

/// How the rows become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// The average.
    Mean,
    /// The first token's.
    First,
    /// The average, each token weighing its place in the text: 1, 2, 3, …
    Weighted,
}

impl Pooling {
    /// By its name in sentence-transformers.
    pub(crate) fn named(name: &str) -> Result<Pooling, Error> {
        match name {
            "mean" => Ok(Pooling::Mean),
            "cls" => Ok(Pooling::First),
            "weightedmean" => Ok(Pooling::Weighted),
            _ => Err(Error::Unsupported { what: "pooling", value: name.to_owned() }),
        }
    }

    /// One vector from rows of `width`, the first `skipped` left out; zeros where none is left.
    pub(crate) fn pool(self, rows: &[f32], width: usize, skipped: usize) -> Vec<f32> {
        let mut vector = vec![0.0; width];
        let rows = rows.chunks_exact(width).enumerate().skip(skipped);
        let mut total = 0.0;
        for (n, row) in rows.take(if self == Pooling::First { 1 } else { usize::MAX }) {
            let weight = if self == Pooling::Weighted { (n + 1) as f32 } else { 1.0 };
            total += weight;
            vector.iter_mut().zip(row).for_each(|(v, x)| *v += weight * x);
        }
        if total > 0.0 {
            vector.iter_mut().for_each(|v| *v /= total);
        }
        vector
    }
}

/// A layer after the pooling, to another dimension.
#[derive(Debug)]
pub(crate) struct Dense {
    pub(crate) weights: Panels,
    pub(crate) activation: Activation,
}

impl Dense {
    /// Numbers of its vectors.
    pub(crate) fn width(&self) -> usize {
        self.weights.width()
    }

    pub(crate) fn apply(&self, vector: &[f32]) -> Vec<f32> {
        let mut out = vec![0.0; self.width()];
        multiply(Rows::whole(vector, vector.len()), &self.weights, &mut out, self.width(), 0);
        self.activation.apply(&mut out);
        out
    }
}

/// Makes the length 1, where it is not 0.
pub(crate) fn to_length_1(vector: &mut [f32]) {
    let square: f64 = vector.iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
    if square > 0.0 {
        let scale = (1.0 / square.sqrt()) as f32;
        vector.iter_mut().for_each(|v| *v *= scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_one() {
        let rows = [1.0, 0.0, 3.0, 6.0, 5.0, 3.0];
        let check = |name, skipped, expected: [f32; 2]| {
            assert_eq!(Pooling::named(name).unwrap().pool(&rows, 2, skipped), expected, "{name} {skipped}");
        };
        check("mean", 0, [3.0, 3.0]);
        check("mean", 1, [4.0, 4.5]);
        check("mean", 3, [0.0, 0.0]);
        check("cls", 0, [1.0, 0.0]);
        check("cls", 2, [5.0, 3.0]);
        check("weightedmean", 0, [22.0 / 6.0, 21.0 / 6.0]);
        check("weightedmean", 1, [21.0 / 5.0, 21.0 / 5.0]);
        assert!(Pooling::named("lasttoken").is_err());
    }

    #[test]
    fn length_1() {
        let (mut vector, mut zeros) = ([3.0, 4.0], [0.0, 0.0]);
        to_length_1(&mut vector);
        to_length_1(&mut zeros);
        assert_eq!((vector, zeros), ([0.6, 0.8], [0.0, 0.0]));
    }
}
