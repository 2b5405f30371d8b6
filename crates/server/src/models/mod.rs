//! The language models of this engine: the one that embeds what is written, and others that records were
//! embedded with before.
//!
//! A record is searched with the model that its vectors name. One that is not here is no error: the record
//! is searched by its words. No model, or one that does not load, is said in the log and by `doctor`.

mod calibration;

pub(crate) use calibration::Measured;

use crate::Error;
use crate::config::Config;
use inference::{Embedder, Model, Settings};
use search::{Calibration, Embed, QueryVector};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// All models.
#[derive(Default)]
pub(crate) struct Models {
    main: Option<Arc<Loaded>>,
    loaded: Vec<Arc<Loaded>>,
    problems: Vec<String>,
}

impl Models {
    /// Loads what the configuration names and what was added to the data folder.
    pub(crate) fn open(config: &Config) -> Models {
        let mut models = Models::default();
        models.add(&config.model_dir, config.model_threads);
        models.main = models.loaded.first().cloned();
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
        self.main.as_ref()
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

/// The folders of models below the data folder, by name.
fn added(data_dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(data_dir.join(ADDED)).into_iter().flatten();
    // A copy that was broken off begins with a dot.
    let whole = |dir: &PathBuf| {
        dir.is_dir() && !dir.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
    };
    let mut dirs: Vec<PathBuf> = entries.filter_map(|e| Some(e.ok()?.path())).filter(whole).collect();
    dirs.sort();
    dirs
}
