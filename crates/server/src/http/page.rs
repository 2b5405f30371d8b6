//! The search page: a few files compiled into the binary.
//!
//! Its policy lets it load nothing but itself and call nothing but this service: a record's words cannot
//! leave by an image, a font or a script of somebody else.

use super::App;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use std::sync::Arc;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A record that the page offers where nobody logs in.
#[derive(Debug, Clone, Serialize)]
pub struct DemoRecord {
    /// Its id.
    pub id: String,
    /// What the page calls it.
    pub label: String,
    /// Searches to begin with.
    pub examples: Vec<String>,
}

/// How the page begins.
#[derive(Serialize)]
struct Session<'a> {
    login: &'static str,
    records: &'a [DemoRecord],
}

pub(super) fn router() -> Router<Arc<App>> {
    let file = |media: &'static str, text: &'static str| get(move || async move { page_file(media, text) });
    let script = |text: &'static str| file("text/javascript; charset=utf-8", text);
    Router::new()
        .route("/", file("text/html; charset=utf-8", include_str!("../page/index.html")))
        .route("/page/item.js", script(include_str!("../page/item.js")))
        .route("/page/series.js", script(include_str!("../page/series.js")))
        .route("/page/cards.js", script(include_str!("../page/cards.js")))
        .route("/page/timeline.js", script(include_str!("../page/timeline.js")))
        .route("/page/app.js", script(include_str!("../page/app.js")))
        .route("/page/app.css", file("text/css; charset=utf-8", include_str!("../page/app.css")))
        .route("/page/session", get(session))
}

fn page_file(media: &'static str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, media),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_FRAME_OPTIONS, "DENY"),
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

async fn session(State(app): State<Arc<App>>) -> Response {
    let demo = app.auth.is_demo();
    let login = if demo { "none" } else { "token" };
    let records: &[DemoRecord] = if demo { &app.demo_records } else { &[] };
    Json(Session { login, records }).into_response()
}
