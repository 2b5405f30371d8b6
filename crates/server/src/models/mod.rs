//! The language models of this engine: the one that embeds what is written, and others that records were
//! embedded with before.
//!
//! A record is searched with the model that its vectors name. One that is not here is no error: the record
//! is searched by its words. No model, or one that does not load, is said in the log and by `doctor`.

mod calibration;

pub(crate) use calibration::Measured;

use crate::Error;
use crate::config::{Config, ModelChoice};
use inference::{Embedder, Model, Settings};
use search::{Calibration, Embed, QueryVector};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The model that ships with the engine, below the working folder or beside the program.
const SHIPPED: &str = "models/mes-fr-small";
/// Models that were added, below the data folder.
const ADDED: &str = "models";

/// A model at work.
pub(crate) struct Loaded {
    pub(crate) embedder: Embedder,
    pub(crate) calibration: Calibration,
}

impl Loaded {
    /// Loads a model and starts its threads. One without a calibration of its own is calibrated now.
    ///
    /// # Errors
    /// The model is refused.
    pub(crate) fn open(dir: &Path, threads: usize) -> Result<Loaded, Error> {
        let model = Model::load(dir)?;
        let measured = match Measured::read(dir, model.id()) {
            Some(measured) => measured,
            None => Measured::of(&model)?,
        };
        let settings = Settings { threads, ..Settings::default() };
        let refused = |e: std::io::Error| Error::Setup { what: "language model", problem: e.to_string() };
        let embedder = Embedder::start(Arc::new(model), settings).map_err(refused)?;
        Ok(Loaded { embedder, calibration: measured.calibration() })
    }

    pub(crate) fn id(&self) -> &str {
        self.embedder.model().id()
    }
}

/// All models. The first embeds what is written.
#[derive(Default)]
pub(crate) struct Models {
    loaded: Vec<Arc<Loaded>>,
    problems: Vec<String>,
}

impl Models {
    /// Loads what the configuration names and what was added to the data folder.
    pub(crate) fn open(config: &Config) -> Models {
        let mut models = Models::default();
        let main = match &config.model {
            ModelChoice::Without => return models,
            ModelChoice::Folder(dir) => Some(dir.clone()),
            ModelChoice::Shipped => shipped(),
        };
        match &main {
            Some(dir) => models.add(dir, config.model_threads),
            None => models.problems.push(format!("no language model: there is no folder {SHIPPED}")),
        }
        for dir in added(&config.data_dir) {
            models.add(&dir, config.model_threads);
        }
        models
    }

    fn add(&mut self, dir: &Path, threads: usize) {
        match Loaded::open(dir, threads) {
            Ok(model) if self.get(model.id()).is_some() => {}
            Ok(model) => self.loaded.push(Arc::new(model)),
            Err(error) => self.problems.push(error.to_string()),
        }
    }

    /// The model that embeds what no other has embedded.
    pub(crate) fn main(&self) -> Option<&Arc<Loaded>> {
        self.loaded.first()
    }

    /// The model of that id.
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Loaded>> {
        self.loaded.iter().find(|model| model.id() == id)
    }

    /// What did not load, and why.
    pub(crate) fn problems(&self) -> &[String] {
        &self.problems
    }
}

impl Embed for Models {
    /// For a thread that may block.
    fn embed(&self, model: &str, text: &str) -> Option<QueryVector> {
        let model = self.get(model)?;
        let vectors = model.embedder.queries(vec![text.to_owned()]).and_then(inference::Pending::wait);
        match vectors {
            Ok(vectors) => {
                let values = vectors.into_iter().next()?;
                Some(QueryVector { values, calibration: model.calibration })
            }
            Err(error) => {
                tracing::warn!(%error, "query is answered by its words alone");
                None
            }
        }
    }
}

fn shipped() -> Option<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(SHIPPED)));
    [Some(PathBuf::from(SHIPPED)), beside].into_iter().flatten().find(|dir| dir.join("config.json").is_file())
}

/// The folders of models below the data folder, by name.
fn added(data_dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data_dir.join(ADDED)).into_iter().flatten();
    let mut dirs: Vec<PathBuf> =
        entries.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_dir()).collect();
    dirs.sort();
    dirs
}
