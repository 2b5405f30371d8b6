//! What of a record is searched, and getting it ready.

use super::App;
use super::parameters::Parameters;
use crate::Error;
use crate::auth::InRecord;
use crate::wire::CoverageBody;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/records/{record}/coverage", get(coverage))
        .route("/v1/records/{record}/warm", post(warm))
}

async fn coverage(
    State(app): State<Arc<App>>,
    caller: InRecord,
    parameters: Parameters,
) -> Result<Json<CoverageBody>, Error> {
    parameters.none()?;
    Ok(Json(app.service.coverage(&caller.record, &caller.actor).await?.into()))
}

async fn warm(
    State(app): State<Arc<App>>,
    caller: InRecord,
    parameters: Parameters,
) -> Result<StatusCode, Error> {
    parameters.none()?;
    app.service.warm(&caller.record, &caller.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
