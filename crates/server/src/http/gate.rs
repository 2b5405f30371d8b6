//! How many calls at once, and how long each.
//!
//! A gate lets so many calls through, lets as many again wait, and refuses the next at once: a queue
//! without an end only turns overload into time-outs.

use super::App;
use crate::Error;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

pub(super) struct Gate {
    /// Calls under way.
    running: Semaphore,
    /// Calls under way or waiting.
    admitted: Semaphore,
    limit: Duration,
}

impl Gate {
    pub(super) fn new(running: usize, limit: Duration) -> Self {
        Gate { running: Semaphore::new(running), admitted: Semaphore::new(2 * running), limit }
    }

    async fn pass(&self, app: &App, request: Request, next: Next) -> Response {
        if *app.stopping.borrow() {
            return Error::Stopping.into_response();
        }
        let Ok(_admitted) = self.admitted.try_acquire() else {
            app.service.metrics().overloaded.add(1);
            return Error::Overloaded.into_response();
        };
        let call = async {
            // The semaphore is never closed.
            let _running = self.running.acquire().await;
            next.run(request).await
        };
        match tokio::time::timeout(self.limit, call).await {
            Ok(response) => response,
            Err(_) => Error::Timeout.into_response(),
        }
    }
}

pub(super) async fn read(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    app.reads.pass(&app, request, next).await
}

pub(super) async fn write(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    app.writes.pass(&app, request, next).await
}
