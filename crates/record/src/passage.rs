//! Cutting pages into passages: the unit of snippets and of embedding.

use crate::{Line, Origin, Page, Rect, Text, WordBox};
use minicbor::{Decode, Encode};

/// Version of the cutting rules. Vectors name it: other passages need other vectors.
pub const CHUNKER: u32 = 1;

/// A passage aims at this many bytes…
const TARGET: usize = 600;
/// …and is cut inside a block only beyond this many.
const LONGEST: usize = 1_200;

/// A run of lines of one page that is shown and embedded as a unit.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Passage {
    /// 1-based page number, where the format has pages.
    #[n(0)]
    pub page: Option<u32>,
    /// The text: lines joined by `\n`, words broken at a line end joined again.
    #[n(1)]
    pub text: Text,
    /// For each line of `text`, in order: the byte offset where it starts and its place on the page.
    #[n(2)]
    pub lines: Vec<(u32, Option<Rect>)>,
    /// Where the text comes from; [`Origin::Ocr`] if any of it was recognised.
    #[n(3)]
    pub origin: Origin,
    /// The words of `text` with their places, in order; empty where the format has no positions.
    #[n(4)]
    #[cbor(default)]
    pub words: Vec<WordBox>,
}

impl Passage {
    /// Mean confidence of the words that were recognised, as a fraction.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a passage has a few hundred words")]
    pub fn confidence(&self) -> Option<f32> {
        let known: Vec<u32> = self.words.iter().filter_map(|w| w.confidence).map(u32::from).collect();
        (!known.is_empty()).then(|| known.iter().sum::<u32>() as f32 / (100 * known.len()) as f32)
    }
}

/// Cuts pages into passages. A passage never spans two pages; it ends at a block boundary when it is long
/// enough, a heading goes with what follows it.
#[must_use]
pub fn passages(pages: &[Page]) -> Vec<Passage> {
    let mut out = Vec::new();
    for page in pages {
        let mut open = Open::default();
        for line in &page.lines {
            let mut boundary = line.starts_block || line.heading;
            for (at, text) in pieces(&line.text) {
                let length = open.text.len() + text.len();
                if length > LONGEST || (length > TARGET && boundary && !open.ends_with_heading) {
                    open.close(page, &mut out);
                }
                open.join(text, at, line);
                open.ends_with_heading = line.heading;
                boundary = false;
            }
        }
        open.close(page, &mut out);
    }
    out
}

/// The line itself, or its pieces where it is longer than any passage should be (a PDF without line
/// structure): cut at spaces. Each with the byte offset in the line where it starts.
fn pieces(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = line.trim();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let cut = if rest.len() <= LONGEST {
            rest.len()
        } else {
            let limit = (0..=TARGET).rev().find(|i| rest.is_char_boundary(*i)).unwrap_or(0);
            rest[..limit].rfind(' ').filter(|i| *i > 0).unwrap_or(limit)
        };
        let (piece, tail) = rest.split_at(cut);
        let at = line.trim_end().len() - rest.len();
        rest = tail.trim_start();
        Some((at, piece))
    })
}

#[derive(Default)]
struct Open {
    text: String,
    lines: Vec<(u32, Option<Rect>)>,
    words: Vec<WordBox>,
    recognised: bool,
    ends_with_heading: bool,
}

impl Open {
    /// Adds a piece of a line, which starts at byte `at` of it.
    fn join(&mut self, piece: &str, at: usize, line: &Line) {
        // nobody types the other two: only a program that breaks a line sets them, before capitals too
        let set_by_program = self.text.ends_with(['\u{ad}', '\u{2010}']);
        let goes_on = if set_by_program { char::is_alphabetic } else { char::is_lowercase };
        let broken = self.text.ends_with(['-', '\u{ad}', '\u{2010}'])
            && self.text.trim_end_matches(['-', '\u{ad}', '\u{2010}']).ends_with(char::is_alphabetic)
            && piece.starts_with(goes_on);
        if broken {
            self.text.pop();
            // the hyphen was the last character of the last word
            if let Some(last) = self.words.last_mut() {
                last.end = last.end.min(offset(self.text.len()));
            }
        } else if !self.text.is_empty() {
            self.text.push('\n');
        }
        let start = self.text.len();
        self.lines.push((offset(start), line.area));
        let inside = |word: &&WordBox| word.start >= offset(at) && word.end <= offset(at + piece.len());
        let by = i64::from(offset(start)) - i64::from(offset(at));
        self.words.extend(line.words.iter().filter(inside).filter_map(|word| word.shifted(by)));
        self.recognised |= line.is_recognised();
        self.text.push_str(piece);
    }

    fn close(&mut self, page: &Page, out: &mut Vec<Passage>) {
        let open = std::mem::take(self);
        if !open.text.is_empty() {
            out.push(Passage {
                page: page.number,
                text: Text::from(open.text),
                lines: open.lines,
                origin: if open.recognised { Origin::Ocr } else { page.origin },
                words: open.words,
            });
        }
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(lines: &[&str]) -> Page {
        let line = |text: &&str| Line {
            text: Text::from(text.trim_start_matches(['¶', '#'])),
            starts_block: text.starts_with('¶'),
            heading: text.starts_with('#'),
            ..Line::default()
        };
        Page { number: Some(1), lines: lines.iter().map(line).collect(), ..Page::default() }
    }

    fn check(lines: &[&str], expected: &[&str]) {
        let texts: Vec<String> = passages(&[page(lines)]).iter().map(|p| p.text.to_string()).collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn words_broken_at_a_line_end_are_joined() {
        check(&["une hyper-", "tension artérielle"], &["une hypertension artérielle"]);
        check(&["CARDIO\u{2010}", "LOGIE"], &["CARDIOLOGIE"]);
        check(&["rendez-vous Jean-", "Pierre"], &["rendez-vous Jean-\nPierre"]);
        check(&["score : 3 -", "bon"], &["score : 3 -\nbon"]);
    }

    #[test]
    fn blocks_close_passages_and_headings_open_them() {
        let long = "mot ".repeat(160);
        let long = long.trim();
        check(&[long, "¶suite"], &[long, "suite"]);
        check(&[long, "suite"], &[&format!("{long}\nsuite")]);
        check(&["#Titre", &format!("¶{long}")], &[&format!("Titre\n{long}")]);
    }

    #[test]
    fn line_offsets_point_at_line_starts_and_no_passage_is_endless() {
        let endless = "mot ".repeat(2_000);
        let all = passages(&[page(&["un", "deux tren-", "te", &endless])]);
        assert_eq!(all[0].lines.iter().map(|l| l.0).collect::<Vec<_>>(), [0, 3, 12, 15]);
        assert!(all.len() > 5 && all.iter().all(|p| p.text.len() <= 2 * LONGEST));
    }
}
