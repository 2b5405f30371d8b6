//! What the cosines of a model mean: how near it puts queries to texts that have nothing to do with them.

use super::Error;
use inference::Model;
use search::Calibration;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The file beside the model.
const FILE: &str = "calibration.json";
const UNRELATED: &str = include_str!("unrelated.tsv");

/// `calibration.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measured {
    /// Id of the model that was measured: another one is measured again.
    pub(crate) model: String,
    /// Mean of the cosines of unrelated pairs.
    pub(crate) mean: f32,
    /// Their standard deviation.
    pub(crate) deviation: f32,
    /// How many pairs.
    pub(crate) pairs: usize,
    /// Mean of the cosines of related pairs, to show how far apart the two are.
    pub(crate) related: f32,
}

impl Measured {
    /// What the search needs of it.
    pub(crate) fn calibration(&self) -> Calibration {
        Calibration { mean: self.mean, deviation: self.deviation }
    }

    /// The calibration stored with a model, if it is of this model.
    pub(crate) fn read(dir: &Path, model: &str) -> Option<Measured> {
        let bytes = std::fs::read(dir.join(FILE)).ok()?;
        let found: Measured = serde_json::from_slice(&bytes).ok()?;
        let usable = found.mean.is_finite() && found.deviation.is_normal() && found.deviation > 0.0;
        (found.model == model && usable).then_some(found)
    }

    /// Stores it with the model.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write(&self, dir: &Path) -> Result<(), Error> {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        let refused = |e: std::io::Error| Error::Setup { what: "calibration", problem: e.to_string() };
        std::fs::write(dir.join(FILE), text).map_err(refused)
    }

    /// Measures a model on the bundled pairs: each query against the texts of all other lines.
    ///
    /// # Errors
    /// The model refuses a text.
    pub(crate) fn of(model: &Model) -> Result<Measured, Error> {
        let lines = UNRELATED.lines().filter(|line| !line.starts_with('#'));
        let (queries, texts): (Vec<&str>, Vec<&str>) = lines.filter_map(|line| line.split_once('\t')).unzip();
        let (queries, texts) = (model.embed_queries(&queries)?, model.embed_passages(&texts)?);
        let (mut sum, mut squares, mut related, mut pairs) = (0f64, 0f64, 0f64, 0usize);
        for (i, query) in queries.iter().enumerate() {
            for (j, text) in texts.iter().enumerate() {
                let cosine: f64 = query.iter().zip(text).map(|(a, b)| f64::from(a * b)).sum();
                if i == j {
                    related += cosine;
                } else {
                    (sum, squares, pairs) = (sum + cosine, squares + cosine * cosine, pairs + 1);
                }
            }
        }
        let mean = sum / pairs as f64;
        Ok(Measured {
            model: model.id().to_owned(),
            mean: mean as f32,
            deviation: (squares / pairs as f64 - mean * mean).max(0.0).sqrt() as f32,
            pairs,
            related: (related / queries.len() as f64) as f32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundled_pairs_are_whole_and_each_once() {
        let lines: Vec<&str> = UNRELATED.lines().filter(|l| !l.starts_with('#')).collect();
        assert!(lines.len() >= 50);
        let mut halves: Vec<&str> = lines.iter().flat_map(|l| l.split('\t')).collect();
        assert_eq!(halves.len(), 2 * lines.len());
        halves.sort_unstable();
        halves.dedup();
        assert_eq!(halves.len(), 2 * lines.len());
    }

    #[test]
    fn a_calibration_of_another_model_or_without_spread_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let good = Measured { model: "m".to_owned(), mean: 0.1, deviation: 0.05, pairs: 6, related: 0.6 };
        good.write(dir.path()).unwrap();
        assert_eq!(Measured::read(dir.path(), "m"), Some(good.clone()));
        assert_eq!(Measured::read(dir.path(), "other"), None);
        Measured { deviation: 0.0, ..good }.write(dir.path()).unwrap();
        assert_eq!(Measured::read(dir.path(), "m"), None);
        std::fs::write(dir.path().join(FILE), "{").unwrap();
        assert_eq!(Measured::read(dir.path(), "m"), None);
    }
}
