//! How common a term is in French health records: a frozen table, so that scores do not depend on whose
//! record is asked, nor on the day.

const TABLE: &str = include_str!("../data/frequencies.tsv");

/// The number of documents that the counts of the table are scaled to.
pub const NATIONAL_DOCUMENTS: u32 = 1_000_000;

/// In how many of [`NATIONAL_DOCUMENTS`] documents a term stands; zero for a term that the table does not
/// hold, which is a rare one. The key of a token is the first of its stems, else its surface.
#[must_use]
pub fn national_document_frequency(term: &str) -> u32 {
    look_up(TABLE, term).unwrap_or(0)
}

/// Binary search in the text itself: nothing to parse, nothing to hold in memory.
fn look_up(table: &str, term: &str) -> Option<u32> {
    let (mut low, mut high) = (0, table.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start =
            table.as_bytes()[low..middle].iter().rposition(|b| *b == b'\n').map_or(low, |at| low + at + 1);
        let end =
            table.as_bytes()[start..high].iter().position(|b| *b == b'\n').map_or(high, |at| start + at);
        let line = table.get(start..end)?;
        let (key, count) = line.split_once('\t').unwrap_or((line, ""));
        match key.cmp(term) {
            std::cmp::Ordering::Equal => return count.parse().ok(),
            std::cmp::Ordering::Less => low = (end + 1).min(high),
            std::cmp::Ordering::Greater => high = start,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{lines, tests::well_formed};

    #[test]
    fn file_is_well_formed() {
        well_formed::<2>(TABLE);
        assert!(
            lines(TABLE).all(|line| line.split_once('\t').is_some_and(|(_, n)| n.parse::<u32>().is_ok()))
        );
    }

    #[test]
    fn every_line_is_found() {
        for line in lines(TABLE) {
            let (term, count) = line.split_once('\t').unwrap();
            assert_eq!(look_up(TABLE, term), count.parse().ok(), "{term}");
        }
        for absent in ["", "#", "zzzz", "a b", "\u{10ffff}"] {
            assert_eq!(look_up(TABLE, absent), None, "{absent}");
        }
    }
}
