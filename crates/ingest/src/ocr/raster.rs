//! Pixels of one byte or several, and how they are turned and scaled.

/// How a picture must be turned to be shown as it was meant: by quarters clockwise, after mirroring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Turn {
    /// Quarters of a turn, clockwise.
    pub(crate) quarters: u8,
    /// Whether left and right are exchanged first.
    pub(crate) mirrored: bool,
}

impl Turn {
    /// The turn that an EXIF or TIFF orientation asks for (EXIF 2.32, tag 274); other values ask for none.
    pub(crate) fn from_exif(orientation: u32) -> Turn {
        let (quarters, mirrored) = match orientation {
            2 => (0, true),
            3 => (2, false),
            4 => (2, true),
            5 => (3, true),
            6 => (1, false),
            7 => (1, true),
            8 => (3, false),
            _ => (0, false),
        };
        Turn { quarters, mirrored }
    }
}

/// The pixels of a picture `width` pixels wide turned as told: width, height, pixels.
pub(crate) fn turned<const N: usize>(
    pixels: &[[u8; N]],
    width: usize,
    turn: Turn,
) -> (usize, usize, Vec<[u8; N]>) {
    let (w, h) = (width, pixels.len() / width.max(1));
    let (width, height) = if turn.quarters.is_multiple_of(2) { (w, h) } else { (h, w) };
    let mut out = Vec::with_capacity(pixels.len());
    for y in 0..height {
        out.extend((0..width).map(|x| {
            let (from_x, from_y) = match turn.quarters % 4 {
                0 => (x, y),
                1 => (y, h - 1 - x),
                2 => (w - 1 - x, h - 1 - y),
                _ => (w - 1 - y, x),
            };
            pixels[from_y * w + if turn.mirrored { w - 1 - from_x } else { from_x }]
        }));
    }
    (width, height, out)
}

/// The pixels of a picture `from` pixels wide scaled to `width` × `height`: areas averaged where it shrinks,
/// lines drawn between pixels where it grows.
pub(crate) fn scaled<const N: usize>(
    pixels: &[[u8; N]],
    from: usize,
    (width, height): (usize, usize),
) -> Vec<[u8; N]> {
    let from_height = pixels.len() / from.max(1);
    let columns = Axis::new(from, width);
    let rows = Axis::new(from_height, height);
    let mut narrow = Vec::with_capacity(width * from_height);
    for row in pixels.chunks_exact(from) {
        narrow.extend((0..width).map(|x| columns.value(x, |i| row[i])));
    }
    let mut out = Vec::with_capacity(width * height);
    for y in 0..height {
        out.extend((0..width).map(|x| rows.value(y, |i| narrow[i * width + x])));
    }
    out
}

/// What `width` × `height` become when the longer side is at most `longest`.
pub(crate) fn within(width: usize, height: usize, longest: usize) -> (usize, usize) {
    let side = width.max(height);
    let shrunk = |length: usize| if side <= longest { length } else { (length * longest / side).max(1) };
    (shrunk(width), shrunk(height))
}

/// How pixels of one side are made from those of another: for each, where it begins and the weights in
/// 1/65536.
struct Axis(Vec<(usize, Vec<u32>)>);

impl Axis {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "pixels of a side, far below 2^52, and weights between 0 and 1"
    )]
    fn new(from: usize, to: usize) -> Axis {
        let step = from as f64 / to as f64;
        // a triangle as wide as the new pixel, or as the old one where the picture grows
        let radius = step.max(1.0);
        let weights = (0..to).map(|i| {
            let centre = (i as f64 + 0.5) * step - 0.5;
            let first = (centre - radius).ceil().max(0.0) as usize;
            let last = ((centre + radius).floor() as usize).min(from - 1);
            let raw: Vec<f64> =
                (first..=last).map(|k| (1.0 - (k as f64 - centre).abs() / radius).max(0.0)).collect();
            let sum: f64 = raw.iter().sum::<f64>().max(1e-9);
            (first, raw.iter().map(|w| (w / sum * 65_536.0).round() as u32).collect())
        });
        Axis(weights.collect())
    }

    fn value<const N: usize>(&self, at: usize, pixel: impl Fn(usize) -> [u8; N]) -> [u8; N] {
        let (first, weights) = &self.0[at];
        let mut sums = [0u32; N];
        for (k, weight) in weights.iter().enumerate() {
            for (sum, part) in sums.iter_mut().zip(pixel(first + k)) {
                *sum += weight * u32::from(part);
            }
        }
        sums.map(|sum| u8::try_from((sum + 32_768) >> 16).unwrap_or(u8::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_keep_together() {
        let pixels = [[1, 10, 100], [2, 20, 200]];
        assert_eq!(turned(&pixels, 2, Turn::from_exif(6)), (1, 2, pixels.to_vec()));
        assert_eq!(turned(&pixels, 2, Turn::from_exif(3)).2, [pixels[1], pixels[0]]);
        assert_eq!(scaled(&[[7, 80, 250]; 12], 4, (2, 1)), [[7, 80, 250]; 2]);
    }

    #[test]
    fn sides_keep_their_proportion() {
        let check = |size: (usize, usize), longest, expected| {
            assert_eq!(within(size.0, size.1, longest), expected);
        };
        check((4_000, 3_000), 1_000, (1_000, 750));
        check((300, 400), 400, (300, 400));
        check((10_000, 1), 100, (100, 1));
    }
}
