//! Pictures of pages for people: what a search found is marked on them.

use crate::ocr::{Coloured, Pictures};
use crate::{Limits, MediaType, PageRenderer};
use record::{Fault, Rect};

/// Version of the drawing: a picture that is kept somewhere is kept under it.
pub const PREVIEW: u32 = 1;

/// Marker: white becomes this, black stays black.
const MARKER: [u8; 3] = [255, 226, 64];
/// A marked word has this much air around it, in parts of its shorter side.
const AIR: f32 = 0.15;

/// How a page is to be shown.
#[derive(Debug, Clone, PartialEq)]
pub struct PageView {
    /// Longest side of the picture, pixels. An image is never made larger than it is.
    pub longest_side: u16,
    /// What is marked, as fractions of the page.
    pub highlights: Vec<Rect>,
}

/// The picture of a page (1 = the first) as PNG.
///
/// # Errors
/// The document does not open, has no such page ([`Fault::Missing`]), or is of a type whose pages are not
/// drawn ([`Fault::MediaType`]).
pub fn preview(
    media: MediaType,
    bytes: &[u8],
    page: u32,
    view: &PageView,
    limits: &Limits,
) -> Result<Vec<u8>, Fault> {
    if bytes.len() > limits.document_bytes {
        return Err(Fault::Limit);
    }
    let Coloured { width, height, mut rgb } = match media {
        MediaType::Pdf => of_pdf(bytes, page, view.longest_side, limits)?,
        MediaType::Jpeg | MediaType::Png | MediaType::Tiff => {
            let pictures = Pictures::new(media, bytes);
            if page == 0 || page > pictures.count(limits.pages) {
                return Err(Fault::Missing);
            }
            pictures.coloured(page, view.longest_side.into()).map_err(|(fault, _)| fault)?
        }
        _ => return Err(Fault::MediaType),
    };
    let mut marked = vec![false; width * height];
    for area in &view.highlights {
        mark(&mut marked, width, height, area);
    }
    for (pixel, _) in rgb.chunks_exact_mut(3).zip(&marked).filter(|(_, marked)| **marked) {
        for (value, marker) in pixel.iter_mut().zip(MARKER) {
            *value = u8::try_from(u16::from(*value) * u16::from(marker) / 255).unwrap_or(u8::MAX);
        }
    }
    let side = |length: usize| u32::try_from(length).map_err(|_| Fault::Limit);
    encode(&rgb, side(width)?, side(height)?).map_err(|_| Fault::Limit)
}

fn of_pdf(bytes: &[u8], page: u32, longest_side: u16, limits: &Limits) -> Result<Coloured, Fault> {
    let picture = PageRenderer::open(bytes, limits)?.render_within(page, longest_side)?;
    let rgb = picture.rgba().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Ok(Coloured { width: picture.width().into(), height: picture.height().into(), rgb })
}

/// Notes the pixels of an area: one that is marked twice is no darker.
#[expect(clippy::cast_precision_loss, reason = "a picture has far fewer than 2^23 pixels a side")]
fn mark(marked: &mut [bool], width: usize, height: usize, area: &Rect) {
    let (across, down) = (width as f32, height as f32);
    let air = AIR * ((area.x1 - area.x0) * across).min((area.y1 - area.y0) * down).max(0.0);
    let columns = span(area.x0 - air / across, area.x1 + air / across, width);
    for row in span(area.y0 - air / down, area.y1 + air / down, height) {
        marked[row * width..][..width][columns.clone()].fill(true);
    }
}

/// Pixels between two fractions of a length; none where the fractions are none.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "clamped to the length of a picture's side"
)]
fn span(from: f32, to: f32, length: usize) -> std::ops::Range<usize> {
    let pixel = |fraction: f32| (fraction * length as f32).clamp(0.0, length as f32);
    let (from, to) = (pixel(from).floor() as usize, pixel(to).ceil() as usize);
    from..to.max(from)
}

fn encode(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_marked_with_air_whichever_way_it_runs() {
        let check = |area, expected: [usize; 4]| {
            let mut marked = vec![false; 100 * 100];
            mark(&mut marked, 100, 100, &area);
            let at: Vec<(usize, usize)> =
                (0..10_000).filter(|n| marked[*n]).map(|n| (n % 100, n / 100)).collect();
            let columns = at.iter().map(|(x, _)| *x);
            let rows = at.iter().map(|(_, y)| *y);
            let ends =
                [columns.clone().min(), rows.clone().min(), columns.max(), rows.max()].map(Option::unwrap);
            assert_eq!(ends, expected);
        };
        check(Rect { x0: 0.205, y0: 0.505, x1: 0.605, y1: 0.595 }, [19, 49, 61, 60]);
        check(Rect { x0: 0.505, y0: 0.205, x1: 0.595, y1: 0.605 }, [49, 19, 60, 61]);
    }

    /// A picture of 4 × 2 grey pixels, as PNG.
    fn image() -> Vec<u8> {
        encode(&[120; 24], 4, 2).unwrap()
    }

    fn pixels(png: &[u8]) -> Vec<u8> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        pixels
    }

    #[test]
    fn an_image_is_shown_with_its_marks() {
        let half = Rect { x0: 0.0, y0: 0.0, x1: 0.4, y1: 1.0 };
        let view = |highlights| PageView { longest_side: 100, highlights };
        let shown = |highlights| {
            preview(MediaType::Png, &image(), 1, &view(highlights), &Limits::default())
                .map(|png| pixels(&png))
        };
        assert_eq!(shown(vec![]), Ok(vec![120; 24]));
        let (marked, plain) = ([120, 106, 30], [120; 3]);
        assert_eq!(shown(vec![half]), Ok([marked, marked, plain, plain].concat().repeat(2)));
    }

    #[test]
    fn what_cannot_be_shown_says_why() {
        let check = |media, bytes: &[u8], page, expected| {
            let view = PageView { longest_side: 100, highlights: Vec::new() };
            let limits = Limits { document_bytes: 1_000, ..Limits::default() };
            assert_eq!(preview(media, bytes, page, &view, &limits).err(), Some(expected));
        };
        check(MediaType::Png, &image(), 0, Fault::Missing);
        check(MediaType::Png, &image(), 2, Fault::Missing);
        check(MediaType::Png, &image()[..40], 1, Fault::Damaged);
        check(MediaType::Tiff, b"II*\0\x08\0\0\0\0\0\0\0\0\0", 1, Fault::Damaged);
        check(MediaType::Png, &[0; 1_001], 1, Fault::Limit);
        check(MediaType::Text, b"texte", 1, Fault::MediaType);
    }

    #[test]
    fn areas_off_the_page_mark_what_is_on_it() {
        let check = |from, to, expected: std::ops::Range<usize>| assert_eq!(span(from, to, 100), expected);
        check(0.1, 0.2, 10..20);
        check(-1.0, 0.05, 0..5);
        check(0.9, 7.0, 90..100);
        check(0.5, 0.4, 50..50);
        check(f32::NAN, f32::NAN, 0..0);
        check(f32::NEG_INFINITY, f32::INFINITY, 0..100);
    }
}
