//! HTTP: routes, limits, errors, logs.
//!
//! A thin skin over [`Service`]. Each resource has its router; the caller is an extractor, so that no
//! handler of a record runs without one. Reads and writes have gates of their own: a burst of deposits
//! does not keep anybody from searching.

mod body;
mod coverage;
mod drain;
mod gate;
mod items;
mod observe;
mod operations;
mod page;
mod parameters;
mod previews;
mod problem;
mod search;
mod write;

use crate::auth::Authenticator;
use crate::config::{Config, Login};
use crate::{Error, Service};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use gate::Gate;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use page::DemoRecord;

/// How long requests under way may take to end once the service is told to stop.
const LAST_ANSWERS: Duration = Duration::from_secs(20);

/// What handlers share.
pub struct App {
    pub(crate) service: Arc<Service>,
    pub(crate) auth: Authenticator,
    reads: Gate,
    writes: Gate,
    write_timeout: Duration,
    demo_records: Vec<DemoRecord>,
    stopping: watch::Receiver<bool>,
}

impl App {
    /// The application over a service. `demo_records` are offered by the page where nobody logs in.
    ///
    /// # Errors
    /// The key set of the identity provider is missing or not valid.
    pub async fn new(
        config: &Config,
        service: Arc<Service>,
        demo_records: Vec<DemoRecord>,
        stopping: watch::Receiver<bool>,
    ) -> Result<Arc<App>, Error> {
        Ok(Arc::new(App {
            service,
            auth: Authenticator::new(&config.login).await?,
            reads: Gate::new(config.max_reads, config.read_timeout),
            writes: Gate::new(config.max_writes, config.write_timeout),
            write_timeout: config.write_timeout,
            demo_records,
            stopping,
        }))
    }
}

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    let reads = Router::new()
        .merge(search::router())
        .merge(items::router())
        .merge(previews::router())
        .merge(coverage::router())
        .route_layer(from_fn_with_state(app.clone(), gate::read));
    let writes = write::router().route_layer(from_fn_with_state(app.clone(), gate::write));
    Router::new()
        .merge(reads)
        .merge(writes)
        .merge(operations::router())
        .merge(page::router())
        .fallback(problem::no_such_route)
        .method_not_allowed_fallback(problem::no_such_method)
        // Each handler reads its body under its own limit.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn(problem::complete))
        .layer(from_fn(drain::drain))
        .layer(from_fn_with_state(app.clone(), observe::observe))
        .with_state(app)
}

/// Serves until `shutdown` resolves, then lets requests under way end.
///
/// # Errors
/// [`Error::Setup`] where an open demonstration would listen on more than the loopback address; the
/// listener fails.
pub async fn run(
    listener: TcpListener,
    app: Arc<App>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let address = listener.local_addr().map_err(|e| setup(&e.to_string()))?;
    if app.auth.is_demo() && !address.ip().is_loopback() {
        return Err(setup("a demonstration listens on the loopback address alone"));
    }
    let (told, mut when_told) = watch::channel(false);
    let graceful = async move {
        shutdown.await;
        let _ = told.send(true);
    };
    tracing::info!(%address, "listening");
    let server = axum::serve(listener, router(app)).with_graceful_shutdown(graceful);
    let deadline = async move {
        let _ = when_told.wait_for(|told| *told).await;
        tokio::time::sleep(LAST_ANSWERS).await;
    };
    tokio::select! {
        served = server.into_future() => served.map_err(|e| setup(&e.to_string())),
        () = deadline => {
            tracing::warn!("requests under way were cut off");
            Ok(())
        }
    }
}

/// Serves a configuration: store, worker and HTTP, until `shutdown` resolves.
///
/// # Errors
/// The store, the keys or the address cannot be opened.
pub async fn serve(
    config: &Config,
    service: Arc<Service>,
    demo_records: Vec<DemoRecord>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    let (stop, stopping) = watch::channel(false);
    if config.login == Login::Closed {
        tracing::warn!("no key set is configured: every call to a record is refused");
    }
    let app = App::new(config, service.clone(), demo_records, stopping.clone()).await?;
    let tasks = service.start(&stopping);
    let told = stop.clone();
    let shutdown = async move {
        shutdown.await;
        let _ = told.send(true);
    };
    let served = run(listener, app, shutdown).await;
    let _ = stop.send(true);
    for task in tasks {
        let _ = task.await;
    }
    served
}

fn setup(problem: &str) -> Error {
    Error::Setup { what: "listener", problem: problem.to_owned() }
}
