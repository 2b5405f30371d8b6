//! What is read of PDFs: against known text, against hostile files, against other people's test files.

mod boxes;
mod confined;
mod foreign;
mod killed;
mod mutants;
mod own;
mod triage;
mod tricky;

pub(crate) use mutants::verdict;

use ingest::{Limits, MediaType};
use record::{Item, ItemId, Line, Page, Reading, ResourceType};
use std::collections::HashMap;
use std::ops::AddAssign;
use std::path::Path;

/// Reads a file as the worker does, in this process.
fn read_pdf(path: &Path) -> Reading {
    ingest::read(MediaType::Pdf, &std::fs::read(path).unwrap(), &item(), &Limits::default())
}

pub(crate) fn item() -> Item {
    Item::new(ItemId::new(ResourceType::DocumentReference, "doc-1").unwrap(), "Titre")
}

/// The lines of a reading, words broken at line ends joined as search does it.
pub(crate) fn lines(reading: &Reading) -> Vec<String> {
    let passages = record::passages(&reading.pages);
    passages.iter().flat_map(|p| p.text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Words as they are compared: letters and digits, case kept, signs of one meaning made one.
fn tokens(text: &str) -> Vec<String> {
    let one = text.replace('μ', "µ");
    one.split(|c: char| !c.is_alphanumeric()).filter(|t| !t.is_empty()).map(str::to_owned).collect()
}

/// The text of another program, words broken at line ends joined by the same rule.
fn joined(text: &str) -> String {
    let line = |line: &str| Line { text: line.trim().into(), ..Line::default() };
    let page = Page { lines: text.lines().map(line).collect(), ..Page::default() };
    record::passages(&[page]).iter().map(|passage| passage.text.as_str()).collect::<Vec<_>>().join("\n")
}

/// How much of what should be there is there.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Score {
    found: usize,
    wanted: usize,
}

impl Score {
    /// Words of the truth that are found, counted as often as they stand there.
    pub(crate) fn of_words(truth: &str, found: &[String]) -> Score {
        Score::of(tokens(truth), tokens(&found.join("\n")))
    }

    /// Neighbouring words of a line of the truth that are neighbours.
    fn of_pairs(truth: &str, found: &[String]) -> Score {
        let pairs = |words: &[String]| words.windows(2).map(|p| p.join(" ")).collect::<Vec<_>>();
        let wanted = truth.lines().flat_map(|line| pairs(&tokens(line))).collect();
        Score::of(wanted, pairs(&tokens(&found.join("\n"))))
    }

    /// Rows of tables of the truth whose words are one line.
    fn of_rows(truth: &str, found: &[String]) -> Score {
        let row = |line: &str| format!(" {} ", tokens(line).join(" "));
        let lines: Vec<String> = found.iter().map(|line| row(line)).collect();
        let wanted: Vec<String> = truth.lines().filter(|line| line.contains('\t')).map(row).collect();
        let whole = wanted.iter().filter(|row| lines.iter().any(|line| line.contains(row.as_str())));
        Score { found: whole.count(), wanted: wanted.len() }
    }

    fn of(wanted: Vec<String>, found: Vec<String>) -> Score {
        let mut left: HashMap<String, usize> = HashMap::new();
        for word in found {
            *left.entry(word).or_default() += 1;
        }
        let mut score = Score { found: 0, wanted: wanted.len() };
        for word in wanted {
            if let Some(count) = left.get_mut(&word).filter(|count| **count > 0) {
                *count -= 1;
                score.found += 1;
            }
        }
        score
    }

    #[expect(clippy::cast_precision_loss, reason = "counts of words")]
    pub(crate) fn recall(self) -> f64 {
        self.found as f64 / self.wanted.max(1) as f64
    }
}

impl AddAssign for Score {
    fn add_assign(&mut self, other: Score) {
        self.found += other.found;
        self.wanted += other.wanted;
    }
}
