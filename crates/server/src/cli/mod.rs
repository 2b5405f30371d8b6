//! The command line.
//!
//! **Purpose.** What an operator does with one machine's records: take in, search, look at, rebuild, check,
//! measure, serve. Each command calls the same service as the HTTP interface, under a role, so that it shows
//! what that role may see and no more.
//!
//! **What it does not do.** It holds no logic of the engine: it finds files, calls, and prints.

mod args;
mod clock;
mod demo;
mod doctor;
mod engine;
mod eval;
mod exit;
mod ingest;
mod models;
mod output;
mod person;
mod read;
mod reindex;
mod search;
mod serve;
mod show;
mod token;

pub use eval::measures;

use crate::config::{Config, ConfigError};
use args::{Args, Command};
use clap::{CommandFactory, Parser};
use exit::{Exit, UsageError};
use output::Output;
use std::io::Write;
use std::process::ExitCode;

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    match args.command {
        Command::ReadWorker => return crate::reader::worker_main(),
        Command::DrawWorker => return crate::preview::draw_main(),
        Command::ConfineCheck => return crate::reader::check_main(),
        _ => {}
    }
    match run(args) {
        Ok(exit) => exit.into(),
        Err(error) => report(&error).into(),
    }
}

/// Says on standard error why the command failed; its exit code.
fn report(error: &anyhow::Error) -> Exit {
    let is = |kind| error.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == kind);
    if is(std::io::ErrorKind::BrokenPipe) {
        // The reader of the output has had enough (`… | head`).
        return Exit::Done;
    }
    let _ = writeln!(std::io::stderr(), "mes-search: {error:#}");
    let usage = error.is::<UsageError>() || error.is::<ConfigError>();
    if usage { Exit::Usage } else { Exit::Failed }
}

fn run(args: Args) -> anyhow::Result<Exit> {
    let output = if args.json { Output::Json } else { Output::Text };
    // These need no store: a broken configuration must not stop them.
    match args.command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Args::command(), "mes-search", &mut script);
            output::write(&String::from_utf8_lossy(&script))?;
            return Ok(Exit::Done);
        }
        Command::Token(token) => {
            return token::run(&token, args.settings.issuer, args.settings.audience, output);
        }
        _ => {}
    }
    let chosen_listen = args.settings.listen;
    let config = args.settings.resolve()?;
    if let Command::Models(args) = &args.command {
        return models::run(args, &config, output);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(with_store(args.command, config, chosen_listen, output))
}

/// The commands that open a store.
async fn with_store(
    command: Command,
    config: Config,
    listen: Option<std::net::SocketAddr>,
    output: Output,
) -> anyhow::Result<Exit> {
    match command {
        Command::Demo(args) => demo::run(&args, config, listen).await,
        Command::Serve => serve::run(config).await,
        Command::Ingest(args) => ingest::run(&args, config, output).await,
        Command::Search(args) => search::run(&args, config, output).await,
        Command::Read(args) => read::run(&args, &config, output).await,
        Command::Show(args) => show::run(&args, config, output).await,
        Command::Reindex(args) => reindex::run(&args, config, output).await,
        Command::Doctor(args) => doctor::run(&args, config, output).await,
        Command::Eval(args) => eval::run(&args, config, output).await,
        Command::Models(_)
        | Command::Token(_)
        | Command::Completions { .. }
        | Command::ReadWorker
        | Command::DrawWorker
        | Command::ConfineCheck => Ok(Exit::Usage),
    }
}
