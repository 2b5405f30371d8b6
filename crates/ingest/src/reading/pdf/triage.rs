//! What a page is: text, an image, both, a layer of text that says nothing, somebody's OCR, nothing.

use super::glyph::Glyph;
use super::interpreter::Drawn;
use record::Triage;

/// Fewer glyphs than this are a page number or a stamp, not the text of a page.
const FEW_GLYPHS: usize = 10;
/// A page of a scan with a stamp or a heading over it has fewer glyphs than this.
const SCAN_GLYPHS: usize = 250;
/// Text drawn as paths: a page without glyphs and with more paths than this is no blank page.
const MANY_PATHS: usize = 200;

/// Thresholds measured on 411 pages: no page that needs OCR was missed.
pub(super) fn triage(drawn: &Drawn) -> Triage {
    let ink: Vec<&Glyph> = drawn.glyphs.iter().filter(|g| !g.is_space()).collect();
    let invisible = ink.iter().filter(|g| g.invisible).count();
    if ink.len() < FEW_GLYPHS {
        return match (drawn.image_share > 0.05 || drawn.paths > MANY_PATHS, ink.is_empty()) {
            (true, true) => Triage::Image,
            (true, false) => Triage::Mixed,
            (false, true) => Triage::Blank,
            (false, false) if says_nothing(&ink) => Triage::GarbageLayer,
            (false, false) => Triage::Text,
        };
    }
    if says_nothing(&ink) {
        return Triage::GarbageLayer;
    }
    if invisible * 2 > ink.len() {
        return Triage::OcrLayer;
    }
    if drawn.image_share > 0.5 && ink.len() < SCAN_GLYPHS {
        return Triage::Mixed;
    }
    Triage::Text
}

/// Whether a layer of text is garbage: more than a tenth of its glyphs stand for no character, or too few
/// of its characters are letters or digits (leaders of dots aside).
fn says_nothing(ink: &[&Glyph]) -> bool {
    let garbage = ink.iter().filter(|g| g.is_garbage()).count();
    let chars = || ink.iter().flat_map(|g| g.text.chars()).filter(|c| !matches!(c, '.' | '_' | '-' | '…'));
    let words = chars().filter(|c| c.is_alphanumeric()).count();
    let all = chars().count();
    garbage * 10 > ink.len() || (all >= 100 && words * 100 < all * 55)
}
