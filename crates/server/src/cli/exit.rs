//! What the process tells its caller by its exit code.

use std::process::ExitCode;

/// How a command ended. The codes are part of the command line's contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, all of it.
    Done = 0,
    /// Done, but something was refused, or what was asked for was not found.
    Partly = 1,
    /// The command line or the configuration is wrong. Code 2 is clap's own for usage.
    Usage = 2,
    /// The data on disk are damaged.
    Damaged = 3,
    /// The command could not run: a file, a socket, the disk.
    Failed = 4,
}

/// The codes, for `--help`.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  done in part: something was refused, or was not found
  2  wrong usage or configuration
  3  data on disk are damaged
  4  could not run: a file, a socket, the disk

Settings come from flags, then environment variables, then the configuration file, then defaults.";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// What the person typed cannot be done.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub(super) String);
