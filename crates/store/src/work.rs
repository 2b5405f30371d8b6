//! Building packs: claims, publications, and the way of originals from the inbox to objects.
//!
//! A publication puts its objects first and names them in one transaction after. Whatever ends it on the
//! way leaves objects that no row names, which the sweeper removes.

use crate::blobs::{pack_name, source_name};
use crate::flights::Flight;
use crate::ledger::{Keep, Lease, Moved, Place, Publication, Scope, Ticket};
use crate::seal::Kind;
use crate::store::{Inner, Store, blocking, now};
use crate::{Claim, Error, PackRef, Published, RecordKey};
use futures::{StreamExt, TryStreamExt};
use std::sync::Arc;
use std::time::Duration;

/// Originals that are put at one time: enough for the disk to share flushes, few enough for memory.
const PUTS: usize = 8;

/// An original that was put, and stays in flight until this is dropped.
struct Staged {
    sha256: [u8; 32],
    flight: Flight,
}

impl Store {
    /// Takes the right to build one record whose head is ahead of its pack, or that waits for a rebuild:
    /// the one that waits longest and that nobody holds. `None`: nothing to do. A lease lasts a day at
    /// most.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn claim(&self, owner: &str, lease: Duration) -> Result<Option<Claim>, Error> {
        let now = now();
        let lease = self.inner.ledger.claim(owner.to_owned(), now, after(now, lease)).await?;
        Ok(lease.map(|Lease { key, ticket, head_sequence, rebuild }| Claim {
            key,
            generation: ticket.generation,
            head_sequence,
            rebuild,
            incarnation: ticket.incarnation,
            owner: ticket.owner,
        }))
    }

    /// Makes the lease of a claim last `lease` from now. `false`: it is lost.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn renew(&self, claim: &Claim, lease: Duration) -> Result<bool, Error> {
        self.inner.ledger.extend(ticket(claim), after(now(), lease), Keep::Held).await
    }

    /// Gives a claim back. The record can be claimed again after `retry_after`.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn release(&self, claim: Claim, retry_after: Duration) -> Result<(), Error> {
        let until = after(now(), retry_after);
        self.inner.ledger.extend(ticket(&claim), until, Keep::GivenBack).await.map(drop)
    }

    /// Makes `pack` the record's current pack, and moves the record's original documents out of the
    /// ledger. `applied_sequence` is the latest change that the pack holds: the sequence of the last row
    /// that the builder read. Once begun it goes on, also if this future is dropped.
    ///
    /// # Errors
    /// As [`Store::write`], and failures of the object store. The claim is given up.
    pub async fn publish(
        &self,
        claim: Claim,
        pack: Vec<u8>,
        applied_sequence: u64,
    ) -> Result<Published, Error> {
        let inner = Arc::clone(&self.inner);
        let published = tokio::spawn(async move { publish(&inner, claim, pack, applied_sequence).await });
        published.await.map_err(|_| Error::Cancelled)?
    }

    /// Moves the record's original documents from the ledger to objects; how many. [`Store::publish`]
    /// does this too: it is for a worker that cannot build the record.
    ///
    /// # Errors
    /// As [`Store::publish`].
    pub async fn offload(&self, key: &RecordKey) -> Result<usize, Error> {
        let (inner, key) = (Arc::clone(&self.inner), *key);
        let moved = tokio::spawn(async move {
            let vault = blocking({
                let inner = Arc::clone(&inner);
                move || inner.ledger.vault(&key)
            });
            let Some(vault) = vault.await? else { return Ok(0) };
            let staged = stage(&inner, &key, vault.incarnation).await?;
            inner.ledger.relocate(vault.incarnation, moved(&staged)).await
        });
        moved.await.map_err(|_| Error::Cancelled)?
    }

    /// Forgets the record's pack (missing or damaged): its items are found by the ledger's rows until a
    /// worker has built it again. `false`: no such record.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn forget_pack(&self, key: &RecordKey) -> Result<bool, Error> {
        Ok(self.inner.ledger.invalidate(Scope::WithoutPack(*key), now()).await? == 1)
    }

    /// Asks for a rebuild of a record's pack from its sources; the current one serves until then. A claim
    /// of the record is lost, unless it is for a rebuild already. `false`: no such record.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn invalidate(&self, key: &RecordKey) -> Result<bool, Error> {
        Ok(self.inner.ledger.invalidate(Scope::Record(*key), now()).await? == 1)
    }

    /// Asks for a rebuild of every pack; of how many.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn invalidate_all(&self) -> Result<u64, Error> {
        self.inner.ledger.invalidate(Scope::All, now()).await
    }
}

fn after(now: i64, wait: Duration) -> i64 {
    now.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX))
}

fn ticket(claim: &Claim) -> Ticket {
    Ticket { incarnation: claim.incarnation, generation: claim.generation, owner: claim.owner.clone() }
}

async fn publish(
    inner: &Arc<Inner>,
    claim: Claim,
    pack: Vec<u8>,
    applied_sequence: u64,
) -> Result<Published, Error> {
    let (key, generation) = (claim.key, claim.generation);
    let flight = inner.flights.begin(pack_name(&key, generation));
    let sealed = {
        let (inner, name, incarnation) = (Arc::clone(inner), flight.name().to_owned(), claim.incarnation);
        blocking(move || match inner.ledger.vault(&key)? {
            Some(vault) if vault.incarnation == incarnation => {
                inner.data_key(&key, vault)?.seal(&key, Kind::Pack, name.as_bytes(), &pack).map(Some)
            }
            _ => Ok(None),
        })
    };
    // The record was erased: its key is gone, and this pack must not come back with another.
    let Some(sealed) = sealed.await? else { return Ok(Published::LeaseLost) };
    let pack = PackRef {
        generation,
        applied_sequence,
        object: flight.name().to_owned(),
        bytes: sealed.len() as u64,
    };
    let put = async {
        let staged = stage(inner, &key, claim.incarnation).await?;
        inner.blobs.put(flight.name(), sealed).await?;
        Ok(staged)
    };
    let staged = match put.await {
        Ok(staged) => staged,
        // An erasure removes the folder under a put: that is no failure of the disk.
        Err(error) => {
            return if lives(inner, key, claim.incarnation).await? {
                Err(error)
            } else {
                Ok(Published::LeaseLost)
            };
        }
    };
    let publication =
        Publication { ticket: ticket(&claim), pack: pack.clone(), moved: moved(&staged), now: now() };
    // After an error the transaction may still come to light, so the objects must stay: the sweeper
    // knows better later.
    if inner.ledger.publish(publication).await? {
        return Ok(Published::Done(pack));
    }
    inner.blobs.delete(flight.name()).await?;
    for staged in &staged {
        inner.blobs.delete(staged.flight.name()).await?;
    }
    Ok(Published::LeaseLost)
}

/// Whether the record still lives the life that a claim was made in.
async fn lives(inner: &Arc<Inner>, key: RecordKey, incarnation: i64) -> Result<bool, Error> {
    let inner = Arc::clone(inner);
    let vault = blocking(move || inner.ledger.vault(&key)).await?;
    Ok(vault.is_some_and(|vault| vault.incarnation == incarnation))
}

/// Puts the originals of the record's inbox into objects, as they were sealed.
async fn stage(inner: &Arc<Inner>, key: &RecordKey, incarnation: i64) -> Result<Vec<Staged>, Error> {
    let key = *key;
    let waiting = {
        let inner = Arc::clone(inner);
        blocking(move || inner.ledger.inbox(&key)).await?
    };
    let puts = futures::stream::iter(waiting.into_iter().map(|sha256| {
        let inner = Arc::clone(inner);
        async move { stage_one(&inner, key, incarnation, sha256).await }
    }));
    let staged = puts.buffered(PUTS).try_collect::<Vec<Option<Staged>>>().await?;
    Ok(staged.into_iter().flatten().collect())
}

async fn stage_one(
    inner: &Arc<Inner>,
    key: RecordKey,
    incarnation: i64,
    sha256: [u8; 32],
) -> Result<Option<Staged>, Error> {
    let found = {
        let inner = Arc::clone(inner);
        blocking(move || inner.ledger.source(&key, &sha256)).await?
    };
    // It may have been deleted, erased or moved by others since the inbox was listed.
    let Some((vault, source)) = found else { return Ok(None) };
    let Place::Inbox(sealed) = source.place else { return Ok(None) };
    if vault.incarnation != incarnation {
        return Ok(None);
    }
    let flight = inner.flights.begin(source_name(&key, &sha256));
    inner.blobs.put(flight.name(), sealed).await?;
    Ok(Some(Staged { sha256, flight }))
}

fn moved(staged: &[Staged]) -> Vec<Moved> {
    let place = |one: &Staged| Moved { sha256: one.sha256, object: one.flight.name().to_owned() };
    staged.iter().map(place).collect()
}
