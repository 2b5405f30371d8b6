//! JPEG.

use super::{DAMAGED, PIXELS, Refused, exif, luma, measured};
use crate::ocr::grey::Grey;
use std::io::Cursor;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Passes of a progressive JPEG: cameras and scanners write ten.
const SCANS: usize = 64;

pub(super) fn read(bytes: &[u8]) -> Result<Grey, Refused> {
    let options = DecoderOptions::default()
        .set_max_width(PIXELS)
        .set_max_height(PIXELS)
        .jpeg_set_max_scans(SCANS)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| DAMAGED)?;
    let (width, height) = decoder.dimensions().ok_or(DAMAGED)?;
    measured(width, height)?;
    let straight = matches!(decoder.input_colorspace(), Some(ColorSpace::Luma | ColorSpace::YCbCr));
    if !straight {
        decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::RGB));
    }
    let samples = decoder.decode().map_err(|_| DAMAGED)?;
    let turn = decoder.exif().map(|block| exif::turn(block)).unwrap_or_default();
    let pixels =
        if straight { samples } else { samples.chunks_exact(3).map(|c| luma(c[0], c[1], c[2])).collect() };
    Ok(Grey::new(width, height, pixels).ok_or(DAMAGED)?.turned(turn))
}
