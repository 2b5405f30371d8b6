//! `eval`: runs a relevance set through the engine and prints its measures.
//!
//! A set is a folder with one folder for each patient: `bundle.json` (FHIR, attachments as files beside
//! it), `queries.jsonl` (a query a line with the grades of its relevant items). Each patient is taken into
//! a store of its own under a temporary folder, as a hospital would send it; then each query is asked as
//! the person who would ask it: the patient, or, for a minor, the representative.

mod fusion;
pub mod measures;
mod tune;

use super::exit::{Exit, UsageError};
use super::output::Output;
use super::{clock, engine, ingest::inline};
use crate::Service;
use crate::config::Config;
use anyhow::Context;
use measures::{Judged, Row, Scores};
use record::{PartialDate, RecordId};
use search::policy::{Actor, Role};
use search::{Query, Reading};
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
    #[arg(long, value_name = "DIR", conflicts_with_all = ["compare", "tune", "tune_fusion"])]
    run_out: Option<PathBuf>,
    /// Print a table for each way of joining words and meaning
    #[arg(long)]
    compare: bool,
    /// Choose the numbers of the fusion, leaving one patient out at a time
    #[arg(long, conflicts_with = "compare")]
    tune_fusion: bool,
    /// Choose the parameters of ranking, leaving one patient out at a time
    #[arg(long, conflicts_with_all = ["compare", "tune_fusion", "without"])]
    tune: bool,
    /// What not to read into the queries, to see what it is worth: concepts, spelling, period, values, order,
    /// authors, kinds, side, exclusions, family, or understanding for all but the first two
    #[arg(long, value_delimiter = ',', value_name = "READINGS")]
    without: Vec<String>,
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
    by_meaning: usize,
    unreadable: usize,
}

/// A patient whose record is in the store, with what is asked of it.
struct Taken {
    record: RecordId,
    actor: Actor,
    today: PartialDate,
    queries: Vec<Judged>,
    patient: Patient,
}

/// A line of a run file.
#[derive(Debug, Serialize)]
struct Ranking<'a> {
    id: &'a str,
    results: &'a [String],
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
    let mut taken = Vec::new();
    for set in sets(&args.set)? {
        taken.push(take(&service, &set, today).await?);
    }
    taken.iter().for_each(|t| note(&t.patient, output));
    if args.tune {
        tune::run(&service, &taken, output).await?;
        return Ok(Exit::Done);
    }
    if args.compare || args.tune_fusion {
        let text = if args.tune_fusion {
            fusion::tune(&service, &taken).await?
        } else {
            fusion::compare(&service, &taken, args).await?
        };
        output.print(&text, |text| text.clone())?;
        return Ok(Exit::Done);
    }
    let asked = Query { ignore: without(&args.without)?, ..Query::new("") };
    let mut scores = Scores::default();
    for patient in &taken {
        let answers = ask(&service, patient, &asked).await?;
        answers.iter().for_each(|(query, results)| scores.add(query, results, args.rel));
        if let Some(folder) = &args.run_out {
            write_run(folder, &patient.patient.patient, &answers)?;
        }
    }
    let patients: Vec<Patient> = taken.into_iter().map(|t| t.patient).collect();
    let answered = scores.answered().map(|(queries, answered)| Unanswerable { queries, answered });
    let refused = patients.iter().any(|p| !p.refused.is_empty());
    let report = Report { rows: scores.rows(), unanswerable: answered, patients };
    output.print(&report, |_| scores.table())?;
    Ok(if refused { Exit::Partly } else { Exit::Done })
}

/// The readings that are left out, by their names.
fn without(names: &[String]) -> anyhow::Result<Vec<Reading>> {
    const UNDERSTANDING: [&str; 8] =
        ["period", "values", "order", "authors", "kinds", "side", "exclusions", "family"];
    let mut out = Vec::new();
    for name in names {
        let readings = match name.as_str() {
            "understanding" => UNDERSTANDING.iter().filter_map(|name| Reading::from_name(name)).collect(),
            "spelling" => vec![Reading::Spelling],
            name => Reading::from_name(name).into_iter().collect(),
        };
        if readings.is_empty() {
            return Err(UsageError(format!("--without: {name} is not a reading")).into());
        }
        out.extend(readings);
    }
    Ok(out)
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

/// Takes one patient in.
async fn take(service: &Service, set: &Path, today: PartialDate) -> anyhow::Result<Taken> {
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
    let coverage = service.coverage(&record, &actor).await?;
    let reason = |r: &crate::pipeline::Rejection| {
        format!("{} {}", r.item.as_ref().map_or_else(|| r.index.to_string(), ToString::to_string), r.reason)
    };
    let patient = Patient {
        patient,
        asked_as: actor.role.as_str(),
        refused: written.rejected.iter().map(reason).collect(),
        documents: coverage.documents,
        searched: coverage.searched,
        by_meaning: coverage.by_meaning,
        unreadable: coverage.unreadable.len(),
    };
    let queries = queries(&set.join("queries.jsonl"))?;
    Ok(Taken { record, actor, today, queries, patient })
}

/// Asks all queries of a patient as `like` says: each with its results, best first.
async fn ask<'a>(
    service: &Service,
    taken: &'a Taken,
    like: &Query,
) -> anyhow::Result<Vec<(&'a Judged, Vec<String>)>> {
    let mut out = Vec::with_capacity(taken.queries.len());
    for query in &taken.queries {
        let text = query.query.as_str().into();
        let asked = Query { text, limit: DEPTH, today: Some(taken.today), ..like.clone() };
        let answer = service.search(&taken.record, &taken.actor, asked).await;
        let answer = answer.with_context(|| query.id.clone())?;
        out.push((query, answer.hits.iter().map(|h| h.item.to_string()).collect()));
    }
    Ok(out)
}

fn write_run(folder: &Path, patient: &str, answers: &[(&Judged, Vec<String>)]) -> anyhow::Result<()> {
    let mut lines = String::new();
    for (query, results) in answers {
        lines.push_str(&serde_json::to_string(&Ranking { id: &query.id, results })?);
        lines.push('\n');
    }
    std::fs::create_dir_all(folder)?;
    Ok(std::fs::write(folder.join(format!("{patient}.jsonl")), lines)?)
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
    let Patient { patient, asked_as, refused, documents, searched, by_meaning, unreadable } = patient;
    let mut err = std::io::stderr().lock();
    let _ = writeln!(
        err,
        "{patient}: asked as {asked_as}; {documents} documents, {searched} searched by their text, {by_meaning} by meaning, {unreadable} not readable or not whole"
    );
    for entry in refused {
        let _ = writeln!(err, "{patient}: refused: {entry}");
    }
}
