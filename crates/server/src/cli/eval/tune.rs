//! `eval --tune`: are the parameters of ranking the right ones for patients that they were not chosen on?
//!
//! For each patient the parameters are chosen on all others, by ascent along one parameter after the other
//! over its grid, from the committed values. What counts is the mean over all queries of nDCG@10, where a
//! query that nothing answers counts 1 if nothing is answered, else 0. A choice that is worth keeping gains
//! on the patients left out, too.

use super::measures::{Judged, measure};
use super::{Taken, ask};
use crate::Service;
use crate::cli::output::Output;
use search::{Query, Weights};
use serde::Serialize;
use std::collections::HashMap;
use std::fmt::Write;

/// Times that all parameters are gone through.
const PASSES: usize = 2;
/// A gain of less is chance.
const LEAST_GAIN: f64 = 0.001;

/// What is printed with `--json`.
#[derive(Serialize)]
struct Report {
    folds: Vec<Fold>,
    all: Fold,
}

/// What was chosen on some patients, measured on another.
#[derive(Serialize)]
struct Fold {
    /// The patient left out; `None` where nobody was.
    left_out: Option<String>,
    /// On the patient left out, or on all: with the committed values, and with the chosen ones.
    committed: f64,
    chosen: f64,
    /// Parameters whose value differs from the committed one.
    changes: Vec<(&'static str, f32, f32)>,
}

pub(super) async fn run(service: &Service, patients: &[Taken], output: Output) -> anyhow::Result<()> {
    let mut search = Search { service, patients, known: HashMap::new() };
    let mut folds = Vec::new();
    for (out, patient) in patients.iter().enumerate() {
        let train: Vec<usize> = (0..patients.len()).filter(|i| *i != out).collect();
        let chosen = search.ascend(&train).await?;
        folds.push(search.fold(Some(patient.patient.patient.clone()), &[out], &chosen).await?);
    }
    let everybody: Vec<usize> = (0..patients.len()).collect();
    let chosen = search.ascend(&everybody).await?;
    let all = search.fold(None, &everybody, &chosen).await?;
    Ok(output.print(&Report { folds, all }, table)?)
}

struct Search<'a> {
    service: &'a Service,
    patients: &'a [Taken],
    /// Sums of scores for each patient, by the values of all parameters.
    known: HashMap<Vec<u32>, Vec<f64>>,
}

impl Search<'_> {
    /// The best values for some patients.
    async fn ascend(&mut self, patients: &[usize]) -> anyhow::Result<Weights> {
        let mut best = Weights::default();
        let mut score = self.score(&best, patients).await?;
        for _ in 0..PASSES {
            for parameter in Weights::PARAMETERS {
                for value in parameter.grid {
                    let other = parameter.with(&best, *value);
                    let gained = self.score(&other, patients).await?;
                    if gained > score + LEAST_GAIN {
                        (best, score) = (other, gained);
                    }
                }
            }
        }
        Ok(best)
    }

    /// The mean over the queries of some patients.
    async fn score(&mut self, weights: &Weights, patients: &[usize]) -> anyhow::Result<f64> {
        let key: Vec<u32> = Weights::PARAMETERS.iter().map(|p| p.get(weights).to_bits()).collect();
        if !self.known.contains_key(&key) {
            let sums = self.measure(weights).await?;
            self.known.insert(key.clone(), sums);
        }
        let sums = self.known.get(&key).map_or(&[][..], Vec::as_slice);
        let sum: f64 = patients.iter().filter_map(|p| sums.get(*p)).sum();
        let queries: usize = patients.iter().map(|p| self.patients[*p].queries.len()).sum();
        Ok(sum / f64::from(u32::try_from(queries.max(1))?))
    }

    async fn measure(&self, weights: &Weights) -> anyhow::Result<Vec<f64>> {
        let asked = Query { weights: *weights, ..Query::new("") };
        let mut sums = Vec::new();
        for patient in self.patients {
            let answers = ask(self.service, patient, &asked).await?;
            sums.push(answers.iter().map(|(query, ranking)| gain(query, ranking)).sum());
        }
        Ok(sums)
    }

    async fn fold(
        &mut self,
        left_out: Option<String>,
        patients: &[usize],
        chosen: &Weights,
    ) -> anyhow::Result<Fold> {
        let committed = Weights::default();
        let changes = Weights::PARAMETERS
            .iter()
            .map(|p| (p.name, p.get(&committed), p.get(chosen)))
            .filter(|(_, before, after)| before.to_bits() != after.to_bits());
        Ok(Fold {
            left_out,
            changes: changes.collect(),
            committed: self.score(&committed, patients).await?,
            chosen: self.score(chosen, patients).await?,
        })
    }
}

fn gain(query: &Judged, ranking: &[String]) -> f64 {
    if query.relevant.is_empty() {
        return if ranking.is_empty() { 1.0 } else { 0.0 };
    }
    measure(ranking, &query.relevant, 1).ndcg
}

fn table(report: &Report) -> String {
    let mut out = format!("{:10} {:>9} {:>9}  changes\n", "left out", "committed", "chosen");
    for fold in report.folds.iter().chain([&report.all]) {
        let changes: Vec<String> =
            fold.changes.iter().map(|(name, before, after)| format!("{name} {before} → {after}")).collect();
        let name = fold.left_out.as_deref().unwrap_or("nobody");
        let _ = writeln!(out, "{name:10} {:9.4} {:9.4}  {}", fold.committed, fold.chosen, changes.join(", "));
    }
    out
}
