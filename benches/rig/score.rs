//! How much of a known text was read.

use std::collections::HashMap;
use std::fmt;

/// Measures of one file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scores {
    /// The part of the words that is found.
    pub(crate) words: f64,
    /// Insertions, deletions and substitutions over characters.
    pub(crate) errors: f64,
    /// The part of the rows of tables that is whole on one line; `None` where there is no table.
    pub(crate) rows: Option<f64>,
}

impl fmt::Display for Scores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "words {:.3}  CER {:4.1}%", self.words, 100.0 * self.errors)?;
        self.rows.map_or(Ok(()), |rows| write!(f, "  rows {rows:.2}"))
    }
}

/// A row is whole when one line holds its result and this part of its words.
const WHOLE: f64 = 0.75;

/// Compares what was read with the truth, whose cells are parted by tabs.
pub(crate) fn score(truth: &str, read: &str) -> Scores {
    let (wanted, found) = (words(truth), words(read));
    let rows: Vec<&str> = truth.lines().filter(|line| line.matches('\t').count() >= 3).collect();
    let lines: Vec<Vec<String>> = read.lines().map(words).collect();
    let whole = rows.iter().filter(|row| lines.iter().any(|line| is_whole(row, line))).count();
    let (truth, read) = (characters(truth), characters(read));
    Scores {
        words: common(&wanted, &found) as f64 / wanted.len().max(1) as f64,
        errors: distance(&truth, &read) as f64 / truth.len().max(1) as f64,
        rows: (!rows.is_empty()).then(|| whole as f64 / rows.len() as f64),
    }
}

fn is_whole(row: &str, line: &[String]) -> bool {
    let result = words(row.split('\t').nth(1).unwrap_or(""));
    let all = words(row);
    common(&result, line) == result.len() && common(&all, line) as f64 >= WHOLE * all.len() as f64
}

/// Letters and digits in a row; words broken at line ends joined, signs of one meaning made one.
fn words(text: &str) -> Vec<String> {
    let text = text.replace("\u{ad}\n", "").replace("-\n", "").replace('μ', "µ");
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

fn common(wanted: &[String], found: &[String]) -> usize {
    let mut left: HashMap<&str, usize> = HashMap::new();
    found.iter().for_each(|word| *left.entry(word).or_default() += 1);
    let mut count = 0;
    for word in wanted {
        if let Some(times) = left.get_mut(word.as_str()).filter(|times| **times > 0) {
            *times -= 1;
            count += 1;
        }
    }
    count
}

/// The characters, with single spaces and plain dashes and quotes.
fn characters(text: &str) -> Vec<char> {
    let text = text.replace("\u{ad}\n", "").replace("-\n", "");
    let plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let same = |c: char| match c {
        '’' | '‘' | '`' => '\'',
        '–' | '—' | '‐' => '-',
        '“' | '”' | '«' | '»' => '"',
        'μ' => 'µ',
        c => c,
    };
    plain.chars().map(same).collect()
}

/// Levenshtein's distance.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in other.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
