//! Worker processes, seen from the server.

use super::frame::{self, Answer};
use record::Fault;
use rustix::process::{Pid, Signal, kill_process_group};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long a worker that closed its pipes may take to end.
const END: Duration = Duration::from_secs(1);

/// A worker is replaced after this many documents, so that what it leaks or fragments stays small.
const DOCUMENTS_PER_WORKER: u32 = 200;

/// Workers of one duty.
#[derive(Debug)]
pub(super) struct Pool {
    /// One permit per worker that may run.
    pub(super) permits: Semaphore,
    /// Workers that wait. A plain mutex: nothing is awaited while it is held.
    idle: Mutex<Vec<Worker>>,
}

impl Pool {
    /// A pool without any process yet: they start with the first documents.
    pub(super) fn new(workers: usize) -> Pool {
        Pool { permits: Semaphore::new(workers.max(1)), idle: Mutex::default() }
    }

    /// A worker that waits.
    pub(super) fn waiting(&self) -> Option<Worker> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps a worker that has answered for the next document.
    pub(super) fn keep(&self, mut worker: Worker) {
        worker.served += 1;
        if worker.served < DOCUMENTS_PER_WORKER {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stopped {
    pub(super) fault: Fault,
    pub(super) why: String,
    /// Whether the worker ended by itself: another one may do better.
    pub(super) died: bool,
}

impl Stopped {
    /// The worker said that it was done and gave no reading.
    pub(super) fn without_answer() -> Stopped {
        Stopped { fault: Fault::Damaged, why: "it answered rubbish".to_owned(), died: false }
    }

    pub(super) fn warning(&self) -> String {
        format!("reader was stopped: {}", self.why)
    }
}

/// A running worker. Dropping it kills it, and what it has started.
#[derive(Debug)]
pub(super) struct Worker {
    child: Child,
    /// The worker is the first of a group of processes of its own.
    group: Option<Pid>,
    input: ChildStdin,
    output: ChildStdout,
    /// Documents that it has answered.
    served: u32,
}

impl Worker {
    /// Starts a worker: no environment, nothing on its standard error, which could carry patient text.
    pub(super) fn start(program: &Path) -> Result<Worker, Stopped> {
        let failed = |why: &str| Stopped { fault: Fault::Limit, why: why.to_owned(), died: false };
        let mut child = Command::new(program)
            .arg(super::SUBCOMMAND)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(&format!("no worker could be started ({})", error.kind())))?;
        let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Worker { child, group, input, output, served: 0 }),
            _ => Err(failed("worker has no pipes")),
        }
    }

    /// Sends a request and gives each frame of the answer to `take` until it says that it was the last. No
    /// frame may take longer than `wall`. A worker that failed is not to be used again.
    pub(super) async fn ask(
        &mut self,
        head: &[u8],
        bytes: &[u8],
        wall: Duration,
        mut take: impl FnMut(Answer) -> bool,
    ) -> Result<(), Stopped> {
        let stopped = |fault, why: &str| Stopped { fault, why: why.to_owned(), died: false };
        match timeout(wall, self.send(head, bytes)).await {
            Err(_) => return Err(stopped(Fault::Limit, "it took too long")),
            Ok(Err(_)) => return Err(self.autopsy().await),
            Ok(Ok(())) => {}
        }
        loop {
            match timeout(wall, self.receive()).await {
                Err(_) => return Err(stopped(Fault::Limit, "it took too long")),
                Ok(Err(_)) => return Err(self.autopsy().await),
                Ok(Ok(frame)) => match record::decode(&frame).map(&mut take) {
                    Ok(true) => return Ok(()),
                    Ok(false) => {}
                    Err(_) => return Err(stopped(Fault::Damaged, "it answered rubbish")),
                },
            }
        }
    }

    async fn send(&mut self, head: &[u8], bytes: &[u8]) -> std::io::Result<()> {
        self.input.write_all(head).await?;
        self.input.write_all(&frame::length(bytes).to_le_bytes()).await?;
        self.input.write_all(bytes).await?;
        self.input.flush().await
    }

    /// One frame; an empty one where the worker claims more than a frame may hold.
    async fn receive(&mut self) -> std::io::Result<Vec<u8>> {
        let length = self.output.read_u32_le().await?;
        if length > frame::LONGEST {
            return Ok(Vec::new());
        }
        let mut frame = Vec::new();
        (&mut self.output).take(u64::from(length)).read_to_end(&mut frame).await?;
        Ok(frame)
    }

    /// How a worker that closed its pipes ended: by a signal when a limit of memory or time was reached.
    async fn autopsy(&mut self) -> Stopped {
        let status = timeout(END, self.child.wait()).await;
        let (fault, why) = match status.ok().and_then(Result::ok) {
            Some(status) => match status.signal() {
                Some(signal) => (Fault::Limit, format!("a limit was reached (signal {signal})")),
                None => (Fault::Damaged, "it failed".to_owned()),
            },
            None => (Fault::Limit, "it did not end".to_owned()),
        };
        Stopped { fault, why, died: true }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // a recogniser that it had started does not end with it
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}
