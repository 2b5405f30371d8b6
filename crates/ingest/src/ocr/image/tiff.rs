//! TIFF, one directory at a time.

use super::{DAMAGED, Decoded, PIXELS, Refused, Samples, measured, on_white};
use crate::ocr::raster::Turn;
use record::Fault;
use std::io::Cursor;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

const UNKNOWN: Refused = (Fault::MediaType, "image is a TIFF of a kind that is not read");

/// Reads the picture of a directory, counted from 0.
pub(super) fn read(bytes: &[u8], index: u32) -> Result<Decoded, Refused> {
    let mut limits = Limits::default();
    limits.decoding_buffer_size = 4 * PIXELS;
    limits.intermediate_buffer_size = 4 * PIXELS;
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(|_| DAMAGED)?.with_limits(limits);
    decoder.seek_to_image(usize::try_from(index).unwrap_or(usize::MAX)).map_err(|_| DAMAGED)?;
    let (width, height) = decoder.dimensions().map_err(|_| DAMAGED)?;
    let side = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
    let (width, height) = measured(side(width), side(height))?;
    let kind = decoder.colortype().map_err(|_| DAMAGED)?;
    let orientation = decoder.find_tag_unsigned::<u32>(Tag::Orientation).ok().flatten();
    let palette = match kind {
        ColorType::Palette(_) => decoder.get_tag_u16_vec(Tag::ColorMap).map_err(|_| DAMAGED)?,
        _ => Vec::new(),
    };
    let layout = decoder.image_buffer_layout().map_err(|_| UNKNOWN)?;
    // of an image in planes the first is read: red stands for the colour
    let planar = layout.planes > 1;
    let samples = match decoder.read_image() {
        Ok(DecodingResult::U8(samples)) => samples,
        Ok(DecodingResult::U16(samples)) => samples.iter().map(|s| s.to_be_bytes()[0]).collect(),
        Ok(_) => return Err(UNKNOWN),
        Err(tiff::TiffError::LimitsExceeded) => {
            return Err((Fault::Limit, "image has more pixels than the limit"));
        }
        Err(tiff::TiffError::UnsupportedError(_)) => return Err(UNKNOWN),
        Err(_) => return Err(DAMAGED),
    };
    let samples =
        if planar { Samples::Grey(samples) } else { colours(kind, samples, width, height, &palette)? };
    Ok(Decoded { width, height, samples, turn: Turn::from_exif(orientation.unwrap_or(1)) })
}

fn colours(
    kind: ColorType,
    samples: Vec<u8>,
    width: usize,
    height: usize,
    palette: &[u16],
) -> Result<Samples, Refused> {
    Ok(match kind {
        ColorType::Gray(8 | 16) => Samples::Grey(samples),
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            let step = 255 / ((1u16 << bits) - 1);
            let shade = |value| [u8::try_from(value * step).unwrap_or(u8::MAX)];
            Samples::Grey(packed(&samples, width, height, bits, shade)?)
        }
        ColorType::Palette(bits @ (1 | 2 | 4 | 8)) => {
            let third = palette.len() / 3;
            let part = |n: usize, value: u16| {
                palette.get(n * third + usize::from(value)).map_or(255, |c| c.to_be_bytes()[0])
            };
            let colour = |value| [part(0, value), part(1, value), part(2, value)];
            Samples::Rgb(packed(&samples, width, height, bits, colour)?)
        }
        ColorType::GrayA(8 | 16) => Samples::Grey(
            samples.as_chunks().0.iter().map(|[shade, alpha]| on_white(*shade, *alpha)).collect(),
        ),
        ColorType::RGB(8 | 16) => Samples::Rgb(samples),
        ColorType::RGBA(8 | 16) => {
            each(&samples, |[r, g, b, alpha]| [r, g, b].map(|part| on_white(part, alpha)))
        }
        ColorType::YCbCr(8) => each(&samples, from_luma),
        ColorType::CMYK(8 | 16) => {
            let ink = |c: u8, k: u8| u8::try_from(u32::from(255 - c) * u32::from(255 - k) / 255).unwrap_or(0);
            each(&samples, |[c, m, y, k]| [c, m, y].map(|part| ink(part, k)))
        }
        _ => return Err(UNKNOWN),
    })
}

/// Colours made of pixels of `N` bytes.
fn each<const N: usize>(samples: &[u8], colour: impl Fn([u8; N]) -> [u8; 3]) -> Samples {
    Samples::Rgb(samples.as_chunks().0.iter().flat_map(|pixel| colour(*pixel)).collect())
}

/// The colour of a brightness and two differences (ITU-R BT.601 in full range, as JFIF has it).
fn from_luma([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (i32::from(y) * 1_000, i32::from(cb) - 128, i32::from(cr) - 128);
    let parts = [y + 1_402 * cr, y - 344 * cb - 714 * cr, y + 1_772 * cb];
    parts.map(|part| u8::try_from(((part + 500) / 1_000).clamp(0, 255)).unwrap_or(u8::MAX))
}

/// Values of fewer bits than a byte, rows beginning at bytes.
pub(super) fn packed<const N: usize>(
    samples: &[u8],
    width: usize,
    height: usize,
    bits: u8,
    colour: impl Fn(u16) -> [u8; N],
) -> Result<Vec<u8>, Refused> {
    let per_byte = usize::from(8 / bits);
    let stride = width.div_ceil(per_byte);
    if samples.len() < stride * height {
        return Err(DAMAGED);
    }
    let mask = u8::try_from((1u16 << bits) - 1).unwrap_or(u8::MAX);
    let mut pixels = Vec::with_capacity(width * height * N);
    for row in samples.chunks_exact(stride).take(height) {
        pixels.extend((0..width).flat_map(|x| {
            let shift = 8 - bits * (u8::try_from(x % per_byte).unwrap_or(0) + 1);
            colour(u16::from(row[x / per_byte] >> shift & mask))
        }));
    }
    Ok(pixels)
}
