//! By how much the lines of a page are askew.

use super::grey::Grey;

/// The angle is sought on a picture this large at most.
const SIDE: usize = 900;
/// The largest angle that is sought, in degrees: beyond it a sheet was laid down so on purpose.
const MOST: f64 = 8.0;
/// Steps of the two searches, in degrees.
const STEPS: [f64; 2] = [0.5, 0.1];
/// A page with less ink than one pixel in this many has no lines to level.
const INK: usize = 2_000;
/// A page laid down sideways: how much more its lines must stand out across than along. The edges of a sheet
/// on a dark desk and the rules of a table stand out across as well.
const SIDEWAYS: f64 = 2.0;
/// How much more the lines must stand out than without turning.
const GAIN: f64 = 1.02;

/// The angle of the lines of text, in degrees, growing clockwise; 0 where there are none.
///
/// Seen along its lines, a page is dark and bright in turn: the angle under which neighbouring sums of ink
/// differ most is theirs. Lines may run along the page or, on a page laid down sideways, across it.
pub(super) fn skew(picture: &Grey) -> f64 {
    let small = picture.at_most(SIDE);
    let dark = u32::from(small.mean()) * 4 / 5;
    let ink: Vec<(f32, f32)> = (0..small.height())
        .flat_map(|y| small.row(y).iter().enumerate().map(move |(x, pixel)| (x, y, *pixel)))
        .filter(|(_, _, pixel)| u32::from(*pixel) < dark)
        .map(|(x, y, _)| (coordinate(x), coordinate(y)))
        .collect();
    if ink.len() * INK < small.pixels().len() {
        return 0.0;
    }
    let reach = small.width() + small.height();
    let sought = |across: bool| {
        let tried = |degrees: f64| (relief(&ink, degrees, across, reach), degrees);
        let best = |one: (f64, f64), other: (f64, f64)| if other.0 > one.0 { other } else { one };
        let level = tried(0.0);
        let coarse = steps(0.0, MOST, STEPS[0]).map(tried).fold(level, best);
        let fine = steps(coarse.1, STEPS[0], STEPS[1]).map(tried).fold(coarse, best);
        if fine.0 > level.0 * GAIN { fine } else { (fine.0, 0.0) }
    };
    let (along, across) = (sought(false), sought(true));
    if across.0 > along.0 * SIDEWAYS { across.1 } else { along.1 }
}

fn steps(middle: f64, range: f64, step: f64) -> impl Iterator<Item = f64> {
    let count = count(range / step);
    (-count..=count).map(move |k| middle + f64::from(k) * step)
}

#[expect(clippy::cast_possible_truncation, reason = "a handful of steps")]
fn count(steps: f64) -> i32 {
    steps.round() as i32
}

#[expect(clippy::cast_precision_loss, reason = "a place in a picture of 900 pixels a side")]
fn coordinate(at: usize) -> f32 {
    at as f32
}

/// How much neighbouring sums of ink differ, along lines of that angle.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in a picture of 900 pixels a side, moved to be positive"
)]
fn relief(ink: &[(f32, f32)], degrees: f64, across: bool, reach: usize) -> f64 {
    let (sin, cos) = (degrees.to_radians() as f32).sin_cos();
    let mut sums = vec![0u32; 2 * reach + 1];
    let middle = reach as f32;
    for (x, y) in ink {
        let at = if across { x * cos + y * sin } else { y * cos - x * sin };
        if let Some(sum) = sums.get_mut((at + middle) as usize) {
            *sum += 1;
        }
    }
    sums.windows(2).map(|pair| f64::from(pair[0].abs_diff(pair[1])).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_levelled_along_and_across_the_page() {
        for degrees in [-4.0f64, -0.7, 0.0, 1.5, 6.3] {
            for across in [false, true] {
                let slope = degrees.to_radians().tan();
                let page = Grey::from_fn(700, 700, |x, y| {
                    let (x, y) = (x as f64, y as f64);
                    let line = if across { x + y * slope } else { y - x * slope };
                    if line.rem_euclid(20.0) < 7.0 { 0 } else { 250 }
                });
                assert!((skew(&page) - degrees).abs() < 0.15, "{degrees} {across}: {}", skew(&page));
            }
        }
    }

    #[test]
    fn a_page_without_lines_is_level() {
        assert_eq!(skew(&Grey::from_fn(500, 500, |_, _| 255)), 0.0);
        assert_eq!(skew(&Grey::from_fn(500, 500, |_, _| 0)), 0.0);
    }
}
