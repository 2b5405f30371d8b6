//! `ingest`: files of this machine into the records of this machine, by the same calls as HTTP.
//!
//! Writes are idempotent: an entry that is stored just so is `unchanged`. So a run that was stopped is
//! resumed by running it again, without a journal.

mod find;
mod inline;
mod report;
mod take;

pub(super) use inline::inline;

use super::engine;
use super::exit::{Exit, UsageError};
use super::output::Output;
use crate::Service;
use crate::config::Config;
use find::{Format, Found};
use futures::stream::{self, StreamExt, TryStreamExt};
use indicatif::ProgressBar;
use record::RecordId;
pub(super) use report::Report;
use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Instant;
use take::{Taken, Taker};

/// Files taken in at once: enough to share the disk's flushes, few enough to bound memory.
const AT_ONCE: usize = 8;

/// Take in files, folders, archives, bundles and NDJSON
#[derive(Debug, clap::Args)]
pub(super) struct IngestArgs {
    /// Files, or folders with all that is in them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The record that everything goes to; without it, the patient that each file states
    #[arg(long, value_name = "RECORD")]
    record: Option<RecordId>,
    /// End when the metadata are stored; the text is read by the next `serve` or `ingest`
    #[arg(long)]
    no_wait: bool,
    /// List the warnings too
    #[arg(long)]
    warnings: bool,
}

/// Runs the command.
pub(super) async fn run(args: &IngestArgs, config: Config, output: Output) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let service = engine::open(&config).await?;
    let mut report = take_in(&service, &args.paths, args.record.as_ref(), output).await?;
    if !args.no_wait {
        engine::drain(&service, output).await?;
    }
    report.seconds = start.elapsed().as_secs_f64();
    let exit = if report.refused.is_empty() { Exit::Done } else { Exit::Partly };
    output.print(&report, |r| r.text(args.warnings))?;
    Ok(exit)
}

/// Takes in what `paths` mean: durable, and found by its metadata, when it returns.
///
/// # Errors
/// A path that is not there, or the store fails. What is refused stands in the report.
pub(super) async fn take_in(
    service: &Service,
    paths: &[PathBuf],
    record: Option<&RecordId>,
    output: Output,
) -> anyhow::Result<Report> {
    let (found, passed_over) = find::find(paths).map_err(|e| UsageError(e.to_string()))?;
    let limits = service.limits();
    let taker = Taker::new(service, &limits, record.cloned());
    let mut report = Report { passed_over, ..Report::default() };
    let (bundles, others): (Vec<Found>, Vec<Found>) =
        found.into_iter().partition(|f| f.format == Format::Bundle);
    let bar = engine::bar((bundles.len() + others.len()) as u64, "files", output);
    take_all(&taker, bundles, &bar, &mut report).await?;
    // What a bundle has put inline is no document of its own.
    let inlined: HashSet<PathBuf> = report.inlined.drain(..).collect();
    let is_inlined = |f: &Found| f.path.canonicalize().is_ok_and(|p| inlined.contains(&p));
    let others: Vec<Found> = others.into_iter().filter(|f| !is_inlined(f)).collect();
    bar.set_length(report.files as u64 + others.len() as u64);
    take_all(&taker, others, &bar, &mut report).await?;
    bar.finish_and_clear();
    Ok(report)
}

/// Takes in files, several at once, and reports on them in their order.
async fn take_all(
    taker: &Taker<'_>,
    files: Vec<Found>,
    bar: &ProgressBar,
    report: &mut Report,
) -> anyhow::Result<()> {
    let taken = stream::iter(files).map(|file| taker.take(file)).buffered(AT_ONCE);
    taken
        .try_for_each(|taken: Taken| {
            report.add(taken);
            bar.inc(1);
            std::future::ready(Ok(()))
        })
        .await
}
