//! Work on records whose text is searchable already, but not all of it, or read by an older version.
//!
//! **Key decision.** Nothing is held while it lasts: the record is claimed for the moment of publishing alone,
//! so that what is written meanwhile does not wait. What was done by then is published every few pictures, so
//! that a crash costs no more, and the newest record is looked for anew: what was just sent comes first.
//!
//! A document that an older version read keeps its text until all of it is read again.

use super::plan::Old;
use super::worker::{Worker, lost};
use super::{Contents, Stored};
use crate::Error;
use crate::service::blocking;
use futures::StreamExt;
use ingest::{EXTRACTOR, MediaType, ocr};
use record::{Fault, Item, ItemId, Outcome, Reading};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use store::{Built, RecordKey, Row, SourceRef};
use tokio::sync::watch;

/// Better readings, each with the digest of the submission that was read.
pub(super) type Improved = HashMap<ItemId, ([u8; 32], Reading)>;

/// Pictures that are recognised, or documents that are read again, before the pack is published.
const ROUND: usize = 8;
/// Records that are looked at to find one that nobody improves.
const LOOK: usize = 64;
/// Without news, the ledger is asked this often.
const POLL: Duration = Duration::from_secs(5);
/// How long the claim for publishing holds, and how soon it is asked for again where somebody builds.
const LEASE: Duration = Duration::from_secs(60);
const AGAIN: Duration = Duration::from_millis(200);

/// A document to improve.
struct Job {
    item: Item,
    content: [u8; 32],
    received: i64,
    media: MediaType,
    source: SourceRef,
    reading: Reading,
}

impl Worker {
    /// Improves records until `stop` is true.
    pub(crate) async fn run_improving(self: Arc<Self>, name: String, mut stop: watch::Receiver<bool>) {
        let work = async {
            let mut news = self.publications();
            loop {
                news.mark_unchanged();
                match self.improve(&name).await {
                    Ok(true) => {}
                    Ok(false) => drop(tokio::time::timeout(POLL, news.changed()).await),
                    Err(error) => {
                        tracing::error!(%error, "record could not be improved");
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

    /// Improves one record by one round. Whether there was one.
    pub(super) async fn improve(&self, name: &str) -> Result<bool, Error> {
        let Some(key) = self.next_to_improve().await? else { return Ok(false) };
        let done = self.improve_record(&key, name).await;
        self.improving.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        done
    }

    /// A record that nobody improves: unfinished ones first, then those that an older version built.
    async fn next_to_improve(&self) -> Result<Option<RecordKey>, Error> {
        let (store, recognises) = (self.store.clone(), self.reader.recognises());
        let found = blocking(move || {
            let mut found = if recognises { store.unfinished(LOOK)? } else { Vec::new() };
            found.extend(store.older(EXTRACTOR, LOOK)?);
            Ok::<_, Error>(found)
        })
        .await??;
        let mut improving = self.improving.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(found.into_iter().find(|key| improving.insert(*key)))
    }

    async fn improve_record(&self, key: &RecordKey, name: &str) -> Result<bool, Error> {
        let old = self.old(key).await?;
        let (store, record) = (self.store.clone(), *key);
        let recognises = self.reader.recognises();
        let jobs = blocking(move || jobs(store.rows(&record, 0)?, old, recognises)).await??;
        /// A document, and the hash of its content with the better reading.
        type Step = Result<(ItemId, ([u8; 32], Reading)), Error>;
        let improved: Vec<Step> = futures::stream::iter(jobs)
            .map(|job| self.improve_document(key, job))
            .buffer_unordered(self.readers)
            .collect()
            .await;
        let improved: Improved = improved.into_iter().collect::<Result<_, _>>()?;
        loop {
            match self.store.claim_record(key, name, LEASE).await? {
                // whoever asked for a rebuild asked for everything to be read again
                Some(claim) if claim.rebuild => {
                    self.store.release(claim, Duration::ZERO).await?;
                    self.wake();
                    return Ok(true);
                }
                Some(claim) => return self.publish(claim, improved).await,
                None if self.head_is_gone(key).await? => return Ok(true),
                None => tokio::time::sleep(AGAIN).await,
            }
        }
    }

    async fn head_is_gone(&self, key: &RecordKey) -> Result<bool, Error> {
        let (store, key) = (self.store.clone(), *key);
        Ok(blocking(move || store.head(&key)).await??.is_none())
    }

    /// Reads again what an older version read, all of it; recognises some pictures of what is up to date.
    async fn improve_document(
        &self,
        key: &RecordKey,
        job: Job,
    ) -> Result<(ItemId, ([u8; 32], Reading)), Error> {
        let Job { item, content, media, source, reading, .. } = job;
        let Some(bytes) = self.source(key, &source).await? else {
            return Ok((item.id, (content, lost())));
        };
        let (mut reading, most) = if reading.extractor == EXTRACTOR {
            (reading, ROUND)
        } else {
            self.metrics.documents_read.add(1);
            (self.reader.read(media, &bytes, &item).await, usize::MAX)
        };
        let mut seen = BTreeMap::new();
        let take = |number, page| drop(seen.insert(number, page));
        self.reader.recognise(media, &bytes, &item, &reading, most, take).await;
        self.metrics.pages_recognised.add(seen.len() as u64);
        for (number, page) in seen {
            ocr::recognised(&mut reading, number, page);
        }
        ocr::complete(&mut reading);
        Ok((item.id, (content, reading)))
    }

    /// Says of each reading how it stands on this machine, and how far the whole came.
    pub(super) fn settle(&self, entries: &mut [search::Entry]) -> Built {
        let recognises = self.reader.recognises();
        let mut built = Built { version: EXTRACTOR, unfinished: false };
        for reading in entries.iter_mut().filter_map(|entry| entry.reading.as_mut()) {
            built.version = built.version.min(reading.extractor);
            if ocr::wanted(reading).is_empty() {
                continue;
            }
            built.unfinished = true;
            let (from, to) =
                if recognises { (Fault::NoOcr, Fault::Waiting) } else { (Fault::Waiting, Fault::NoOcr) };
            change(&mut reading.outcome, from, to);
        }
        built
    }
}

/// What no engine recognised is waiting where there is one.
fn change(outcome: &mut Outcome, from: Fault, to: Fault) {
    let change = |fault: &mut Fault| {
        if *fault == from {
            *fault = to;
        }
    };
    match outcome {
        Outcome::Read => {}
        Outcome::Partly(faults) => faults.iter_mut().for_each(change),
        Outcome::Unread(fault) => change(fault),
    }
}

/// What is to be done in one round: of what wants recognition the newest documents with pictures enough, else
/// some of those that an older version read.
fn jobs(rows: Vec<Row>, old: Old, recognises: bool) -> Result<Vec<Job>, Error> {
    let Old { contents, mut readings } = old;
    let mut jobs = Vec::new();
    for row in rows.into_iter().filter(|row| !row.deleted) {
        jobs.extend(job(row, &contents, &mut readings)?);
    }
    jobs.sort_by(|a: &Job, b| b.received.cmp(&a.received).then(a.item.id.cmp(&b.item.id)));
    let pictures = |job: &Job| if recognises { ocr::wanted(&job.reading).len() } else { 0 };
    let is_current = |job: &Job| job.reading.extractor == EXTRACTOR;
    let waits = jobs.iter().any(|job| is_current(job) && pictures(job) > 0);
    let mut room = ROUND;
    jobs.retain(|job| {
        let cost = if is_current(job) == waits { pictures(job).max(usize::from(!waits)) } else { 0 };
        let taken = cost > 0 && room > 0;
        if taken {
            room = room.saturating_sub(cost);
        }
        taken
    });
    Ok(jobs)
}

fn job(row: Row, contents: &Contents, readings: &mut HashMap<ItemId, Reading>) -> Result<Option<Job>, Error> {
    let stored: Stored = record::decode(&row.meta)?;
    let item = stored.effective();
    let source = row.source.and_then(|s| Some((MediaType::from_name(&s.media).ok()?, s)));
    let reading = readings.remove(&item.id).filter(|_| contents.hold(&item.id, &stored.content));
    let (Some((media, source)), Some(reading)) = (source, reading) else { return Ok(None) };
    Ok(Some(Job { item, content: stored.content, received: row.received, media, source, reading }))
}

#[cfg(test)]
mod tests;
