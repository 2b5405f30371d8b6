//! Measures of a ranking against graded judgements, as trec_eval defines them.
//!
//! nDCG@10 takes the grade as gain and 1/log2(rank + 1) as discount (Järvelin & Kekäläinen 2002, in the
//! form of trec_eval). MRR@10, Success@3 and Recall@20 hold an item relevant from a least grade on. A query
//! of kind `none` has nothing to find: it has no score, only the fact that something was answered.

use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;

/// The kind of a query that nothing in the record answers.
const NOTHING: &str = "none";

/// A query with its judgements: one line of `queries.jsonl`.
#[derive(Debug, Clone, Deserialize)]
pub struct Judged {
    /// Id, unique in its file.
    pub id: String,
    /// What the person types.
    pub query: String,
    /// Kind of query: `lay`, `typo`, … or `none`.
    pub kind: String,
    /// Grade of each relevant item: 3 exactly, 2 useful, 1 loosely related.
    pub relevant: HashMap<String, u32>,
}

/// The measures of one query, or their mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, serde::Serialize)]
pub struct Measures {
    /// nDCG at 10, on the grades.
    #[serde(rename = "nDCG@10")]
    pub ndcg: f64,
    /// Reciprocal rank of the first relevant item, 0 beyond 10.
    #[serde(rename = "MRR@10")]
    pub reciprocal_rank: f64,
    /// 1 where a relevant item stands among the first 3.
    #[serde(rename = "Success@3")]
    pub success: f64,
    /// Share of the relevant items among the first 20.
    #[serde(rename = "Recall@20")]
    pub recall: f64,
}

fn gain(grades: impl Iterator<Item = u32>) -> f64 {
    grades.take(10).zip(2u32..).map(|(grade, discount)| f64::from(grade) / f64::from(discount).log2()).sum()
}

/// The measures of one ranking, best first. An item that is given twice counts once, where it first stands;
/// an item is relevant when its grade is at least `least`.
#[must_use]
pub fn measure(ranking: &[String], grades: &HashMap<String, u32>, least: u32) -> Measures {
    let mut seen = HashSet::new();
    let ranking: Vec<&String> = ranking.iter().filter(|item| seen.insert(*item)).collect();
    let grade = |item: &&String| grades.get(*item).copied().unwrap_or(0);

    let mut best: Vec<u32> = grades.values().copied().collect();
    best.sort_unstable_by(|a, b| b.cmp(a));
    let ideal = gain(best.into_iter());
    let wanted = grades.values().filter(|g| **g >= least).count();
    let hits: Vec<bool> =
        ranking.iter().map(|item| grades.contains_key(*item) && grade(item) >= least).collect();
    let found = |k: usize| hits.iter().take(k).filter(|hit| **hit).count();

    Measures {
        ndcg: if ideal > 0.0 { gain(ranking.iter().map(grade)) / ideal } else { 0.0 },
        reciprocal_rank: (1u32..=10)
            .zip(&hits)
            .find(|(_, hit)| **hit)
            .map_or(0.0, |(rank, _)| 1.0 / f64::from(rank)),
        success: if found(3) > 0 { 1.0 } else { 0.0 },
        recall: ratio(found(20), wanted),
    }
}

/// `part / whole`, 0 of nothing.
fn ratio(part: usize, whole: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of judgements are far below 2^52")]
    let (part, whole) = (part as f64, whole as f64);
    if whole > 0.0 { part / whole } else { 0.0 }
}

/// The scores of a set of queries.
#[derive(Debug, Default)]
pub struct Scores {
    by_kind: BTreeMap<String, Vec<Measures>>,
    answered: Vec<bool>,
}

/// A row of the table: a kind, or `ALL`.
#[derive(Debug, PartialEq, serde::Serialize)]
pub struct Row {
    /// The kind, or `ALL`.
    pub kind: String,
    /// Number of queries.
    pub queries: usize,
    /// Means over them.
    #[serde(flatten)]
    pub mean: Measures,
}

impl Scores {
    /// Adds one query with the ranking it got.
    pub fn add(&mut self, query: &Judged, ranking: &[String], least: u32) {
        if query.kind == NOTHING {
            self.answered.push(!ranking.is_empty());
        } else {
            let measures = measure(ranking, &query.relevant, least);
            self.by_kind.entry(query.kind.clone()).or_default().push(measures);
        }
    }

    /// Means by kind, in the order of their names, then over all.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let all: Vec<Measures> = self.by_kind.values().flatten().copied().collect();
        let kinds = self.by_kind.iter().map(|(kind, scores)| (kind.as_str(), scores.as_slice()));
        kinds
            .chain([("ALL", all.as_slice())])
            .filter(|(_, scores)| !scores.is_empty())
            .map(|(kind, scores)| Row { kind: kind.to_owned(), queries: scores.len(), mean: mean(scores) })
            .collect()
    }

    /// Queries of kind `none`: how many there are, and the share of them that got an answer.
    #[must_use]
    pub fn answered(&self) -> Option<(usize, f64)> {
        let answered = self.answered.iter().filter(|a| **a).count();
        (!self.answered.is_empty()).then(|| (self.answered.len(), ratio(answered, self.answered.len())))
    }

    /// The table, character by character as the reference script prints it.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = format!(
            "{:10} {:>4} {:>9} {:>9} {:>9} {:>9}\n",
            "kind", "n", "nDCG@10", "MRR@10", "Success@3", "Recall@20"
        );
        for Row { kind, queries, mean: m } in self.rows() {
            let _ = writeln!(
                table,
                "{kind:10} {queries:4} {:9.4} {:9.4} {:9.4} {:9.4}",
                m.ndcg, m.reciprocal_rank, m.success, m.recall
            );
        }
        if let Some((n, share)) = self.answered() {
            let _ = writeln!(table, "{NOTHING:10} {n:4} answered although nothing is relevant: {share:.4}");
        }
        table
    }
}

fn mean(scores: &[Measures]) -> Measures {
    #[expect(clippy::cast_precision_loss, reason = "counts of queries are far below 2^52")]
    let mean = |of: fn(&Measures) -> f64| scores.iter().map(of).sum::<f64>() / scores.len() as f64;
    Measures {
        ndcg: mean(|m| m.ndcg),
        reciprocal_rank: mean(|m| m.reciprocal_rank),
        success: mean(|m| m.success),
        recall: mean(|m| m.recall),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(kind: &str, relevant: &[(&str, u32)]) -> Judged {
        let relevant = relevant.iter().map(|(item, grade)| ((*item).to_owned(), *grade)).collect();
        Judged { id: "q".to_owned(), query: String::new(), kind: kind.to_owned(), relevant }
    }

    fn ranking(items: &str) -> Vec<String> {
        items.split_whitespace().map(str::to_owned).collect()
    }

    /// Grades a 3, b 2, c 1: the ideal is 3/1 + 2/log2(3) + 1/2 = 4.761860.
    fn check(items: &str, least: u32, expected: [f64; 4]) {
        let query = judged("lay", &[("a", 3), ("b", 2), ("c", 1)]);
        let m = measure(&ranking(items), &query.relevant, least);
        let got = [m.ndcg, m.reciprocal_rank, m.success, m.recall];
        let near = got.iter().zip(expected).all(|(g, e)| (g - e).abs() < 1e-6);
        assert!(near, "{items}: {got:?}, not {expected:?}");
    }

    #[test]
    fn measures_worked_by_hand() {
        check("a b c", 1, [1.0, 1.0, 1.0, 1.0]);
        // 2/1 + 3/log2(3) + 1/2 = 4.392789 over 4.761860
        check("b a c", 1, [0.922_494, 1.0, 1.0, 1.0]);
        // 3/log2(5) = 1.292030 over 4.761860; first relevant at rank 4, one of three found
        check("x y z a", 1, [0.271_329, 0.25, 0.0, 1.0 / 3.0]);
        // an item given twice counts once: a at 1, b at 2
        check("a a b", 1, [4.261_860 / 4.761_860, 1.0, 1.0, 2.0 / 3.0]);
        check("", 1, [0.0, 0.0, 0.0, 0.0]);
        // from grade 3 on, only `a` is wanted; nDCG keeps all grades
        check("c b a", 3, [3.761_860 / 4.761_860, 1.0 / 3.0, 1.0, 1.0]);
    }

    #[test]
    fn cut_offs_are_10_3_and_20() {
        let fill = |n: usize| (0..n).map(|i| format!("x{i} ")).collect::<String>();
        check(&format!("{}a", fill(10)), 1, [0.0, 0.0, 0.0, 1.0 / 3.0]);
        check(&format!("{}a", fill(20)), 1, [0.0; 4]);
    }

    #[test]
    fn the_table_has_a_row_for_each_kind_and_one_for_all() {
        let mut scores = Scores::default();
        scores.add(&judged("typo", &[("a", 3)]), &ranking("x a"), 1);
        scores.add(&judged("lay", &[("a", 3)]), &ranking("a"), 1);
        scores.add(&judged(NOTHING, &[]), &ranking("a"), 1);
        scores.add(&judged(NOTHING, &[]), &[], 1);
        let expected = "\
kind          n   nDCG@10    MRR@10 Success@3 Recall@20
lay           1    1.0000    1.0000    1.0000    1.0000
typo          1    0.6309    0.5000    1.0000    1.0000
ALL           2    0.8155    0.7500    1.0000    1.0000
none          2 answered although nothing is relevant: 0.5000
";
        assert_eq!(scores.table(), expected);
    }
}
