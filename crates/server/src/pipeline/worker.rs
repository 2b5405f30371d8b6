//! The background worker: makes the text of what was written searchable.
//!
//! It claims a record whose head is ahead of its pack, reads what must be read, builds the next pack and
//! publishes it. It holds a lease, which it renews; a worker that lost it cannot publish. Whatever fails is
//! given back with a growing delay: a record that cannot be built costs the others nothing, and is still
//! found by its metadata.

use super::improve::Improved;
use super::plan::{Content, Old, Plan, Planned, plan};
use super::{Contents, embed};
use crate::Error;
use crate::metrics::Metrics;
use crate::models::Models;
use crate::reader::Reader;
use crate::service::blocking;
use futures::StreamExt;
use record::{Fault, Outcome, Reading};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{Built, Claim, Published, RecordKey, SourceRef, Store};
use tokio::sync::{Notify, watch};

/// How long a claim holds without a renewal.
const LEASE: Duration = Duration::from_secs(60);
/// How often a claim is renewed.
const RENEWAL: Duration = Duration::from_secs(20);
/// Without news, the ledger is asked this often: a record that was given back becomes claimable in time.
const POLL: Duration = Duration::from_secs(5);
/// Longest delay before a record that failed is tried again.
const LONGEST_DELAY: Duration = Duration::from_secs(300);
/// How often orphaned objects are swept, and how old they must be.
const SWEEP: Duration = Duration::from_secs(600);
const GRACE: Duration = Duration::from_secs(3600);

/// What the worker loops share.
pub(crate) struct Worker {
    pub(super) store: Store,
    pub(super) reader: Reader,
    models: Arc<Models>,
    /// Documents of one record that are read at once.
    pub(super) readers: usize,
    pub(super) metrics: Arc<Metrics>,
    news: Notify,
    /// Records that are being improved.
    pub(super) improving: Mutex<HashSet<RecordKey>>,
    /// Counts publications: who waits for content looks again at each.
    published: watch::Sender<u64>,
    /// How often each record failed in a row.
    failures: Mutex<HashMap<RecordKey, u32>>,
}

impl Worker {
    pub(crate) fn new(
        store: Store,
        reader: Reader,
        readers: usize,
        models: Arc<Models>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let (published, _) = watch::channel(0);
        Worker {
            store,
            reader,
            models,
            readers,
            metrics,
            news: Notify::new(),
            published,
            improving: Mutex::default(),
            failures: Mutex::default(),
        }
    }

    /// Whether scans can be recognised here.
    pub(crate) fn recognises(&self) -> bool {
        self.reader.recognises()
    }

    /// Says that something was written.
    pub(crate) fn wake(&self) {
        self.news.notify_one();
    }

    /// Tells of each publication.
    pub(crate) fn publications(&self) -> watch::Receiver<u64> {
        self.published.subscribe()
    }

    /// Works until `stop` is true. A build under way is finished by dropping it: its lease ends by itself.
    pub(crate) async fn run(self: Arc<Self>, name: String, mut stop: watch::Receiver<bool>) {
        let work = async {
            loop {
                match self.step(&name).await {
                    Ok(true) => {}
                    Ok(false) => drop(tokio::time::timeout(POLL, self.news.notified()).await),
                    Err(error) => {
                        tracing::error!(%error, "worker cannot claim");
                        tokio::time::sleep(POLL).await;
                    }
                }
            }
        };
        tokio::select! {
            () = work => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    /// Works until no record is left to build.
    pub(crate) async fn drain_text(&self, name: &str) -> Result<(), Error> {
        while self.build_one(name).await? {}
        Ok(())
    }

    /// Works until no record is left to build, to improve or to embed.
    pub(crate) async fn drain(&self, name: &str) -> Result<(), Error> {
        loop {
            self.drain_text(name).await?;
            while self.improve(name).await? {}
            if !self.embed_one().await? {
                return Ok(());
            }
        }
    }

    /// Sweeps orphaned objects now and then, until `stop` is true.
    pub(crate) async fn sweep(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(SWEEP) => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
            match self.store.sweep(GRACE).await {
                Ok(swept) if swept.deleted > 0 => tracing::info!(deleted = swept.deleted, "orphans swept"),
                Ok(_) => {}
                Err(error) => tracing::error!(%error, "sweep failed"),
            }
        }
    }

    /// Builds one record or, where none waits, embeds one. Whether there was one.
    async fn step(&self, name: &str) -> Result<bool, Error> {
        Ok(self.build_one(name).await? || self.embed_one().await?)
    }

    /// Builds one record. Whether there was one.
    async fn build_one(&self, name: &str) -> Result<bool, Error> {
        let Some(claim) = self.store.claim(name, LEASE).await? else { return Ok(false) };
        // More may wait: another loop takes it meanwhile.
        self.news.notify_one();
        self.publish(claim, Improved::default()).await?;
        Ok(true)
    }

    /// Builds and publishes a record that was claimed; whether it is published. What failed is given back.
    pub(super) async fn publish(&self, claim: Claim, improved: Improved) -> Result<bool, Error> {
        let key = claim.key;
        match self.leased(&claim, improved).await {
            Ok((pack, applied, built)) => match self.store.publish(claim, pack, applied, built).await {
                Ok(Published::Done(_)) => {
                    self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
                    self.metrics.packs_built.add(1);
                    self.published.send_modify(|n| *n += 1);
                    return Ok(true);
                }
                Ok(Published::LeaseLost) => tracing::info!(record = %key, "lease was lost"),
                Err(error) => drop(self.failed(key, &error.into())),
            },
            Err(error) => {
                let delay = self.failed(key, &error);
                self.store.release(claim, delay).await?;
            }
        }
        Ok(false)
    }

    /// Embeds one record: with the model that it is searched with if that is here, else with the main one.
    async fn embed_one(&self) -> Result<bool, Error> {
        let Some(main) = self.models.main() else { return Ok(false) };
        let Some(claim) = self.store.claim_vectors(embed::LEASE).await? else { return Ok(false) };
        self.news.notify_one();
        let (key, kept) =
            (claim.key, claim.active.as_ref().and_then(|active| self.models.get(&active.model)));
        match embed::embed(&self.store, claim, kept.unwrap_or(main), kept.is_none()).await {
            Ok(_) => {
                self.failures.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
                self.metrics.vectors_built.add(1);
                self.published.send_modify(|n| *n += 1);
            }
            // The pack may have been replaced and swept meanwhile: then the next claim is of the new one.
            Err(error) => {
                let delay = self.failed(key, &error);
                if let Some(claim) = self.store.vectors_claim(&key)? {
                    self.store.hold_vectors(&claim, delay).await?;
                }
            }
        }
        Ok(true)
    }

    fn failed(&self, key: RecordKey, error: &Error) -> Duration {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let count = failures.entry(key).or_default();
        let delay = Duration::from_secs(1 << (*count).min(10)).min(LONGEST_DELAY);
        *count += 1;
        self.metrics.builds_failed.add(1);
        tracing::error!(record = %key, %error, retry_after_s = delay.as_secs(), "record could not be built");
        delay
    }

    /// Builds under a lease that is renewed meanwhile.
    async fn leased(&self, claim: &Claim, improved: Improved) -> Result<(Vec<u8>, u64, Built), Error> {
        let build = self.build(claim, improved);
        tokio::pin!(build);
        loop {
            tokio::select! {
                built = &mut build => return built,
                () = tokio::time::sleep(RENEWAL) => {
                    if !self.store.renew(claim, LEASE).await? {
                        return Err(Error::Internal("lease was lost while building"));
                    }
                }
            }
        }
    }

    async fn build(&self, claim: &Claim, improved: Improved) -> Result<(Vec<u8>, u64, Built), Error> {
        let mut old = if claim.rebuild { Old::default() } else { self.old(&claim.key).await? };
        improved.into_iter().for_each(|(item, (content, reading))| old.improve(item, &content, reading));
        let (store, key, head) = (self.store.clone(), claim.key, claim.head_sequence);
        let planned = blocking(move || Ok::<_, Error>(plan(store.rows(&key, 0)?, old, head)?)).await??;
        let Plan { entries, contents, applied } = planned;
        let entries: Result<Vec<search::Entry>, Error> = futures::stream::iter(entries)
            .map(|entry| self.read(&claim.key, entry))
            .buffered(self.readers)
            .collect::<Vec<_>>()
            .await
            .into_iter()
            .collect();
        let mut entries = entries?;
        let built = self.settle(&mut entries);
        let pack = blocking(move || search::build(entries, applied)).await??;
        Ok((contents.seal(pack), applied, built))
    }

    /// What the current pack gives. A pack that does not open gives nothing: all is read again.
    pub(super) async fn old(&self, key: &RecordKey) -> Result<Old, Error> {
        let (store, key) = (self.store.clone(), *key);
        let head = blocking({
            let store = store.clone();
            move || store.head(&key)
        })
        .await??;
        let Some(pack) = head.and_then(|head| head.pack) else { return Ok(Old::default()) };
        let bytes = match store.pack(&key, &pack).await {
            Ok(bytes) => bytes,
            Err(error @ (store::Error::Damaged { .. } | store::Error::ObjectMissing(_))) => {
                tracing::error!(record = %key, %error, "pack is lost, all is read again");
                return Ok(Old::default());
            }
            Err(error) => return Err(error.into()),
        };
        blocking(move || match open(bytes) {
            Ok(old) => Ok(old),
            Err(error) => {
                tracing::warn!(record = %key, %error, "pack does not open, all is read again");
                Ok(Old::default())
            }
        })
        .await?
    }

    async fn read(&self, key: &RecordKey, planned: Planned) -> Result<search::Entry, Error> {
        let Planned { item, received, content } = planned;
        let (readable, reading) = match content {
            Content::None => (false, None),
            Content::Held(reading) => (true, Some(reading)),
            Content::Unread(media, source) => {
                let reading = match self.source(key, &source).await? {
                    Some(bytes) => self.reader.read(media, &bytes, &item).await,
                    None => lost(),
                };
                self.metrics.documents_read.add(1);
                (true, Some(reading))
            }
        };
        Ok(search::Entry { item, reading, received, readable })
    }

    /// The bytes of a document; `None` where they are lost, which must not stop the others.
    pub(super) async fn source(&self, key: &RecordKey, source: &SourceRef) -> Result<Option<Vec<u8>>, Error> {
        match self.store.source(key, source).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error @ (store::Error::Damaged { .. } | store::Error::ObjectMissing(_))) => {
                tracing::error!(record = %key, %error, "document is lost");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn open(bytes: Vec<u8>) -> Result<Old, Error> {
    let (pack, contents) = Contents::split(bytes)?;
    let entries = search::Pack::open(pack)?.entries()?;
    let readings = entries.into_iter().filter_map(|e| Some((e.item.id, e.reading?))).collect();
    Ok(Old { contents, readings })
}

pub(super) fn lost() -> Reading {
    Reading {
        extractor: ingest::EXTRACTOR,
        pages: Vec::new(),
        items: Vec::new(),
        outcome: Outcome::Unread(Fault::Damaged),
        language: None,
        page_count: 0,
        warnings: vec!["original document does not open".to_owned()],
        file: None,
    }
}
