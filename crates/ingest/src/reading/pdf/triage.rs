//! What a page is: text, an image, both, a layer of text that says nothing, somebody's OCR, nothing.

use super::glyph::Glyph;
use super::letters::french_score;
use record::{Line, Triage};

/// Fewer glyphs than this are a page number or a stamp, not the text of a page.
const FEW_GLYPHS: usize = 10;
/// A page of a scan with a stamp or a heading over it has fewer glyphs than this.
const SCAN_GLYPHS: usize = 250;
/// Text drawn as paths: a page without glyphs and with more paths than this is no blank page.
const MANY_PATHS: usize = 200;
/// A text whose letters follow each other less like French than this is none, or in another language. True
/// pages score −2.9 at worst but for a few of formulas; letters upside down −3.8, exchanged ones −4.9.
const NO_FRENCH: f64 = -3.25;
/// Fewer characters than this may all be signs: a page of check boxes, a legend.
const FEW_CHARS: usize = 30;
/// A language is told by this many characters.
const SAMPLE: usize = 5_000;

/// What the triage looks at beside the text of a page.
pub(super) struct Marks {
    /// Glyphs that show something, or would.
    ink: usize,
    /// …of which are drawn without ink,
    invisible: usize,
    /// …and of which stand for no character.
    garbage: usize,
    image_share: f64,
    paths: usize,
}

impl Marks {
    pub(super) fn new(glyphs: &[Glyph], image_share: f64, paths: usize) -> Self {
        let count = |what: fn(&Glyph) -> bool| glyphs.iter().filter(|g| !g.is_space() && what(g)).count();
        Marks {
            ink: count(|_| true),
            invisible: count(|g| g.invisible),
            garbage: count(Glyph::is_garbage),
            image_share,
            paths,
        }
    }
}

/// What a page is, from its marks and the lines of its text.
pub(super) fn triage(marks: &Marks, lines: &[Line]) -> Triage {
    if marks.ink < FEW_GLYPHS {
        return match (marks.image_share > 0.05 || marks.paths > MANY_PATHS, marks.ink == 0) {
            (true, true) => Triage::Image,
            (true, false) => Triage::Mixed,
            (false, true) => Triage::Blank,
            (false, false) if marks.garbage * 10 > marks.ink => Triage::GarbageLayer,
            (false, false) => Triage::Text,
        };
    }
    if marks.garbage * 10 > marks.ink || says_nothing(lines) {
        return Triage::GarbageLayer;
    }
    if marks.invisible * 2 > marks.ink {
        return Triage::OcrLayer;
    }
    if marks.image_share > 0.5 && marks.ink < SCAN_GLYPHS {
        return Triage::Mixed;
    }
    Triage::Text
}

/// Whether text says nothing: too few of its characters are letters or digits (leaders of dots aside), or
/// its letters follow each other as in no language that a document of a French record is written in.
fn says_nothing(lines: &[Line]) -> bool {
    let chars = || lines.iter().flat_map(|line| line.text.chars()).filter(|c| !c.is_whitespace());
    let solid = || chars().filter(|c| !matches!(c, '.' | '_' | '-' | '…' | '·'));
    let (words, all) = (solid().filter(|c| c.is_alphanumeric()).count(), solid().count());
    if all >= FEW_CHARS && words * 100 < all * 55 {
        return true;
    }
    let mut text = String::new();
    for line in lines {
        text.push_str(&line.text);
        text.push('\n');
    }
    french_score(&text).is_some_and(|score| score < NO_FRENCH) && !is_of_a_language(&text)
}

/// Whether the detector of languages is sure of one. Most letters of Arabic or Russian are no letters of
/// French, and a few Latin words among them no French.
fn is_of_a_language(text: &str) -> bool {
    let sample: String = text.chars().take(SAMPLE).collect();
    crate::reading::language_of(&sample).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(glyphs: usize, share: f64, text: &str, expected: Triage) {
        let marks = Marks { ink: glyphs, invisible: 0, garbage: 0, image_share: share, paths: 0 };
        let lines: Vec<Line> = text.lines().map(|l| Line { text: l.into(), ..Line::default() }).collect();
        assert_eq!(triage(&marks, &lines), expected, "{text}");
    }

    const FRENCH: &str = "Le patient est hospitalisé pour une pneumopathie traitée par amoxicilline.";

    #[test]
    fn text_images_and_both() {
        check(65, 0.0, FRENCH, Triage::Text);
        check(65, 0.9, FRENCH, Triage::Mixed);
        check(300, 0.9, FRENCH, Triage::Text);
        check(0, 0.9, "", Triage::Image);
        check(0, 0.0, "", Triage::Blank);
        check(3, 0.9, "12", Triage::Mixed);
        check(3, 0.0, "12", Triage::Text);
        let layer = Marks { ink: 65, invisible: 65, garbage: 0, image_share: 0.9, paths: 0 };
        assert_eq!(triage(&layer, &[Line { text: FRENCH.into(), ..Line::default() }]), Triage::OcrLayer);
    }

    #[test]
    fn a_layer_that_says_nothing_is_garbage() {
        check(65, 0.9, "✓ ✾ ✖✗✛✘ ✹✥ ✦✦ ✗ ■ ✵✶ ☎ ✆✆ ✺ ✽ ✕ Ab ✓ ✾ ✖✗✛✘ ✹✥ ✦✦", Triage::GarbageLayer);
        // recognised upside down
        let turned = "auwojeixowe ued aaajle.n aiqjedowneud aun inod gsiejidsoq Isa juaned a7 snoj xneuuonb sap \
                      sjuawajjied sa] jnod anua]anbijsoubeip zaun";
        check(130, 0.9, turned, Triage::GarbageLayer);
        let leaders = "Sommaire .................................... 12 Annexes ............ 14";
        check(65, 0.0, leaders, Triage::Text);
        check(65, 0.0, "Na 140 K 4,1 Cl 102 CRP 87,4 TSH 5,87 VGM 86,3 Hb 12,1 Plq 412", Triage::Text);
    }

    #[test]
    fn other_languages_are_text() {
        check(
            90,
            0.0,
            "Der Patient wurde wegen einer Lungenentzündung aufgenommen und mit Antibiotika behandelt.",
            Triage::Text,
        );
        check(
            90,
            0.0,
            "Pacjent został przyjęty do szpitala z powodu zapalenia płuc i leczony antybiotykami.",
            Triage::Text,
        );
        check(
            90,
            0.0,
            "تم إدخال المريض إلى المستشفى بسبب التهاب رئوي وعولج بالمضادات الحيوية لمدة سبعة أيام",
            Triage::Text,
        );
    }
}
