//! One worker process, seen from the server.

use super::frame;
use record::{Fault, Reading};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// How long a worker that closed its pipes may take to end.
const END: Duration = Duration::from_secs(1);

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stopped {
    pub(super) fault: Fault,
    pub(super) why: String,
    /// Whether the worker ended by itself: another one may do better.
    pub(super) died: bool,
}

/// A running worker. Dropping it kills it.
#[derive(Debug)]
pub(super) struct Worker {
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    /// Documents that it has answered.
    pub(super) served: u32,
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
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(&format!("no worker could be started ({})", error.kind())))?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Worker { child, input, output, served: 0 }),
            _ => Err(failed("worker has no pipes")),
        }
    }

    /// Sends a request and waits for its reading, at most for `wall`. A worker that gave none is not to be
    /// used again.
    pub(super) async fn ask(
        &mut self,
        head: &[u8],
        bytes: &[u8],
        wall: Duration,
    ) -> Result<Reading, Stopped> {
        let stopped = |fault, why: &str| Stopped { fault, why: why.to_owned(), died: false };
        match timeout(wall, self.exchange(head, bytes)).await {
            Err(_) => Err(stopped(Fault::Limit, "it took too long")),
            Ok(Err(_)) => Err(self.autopsy().await),
            Ok(Ok(answer)) => match record::decode(&answer) {
                Ok(reading) => {
                    self.served += 1;
                    Ok(reading)
                }
                Err(_) => Err(stopped(Fault::Damaged, "it answered rubbish")),
            },
        }
    }

    async fn exchange(&mut self, head: &[u8], bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        self.input.write_all(head).await?;
        self.input.write_all(&frame::length(bytes).to_le_bytes()).await?;
        self.input.write_all(bytes).await?;
        self.input.flush().await?;
        let length = self.output.read_u32_le().await?;
        if length > frame::LONGEST {
            return Ok(Vec::new());
        }
        let mut answer = Vec::new();
        (&mut self.output).take(u64::from(length)).read_to_end(&mut answer).await?;
        Ok(answer)
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
