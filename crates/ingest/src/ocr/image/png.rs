//! PNG.

use super::{DAMAGED, Decoded, PIXELS, Refused, Samples, exif, measured, on_white};
use png::{ColorType, Decoder, Limits, Transformations};
use record::Fault;
use std::io::Cursor;

pub(super) fn read(bytes: &[u8]) -> Result<Decoded, Refused> {
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
    let samples = match frame.color_type {
        ColorType::Grayscale => Samples::Grey(samples),
        ColorType::GrayscaleAlpha => Samples::Grey(
            samples.as_chunks().0.iter().map(|[shade, alpha]| on_white(*shade, *alpha)).collect(),
        ),
        ColorType::Rgb => Samples::Rgb(samples),
        ColorType::Rgba => {
            let seen = |[r, g, b, alpha]: &[u8; 4]| [r, g, b].map(|part| on_white(*part, *alpha));
            Samples::Rgb(samples.as_chunks().0.iter().flat_map(seen).collect())
        }
        ColorType::Indexed => return Err(DAMAGED),
    };
    Ok(Decoded { width, height, samples, turn })
}
