//! Writes: durable, and found by metadata, when they are answered.

use super::Stored;
use crate::Error;
use crate::auth::rights::{self, Change, Depositor, Refusal};
use crate::service::{Service, blocking};
use ingest::{Batch, Reason, Submission, Upload};
use record::{Flags, ItemId, RecordId, Status};
use search::policy::{Actor, Role};
use std::collections::{HashMap, HashSet};
use store::{Body, Entry, Outcome, RecordKey, Row};

/// Beyond this many submissions, the record's rows are read together rather than one by one.
const FEW: usize = 8;

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Items that were created or changed.
    pub accepted: usize,
    /// Items that were there already, just so.
    pub unchanged: usize,
    /// Entries that were refused.
    pub rejected: Vec<Rejection>,
    /// What was odd or lost without a refusal.
    pub warnings: Vec<String>,
    /// References of the accepted and the unchanged items, in the order of the source.
    pub items: Vec<ItemId>,
    /// The record's head after the write.
    pub sequence: u64,
}

/// An entry that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Position in the source, 0-based.
    pub index: usize,
    /// Its reference, if it has a valid one.
    pub item: Option<ItemId>,
    /// Why.
    pub reason: RejectionReason,
}

/// Why an entry was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RejectionReason {
    /// By what it is.
    #[error(transparent)]
    Source(#[from] Reason),
    /// By who sent it.
    #[error(transparent)]
    Right(#[from] Refusal),
}

/// A change of metadata alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Patch {
    /// New visibility.
    pub flags: Option<Flags>,
    /// New availability.
    pub status: Option<Status>,
}

impl Service {
    /// Stores a FHIR bundle.
    ///
    /// # Errors
    /// The bundle is refused whole, or the store fails; refused entries stand in the answer.
    pub async fn put_bundle(
        &self,
        record: &RecordId,
        actor: &Actor,
        bytes: Vec<u8>,
    ) -> Result<Written, Error> {
        let limits = self.limits();
        let batch = blocking(move || ingest::bundle(&bytes, &limits)).await??;
        self.submit(record, actor, batch).await
    }

    /// Stores FHIR resources, one a line.
    ///
    /// # Errors
    /// As [`Service::put_bundle`].
    pub async fn put_ndjson(
        &self,
        record: &RecordId,
        actor: &Actor,
        bytes: Vec<u8>,
    ) -> Result<Written, Error> {
        let limits = self.limits();
        let batch = blocking(move || ingest::ndjson(&bytes, &limits)).await??;
        self.submit(record, actor, batch).await
    }

    /// Stores one file: CDA, XDM, PDF, image, text, RTF.
    ///
    /// # Errors
    /// The file is refused, or the store fails. Of an archive, refused documents stand in the answer,
    /// unless every one was.
    pub async fn put_document(
        &self,
        record: &RecordId,
        actor: &Actor,
        upload: Upload,
        bytes: Vec<u8>,
    ) -> Result<Written, Error> {
        let limits = self.limits();
        let batch = blocking(move || ingest::document(upload, bytes, &limits)).await??;
        let written = self.submit(record, actor, batch).await?;
        match written.rejected.first() {
            Some(first) if written.items.is_empty() => Err(match first.reason {
                RejectionReason::Source(reason) => Error::Entry(reason),
                RejectionReason::Right(refusal) => Error::Refused(refusal),
            }),
            _ => Ok(written),
        }
    }

    /// Stores what a source gave. Each entry is judged alone; the rest goes on.
    ///
    /// # Errors
    /// The store fails; then nothing was written.
    pub async fn submit(&self, record: &RecordId, actor: &Actor, batch: Batch) -> Result<Written, Error> {
        let key = self.store().key(record);
        let _writer = self.locks().hold(&key).await;
        let known = self.known(&key, &batch.submissions).await?;
        let Batch { submissions, rejected, warnings } = batch;
        let mut written = Written {
            accepted: 0,
            unchanged: 0,
            rejected: rejected.into_iter().map(from_source).collect(),
            warnings,
            items: Vec::new(),
            sequence: 0,
        };
        let (places, entries) = planned(submissions, actor, &known, &mut written.rejected);
        if entries.is_empty() {
            written.sequence = self.head_sequence(&key).await?;
        } else {
            let receipt = self.store().write(&key, entries).await?;
            written.sequence = receipt.sequence;
            for ((index, item), outcome) in places.into_iter().zip(receipt.outcomes) {
                match rejected_by_store(outcome) {
                    Some(reason) => {
                        written.rejected.push(Rejection { index, item: Some(item), reason: reason.into() });
                    }
                    None => {
                        written.accepted += usize::from(outcome.changed());
                        written.unchanged += usize::from(!outcome.changed());
                        written.items.push(item);
                    }
                }
            }
        }
        written.rejected.sort_by_key(|r| r.index);
        self.wrote(&written);
        Ok(written)
    }

    /// Changes visibility or availability of an item; the sequence after it.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the actor does not see the item, [`Error::Refused`], or the store fails.
    pub async fn patch(
        &self,
        record: &RecordId,
        actor: &Actor,
        id: &ItemId,
        patch: Patch,
    ) -> Result<u64, Error> {
        let key = self.store().key(record);
        let _writer = self.locks().hold(&key).await;
        let mut stored = self.changeable(record, &key, actor, id).await?;
        let before = stored.effective();
        if let Some(asked) = patch.flags {
            let to = rights::requested_flags(actor, before.flags, asked);
            let change = Change::Flags { from: before.flags, to };
            rights::may(actor, change, &stored.item, &stored.depositor)?;
            stored.flags = (to != stored.item.flags).then_some(to);
        }
        if let Some(status) = patch.status.filter(|s| *s != before.status) {
            rights::may(actor, Change::Status, &stored.item, &stored.depositor)?;
            stored.status = (status != stored.item.status).then_some(status);
        }
        let body = Body::Meta { meta: record::encode(&stored) };
        let entry = Entry { item: id.to_string(), digest: stored.digest(), patient: Vec::new(), body };
        self.change(&key, entry).await
    }

    /// Deletes an item; the sequence after it.
    ///
    /// # Errors
    /// As [`Service::patch`].
    pub async fn delete(&self, record: &RecordId, actor: &Actor, id: &ItemId) -> Result<u64, Error> {
        let key = self.store().key(record);
        let _writer = self.locks().hold(&key).await;
        let stored = self.changeable(record, &key, actor, id).await?;
        rights::may(actor, Change::Status, &stored.item, &stored.depositor)?;
        let entry = Entry { item: id.to_string(), digest: [0; 32], patient: Vec::new(), body: Body::Delete };
        self.change(&key, entry).await
    }

    /// Erases a record: its key, then its bytes.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none, [`Error::Refused`], or the store fails.
    pub async fn erase(&self, record: &RecordId, actor: &Actor) -> Result<(), Error> {
        rights::may_erase(actor)?;
        let key = self.store().key(record);
        let _writer = self.locks().hold(&key).await;
        let was_there = self.store().erase(&key).await?;
        self.forget(&key);
        if was_there { Ok(()) } else { Err(Error::NotFound) }
    }

    async fn change(&self, key: &RecordKey, entry: Entry) -> Result<u64, Error> {
        let receipt = self.store().write(key, vec![entry]).await?;
        if receipt.outcomes.contains(&Outcome::Missing) {
            return Err(Error::NotFound);
        }
        self.wake_worker();
        Ok(receipt.sequence)
    }

    /// The stored state of an item that the actor may know of.
    async fn changeable(
        &self,
        record: &RecordId,
        key: &RecordKey,
        actor: &Actor,
        id: &ItemId,
    ) -> Result<Stored, Error> {
        let (store, key, name) = (self.store().clone(), *key, id.to_string());
        let row = blocking(move || store.row(&key, &name)).await??.filter(|row| !row.deleted);
        // A service deletes what was withdrawn, too, which nobody sees.
        if actor.role != Role::Service || row.is_none() {
            self.item(record, actor, id).await?;
        }
        let row = row.ok_or(Error::Refused(Refusal::Derived))?;
        Ok(record::decode(&row.meta)?)
    }

    async fn known(
        &self,
        key: &RecordKey,
        submissions: &[Submission],
    ) -> Result<HashMap<String, Stored>, Error> {
        let names: HashSet<String> = submissions.iter().map(|s| s.item.id.to_string()).collect();
        let (store, key) = (self.store().clone(), *key);
        blocking(move || {
            let rows: Vec<Row> = if names.len() > FEW {
                store.rows(&key, 0)?
            } else {
                let each: Result<Vec<_>, _> = names.iter().map(|name| store.row(&key, name)).collect();
                each?.into_iter().flatten().collect()
            };
            let live = rows.into_iter().filter(|row| !row.deleted && names.contains(&row.item));
            live.map(|row| Ok((row.item, record::decode(&row.meta)?))).collect()
        })
        .await?
    }
}

fn from_source(rejected: ingest::Rejected) -> Rejection {
    let ingest::Rejected { index, item, reason } = rejected;
    Rejection { index, item, reason: reason.into() }
}

/// What the store's outcome means for an entry; `None` where it was taken.
fn rejected_by_store(outcome: Outcome) -> Option<Reason> {
    match outcome {
        Outcome::PatientMismatch => Some(Reason::Patient),
        Outcome::Created | Outcome::Updated | Outcome::Deleted | Outcome::Unchanged | Outcome::Missing => {
            None
        }
    }
}

/// The entries to write, with the place of each in its source. What the actor may not do goes to
/// `rejected`.
fn planned(
    submissions: Vec<Submission>,
    actor: &Actor,
    known: &HashMap<String, Stored>,
    rejected: &mut Vec<Rejection>,
) -> (Vec<(usize, ItemId)>, Vec<Entry>) {
    let (mut places, mut entries, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
    for submission in submissions {
        let (index, id) = (submission.index, submission.item.id.clone());
        let mut refuse = |reason: RejectionReason| {
            rejected.push(Rejection { index, item: Some(id.clone()), reason });
        };
        if !seen.insert(id.clone()) {
            refuse(Reason::Duplicate.into());
            continue;
        }
        let stored = match known.get(&id.to_string()) {
            None => Stored::new(&submission, Depositor::of(actor)),
            Some(before) => {
                let stored = Stored::after(&submission, before);
                let allowed = rights::may(actor, Change::Replace, &before.item, &before.depositor);
                if let (true, Err(refusal)) = (stored.content != before.content, allowed) {
                    refuse(refusal.into());
                    continue;
                }
                stored
            }
        };
        places.push((index, id));
        entries.push(entry(submission, &stored));
    }
    (places, entries)
}

fn entry(submission: Submission, stored: &Stored) -> Entry {
    Entry {
        item: submission.item.id.to_string(),
        digest: stored.digest(),
        patient: submission.patients.into_iter().map(|p| (p.system, p.value)).collect(),
        body: Body::Put {
            meta: record::encode(stored),
            descriptor: submission.descriptor,
            source: submission.source.map(|s| (s.media_type.as_str().to_owned(), s.bytes)),
        },
    }
}
