//! `eval` prints what the reference script prints, on made-up rankings and on the whole engine.

use crate::support::{root, shared, temp_dir};
use mes_search::cli::measures::{Judged, Scores};
use serde_json::json;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the reference script prints for pairs of queries and runs; `None` where it cannot run here.
fn reference(pairs: &[(PathBuf, PathBuf)], least: u32) -> Option<String> {
    let script = shared("eval/score.py")?;
    let files = pairs.iter().flat_map(|(queries, run)| [queries, run]);
    let output = Command::new("python3").arg(script).args(files).arg("--rel").arg(least.to_string()).output();
    let Ok(output) = output else {
        eprintln!("skipped: python3 is not on this machine");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// A linear congruential sequence (Knuth, MMIX): any spread of ranks and grades will do.
fn random(state: &mut u64, n: u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % n
}

/// Writes 200 queries of four kinds and a run that finds some of them; both as the script reads them.
fn made_up(folder: &Path, seed: u64) -> (PathBuf, PathBuf) {
    let mut state = seed;
    let (mut queries, mut run) = (String::new(), String::new());
    for q in 0..200 {
        let kind = ["lay", "typo", "numeric", "none"][random(&mut state, 4) as usize];
        let relevant: serde_json::Map<_, _> =
            (0..if kind == "none" { 0 } else { 1 + random(&mut state, 25) })
                .map(|_| (format!("Item/{}", random(&mut state, 60)), json!(1 + random(&mut state, 3))))
                .collect();
        let line = json!({"id": format!("q-{q}"), "query": "x", "kind": kind, "relevant": relevant});
        writeln!(queries, "{line}").unwrap();
        // Some queries have no line at all, some rankings name an item twice.
        if random(&mut state, 10) > 0 {
            let results: Vec<_> =
                (0..random(&mut state, 30)).map(|_| format!("Item/{}", random(&mut state, 60))).collect();
            writeln!(run, "{}", json!({"id": format!("q-{q}"), "results": results})).unwrap();
        }
    }
    let (queries_path, run_path) =
        (folder.join(format!("{seed}.queries")), folder.join(format!("{seed}.run")));
    std::fs::write(&queries_path, queries).unwrap();
    std::fs::write(&run_path, run).unwrap();
    (queries_path, run_path)
}

fn scores(pairs: &[(PathBuf, PathBuf)], least: u32) -> String {
    let mut scores = Scores::default();
    for (queries, run) in pairs {
        let run = std::fs::read_to_string(run).unwrap();
        let rankings: Vec<serde_json::Value> =
            run.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        for line in std::fs::read_to_string(queries).unwrap().lines() {
            let query: Judged = serde_json::from_str(line).unwrap();
            let ranking = rankings.iter().find(|r| r["id"] == query.id.as_str());
            let results = ranking.map(|r| serde_json::from_value(r["results"].clone()).unwrap());
            scores.add(&query, &results.unwrap_or_else(Vec::new), least);
        }
    }
    scores.table()
}

#[test]
fn measures_equal_those_of_the_reference_script() {
    let dir = temp_dir();
    let pairs = [made_up(dir.path(), 1), made_up(dir.path(), 2)];
    for least in 1..=3 {
        let Some(expected) = reference(&pairs, least) else { return };
        assert_eq!(scores(&pairs, least), expected, "least grade {least}");
    }
}

#[test]
fn the_engine_scores_as_the_reference_script_says_it_does() {
    let Some(set) = shared("eval/dev") else { return };
    let dir = temp_dir();
    let runs = dir.path().join("runs");
    let output = Command::new(env!("CARGO_BIN_EXE_mes-search"))
        .args(["eval", "--today", "2026-11-22", "--run-out"])
        .args([&runs, &set])
        .current_dir(root())
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    let patients = ["pat-101", "pat-102", "pat-103"];
    let pairs = patients.map(|p| (set.join(p).join("queries.jsonl"), runs.join(format!("{p}.jsonl"))));
    let Some(expected) = reference(&pairs, 1) else { return };
    assert_eq!(printed, expected);

    // The bar of a plain BM25 over perfect text is 0.57; scans are not read yet.
    let all = printed.lines().find(|l| l.starts_with("ALL ")).unwrap();
    let ndcg: f64 = all.split_whitespace().nth(2).unwrap().parse().unwrap();
    assert!(ndcg >= 0.50, "{printed}");
    // What the asker may not see is in no ranking.
    for (patient, hidden) in
        [("pat-101", "DocumentReference/doc-040"), ("pat-103", "DocumentReference/doc-035")]
    {
        let run = std::fs::read_to_string(runs.join(format!("{patient}.jsonl"))).unwrap();
        assert!(!run.contains(&format!("\"{hidden}\"")), "{patient} was shown {hidden}");
    }
}
