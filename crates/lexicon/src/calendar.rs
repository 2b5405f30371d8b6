//! Months, as one writes them in French.

/// Full name, then the abbreviations that software and people write, folded.
const MONTHS: [(&str, &[&str]); 12] = [
    ("janvier", &["janv", "jan"]),
    ("février", &["fevr", "fev"]),
    ("mars", &["mar"]),
    ("avril", &["avr"]),
    ("mai", &[]),
    ("juin", &["jun"]),
    ("juillet", &["juil", "jul", "juill"]),
    ("août", &["aou"]),
    ("septembre", &["sept", "sep"]),
    ("octobre", &["oct"]),
    ("novembre", &["nov"]),
    ("décembre", &["dec"]),
];

/// The name of a month from 1 to 12; empty for another number.
#[must_use]
pub fn month_name(month: u8) -> &'static str {
    let index = usize::from(month).checked_sub(1);
    index.and_then(|i| MONTHS.get(i)).map_or("", |(name, _)| name)
}

/// The month, from 1 to 12, of a folded name or abbreviation: `fevrier`, `fevr`, `fev`.
#[must_use]
pub fn month_number(folded: &str) -> Option<u8> {
    let at = MONTHS
        .iter()
        .position(|(name, short)| short.contains(&folded) || record::french::fold(name) == folded)?;
    u8::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_agree() {
        for month in 1..=12 {
            assert_eq!(month_number(&record::french::fold(month_name(month))), Some(month));
        }
        assert_eq!((month_name(0), month_name(13)), ("", ""));
    }

    #[test]
    fn abbreviations() {
        for (word, expected) in
            [("fevr", Some(2)), ("aout", Some(8)), ("sept", Some(9)), ("lundi", None), ("", None)]
        {
            assert_eq!(month_number(word), expected, "{word}");
        }
    }
}
