//! What the sweeper removes and what it leaves.

use super::{Site, build_all, claim, delete, document, record};
use crate::blobs::{pack_name, source_name};
use crate::{Built, Error, Published};
use std::fs::{self, File};
use std::time::{Duration, SystemTime};

const GRACE: Duration = Duration::from_secs(3600);

/// Makes an object look as old as twice the grace period.
fn age(site: &Site, name: &str) {
    let file = File::options().write(true).open(site.object(name)).unwrap();
    file.set_modified(SystemTime::now() - 2 * GRACE).unwrap();
}

#[tokio::test]
async fn only_old_objects_that_nothing_names_are_removed() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    store.write(&key, vec![document("a", 1)]).await.unwrap();
    build_all(&store, b"first").await;
    let named = site.objects();
    let [old, young] = [pack_name(&key, 7), source_name(&key, &[7; 32])];
    let foreign = "pack/notes/readme";
    for name in [old.as_str(), &young, foreign] {
        store.inner.blobs.put(name, b"1234".to_vec()).await.unwrap();
    }
    for name in named.iter().map(String::as_str).chain([old.as_str(), foreign]) {
        age(&site, name);
    }
    let swept = store.sweep(GRACE).await.unwrap();
    assert_eq!(
        (swept.listed, swept.deleted, swept.deleted_bytes, swept.kept, swept.foreign),
        (5, 1, 4, 1, 1)
    );
    let mut left: Vec<String> = [named.clone(), vec![young, foreign.to_owned()]].concat();
    left.sort();
    assert_eq!(site.objects(), left);
    assert_eq!(store.check().await.unwrap().orphans, 1);
}

#[tokio::test]
async fn replaced_packs_and_originals_become_orphans() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    store.write(&key, vec![document("a", 1), document("b", 2)]).await.unwrap();
    build_all(&store, b"first").await;
    let first = store.head(&key).unwrap().unwrap().pack.unwrap();
    store.write(&key, vec![document("a", 3), delete("b")]).await.unwrap();
    build_all(&store, b"second").await;
    assert_eq!(store.pack(&key, &first).await.unwrap(), b"first", "a reader may still hold it");
    assert_eq!((site.objects().len(), store.check().await.unwrap().orphans), (5, 3));

    assert_eq!(store.sweep(Duration::ZERO).await.unwrap().deleted, 3);
    assert!(matches!(store.pack(&key, &first).await, Err(Error::ObjectMissing(_))));
    let report = store.check().await.unwrap();
    assert_eq!((report.orphans, report.packs, report.sources, report.findings.len()), (0, 1, 1, 0));
}

#[tokio::test]
async fn an_original_that_comes_again_does_not_share_its_old_object() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    for _ in 0..2 {
        store.write(&key, vec![document("a", 1)]).await.unwrap();
        build_all(&store, b"pack").await;
        store.write(&key, vec![delete("a")]).await.unwrap();
    }
    store.write(&key, vec![document("a", 1)]).await.unwrap();
    build_all(&store, b"pack").await;
    assert_eq!(site.objects().iter().filter(|name| name.starts_with("source")).count(), 3);
    store.sweep(Duration::ZERO).await.unwrap();
    let report = store.check().await.unwrap();
    assert_eq!((report.sources, report.findings.len()), (1, 0));
}

#[tokio::test]
async fn what_is_being_published_is_left_alone() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    let flight = store.inner.flights.begin(pack_name(&key, 1));
    store.inner.blobs.put(flight.name(), vec![1]).await.unwrap();
    assert_eq!(store.sweep(Duration::ZERO).await.unwrap().kept, 1);
    drop(flight);
    assert_eq!(store.sweep(Duration::ZERO).await.unwrap().deleted, 1);
}

/// The pack cannot be put (a file stands where its directory should be), after the originals were: they
/// are orphans, the originals in the ledger still count, and the next publication succeeds.
#[tokio::test]
async fn a_publication_that_fails_half_way_loses_nothing() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    store.write(&key, vec![document("a", 1), document("b", 2)]).await.unwrap();
    let obstacle = site.object(&format!("pack/{}/{key}", key.part()));
    fs::write(&obstacle, b"").unwrap();
    let claimed = claim(&store).await;
    assert!(matches!(
        store.publish(claimed, b"pack".to_vec(), 2, Built::default()).await,
        Err(Error::Object { .. })
    ));
    assert_eq!(store.head(&key).unwrap().unwrap().pack, None);
    assert_eq!(store.statistics().unwrap().inbox, 2);
    assert_eq!(store.check().await.unwrap().orphans, 2);
    fs::remove_file(&obstacle).unwrap();

    assert_eq!(store.sweep(Duration::ZERO).await.unwrap().deleted, 2);
    assert!(store.invalidate(&key).await.unwrap(), "takes the lease of the worker that failed");
    let claimed = claim(&store).await;
    assert!(matches!(
        store.publish(claimed, b"pack".to_vec(), 2, Built::default()).await.unwrap(),
        Published::Done(_)
    ));
    assert_eq!(store.sweep(Duration::ZERO).await.unwrap().deleted, 0);
    let report = store.check().await.unwrap();
    assert_eq!((report.sources, report.packs, report.findings.len()), (2, 1, 0));
}

/// The ledger forgot the record, and then the process died: its objects are still there.
#[tokio::test]
async fn an_erasure_cut_short_is_finished_and_spares_the_record_that_came_again() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    store.write(&key, vec![document("a", 1)]).await.unwrap();
    build_all(&store, b"old").await;
    assert!(store.inner.ledger.erase(key, 0).await.unwrap());
    drop(store);

    let store = site.open().await;
    assert_eq!(site.objects().len(), 2);
    store.write(&key, vec![document("b", 1)]).await.unwrap();
    build_all(&store, b"new").await;
    let swept = store.sweep(GRACE).await.unwrap();
    assert_eq!((swept.erasures, site.objects().len()), (1, 2), "erased bytes get no grace");
    assert_eq!(store.sweep(GRACE).await.unwrap().erasures, 0);
    let report = store.check().await.unwrap();
    assert_eq!((report.sources, report.packs, report.orphans, report.findings.len()), (1, 1, 0, 0));
}
