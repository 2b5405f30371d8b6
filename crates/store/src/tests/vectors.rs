//! Vectors beside packs: what is searched, and what becomes of the rest.

use super::{Site, build_all, document, record};
use crate::{Error, Fault, RecordKey, Store, VectorsClaim};
use std::fs;
use std::time::Duration;

const LEASE: Duration = Duration::from_secs(60);

async fn embed(store: &Store, claim: VectorsClaim, model: &str, activate: bool) -> bool {
    let bytes = format!("{model} of {}", claim.pack.applied_sequence).into_bytes();
    store.publish_vectors(claim, model, bytes, activate).await.unwrap()
}

/// The bytes that are searched.
async fn searched(store: &Store, key: &RecordKey) -> String {
    match store.head(key).unwrap().unwrap().vectors {
        None => "nothing".to_owned(),
        Some(vectors) => String::from_utf8(store.vectors(key, &vectors).await.unwrap()).unwrap(),
    }
}

async fn with_pack(store: &Store) -> RecordKey {
    let key = record(store, "one");
    store.write(&key, vec![document("a", 1)]).await.unwrap();
    build_all(store, b"pack").await;
    key
}

#[tokio::test]
async fn a_pack_waits_for_its_vectors_and_vectors_for_nothing() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    store.write(&key, vec![document("a", 1)]).await.unwrap();
    assert_eq!(store.claim_vectors(LEASE).await.unwrap(), None, "nothing to embed without a pack");
    build_all(&store, b"pack").await;
    assert_eq!(store.statistics().unwrap().unembedded, 1);
    let claim = store.claim_vectors(LEASE).await.unwrap().unwrap();
    assert_eq!((claim.key, claim.active.clone()), (key, None));
    assert_eq!(store.claim_vectors(LEASE).await.unwrap(), None, "somebody is at it");
    assert!(embed(&store, claim, "m", false).await);
    assert_eq!(searched(&store, &key).await, "m of 1", "the first model is searched without being asked");
    let statistics = store.statistics().unwrap();
    assert_eq!((statistics.unembedded, statistics.vectors), (0, 1));

    // A write and its pack: the old vectors are searched until there are new ones.
    store.write(&key, vec![document("b", 2)]).await.unwrap();
    build_all(&store, b"pack").await;
    assert_eq!(searched(&store, &key).await, "m of 1");
    let claim = store.claim_vectors(LEASE).await.unwrap().unwrap();
    assert_eq!(claim.active.as_ref().map(|v| v.model.as_str()), Some("m"));
    assert!(embed(&store, claim, "m", false).await);
    assert_eq!(searched(&store, &key).await, "m of 2");
    store.sweep(Duration::ZERO).await.unwrap();
    let report = store.check().await.unwrap();
    assert_eq!((report.vectors, report.orphans, report.findings), (1, 0, vec![]));
}

#[tokio::test]
async fn vectors_of_an_older_pack_never_replace_newer_ones() {
    let site = Site::new();
    let store = site.open().await;
    let key = with_pack(&store).await;
    let early = store.claim_vectors(Duration::ZERO).await.unwrap().unwrap();
    let slow = store.vectors_claim(&key).unwrap().unwrap();
    store.write(&key, vec![document("b", 2)]).await.unwrap();
    build_all(&store, b"pack").await;
    assert!(embed(&store, early, "m", false).await, "better than none");
    assert_eq!(store.statistics().unwrap().unembedded, 1, "but the newer pack still waits");
    let late = store.claim_vectors(LEASE).await.unwrap().unwrap();
    assert!(embed(&store, late, "m", false).await);
    let objects = site.objects();
    assert!(!embed(&store, slow, "m", true).await);
    assert_eq!((searched(&store, &key).await.as_str(), site.objects()), ("m of 2", objects));
}

#[tokio::test]
async fn a_switch_is_whole_and_can_be_taken_back() {
    let site = Site::new();
    let store = site.open().await;
    let key = with_pack(&store).await;
    let claim = |store: &Store| store.vectors_claim(&key).unwrap().unwrap();
    assert!(embed(&store, claim(&store), "old", true).await);
    assert!(embed(&store, claim(&store), "new", false).await);
    assert_eq!(searched(&store, &key).await, "old of 1", "made, but not switched to");
    assert!(store.activate_vectors(&key, "new").await.unwrap());
    assert_eq!(searched(&store, &key).await, "new of 1");
    assert!(store.activate_vectors(&key, "old").await.unwrap(), "and back");
    assert_eq!(searched(&store, &key).await, "old of 1");
    assert!(!store.activate_vectors(&key, "unknown").await.unwrap());

    assert!(embed(&store, claim(&store), "third", true).await);
    let models: Vec<String> = store.vectors_of(&key).unwrap().into_iter().map(|(v, _)| v.model).collect();
    assert_eq!(models, ["old", "third"], "the way back is to the one before");

    // Back to vectors of an older pack: they serve, and are asked for anew.
    store.write(&key, vec![document("b", 2)]).await.unwrap();
    build_all(&store, b"pack").await;
    assert!(embed(&store, claim(&store), "third", true).await);
    assert_eq!(store.statistics().unwrap().unembedded, 0);
    assert!(store.activate_vectors(&key, "old").await.unwrap());
    assert_eq!(
        (searched(&store, &key).await.as_str(), store.statistics().unwrap().unembedded),
        ("old of 1", 1)
    );
}

#[tokio::test]
async fn an_erasure_takes_vectors_along_and_late_ones_do_not_come_back() {
    let site = Site::new();
    let store = site.open().await;
    let key = with_pack(&store).await;
    let claim = store.claim_vectors(LEASE).await.unwrap().unwrap();
    let late = store.vectors_claim(&key).unwrap().unwrap();
    assert!(embed(&store, claim, "m", false).await);
    store.erase(&key).await.unwrap();
    assert_eq!((site.objects(), store.vectors_of(&key).unwrap()), (vec![], vec![]));
    assert!(!site.object(&format!("vectors/{}/{key}", key.part())).exists());
    assert!(!embed(&store, late, "m", true).await, "the record is gone");
    let again = with_pack(&store).await;
    assert_eq!((again, searched(&store, &key).await.as_str()), (key, "nothing"));
    assert_eq!(store.check().await.unwrap().findings, []);
}

#[tokio::test]
async fn lost_and_damaged_vectors_are_found_and_asked_for_again() {
    let site = Site::new();
    let store = site.open().await;
    let key = with_pack(&store).await;
    for (damage, fault) in [(true, Fault::VectorsDamaged), (false, Fault::VectorsMissing)] {
        let claim = store.claim_vectors(LEASE).await.unwrap().unwrap();
        assert!(embed(&store, claim, "m", false).await);
        let vectors = store.head(&key).unwrap().unwrap().vectors.unwrap();
        let path = site.object(&vectors.object);
        if damage {
            let mut bytes = fs::read(&path).unwrap();
            bytes[30] ^= 1;
            fs::write(&path, bytes).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        let refused = store.vectors(&key, &vectors).await;
        assert!(matches!(refused, Err(Error::Damaged { .. } | Error::ObjectMissing(_))));
        let findings = store.check().await.unwrap().findings;
        assert_eq!(findings.iter().map(|f| (f.fault, f.rebuildable())).collect::<Vec<_>>(), [(fault, true)]);
        assert!(store.forget_vectors(&key, "m").await.unwrap());
        assert!(!store.forget_vectors(&key, "m").await.unwrap());
        store.sweep(Duration::ZERO).await.unwrap();
    }
    assert!(store.claim_vectors(LEASE).await.unwrap().is_some());
}

#[tokio::test]
async fn a_claim_that_is_held_or_put_off_is_passed_over() {
    let site = Site::new();
    let store = site.open().await;
    with_pack(&store).await;
    let claim = store.claim_vectors(Duration::ZERO).await.unwrap().unwrap();
    store.hold_vectors(&claim, LEASE).await.unwrap();
    assert_eq!(store.claim_vectors(LEASE).await.unwrap(), None);
    store.hold_vectors(&claim, Duration::ZERO).await.unwrap();
    assert!(store.claim_vectors(LEASE).await.unwrap().is_some());
}
