//! The arguments of every command, as typed.

use super::exit::EXIT_CODES;
use super::{demo, doctor, eval, ingest, models, read, reindex, search, show, token};
use crate::config::Settings;

/// Search engine for the French personal health record
#[derive(Debug, clap::Parser)]
#[command(name = "mes-search", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub(super) struct Args {
    /// What to do
    #[command(subcommand)]
    pub(super) command: Command,
    /// Print one JSON value instead of text
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Flags over environment over configuration file over defaults
    #[command(flatten, next_help_heading = "Settings")]
    pub(super) settings: Settings,
}

/// The commands.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Index synthetic records and open the search page, on this machine alone
    Demo(demo::DemoArgs),
    /// Serve the HTTP interface
    Serve,
    /// Take in files, folders, archives, bundles and NDJSON
    Ingest(ingest::IngestArgs),
    /// Search a record
    Search(search::SearchArgs),
    /// Print what would be indexed of a file: text, places, what each page is
    Read(read::ReadArgs),
    /// Show an item: its metadata, the state of its stages, its text
    Show(show::ShowArgs),
    /// Rebuild packs from the stored sources
    Reindex(reindex::ReindexArgs),
    /// Check that every stored byte opens
    Doctor(doctor::DoctorArgs),
    /// Run a relevance set and print its measures
    Eval(eval::EvalArgs),
    /// Look at language models, check one, keep one
    Models(models::ModelsArgs),
    /// Sign a test token with a local key
    Token(token::TokenArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Read documents for a parent process
    #[command(hide = true)]
    ReadWorker,
    /// Draw a page for a parent process
    #[command(hide = true)]
    DrawWorker,
    /// Try what a worker may not do
    #[command(hide = true)]
    ConfineCheck,
}
