//! Standard output: text for people, or one JSON value for programs.

use std::io::{self, Write};

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// For people.
    Text,
    /// One JSON value.
    Json,
}

impl Output {
    /// Prints `value` as JSON, or else the text made from it.
    pub(super) fn print<T: serde::Serialize>(
        self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> io::Result<()> {
        match self {
            Output::Json => {
                let json = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
                write(&format!("{json}\n"))
            }
            Output::Text => write(&text(value)),
        }
    }
}

/// Writes to standard output. `println!` would panic where the reader has gone (`… | head`).
pub(super) fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Rows under a header, in columns as wide as their widest cell; the last one is not padded.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|h| h.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let header: Vec<String> = header.iter().map(|h| (*h).to_owned()).collect();
    let mut text = String::new();
    for row in std::iter::once(&header).chain(rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// `1536` → `1.5 KB`: decimal units, as disks are sold.
pub(super) fn bytes(n: u64) -> String {
    let mut units = ["B", "KB", "MB", "GB", "TB"].into_iter();
    let (mut value, mut power, mut unit) = (n, 1u64, units.next().unwrap_or(""));
    while value >= 1000 {
        let Some(next) = units.next() else { break };
        (value, power, unit) = (value / 1000, power * 1000, next);
    }
    if power == 1 { format!("{n} B") } else { format!("{value}.{} {unit}", n % power * 10 / power) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = vec![vec!["é".to_owned(), "x".to_owned()], vec!["long cell".to_owned(), String::new()]];
        assert_eq!(table(&["a", "b"], &rows), "a          b\né          x\nlong cell\n");
    }

    #[test]
    fn sizes_read_well() {
        for (n, expected) in
            [(0, "0 B"), (999, "999 B"), (1536, "1.5 KB"), (5_000_000, "5.0 MB"), (1 << 40, "1.0 TB")]
        {
            assert_eq!(bytes(n), expected);
        }
    }
}
