//! The PDF interpreter: hayro draws a page on a device of ours that keeps glyphs instead of pixels.
//!
//! **Key decision.** hayro changes its API with each release: nothing outside this file names it. What
//! comes out is [`Drawn`], in points of the page as it is shown (after `/Rotate` and `/CropBox`), origin
//! top left.
//!
//! **What it does not do.** hayro bounds neither its memory nor its time. The caller runs in a process that
//! can be killed.

use super::glyph::{Glyph, Point, mended};
use crate::reading::plain;
use encoding_rs::WINDOWS_1252;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use hayro_interpret::font::{Glyph as Shape, GlyphRun, OutlineGlyph};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::object::{Array, Dict, Name, Object, Stream, String as PdfString};
use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro_interpret::kurbo::{Affine, BezPath, Point as Place, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, TransformExt, interpret_page,
};
use record::Fault;
use skrifa::MetadataProvider;
use std::collections::{HashMap, HashSet};

/// A page keeps no more glyphs than this: a dense one has ten thousand.
const GLYPHS: usize = 200_000;
/// Code points read from an embedded font to tell what its glyphs are.
const CODE_POINTS: usize = 100_000;

/// An opened PDF.
pub(super) struct Document(Pdf);

/// What a page draws.
pub(super) struct Drawn {
    /// Width as shown, points.
    pub(super) width: f64,
    /// Height as shown, points.
    pub(super) height: f64,
    /// Glyphs on the page, in the order of drawing.
    pub(super) glyphs: Vec<Glyph>,
    /// Area of the images over the area of the page.
    pub(super) image_share: f64,
    /// Dots per inch of the image that covers most.
    pub(super) image_dpi: f64,
    /// How many paths are drawn.
    pub(super) paths: usize,
    /// Whether there were more glyphs than a page may have.
    pub(super) cut: bool,
}

impl Document {
    /// Opens a PDF; one that is encrypted with the empty password opens like any other.
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self, (Fault, &'static str)> {
        Pdf::new(bytes).map(Document).map_err(|error| match error {
            LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
                (Fault::Password, "PDF needs a password")
            }
            LoadPdfError::Decryption(_) => (Fault::Damaged, "PDF has an encryption that is not known"),
            LoadPdfError::Invalid => (Fault::Damaged, "PDF is damaged beyond repair"),
        })
    }

    /// How many pages the page tree gives.
    pub(super) fn page_count(&self) -> usize {
        self.0.pages().len()
    }

    /// The size of a page as it is shown, points; `None` for a page that is not there.
    pub(super) fn size(&self, index: usize) -> Option<(f32, f32)> {
        self.0.pages().get(index).map(hayro_interpret::hayro_syntax::page::Page::render_dimensions)
    }

    /// Where two corners in a page's own space stand on the page as it is shown, as fractions.
    pub(super) fn shown(&self, index: usize, [x0, y0, x1, y1]: [f64; 4]) -> Option<record::Rect> {
        let page = self.0.pages().get(index)?;
        let place =
            page.initial_transform(true).to_kurbo().transform_rect_bbox(Rect::new(x0, y0, x1, y1).abs());
        let (width, height) = page.render_dimensions();
        let of = |value: f64, whole: f32| fraction(value / f64::from(whole.max(1e-6)));
        let area = record::Rect {
            x0: of(place.x0, width),
            y0: of(place.y0, height),
            x1: of(place.x1, width),
            y1: of(place.y1, height),
        };
        (area.x0 < area.x1 && area.y0 < area.y1).then_some(area)
    }

    /// Draws a page on white, `scale` pixels a point: width, height, and pixels as RGBA.
    pub(super) fn draw(&self, index: usize, scale: f32) -> Option<(u16, u16, Vec<u8>)> {
        let page = self.0.pages().get(index)?;
        let target = PixmapSettings {
            x_scale: scale,
            y_scale: scale,
            bg_color: hayro::vello_cpu::color::palette::css::WHITE,
        };
        let (interpreter, drawing) = (InterpreterSettings::default(), RenderSettings::default());
        let pixmap = hayro::render(page, &RenderCache::new(), &interpreter, &drawing, &target);
        let (width, height) = (pixmap.width(), pixmap.height());
        // the background is opaque: premultiplied or not is the same
        Some((width, height, pixmap.data_as_u8_slice().to_vec()))
    }

    /// What the pages draw, in order, one at a time; `None` for those that are not `wanted`.
    pub(super) fn pages(&self, mut wanted: impl FnMut() -> bool) -> impl Iterator<Item = Option<Drawn>> {
        let cache = InterpreterCache::new();
        let mut fonts = Fonts { pdf: &self.0, one_byte: None, reverse: HashMap::new() };
        self.0.pages().iter().map(move |page| {
            if !wanted() {
                return None;
            }
            let (width, height) = page.render_dimensions();
            let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
            let transform = page.initial_transform(true).to_kurbo();
            let settings = InterpreterSettings::default();
            let mut context = Context::new(transform, area, &cache, self.0.xref(), settings);
            let mut canvas = Canvas::new(area, &mut fonts);
            interpret_page(page, &mut context, &mut canvas);
            Some(Drawn {
                width: area.width(),
                height: area.height(),
                image_share: canvas.image_area / area.area().max(1.0),
                image_dpi: canvas.largest_image.1,
                paths: canvas.paths,
                cut: canvas.cut,
                glyphs: canvas.glyphs,
            })
        })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "fractions of a page need no more than an f32")]
fn fraction(value: f64) -> f32 {
    value.clamp(0.0, 1.0) as f32
}

/// What is known of fonts that do not say which characters their glyphs are.
struct Fonts<'a> {
    pdf: &'a Pdf,
    /// PostScript names of fonts whose codes are Windows-1252 bytes; looked for once, when first needed.
    one_byte: Option<HashSet<String>>,
    /// Glyph → character of embedded fonts, by the font's key.
    reverse: HashMap<u128, HashMap<u32, char>>,
}

impl Fonts<'_> {
    /// The character of a glyph without `ToUnicode` and without a name that tells.
    fn character(&mut self, glyph: &OutlineGlyph) -> Option<char> {
        let font = glyph.font_data()?;
        if let Ok(code) = u8::try_from(glyph.char_code())
            && let Some(name) = &font.postscript_name
            && self.one_byte.get_or_insert_with(|| one_byte_fonts(self.pdf)).contains(name)
        {
            return WINDOWS_1252.decode_without_bom_handling(&[code]).0.chars().next();
        }
        let reverse = self.reverse.entry(font.cache_key).or_insert_with(|| {
            let Ok(font) = skrifa::FontRef::from_index(font.data.as_ref().as_ref(), 0) else {
                return HashMap::new();
            };
            let mut characters = HashMap::new();
            for (code_point, glyph) in font.charmap().mappings().take(CODE_POINTS) {
                if let Some(c) = char::from_u32(code_point).filter(|c| !('\u{e000}'..='\u{f8ff}').contains(c))
                {
                    characters.entry(glyph.to_u32()).or_insert(c);
                }
            }
            characters
        });
        reverse.get(&glyph.glyph_id().to_u32()).copied()
    }
}

/// Names of the CID fonts that Ghostscript writes with a CMap `OneByteIdentityH` and no `ToUnicode`: one
/// in ten of the PDFs inside CDA documents has them, and their codes are Windows-1252 bytes.
fn one_byte_fonts(pdf: &Pdf) -> HashSet<String> {
    let mut names = HashSet::new();
    for object in pdf.objects() {
        let Object::Dict(font) = object else { continue };
        let composite = font.get::<Name<'_>>(b"Subtype".as_ref()).is_some_and(|n| n.as_ref() == b"Type0");
        if !composite || font.contains_key(b"ToUnicode".as_ref()) {
            continue;
        }
        let encoding = font.get::<Stream<'_>>(b"Encoding".as_ref());
        let map = encoding.and_then(|e| e.dict().get::<Name<'_>>(b"CMapName".as_ref()));
        if !map.is_some_and(|n| n.as_ref().starts_with(b"OneByteIdentity")) {
            continue;
        }
        let descendants = font.get::<Array<'_>>(b"DescendantFonts".as_ref());
        let Some(descendant) = descendants.and_then(|a| a.iter::<Dict<'_>>().next()) else { continue };
        let descriptor = descendant.get::<Dict<'_>>(b"FontDescriptor".as_ref());
        for dict in [Some(&descendant), descriptor.as_ref()].into_iter().flatten() {
            for key in [b"BaseFont".as_ref(), b"FontName".as_ref()] {
                let name = dict.get::<Name<'_>>(key);
                names.extend(name.map(|n| without_subset_tag(n.as_str()).to_owned()));
            }
        }
    }
    names
}

/// `ABCDEF+Name` → `Name`.
fn without_subset_tag(name: &str) -> &str {
    match name.split_once('+') {
        Some((tag, rest)) if tag.len() == 6 => rest,
        _ => name,
    }
}

/// A device that keeps glyphs and counts the rest.
struct Canvas<'f, 'p> {
    page: Rect,
    fonts: &'f mut Fonts<'p>,
    glyphs: Vec<Glyph>,
    /// Open marked content: replacement text, and where its glyphs begin.
    marked: Vec<(Option<String>, usize)>,
    /// Where each glyph stands, on a coarse grid, to know a second drawing of the same.
    seen: HashMap<(char, i64, i64), usize>,
    /// Start and length of the last filled run: its outline may be stroked next.
    last_fill: Option<(Place, usize)>,
    image_area: f64,
    /// Area of the largest image, and its dots per inch.
    largest_image: (f64, f64),
    paths: usize,
    cut: bool,
}

impl<'f, 'p> Canvas<'f, 'p> {
    fn new(page: Rect, fonts: &'f mut Fonts<'p>) -> Self {
        Canvas {
            page,
            fonts,
            glyphs: Vec::new(),
            marked: Vec::new(),
            seen: HashMap::new(),
            last_fill: None,
            image_area: 0.0,
            largest_image: (0.0, 0.0),
            paths: 0,
            cut: false,
        }
    }

    fn glyph(&mut self, shape: &Shape<'_>, transform: Affine, invisible: bool) {
        let Some(mut glyph) = placed(shape, transform) else { return };
        let margin = glyph.size;
        let near = Rect::new(
            self.page.x0 - margin,
            self.page.y0 - margin,
            self.page.x1 + margin,
            self.page.y1 + margin,
        );
        if !near.contains(Place::new(glyph.start.x, glyph.start.y)) {
            return;
        }
        let text = match shape.as_unicode() {
            Some(BfString::Char(c)) => Some(c.to_string()),
            Some(BfString::String(text)) => Some(mended(text)),
            None => match shape {
                Shape::Outline(outline) => self.fonts.character(outline).map(String::from),
                Shape::Type3(_) => None,
            },
        };
        glyph.unmapped = text.is_none();
        glyph.text = text.unwrap_or_else(|| char::REPLACEMENT_CHARACTER.to_string());
        glyph.invisible = invisible;
        if self.is_double(&glyph) {
            return;
        }
        if self.glyphs.len() < GLYPHS {
            self.glyphs.push(glyph);
        } else {
            self.cut = true;
        }
    }

    /// Whether the same glyph was drawn within a tenth of an em: false bold, a shadow. Remembers it if not.
    #[expect(clippy::cast_possible_truncation, reason = "positions on the page, checked to be near it")]
    fn is_double(&mut self, glyph: &Glyph) -> bool {
        let Some(first) = glyph.text.chars().next().filter(|_| !glyph.is_space()) else { return false };
        let cell = (glyph.size * 0.2).max(0.2);
        let (x, y) = ((glyph.start.x / cell).round() as i64, (glyph.start.y / cell).round() as i64);
        for (dx, dy) in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (dx, dy))) {
            let other = self.seen.get(&(first, x + dx, y + dy)).and_then(|i| self.glyphs.get(*i));
            if other.is_some_and(|o| o.text == glyph.text && o.start.distance(glyph.start) < 0.1 * glyph.size)
            {
                return true;
            }
        }
        self.seen.insert((first, x, y), self.glyphs.len());
        false
    }
}

/// A glyph without its text; `None` where its place is no number.
fn placed(shape: &Shape<'_>, transform: Affine) -> Option<Glyph> {
    let advance = match shape {
        Shape::Outline(glyph) => glyph.advance_width(),
        Shape::Type3(glyph) => glyph.advance_width(),
    };
    let origin = transform * Place::ZERO;
    let end = transform * Place::new(f64::from(advance.unwrap_or(500.0)), 0.0);
    let up = transform * Place::new(0.0, 1000.0);
    let along = (transform * Place::new(1000.0, 0.0)) - origin;
    let size = (up - origin).hypot();
    let finite = [size, origin.x, origin.y, end.x, end.y, along.x, along.y].iter().all(|v| v.is_finite());
    finite.then(|| Glyph {
        text: String::new(),
        start: Point { x: origin.x, y: origin.y },
        end: Point { x: end.x, y: end.y },
        size,
        angle: along.y.atan2(along.x),
        unmapped: false,
        invisible: false,
    })
}

impl<'a> Device<'a> for Canvas<'_, '_> {
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        let glyphs = run.glyphs();
        let Some(first) = glyphs.first() else { return };
        let place = props.transform * first.transform() * Place::ZERO;
        if matches!(mode, DrawMode::Stroke(_)) {
            let filled = self.last_fill.is_some_and(|(p, n)| n == glyphs.len() && (p - place).hypot() < 1e-6);
            if filled {
                return;
            }
        } else {
            self.last_fill = Some((place, glyphs.len()));
        }
        for glyph in glyphs {
            let invisible = matches!(mode, DrawMode::Invisible);
            self.glyph(glyph, props.transform * glyph.transform(), invisible);
        }
    }

    fn begin_marked_content(&mut self, _tag: &[u8], properties: Option<&Dict<'_>>) {
        let actual = properties.and_then(|d| d.get::<PdfString<'_>>(b"ActualText".as_ref()));
        let actual = actual.map(|text| plain::decode(text.as_bytes()).0.into_owned());
        // nothing closes what is opened beyond this, and nothing needs it
        if self.marked.len() < GLYPHS {
            self.marked.push((actual, self.glyphs.len()));
        }
    }

    fn end_marked_content(&mut self) {
        let Some((Some(actual), from)) = self.marked.pop() else { return };
        let (Some(first), Some(last)) = (self.glyphs.get(from), self.glyphs.last()) else { return };
        // the geometry of the run, the text that it stands for
        let glyph = Glyph { text: actual, end: last.end, unmapped: false, ..first.clone() };
        self.glyphs.truncate(from);
        self.glyphs.push(glyph);
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let pixels = Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height()));
        let shown = props.transform.transform_rect_bbox(pixels).intersect(self.page);
        if shown.area().is_finite() {
            self.image_area += shown.area();
            if shown.area() > self.largest_image.0 {
                let dots = (pixels.area() / shown.area()).sqrt() * 72.0;
                self.largest_image = (shown.area(), dots);
            }
        }
    }

    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {
        self.paths += 1;
    }

    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}
