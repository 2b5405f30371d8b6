//! Deposits, changes, deletions.

use super::items::item_id;
use super::parameters::Parameters;
use super::{App, body};
use crate::Error;
use crate::auth::InRecord;
use crate::wire::{DocumentBody, PatchBody, PatchedBody, WrittenBody};
use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Path, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, patch, post, put};
use axum::{Json, Router};
use ingest::{MediaType, Metadata, Upload};
use record::RecordId;
use std::collections::HashMap;
use std::sync::Arc;

/// What a form adds to the bytes of its file.
const FORM_MARGIN: usize = 256 << 10;
/// A PATCH is small.
const LARGEST_PATCH: usize = 16 << 10;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/records/{record}/bundle", put(bundle))
        .route("/v1/records/{record}/documents", post(document))
        .route("/v1/records/{record}/items/{type}/{id}", patch(change).delete(remove))
        .route("/v1/records/{record}", delete(erase))
}

/// How long the answer waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// Until the write is durable.
    Durable,
    /// Until the text is searchable, too.
    Content,
}

/// Takes `wait` out of the parameters of a call.
fn wait(pairs: Vec<(String, String)>) -> Result<(Wait, Vec<(String, String)>), Error> {
    let mut wait = Wait::Durable;
    let mut rest = Vec::with_capacity(pairs.len());
    for (name, value) in pairs {
        match (name.as_str(), value.as_str()) {
            ("wait", "content") => wait = Wait::Content,
            ("wait", _) => return Err(Error::Request("wait takes the value content alone".to_owned())),
            _ => rest.push((name, value)),
        }
    }
    Ok((wait, rest))
}

fn only_wait(parameters: Parameters) -> Result<Wait, Error> {
    match wait(parameters.pairs()?)? {
        (wait, rest) if rest.is_empty() => Ok(wait),
        _ => Err(Error::Request("a query parameter has a name that this call does not know".to_owned())),
    }
}

/// Waits as asked; a phrase for the answer where the text is not searchable yet.
async fn waited(app: &App, wait: Wait, record: &RecordId, sequence: u64) -> Result<Option<String>, Error> {
    if wait == Wait::Durable {
        return Ok(None);
    }
    // The write is done: the call must be answered before the gate gives it up.
    let limit = app.write_timeout.mul_f32(0.8);
    let searchable = app.service.wait_content(record, sequence, limit).await?;
    Ok((!searchable).then(|| "text is not searchable yet: reading goes on".to_owned()))
}

async fn bundle(
    State(app): State<Arc<App>>,
    caller: InRecord,
    parameters: Parameters,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<WrittenBody>, Error> {
    let wait = only_wait(parameters)?;
    let media = media(&headers)?.map_or_else(|| "application/json".to_owned(), |m| body::essence(&m));
    let bytes = body::read(&headers, body, app.service.limits().bundle_bytes).await?;
    let InRecord { actor, record } = caller;
    let mut written = match media.as_str() {
        "application/json" | "application/fhir+json" => {
            app.service.put_bundle(&record, &actor, bytes).await?
        }
        "application/x-ndjson" | "application/ndjson" | "application/fhir+ndjson" => {
            app.service.put_ndjson(&record, &actor, bytes).await?
        }
        _ => return Err(Error::MediaType),
    };
    written.warnings.extend(waited(&app, wait, &record, written.sequence).await?);
    Ok(Json(written.into()))
}

async fn document(
    State(app): State<Arc<App>>,
    caller: InRecord,
    parameters: Parameters,
    request: Request,
) -> Result<Response, Error> {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let (wait, pairs) = wait(parameters.pairs()?)?;
    let limit = app.service.limits().document_bytes;
    let media = media(headers)?;
    let form = media.as_deref().is_some_and(|m| body::essence(m) == "multipart/form-data");
    let (upload, bytes) = if form {
        if !pairs.is_empty() {
            return Err(Error::Request("a form gives its metadata in the part `metadata` alone".to_owned()));
        }
        let bytes = body::read(headers, body, limit + FORM_MARGIN).await?;
        form_parts(Request::from_parts(parts, Body::from(bytes)), limit).await?
    } else {
        let declared = declared(media.as_deref())?;
        let upload = Upload { declared, metadata: Metadata::from_pairs(pairs)?, file_name: None };
        (upload, body::read(headers, body, limit).await?)
    };
    let InRecord { actor, record } = caller;
    let mut written = app.service.put_document(&record, &actor, upload, bytes).await?;
    written.warnings.extend(waited(&app, wait, &record, written.sequence).await?);
    let location = written.items.first().map(|id| format!("/v1/records/{}/items/{id}", record.as_str()));
    let mut response = (StatusCode::CREATED, Json(DocumentBody::from(written))).into_response();
    if let Some(location) = location.and_then(|l| l.parse().ok()) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

fn media(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let text = |v: &axum::http::HeaderValue| v.to_str().map(str::to_owned).map_err(|_| Error::MediaType);
    headers.get(CONTENT_TYPE).map(text).transpose()
}

/// What a client says that the bytes are; nothing where it leaves that to the content.
fn declared(media: Option<&str>) -> Result<Option<MediaType>, Error> {
    match media.map(body::essence).as_deref() {
        None | Some("" | "application/octet-stream") => Ok(None),
        Some(name) => Ok(Some(MediaType::from_name(name)?)),
    }
}

/// The parts of a form. `request` is the one that came, whose extensions say that no other limit holds.
async fn form_parts(request: Request, limit: usize) -> Result<(Upload, Vec<u8>), Error> {
    let refused = |what: &str| Error::Request(what.to_owned());
    let malformed = "the form is not valid multipart/form-data";
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| refused(malformed))?;
    let (mut upload, mut file, mut metadata) = (Upload::default(), None, None);
    while let Some(field) = form.next_field().await.map_err(|_| refused(malformed))? {
        let name = field.name().unwrap_or("").to_owned();
        let (file_name, media) =
            (field.file_name().map(str::to_owned), field.content_type().map(str::to_owned));
        let part = field.bytes().await.map_err(|_| refused(malformed))?;
        match name.as_str() {
            "metadata" if metadata.is_none() => metadata = Some(Metadata::from_json(&part)?),
            "file" if file.is_none() => {
                upload.declared = declared(media.as_deref())?;
                upload.file_name = file_name;
                file = Some(part.to_vec());
            }
            _ => return Err(refused("a form has one part `file` and at most one part `metadata`")),
        }
    }
    upload.metadata = metadata.unwrap_or_default();
    let file = file.ok_or_else(|| refused("the form has no part `file`"))?;
    if file.len() > limit { Err(Error::TooLarge { limit }) } else { Ok((upload, file)) }
}

async fn change(
    State(app): State<Arc<App>>,
    caller: InRecord,
    Path(path): Path<HashMap<String, String>>,
    parameters: Parameters,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PatchedBody>, Error> {
    let wait = only_wait(parameters)?;
    let id = item_id(&path)?;
    let patch: PatchBody = body::json(&headers, body, LARGEST_PATCH).await?;
    let sequence = app.service.patch(&caller.record, &caller.actor, &id, patch.patch()?).await?;
    waited(&app, wait, &caller.record, sequence).await?;
    Ok(Json(PatchedBody { item: id.to_string(), sequence }))
}

async fn remove(
    State(app): State<Arc<App>>,
    caller: InRecord,
    Path(path): Path<HashMap<String, String>>,
    parameters: Parameters,
) -> Result<StatusCode, Error> {
    let wait = only_wait(parameters)?;
    let sequence = app.service.delete(&caller.record, &caller.actor, &item_id(&path)?).await?;
    waited(&app, wait, &caller.record, sequence).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn erase(
    State(app): State<Arc<App>>,
    caller: InRecord,
    parameters: Parameters,
) -> Result<StatusCode, Error> {
    parameters.none()?;
    app.service.erase(&caller.record, &caller.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}
