//! The service, opened by a command that ends.

use super::output::Output;
use crate::Service;
use crate::config::Config;
use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// Opens the store of this configuration; documents are read by child processes of this program.
///
/// # Errors
/// The store does not open: another process holds it, the key is missing, the disk fails.
pub(super) async fn open(config: &Config) -> anyhow::Result<Service> {
    Ok(Service::open(config, std::env::current_exe()?).await?)
}

/// Does the work that waits: reads documents, builds packs. Shows how many records are left.
///
/// # Errors
/// The store fails.
pub(super) async fn drain(service: &Service, output: Output) -> anyhow::Result<()> {
    let records = service.store().statistics()?.pending;
    let bar = bar(records, "records made searchable by their text", output);
    let work = service.drain();
    tokio::pin!(work);
    let mut tick = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            done = &mut work => {
                bar.finish_and_clear();
                return Ok(done?);
            }
            _ = tick.tick() => bar.set_position(records.saturating_sub(service.store().statistics()?.pending)),
        }
    }
}

/// A bar on standard error; none where that is no terminal, or where a program reads the output.
pub(super) fn bar(length: u64, what: &'static str, output: Output) -> ProgressBar {
    if output == Output::Json {
        return ProgressBar::hidden();
    }
    let template = "{bar:30} {pos}/{len} {msg}  {per_sec}  {elapsed} elapsed, {eta} left";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(length).with_style(style).with_message(what)
}
