//! Open records: a bounded cache of views.
//!
//! A view is a pack and what the ledger says since. It is right for one head of one record only, so an
//! entry whose head has moved is replaced, and its pack is taken over where it is still the current one.
//! The cache holds plaintext in memory and never on disk; what it holds is bounded by bytes.

use crate::Error;
use crate::metrics::Metrics;
use crate::models::Models;
use crate::pipeline::{Contents, Stored};
use crate::service::blocking;
use record::ItemId;
use search::{Change, Pack, Vectors, View};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use store::{Head, PackRef, RecordKey, Row, Store, VectorsRef};
use tokio::sync::OnceCell;

/// A record as it stands at one head.
pub(crate) struct Open {
    pub(crate) view: View,
    base: Option<Arc<Base>>,
    meaning: Option<Arc<Meaning>>,
    weight: usize,
}

/// An open pack.
struct Base {
    generation: u64,
    pack: Arc<Pack>,
    contents: Contents,
}

/// Open vectors.
struct Meaning {
    object: String,
    vectors: Arc<Vectors>,
}

/// What a look into the cache gave.
pub(crate) enum Look {
    /// No such record.
    Absent,
    /// Open, and of the current head.
    Ready(Arc<Open>),
    /// To be opened at this head.
    Closed(Head),
}

struct Slot {
    head: Head,
    /// Filled by who asked first; others of the same head wait for it.
    cell: Arc<OnceCell<Arc<Open>>>,
    used: u64,
}

#[derive(Default)]
struct Slots {
    by_key: HashMap<RecordKey, Slot>,
    clock: u64,
}

pub(crate) struct Views {
    store: Store,
    models: Arc<Models>,
    budget: usize,
    metrics: Arc<Metrics>,
    /// Held for map operations only, never while a pack is opened.
    slots: Mutex<Slots>,
}

impl Views {
    pub(crate) fn new(store: Store, models: Arc<Models>, budget: usize, metrics: Arc<Metrics>) -> Self {
        Views { store, models, budget, metrics, slots: Mutex::default() }
    }

    /// Looks whether the record is open at its current head. Reads the ledger: for a blocking thread.
    pub(crate) fn look(&self, key: &RecordKey) -> Result<Look, Error> {
        let Some(head) = self.store.head(key)? else {
            self.forget(key);
            return Ok(Look::Absent);
        };
        let mut slots = self.slots();
        slots.clock += 1;
        let now = slots.clock;
        if let Some(slot) = slots.by_key.get_mut(key).filter(|slot| slot.head == head) {
            slot.used = now;
            if let Some(open) = slot.cell.get() {
                self.metrics.view_hits.add(1);
                return Ok(Look::Ready(open.clone()));
            }
        }
        Ok(Look::Closed(head))
    }

    /// Opens the record at `head`, once for all who ask at the same time.
    pub(crate) async fn open(&self, key: &RecordKey, head: Head) -> Result<Arc<Open>, Error> {
        let (cell, before) = {
            let mut slots = self.slots();
            slots.clock += 1;
            let used = slots.clock;
            let before = slots.by_key.get(key).and_then(|s| s.cell.get()).cloned();
            let slot = slots.by_key.entry(*key).or_insert_with(|| Slot {
                head: head.clone(),
                cell: Arc::default(),
                used,
            });
            if slot.head != head {
                *slot = Slot { head: head.clone(), cell: Arc::default(), used };
            }
            (slot.cell.clone(), before)
        };
        self.metrics.view_misses.add(1);
        let open = cell.get_or_try_init(|| self.load(*key, head, before)).await?.clone();
        self.shrink();
        Ok(open)
    }

    /// Drops what is open of a record.
    pub(crate) fn forget(&self, key: &RecordKey) {
        self.slots().by_key.remove(key);
    }

    /// Bytes of open records, roughly.
    pub(crate) fn weight(&self) -> usize {
        self.slots().by_key.values().filter_map(|s| s.cell.get()).map(|open| open.weight).sum()
    }

    async fn load(&self, key: RecordKey, head: Head, before: Option<Arc<Open>>) -> Result<Arc<Open>, Error> {
        let old = before.as_ref().and_then(|open| open.base.clone());
        let meaning = match &head.vectors {
            None => None,
            Some(vectors) => {
                let old = before.and_then(|open| open.meaning.clone());
                match old.filter(|meaning| meaning.object == vectors.object) {
                    Some(meaning) => Some(meaning),
                    None => self.meaning(key, vectors).await?,
                }
            }
        };
        let base = match &head.pack {
            None => None,
            Some(pack) => match old.filter(|base| base.generation == pack.generation) {
                Some(base) => Some(base),
                None => self.base(key, pack).await?,
            },
        };
        let store = self.store.clone();
        let opened = blocking(move || {
            let applied = match (&base, &head.pack) {
                (Some(_), Some(pack)) => pack.applied_sequence,
                _ => 0,
            };
            let rows = store.rows(&key, applied)?;
            let delta_bytes: usize = rows.iter().map(|row| 4 * row.meta.len() + 256).sum();
            let changes: Result<Vec<Change>, Error> =
                rows.into_iter().map(|row| change(row, base.as_deref())).collect();
            let mut view = View::new(base.as_ref().map(|b| b.pack.clone()), changes?)?;
            let mut weight = base.as_ref().map_or(0, |b| b.pack.weight()) + delta_bytes;
            if let Some(meaning) = &meaning {
                view = view.with_vectors(meaning.vectors.clone());
                weight += meaning.vectors.weight();
            }
            Ok::<_, Error>(Open { view, base, meaning, weight })
        })
        .await??;
        Ok(Arc::new(opened))
    }

    /// Opens a pack. One that is lost, damaged or of another version is forgotten, so that a worker builds
    /// it again; until then the record is found by its metadata.
    async fn base(&self, key: RecordKey, pack: &PackRef) -> Result<Option<Arc<Base>>, Error> {
        let opened: Result<Base, Error> = match self.store.pack(&key, pack).await {
            Err(error) => Err(error.into()),
            Ok(bytes) => {
                let generation = pack.generation;
                blocking(move || {
                    let (pack, contents) = Contents::split(bytes)?;
                    Ok(Base { generation, pack: Arc::new(Pack::open(pack)?), contents })
                })
                .await?
            }
        };
        match opened {
            Ok(base) => Ok(Some(Arc::new(base))),
            Err(
                error @ (Error::Pack(_)
                | Error::Stored(_)
                | Error::Store(store::Error::Damaged { .. } | store::Error::ObjectMissing(_))),
            ) => {
                tracing::error!(record = %key, %error, "pack does not open and is built again");
                self.store.invalidate(&key).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Opens vectors, if their model is here. Those that are lost or damaged are forgotten, so that a worker
    /// makes them again; until then the record is found by its words.
    async fn meaning(&self, key: RecordKey, vectors: &VectorsRef) -> Result<Option<Arc<Meaning>>, Error> {
        if self.models.get(&vectors.model).is_none() {
            return Ok(None);
        }
        let opened: Result<Vectors, Error> = match self.store.vectors(&key, vectors).await {
            Err(error) => Err(error.into()),
            Ok(bytes) => blocking(move || Ok(Vectors::open(&bytes)?)).await?,
        };
        match opened {
            Ok(opened) => {
                Ok(Some(Arc::new(Meaning { object: vectors.object.clone(), vectors: Arc::new(opened) })))
            }
            Err(
                error @ (Error::Pack(_)
                | Error::Store(store::Error::Damaged { .. } | store::Error::ObjectMissing(_))),
            ) => {
                tracing::error!(record = %key, %error, "vectors do not open and are made again");
                self.store.forget_vectors(&key, &vectors.model).await?;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Drops what was used least recently, until the rest fits the budget. The last one stays: a record
    /// larger than the budget is still answered.
    fn shrink(&self) {
        let mut slots = self.slots();
        let weigh = |slot: &Slot| slot.cell.get().map_or(0, |open| open.weight);
        let mut total: usize = slots.by_key.values().map(weigh).sum();
        if total <= self.budget {
            return;
        }
        let mut oldest: Vec<(u64, RecordKey, usize)> =
            slots.by_key.iter().map(|(key, slot)| (slot.used, *key, weigh(slot))).collect();
        oldest.sort_unstable();
        oldest.pop();
        for (_, key, weight) in oldest {
            if total <= self.budget {
                break;
            }
            slots.by_key.remove(&key);
            total -= weight;
        }
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn change(row: Row, base: Option<&Base>) -> Result<Change, Error> {
    if row.deleted {
        let id: ItemId =
            row.item.parse().map_err(|_| Error::Internal("stored item has no valid reference"))?;
        return Ok(Change::Delete(id));
    }
    let stored: Stored = record::decode(&row.meta)?;
    let item = stored.effective();
    let keeps_content = base.is_some_and(|base| base.contents.hold(&item.id, &stored.content));
    Ok(Change::Put { item, received: row.received, keeps_content, readable: row.source.is_some() })
}
