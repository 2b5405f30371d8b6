//! `serve`: the HTTP interface, until the process is told to stop.

use super::engine;
use super::exit::Exit;
use crate::config::{Config, LogFormat};
use crate::http;
use anyhow::Context;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// Runs the command.
pub(super) async fn run(config: Config) -> anyhow::Result<Exit> {
    log(&config)?;
    let service = Arc::new(engine::open(&config).await?);
    let listener = listen(&config).await?;
    http::serve(&config, service, Vec::new(), listener, told_to_stop()?).await?;
    Ok(Exit::Done)
}

/// The socket of the configuration.
pub(super) async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    TcpListener::bind(config.listen).await.with_context(|| format!("cannot listen on {}", config.listen))
}

/// Resolves at SIGTERM or SIGINT.
pub(super) fn told_to_stop() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Writes the log to standard error, in the configured form.
pub(super) fn log(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log).context("setting log")?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.log_format {
        LogFormat::Json => log.json().init(),
        LogFormat::Text => log.init(),
    }
    Ok(())
}
