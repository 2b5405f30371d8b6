//! One model on threads of its own, behind a bounded queue.
//!
//! Queries go before passages, and one thread takes nothing but queries: a search never waits for a document
//! that is being read. Passages are handed out in small batches, so that several threads share one document
//! and none is held for long.

use crate::{Error, Model};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::JoinHandle;

/// Bytes of text after which a batch is closed: some 400 tokens, enough for the matrix kernels to be at
/// their full speed, and under a tenth of a second of work for a small model.
const BATCH_BYTES: usize = 1_600;

/// How much an [`Embedder`] does at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Threads that embed passages, and queries when there are any. One more serves queries alone.
    pub threads: usize,
    /// Queries that may wait.
    pub waiting_queries: usize,
    /// Passages that may wait.
    pub waiting_passages: usize,
}

impl Default for Settings {
    /// A thread for each core, 256 queries, 16,384 passages.
    fn default() -> Settings {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Settings { threads: cores, waiting_queries: 256, waiting_passages: 16_384 }
    }
}

/// A model at work. Dropping it ends its threads; what still waits gets [`Error::Stopped`].
#[derive(Debug)]
pub struct Embedder {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    model: Arc<Model>,
    settings: Settings,
    queue: Mutex<Queue>,
    work: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    queries: VecDeque<Batch>,
    passages: VecDeque<Batch>,
    waiting_queries: usize,
    waiting_passages: usize,
    stopped: bool,
}

/// On which side of the search a text stands: models may put another prefix before each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Query,
    Passage,
}

impl Embedder {
    /// Starts the threads.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub fn start(model: Arc<Model>, settings: Settings) -> std::io::Result<Embedder> {
        let shared = Arc::new(Shared { model, settings, queue: Mutex::default(), work: Condvar::new() });
        let mut embedder = Embedder { shared, threads: Vec::new() };
        let passage_threads = settings.threads.max(1);
        for n in 0..=passage_threads {
            let shared = Arc::clone(&embedder.shared);
            let queries_alone = n == passage_threads;
            let name = if queries_alone { "embed-query".to_owned() } else { format!("embed-{n}") };
            let run = move || {
                while let Some(batch) = shared.next(queries_alone) {
                    // A defect in the model must not take the thread with it: the batch, dropped, says `Stopped`.
                    let _ = catch_unwind(AssertUnwindSafe(|| batch.run(&shared.model)));
                }
            };
            embedder.threads.push(std::thread::Builder::new().name(name).spawn(run)?);
        }
        Ok(embedder)
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &Arc<Model> {
        &self.shared.model
    }

    /// Puts queries in the queue; their vectors come in the same order.
    ///
    /// # Errors
    /// [`Error::Overloaded`] where as many wait as may.
    pub fn queries(&self, texts: Vec<String>) -> Result<Pending, Error> {
        self.put(texts, Side::Query)
    }

    /// Puts passages in the queue; their vectors come in the same order.
    ///
    /// # Errors
    /// [`Error::Overloaded`] where as many wait as may.
    pub fn passages(&self, texts: Vec<String>) -> Result<Pending, Error> {
        self.put(texts, Side::Passage)
    }

    fn put(&self, texts: Vec<String>, side: Side) -> Result<Pending, Error> {
        let count = texts.len();
        let task = Arc::new(Task::new(texts));
        let mut queue = self.shared.lock();
        let (batches, waiting, limit) = queue.side(side, &self.shared.settings);
        if *waiting + count > limit {
            return Err(Error::Overloaded);
        }
        *waiting += count;
        batches.extend(task.batches(side));
        drop(queue);
        self.shared.work.notify_all();
        Ok(Pending { task })
    }
}

impl Drop for Embedder {
    fn drop(&mut self) {
        let dropped = {
            let mut queue = self.shared.lock();
            queue.stopped = true;
            (std::mem::take(&mut queue.queries), std::mem::take(&mut queue.passages))
        };
        self.shared.work.notify_all();
        drop(dropped);
        for thread in self.threads.drain(..) {
            // It catches its panics: there is nothing to learn from its end.
            let _ = thread.join();
        }
    }
}

impl Queue {
    fn side(&mut self, side: Side, settings: &Settings) -> (&mut VecDeque<Batch>, &mut usize, usize) {
        match side {
            Side::Query => (&mut self.queries, &mut self.waiting_queries, settings.waiting_queries),
            Side::Passage => (&mut self.passages, &mut self.waiting_passages, settings.waiting_passages),
        }
    }
}

impl Shared {
    /// A poisoned lock is taken over: the queue is whole after every statement that holds it.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for work; `None` when the embedder is being dropped.
    fn next(&self, queries_alone: bool) -> Option<Batch> {
        let mut queue = self.lock();
        loop {
            if queue.stopped {
                return None;
            }
            if let Some(batch) = queue.queries.pop_front() {
                queue.waiting_queries -= batch.range.len();
                return Some(batch);
            }
            if !queries_alone && let Some(batch) = queue.passages.pop_front() {
                queue.waiting_passages -= batch.range.len();
                return Some(batch);
            }
            queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The texts of one call, and what has come of them.
#[derive(Debug)]
struct Task {
    texts: Vec<String>,
    /// Nobody waits any more.
    abandoned: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    vectors: Vec<Vec<f32>>,
    left: usize,
    failure: Option<Error>,
    waker: Option<Waker>,
}

impl Task {
    fn new(texts: Vec<String>) -> Task {
        let left = texts.len();
        let state = State { vectors: vec![Vec::new(); left], left, failure: None, waker: None };
        Task { texts, abandoned: AtomicBool::new(false), state: Mutex::new(state), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Neighbours in the order given, up to [`BATCH_BYTES`] together.
    fn batches(self: &Arc<Task>, side: Side) -> Vec<Batch> {
        let mut batches = Vec::new();
        let (mut start, mut bytes) = (0, 0);
        for (i, text) in self.texts.iter().enumerate() {
            if i > start && bytes + text.len() > BATCH_BYTES {
                batches.push(Batch { task: Arc::clone(self), side, range: start..i });
                (start, bytes) = (i, 0);
            }
            bytes += text.len();
        }
        if start < self.texts.len() {
            batches.push(Batch { task: Arc::clone(self), side, range: start..self.texts.len() });
        }
        batches
    }
}

impl State {
    /// What came of it, once it is over.
    fn take(&mut self) -> Option<Result<Vec<Vec<f32>>, Error>> {
        match self.failure.take() {
            Some(failure) => Some(Err(failure)),
            None if self.left == 0 => Some(Ok(std::mem::take(&mut self.vectors))),
            None => None,
        }
    }
}

/// A part of a task. Dropped before it has run, it fails the task: nobody waits for ever.
#[derive(Debug)]
struct Batch {
    task: Arc<Task>,
    side: Side,
    range: std::ops::Range<usize>,
}

impl Batch {
    fn run(mut self, model: &Model) {
        if self.task.abandoned.load(Ordering::Relaxed) {
            return;
        }
        let texts: Vec<&str> = self.task.texts[self.range.clone()].iter().map(String::as_str).collect();
        let result = match self.side {
            Side::Query => model.embed_queries(&texts),
            Side::Passage => model.embed_passages(&texts),
        };
        self.finish(result);
    }

    fn finish(&mut self, result: Result<Vec<Vec<f32>>, Error>) {
        let range = std::mem::take(&mut self.range);
        let mut state = self.task.lock();
        match result {
            Ok(vectors) => {
                state.left -= range.len();
                for (slot, vector) in state.vectors[range].iter_mut().zip(vectors) {
                    *slot = vector;
                }
            }
            Err(failure) => state.failure = Some(failure),
        }
        if state.left == 0 || state.failure.is_some() {
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
            self.task.changed.notify_all();
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if !self.range.is_empty() {
            self.finish(Err(Error::Stopped));
        }
    }
}

/// Vectors to come: a `Future`, or [`Pending::wait`] on a thread that may block. Dropping it gives up what
/// has not begun.
#[derive(Debug)]
pub struct Pending {
    task: Arc<Task>,
}

impl Pending {
    /// Blocks this thread until the vectors are there.
    ///
    /// # Errors
    /// The tokenizer refuses a text, or the embedder is being stopped.
    pub fn wait(self) -> Result<Vec<Vec<f32>>, Error> {
        let mut state = self.task.lock();
        loop {
            if let Some(over) = state.take() {
                return over;
            }
            state = self.task.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Future for Pending {
    type Output = Result<Vec<Vec<f32>>, Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.task.lock();
        match state.take() {
            Some(over) => Poll::Ready(over),
            None => {
                state.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        self.task.abandoned.store(true, Ordering::Relaxed);
    }
}
