//! Image files → pictures in shades of grey, shown as their EXIF orientation says.
//!
//! **Key decision.** A picture is refused by its dimensions, which its header tells, before memory is taken
//! for its pixels: a file of a few kilobytes may claim a hundred thousand pixels a side.

mod exif;
mod jpeg;
mod png;
mod tiff;

use super::grey::Grey;
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

    /// The picture of a page, counted from 1.
    pub(crate) fn page(&self, number: u32) -> Result<Grey, Refused> {
        match (self.media, number) {
            (MediaType::Jpeg, 1) => jpeg::read(self.bytes),
            (MediaType::Png, 1) => png::read(self.bytes),
            (MediaType::Tiff, 1..) => tiff::read(self.bytes, number - 1),
            _ => Err((Fault::MediaType, "file holds no such picture")),
        }
    }
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
fn luma(red: u8, green: u8, blue: u8) -> u8 {
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
