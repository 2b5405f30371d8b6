//! How much a text looks like French, by its pairs of letters.
//!
//! A layer of text over a scan may be well-formed Unicode and yet say nothing: recognised upside down, or
//! mapped to the wrong letters. Such text has pairs of letters that French has not. Digits and punctuation
//! are left aside, so that rows of numbers neither help nor harm.

use std::sync::LazyLock;

/// The letters that are told apart; what is none of them parts words.
pub(super) const LETTERS: &str = " abcdefghijklmnopqrstuvwxyzàâæçéèêëîïôœùûüÿ";
/// Where more than one letter in so many is none of [`LETTERS`], the text is in a language that is not judged.
const FOREIGN: usize = 30;
/// A text with fewer letters says nothing about itself.
const FEWEST: usize = 100;

/// `-ln p(second | first)` in hundredths, a row a first letter.
static TABLE: LazyLock<Vec<Vec<f64>>> = LazyLock::new(|| {
    let rows = include_str!("../../../data/letter_pairs.tsv").lines().filter(|line| !line.starts_with('#'));
    let costs = |row: &str| row.split('\t').skip(1).filter_map(|cell| cell.parse().ok()).collect();
    rows.map(costs).collect()
});

/// Mean log-probability of the letters of a text as French, in nats a letter: −2.2 to −2.7 for French or English, below
/// −3.2 for letters at random. `None` where the text has too few letters, or letters of
/// another language.
pub(super) fn french_score(text: &str) -> Option<f64> {
    let letters = reduced(text);
    let known = letters.iter().filter(|letter| **letter > 0).count();
    let all = text.chars().filter(|c| c.is_alphabetic()).count();
    if known < FEWEST || all.saturating_sub(known) * FOREIGN > all {
        return None;
    }
    let cost = |pair: &[usize]| TABLE.get(pair[0]).and_then(|row| row.get(pair[1])).copied().unwrap_or(0.0);
    let sum: f64 = letters.windows(2).map(cost).sum();
    #[expect(clippy::cast_precision_loss, reason = "a page has fewer than 2^52 letters")]
    let pairs = (letters.len() - 1) as f64;
    Some(-sum / pairs / 100.0)
}

/// The text as places in [`LETTERS`]: lower case, ligatures taken apart, one 0 between words.
pub(super) fn reduced(text: &str) -> Vec<usize> {
    let mut out = vec![0];
    let mut push = |c: char| match LETTERS.chars().position(|letter| letter == c).unwrap_or(0) {
        0 if out.last() == Some(&0) => {}
        letter => out.push(letter),
    };
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '\u{fb00}' => "ff".chars().for_each(&mut push),
            '\u{fb01}' => "fi".chars().for_each(&mut push),
            '\u{fb02}' => "fl".chars().for_each(&mut push),
            '\u{fb03}' => "ffi".chars().for_each(&mut push),
            '\u{fb04}' => "ffl".chars().for_each(&mut push),
            c => push(c),
        }
    }
    out
}
