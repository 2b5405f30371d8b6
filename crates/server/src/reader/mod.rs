//! Reading documents in processes that can be killed.
//!
//! **Purpose.** A document may be hostile or damaged: a PDF of a kilobyte can ask for a gigabyte of memory
//! or an hour of work, and no PDF library bounds its own work. [`Reader`] hands each document to a worker,
//! which is this same program started with the hidden subcommand `read-worker` ([`worker_main`]), under
//! limits of memory, processor time and wall time, without files and without network where the kernel allows.
//!
//! **Key decision.** A reader never fails: pages come one by one, so that a worker that dies, is too slow or
//! answers rubbish costs the page that it was at; another one reads on behind it. The reading says what could
//! not be read and why. Recognition has workers of its own: no text waits for a scan.
//!
//! **What it does not do.** It keeps no queue: who asks waits for a free worker.

mod confine;
mod frame;
mod pool;
mod recognise;
mod worker;

pub use confine::{Confined, check_main};
pub(crate) use confine::{Duty, confine};
pub(crate) use worker::lower;
pub use worker::worker_main;

use frame::{Answer, Task};
use ingest::ocr::{self, Tesseract};
use ingest::{Limits, MediaType};
use pool::{Pool, Stopped, Worker};
use record::{Fault, Item, Outcome, Page, Reading};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

/// The hidden subcommand that runs [`worker_main`].
pub const SUBCOMMAND: &str = "read-worker";

/// Pages of one document that may cost a worker its life; what is behind is not read.
const MOST_LOST: usize = 3;

/// How documents are read.
#[derive(Debug, Clone)]
pub struct ReaderConfig {
    /// The program that knows the subcommand `read-worker`; in the server its own executable.
    pub program: PathBuf,
    /// How many processes read at once.
    pub workers: usize,
    /// How many processes recognise at once.
    pub recognisers: usize,
    /// Whether scans are recognised, if this machine has something that does.
    pub recognition: bool,
    /// What a document may hold.
    pub limits: Limits,
    /// What reading one document may cost.
    pub budget: Budget,
}

impl ReaderConfig {
    /// As many workers as processors, default limits, recognition.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        ReaderConfig {
            program,
            workers,
            recognisers: workers,
            recognition: true,
            limits: Limits::default(),
            budget: Budget::default(),
        }
    }
}

/// What reading one document may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Address space, bytes.
    pub memory: u64,
    /// Processor time, whole seconds; for each picture as much again.
    pub cpu_seconds: u64,
    /// Wall time from one page to the next.
    pub wall: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { memory: 1 << 30, cpu_seconds: 20, wall: Duration::from_secs(30) }
    }
}

/// Worker processes for reading and for recognition. Cheap to share behind an `Arc`; dropping it kills them.
#[derive(Debug)]
pub struct Reader {
    config: ReaderConfig,
    reading: Pool,
    recognition: Pool,
    /// What recognises on this machine; looked for when it is first needed.
    tesseract: OnceLock<Option<Tesseract>>,
}

impl Reader {
    /// A reader without any process yet: they start with the first documents.
    #[must_use]
    pub fn new(config: ReaderConfig) -> Self {
        Reader {
            reading: Pool::new(config.workers),
            recognition: Pool::new(config.recognisers),
            tesseract: OnceLock::new(),
            config,
        }
    }

    /// Whether pictures can be recognised here.
    #[must_use]
    pub fn recognises(&self) -> bool {
        self.tesseract().is_some()
    }

    fn tesseract(&self) -> Option<&Tesseract> {
        let find = || Tesseract::find().ok().filter(|_| self.config.recognition);
        self.tesseract.get_or_init(find).as_ref()
    }

    /// Reads the text of a document. It waits for a free worker; it never fails.
    pub async fn read(&self, media: MediaType, bytes: &[u8], item: &Item) -> Reading {
        let _permit = self.reading.permits.acquire().await;
        let limits = self.config.limits;
        let first = match self.read_on(media, bytes, item, &limits).await {
            Ok(reading) => return reading,
            Err(stopped) => stopped,
        };
        // a structured document is worth a second reading without the files inside it
        if media == MediaType::Cda && limits.pages > 0 {
            let without_files = Limits { pages: 0, ..limits };
            if let Ok(mut reading) = self.read_on(media, bytes, item, &without_files).await {
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

    /// Reads a document; where a page ends the worker, the pages behind it by another.
    async fn read_on(
        &self,
        media: MediaType,
        bytes: &[u8],
        item: &Item,
        limits: &Limits,
    ) -> Result<Reading, Stopped> {
        // pages in order, `None` for those that ended a worker
        let mut known: Vec<Option<Page>> = Vec::new();
        let mut stops: Vec<Stopped> = Vec::new();
        loop {
            let passed = u32::try_from(known.len()).unwrap_or(u32::MAX);
            let task = Task { pass_over: (0..passed).collect(), pictures: None };
            let (mut done, mut pages, mut of) = (None, Vec::new(), 0);
            let take = |answer| match answer {
                Answer::Pages(count) => {
                    of = count;
                    false
                }
                Answer::Page(page) => {
                    pages.push(page);
                    false
                }
                Answer::Seen(..) => false,
                Answer::Done(reading) => {
                    done = Some(*reading);
                    true
                }
            };
            let asked = self.ask(&self.reading, media, bytes, item, limits, &task, take).await;
            if let (Ok(()), Some(mut reading)) = (&asked, done) {
                if !known.is_empty() {
                    ocr::restored(&mut reading, known);
                    ocr::complete(&mut reading);
                    reading.warnings.extend(stops.iter().map(Stopped::warning));
                }
                return Ok(reading);
            }
            let stopped = asked.err().unwrap_or_else(Stopped::without_answer);
            known.extend(pages.into_iter().skip(known.len()).map(Some));
            let is_trap = stops.len() >= MOST_LOST;
            // what is known is all that there will be: the document is one long trap, or what comes behind its
            // pages ended the worker
            if is_trap || known.len() >= of as usize {
                // the narrative of a structured document is worth more than these pages
                if known.iter().flatten().next().is_none() || media == MediaType::Cda {
                    return Err(stopped);
                }
                stops.push(stopped);
                return Ok(of_pages(known, of, &stops));
            }
            known.push(None);
            stops.push(stopped);
        }
    }

    /// Asks a worker that waits, or a new one. A worker that has served before may have died of what it
    /// read before: then a new one is asked.
    #[expect(clippy::too_many_arguments, reason = "a request has these parts")]
    async fn ask(
        &self,
        pool: &Pool,
        media: MediaType,
        bytes: &[u8],
        item: &Item,
        limits: &Limits,
        task: &Task,
        mut take: impl FnMut(Answer) -> bool,
    ) -> Result<(), Stopped> {
        let budget = self.budget(task);
        let head = frame::head(media, limits, &budget, item, task);
        if let Some(mut worker) = pool.waiting() {
            let mut begun = false;
            let noting = |answer| {
                begun = true;
                take(answer)
            };
            match worker.ask(&head, bytes, budget.wall, noting).await {
                Ok(()) => {
                    pool.keep(worker);
                    return Ok(());
                }
                Err(stopped) if stopped.died && !begun => {}
                Err(stopped) => return Err(stopped),
            }
        }
        let mut worker = Worker::start(&self.config.program)?;
        worker.ask(&head, bytes, budget.wall, &mut take).await?;
        pool.keep(worker);
        Ok(())
    }

    /// Each picture may cost as much as a document.
    fn budget(&self, task: &Task) -> Budget {
        let Budget { memory, cpu_seconds, wall } = self.config.budget;
        match &task.pictures {
            None => Budget { memory, cpu_seconds, wall },
            Some(pictures) => {
                let times = 1 + u64::try_from(pictures.wanted.len()).unwrap_or(u64::MAX);
                Budget { memory, cpu_seconds: cpu_seconds.saturating_mul(times), wall: wall + ocr::LONGEST }
            }
        }
    }
}

/// The reading of a document of which pages alone are known.
fn of_pages(known: Vec<Option<Page>>, page_count: u32, stops: &[Stopped]) -> Reading {
    let lost = |number| Page { number: Some(number), fault: Some(Fault::Limit), ..Page::default() };
    let pages = (1..).zip(known).map(|(number, page)| page.unwrap_or_else(|| lost(number))).collect();
    let mut reading = Reading {
        extractor: ingest::EXTRACTOR,
        pages,
        items: Vec::new(),
        outcome: Outcome::Partly(stops.iter().map(|stopped| stopped.fault).collect()),
        language: None,
        page_count,
        warnings: stops.iter().map(Stopped::warning).collect(),
        file: None,
    };
    ocr::complete(&mut reading);
    reading
}

#[cfg(test)]
mod tests;
