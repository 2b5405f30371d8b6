//! Vectors of records: made after the pack, of the pack, and kept beside it, one object a model.
//!
//! They are derived twice over, so their protocol is the pack's without its fence: an object is put first
//! and named in one transaction after; vectors of an older pack never replace those of a newer one. Which
//! model is searched is one bit of a row, so that a record changes its model, and goes back, at once.

use crate::blobs::vectors_name;
use crate::ledger::{VectorsLease, VectorsPublication};
use crate::seal::Kind;
use crate::store::{Inner, Store, blocking, now};
use crate::work::after;
use crate::{Error, RecordKey, VectorsClaim, VectorsRef};
use std::sync::Arc;
use std::time::Duration;

fn claimed(lease: VectorsLease) -> VectorsClaim {
    let VectorsLease { key, incarnation, pack, active } = lease;
    VectorsClaim { key, pack, active, incarnation }
}

impl Store {
    /// Takes a record whose pack waits for vectors, the one that waits longest; others pass it over for as
    /// long as the lease lasts. `None`: nothing to do.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn claim_vectors(&self, lease: Duration) -> Result<Option<VectorsClaim>, Error> {
        let now = now();
        Ok(self.inner.ledger.claim_vectors(now, after(now, lease)).await?.map(claimed))
    }

    /// What there is to embed of one record, whether it waits or not; `None` if it has no pack.
    ///
    /// # Errors
    /// The ledger fails.
    pub fn vectors_claim(&self, key: &RecordKey) -> Result<Option<VectorsClaim>, Error> {
        Ok(self.inner.ledger.vectors_claim(key)?.map(claimed))
    }

    /// Keeps others from the record's vectors for so long from now: while they are being made, or before
    /// they are tried again.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn hold_vectors(&self, claim: &VectorsClaim, wait: Duration) -> Result<(), Error> {
        self.inner.ledger.delay_vectors(claim.incarnation, after(now(), wait)).await
    }

    /// Names `bytes` as the vectors that `model` made of the claimed pack. With `activate` they are searched
    /// from then on; without, only if the model is the one that is searched, or none is. `false`: the record
    /// was erased, or the model has newer ones. Once begun it goes on, also if this future is dropped.
    ///
    /// # Errors
    /// As [`Store::write`], and failures of the object store.
    pub async fn publish_vectors(
        &self,
        claim: VectorsClaim,
        model: &str,
        bytes: Vec<u8>,
        activate: bool,
    ) -> Result<bool, Error> {
        let (inner, model) = (Arc::clone(&self.inner), model.to_owned());
        let published = tokio::spawn(async move { publish(&inner, claim, model, bytes, activate).await });
        published.await.map_err(|_| Error::Cancelled)?
    }

    /// The vectors that the record has, one a model, and whether each is the one that is searched.
    ///
    /// # Errors
    /// The ledger fails.
    pub fn vectors_of(&self, key: &RecordKey) -> Result<Vec<(VectorsRef, bool)>, Error> {
        self.inner.ledger.vectors(key)
    }

    /// Has the vectors of a model searched that the record still has, at once; `false` if it has none.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn activate_vectors(&self, key: &RecordKey, model: &str) -> Result<bool, Error> {
        self.inner.ledger.activate_vectors(*key, model.to_owned(), now()).await
    }

    /// Forgets the vectors of a model (missing or damaged); if they were searched, a worker makes new ones.
    /// `false` if there were none.
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn forget_vectors(&self, key: &RecordKey, model: &str) -> Result<bool, Error> {
        self.inner.ledger.forget_vectors(*key, model.to_owned(), now()).await
    }
}

async fn publish(
    inner: &Arc<Inner>,
    claim: VectorsClaim,
    model: String,
    bytes: Vec<u8>,
    activate: bool,
) -> Result<bool, Error> {
    let VectorsClaim { key, pack, incarnation, .. } = claim;
    let flight = inner.flights.begin(vectors_name(&key, pack.generation));
    let sealed = {
        let (inner, name) = (Arc::clone(inner), flight.name().to_owned());
        blocking(move || match inner.ledger.vault(&key)? {
            Some(vault) if vault.incarnation == incarnation => {
                inner.data_key(&key, vault)?.seal(&key, Kind::Vectors, name.as_bytes(), &bytes).map(Some)
            }
            _ => Ok(None),
        })
    };
    // The record was erased: its key is gone, and these vectors must not come back with another.
    let Some(sealed) = sealed.await? else { return Ok(false) };
    let vectors = VectorsRef {
        model,
        generation: pack.generation,
        applied_sequence: pack.applied_sequence,
        object: flight.name().to_owned(),
        bytes: sealed.len() as u64,
    };
    inner.blobs.put(flight.name(), sealed).await?;
    // After an error the transaction may still come to light, so the object must stay for the sweeper.
    let named = inner.ledger.publish_vectors(VectorsPublication { incarnation, vectors, activate }).await?;
    if !named {
        inner.blobs.delete(flight.name()).await?;
    }
    Ok(named)
}
