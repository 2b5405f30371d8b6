//! The joining of the legs: measured side by side, and its few numbers chosen by cross-validation.
//!
//! A fold is a patient: the numbers are chosen on the others and measured on this one, so that no query has a
//! say in what it is measured with. They are chosen one after the other in turns (coordinate ascent) from
//! short lists. What is made best: the mean of nDCG@10, where a query that nothing answers counts 1 if nothing
//! is answered and 0 if something is.

use super::measures::{Judged, Scores};
use super::{EvalArgs, Taken, ask};
use crate::Service;
use search::{Fusion, Method, Query};
use std::collections::HashMap;
use std::fmt::Write;

/// The rules that are set side by side.
const METHODS: [(&str, Method); 4] = [
    ("words alone", Method::Lexical),
    ("meaning alone", Method::Semantic),
    ("reciprocal ranks", Method::ReciprocalRanks),
    ("calibrated", Method::Calibrated),
];

/// A number of the fusion, with its candidates.
struct Knob {
    name: &'static str,
    values: &'static [f32],
    set: fn(&mut Fusion, f32),
    get: fn(&Fusion) -> f32,
}

const KNOBS: [Knob; 5] = [
    Knob {
        name: "weight",
        values: &[0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5],
        set: |f, v| f.weight = v,
        get: |f| f.weight,
    },
    Knob {
        name: "alone",
        values: &[2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 6.0, 99.0],
        set: |f, v| f.alone = v,
        get: |f| f.alone,
    },
    Knob {
        name: "doubt",
        values: &[-99.0, -1.0, 0.0, 0.5, 1.0, 1.5, 2.0],
        set: |f, v| f.doubt = v,
        get: |f| f.doubt,
    },
    Knob { name: "floor", values: &[0.0, 1.0, 2.0, 3.0], set: |f, v| f.floor = v, get: |f| f.floor },
    Knob { name: "full", values: &[4.0, 5.0, 6.0, 8.0], set: |f, v| f.full = v, get: |f| f.full },
];

/// Tables of all rules, one after the other.
pub(super) async fn compare(service: &Service, taken: &[Taken], args: &EvalArgs) -> anyhow::Result<String> {
    let mut out = String::new();
    for (name, method) in METHODS {
        let mut scores = Scores::default();
        for patient in taken {
            let fusion = Fusion { method, ..Fusion::default() };
            for (query, results) in ask(service, patient, &Query { fusion, ..Query::new("") }).await? {
                scores.add(query, &results, args.rel);
            }
        }
        let _ = writeln!(out, "{name}\n{}", scores.table());
    }
    Ok(out)
}

/// Chooses the numbers by leaving one patient out at a time, then on all of them.
pub(super) async fn tune(service: &Service, taken: &[Taken]) -> anyhow::Result<String> {
    let mut trials = Trials { service, taken, known: HashMap::new() };
    let mut out = String::new();
    let (mut sum, mut baseline) = (0.0, 0.0);
    for out_of in 0..taken.len() {
        let others: Vec<usize> = (0..taken.len()).filter(|i| *i != out_of).collect();
        let best = trials.climb(&others).await?;
        let held_out = trials.quality(best, &[out_of]).await?;
        let lexical = Fusion { method: Method::Lexical, ..Fusion::default() };
        let words = trials.quality(lexical, &[out_of]).await?;
        (sum, baseline) = (sum + held_out, baseline + words);
        let _ = writeln!(
            out,
            "{}: {held_out:.4} (words alone {words:.4})  {}",
            taken[out_of].patient.patient,
            numbers(&best)
        );
    }
    let n = taken.len() as f64;
    let _ = writeln!(out, "held out, mean: {:.4} (words alone {:.4})", sum / n, baseline / n);
    let all: Vec<usize> = (0..taken.len()).collect();
    let best = trials.climb(&all).await?;
    let _ = writeln!(out, "on all: {:.4}  {}", trials.quality(best, &all).await?, numbers(&best));
    Ok(out)
}

fn numbers(fusion: &Fusion) -> String {
    let each = KNOBS.iter().map(|knob| format!("{} {}", knob.name, (knob.get)(fusion)));
    each.collect::<Vec<_>>().join(", ")
}

/// What was tried, with the quality of each patient.
struct Trials<'a> {
    service: &'a Service,
    taken: &'a [Taken],
    known: HashMap<String, Vec<f64>>,
}

impl Trials<'_> {
    /// The best numbers on these patients, by going up along one number after the other.
    async fn climb(&mut self, patients: &[usize]) -> anyhow::Result<Fusion> {
        let mut best = Fusion::default();
        let mut quality = self.quality(best, patients).await?;
        for _ in 0..2 {
            for knob in &KNOBS {
                for value in knob.values {
                    let mut trial = best;
                    (knob.set)(&mut trial, *value);
                    let reached = self.quality(trial, patients).await?;
                    if reached > quality + 1e-9 {
                        (best, quality) = (trial, reached);
                    }
                }
            }
        }
        Ok(best)
    }

    async fn quality(&mut self, fusion: Fusion, patients: &[usize]) -> anyhow::Result<f64> {
        let key = format!("{fusion:?}");
        if !self.known.contains_key(&key) {
            let mut each = Vec::new();
            for patient in self.taken {
                let answers = ask(self.service, patient, &Query { fusion, ..Query::new("") }).await?;
                let sum: f64 = answers.iter().map(|(query, results)| quality(query, results)).sum();
                each.push(sum / answers.len().max(1) as f64);
            }
            self.known.insert(key.clone(), each);
        }
        let each = &self.known[&key];
        Ok(patients.iter().map(|p| each[*p]).sum::<f64>() / patients.len().max(1) as f64)
    }
}

fn quality(query: &Judged, results: &[String]) -> f64 {
    if query.relevant.is_empty() {
        return f64::from(u8::from(results.is_empty()));
    }
    super::measures::measure(results, &query.relevant, 1).ndcg
}
