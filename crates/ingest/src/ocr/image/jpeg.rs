//! JPEG.

use super::{DAMAGED, Decoded, PIXELS, Refused, Samples, Wish, exif, measured};
use std::io::Cursor;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Passes of a progressive JPEG: cameras and scanners write ten.
const SCANS: usize = 64;

pub(super) fn read(bytes: &[u8], wish: Wish) -> Result<Decoded, Refused> {
    let options = DecoderOptions::default()
        .set_max_width(PIXELS)
        .set_max_height(PIXELS)
        .jpeg_set_max_scans(SCANS)
        .jpeg_set_out_colorspace(ColorSpace::Luma);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| DAMAGED)?;
    let (width, height) = decoder.dimensions().ok_or(DAMAGED)?;
    measured(width, height)?;
    let grey = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => true,
        // its brightness is a channel of its own
        Some(ColorSpace::YCbCr) => wish == Wish::Grey,
        _ => false,
    };
    if !grey {
        decoder.set_options(options.jpeg_set_out_colorspace(ColorSpace::RGB));
    }
    let samples = decoder.decode().map_err(|_| DAMAGED)?;
    let turn = decoder.exif().map(|block| exif::turn(block)).unwrap_or_default();
    let samples = if grey { Samples::Grey(samples) } else { Samples::Rgb(samples) };
    Ok(Decoded { width, height, samples, turn })
}
