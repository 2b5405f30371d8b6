//! From a pack to its vectors.
//!
//! It runs after the pack is published: a write is searchable by its words at once, by its meaning some
//! seconds later. Vectors of texts that have not changed are taken over.

use super::Contents;
use crate::Error;
use crate::models::Loaded;
use crate::service::blocking;
use search::{Embedding, Pack, Vectors};
use std::time::Duration;
use store::{Store, VectorsClaim};

/// Texts that are given to the model at once: the claim is renewed between.
const CHUNK: usize = 256;
/// How long a claim keeps others away.
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// Embeds the claimed record and publishes its vectors. With `activate` the record is searched with this
/// model from then on. Whether they count: the record may be gone, or newer vectors there.
pub(crate) async fn embed(
    store: &Store,
    claim: VectorsClaim,
    model: &Loaded,
    activate: bool,
) -> Result<bool, Error> {
    let (id, dimension) = (model.id().to_owned(), model.embedder.model().dimension());
    let before = before(store, &claim, &id).await?;
    let bytes = store.pack(&claim.key, &claim.pack).await?;
    let embedding = blocking(move || {
        let pack = Pack::open(Contents::split(bytes)?.0)?;
        Ok::<_, Error>(Embedding::new(&pack, &id, dimension, before.as_ref())?)
    })
    .await??;
    let mut vectors = Vec::with_capacity(embedding.texts().len());
    for chunk in embedding.texts().chunks(CHUNK) {
        vectors.extend(model.embedder.passages(chunk.to_vec())?.await?);
        store.hold_vectors(&claim, LEASE).await?;
    }
    let bytes = blocking(move || embedding.finish(&vectors)).await??;
    Ok(store.publish_vectors(claim, model.id(), bytes, activate).await?)
}

/// What the model made of an earlier pack. Vectors that do not open are made again.
async fn before(store: &Store, claim: &VectorsClaim, model: &str) -> Result<Option<Vectors>, Error> {
    let (asked, key) = (store.clone(), claim.key);
    let of = blocking(move || asked.vectors_of(&key)).await??;
    let Some((found, _)) = of.into_iter().find(|(v, _)| v.model == model) else { return Ok(None) };
    let opened = match store.vectors(&claim.key, &found).await {
        Ok(bytes) => Vectors::open(&bytes).map_err(Error::from),
        Err(error) => Err(error.into()),
    };
    Ok(opened.inspect_err(|error| tracing::warn!(record = %key, %error, "vectors are made again")).ok())
}
