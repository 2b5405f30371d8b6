//! `models`: which language models there are, whether one is sound and how fast it is here, what its cosines
//! mean, and taking one in.
//!
//! A model that is taken in stands in the data folder, with only the files that decide its vectors and their
//! hashes: `--model-dir` names it from then on, and a file that changes under it is seen.

use super::engine;
use super::exit::Exit;
use super::output::{self, Output};
use crate::config::Config;
use crate::models::Measured;
use anyhow::Context;
use indicatif::ProgressBar;
use inference::{Embedder, Model, Settings};
use serde::Serialize;
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Files of no effect on the vectors that are kept beside a model: who made it, and under what licence.
const PAPERS: [&str; 5] = ["MODEL_CARD.md", "README.md", "LICENSE", "LICENSE.md", "NOTICE"];

/// Look at language models, check one, keep one
#[derive(Debug, clap::Args)]
pub(super) struct ModelsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the model in use and those in the data folder
    List,
    /// Load a model, embed with it, measure it
    Check {
        /// Its folder, in the layout of Hugging Face
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Measure what the cosines of a model mean, on bundled pairs of texts, and store it with the model
    Calibrate {
        /// Its folder, in the layout of Hugging Face
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Check a model and copy it into the data folder
    Add {
        /// Its folder, in the layout of Hugging Face
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
}

/// What is known of a model.
#[derive(Debug, Serialize)]
struct Described {
    name: String,
    folder: PathBuf,
    /// Why it cannot be used; nothing where it can.
    problem: Option<String>,
    in_use: bool,
    #[serde(flatten)]
    facts: Option<Facts>,
    #[serde(flatten)]
    speed: Option<Speed>,
}

#[derive(Debug, Serialize)]
struct Facts {
    id: String,
    dimension: usize,
    max_tokens: usize,
    bytes: u64,
    load_ms: f64,
}

#[derive(Debug, Serialize)]
struct Speed {
    threads: usize,
    query_ms_p50: f64,
    passages_per_s: f64,
    passage_tokens: usize,
}

/// Runs the command.
pub(super) fn run(args: &ModelsArgs, config: &Config, output: Output) -> anyhow::Result<Exit> {
    match &args.action {
        Action::List => list(config, output),
        Action::Check { folder } => {
            let (described, _) = check(folder, config)?;
            output.print(&described, text)?;
            Ok(exit(&described))
        }
        Action::Calibrate { folder } => {
            let model = Model::load(folder).with_context(|| folder.display().to_string())?;
            let measured = Measured::of(&model)?;
            measured.write(folder)?;
            output.print(&measured, |m| {
                format!(
                    "unrelated: cosine {:.3} ± {:.3} over {} pairs; related: {:.3}\n",
                    m.mean, m.deviation, m.pairs, m.related
                )
            })?;
            Ok(Exit::Done)
        }
        Action::Add { folder } => {
            let (mut described, model) = check(folder, config)?;
            if let Some(model) = model {
                described.folder = add(folder, &model, config, output)?;
            }
            output.print(&described, |d| match d.problem {
                None => format!("{}kept: use it with --model-dir {}\n", text(d), d.folder.display()),
                Some(_) => text(d),
            })?;
            Ok(exit(&described))
        }
    }
}

fn exit(described: &Described) -> Exit {
    if described.problem.is_none() { Exit::Done } else { Exit::Partly }
}

fn list(config: &Config, output: Output) -> anyhow::Result<Exit> {
    let mut folders = vec![config.model_dir.clone()];
    if let Ok(entries) = std::fs::read_dir(kept(config)) {
        let paths = entries.filter_map(|entry| entry.ok().map(|e| e.path()));
        // A copy that was broken off begins with a dot.
        let is_whole =
            |path: &PathBuf| !path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        folders.extend(paths.filter(|path| path.is_dir() && is_whole(path) && *path != config.model_dir));
    }
    folders.sort();
    let models: Vec<Described> = folders.iter().map(|folder| describe(folder, config).0).collect();
    let sound = models.iter().all(|model| model.problem.is_none());
    output.print(&models, |models| {
        let row = |model: &Described| {
            let facts = model.facts.as_ref();
            let id = facts.map_or_else(|| "-".to_owned(), |f| f.id.chars().take(12).collect());
            let number = |n: Option<usize>| n.map_or_else(|| "-".to_owned(), |n| n.to_string());
            vec![
                model.name.clone(),
                if model.in_use { "in use" } else { "" }.to_owned(),
                number(facts.map(|f| f.dimension)),
                number(facts.map(|f| f.max_tokens)),
                id,
                model.problem.clone().unwrap_or_else(|| model.folder.display().to_string()),
            ]
        };
        let rows: Vec<_> = models.iter().map(row).collect();
        output::table(&["model", "", "dimension", "tokens", "id", "folder, or what is wrong"], &rows)
    })?;
    Ok(if sound { Exit::Done } else { Exit::Partly })
}

/// Loads a model; what it says of itself, or why it does not load.
fn describe(folder: &Path, config: &Config) -> (Described, Option<Arc<Model>>) {
    let start = Instant::now();
    let loaded = Model::load(folder);
    let load_ms = start.elapsed().as_secs_f64() * 1e3;
    let mut described = Described {
        name: folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        folder: folder.to_owned(),
        problem: None,
        in_use: folder == config.model_dir,
        facts: None,
        speed: None,
    };
    match loaded {
        Err(error) => {
            described.problem = Some(error.to_string());
            (described, None)
        }
        Ok(model) => {
            let bytes = |name: &String| std::fs::metadata(folder.join(name)).map_or(0, |m| m.len());
            described.name = model.name().to_owned();
            described.facts = Some(Facts {
                id: model.id().to_owned(),
                dimension: model.dimension(),
                max_tokens: model.max_tokens(),
                bytes: model.files().iter().map(|(name, _)| bytes(name)).sum(),
                load_ms,
            });
            (described, Some(Arc::new(model)))
        }
    }
}

fn check(folder: &Path, config: &Config) -> anyhow::Result<(Described, Option<Arc<Model>>)> {
    let (mut described, model) = describe(folder, config);
    if let Some(model) = &model {
        described.speed = Some(measure(Arc::clone(model), config.model_threads)?);
    }
    Ok((described, model))
}

/// Single queries one after another, then passages of some 128 tokens on all threads.
fn measure(model: Arc<Model>, threads: usize) -> anyhow::Result<Speed> {
    const QUERIES: [&str; 4] =
        ["mal de tête", "prise de sang de mars", "radio du genou droit", "ordonnance du cardiologue 2024"];
    let mut times = Vec::new();
    for query in QUERIES.iter().cycle().take(100) {
        let start = Instant::now();
        model.embed_queries(&[query])?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let mut passage = String::new();
    while model.count_tokens(&passage)? < 126.min(model.max_tokens()) {
        passage.push_str(QUERIES[passage.len() % QUERIES.len()]);
        passage.push_str(", ");
    }
    let passage_tokens = model.count_tokens(&passage)?;
    let embedder = Embedder::start(model, Settings { threads, ..Settings::default() })?;
    let start = Instant::now();
    let (mut passages, mut pending) = (0usize, Vec::new());
    while passages == 0 || start.elapsed().as_secs_f64() < 1.0 {
        pending.push(embedder.passages(vec![passage.clone(); 8 * threads])?);
        passages += 8 * threads;
        // One call ahead, so that no thread waits for the next.
        if pending.len() > 1 {
            pending.remove(0).wait()?;
        }
    }
    for last in pending {
        last.wait()?;
    }
    let passages_per_s = passages as f64 / start.elapsed().as_secs_f64();
    let query_ms_p50 = times[times.len() / 2].as_secs_f64() * 1e3;
    Ok(Speed { threads, query_ms_p50, passages_per_s, passage_tokens })
}

/// Folder of the models that were taken in.
fn kept(config: &Config) -> PathBuf {
    config.data_dir.join("models")
}

/// Copies what decides the vectors, with the hashes; the folder of the copy. It appears whole or not at all.
fn add(folder: &Path, model: &Model, config: &Config, output: Output) -> anyhow::Result<PathBuf> {
    let target = kept(config).join(model.name());
    if target.exists() {
        let there = Model::load(&target).is_ok_and(|kept| kept.id() == model.id());
        anyhow::ensure!(there, "{} is another model: remove it, or rename the new one", target.display());
        return Ok(target);
    }
    let partial = kept(config).join(format!(".{}.partial", model.name()));
    if partial.exists() {
        std::fs::remove_dir_all(&partial)?;
    }
    let mut sums = String::new();
    let papers = PAPERS.iter().filter(|name| folder.join(name).is_file()).map(|name| (*name).to_owned());
    let names: Vec<String> = model.files().iter().map(|(name, _)| name.clone()).chain(papers).collect();
    let total = names.iter().filter_map(|name| folder.join(name).metadata().ok()).map(|m| m.len()).sum();
    let bar = engine::bar(total, "bytes copied", output);
    for name in &names {
        let to = partial.join(name);
        std::fs::create_dir_all(to.parent().unwrap_or(&partial))?;
        copy(&folder.join(name), &to, &bar).with_context(|| format!("{name} cannot be copied"))?;
    }
    for (name, hash) in model.files() {
        let _ = writeln!(sums, "{hash}  {name}");
    }
    std::fs::write(partial.join("SHA256SUMS"), sums)?;
    // The hashes are those of the model that was checked: a file that changed meanwhile is seen now.
    Model::load(&partial)?;
    std::fs::rename(&partial, &target)?;
    bar.finish_and_clear();
    Ok(target)
}

/// Copies a file to the disk itself.
fn copy(from: &Path, to: &Path, bar: &ProgressBar) -> std::io::Result<()> {
    let mut source = bar.wrap_read(File::open(from)?);
    let mut target = File::create(to)?;
    std::io::copy(&mut source.by_ref(), &mut target)?;
    target.sync_all()
}

fn text(d: &Described) -> String {
    let mut text = format!("{}  {}\n", d.name, d.folder.display());
    if let Some(problem) = &d.problem {
        let _ = writeln!(text, "refused: {problem}");
    }
    if let Some(f) = &d.facts {
        let _ = writeln!(
            text,
            "vectors of {}, texts of up to {} tokens, {}, loaded in {:.0} ms\nid {}",
            f.dimension,
            f.max_tokens,
            output::bytes(f.bytes),
            f.load_ms,
            f.id
        );
    }
    if let Some(s) = &d.speed {
        let _ = writeln!(
            text,
            "a query {:.2} ms (median, one thread); {:.0} passages of {} tokens a second on {} threads",
            s.query_ms_p50, s.passages_per_s, s.passage_tokens, s.threads
        );
    }
    text
}
