//! `reindex`: packs built again from what is stored.

use super::engine;
use super::exit::Exit;
use super::output::Output;
use crate::config::Config;
use record::RecordId;
use serde::Serialize;
use std::time::Instant;

/// Rebuild packs from the stored sources
#[derive(Debug, clap::Args)]
pub(super) struct ReindexArgs {
    /// The record
    #[arg(required_unless_present = "all")]
    record: Option<RecordId>,
    /// Every record
    #[arg(long, conflicts_with = "record")]
    all: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Rebuilt {
    records: u64,
    seconds: f64,
}

/// Runs the command.
pub(super) async fn run(args: &ReindexArgs, config: Config, output: Output) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let service = engine::open(&config).await?;
    let store = service.store();
    let records = match &args.record {
        None => store.invalidate_all().await?,
        Some(record) => u64::from(store.invalidate(&store.key(record)).await?),
    };
    engine::drain(&service, output).await?;
    let rebuilt = Rebuilt { records, seconds: start.elapsed().as_secs_f64() };
    output.print(&rebuilt, |r| format!("{} records rebuilt in {:.1} s\n", r.records, r.seconds))?;
    let missing = args.record.is_some() && records == 0;
    Ok(if missing { Exit::Partly } else { Exit::Done })
}
