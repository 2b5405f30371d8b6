//! The profession matrix: which profession may read which document type (arrêté du 26 octobre 2023).

use std::collections::{HashMap, HashSet};

/// The matrix, loaded from data: `profession<TAB>type code or *<TAB>allow|deny`, `#` comments. The row of
/// a type wins over the row `*`; what no row names is denied.
#[derive(Debug, Clone, Default)]
pub struct Matrix {
    professions: HashMap<String, Rights>,
}

#[derive(Debug, Clone, Default)]
struct Rights {
    all: bool,
    allowed: HashSet<String>,
    denied: HashSet<String>,
}

/// A line of a matrix that is not a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the profession matrix is not `profession, type, allow or deny` separated by tabs")]
pub struct MatrixError {
    /// 1-based line.
    pub line: usize,
}

impl Matrix {
    /// The matrix that ships with the engine: the rows of the order that could be checked (see the head of
    /// `data/profession_matrix.tsv`). An operator loads the full one.
    #[must_use]
    pub fn built_in() -> Self {
        // A test parses the same text: the default cannot be reached.
        Self::parse(include_str!("../../data/profession_matrix.tsv")).unwrap_or_default()
    }

    /// Parses a matrix.
    ///
    /// # Errors
    /// A line that is not a row: a matrix that is half understood would open or close the wrong doors.
    pub fn parse(text: &str) -> Result<Self, MatrixError> {
        let mut matrix = Matrix::default();
        for (i, line) in text.lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let error = MatrixError { line: i + 1 };
            let [profession, code, right] = line.split('\t').collect::<Vec<_>>()[..] else {
                return Err(error);
            };
            let rights = matrix.professions.entry(profession.to_owned()).or_default();
            match (code, right) {
                ("*", "allow") => rights.all = true,
                ("*", "deny") => rights.all = false,
                (code, "allow") => drop(rights.allowed.insert(code.to_owned())),
                (code, "deny") => drop(rights.denied.insert(code.to_owned())),
                _ => return Err(error),
            }
        }
        Ok(matrix)
    }

    /// Whether any row names the profession.
    #[must_use]
    pub fn knows(&self, profession: &str) -> bool {
        self.professions.contains_key(profession)
    }

    /// Whether the profession may read documents of that type. A document without a type is denied.
    #[must_use]
    pub fn allows(&self, profession: &str, type_code: Option<&str>) -> bool {
        let (Some(rights), Some(code)) = (self.professions.get(profession), type_code) else { return false };
        !rights.denied.contains(code) && (rights.all || rights.allowed.contains(code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_types_win_and_the_rest_is_denied() {
        let matrix = Matrix::parse("# comment\nP\t*\tallow\nP\tX\tdeny\nQ\tY\tallow\n").unwrap();
        for (profession, code, allowed) in [
            ("P", Some("Y"), true),
            ("P", Some("X"), false),
            ("P", None, false),
            ("Q", Some("Y"), true),
            ("Q", Some("X"), false),
            ("R", Some("Y"), false),
        ] {
            assert_eq!(matrix.allows(profession, code), allowed, "{profession} {code:?}");
        }
    }

    #[test]
    fn half_a_row_is_refused() {
        for text in ["P\tX", "P\tX\tperhaps", "P X allow"] {
            assert_eq!(Matrix::parse(text).unwrap_err(), MatrixError { line: 1 }, "{text}");
        }
    }

    #[test]
    fn the_built_in_matrix_parses() {
        assert!(Matrix::parse(include_str!("../../data/profession_matrix.tsv")).is_ok());
        let matrix = Matrix::built_in();
        assert!(matrix.allows("10", Some("11502-2")) && !matrix.allows("10", Some("ATTEST-RESID")));
        assert!(!matrix.allows("40", Some("68599-0")));
    }
}
