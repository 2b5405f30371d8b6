//! Reading bodies under a limit.

use crate::Error;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use futures::StreamExt;
use serde::de::DeserializeOwned;

/// Reads a body of at most `limit` bytes.
pub(super) async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Vec<u8>, Error> {
    let announced: Option<usize> =
        headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(Error::TooLarge { limit });
    }
    let mut out = Vec::with_capacity(announced.unwrap_or(0));
    let mut stream = body.into_data_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Error::Request("the body was cut off".to_owned()))?;
        if out.len() + chunk.len() > limit {
            return Err(Error::TooLarge { limit });
        }
        out.extend_from_slice(&chunk);
    }
    Ok(out)
}

/// Reads a JSON body. A member that the call does not know is refused.
pub(super) async fn json<T: DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<T, Error> {
    let media = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("application/json");
    if essence(media) != "application/json" {
        return Err(Error::MediaType);
    }
    let bytes = read(headers, body, limit).await?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::Request("the body is not UTF-8".to_owned()))?;
    serde_json::from_str(text).map_err(|e| Error::Request(complaint(&e)))
}

/// The media type without its parameters, in lower case.
pub(super) fn essence(media: &str) -> String {
    media.split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

/// What is wrong with a JSON text, without a word of it: serde repeats the values that it refuses.
fn complaint(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let what = match error.classify() {
        serde_json::error::Category::Data => {
            "the body does not have the members or the types that this call takes"
        }
        _ => "the body is not JSON",
    };
    format!("{what} (line {line}, column {column})")
}
