//! The engine as a value: records in, answers out.

use crate::Error;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::models::{Loaded, Models};
use crate::pipeline::{RecordLocks, Worker, Written, embed};
use crate::preview::Previews;
use crate::reader::{Reader, ReaderConfig};
use crate::views::{Look, Open, Views};
use ingest::{Limits, MediaType, PageView};
use record::{ItemId, PartialDate, RecordId};
use search::policy::{Actor, Grant, Matrix};
use search::{
    Answer, Coverage, Cursor, Filters, ItemView, LinkedItem, Query, Series, Suggestion, Timeline, View,
};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use store::{RecordKey, SourceRef, Store, StoreConfig};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The engine: store, worker, open records, policy. Share it behind an `Arc`.
///
/// Reads take the record and who asks, and answer [`Error::NotFound`] alike for a record that is not there
/// and for an item that the actor may not know of. Whether the actor may turn to the record at all was
/// decided before (`auth::InRecord`).
pub struct Service {
    store: Store,
    views: Views,
    worker: Arc<Worker>,
    models: Arc<Models>,
    matrix: Matrix,
    limits: Limits,
    previews: Previews,
    locks: RecordLocks,
    metrics: Arc<Metrics>,
}

/// What a switch of the model took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Switched {
    /// The record has no pack yet: it is embedded when it has.
    Nothing,
    /// It was searched with the model already.
    Already,
    /// It had vectors of the model.
    Back,
    /// It was embedded.
    Embedded,
}

/// The original bytes of a document.
pub struct Original {
    /// Media type, by the content.
    pub media: MediaType,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Service {
    /// Opens the store and gets everything ready; no worker runs yet. `program` is started to read foreign
    /// bytes: the binary of this package, which knows `read-worker`.
    ///
    /// # Errors
    /// The store does not open, or the matrix is not valid.
    pub async fn open(config: &Config, program: PathBuf) -> Result<Service, Error> {
        let matrix = match &config.matrix {
            None => Matrix::built_in(),
            Some(path) => {
                let refused = |problem: String| Error::Setup { what: "profession matrix", problem };
                let text = std::fs::read_to_string(path).map_err(|e| refused(e.to_string()))?;
                Matrix::parse(&text).map_err(|e| refused(e.to_string()))?
            }
        };
        let store = Store::open(&StoreConfig::new(&config.data_dir, &config.key_file)).await?;
        let metrics = Arc::new(Metrics::default());
        let chosen = config.clone();
        let models = Arc::new(blocking(move || Models::open(&chosen)).await?);
        models.problems().iter().for_each(|problem| tracing::error!(problem, "search is by words alone"));
        let previews = Previews::new(store.clone(), program.clone(), config.limits);
        let reader = Reader::new(ReaderConfig {
            workers: config.readers,
            recognisers: config.recognisers,
            recognition: config.ocr,
            limits: config.limits,
            ..ReaderConfig::new(program)
        });
        Ok(Service {
            views: Views::new(store.clone(), models.clone(), config.cache_bytes, metrics.clone()),
            worker: Arc::new(Worker::new(
                store.clone(),
                reader,
                config.readers,
                models.clone(),
                metrics.clone(),
            )),
            models,
            store,
            matrix,
            limits: config.limits,
            previews,
            locks: RecordLocks::default(),
            metrics,
        })
    }

    /// Starts the background work, until `stop` is true.
    pub fn start(&self, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let loops = std::thread::available_parallelism().map_or(1, usize::from).min(4);
        let mut tasks: Vec<JoinHandle<()>> =
            (0..loops).map(|n| tokio::spawn(self.worker.clone().run(worker_name(n), stop.clone()))).collect();
        tasks.extend((0..loops).map(|n| {
            tokio::spawn(
                self.worker.clone().run_improving(format!("{}-i{n}", std::process::id()), stop.clone()),
            )
        }));
        tasks.push(tokio::spawn(self.worker.clone().sweep(stop.clone())));
        tasks
    }

    /// Does the background work that waits now, here: for the command line.
    ///
    /// # Errors
    /// The store fails.
    pub async fn drain(&self) -> Result<(), Error> {
        self.worker.drain(&worker_name(0)).await
    }

    /// Does of the work that waits what makes text searchable, here; scans are left.
    ///
    /// # Errors
    /// The store fails.
    pub async fn drain_text(&self) -> Result<(), Error> {
        self.worker.drain_text(&worker_name(0)).await
    }

    /// The store, for `doctor` and `reindex`.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Limits of parsing.
    #[must_use]
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// What the service counts.
    #[must_use]
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Bytes of open records, roughly.
    #[must_use]
    pub fn open_bytes(&self) -> usize {
        self.views.weight()
    }

    /// Searches a record.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Denied`], [`Error::Query`], or the store fails.
    pub async fn search(&self, record: &RecordId, actor: &Actor, mut query: Query) -> Result<Answer, Error> {
        if query.today.is_none() {
            query.today = PartialDate::from_day_number(unix_seconds().div_euclid(86_400)).ok();
        }
        let grant = self.grant(actor)?;
        let models = self.models.clone();
        self.with_view(record, move |view| Ok(search::search_with(view, &grant, &query, &*models)?)).await
    }

    /// Completes what was typed.
    ///
    /// # Errors
    /// As [`Service::search`].
    pub async fn suggest(
        &self,
        record: &RecordId,
        actor: &Actor,
        typed: String,
        limit: usize,
    ) -> Result<Vec<Suggestion>, Error> {
        let grant = self.grant(actor)?;
        self.with_view(record, move |view| Ok(search::suggest(view, &grant, &typed, limit)?)).await
    }

    /// The record by date, newest first.
    ///
    /// # Errors
    /// As [`Service::search`].
    pub async fn timeline(
        &self,
        record: &RecordId,
        actor: &Actor,
        filters: Filters,
        limit: usize,
        cursor: Option<Cursor>,
    ) -> Result<Timeline, Error> {
        let grant = self.grant(actor)?;
        self.with_view(record, move |view| Ok(search::timeline(view, &grant, filters, limit, cursor)?)).await
    }

    /// The values of a measure by its LOINC code.
    ///
    /// # Errors
    /// As [`Service::search`]; [`Error::NotFound`] where the actor sees no value.
    pub async fn measure(&self, record: &RecordId, actor: &Actor, code: String) -> Result<Series, Error> {
        let grant = self.grant(actor)?;
        let work = move |view: &View| search::measure(view, &grant, &code)?.ok_or(Error::NotFound);
        self.with_view(record, work).await
    }

    /// One item with what was read of it, and what it is linked with as far as the actor sees it.
    ///
    /// # Errors
    /// As [`Service::search`].
    pub async fn item(
        &self,
        record: &RecordId,
        actor: &Actor,
        id: &ItemId,
    ) -> Result<(ItemView, Vec<LinkedItem>), Error> {
        let (grant, id) = (self.grant(actor)?, id.clone());
        let work = move |view: &View| {
            let found = view.item(&grant, &id)?.ok_or(Error::NotFound)?;
            let links = search::links(view, &grant, &id)?.ok_or(Error::NotFound)?;
            Ok((found, links))
        };
        self.with_view(record, work).await
    }

    /// The original bytes of a document.
    ///
    /// # Errors
    /// As [`Service::item`]; [`Error::NotFound`] too where the item has no bytes.
    pub async fn original(&self, record: &RecordId, actor: &Actor, id: &ItemId) -> Result<Original, Error> {
        let source = self.source(record, actor, id).await?;
        let media = MediaType::from_name(&source.media)?;
        Ok(Original { media, bytes: self.store.source(&self.store.key(record), &source).await? })
    }

    /// What the ledger knows of the original of an item that the actor sees.
    async fn source(&self, record: &RecordId, actor: &Actor, id: &ItemId) -> Result<SourceRef, Error> {
        self.item(record, actor, id).await?;
        let (store, key, name) = (self.store.clone(), self.store.key(record), id.to_string());
        let row = blocking(move || store.row(&key, &name)).await??;
        row.and_then(|row| row.source).ok_or(Error::NotFound)
    }

    /// The picture of a page of a document, as PNG.
    ///
    /// # Errors
    /// As [`Service::original`]; [`Error::Unshown`] where the page cannot be drawn.
    pub async fn page_picture(
        &self,
        record: &RecordId,
        actor: &Actor,
        id: &ItemId,
        page: u32,
        view: &PageView,
    ) -> Result<Arc<[u8]>, Error> {
        let source = self.source(record, actor, id).await?;
        self.previews.picture(&self.store.key(record), &source, page, view).await
    }

    /// What of the record is searched.
    ///
    /// # Errors
    /// As [`Service::search`].
    pub async fn coverage(&self, record: &RecordId, actor: &Actor) -> Result<Coverage, Error> {
        let grant = self.grant(actor)?;
        self.with_view(record, move |view| Ok(view.coverage(&grant))).await
    }

    /// Opens a record, so that the next call finds it open.
    ///
    /// # Errors
    /// As [`Service::search`].
    pub async fn warm(&self, record: &RecordId, actor: &Actor) -> Result<(), Error> {
        self.grant(actor)?;
        self.with_view(record, |_| Ok(())).await
    }

    /// Waits until the text of every change up to `sequence` is searchable, scans included where they can be
    /// recognised, by its meaning too where there is a model, at most `limit`. Whether it is.
    ///
    /// # Errors
    /// The store fails.
    pub async fn wait_content(
        &self,
        record: &RecordId,
        sequence: u64,
        limit: Duration,
    ) -> Result<bool, Error> {
        let key = self.store.key(record);
        let end = Instant::now() + limit;
        let mut news = self.worker.publications();
        loop {
            news.mark_unchanged();
            let head = self.head(&key).await?;
            let by_meaning = match (&head, self.models.main()) {
                (Some(store::Head { vectors: Some(vectors), .. }), Some(_)) => vectors.applied_sequence,
                (_, Some(_)) => 0,
                (_, None) => u64::MAX,
            };
            let pack = head.and_then(|head| head.pack);
            let applied = pack.as_ref().map_or(0, |pack| pack.applied_sequence);
            let unfinished = pack.is_some_and(|pack| pack.built.unfinished) && self.worker.recognises();
            if applied.min(by_meaning) >= sequence && !unfinished {
                return Ok(true);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || tokio::time::timeout(left, news.changed()).await.is_err() {
                return Ok(false);
            }
        }
    }

    /// Has a record searched with a model from now on: goes back to vectors that it still has, if they are
    /// of its current pack, else embeds it. Whether it has a pack to embed.
    pub(crate) async fn switch(&self, key: &RecordKey, model: &Loaded) -> Result<Switched, Error> {
        let (store, asked) = (self.store.clone(), *key);
        let known =
            blocking(move || Ok::<_, Error>((store.vectors_claim(&asked)?, store.vectors_of(&asked)?)));
        let (Some(claim), vectors) = known.await?? else { return Ok(Switched::Nothing) };
        let current =
            vectors.iter().find(|(v, _)| v.model == model.id() && v.generation == claim.pack.generation);
        match current {
            Some((_, true)) => Ok(Switched::Already),
            Some(_) => {
                self.store.activate_vectors(key, model.id()).await?;
                Ok(Switched::Back)
            }
            None => {
                embed::embed(&self.store, claim, model, true).await?;
                Ok(Switched::Embedded)
            }
        }
    }

    /// What keeps a model from being used, if anything does.
    #[must_use]
    pub fn model_problems(&self) -> &[String] {
        self.models.problems()
    }

    pub(crate) fn locks(&self) -> &RecordLocks {
        &self.locks
    }

    pub(crate) fn forget(&self, key: &RecordKey) {
        self.views.forget(key);
    }

    pub(crate) fn wake_worker(&self) {
        self.worker.wake();
    }

    pub(crate) fn wrote(&self, written: &Written) {
        self.metrics.items_accepted.add(written.accepted as u64);
        self.metrics.items_unchanged.add(written.unchanged as u64);
        self.metrics.items_rejected.add(written.rejected.len() as u64);
        if written.accepted > 0 {
            self.wake_worker();
        }
    }

    pub(crate) async fn head_sequence(&self, key: &RecordKey) -> Result<u64, Error> {
        Ok(self.head(key).await?.map_or(0, |head| head.head_sequence))
    }

    async fn head(&self, key: &RecordKey) -> Result<Option<store::Head>, Error> {
        let (store, key) = (self.store.clone(), *key);
        Ok(blocking(move || store.head(&key)).await??)
    }

    fn grant(&self, actor: &Actor) -> Result<Grant, Error> {
        Ok(Grant::new(actor, &self.matrix, unix_seconds())?)
    }

    /// Runs `work` on the record's view, off the async threads: one hop where the record is open.
    async fn with_view<T: Send + 'static>(
        &self,
        record: &RecordId,
        work: impl FnOnce(&View) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let key = self.store.key(record);
        // The look is one indexed read of a page that is in memory: shorter than a change of thread.
        let open: Arc<Open> = match self.views.look(&key)? {
            Look::Absent => return Err(Error::NotFound),
            Look::Ready(open) => open,
            Look::Closed(head) => self.views.open(&key, head).await?,
        };
        blocking(move || work(&open.view)).await?
    }
}

fn worker_name(n: usize) -> String {
    format!("{}-{n}", std::process::id())
}

fn unix_seconds() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

/// Runs `work` on a thread that may block.
///
/// # Errors
/// [`Error::Internal`] where the work panicked.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Internal("a task ended early"))
}
