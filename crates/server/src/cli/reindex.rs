//! `reindex`: packs built again from what is stored, or records embedded by another model.
//!
//! With `--model`, each record is switched when its vectors are whole: who is interrupted begins again and
//! passes over what is done. The vectors of the model before are kept, so that the same command with that
//! model's folder is the way back, and takes no time.

use super::engine;
use super::exit::Exit;
use super::output::Output;
use crate::Service;
use crate::config::Config;
use crate::models::Loaded;
use crate::service::Switched;
use record::RecordId;
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;
use store::RecordKey;

/// Records that are listed at once.
const PAGE: usize = 256;

/// Rebuild packs from the stored sources, or embed records by another model
#[derive(Debug, clap::Args)]
pub(super) struct ReindexArgs {
    /// The record
    #[arg(required_unless_present = "all")]
    record: Option<RecordId>,
    /// Every record
    #[arg(long, conflicts_with = "record")]
    all: bool,
    /// Only embed, by the model of this folder, and search with it from then on
    #[arg(long, value_name = "DIR")]
    model: Option<PathBuf>,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Rebuilt {
    records: u64,
    seconds: f64,
}

/// What is printed with `--model`.
#[derive(Debug, Default, Serialize)]
struct Embedded {
    model: String,
    embedded: u64,
    /// Records that had vectors of the model already.
    taken_back: u64,
    unchanged: u64,
    /// Records without a pack: they are embedded when they have one.
    waiting: u64,
    seconds: f64,
}

/// Runs the command.
pub(super) async fn run(args: &ReindexArgs, config: Config, output: Output) -> anyhow::Result<Exit> {
    if let Some(dir) = &args.model {
        let model = Loaded::open(dir, config.model_threads)?;
        return embed(args, &model, config, output).await;
    }
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

async fn embed(args: &ReindexArgs, model: &Loaded, config: Config, output: Output) -> anyhow::Result<Exit> {
    let start = Instant::now();
    let service = engine::open(&config).await?;
    let mut done = Embedded { model: model.id().to_owned(), ..Embedded::default() };
    let bar = engine::bar(service.store().statistics()?.records, "records embedded", output);
    match &args.record {
        Some(record) => {
            let key = service.store().key(record);
            if service.store().head(&key)?.is_none() {
                return Ok(Exit::Partly);
            }
            one(&service, &key, model, &mut done).await?;
        }
        None => {
            let mut last = None;
            loop {
                let page = service.store().records(last.as_ref(), PAGE)?;
                let Some(end) = page.last() else { break };
                last = Some(*end);
                for key in page {
                    one(&service, &key, model, &mut done).await?;
                    bar.inc(1);
                }
            }
        }
    }
    bar.finish_and_clear();
    done.seconds = start.elapsed().as_secs_f64();
    output.print(&done, text)?;
    Ok(Exit::Done)
}

async fn one(service: &Service, key: &RecordKey, model: &Loaded, done: &mut Embedded) -> anyhow::Result<()> {
    let count = match service.switch(key, model).await? {
        Switched::Nothing => &mut done.waiting,
        Switched::Already => &mut done.unchanged,
        Switched::Back => &mut done.taken_back,
        Switched::Embedded => &mut done.embedded,
    };
    *count += 1;
    Ok(())
}

fn text(done: &Embedded) -> String {
    let Embedded { model, embedded, taken_back, unchanged, waiting, seconds } = done;
    let short: String = model.chars().take(12).collect();
    format!(
        "model {short}: {embedded} records embedded, {taken_back} taken back, {unchanged} unchanged, {waiting} \
         without a pack yet, in {seconds:.1} s\nserve with --model-dir, or `models add`, that their queries be embedded\n"
    )
}
