//! Reading documents in processes that can be killed.
//!
//! **Purpose.** A document may be hostile or damaged: a PDF of a kilobyte can ask for a gigabyte of memory
//! or an hour of work, and no PDF library bounds its own work. [`Reader`] hands each document to a worker,
//! which is this same program started with the hidden subcommand `read-worker` ([`worker_main`]), under
//! limits of memory, processor time and wall time.
//!
//! **Key decision.** A reader never fails: when a worker dies, is too slow or answers rubbish, the reading
//! says that nothing could be read and why, and the pipeline goes on. All formats take this one way, for
//! asking a running worker costs less than any document takes to read.
//!
//! **What it does not do.** It keeps no queue: who asks waits for a free worker. It does not cut a worker
//! off the network or the file system beyond what resource limits do; that is the service manager's part.

mod frame;
mod pool;
mod worker;

pub(crate) use worker::lower;
pub use worker::worker_main;

use ingest::{Limits, MediaType};
use pool::{Stopped, Worker};
use record::{Item, Outcome, Reading};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// The hidden subcommand that runs [`worker_main`].
pub const SUBCOMMAND: &str = "read-worker";

/// A worker is replaced after this many documents, so that what it leaks or fragments stays small.
const DOCUMENTS_PER_WORKER: u32 = 200;

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

/// A pool of worker processes. Cheap to share behind an `Arc`; dropping it kills them.
#[derive(Debug)]
pub struct Reader {
    config: ReaderConfig,
    /// One permit per worker that may run.
    permits: Semaphore,
    /// Workers that wait. A plain mutex: nothing is awaited while it is held.
    idle: Mutex<Vec<Worker>>,
}

impl Reader {
    /// A pool without any process yet: they start with the first documents.
    #[must_use]
    pub fn new(config: ReaderConfig) -> Self {
        Reader { permits: Semaphore::new(config.workers.max(1)), idle: Mutex::default(), config }
    }

    /// Reads a document. It waits for a free worker; it never fails.
    pub async fn read(&self, media: MediaType, bytes: Vec<u8>, item: &Item) -> Reading {
        let _permit = self.permits.acquire().await;
        let limits = self.config.limits;
        let first = match self.ask(media, &bytes, item, &limits).await {
            Ok(reading) => return reading,
            Err(stopped) => stopped,
        };
        // a structured document is worth a second reading without the files inside it
        if media == MediaType::Cda && limits.pages > 0 {
            let without_files = Limits { pages: 0, ..limits };
            if let Ok(mut reading) = self.ask(media, &bytes, item, &without_files).await {
                reading.warnings.push(first.warning());
                return reading;
            }
        }
        Reading {
            extractor: ingest::EXTRACTOR,
            pages: Vec::new(),
            items: Vec::new(),
            outcome: Outcome::Unread(first.fault),
            language: None,
            page_count: 0,
            warnings: vec![first.warning()],
            file: None,
        }
    }

    /// Asks a worker that waits, or a new one. A worker that has served before may have died of what it
    /// read before: then a new one is asked.
    async fn ask(
        &self,
        media: MediaType,
        bytes: &[u8],
        item: &Item,
        limits: &Limits,
    ) -> Result<Reading, Stopped> {
        let head = frame::head(media, limits, &self.config.budget, item);
        let waiting = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(worker) = waiting {
            match self.exchange(worker, &head, bytes).await {
                Err(stopped) if stopped.died => {}
                answer => return answer,
            }
        }
        self.exchange(Worker::start(&self.config.program)?, &head, bytes).await
    }

    /// Asks a worker and keeps it for the next document if it answered.
    async fn exchange(&self, mut worker: Worker, head: &[u8], bytes: &[u8]) -> Result<Reading, Stopped> {
        let reading = worker.ask(head, bytes, self.config.budget.wall).await?;
        if worker.served < DOCUMENTS_PER_WORKER {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
        Ok(reading)
    }
}

impl Stopped {
    fn warning(&self) -> String {
        format!("reader was stopped: {}", self.why)
    }
}

#[cfg(test)]
mod tests;
