//! Image files → pictures, in shades of grey or in colours, shown as their EXIF orientation says.
//!
//! **Key decision.** A picture is refused by its dimensions, which its header tells, before memory is taken
//! for its pixels: a file of a few kilobytes may claim a hundred thousand pixels a side.

mod exif;
mod jpeg;
mod png;
mod tiff;

use super::grey::Grey;
use super::raster::{self, Turn};
use crate::MediaType;
use record::Fault;

/// Pixels of one picture: an A3 page at 600 dpi has 70 million.
pub(crate) const PIXELS: usize = 80_000_000;

/// Why a picture could not be read: what is wrong, and a phrase without patient text.
pub(crate) type Refused = (Fault, &'static str);

/// The pictures of an image file, page by page: one, or as many as a TIFF has directories.
pub(crate) struct Pictures<'a> {
    media: MediaType,
    bytes: &'a [u8],
}

impl<'a> Pictures<'a> {
    /// Pictures of a JPEG, PNG or TIFF; other types have none.
    pub(crate) fn new(media: MediaType, bytes: &'a [u8]) -> Self {
        Pictures { media, bytes }
    }

    /// How many pages the file says it has, at most `limit`; at least one.
    pub(crate) fn count(&self, limit: u32) -> u32 {
        match self.media {
            MediaType::Tiff => exif::directories(self.bytes, limit).max(1),
            _ => 1,
        }
    }

    /// The picture of a page, counted from 1, in shades of grey.
    pub(crate) fn page(&self, number: u32) -> Result<Grey, Refused> {
        let Decoded { width, height, samples, turn } = self.decoded(number, Wish::Grey)?;
        let pixels = match samples {
            Samples::Grey(pixels) => pixels,
            Samples::Rgb(samples) => samples.as_chunks().0.iter().map(|c| luma(*c)).collect(),
        };
        Ok(Grey::new(width, height, pixels).ok_or(DAMAGED)?.turned(turn))
    }

    /// The picture of a page, counted from 1, in its colours, with a longer side of `longest` pixels at most.
    pub(crate) fn coloured(&self, number: u32, longest: usize) -> Result<Coloured, Refused> {
        let Decoded { width, height, samples, turn } = self.decoded(number, Wish::Colour)?;
        let size = raster::within(width, height, longest);
        let rgb = match &samples {
            Samples::Grey(pixels) => {
                let grey = raster::scaled(pixels.as_chunks::<1>().0, width, size);
                grey.into_iter().map(|[shade]| [shade; 3]).collect()
            }
            Samples::Rgb(samples) => raster::scaled(samples.as_chunks::<3>().0, width, size),
        };
        let (width, height, rgb) = raster::turned(&rgb, size.0, turn);
        Ok(Coloured { width, height, rgb: rgb.into_flattened() })
    }

    fn decoded(&self, number: u32, wish: Wish) -> Result<Decoded, Refused> {
        let decoded = match (self.media, number) {
            (MediaType::Jpeg, 1) => jpeg::read(self.bytes, wish),
            (MediaType::Png, 1) => png::read(self.bytes),
            (MediaType::Tiff, 1..) => tiff::read(self.bytes, number - 1),
            _ => Err((Fault::MediaType, "file holds no such picture")),
        }?;
        // a decoder that gives other than its header said must not take anything down
        let (pixels, bytes) = match &decoded.samples {
            Samples::Grey(samples) => (samples.len(), 1),
            Samples::Rgb(samples) => (samples.len(), 3),
        };
        let whole = decoded.width * decoded.height * bytes == pixels;
        if whole { Ok(decoded) } else { Err(DAMAGED) }
    }
}

/// A picture in colours: rows from the top, three bytes a pixel.
pub(crate) struct Coloured {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) rgb: Vec<u8>,
}

/// What a picture is decoded for: a decoder that can leave the colours out does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Grey,
    Colour,
}

/// A picture as its file holds it, not turned yet.
struct Decoded {
    width: usize,
    height: usize,
    samples: Samples,
    turn: Turn,
}

/// One byte a pixel, or three.
enum Samples {
    Grey(Vec<u8>),
    Rgb(Vec<u8>),
}

/// Refuses a picture without pixels or with too many.
fn measured(width: usize, height: usize) -> Result<(usize, usize), Refused> {
    match width.checked_mul(height) {
        Some(0) => Err(DAMAGED),
        Some(pixels) if pixels <= PIXELS => Ok((width, height)),
        _ => Err((Fault::Limit, "image has more pixels than the limit")),
    }
}

const DAMAGED: Refused = (Fault::Damaged, "image is damaged");

/// The brightness of a colour as the eye sees it (ITU-R BT.601).
fn luma([red, green, blue]: [u8; 3]) -> u8 {
    let sum = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
    u8::try_from((sum + 500) / 1000).unwrap_or(u8::MAX)
}

/// A shade seen through `alpha` on white paper.
fn on_white(shade: u8, alpha: u8) -> u8 {
    let (shade, alpha) = (u32::from(shade), u32::from(alpha));
    u8::try_from((shade * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests;
