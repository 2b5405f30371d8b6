//! A sheet of paper on a darker table: where its corners are.
//!
//! **Key decision.** A photo is straightened only when the sheet is beyond doubt: bright, four-cornered, with
//! dark on three sides at least and nothing bright outside. A page with a dark heading must not lose it.

use super::grey::Grey;
use super::projection::Place;

/// The sheet is sought on a picture this large at most.
const SIDE: usize = 800;
/// How much brighter paper is than what it lies on.
const CONTRAST: u32 = 60;
/// The part of the picture that a sheet covers at least.
const COVER: f64 = 0.25;
/// The part of its four-cornered outline that a sheet fills: the rest is ink and shadows.
const FILL: f64 = 0.85;
/// The edge of a sheet is no line: bright pixels this near to it are of the sheet.
const EDGE: f64 = 4.0;
/// The bright part of what is outside at most.
const STRAY: f64 = 0.02;

/// The corners of the sheet, clockwise from the upper left one; `None` where the whole picture is the page.
pub(super) fn corners(picture: &Grey) -> Option<[Place; 4]> {
    let small = picture.at_most(SIDE);
    let bright = bright(&small)?;
    let (width, height) = (small.width(), small.height());
    let sheet = largest(&bright, width, height);
    let corners = extremes(&sheet, width)?;
    let inside = area(corners);
    let total = real(width * height);
    let fills = real(sheet.len()) >= FILL * inside && real(sheet.len()) <= 1.02 * inside;
    let beside = |at: &usize| bright[*at] && !contains(corners, (real(at % width), real(at / width)));
    let stray = real((0..bright.len()).filter(beside).count());
    let outside = total - inside;
    let clear = outside > 0.02 * total && stray <= STRAY * outside;
    if inside < COVER * total
        || !fills
        || !clear
        || !is_convex(corners)
        || sides_free(corners, width, height) < 3
    {
        return None;
    }
    let (along, down) = (real(picture.width()) / real(width), real(picture.height()) / real(height));
    Some(corners.map(|(x, y)| (x * along, y * down)))
}

#[expect(clippy::cast_precision_loss, reason = "a picture of 800 pixels a side")]
fn real(count: usize) -> f64 {
    count as f64
}

/// Which pixels are paper, by the threshold that parts bright from dark best (Otsu, 1979); `None` where the
/// two are much alike.
fn bright(picture: &Grey) -> Option<Vec<bool>> {
    let mut counts = [0u64; 256];
    picture.pixels().iter().for_each(|p| counts[usize::from(*p)] += 1);
    let (all, total) = counts.iter().zip(0u64..).fold((0, 0), |(n, s), (c, v)| (n + c, s + c * v));
    let (mut below, mut below_sum) = (0u64, 0u64);
    let (mut best, mut parting) = (0.0, None);
    for (count, value) in counts.iter().zip(0u64..) {
        below += count;
        below_sum += count * value;
        let above = all - below;
        if below == 0 || above == 0 {
            continue;
        }
        let (dark, light) = (below_sum / below, (total - below_sum) / above);
        let apart = u32::try_from(light.saturating_sub(dark)).unwrap_or(0);
        let score = f64::from(apart).powi(2) * (below as f64 / all as f64) * (above as f64 / all as f64);
        if score > best {
            (best, parting) = (score, Some((value, apart)));
        }
    }
    let (threshold, _) = parting.filter(|(_, apart)| *apart >= CONTRAST)?;
    Some(picture.pixels().iter().map(|p| u64::from(*p) > threshold).collect())
}

/// The largest connected bright area, as places in the picture.
fn largest(bright: &[bool], width: usize, height: usize) -> Vec<usize> {
    let mut seen = vec![false; bright.len()];
    let mut largest = Vec::new();
    for start in 0..bright.len() {
        if seen[start] || !bright[start] {
            continue;
        }
        seen[start] = true;
        let mut area = vec![start];
        let mut next = 0;
        while let Some(&at) = area.get(next) {
            next += 1;
            let (x, y) = (at % width, at / width);
            let neighbours = [
                (x > 0).then(|| at - 1),
                (x + 1 < width).then(|| at + 1),
                (y > 0).then(|| at - width),
                (y + 1 < height).then(|| at + width),
            ];
            for neighbour in neighbours.into_iter().flatten() {
                if bright[neighbour] && !std::mem::replace(&mut seen[neighbour], true) {
                    area.push(neighbour);
                }
            }
        }
        if area.len() > largest.len() {
            largest = area;
        }
    }
    largest
}

/// The four outermost places along the diagonals.
fn extremes(sheet: &[usize], width: usize) -> Option<[Place; 4]> {
    let place = |at: &usize| (real(at % width), real(at / width));
    let furthest = |way: fn(Place) -> f64| {
        sheet.iter().map(place).max_by(|one, other| way(*one).total_cmp(&way(*other)))
    };
    let upper_left = furthest(|(x, y)| -x - y)?;
    let upper_right = furthest(|(x, y)| x - y)?;
    let lower_right = furthest(|(x, y)| x + y)?;
    let lower_left = furthest(|(x, y)| y - x)?;
    Some([
        upper_left,
        (upper_right.0 + 1.0, upper_right.1),
        (lower_right.0 + 1.0, lower_right.1 + 1.0),
        (lower_left.0, lower_left.1 + 1.0),
    ])
}

fn area(corners: [Place; 4]) -> f64 {
    let twice: f64 = (0..4)
        .map(|n| {
            let ((x0, y0), (x1, y1)) = (corners[n], corners[(n + 1) % 4]);
            x0 * y1 - x1 * y0
        })
        .sum();
    twice.abs() / 2.0
}

fn is_convex(corners: [Place; 4]) -> bool {
    (0..4).all(|n| right_of(corners[n], corners[(n + 1) % 4], corners[(n + 2) % 4]) > 0.0)
}

/// Whether a place lies within corners that go clockwise, or next to them.
fn contains(corners: [Place; 4], place: Place) -> bool {
    let inside = |n: usize| {
        let (from, to) = (corners[n], corners[(n + 1) % 4]);
        let length = (to.0 - from.0).hypot(to.1 - from.1);
        right_of(from, to, place) > -EDGE * length
    };
    (0..4).all(inside)
}

/// How far a place is to the right of the way from one to another, times the length of the way.
fn right_of(from: Place, to: Place, place: Place) -> f64 {
    (to.0 - from.0) * (place.1 - from.1) - (to.1 - from.1) * (place.0 - from.0)
}

/// On how many sides of the picture there is something beside the sheet.
fn sides_free(corners: [Place; 4], width: usize, height: usize) -> usize {
    let margin = 0.01 * real(width.max(height));
    let [a, b, c, d] = corners;
    let free = [
        a.1.min(b.1) > margin,
        b.0.max(c.0) < real(width) - margin,
        c.1.max(d.1) < real(height) - margin,
        d.0.min(a.0) > margin,
    ];
    free.into_iter().filter(|side| *side).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A table of shade 40 with a sheet of shade 200 and lines of ink on it.
    fn photo(sheet: [Place; 4], heading: bool) -> Grey {
        Grey::from_fn(500, 700, |x, y| {
            let (px, py) = (x as f64, y as f64);
            let inside = (0..4).all(|n| {
                let ((x0, y0), (x1, y1)) = (sheet[n], sheet[(n + 1) % 4]);
                (x1 - x0) * (py - y0) - (y1 - y0) * (px - x0) >= 0.0
            });
            let ink = y % 30 < 3 && x % 50 < 35 && (100..400).contains(&x) && (100..600).contains(&y);
            match (inside, heading && y < 60 && x % 20 < 4) {
                (true, _) if ink => 30,
                (true, _) | (_, true) => 200,
                _ => 40,
            }
        })
    }

    fn check(sheet: [Place; 4], heading: bool, found: bool) {
        match corners(&photo(sheet, heading)) {
            Some(corners) => {
                assert!(found, "{sheet:?}");
                let apart = corners.iter().zip(sheet).map(|(a, b)| (a.0 - b.0).hypot(a.1 - b.1));
                assert!(apart.clone().all(|d| d < 4.0), "{corners:?}");
            }
            None => assert!(!found, "{sheet:?}"),
        }
    }

    #[test]
    fn a_sheet_on_a_table_is_found() {
        check([(30.0, 20.0), (470.0, 50.0), (450.0, 680.0), (20.0, 640.0)], false, true);
        check([(60.0, 40.0), (440.0, 40.0), (490.0, 690.0), (10.0, 690.0)], false, true);
    }

    #[test]
    fn what_may_belong_to_the_page_is_not_cut_off() {
        // the whole picture is paper
        check([(0.0, 0.0), (500.0, 0.0), (500.0, 700.0), (0.0, 700.0)], false, false);
        // a dark heading above the paper
        check([(0.0, 90.0), (500.0, 90.0), (500.0, 700.0), (0.0, 700.0)], false, false);
        // something bright beside the sheet
        check([(30.0, 90.0), (470.0, 90.0), (450.0, 680.0), (20.0, 640.0)], true, false);
        // a small label
        check([(200.0, 300.0), (300.0, 300.0), (300.0, 400.0), (200.0, 400.0)], false, false);
    }
}
