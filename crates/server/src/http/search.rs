//! Search, suggestions, timeline, measures.

use super::parameters::{Parameters, number};
use super::{App, body};
use crate::Error;
use crate::auth::InRecord;
use crate::wire::{AnswerBody, FiltersBody, SearchBody, SeriesBody, SuggestionsBody, TimelineBody};
use ::search::{Cursor, Filters};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use record::Text;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

/// A query has at most 512 characters; filters need some more.
const LARGEST_BODY: usize = 64 << 10;
/// Suggestions, where the call does not say how many.
const SUGGESTIONS: usize = 8;
/// Items of a page of the timeline, where the call does not say how many.
const TIMELINE: usize = 20;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/records/{record}/search", post(search).get(search_by_parameters))
        .route("/v1/records/{record}/suggest", get(suggest))
        .route("/v1/records/{record}/timeline", get(timeline))
        .route("/v1/records/{record}/measures/{code}", get(measure))
}

async fn search(
    State(app): State<Arc<App>>,
    caller: InRecord,
    parameters: Parameters,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<AnswerBody>, Error> {
    let started = Instant::now();
    parameters.none()?;
    let asked: SearchBody = body::json(&headers, body, LARGEST_BODY).await?;
    answer(&app, caller, asked, started).await
}

async fn search_by_parameters(
    State(app): State<Arc<App>>,
    caller: InRecord,
    parameters: Parameters,
) -> Result<Json<AnswerBody>, Error> {
    let started = Instant::now();
    let mut asked = SearchBody::default();
    parameters.each(|name, value| asked.set(name, value))?;
    answer(&app, caller, asked, started).await
}

async fn answer(
    app: &App,
    caller: InRecord,
    asked: SearchBody,
    started: Instant,
) -> Result<Json<AnswerBody>, Error> {
    let answer = app.service.search(&caller.record, &caller.actor, asked.query()?).await?;
    Ok(Json(AnswerBody::new(answer, started.elapsed())))
}

async fn suggest(
    State(app): State<Arc<App>>,
    caller: InRecord,
    parameters: Parameters,
) -> Result<Json<SuggestionsBody>, Error> {
    let (mut typed, mut limit) = (None, SUGGESTIONS);
    parameters.each(|name, value| {
        match name {
            "q" => typed = Some(value),
            "limit" => limit = number("limit", &value)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let typed = typed.ok_or_else(|| Error::Request("q is missing".to_owned()))?;
    let suggestions = app.service.suggest(&caller.record, &caller.actor, typed, limit).await?;
    Ok(Json(suggestions.into()))
}

async fn timeline(
    State(app): State<Arc<App>>,
    caller: InRecord,
    parameters: Parameters,
) -> Result<Json<TimelineBody>, Error> {
    let (mut filters, mut limit, mut cursor, mut episode) = (FiltersBody::default(), TIMELINE, None, None);
    parameters.each(|name, value| {
        match name {
            "limit" => limit = number("limit", &value)?,
            "cursor" => cursor = Some(value).filter(|c| !c.is_empty()),
            "episode" => episode = Some(value).filter(|e| !e.is_empty()),
            name => return Ok(filters.set(name, value)),
        }
        Ok(true)
    })?;
    let cursor = cursor.as_deref().map(Cursor::from_client);
    let filters = Filters { episode: episode.map(Text::from), ..filters.filters()? };
    let timeline = app.service.timeline(&caller.record, &caller.actor, filters, limit, cursor).await?;
    Ok(Json(timeline.into()))
}

/// The values of a measure, by its LOINC code.
async fn measure(
    State(app): State<Arc<App>>,
    caller: InRecord,
    Path(path): Path<HashMap<String, String>>,
    parameters: Parameters,
) -> Result<Json<SeriesBody>, Error> {
    parameters.none()?;
    let code = path.get("code").cloned().unwrap_or_default();
    let series = app.service.measure(&caller.record, &caller.actor, code).await?;
    Ok(Json(series.into()))
}
