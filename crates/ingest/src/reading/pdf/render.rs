//! Pictures of pages, to be recognised or shown.

use super::interpreter::Document;
use crate::Limits;
use crate::ocr::Grey;
use record::Fault;

/// Longest side of a picture, pixels: A4 at 430 dpi. Beyond it neither a reader nor recognition gains.
const LONGEST: f32 = 5_000.0;
/// A point of PDF in inches.
const POINT: f32 = 1.0 / 72.0;

/// The picture of a page. `Debug` prints its size alone: the pixels show a patient's document.
#[derive(Clone, PartialEq, Eq)]
pub struct Bitmap {
    width: u16,
    height: u16,
    rgba: Vec<u8>,
}

impl Bitmap {
    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u16 {
        self.height
    }

    /// The pixels, rows from the top, four bytes each: red, green, blue, 255.
    #[must_use]
    pub fn rgba(&self) -> &[u8] {
        &self.rgba
    }

    /// The pixels in shades of grey, one byte each (ITU-R BT.601).
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "a weighted mean of bytes is a byte")]
    pub fn grey(&self) -> Vec<u8> {
        let weigh = |p: &[u8]| (299 * u32::from(p[0]) + 587 * u32::from(p[1]) + 114 * u32::from(p[2])) / 1000;
        self.rgba.chunks_exact(4).map(|pixel| weigh(pixel) as u8).collect()
    }
}

impl std::fmt::Debug for Bitmap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bitmap({} × {})", self.width, self.height)
    }
}

/// An opened PDF whose pages can be drawn.
pub struct PageRenderer(pub(super) Document);

impl PageRenderer {
    /// Opens a PDF.
    ///
    /// # Errors
    /// A password, damage, or more bytes than the limit.
    pub fn open(bytes: &[u8], limits: &Limits) -> Result<Self, Fault> {
        if bytes.len() > limits.document_bytes {
            return Err(Fault::Limit);
        }
        Document::open(bytes.to_vec()).map(PageRenderer).map_err(|(fault, _)| fault)
    }

    /// Draws a page (1 = the first) as a viewer shows it, at `dpi` or at what its longest side allows.
    /// Nothing bounds its time and memory but the process that it runs in.
    ///
    /// # Errors
    /// [`Fault::Missing`] where the document has no such page.
    pub fn render(&self, number: u32, dpi: f32) -> Result<Bitmap, Fault> {
        self.draw(number, |longest| (dpi * POINT).min(LONGEST / longest))
    }

    /// The same with a longest side of so many pixels.
    ///
    /// # Errors
    /// As [`PageRenderer::render`].
    pub fn render_within(&self, number: u32, longest_side: u16) -> Result<Bitmap, Fault> {
        self.draw(number, |longest| f32::from(longest_side).min(LONGEST) / longest)
    }

    /// Draws a page with as many pixels a point as is right for its longest side in points.
    fn draw(&self, number: u32, scale: impl Fn(f32) -> f32) -> Result<Bitmap, Fault> {
        let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1)).ok_or(Fault::Missing)?;
        let (width, height) = self.0.size(index).ok_or(Fault::Missing)?;
        let scale = scale(width.max(height).max(1.0)).max(0.0);
        let (width, height, rgba) = self.0.draw(index, scale).ok_or(Fault::Missing)?;
        Ok(Bitmap { width, height, rgba })
    }

    /// Draws a page for recognition.
    pub(super) fn picture(&self, number: u32, dpi: f32) -> Result<Grey, Fault> {
        let bitmap = self.render(number, dpi)?;
        Grey::new(bitmap.width.into(), bitmap.height.into(), bitmap.grey()).ok_or(Fault::Empty)
    }
}

/// Draws one page of a PDF: see [`PageRenderer::render`].
///
/// # Errors
/// The PDF does not open, or has no such page.
pub fn render_page(bytes: &[u8], page: u32, dpi: f32, limits: &Limits) -> Result<Bitmap, Fault> {
    PageRenderer::open(bytes, limits)?.render(page, dpi)
}
