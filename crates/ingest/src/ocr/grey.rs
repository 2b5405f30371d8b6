//! A picture in shades of grey, and how it is turned, shrunk and measured.

use super::raster::{self, Turn};

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
        let (width, height, pixels) = raster::turned(self.pixels.as_chunks::<1>().0, self.width, turn);
        Grey { width, height, pixels: pixels.into_flattened() }
    }

    /// The picture scaled to `width` × `height`: areas averaged where it shrinks, lines drawn between pixels
    /// where it grows.
    pub(crate) fn scaled(&self, width: usize, height: usize) -> Grey {
        let pixels = raster::scaled(self.pixels.as_chunks::<1>().0, self.width, (width, height));
        Grey { width, height, pixels: pixels.into_flattened() }
    }

    /// The picture at most `longest` pixels wide and high.
    pub(crate) fn at_most(&self, longest: usize) -> Grey {
        let (width, height) = raster::within(self.width, self.height, longest);
        if width == self.width && height == self.height { self.clone() } else { self.scaled(width, height) }
    }

    /// The mean of all pixels.
    pub(crate) fn mean(&self) -> u8 {
        let sum: u64 = self.pixels.iter().map(|p| u64::from(*p)).sum();
        u8::try_from(sum / self.pixels.len() as u64).unwrap_or(u8::MAX)
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
