//! What was taken in, what was refused and why.

use super::super::output::table;
use super::take::Taken;
use record::RecordId;
use serde::{Serialize, Serializer};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

/// An entry, or a whole file, that was refused.
#[derive(Debug, Clone, Serialize)]
pub(in crate::cli) struct Refused {
    /// The file.
    pub(in crate::cli) file: String,
    /// Position in the file, from 0; none for the whole file.
    pub(in crate::cli) entry: Option<usize>,
    /// Its reference, where it has one.
    pub(in crate::cli) item: Option<String>,
    /// Why.
    pub(in crate::cli) reason: String,
}

/// What was odd, or lost without a refusal.
#[derive(Debug, Clone, Serialize)]
pub(in crate::cli) struct Warning {
    /// The file.
    pub(in crate::cli) file: String,
    /// What.
    pub(in crate::cli) text: String,
}

/// The result of a run.
#[derive(Debug, Default, Serialize)]
pub(in crate::cli) struct Report {
    /// Files taken in or refused.
    pub(in crate::cli) files: usize,
    /// Files in folders that are of no format that the engine takes.
    pub(in crate::cli) passed_over: usize,
    /// Items stored, new or changed.
    pub(in crate::cli) accepted: usize,
    /// Items that were stored just so already.
    pub(in crate::cli) unchanged: usize,
    /// What was refused.
    pub(in crate::cli) refused: Vec<Refused>,
    /// What was odd.
    pub(in crate::cli) warnings: Vec<Warning>,
    /// Records that hold what was taken in.
    #[serde(serialize_with = "as_names")]
    pub(in crate::cli) records: BTreeSet<RecordId>,
    /// Wall time.
    pub(in crate::cli) seconds: f64,
    /// Files that bundles have put inline.
    #[serde(skip)]
    pub(super) inlined: Vec<PathBuf>,
}

fn as_names<S: Serializer>(records: &BTreeSet<RecordId>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(records.iter().map(RecordId::as_str))
}

impl Report {
    /// Adds one file.
    pub(super) fn add(&mut self, taken: Taken) {
        let Taken { accepted, unchanged, refused, warnings, records, inlined } = taken;
        self.files += 1;
        self.accepted += accepted;
        self.unchanged += unchanged;
        self.refused.extend(refused);
        self.warnings.extend(warnings);
        self.records.extend(records);
        self.inlined.extend(inlined);
    }

    /// For people; with the warnings listed, or only counted.
    pub(in crate::cli) fn text(&self, with_warnings: bool) -> String {
        let mut text = format!(
            "{} files, {} records: {} stored, {} unchanged, {} refused in {:.1} s\n",
            self.files,
            self.records.len(),
            self.accepted,
            self.unchanged,
            self.refused.len(),
            self.seconds
        );
        if self.passed_over > 0 {
            let _ = writeln!(text, "{} files of other formats were passed over", self.passed_over);
        }
        if !self.refused.is_empty() {
            let row = |r: &Refused| {
                let entry = r.entry.map_or_else(|| "whole".to_owned(), |e| e.to_string());
                vec![
                    r.file.clone(),
                    entry,
                    r.item.clone().unwrap_or_else(|| "-".to_owned()),
                    r.reason.clone(),
                ]
            };
            let rows: Vec<_> = self.refused.iter().map(row).collect();
            let _ = write!(text, "\n{}", table(&["refused", "entry", "item", "reason"], &rows));
        }
        if with_warnings && !self.warnings.is_empty() {
            let rows: Vec<_> = self.warnings.iter().map(|w| vec![w.file.clone(), w.text.clone()]).collect();
            let _ = write!(text, "\n{}", table(&["warning", "what"], &rows));
        } else if !self.warnings.is_empty() {
            let _ = writeln!(text, "{} warnings: --warnings lists them", self.warnings.len());
        }
        text
    }
}
