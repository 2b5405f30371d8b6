//! The store: keys, ledger and objects together. Opening, writing, reading.

use crate::blobs::{Blobs, Class, parse};
use crate::compress::{compress, expand};
use crate::flights::Flights;
use crate::keyring::Keyring;
use crate::ledger::sqlite::{Batching, SqliteLedger};
use crate::ledger::{
    Ledger, Place, SealedBody, SealedEntry, SealedFor, SealedRow, SealedSource, Vault, Write, Written,
};
use crate::seal::{DataKey, Kind};
use crate::{
    Body, Entry, Error, Head, PackRef, Receipt, RecordKey, Row, SourceRef, Statistics, StoreConfig,
    VectorsRef,
};
use record::RecordId;
use sha2::{Digest, Sha256};
use std::fs::{self, File, TryLockError};
use std::sync::Arc;
use std::time::SystemTime;

/// How often a write is sealed again because its record was created or erased at the same moment.
const ATTEMPTS: usize = 16;

/// Records on disk. Cheap to clone; all clones are the same store.
///
/// Calls that are not `async` read the ledger in well under a millisecond but may touch the disk: in an
/// async task, call them inside `spawn_blocking`. The others run on a Tokio runtime.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) blobs: Blobs,
    pub(crate) keys: Keyring,
    pub(crate) flights: Flights,
    /// Held while room is made for a preview and it is put.
    pub(crate) previews: tokio::sync::Mutex<()>,
    // Released last, when the ledger is closed.
    _lock: File,
}

/// Runs blocking work off the async threads.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Cancelled)?
}

/// Milliseconds of Unix time.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Store {
    /// Opens the store, and creates it where there is none.
    ///
    /// # Errors
    /// The key file is missing, foreign, malformed or readable by others; another process has the store
    /// open; the ledger is newer than this program; the disk fails.
    pub async fn open(config: &StoreConfig) -> Result<Store, Error> {
        let config = config.clone();
        blocking(move || Inner::open(&config)).await.map(|inner| Store { inner: Arc::new(inner) })
    }

    /// The key of a record: a keyed hash of its id. Says nothing about whether the record exists.
    #[must_use]
    pub fn key(&self, record: &RecordId) -> RecordKey {
        self.inner.keys.record_key(record)
    }

    /// Writes entries, in their order, in one transaction; durable when this returns. The record is
    /// created by its first [`Body::Put`].
    ///
    /// # Errors
    /// [`Error::Size`], [`Error::Full`], or the ledger fails: then nothing was written. After
    /// [`Error::Stopped`] the write may come to light when the store is opened again.
    pub async fn write(&self, key: &RecordKey, entries: Vec<Entry>) -> Result<Receipt, Error> {
        entries.iter().try_for_each(validate)?;
        let (key, entries) = (*key, Arc::new(entries));
        for _ in 0..ATTEMPTS {
            let (inner, plain) = (Arc::clone(&self.inner), Arc::clone(&entries));
            let sealed = blocking(move || inner.seal(&key, &plain)).await?;
            if let Written::Done(receipt) = self.inner.ledger.write(sealed).await? {
                return Ok(receipt);
            }
        }
        Err(Error::Contended(key))
    }

    /// Where a record stands; `None` if there is no such record. One indexed read.
    ///
    /// # Errors
    /// The ledger fails.
    pub fn head(&self, key: &RecordKey) -> Result<Option<Head>, Error> {
        self.inner.ledger.head(key)
    }

    /// The items that changed after `after` (0: all), in the order of their latest change, tombstones
    /// included. Empty if there is no such record.
    ///
    /// # Errors
    /// [`Error::Damaged`], or the ledger fails.
    pub fn rows(&self, key: &RecordKey, after: u64) -> Result<Vec<Row>, Error> {
        let Some((vault, rows)) = self.inner.ledger.rows(key, after)? else { return Ok(Vec::new()) };
        let data = self.inner.data_key(key, vault)?;
        rows.into_iter().map(|row| self.inner.open_row(key, &data, row)).collect()
    }

    /// One item, tombstones included; `None` if the record never held it.
    ///
    /// # Errors
    /// As [`Store::rows`].
    pub fn row(&self, key: &RecordKey, item: &str) -> Result<Option<Row>, Error> {
        let Some((vault, row)) = self.inner.ledger.row(key, item)? else { return Ok(None) };
        let data = self.inner.data_key(key, vault)?;
        self.inner.open_row(key, &data, row).map(Some)
    }

    /// The bytes of an original document.
    ///
    /// # Errors
    /// [`Error::ObjectMissing`], [`Error::Damaged`], or the disk fails.
    pub async fn source(&self, key: &RecordKey, source: &SourceRef) -> Result<Vec<u8>, Error> {
        let (inner, key, sha256) = (Arc::clone(&self.inner), *key, source.sha256);
        let found = blocking(move || inner.ledger.source(&key, &sha256)).await?;
        let Some((vault, found)) = found else {
            return Err(Error::ObjectMissing(format!("original {}", crate::key::to_hex(&sha256))));
        };
        let (sealed, what) = match found.place {
            Place::Inbox(sealed) => (sealed, "original in the inbox".to_owned()),
            Place::Object(name) => (self.inner.blobs.get(&name).await?, name),
            Place::Nowhere => {
                return Err(Error::ObjectMissing("original that should be in the inbox".to_owned()));
            }
        };
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let data = inner.data_key(&key, vault)?;
            open_source(&data, &key, &sha256, found.bytes, sealed).ok_or(Error::Damaged { record: key, what })
        })
        .await
    }

    /// The bytes of a pack, opened and verified.
    ///
    /// # Errors
    /// [`Error::ObjectMissing`] (it may have been replaced and swept: ask for the head again),
    /// [`Error::Damaged`], or the disk fails.
    pub async fn pack(&self, key: &RecordKey, pack: &PackRef) -> Result<Vec<u8>, Error> {
        self.derived(key, Kind::Pack, &pack.object, pack.bytes).await
    }

    /// The bytes of vectors, opened and verified.
    ///
    /// # Errors
    /// As [`Store::pack`].
    pub async fn vectors(&self, key: &RecordKey, vectors: &VectorsRef) -> Result<Vec<u8>, Error> {
        self.derived(key, Kind::Vectors, &vectors.object, vectors.bytes).await
    }

    async fn derived(&self, key: &RecordKey, kind: Kind, object: &str, bytes: u64) -> Result<Vec<u8>, Error> {
        let sealed = self.inner.blobs.get(object).await?;
        let (inner, key, object) = (Arc::clone(&self.inner), *key, object.to_owned());
        blocking(move || {
            let vault = inner.ledger.vault(&key)?.ok_or(Error::RecordMissing(key))?;
            let data = inner.data_key(&key, vault)?;
            open_derived(&data, &key, kind, &object, bytes, sealed)
                .ok_or(Error::Damaged { record: key, what: object })
        })
        .await
    }

    /// Up to `limit` record keys after `after`, in ascending order.
    ///
    /// # Errors
    /// The ledger fails.
    pub fn records(&self, after: Option<&RecordKey>, limit: usize) -> Result<Vec<RecordKey>, Error> {
        self.inner.ledger.records(after, limit)
    }

    /// Counts and sizes. Reads an index entry per record, item and original: not for every request.
    ///
    /// # Errors
    /// The ledger fails.
    pub fn statistics(&self) -> Result<Statistics, Error> {
        self.inner.ledger.statistics()
    }

    /// Whether the store refuses all further writes (see [`Error::Stopped`]): the process should end.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.inner.ledger.stopped()
    }
}

impl Inner {
    fn open(config: &StoreConfig) -> Result<Inner, Error> {
        let failed = |action| {
            let path = config.dir.clone();
            move |source| Error::File { action, path, source }
        };
        fs::create_dir_all(config.dir.join("blobs")).map_err(failed("create"))?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(config.dir.join("lock"))
            .map_err(failed("lock"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse(config.dir.clone())),
            Err(TryLockError::Error(source)) => return Err(failed("lock")(source)),
        }
        let path = config.dir.join("ledger.sqlite");
        let keys = Keyring::open(&config.key_file, &path)?;
        let batching = Batching { queue: config.queue, batch: config.batch };
        let ledger = SqliteLedger::open(&path, keys.fingerprint(), batching)?
            .ok_or_else(|| Error::KeyForeign(config.key_file.clone()))?;
        let blobs = Blobs::local(&config.dir.join("blobs"))?;
        File::open(&config.dir).and_then(|dir| dir.sync_all()).map_err(failed("flush"))?;
        let (flights, previews) = (Flights::default(), tokio::sync::Mutex::default());
        Ok(Inner { ledger: Arc::new(ledger), blobs, keys, flights, previews, _lock: lock })
    }

    /// The data key of a record.
    pub(crate) fn data_key(&self, key: &RecordKey, vault: Vault) -> Result<DataKey, Error> {
        self.keys.unwrap(key, vault.wrapped)
    }

    /// Whether a row names this object, or the original that it is a picture of; `None` if the name is not one of ours.
    pub(crate) fn names(&self, object: &str) -> Result<Option<bool>, Error> {
        let Some(name) = parse(object) else { return Ok(None) };
        match name.class {
            Class::Pack => self.ledger.names_pack(&name.key, object).map(Some),
            Class::Vectors => self.ledger.names_vectors(&name.key, object).map(Some),
            Class::Preview { sha256 } => self.ledger.has_source(&name.key, &sha256).map(Some),
            Class::Source { sha256 } => self.ledger.names_source(&name.key, &sha256, object).map(Some),
        }
    }

    /// Seals a write with the record's key, or with a new one if there is no such record.
    fn seal(&self, key: &RecordKey, entries: &[Entry]) -> Result<Write, Error> {
        let (data, sealed_for) = match self.ledger.vault(key)? {
            Some(vault) => {
                let incarnation = vault.incarnation;
                (self.data_key(key, vault)?, SealedFor::Incarnation(incarnation))
            }
            None => {
                let data = DataKey::random()?;
                let wrapped = self.keys.wrap(key, &data)?;
                (data, SealedFor::New { wrapped })
            }
        };
        let entries =
            entries.iter().map(|entry| self.seal_entry(key, &data, entry)).collect::<Result<_, _>>()?;
        Ok(Write { key: *key, sealed_for, entries, now: now() })
    }

    fn seal_entry(&self, key: &RecordKey, data: &DataKey, entry: &Entry) -> Result<SealedEntry, Error> {
        let Entry { item, digest, patient, body } = entry;
        // The digest lies inside the seal: the ledger compares a keyed hash of it.
        let meta = |meta: &[u8]| data.seal(key, Kind::Meta, item.as_bytes(), &[digest, meta].concat());
        let body = match body {
            Body::Put { meta: plain, descriptor, source } => SealedBody::Put {
                meta: meta(plain)?,
                descriptor: data.seal(key, Kind::Descriptor, item.as_bytes(), &compress(descriptor))?,
                source: source
                    .as_ref()
                    .map(|(media, bytes)| seal_source(data, key, media, bytes))
                    .transpose()?,
            },
            Body::Meta { meta: plain } => SealedBody::Meta { meta: meta(plain)? },
            Body::Delete => SealedBody::Delete,
        };
        let patient = patient.iter().map(|(system, value)| self.keys.binding(key, system, value)).collect();
        Ok(SealedEntry { item: item.clone(), mark: self.keys.mark(key, item, digest), patient, body })
    }

    pub(crate) fn open_row(&self, key: &RecordKey, data: &DataKey, row: SealedRow) -> Result<Row, Error> {
        let SealedRow { item, sequence, deleted, mark, meta, descriptor, source, received } = row;
        let mut opened = Row {
            item,
            sequence,
            deleted,
            digest: [0; 32],
            meta: Vec::new(),
            descriptor: Vec::new(),
            source,
            received,
        };
        if deleted {
            return Ok(opened);
        }
        let damaged = |part: &str| Error::Damaged { record: *key, what: format!("{part} of row {sequence}") };
        let item = opened.item.as_bytes();
        let mut meta = data.open(key, Kind::Meta, item, meta).ok_or_else(|| damaged("metadata"))?;
        let descriptor = data
            .open(key, Kind::Descriptor, item, descriptor)
            .and_then(|bytes| expand(bytes, Entry::MAX_VALUE))
            .ok_or_else(|| damaged("descriptor"))?;
        let digest = meta.first_chunk::<32>().copied().ok_or_else(|| damaged("metadata"))?;
        if self.keys.mark(key, &opened.item, &digest) != mark {
            return Err(damaged("mark"));
        }
        meta.drain(..32);
        (opened.digest, opened.meta, opened.descriptor) = (digest, meta, descriptor);
        Ok(opened)
    }
}

fn validate(entry: &Entry) -> Result<(), Error> {
    let within = |what, length: usize, limit| {
        if length > limit { Err(Error::Size { what, limit }) } else { Ok(()) }
    };
    if entry.item.is_empty() {
        return Err(Error::Size { what: "item reference", limit: Entry::MAX_ITEM });
    }
    within("item reference", entry.item.len(), Entry::MAX_ITEM)?;
    match &entry.body {
        Body::Put { meta, descriptor, source } => {
            within("metadata", meta.len(), Entry::MAX_VALUE)?;
            within("descriptor", descriptor.len(), Entry::MAX_VALUE)?;
            within("original", source.as_ref().map_or(0, |(_, bytes)| bytes.len()), Entry::MAX_VALUE)
        }
        Body::Meta { meta } => within("metadata", meta.len(), Entry::MAX_VALUE),
        Body::Delete => Ok(()),
    }
}

fn seal_source(data: &DataKey, key: &RecordKey, media: &str, bytes: &[u8]) -> Result<SealedSource, Error> {
    let sha256: [u8; 32] = Sha256::digest(bytes).into();
    let sealed = data.seal(key, Kind::Source, &sha256, &compress(bytes))?;
    Ok(SealedSource { sha256, media: media.to_owned(), bytes: bytes.len() as u64, sealed })
}

/// Opens the sealed bytes of an original of this size.
pub(crate) fn open_source(
    data: &DataKey,
    key: &RecordKey,
    sha256: &[u8; 32],
    size: u64,
    sealed: Vec<u8>,
) -> Option<Vec<u8>> {
    let opened = data.open(key, Kind::Source, sha256, sealed)?;
    let bytes = expand(opened, usize::try_from(size).ok()?)?;
    (bytes.len() as u64 == size).then_some(bytes)
}

/// Opens the sealed bytes of a derived object, a pack or vectors, of this name and size.
pub(crate) fn open_derived(
    data: &DataKey,
    key: &RecordKey,
    kind: Kind,
    object: &str,
    size: u64,
    sealed: Vec<u8>,
) -> Option<Vec<u8>> {
    if sealed.len() as u64 != size {
        return None;
    }
    data.open(key, kind, object.as_bytes(), sealed)
}
