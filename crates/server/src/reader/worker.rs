//! The worker: the other end of the pipe.

use std::process::ExitCode;

/// The subcommand `read-worker`: reads requests from the standard input until it closes.
#[must_use]
pub fn worker_main() -> ExitCode {
    ExitCode::SUCCESS
}
