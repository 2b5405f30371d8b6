//! PNG.

use super::{DAMAGED, PIXELS, Refused, exif, luma, measured, on_white};
use crate::ocr::grey::Grey;
use png::{ColorType, Decoder, Limits, Transformations};
use record::Fault;
use std::io::Cursor;

pub(super) fn read(bytes: &[u8]) -> Result<Grey, Refused> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: 8 * PIXELS });
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|_| DAMAGED)?;
    let info = reader.info();
    let side = |length: u32| usize::try_from(length).unwrap_or(usize::MAX);
    let (width, height) = measured(side(info.width), side(info.height))?;
    let turn = info.exif_metadata.as_ref().map(|block| exif::turn(block)).unwrap_or_default();
    let size = reader.output_buffer_size().ok_or((Fault::Limit, "image has more pixels than the limit"))?;
    let mut samples = vec![0; size];
    let frame = reader.next_frame(&mut samples).map_err(|_| DAMAGED)?;
    samples.truncate(frame.buffer_size());
    let pixels = match frame.color_type {
        ColorType::Grayscale => samples,
        ColorType::GrayscaleAlpha => samples.chunks_exact(2).map(|c| on_white(c[0], c[1])).collect(),
        ColorType::Rgb => samples.chunks_exact(3).map(|c| luma(c[0], c[1], c[2])).collect(),
        ColorType::Rgba => samples.chunks_exact(4).map(|c| on_white(luma(c[0], c[1], c[2]), c[3])).collect(),
        ColorType::Indexed => return Err(DAMAGED),
    };
    Ok(Grey::new(width, height, pixels).ok_or(DAMAGED)?.turned(turn))
}
