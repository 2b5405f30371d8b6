//! Erasing records, and removing objects that do not count.

use crate::blobs::{CLASSES, older};
use crate::store::{Inner, Store, blocking, now};
use crate::{Error, RecordKey, Swept};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;
use std::sync::Arc;
use std::time::Duration;

/// Objects looked up at one time: the listing of any number of records needs the memory of these.
const CHUNK: usize = 256;
/// An upload that is still going on has touched its file within this time.
const LONGEST_UPLOAD: Duration = Duration::from_secs(600);

/// What the sweeper decides about an object.
enum Verdict {
    Counts,
    Keep,
    Foreign,
    Delete,
}

impl Store {
    /// Erases a record: destroys its key, then its bytes. Whether there was one. Once this returns
    /// nothing of the record can be read; a crash on the way is made good by [`Store::sweep`]. The record
    /// may come again, with a new key.
    ///
    /// # Errors
    /// As [`Store::write`]; after failures of the object store the key is destroyed already.
    pub async fn erase(&self, key: &RecordKey) -> Result<bool, Error> {
        let (inner, key) = (Arc::clone(&self.inner), *key);
        // A task of its own: an erasure that was begun goes on, also if the caller goes away.
        let erased = tokio::spawn(async move {
            let existed = inner.ledger.erase(key, now()).await?;
            finish(&inner, key).await?;
            Ok(existed)
        });
        erased.await.map_err(|_| Error::Cancelled)?
    }

    /// Deletes objects that no row names and that are older than `grace`, and finishes erasures that a
    /// crash cut short. `grace` must be longer than any read of a pack takes; publications of this
    /// process are safe under any.
    ///
    /// # Errors
    /// The ledger or the object store fails; what was deleted stays so.
    pub async fn sweep(&self, grace: Duration) -> Result<Swept, Error> {
        let mut swept = Swept::default();
        let inner = Arc::clone(&self.inner);
        for key in blocking(move || inner.ledger.erasures(usize::MAX >> 1)).await? {
            swept.erasures += u64::from(finish(&self.inner, key).await?);
        }
        for class in CLASSES {
            let mut chunks = self.inner.blobs.list(class, None).chunks(CHUNK);
            while let Some(chunk) = chunks.next().await {
                let objects = chunk.into_iter().collect::<Result<Vec<_>, _>>()?;
                sweep_chunk(&self.inner, objects, grace, &mut swept).await?;
            }
        }
        let inner = Arc::clone(&self.inner);
        let unfinished = move || inner.blobs.remove_unfinished(grace.max(LONGEST_UPLOAD));
        let (files, bytes) = blocking(unfinished).await?;
        swept.deleted += files;
        swept.deleted_bytes += bytes;
        Ok(swept)
    }
}

async fn sweep_chunk(
    inner: &Arc<Inner>,
    objects: Vec<ObjectMeta>,
    grace: Duration,
    swept: &mut Swept,
) -> Result<(), Error> {
    let judged = {
        let inner = Arc::clone(inner);
        let judge = move |object: ObjectMeta| judge(&inner, &object, grace).map(|verdict| (object, verdict));
        blocking(move || objects.into_iter().map(judge).collect::<Result<Vec<_>, _>>()).await?
    };
    for (object, verdict) in judged {
        swept.listed += 1;
        match verdict {
            Verdict::Counts => {}
            Verdict::Keep => swept.kept += 1,
            Verdict::Foreign => swept.foreign += 1,
            Verdict::Delete => {
                tracing::debug!(object = object.location.as_ref(), "sweeping");
                inner.blobs.delete(object.location.as_ref()).await?;
                swept.deleted += 1;
                swept.deleted_bytes += object.size;
            }
        }
    }
    Ok(())
}

fn judge(inner: &Inner, object: &ObjectMeta, grace: Duration) -> Result<Verdict, Error> {
    let name = object.location.as_ref();
    // In this order: see `flights`.
    let spared = inner.flights.contains(name) || !older(object.last_modified.into(), grace);
    Ok(match inner.names(name)? {
        None => Verdict::Foreign,
        Some(true) => Verdict::Counts,
        Some(false) if spared => Verdict::Keep,
        Some(false) => Verdict::Delete,
    })
}

/// Deletes the objects of an erased record and what its rows left in the ledger's files. `false`: the
/// latter must wait for a reader, and the erasure stays noted for the next sweep.
///
/// The record may have come again meanwhile: what rows name, or publications are about to, stays.
async fn finish(inner: &Arc<Inner>, key: RecordKey) -> Result<bool, Error> {
    for class in CLASSES {
        let objects: Vec<ObjectMeta> = inner.blobs.list(class, Some(&key)).try_collect().await?;
        sweep_chunk(inner, objects, Duration::ZERO, &mut Swept::default()).await?;
    }
    let directories = Arc::clone(inner);
    blocking(move || {
        directories.blobs.remove_directories(&key);
        Ok(())
    })
    .await?;
    let scrubbed = inner.ledger.scrub().await?;
    if scrubbed {
        inner.ledger.erased(key).await?;
    }
    Ok(scrubbed)
}
