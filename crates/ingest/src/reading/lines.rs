//! Making the lines of a format that has no positions: plain text and RTF.

use record::{Line, Text};

/// Collects lines under a limit of characters.
pub(super) struct Lines {
    lines: Vec<Line>,
    chars_left: usize,
    new_block: bool,
    /// Whether something was left out because the limit was reached.
    pub(super) cut: bool,
}

impl Lines {
    pub(super) fn new(chars: usize) -> Self {
        Lines { lines: Vec::new(), chars_left: chars, new_block: true, cut: false }
    }

    /// The next line begins a block.
    pub(super) fn block(&mut self) {
        self.new_block = true;
    }

    /// Adds a line, spaces tidied; an empty one only ends the block.
    pub(super) fn push(&mut self, raw: &str) {
        let text = tidy(raw);
        if text.is_empty() {
            self.new_block = true;
            return;
        }
        let chars = text.chars().count();
        if chars > self.chars_left {
            self.cut = true;
            self.chars_left = 0;
            return;
        }
        self.chars_left -= chars;
        self.lines.push(Line {
            text: Text::from(text),
            starts_block: std::mem::take(&mut self.new_block),
            ..Line::default()
        });
    }

    /// Takes the lines so far, as at the end of a page.
    pub(super) fn take(&mut self) -> Vec<Line> {
        self.new_block = true;
        std::mem::take(&mut self.lines)
    }
}

/// Words separated by single spaces, cells by single tabs: a tab or three spaces in a row part two cells.
fn tidy(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let (mut spaces, mut tab) = (0, false);
    for c in raw.chars() {
        if c == '\t' {
            tab = true;
        } else if c.is_whitespace() {
            spaces += 1;
        } else {
            if !text.is_empty() && (tab || spaces > 0) {
                text.push(if tab || spaces > 2 { '\t' } else { ' ' });
            }
            (spaces, tab) = (0, false);
            text.push(c);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_tidied_and_columns_kept() {
        assert_eq!(tidy("  Glycémie\u{a0}à  jeun      5,2\tmmol/L "), "Glycémie à jeun\t5,2\tmmol/L");
        assert_eq!(tidy(" \t "), "");
    }

    #[test]
    fn the_limit_ends_the_text_at_a_line() {
        let mut lines = Lines::new(7);
        for line in ["quatre", "un", "x"] {
            lines.push(line);
        }
        assert!(lines.cut);
        assert_eq!(lines.take().iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["quatre"]);
    }
}
