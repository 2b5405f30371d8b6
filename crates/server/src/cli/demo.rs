//! `demo`: synthetic records, a search page, no login, on the loopback address alone.

use super::doctor::without_ocr;
use super::engine;
use super::eval::measures::Judged;
use super::exit::{Exit, UsageError};
use super::ingest::take_in;
use super::output::{self, Output};
use super::serve::{listen, log, told_to_stop};
use crate::config::{Config, Login};
use crate::http::{self, DemoRecord};
use ::ingest::ocr::Tesseract;
use anyhow::Context;
use record::RecordId;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the page is where no other address is asked for.
const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8321);

/// Searches that the page proposes for each record.
const EXAMPLES: usize = 6;

/// Index synthetic records and open the search page, on this machine alone
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// A folder with a folder for each record
    #[arg(long, default_value = "fixtures/records", value_name = "DIR")]
    records: PathBuf,
    /// Do not open a browser
    #[arg(long)]
    no_browser: bool,
}

/// Runs the command. `address` is the one that the person asked for, if any.
pub(super) async fn run(
    args: &DemoArgs,
    mut config: Config,
    address: Option<SocketAddr>,
) -> anyhow::Result<Exit> {
    config.listen = address.unwrap_or(ADDRESS);
    if !config.listen.ip().is_loopback() {
        return Err(UsageError(
            "demo listens on the loopback address alone: it asks nobody who they are".into(),
        )
        .into());
    }
    config.login = Login::Demo;
    log(&config)?;
    let folder = tempfile::tempdir()?;
    config.data_dir = folder.path().to_owned();
    config.key_file = folder.path().join("key");
    let listener = listen(&config).await?;

    let service = Arc::new(engine::open(&config).await?);
    let mut shown = Vec::new();
    for folder in folders(&args.records)? {
        let name = folder.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let id = RecordId::new(&name).with_context(|| folder.display().to_string())?;
        let report = take_in(&service, std::slice::from_ref(&folder), Some(&id), Output::Text).await?;
        note(&format!("{name}: {} entries, {} refused", report.accepted, report.refused.len()));
        let examples = examples(&args.records, &name);
        shown.push(DemoRecord { id: name.clone(), label: label(&name), examples });
    }
    if let Err(missing) = Tesseract::find() {
        note(&without_ocr(missing));
    }
    engine::drain(&service, Output::Text).await?;

    let address = format!("http://{}/", listener.local_addr()?);
    output::write(&format!("{address}\n"))?;
    note("Ctrl-C ends the demonstration and deletes its data");
    if !args.no_browser {
        browse(&address);
    }
    http::serve(&config, service, shown, listener, told_to_stop()?).await?;
    Ok(Exit::Done)
}

/// The folders in `records`, by name.
fn folders(records: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(records).with_context(|| records.display().to_string())?;
    let mut folders = entries.map(|e| Ok(e?.path())).collect::<std::io::Result<Vec<_>>>()?;
    folders.retain(|p| p.is_dir());
    folders.sort();
    if folders.is_empty() {
        return Err(UsageError(format!("{} holds no folder", records.display())).into());
    }
    Ok(folders)
}

/// `suzanne-beaumanoir` → `Suzanne Beaumanoir`.
fn label(name: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|c| c.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    name.split('-').map(capital).collect::<Vec<_>>().join(" ")
}

/// Searches to begin with: the first answerable ones of the record's relevance set beside `records`.
fn examples(records: &Path, name: &str) -> Vec<String> {
    let path = records.with_file_name("eval").join(name).join("queries.jsonl");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let queries = text.lines().filter_map(|line| serde_json::from_str::<Judged>(line).ok());
    queries.filter(|q| !q.relevant.is_empty()).take(EXAMPLES).map(|q| q.query).collect()
}

fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Opens the page where there is a screen. Where it does not work, the printed address does.
fn browse(address: &str) {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let has_screen = cfg!(target_os = "macos")
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| std::env::var_os(name).is_some());
    if has_screen {
        let quiet = std::process::Stdio::null;
        let _ = std::process::Command::new(program).arg(address).stdout(quiet()).stderr(quiet()).spawn();
    }
}
