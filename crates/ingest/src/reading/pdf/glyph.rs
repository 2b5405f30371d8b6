//! Glyphs on a page, and what must be mended before they make words.

use unicode_normalization::char::compose;

/// A place on the page, points, origin top left.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

impl Point {
    pub(super) fn distance(self, other: Point) -> f64 {
        (self.x - other.x).hypot(self.y - other.y)
    }
}

/// A glyph with the text it stands for. It has no `Debug`: the text is the patient's.
#[derive(Clone)]
pub(super) struct Glyph {
    /// Its text, U+FFFD where nothing tells.
    pub(super) text: String,
    /// Origin on the baseline.
    pub(super) start: Point,
    /// Origin of the next glyph, by the advance width.
    pub(super) end: Point,
    /// Height of the em, points.
    pub(super) size: f64,
    /// Direction of writing, radians, clockwise from left to right.
    pub(super) angle: f64,
    /// Whether nothing tells its text.
    pub(super) unmapped: bool,
    /// Drawn without ink: an OCR layer, mostly.
    pub(super) invisible: bool,
}

impl Glyph {
    /// Whether it parts words and shows nothing.
    pub(super) fn is_space(&self) -> bool {
        self.text.chars().all(|c| c.is_whitespace() || c == '\0' || c == '\u{200b}')
    }

    /// Whether it stands for nothing that a reader could read: unmapped, private use, control.
    pub(super) fn is_garbage(&self) -> bool {
        let garbage = |c: char| {
            c == char::REPLACEMENT_CHARACTER
                || (c.is_control() && !c.is_whitespace() && c != '\0')
                || matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
        };
        self.unmapped || self.text.chars().any(garbage)
    }
}

/// The combining mark of an accent that TeX draws as a character of its own over its letter.
fn combining(accent: &str) -> Option<char> {
    Some(match accent {
        "\u{b4}" => '\u{301}',
        "`" | "\u{2cb}" => '\u{300}',
        "^" | "\u{2c6}" => '\u{302}',
        "\u{a8}" => '\u{308}',
        "\u{b8}" => '\u{327}',
        "~" | "\u{2dc}" => '\u{303}',
        "\u{2c7}" => '\u{30c}',
        _ => return None,
    })
}

/// Puts accents that were drawn over a letter into the letter.
pub(super) fn combine_accents(glyphs: Vec<Glyph>) -> Vec<Glyph> {
    let mut out: Vec<Glyph> = Vec::with_capacity(glyphs.len());
    let mut glyphs = glyphs.into_iter().peekable();
    while let Some(glyph) = glyphs.next() {
        let accented = combining(&glyph.text).is_some_and(|mark| {
            glyphs.peek_mut().is_some_and(|next| accent(next, &glyph, mark))
                || out.last_mut().is_some_and(|previous| accent(previous, &glyph, mark))
        });
        if !accented {
            out.push(glyph);
        }
    }
    out
}

fn accent(letter: &mut Glyph, accent: &Glyph, mark: char) -> bool {
    let middle = f64::midpoint(accent.start.x, accent.end.x);
    let over = (letter.start.y - accent.start.y).abs() < 0.5 * letter.size
        && middle > letter.start.x
        && middle < letter.end.x;
    let mut chars = letter.text.chars();
    let (Some(base), None) = (chars.next(), chars.next()) else { return false };
    match compose(base, mark).filter(|_| over && base.is_alphabetic()) {
        Some(composed) => {
            letter.text = composed.to_string();
            true
        }
        None => false,
    }
}

/// The text of a glyph that stands for several characters, mended where Ghostscript wrote its UTF-16 with the
/// bytes exchanged (`fl` → U+6600 U+6C00) and, in three letters, the last two added up (`ffi` → U+6600 U+CF00).
pub(super) fn mended(text: String) -> String {
    let mut units = Vec::new();
    for c in text.chars() {
        match u8::try_from(u32::from(c) >> 8) {
            Ok(high) if u32::from(c) & 0xff == 0 && high >= 0x20 => units.push(char::from(high)),
            _ => return text,
        }
    }
    match units.as_slice() {
        [] | [_] => text,
        ['f', '\u{cf}'] => "ffi".to_owned(),
        ['f', '\u{d2}'] => "ffl".to_owned(),
        _ => units.into_iter().collect(),
    }
}

/// The text of a word as it is kept: ligatures taken apart, soft hyphens inside words and what shows
/// nothing left out. Nothing else is normalised: NFKC would turn `10⁹/L` into `109/L`.
pub(super) fn readable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{fb00}' => out.push_str("ff"),
            '\u{fb01}' => out.push_str("fi"),
            '\u{fb02}' => out.push_str("fl"),
            '\u{fb03}' => out.push_str("ffi"),
            '\u{fb04}' => out.push_str("ffl"),
            '\u{fb05}' | '\u{fb06}' => out.push_str("st"),
            '\u{ad}' if chars.peek().is_some() => {}
            '\u{200b}' | '\u{feff}' => {}
            c if c.is_whitespace() => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchanged_bytes_are_put_back_where_they_are_sure() {
        for (found, expected) in [
            ("\u{6600}\u{6c00}", "fl"),
            ("\u{6600}\u{cf00}", "ffi"),
            ("\u{6600}\u{d200}", "ffl"),
            ("\u{b000}\u{4300}", "°C"),
            ("\u{6600}", "\u{6600}"),
            ("fi", "fi"),
            ("\u{6600}\u{6c01}", "\u{6600}\u{6c01}"),
        ] {
            assert_eq!(mended(found.to_owned()), expected);
        }
    }

    #[test]
    fn ligatures_come_apart_and_superscripts_stay() {
        assert_eq!(readable("suﬃsant, diﬀus, ﬁn, ﬂux"), "suffisant, diffus, fin, flux");
        assert_eq!(readable("10⁹/L ½ µg œdème"), "10⁹/L ½ µg œdème");
        assert_eq!(readable("hyper\u{ad}tension\u{ad}"), "hypertension\u{ad}");
        assert_eq!(readable("a\u{a0}b\0\u{7}"), "a b");
    }
}
