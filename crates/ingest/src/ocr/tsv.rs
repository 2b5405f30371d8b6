//! The table that Tesseract prints: one line a page, block, paragraph, line or word.
//!
//! ```text
//! level page block par line word left top width height conf text
//! 5     1    2     1   3    4    318  402 96    28     93.1 Glycémie
//! ```

/// A page with more words than this is not one of text.
const WORDS: usize = 20_000;

/// A word as Tesseract saw it, in pixels of the picture that it was given.
#[derive(Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) text: String,
    /// The line that it belongs to: block, paragraph, line.
    pub(super) line: [u32; 3],
    pub(super) x0: f64,
    pub(super) y0: f64,
    pub(super) x1: f64,
    pub(super) y1: f64,
    /// How sure Tesseract is, 0 to 100.
    pub(super) confidence: f32,
}

/// The words of a table; rows of other levels and words without text are left out.
pub(super) fn words(table: &str) -> Vec<Seen> {
    table.lines().filter_map(word).take(WORDS).collect()
}

fn word(row: &str) -> Option<Seen> {
    let mut cells = row.split('\t');
    let mut number = || cells.next()?.parse::<u32>().ok();
    let level = number()?;
    let [_page, block, paragraph, line, _word] = [number()?, number()?, number()?, number()?, number()?];
    let [left, top, width, height] = [number()?, number()?, number()?, number()?].map(f64::from);
    let confidence = cells.next()?.parse::<f32>().ok().filter(|c| *c >= 0.0)?;
    let text = cells.next()?.trim();
    (level == 5 && !text.is_empty()).then(|| Seen {
        text: text.to_owned(),
        line: [block, paragraph, line],
        x0: left,
        y0: top,
        x1: left + width,
        y1: top + height,
        confidence: confidence.min(100.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(row: &str, expected: Option<(&str, f64, f32)>) {
        let found = word(row);
        assert_eq!(found.as_ref().map(|w| (w.text.as_str(), w.x1, w.confidence)), expected, "{row}");
    }

    #[test]
    fn words_and_nothing_else() {
        check("level\tpage_num\tblock_num", None);
        check("1\t1\t0\t0\t0\t0\t0\t0\t1654\t2339\t-1\t", None);
        check("4\t1\t2\t1\t3\t0\t318\t402\t96\t28\t-1\t", None);
        check("5\t1\t2\t1\t3\t4\t318\t402\t96\t28\t93.1\tGlycémie", Some(("Glycémie", 414.0, 93.1)));
        check("5\t1\t2\t1\t3\t4\t318\t402\t96\t28\t95\t ", None);
        check("5\t1\t2\t1\t3\t4\t318\t402\t96\t28\tx\ttext", None);
        check("5\t1\t2", None);
        assert_eq!(words("5\t1\t2\t1\t3\t4\t1\t2\t3\t4\t93\tun\nrubbish\n").len(), 1);
    }
}
