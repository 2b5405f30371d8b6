//! TIFF, one directory at a time.

use super::{DAMAGED, PIXELS, Refused, luma, measured, on_white};
use crate::ocr::grey::{Grey, Turn};
use record::Fault;
use std::io::Cursor;
use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::Tag;

const UNKNOWN: Refused = (Fault::MediaType, "image is a TIFF of a kind that is not read");

/// Reads the picture of a directory, counted from 0.
pub(super) fn read(bytes: &[u8], index: u32) -> Result<Grey, Refused> {
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
    let shades = if planar { samples } else { shades(kind, &samples, width, height, &palette)? };
    let grey = Grey::new(width, height, shades).ok_or(DAMAGED)?;
    Ok(grey.turned(Turn::from_exif(orientation.unwrap_or(1))))
}

fn shades(
    kind: ColorType,
    samples: &[u8],
    width: usize,
    height: usize,
    palette: &[u16],
) -> Result<Vec<u8>, Refused> {
    let chunks = |size: usize| samples.chunks_exact(size);
    Ok(match kind {
        ColorType::Gray(8 | 16) => samples.to_vec(),
        ColorType::Gray(bits @ (1 | 2 | 4)) => {
            let step = 255 / ((1u16 << bits) - 1);
            packed(samples, width, height, bits, |value| u8::try_from(value * step).unwrap_or(u8::MAX))?
        }
        ColorType::Palette(bits @ (1 | 2 | 4 | 8)) => {
            let third = palette.len() / 3;
            let colour = |value: u16| {
                let part = |n: usize| {
                    palette.get(n * third + usize::from(value)).map_or(255, |c| c.to_be_bytes()[0])
                };
                luma(part(0), part(1), part(2))
            };
            packed(samples, width, height, bits, colour)?
        }
        ColorType::GrayA(8 | 16) => chunks(2).map(|c| on_white(c[0], c[1])).collect(),
        ColorType::RGB(8 | 16) => chunks(3).map(|c| luma(c[0], c[1], c[2])).collect(),
        ColorType::RGBA(8 | 16) => chunks(4).map(|c| on_white(luma(c[0], c[1], c[2]), c[3])).collect(),
        ColorType::YCbCr(8) => chunks(3).map(|c| c[0]).collect(),
        ColorType::CMYK(8 | 16) => {
            let ink = |c: u8, k: u8| u8::try_from(u32::from(255 - c) * u32::from(255 - k) / 255).unwrap_or(0);
            chunks(4).map(|c| luma(ink(c[0], c[3]), ink(c[1], c[3]), ink(c[2], c[3]))).collect()
        }
        _ => return Err(UNKNOWN),
    })
}

/// Values of fewer bits than a byte, rows beginning at bytes.
pub(super) fn packed(
    samples: &[u8],
    width: usize,
    height: usize,
    bits: u8,
    shade: impl Fn(u16) -> u8,
) -> Result<Vec<u8>, Refused> {
    let per_byte = usize::from(8 / bits);
    let stride = width.div_ceil(per_byte);
    if samples.len() < stride * height {
        return Err(DAMAGED);
    }
    let mask = u8::try_from((1u16 << bits) - 1).unwrap_or(u8::MAX);
    let mut pixels = Vec::with_capacity(width * height);
    for row in samples.chunks_exact(stride).take(height) {
        pixels.extend((0..width).map(|x| {
            let shift = 8 - bits * (u8::try_from(x % per_byte).unwrap_or(0) + 1);
            shade(u16::from(row[x / per_byte] >> shift & mask))
        }));
    }
    Ok(pixels)
}
