//! Errors as `application/problem+json` (RFC 9457): the one place where a status is chosen.
//!
//! A problem says what the caller can do about it. It never holds patient text, a path with a record's
//! name, or what went wrong inside. `instance` is the shape of the path, not the path: the answer for
//! another person's record is, byte for byte, that for a record which does not exist. The request itself is
//! found by the header `x-request-id`.

use crate::Error;
use crate::auth::TokenError;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A problem on its way out; [`complete`] writes its body once the route is known.
#[derive(Debug, Clone)]
struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: String,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let problem = problem(&self);
        let mut response = problem.status.into_response();
        let headers = response.headers_mut();
        if let Error::Token(token) = &self {
            let challenge = match token {
                TokenError::Missing | TokenError::Closed => "Bearer realm=\"mes-search\"",
                TokenError::Expired => {
                    "Bearer realm=\"mes-search\", error=\"invalid_token\", error_description=\"expired\""
                }
                _ => "Bearer realm=\"mes-search\", error=\"invalid_token\"",
            };
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if matches!(self, Error::Overloaded | Error::Stopping) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if problem.status.is_server_error() {
            tracing::error!(error = %self, "request failed");
        }
        response.extensions_mut().insert(problem);
        response
    }
}

fn problem(error: &Error) -> Problem {
    let (status, kind, title) = match error {
        Error::Token(_) => (StatusCode::UNAUTHORIZED, "unauthenticated", "Authentication is needed"),
        Error::NotFound => (StatusCode::NOT_FOUND, "not-found", "Not found"),
        Error::Refused(_) => (StatusCode::FORBIDDEN, "write-refused", "Write refused"),
        Error::Denied(_) => (StatusCode::FORBIDDEN, "access-refused", "Access refused"),
        Error::Request(_) => (StatusCode::BAD_REQUEST, "bad-request", "Bad request"),
        Error::Query(search::QueryError::Pack(_)) => internal(),
        Error::Query(_) => (StatusCode::BAD_REQUEST, "bad-query", "Query refused"),
        Error::Source(reason) => (source_status(*reason), "source-refused", "Source refused"),
        Error::Entry(reason) => (entry_status(*reason), "entry-refused", "Entry refused"),
        Error::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "too-large", "Body is too large"),
        Error::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Media type is not accepted"),
        Error::Unshown(_) => (StatusCode::UNPROCESSABLE_ENTITY, "unshown", "Page cannot be shown"),
        Error::Overloaded => (StatusCode::SERVICE_UNAVAILABLE, "overloaded", "Too many calls at once"),
        Error::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping", "Service is stopping"),
        Error::Timeout => (StatusCode::GATEWAY_TIMEOUT, "timeout", "Call took too long"),
        Error::Store(store::Error::Full) => (StatusCode::INSUFFICIENT_STORAGE, "full", "No space left"),
        Error::Store(_)
        | Error::Pack(_)
        | Error::Stored(_)
        | Error::Model(_)
        | Error::Setup { .. }
        | Error::Internal(_) => internal(),
    };
    Problem { status, kind, title, detail: detail(error) }
}

fn internal() -> (StatusCode, &'static str, &'static str) {
    (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Internal error")
}

/// What the caller is told.
fn detail(error: &Error) -> String {
    match error {
        Error::Token(TokenError::Missing | TokenError::Closed) => {
            "send a token: Authorization: Bearer <JWT>".to_owned()
        }
        Error::Token(TokenError::Expired) => "the token is expired or not valid yet".to_owned(),
        Error::Token(_) => "the token is not valid here".to_owned(),
        Error::NotFound => "there is no such record or item, or it is not open to you".to_owned(),
        Error::Refused(refusal) => refusal.to_string(),
        Error::Denied(denied) => denied.to_string(),
        Error::Request(detail) => detail.clone(),
        Error::Query(search::QueryError::Pack(_)) => hidden(),
        Error::Query(refused) => refused.to_string(),
        Error::Source(reason) => reason.to_string(),
        Error::Entry(reason) => reason.to_string(),
        Error::TooLarge { limit } => format!("the body is larger than {limit} bytes"),
        Error::MediaType => "send one of the media types of the documentation".to_owned(),
        Error::Unshown(fault) => format!("no picture of this page can be made: {}", fault.code()),
        Error::Overloaded => "try again in a moment".to_owned(),
        Error::Stopping => "this instance is going down: try again".to_owned(),
        Error::Timeout => "the call was given up after its time limit".to_owned(),
        Error::Store(store::Error::Full) => "nothing was written; reads go on".to_owned(),
        Error::Store(_)
        | Error::Pack(_)
        | Error::Stored(_)
        | Error::Model(_)
        | Error::Setup { .. }
        | Error::Internal(_) => hidden(),
    }
}

fn hidden() -> String {
    "the service failed; the operator finds why under the x-request-id of this answer".to_owned()
}

fn source_status(reason: ingest::Error) -> StatusCode {
    match reason {
        ingest::Error::Json { .. } | ingest::Error::Utf8 => StatusCode::BAD_REQUEST,
        ingest::Error::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        ingest::Error::MediaType | ingest::Error::MediaMismatch => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

fn entry_status(reason: ingest::Reason) -> StatusCode {
    match reason {
        ingest::Reason::Patient | ingest::Reason::Duplicate => StatusCode::CONFLICT,
        ingest::Reason::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        ingest::Reason::Document(reason) => source_status(reason),
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Gives every error answer its body, those that axum makes itself included.
pub(super) async fn complete(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let mut response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = response.extensions_mut().remove::<Problem>().unwrap_or_else(|| Problem {
        status,
        kind: "http",
        title: status.canonical_reason().unwrap_or("Error"),
        detail: "the request does not follow the documentation".to_owned(),
    });
    let body = json!({
        "type": format!("urn:mes-search:problem:{}", problem.kind),
        "title": problem.title,
        "status": status.as_u16(),
        "detail": problem.detail,
        "instance": instance(route.as_deref()),
    });
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    *response.body_mut() = Body::from(body.to_string());
    response
}

/// The path with `-` for each of its parameters.
fn instance(route: Option<&str>) -> String {
    let parts = route.unwrap_or("/").split('/');
    parts.map(|part| if part.starts_with('{') { "-" } else { part }).collect::<Vec<_>>().join("/")
}

pub(super) async fn no_such_route() -> Error {
    Error::NotFound
}

pub(super) async fn no_such_method() -> Response {
    let problem = Problem {
        status: StatusCode::METHOD_NOT_ALLOWED,
        kind: "method",
        title: "Method is not allowed",
        detail: "the documentation lists the methods of each path".to_owned(),
    };
    let mut response = problem.status.into_response();
    response.extensions_mut().insert(problem);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_names_nobody() {
        assert_eq!(instance(Some("/v1/records/{record}/items/{type}/{id}")), "/v1/records/-/items/-/-");
        assert_eq!(instance(None), "/");
    }

    #[test]
    fn what_fails_inside_stays_inside() {
        let inner = problem(&Error::Internal("secret"));
        assert_eq!(inner.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!inner.detail.contains("secret"));
    }
}
