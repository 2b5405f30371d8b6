//! What is left of a body whose call was refused.
//!
//! A client that is still sending when the connection closes sees a broken pipe, not the answer. So after a
//! refusal the rest of the body is read and thrown away, within bounds of size and time.

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::header::EXPECT;
use axum::middleware::Next;
use axum::response::Response;
use futures::StreamExt;
use futures::stream::{Fuse, poll_fn};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const MOST_BYTES: usize = 32 << 20;
const LONGEST: Duration = Duration::from_secs(10);

/// A body that the handler and this middleware read one after the other. The lock is held for one poll.
struct Shared {
    stream: Fuse<BodyDataStream>,
    begun: bool,
}

pub(super) async fn drain(request: Request, next: Next) -> Response {
    // Such a client sends nothing before it is asked to: it reads the answer first.
    let waits = request.headers().contains_key(EXPECT);
    let (parts, body) = request.into_parts();
    let shared = Arc::new(Mutex::new(Shared { stream: body.into_data_stream().fuse(), begun: false }));
    let rest = shared.clone();
    let poll = |shared: &Mutex<Shared>, cx: &mut std::task::Context<'_>| {
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.begun = true;
        shared.stream.poll_next_unpin(cx)
    };
    let body = Body::from_stream(poll_fn(move |cx| poll(&shared, cx)));
    let response = next.run(Request::from_parts(parts, body)).await;
    let begun = rest.lock().unwrap_or_else(PoisonError::into_inner).begun;
    let refused = response.status().is_client_error() || response.status().is_server_error();
    if refused && (begun || !waits) {
        let rest = poll_fn(move |cx| poll(&rest, cx));
        let _ = tokio::time::timeout(LONGEST, discard(rest)).await;
    }
    response
}

async fn discard(mut rest: impl futures::Stream<Item = Result<Bytes, axum::Error>> + Unpin) {
    let mut seen = 0;
    while let Some(Ok(chunk)) = rest.next().await {
        seen += chunk.len();
        if seen > MOST_BYTES {
            return;
        }
    }
}
