//! The data files: tab-separated lines, sorted by their first column, `#` for comments.

/// The rows of a file as `N` columns. A line with another number of columns is left out; the tests see
/// to it that there is none.
pub(crate) fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    lines(text).filter_map(|line| {
        let mut columns = line.split('\t');
        let row: [Option<&str>; N] = std::array::from_fn(|_| columns.next());
        columns.next().is_none().then_some(())?;
        row.iter().all(Option::is_some).then(|| row.map(Option::unwrap_or_default))
    })
}

/// The lines that are not comments.
pub(crate) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

/// The values of a column that holds several, separated by `|`.
pub(crate) fn list(column: &'static str) -> Box<[&'static str]> {
    column.split('|').filter(|word| !word.is_empty()).collect()
}

/// The row whose key is `code`, in a table sorted by that key.
pub(crate) fn find<'t, T>(table: &'t [T], code: &str, key: impl Fn(&T) -> &str) -> Option<&'t T> {
    table.binary_search_by(|row| key(row).cmp(code)).ok().map(|at| &table[at])
}

/// A label reduced to what two spellings of it share: folded words, one space between.
pub(crate) fn plain(label: &str) -> String {
    let folded = record::french::fold(label);
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// What every file must be: `N` columns, sorted by the first without a double, no stray blanks.
    pub(crate) fn well_formed<const N: usize>(text: &'static str) {
        let rows: Vec<[&str; N]> = rows(text).collect();
        assert_eq!(rows.len(), lines(text).count(), "a line has another number of columns");
        for pair in rows.windows(2) {
            assert!(pair[0][0] < pair[1][0], "out of order: {} {}", pair[0][0], pair[1][0]);
        }
        for column in rows.iter().flatten() {
            let words: Vec<&str> = column.split('|').collect();
            let distinct: std::collections::BTreeSet<&str> = words.iter().copied().collect();
            assert_eq!(distinct.len(), words.len(), "twice the same word in {column}");
            assert!(words.iter().all(|w| w.trim() == *w), "stray blank in {column}");
            assert!(words.len() == 1 || words.iter().all(|w| !w.is_empty()), "empty word in {column}");
            assert!(!column.contains('\u{2019}'), "typographic apostrophe in {column}");
        }
    }

    #[test]
    fn labels_meet_in_their_plain_form() {
        assert_eq!(plain("Médecin - Oto-rhino-laryngologie (SM)"), "medecin oto rhino laryngologie sm");
        assert_eq!(plain("Médecine d’urgence"), plain("médecine d'urgence"));
    }
}
