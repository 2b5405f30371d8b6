//! For who runs the service: health, readiness, metrics.

use super::App;
use crate::Error;
use crate::service::blocking;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
}

/// Whether the process should go on living: a store that stopped writing needs a restart.
async fn healthz(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if app.service.store().stopped() {
        (StatusCode::INTERNAL_SERVER_ERROR, "the store stopped writing\n")
    } else {
        (StatusCode::OK, "ok\n")
    }
}

/// Whether calls should be sent here.
async fn readyz(State(app): State<Arc<App>>) -> (StatusCode, &'static str) {
    if *app.stopping.borrow() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n")
    } else if app.service.store().stopped() {
        (StatusCode::SERVICE_UNAVAILABLE, "the store stopped writing\n")
    } else if !app.auth.ready() {
        (StatusCode::SERVICE_UNAVAILABLE, "no key of the identity provider\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}

async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Error> {
    let store = app.service.store().clone();
    let held = blocking(move || store.statistics()).await??;
    let gauges = [
        ("records", held.records),
        ("records_pending", held.pending),
        ("items", held.items),
        ("sources", held.sources),
        ("source_bytes", held.source_bytes),
        ("packs", held.packs),
        ("pack_bytes", held.pack_bytes),
        ("ledger_bytes", held.ledger_bytes),
        ("open_bytes", app.service.open_bytes() as u64),
    ];
    let text = app.service.metrics().render(&gauges);
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
