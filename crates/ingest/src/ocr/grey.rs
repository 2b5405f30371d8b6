//! A picture in shades of grey, and how it is turned, shrunk and measured.

/// A picture in shades of grey, one byte a pixel, 0 = black, rows from the top.
#[derive(Clone, PartialEq, Eq)]
pub struct Grey {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl std::fmt::Debug for Grey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // the pixels show a patient's document
        write!(f, "Grey({} × {})", self.width, self.height)
    }
}

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

impl Grey {
    /// A picture of `width` × `height` pixels; `None` where there is no pixel or their number is another.
    #[must_use]
    pub fn new(width: usize, height: usize, pixels: Vec<u8>) -> Option<Grey> {
        let fits = width > 0 && height > 0 && width.checked_mul(height) == Some(pixels.len());
        fits.then_some(Grey { width, height, pixels })
    }

    /// A picture whose pixels a function gives.
    pub(crate) fn from_fn(width: usize, height: usize, mut pixel: impl FnMut(usize, usize) -> u8) -> Grey {
        let (width, height) = (width.max(1), height.max(1));
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            pixels.extend((0..width).map(|x| pixel(x, y)));
        }
        Grey { width, height, pixels }
    }

    /// Width, pixels.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height, pixels.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// Rows from the top, one after the other.
    #[must_use]
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// One row.
    pub(crate) fn row(&self, y: usize) -> &[u8] {
        let start = y.min(self.height - 1) * self.width;
        &self.pixels[start..start + self.width]
    }

    /// The pixel at a place, or the nearest one of the picture.
    pub(crate) fn at(&self, x: usize, y: usize) -> u8 {
        self.row(y)[x.min(self.width - 1)]
    }

    /// The picture turned as told.
    pub(crate) fn turned(self, turn: Turn) -> Grey {
        if turn == Turn::default() {
            return self;
        }
        let (w, h) = (self.width, self.height);
        let (width, height) = if turn.quarters.is_multiple_of(2) { (w, h) } else { (h, w) };
        Grey::from_fn(width, height, |x, y| {
            let (from_x, from_y) = match turn.quarters % 4 {
                0 => (x, y),
                1 => (y, h - 1 - x),
                2 => (w - 1 - x, h - 1 - y),
                _ => (w - 1 - y, x),
            };
            self.at(if turn.mirrored { w - 1 - from_x } else { from_x }, from_y)
        })
    }

    /// The picture scaled to `width` × `height`: areas averaged where it shrinks, lines drawn between pixels
    /// where it grows.
    pub(crate) fn scaled(&self, width: usize, height: usize) -> Grey {
        let columns = Axis::new(self.width, width);
        let rows = Axis::new(self.height, height);
        let mut narrow = Vec::with_capacity(width * self.height);
        for y in 0..self.height {
            let row = self.row(y);
            narrow.extend((0..width).map(|x| columns.value(x, |i| u32::from(row[i]))));
        }
        let mut pixels = Vec::with_capacity(width * height);
        for y in 0..height {
            pixels.extend((0..width).map(|x| rows.value(y, |i| u32::from(narrow[i * width + x]))));
        }
        Grey { width, height, pixels }
    }

    /// The picture at most `longest` pixels wide and high.
    pub(crate) fn at_most(&self, longest: usize) -> Grey {
        let side = self.width.max(self.height);
        if side <= longest {
            return self.clone();
        }
        let shrunk = |length: usize| (length * longest / side).max(1);
        self.scaled(shrunk(self.width), shrunk(self.height))
    }

    /// The mean of all pixels.
    pub(crate) fn mean(&self) -> u8 {
        let sum: u64 = self.pixels.iter().map(|p| u64::from(*p)).sum();
        u8::try_from(sum / self.pixels.len() as u64).unwrap_or(u8::MAX)
    }
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

    fn value(&self, at: usize, pixel: impl Fn(usize) -> u32) -> u8 {
        let (first, weights) = &self.0[at];
        let sum: u32 = weights.iter().enumerate().map(|(k, w)| w * pixel(first + k)).sum();
        u8::try_from((sum + 32_768) >> 16).unwrap_or(u8::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(orientation: u32, expected: &[u8], width: usize) {
        let picture = Grey::new(3, 2, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let turned = picture.turned(Turn::from_exif(orientation));
        assert_eq!((turned.pixels(), turned.width()), (expected, width), "orientation {orientation}");
    }

    #[test]
    fn the_eight_orientations() {
        check(1, &[1, 2, 3, 4, 5, 6], 3);
        check(2, &[3, 2, 1, 6, 5, 4], 3);
        check(3, &[6, 5, 4, 3, 2, 1], 3);
        check(4, &[4, 5, 6, 1, 2, 3], 3);
        check(5, &[1, 4, 2, 5, 3, 6], 2);
        check(6, &[4, 1, 5, 2, 6, 3], 2);
        check(7, &[6, 3, 5, 2, 4, 1], 2);
        check(8, &[3, 6, 2, 5, 1, 4], 2);
        check(0, &[1, 2, 3, 4, 5, 6], 3);
    }

    #[test]
    fn scaling_keeps_flat_areas_and_averages() {
        let flat = Grey::new(40, 30, vec![200; 1200]).unwrap();
        assert!(flat.scaled(7, 9).pixels().iter().chain(flat.scaled(90, 50).pixels()).all(|p| *p == 200));
        let striped = Grey::from_fn(64, 64, |x, _| if x % 2 == 0 { 0 } else { 200 });
        let shrunk = striped.scaled(16, 16);
        assert!((1..15).all(|x| (95..=105).contains(&shrunk.at(x, 8))));
        assert_eq!((striped.at_most(32).width(), striped.at_most(100).width()), (32, 64));
    }

    #[test]
    fn a_picture_has_as_many_pixels_as_it_says() {
        assert!(Grey::new(2, 2, vec![0; 3]).is_none() && Grey::new(0, 0, vec![]).is_none());
        assert_eq!(format!("{:?}", Grey::new(1, 2, vec![7, 9])), "Some(Grey(1 × 2))");
    }
}
