//! Reference ranges as laboratories write them behind a result: `(4,0 - 6,0)`, `[70-110]`, `4,0 à 6,0`,
//! `< 5,0`, `N : > 60`, `inférieur à 1,60`.

use record::french::{Token, TokenKind, tokens};

/// Words between a bound and what it bounds.
const BELOW: &[&str] = &["inferieur", "inferieure", "inf", "moins", "jusqu"];
const ABOVE: &[&str] = &["superieur", "superieure", "sup", "plus"];

/// The bounds that a text begins with, low and high; `None` where it states none. More than some words before
/// the numbers are no range.
pub(crate) fn range(text: &str) -> (Option<f64>, Option<f64>) {
    let tokens = tokens(text);
    let numbers: Vec<(usize, f64)> = tokens
        .iter()
        .enumerate()
        .filter(|(_, t)| t.kind == TokenKind::Number)
        .filter_map(|(at, t)| Some((at, t.surface.parse().ok()?)))
        .take(2)
        .collect();
    let Some(&(first, value)) = numbers.first().filter(|(at, _)| *at <= 4) else { return (None, None) };
    if let Some(below) = sign(text, &tokens, first) {
        return if below { (None, Some(value)) } else { (Some(value), None) };
    }
    let Some(&(second, other)) = numbers.get(1) else { return (None, None) };
    let between = text[tokens[first].range.end..tokens[second].range.start].trim();
    let to = matches!(between, "-" | "–" | "à" | "a" | "et" | "/");
    if to && value < other { (Some(value), Some(other)) } else { (None, None) }
}

/// Whether what stands before a number makes it an upper bound, or a lower one; `None` where neither.
fn sign(text: &str, tokens: &[Token], at: usize) -> Option<bool> {
    let start = at.checked_sub(1).map_or(0, |before| tokens[before].range.end);
    let before = text[start..tokens[at].range.start].trim();
    if before.ends_with(['<', '≤']) || before.ends_with("<=") {
        return Some(true);
    }
    if before.ends_with(['>', '≥']) || before.ends_with(">=") {
        return Some(false);
    }
    let words = tokens[at.saturating_sub(2)..at].iter().map(|t| t.surface.as_str());
    let mut said = words.filter_map(|word| {
        BELOW.contains(&word).then_some(true).or_else(|| ABOVE.contains(&word).then_some(false))
    });
    said.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_laboratories_write_them() {
        let check = |text: &str, expected: (Option<f64>, Option<f64>)| {
            assert_eq!(range(text), expected, "{text}");
        };
        check(" (4,0 - 6,0)", (Some(4.0), Some(6.0)));
        check("\t[70-110]\t", (Some(70.0), Some(110.0)));
        check(" 4,0 à 6,0", (Some(4.0), Some(6.0)));
        check(" Valeurs de référence : 4,0 – 6,0", (Some(4.0), Some(6.0)));
        check(" < 5,0", (None, Some(5.0)));
        check(" (N : > 60)", (Some(60.0), None));
        check(" inférieur à 1,60", (None, Some(1.6)));
        check(" plus de 60", (Some(60.0), None));
        check(" le 14/03/2024", (None, None));
        check(" contre 7,9 % il y a 3 mois", (None, None));
        check(" 110 - 70", (None, None));
        check("", (None, None));
    }
}
