//! Pictures that were drawn of originals, kept so that they are not drawn again.
//!
//! **Key decision.** No row names them. A preview counts for as long as the record has the original that it was
//! drawn of, which its name tells: so it is a row of the ledger that decides here too, and what deletes the
//! original, replaces it or erases the record takes its previews along, by the sweeper. They can always be made
//! again: one that is missing or does not open is none, and a record keeps a limited number of bytes of them.

use crate::blobs::preview_name;
use crate::seal::Kind;
use crate::store::{Inner, Store, blocking};
use crate::{Error, RecordKey};
use futures::TryStreamExt;
use object_store::ObjectMeta;
use std::sync::Arc;

/// Sealed bytes of previews that one record keeps: some twenty scans, some hundred pages of text.
pub(crate) const RECORD_BYTES: u64 = 16 << 20;

impl Store {
    /// The preview that [`Store::keep_preview`] was given for this original and view; `None` if there is none.
    /// That the record still has the original is the caller's to know.
    ///
    /// # Errors
    /// The ledger or the disk fails.
    pub async fn preview(
        &self,
        key: &RecordKey,
        source: &[u8; 32],
        view: &[u8; 16],
    ) -> Result<Option<Vec<u8>>, Error> {
        let name = preview_name(key, source, view);
        let sealed = match self.inner.blobs.get(&name).await {
            Ok(sealed) => sealed,
            Err(Error::ObjectMissing(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let (inner, key, object) = (Arc::clone(&self.inner), *key, name.clone());
        let opened = blocking(move || {
            let Some(vault) = inner.ledger.vault(&key)? else { return Ok(None) };
            Ok(inner.data_key(&key, vault)?.open(&key, Kind::Preview, object.as_bytes(), sealed))
        });
        let opened = opened.await?;
        if opened.is_none() {
            // damaged, or of a life of the record before its erasure
            self.inner.blobs.delete(&name).await?;
        }
        Ok(opened)
    }

    /// Keeps a preview of an original as it is viewed in one way. The record's oldest ones make room for it.
    /// `false`: it is too large, or the record has no such original.
    ///
    /// # Errors
    /// As [`Store::write`], and failures of the object store.
    pub async fn keep_preview(
        &self,
        key: &RecordKey,
        source: &[u8; 32],
        view: &[u8; 16],
        bytes: Vec<u8>,
    ) -> Result<bool, Error> {
        let (key, source, name) = (*key, *source, preview_name(key, source, view));
        let sealed = {
            let (inner, name) = (Arc::clone(&self.inner), name.clone());
            blocking(move || match inner.ledger.vault(&key)? {
                Some(vault) if inner.ledger.has_source(&key, &source)? => {
                    inner.data_key(&key, vault)?.seal(&key, Kind::Preview, name.as_bytes(), &bytes).map(Some)
                }
                _ => Ok(None),
            })
        };
        let Some(sealed) = sealed.await?.filter(|sealed| sealed.len() as u64 <= RECORD_BYTES) else {
            return Ok(false);
        };
        let _one_at_a_time = self.inner.previews.lock().await;
        make_room(&self.inner, &key, &name, sealed.len() as u64).await?;
        self.inner.blobs.put(&name, sealed).await?;
        // an erasure may have passed by between the question above and the put
        let inner = Arc::clone(&self.inner);
        let counts = blocking(move || inner.ledger.has_source(&key, &source)).await?;
        if !counts {
            self.inner.blobs.delete(&name).await?;
        }
        Ok(counts)
    }
}

/// Deletes the object `name`, and of the record's other previews the oldest until `bytes` more fit.
async fn make_room(inner: &Inner, key: &RecordKey, name: &str, bytes: u64) -> Result<(), Error> {
    let mut kept: Vec<ObjectMeta> = inner.blobs.list("preview", Some(key)).try_collect().await?;
    kept.sort_by(|one, other| {
        (one.last_modified, &one.location).cmp(&(other.last_modified, &other.location))
    });
    let mut sum: u64 = bytes + kept.iter().map(|object| object.size).sum::<u64>();
    for object in kept {
        if sum > RECORD_BYTES || object.location.as_ref() == name {
            inner.blobs.delete(object.location.as_ref()).await?;
            sum -= object.size;
        }
    }
    Ok(())
}
