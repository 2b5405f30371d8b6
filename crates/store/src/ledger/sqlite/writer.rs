//! The one thread that writes: changes that wait together share one commit.
//!
//! While one commit waits for the disk, the next changes gather; they then run in one transaction, each
//! in its own savepoint, so that a change that fails takes no other with it. Nobody is answered before
//! `COMMIT` has returned. No change waits for company: a lone one commits at once.

use super::Batching;
use crate::Error;
use futures::FutureExt;
use futures::future::BoxFuture;
use rusqlite::{Connection, ErrorCode, ffi};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

enum Job {
    Change(Box<dyn Change>),
    Scrub(oneshot::Sender<Result<bool, Error>>),
}

/// A change that waits for its commit.
trait Change: Send {
    /// Runs inside the transaction.
    fn apply(&mut self, connection: &Connection) -> Result<(), Failure>;
    /// Answers the caller: the commit succeeded, or what stood in its way.
    fn answer(self: Box<Self>, commit: Result<(), Failure>);
}

struct Pending<F, T> {
    work: Option<F>,
    outcome: Option<Result<T, Failure>>,
    caller: oneshot::Sender<Result<T, Error>>,
}

impl<F, T> Change for Pending<F, T>
where
    F: FnOnce(&Connection) -> rusqlite::Result<T> + Send,
    T: Send,
{
    fn apply(&mut self, connection: &Connection) -> Result<(), Failure> {
        let Some(work) = self.work.take() else { return Ok(()) };
        let outcome = work(connection).map_err(|error| Failure::of(&error));
        let failed = outcome.as_ref().err().cloned();
        self.outcome = Some(outcome);
        failed.map_or(Ok(()), Err)
    }

    fn answer(self: Box<Self>, commit: Result<(), Failure>) {
        let answer = match (commit, self.outcome) {
            (_, Some(Err(own))) => Err(own.into()),
            (Err(failure), _) => Err(failure.into()),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Ok(()), None) => Err(Error::Cancelled),
        };
        // A caller that no longer listens has lost nothing but the answer.
        let _ = self.caller.send(answer);
    }
}

/// Why a statement failed, in a form that every waiting caller can be given.
#[derive(Debug, Clone)]
enum Failure {
    Full,
    Stopped,
    Other(ffi::Error, Option<String>),
}

impl Failure {
    fn of(error: &rusqlite::Error) -> Failure {
        let rusqlite::Error::SqliteFailure(code, message) = error else {
            return Failure::Other(ffi::Error::new(ffi::SQLITE_ERROR), Some(error.to_string()));
        };
        match code.code {
            ErrorCode::DiskFull => Failure::Full,
            // After a failed write or fsync nobody knows what the disk holds, and asking again may lie.
            ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Failure::Stopped
            }
            _ => Failure::Other(*code, message.clone()),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Full => Error::Full,
            Failure::Stopped => Error::Stopped,
            Failure::Other(code, message) => Error::Ledger(rusqlite::Error::SqliteFailure(code, message)),
        }
    }
}

impl Writer {
    pub(super) fn start(connection: Connection, batching: Batching) -> Result<Writer, Error> {
        let (jobs, waiting) = mpsc::channel(batching.queue.max(1));
        let stopped = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&stopped);
        let thread = std::thread::Builder::new()
            .name("ledger-writer".to_owned())
            .spawn(move || run(&connection, waiting, batching.batch.max(1), &flag))
            .map_err(|source| Error::File { action: "start a thread for", path: "ledger".into(), source })?;
        Ok(Writer { jobs: Some(jobs), stopped, thread: Some(thread) })
    }

    /// Runs `work` in a transaction; done once that is durable.
    pub(super) fn change<T, F>(&self, work: F) -> BoxFuture<'_, Result<T, Error>>
    where
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
        T: Send + 'static,
    {
        let (caller, answer) = oneshot::channel();
        let change = Box::new(Pending { work: Some(work), outcome: None, caller });
        self.submit(Job::Change(change), answer)
    }

    /// Empties the write-ahead log; `false` if a reader still needs it.
    pub(super) fn scrub(&self) -> BoxFuture<'_, Result<bool, Error>> {
        let (caller, answer) = oneshot::channel();
        self.submit(Job::Scrub(caller), answer)
    }

    fn submit<T: Send + 'static>(
        &self,
        job: Job,
        answer: oneshot::Receiver<Result<T, Error>>,
    ) -> BoxFuture<'_, Result<T, Error>> {
        async move {
            let jobs = self.jobs.as_ref().ok_or(Error::Stopped)?;
            jobs.send(job).await.map_err(|_| Error::Stopped)?;
            answer.await.map_err(|_| Error::Stopped)?
        }
        .boxed()
    }

    pub(super) fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }
}

impl Drop for Writer {
    /// Waits for the changes that were handed over, and for the connection to close.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A writer that panicked has already answered its callers by dropping them.
            let _ = thread.join();
        }
    }
}

fn run(connection: &Connection, mut waiting: mpsc::Receiver<Job>, most: usize, stopped: &AtomicBool) {
    while let Some(first) = waiting.blocking_recv() {
        let mut changes = Vec::new();
        let mut scrubs = Vec::new();
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Change(change) => changes.push(change),
                Job::Scrub(caller) => scrubs.push(caller),
            }
            next = if changes.len() < most { waiting.try_recv().ok() } else { None };
        }
        let committed = commit(connection, &mut changes);
        if matches!(committed, Err(Failure::Stopped)) {
            stopped.store(true, Ordering::Release);
            tracing::error!("the ledger stopped after an input/output error");
        }
        for change in changes {
            change.answer(committed.clone());
        }
        if stopped.load(Ordering::Acquire) {
            // Whoever waits or comes later finds the channel closed.
            return;
        }
        for caller in scrubs {
            let _ = caller.send(truncate(connection));
        }
    }
}

/// Runs the changes in one transaction. An error means that none of them is there.
fn commit(connection: &Connection, changes: &mut [Box<dyn Change>]) -> Result<(), Failure> {
    if changes.is_empty() {
        return Ok(());
    }
    let execute = |sql: &str| {
        let done = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        done.map(drop).map_err(|error| Failure::of(&error))
    };
    let attempt = || {
        execute("BEGIN IMMEDIATE")?;
        for change in changes {
            execute("SAVEPOINT change")?;
            match change.apply(connection) {
                Ok(()) => execute("RELEASE change")?,
                Err(Failure::Stopped) => return Err(Failure::Stopped),
                // SQLite itself gave up the whole transaction (as it may when the disk is full).
                Err(failure) if connection.is_autocommit() => return Err(failure),
                Err(_) => {
                    execute("ROLLBACK TO change")?;
                    execute("RELEASE change")?;
                }
            }
        }
        execute("COMMIT")
    };
    let done = attempt();
    if done.is_err() && !connection.is_autocommit() {
        execute("ROLLBACK")?;
    }
    done
}

fn truncate(connection: &Connection) -> Result<bool, Error> {
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(busy == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer() -> Writer {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (n INTEGER PRIMARY KEY)").unwrap();
        Writer::start(connection, Batching { queue: 8, batch: 4 }).unwrap()
    }

    fn insert(writer: &Writer, number: i64) -> BoxFuture<'_, Result<usize, Error>> {
        writer.change(move |connection| connection.execute("INSERT INTO t VALUES (?1)", [number]))
    }

    async fn numbers(writer: &Writer) -> Vec<i64> {
        let all = writer.change(|connection| {
            let mut statement = connection.prepare("SELECT n FROM t ORDER BY n")?;
            statement.query_map([], |row| row.get(0))?.collect()
        });
        all.await.unwrap()
    }

    #[tokio::test]
    async fn a_change_that_fails_takes_no_other_with_it() {
        let writer = writer();
        let done = futures::future::join_all((0..20).map(|n| insert(&writer, n % 15))).await;
        let failed: Vec<usize> = (0..20).filter(|&n| done[n].is_err()).collect();
        assert_eq!(failed, [15, 16, 17, 18, 19]);
        assert_eq!(numbers(&writer).await, (0..15).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn half_of_a_failed_change_is_not_kept() {
        let writer = writer();
        let half = writer.change(|connection| {
            connection.execute("INSERT INTO t VALUES (1)", [])?;
            connection.execute("INSERT INTO nowhere VALUES (1)", [])
        });
        assert!(matches!(half.await, Err(Error::Ledger(_))));
        assert_eq!(numbers(&writer).await, Vec::<i64>::new());
    }

    #[tokio::test]
    async fn a_full_disk_is_told_and_writing_goes_on_afterwards() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE t (b BLOB); PRAGMA max_page_count = 20").unwrap();
        let writer = Writer::start(connection, Batching { queue: 8, batch: 4 }).unwrap();
        let big = |bytes: i64| {
            writer
                .change(move |connection| connection.execute("INSERT INTO t VALUES (zeroblob(?1))", [bytes]))
        };
        assert!(big(10_000).await.is_ok());
        assert!(matches!(big(1_000_000).await, Err(Error::Full)));
        assert!(big(10_000).await.is_ok());
        assert!(!writer.stopped());
    }

    #[tokio::test]
    async fn after_a_failed_flush_every_change_is_refused() {
        let writer = writer();
        insert(&writer, 1).await.unwrap();
        let failing = writer.change(|_| -> rusqlite::Result<()> {
            let flush = ffi::Error::new(ffi::SQLITE_IOERR_FSYNC);
            Err(rusqlite::Error::SqliteFailure(flush, None))
        });
        assert!(matches!(failing.await, Err(Error::Stopped)));
        assert!(writer.stopped());
        for number in 2..20 {
            assert!(matches!(insert(&writer, number).await, Err(Error::Stopped)));
        }
    }
}
