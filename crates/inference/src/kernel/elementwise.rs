//! What is done to each number or to each row: activations, normalisation, softmax.
//!
//! `exp`, `erf` and `tanh` are polynomials, not the C library's functions: they run in vector registers, and
//! give the same bits on every machine.

use pulp::{Arch, Simd, WithSimd};

/// Sums are taken in this many lanes whatever the registers' width, so that they round alike everywhere.
const LANES: usize = 16;

/// What a layer does to each number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Activation {
    /// x · Φ(x), by the error function.
    Gelu,
    /// The same, by the hyperbolic tangent.
    GeluTanh,
    /// The positive part.
    Relu,
    /// x · sigmoid(x).
    Silu,
    /// Hyperbolic tangent.
    Tanh,
    /// Nothing.
    Identity,
}

impl Activation {
    /// Applies it to each number.
    pub(crate) fn apply(self, values: &mut [f32]) {
        Arch::new().dispatch(Apply { activation: self, values });
    }
}

struct Apply<'a> {
    activation: Activation,
    values: &'a mut [f32],
}

impl WithSimd for Apply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let each = self.values.iter_mut();
        match self.activation {
            Activation::Gelu => each.for_each(|x| *x = gelu(*x)),
            Activation::GeluTanh => each.for_each(|x| *x = gelu_tanh(*x)),
            Activation::Relu => each.for_each(|x| *x = x.max(0.0)),
            Activation::Silu => each.for_each(|x| *x /= 1.0 + exp(-*x)),
            Activation::Tanh => each.for_each(|x| *x = tanh(*x)),
            Activation::Identity => {}
        }
    }
}

/// Adds `other` to `values`.
pub(crate) fn add(values: &mut [f32], other: &[f32]) {
    Arch::new().dispatch(Add { values, other });
}

struct Add<'a> {
    values: &'a mut [f32],
    other: &'a [f32],
}

impl WithSimd for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.values.iter_mut().zip(self.other).for_each(|(x, y)| *x += y);
    }
}

/// The rows of a gated layer, `2 × width` numbers each: the activation of the first half times the second
/// half, into rows of `width`.
pub(crate) fn gate(activation: Activation, rows: &mut [f32], width: usize, out: &mut [f32]) {
    for (row, out) in rows.chunks_exact_mut(2 * width).zip(out.chunks_exact_mut(width)) {
        let (values, gates) = row.split_at_mut(width);
        activation.apply(values);
        out.iter_mut().zip(values.iter().zip(gates.iter())).for_each(|(o, (v, g))| *o = v * g);
    }
}

/// Layer normalisation of each row: mean 0, variance 1, then weights and bias (none: an empty one).
pub(crate) fn normalise(rows: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    Arch::new().dispatch(Normalise { rows, weight, bias, epsilon });
}

struct Normalise<'a> {
    rows: &'a mut [f32],
    weight: &'a [f32],
    bias: &'a [f32],
    epsilon: f32,
}

impl WithSimd for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let width = self.weight.len();
        for row in self.rows.chunks_exact_mut(width) {
            let mean = sum(row, |x| x) / width as f32;
            let variance = sum(row, |x| (x - mean) * (x - mean)) / width as f32;
            let scale = 1.0 / (variance + self.epsilon).sqrt();
            row.iter_mut().zip(self.weight).for_each(|(x, w)| *x = (*x - mean) * scale * w);
            row.iter_mut().zip(self.bias).for_each(|(x, b)| *x += b);
        }
    }
}

/// The sum of what `f` makes of each number.
#[inline(always)]
fn sum(values: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut sums = [0.0f32; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += f(chunk[lane]);
        }
    }
    for (sum, x) in sums.iter_mut().zip(rest) {
        *sum += f(*x);
    }
    halve(sums, |a, b| a + b)
}

/// One number from the lanes, by halves.
#[inline(always)]
fn halve(mut lanes: [f32; LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] = join(lanes[lane], lanes[lane + half]);
        }
        half /= 2;
    }
    lanes[0]
}

/// Shares of `exp(scale · x)` in each row's sum, over the row's cells `from..to` by its number; the other
/// cells become 0.
pub(crate) fn softmax(rows: &mut [f32], stride: usize, scale: f32, seen: impl Fn(usize) -> (usize, usize)) {
    for (n, row) in rows.chunks_exact_mut(stride).enumerate() {
        let (from, to) = seen(n);
        row[..from].fill(0.0);
        row[to..].fill(0.0);
        Arch::new().dispatch(Softmax { row: &mut row[from..to], scale });
    }
}

struct Softmax<'a> {
    row: &'a mut [f32],
    scale: f32,
}

impl WithSimd for Softmax<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Softmax { row, scale } = self;
        let mut most = [f32::MIN; LANES];
        let (chunks, rest) = row.as_chunks::<LANES>();
        for chunk in chunks {
            for lane in 0..LANES {
                most[lane] = if chunk[lane] > most[lane] { chunk[lane] } else { most[lane] };
            }
        }
        for (most, x) in most.iter_mut().zip(rest) {
            *most = if *x > *most { *x } else { *most };
        }
        let most = halve(most, |a, b| if a > b { a } else { b });
        row.iter_mut().for_each(|x| *x = exp((*x - most) * scale));
        let share = 1.0 / sum(row, |x| x);
        row.iter_mut().for_each(|x| *x *= share);
    }
}

/// e^x to about one unit in the last place, for x where neither it nor its inverse overflows; beyond, the
/// value at that bound. Cephes' polynomial after the powers of two are taken out.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Adding it leaves the nearest integer in the low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let rounded = x.mul_add(std::f32::consts::LOG2_E, ROUND);
    let n = rounded - ROUND;
    // ln 2 in two parts: the first has few bits, so that its product with n is exact.
    let r = n.mul_add(-0.693_359_4, x);
    let r = n.mul_add(2.121_944_4e-4, r);
    let mut p = 1.987_569_1e-4f32;
    for c in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 0.166_666_65, 0.5] {
        p = p.mul_add(r, c);
    }
    let fraction = p.mul_add(r * r, r) + 1.0;
    f32::from_bits(fraction.to_bits().wrapping_add(rounded.to_bits() << 23))
}

/// The error function, to 1e-6: a ratio of polynomials on [-4, 4], constant beyond (as Eigen has it).
#[inline(always)]
fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let square = x * x;
    let mut p = -2.726_142_3e-10f32;
    for c in [2.770_681_4e-8, -2.101_024e-6, -5.692_506_4e-5, -7.349_906_3e-4, -2.954_6e-3, -1.609_603_3e-2] {
        p = p.mul_add(square, c);
    }
    let mut q = -1.456_607_2e-5f32;
    for c in [-2.133_740_6e-4, -1.682_827e-3, -7.373_329_2e-3, -1.426_473_9e-2] {
        q = q.mul_add(square, c);
    }
    x * p / q
}

#[inline(always)]
fn tanh(x: f32) -> f32 {
    // Beyond 9 it is 1 in f32; near 0 the fraction would lose digits, and two terms of the series are exact.
    let x = x.clamp(-9.0, 9.0);
    let e = exp(2.0 * x);
    if x.abs() < 1e-2 { x - x * x * x / 3.0 } else { (e - 1.0) / (e + 1.0) }
}

#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

#[inline(always)]
fn gelu_tanh(x: f32) -> f32 {
    /// √(2/π)
    const SCALE: f32 = 0.797_884_6;
    0.5 * x * (1.0 + tanh(SCALE * x.mul_add(0.044_715 * x * x, x)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_those_of_the_tables() {
        let close = |name: &str, x: f32, got: f32, expected: f64| {
            let error = (f64::from(got) - expected).abs();
            assert!(error <= 2e-6 * expected.abs().max(0.2), "{name}({x}) = {got}, not {expected}");
        };
        for x in [-80.0f32, -10.0, -1.5, -0.3, -1e-3, 0.0, 1e-4, 0.7, 3.0, 20.0, 80.0] {
            close("exp", x, exp(x), f64::from(x).exp());
            close("tanh", x, tanh(x), f64::from(x).tanh());
        }
        // Abramowitz and Stegun, table 7.1.
        for (x, expected) in [
            (0.0, 0.0),
            (0.1, 0.112_462_916),
            (0.5, 0.520_499_878),
            (1.0, 0.842_700_793),
            (2.0, 0.995_322_265),
            (5.0, 1.0),
        ] {
            close("erf", x, erf(x), expected);
            close("erf", -x, erf(-x), -expected);
        }
    }

    #[test]
    fn activations_by_hand() {
        let check = |activation: Activation, expected: [f32; 3]| {
            let mut values = [-1.0, 0.0, 2.0];
            activation.apply(&mut values);
            for (v, e) in values.iter().zip(expected) {
                assert!((v - e).abs() < 1e-6, "{activation:?}: {values:?}");
            }
        };
        check(Activation::Gelu, [-0.158_655_25, 0.0, 1.954_499_7]);
        check(Activation::GeluTanh, [-0.158_808, 0.0, 1.954_597_7]);
        check(Activation::Relu, [0.0, 0.0, 2.0]);
        check(Activation::Silu, [-0.268_941_42, 0.0, 1.761_594_2]);
        check(Activation::Tanh, [-0.761_594_2, 0.0, 0.964_027_6]);
        check(Activation::Identity, [-1.0, 0.0, 2.0]);
    }

    #[test]
    fn a_normalised_row_has_mean_0_and_variance_1() {
        let mut row: Vec<f32> = (0u8..37).map(|n| f32::from(n) * 0.3 - 2.0).collect();
        let (weight, bias) = (vec![2.0; 37], vec![1.0; 37]);
        normalise(&mut row, &weight, &bias, 0.0);
        let mean = row.iter().sum::<f32>() / 37.0;
        let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / 37.0;
        assert!((mean - 1.0).abs() < 1e-5 && (variance - 4.0).abs() < 1e-4, "{mean} {variance}");
    }

    #[test]
    fn shares_are_of_what_is_seen() {
        let mut rows = [0.0, 1.0, 5.0, 7.0, 3.0, 3.0, 3.0, 3.0];
        softmax(&mut rows, 4, 1.0, |n| (n, 3));
        let e = std::f32::consts::E;
        let total = 1.0 + e + e.powi(5);
        for (got, expected) in
            rows.iter().zip([1.0 / total, e / total, e.powi(5) / total, 0.0, 0.0, 0.5, 0.5, 0.0])
        {
            assert!((got - expected).abs() < 1e-6, "{rows:?}");
        }
    }

    #[test]
    fn a_gate_multiplies_halves() {
        let (mut rows, mut out) = ([-1.0, 2.0, 10.0, 20.0], [0.0; 2]);
        gate(Activation::Relu, &mut rows, 2, &mut out);
        assert_eq!(out, [0.0, 40.0]);
    }
}
