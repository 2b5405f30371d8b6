//! `eval`: runs a relevance set through the engine and prints its measures.
//!
//! A set is a folder with one folder for each patient: `bundle.json` (FHIR, attachments as files beside
//! it), `queries.jsonl` (a query a line with the grades of its relevant items). Each patient is taken into
//! a store of its own under a temporary folder, as a hospital would send it; then each query is asked as
//! the person who would ask it: the patient, or, for a minor, the representative.

pub mod measures;

use super::exit::{Exit, UsageError};
use super::output::Output;
use super::{clock, engine, ingest::inline};
use crate::Service;
use crate::config::Config;
use anyhow::Context;
use measures::{Judged, Row, Scores};
use record::{PartialDate, RecordId};
use search::Query;
use search::policy::{Actor, Role};
use serde::Serialize;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Results that a run keeps for a query: the deepest measure looks at 20.
const DEPTH: usize = 20;
/// A minor is younger than this.
const MAJORITY: u16 = 18;

/// Run a relevance set and print its measures
#[derive(Debug, clap::Args)]
pub(super) struct EvalArgs {
    /// The set: a folder with a folder for each patient
    #[arg(value_name = "DIR")]
    set: PathBuf,
    /// Least grade that counts as relevant
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3), value_name = "GRADE")]
    rel: u32,
    /// The day on which the queries are asked; it tells who is a minor [default: today]
    #[arg(long, value_name = "DATE")]
    today: Option<String>,
    /// Folder for the rankings: <patient>.jsonl
    #[arg(long, value_name = "DIR")]
    run_out: Option<PathBuf>,
}

/// What is printed with `--json`.
#[derive(Debug, Serialize)]
struct Report {
    rows: Vec<Row>,
    unanswerable: Option<Unanswerable>,
    patients: Vec<Patient>,
}

/// Queries that nothing in the record answers.
#[derive(Debug, Serialize)]
struct Unanswerable {
    queries: usize,
    answered: f64,
}

/// What was searched of one patient's record.
#[derive(Debug, Serialize)]
struct Patient {
    patient: String,
    asked_as: &'static str,
    refused: Vec<String>,
    documents: usize,
    searched: usize,
    unreadable: usize,
}

/// A line of a run file.
#[derive(Debug, Serialize)]
struct Ranking<'a> {
    id: &'a str,
    results: Vec<String>,
}

/// Runs the command.
pub(super) async fn run(args: &EvalArgs, mut config: Config, output: Output) -> anyhow::Result<Exit> {
    let today = match &args.today {
        None => clock::today()?,
        Some(text) => PartialDate::parse_iso(text).map_err(|e| UsageError(format!("--today: {e}")))?,
    };
    let folder = tempfile::tempdir()?;
    config.data_dir = folder.path().to_owned();
    config.key_file = folder.path().join("key");
    let service = engine::open(&config).await?;
    let mut scores = Scores::default();
    let mut patients = Vec::new();
    for set in sets(&args.set)? {
        patients.push(one(&service, &set, today, args, &mut scores).await?);
    }
    let answered = scores.answered().map(|(queries, answered)| Unanswerable { queries, answered });
    let refused = patients.iter().any(|p| !p.refused.is_empty());
    patients.iter().for_each(|p| note(p, output));
    let report = Report { rows: scores.rows(), unanswerable: answered, patients };
    output.print(&report, |_| scores.table())?;
    Ok(if refused { Exit::Partly } else { Exit::Done })
}

/// The folders that hold a bundle and queries: `set` itself, or those in it, by name.
fn sets(set: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let is_set = |p: &Path| p.join("bundle.json").is_file() && p.join("queries.jsonl").is_file();
    if is_set(set) {
        return Ok(vec![set.to_owned()]);
    }
    let entries = std::fs::read_dir(set).with_context(|| set.display().to_string())?;
    let mut sets = entries.map(|e| Ok(e?.path())).collect::<std::io::Result<Vec<_>>>()?;
    sets.retain(|p| is_set(p));
    sets.sort();
    if sets.is_empty() {
        let problem = format!("{} holds no folder with bundle.json and queries.jsonl", set.display());
        return Err(UsageError(problem).into());
    }
    Ok(sets)
}

/// Takes one patient in and asks all queries.
async fn one(
    service: &Service,
    set: &Path,
    today: PartialDate,
    args: &EvalArgs,
    scores: &mut Scores,
) -> anyhow::Result<Patient> {
    let about = || set.display().to_string();
    let patient = set.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let record = RecordId::new(&patient).with_context(about)?;
    let bundle = inline(std::fs::read(set.join("bundle.json")).with_context(about)?, set);
    let birth = bundle.birth.as_deref().and_then(|b| PartialDate::parse_iso(b).ok());
    let minor = birth.is_some_and(|birth| clock::age(birth, today) < MAJORITY);
    let actor = Actor::new("eval", if minor { Role::Representative } else { Role::Patient });

    let feeder = Actor::new("eval", Role::Service);
    let written = service.put_bundle(&record, &feeder, bundle.bytes).await.with_context(about)?;
    engine::drain(service, Output::Json).await?;
    let queries = queries(&set.join("queries.jsonl"))?;
    let mut lines = String::new();
    for query in &queries {
        let asked = Query { limit: DEPTH, today: Some(today), ..Query::new(&query.query) };
        let answer = service.search(&record, &actor, asked).await.with_context(|| query.id.clone())?;
        let results: Vec<String> = answer.hits.iter().map(|h| h.item.to_string()).collect();
        scores.add(query, &results, args.rel);
        lines.push_str(&serde_json::to_string(&Ranking { id: &query.id, results })?);
        lines.push('\n');
    }
    if let Some(folder) = &args.run_out {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(format!("{patient}.jsonl")), lines)?;
    }
    let coverage = service.coverage(&record, &actor).await?;
    let reason = |r: &crate::pipeline::Rejection| {
        format!("{} {}", r.item.as_ref().map_or_else(|| r.index.to_string(), ToString::to_string), r.reason)
    };
    Ok(Patient {
        patient,
        asked_as: actor.role.as_str(),
        refused: written.rejected.iter().map(reason).collect(),
        documents: coverage.documents,
        searched: coverage.searched,
        unreadable: coverage.unreadable.len(),
    })
}

fn queries(path: &Path) -> anyhow::Result<Vec<Judged>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(n, line)| {
            serde_json::from_str(line)
                .map_err(|e| UsageError(format!("{}:{}: {e}", path.display(), n + 1)).into())
        })
        .collect()
}

/// Says on standard error what was searched: standard output is the table alone.
fn note(patient: &Patient, output: Output) {
    if output == Output::Json {
        return;
    }
    let Patient { patient, asked_as, refused, documents, searched, unreadable } = patient;
    let mut err = std::io::stderr().lock();
    let _ = writeln!(
        err,
        "{patient}: asked as {asked_as}; {documents} documents, {searched} searched by their text, {unreadable} not readable or not whole"
    );
    for entry in refused {
        let _ = writeln!(err, "{patient}: refused: {entry}");
    }
}
