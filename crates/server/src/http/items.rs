//! One item, and the original of a document.

use super::App;
use super::parameters::{Parameters, flag};
use crate::Error;
use crate::auth::InRecord;
use crate::wire::{ItemBody, TextPart};
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use ingest::MediaType;
use record::ItemId;
use std::collections::HashMap;
use std::sync::Arc;

pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/v1/records/{record}/items/{type}/{id}", get(item))
        .route("/v1/records/{record}/items/{type}/{id}/content", get(content))
}

/// The item that a path names; a path that names none is an item that is not there.
pub(super) fn item_id(path: &HashMap<String, String>) -> Result<ItemId, Error> {
    let part = |name: &str| path.get(name).map_or("", String::as_str);
    format!("{}/{}", part("type"), part("id")).parse().map_err(|_| Error::NotFound)
}

async fn item(
    State(app): State<Arc<App>>,
    caller: InRecord,
    Path(path): Path<HashMap<String, String>>,
    parameters: Parameters,
) -> Result<Json<ItemBody>, Error> {
    let mut text = TextPart::LeftOut;
    parameters.each(|name, value| {
        if name == "text" && flag(&value)? {
            text = TextPart::Included;
        }
        Ok(name == "text")
    })?;
    let (view, links) = app.service.item(&caller.record, &caller.actor, &item_id(&path)?).await?;
    Ok(Json(ItemBody::new(view, links, text)))
}

/// The original bytes. They are foreign: nothing in them may run or load under our origin.
async fn content(
    State(app): State<Arc<App>>,
    caller: InRecord,
    Path(path): Path<HashMap<String, String>>,
    parameters: Parameters,
) -> Result<Response, Error> {
    parameters.none()?;
    let id = item_id(&path)?;
    let original = app.service.original(&caller.record, &caller.actor, &id).await?;
    let (media, extension, inline) = presentation(original.media);
    let disposition = if inline { "inline" } else { "attachment" };
    // An id has no character that would need quoting.
    let name = format!("{disposition}; filename=\"{}.{extension}\"", id.id());
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox";
    let headers = [
        (CONTENT_TYPE, media.to_owned()),
        (CONTENT_DISPOSITION, name),
        (CONTENT_SECURITY_POLICY, policy.to_owned()),
    ];
    Ok((headers, original.bytes).into_response())
}

/// Media type, file extension, and whether a browser may show it in place.
fn presentation(media: MediaType) -> (&'static str, &'static str, bool) {
    match media {
        // A browser would apply the style sheet that a CDA names: it is given as a file.
        MediaType::Cda => ("text/xml", "xml", false),
        MediaType::Xdm => ("application/zip", "zip", false),
        MediaType::Pdf => ("application/pdf", "pdf", true),
        MediaType::Jpeg => ("image/jpeg", "jpg", true),
        MediaType::Png => ("image/png", "png", true),
        MediaType::Tiff => ("image/tiff", "tif", false),
        MediaType::Text => ("text/plain; charset=utf-8", "txt", true),
        MediaType::Rtf => ("application/rtf", "rtf", false),
        // it would run under our origin
        MediaType::Html => ("text/html", "html", false),
    }
}
