//! Writing, reading, publishing, erasing: what callers rely on.

use super::{LEASE, Site, build_all, claim, delete, document, files, original, record};
use crate::{Body, Built, Entry, Error, Outcome, Published, Receipt, StoreConfig};
use std::fs;
use std::time::Duration;

#[tokio::test]
async fn what_was_written_is_read_back_after_reopening() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    assert_eq!((store.head(&key).unwrap(), store.rows(&key, 0).unwrap()), (None, vec![]));
    let receipt = store.write(&key, vec![document("a", 1), document("b", 2)]).await.unwrap();
    assert_eq!(receipt, Receipt { sequence: 2, outcomes: vec![Outcome::Created; 2] });
    drop(store);

    let store = site.open().await;
    assert_eq!(record(&store, "one"), key);
    assert_eq!(store.head(&key).unwrap().unwrap().head_sequence, 2);
    let rows = store.rows(&key, 1).unwrap();
    let [row] = rows.as_slice() else { unreachable!("one row after the first") };
    assert_eq!((row.item.as_str(), row.sequence, row.deleted, row.digest), ("b", 2, false, [2; 32]));
    assert_eq!((&row.meta[..], &row.descriptor[..]), (&b"meta of b 2"[..], &b"descriptor of b 2"[..]));
    let source = row.source.as_ref().unwrap();
    assert_eq!((source.media.as_str(), source.bytes), ("text/xml", original("b", 2).len() as u64));
    assert_eq!(store.source(&key, source).await.unwrap(), original("b", 2));
    assert_eq!(store.row(&key, "b").unwrap().as_ref(), Some(row));
    assert_eq!(store.statistics().unwrap().items, 2);

    let again = store.write(&key, vec![document("a", 1), document("b", 2)]).await.unwrap();
    assert_eq!(again, Receipt { sequence: 2, outcomes: vec![Outcome::Unchanged; 2] });
}

#[tokio::test]
async fn publishing_moves_originals_out_of_the_ledger() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    store.write(&key, vec![document("a", 1), document("b", 2)]).await.unwrap();
    let claimed = claim(&store).await;
    assert_eq!((claimed.key, claimed.head_sequence, claimed.rebuild), (key, 2, false));
    let Published::Done(pack) =
        store.publish(claimed, b"the pack".to_vec(), 2, Built::default()).await.unwrap()
    else {
        unreachable!("nobody else claims")
    };
    assert_eq!(store.head(&key).unwrap().unwrap().pack, Some(pack.clone()));
    assert_eq!(store.pack(&key, &pack).await.unwrap(), b"the pack");
    let statistics = store.statistics().unwrap();
    assert_eq!((statistics.inbox, statistics.sources, statistics.pending), (0, 2, 0));
    assert_eq!(site.objects().len(), 3);
    for row in store.rows(&key, 0).unwrap() {
        let bytes = store.source(&key, &row.source.unwrap()).await.unwrap();
        assert_eq!(bytes, original(&row.item, row.digest[0]));
    }
    assert!(store.check().await.unwrap().findings.is_empty());
    assert_eq!(store.claim("worker", LEASE).await.unwrap(), None);
}

#[tokio::test]
async fn of_two_workers_with_one_record_the_later_publishes() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    store.write(&key, vec![document("a", 1)]).await.unwrap();
    let early = store.claim("one", Duration::ZERO).await.unwrap().unwrap();
    let late = store.claim("two", LEASE).await.unwrap().unwrap();
    assert!(!store.renew(&early, LEASE).await.unwrap());
    assert!(store.renew(&late, LEASE).await.unwrap());
    assert_eq!(
        store.publish(early, b"early".to_vec(), 1, Built::default()).await.unwrap(),
        Published::LeaseLost
    );
    assert_eq!((store.head(&key).unwrap().unwrap().pack, site.objects()), (None, vec![]));
    let Published::Done(pack) = store.publish(late, b"late".to_vec(), 1, Built::default()).await.unwrap()
    else {
        unreachable!("it holds the lease")
    };
    assert_eq!(store.pack(&key, &pack).await.unwrap(), b"late");
}

#[tokio::test]
async fn a_publication_goes_on_when_nobody_waits_for_it() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    store.write(&key, vec![document("a", 1)]).await.unwrap();
    let claimed = claim(&store).await;
    let abandoned =
        tokio::time::timeout(Duration::ZERO, store.publish(claimed, b"pack".to_vec(), 1, Built::default()));
    assert!(abandoned.await.is_err());
    for _ in 0..1000 {
        if store.head(&key).unwrap().unwrap().pack.is_some() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    unreachable!("published within five seconds");
}

#[tokio::test]
async fn a_released_claim_waits_and_an_invalidated_record_is_built_again() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    store.write(&key, vec![document("a", 1)]).await.unwrap();
    let claimed = claim(&store).await;
    store.release(claimed, Duration::from_secs(60)).await.unwrap();
    assert_eq!(store.claim("worker", LEASE).await.unwrap(), None, "not yet");
    assert_eq!(store.offload(&key).await.unwrap(), 1, "its originals may leave the ledger meanwhile");
    assert_eq!(store.offload(&key).await.unwrap(), 0);

    assert!(store.invalidate(&key).await.unwrap());
    let claimed = claim(&store).await;
    assert!(claimed.rebuild);
    store.publish(claimed, b"pack".to_vec(), 1, Built::default()).await.unwrap();
    assert_eq!(store.invalidate_all().await.unwrap(), 1);
    assert!(claim(&store).await.rebuild);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_a_new_record_share_its_first_key() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    let writers = (0..64u8).map(|n| {
        let store = store.clone();
        tokio::spawn(async move { store.write(&key, vec![document(&format!("item-{n}"), n)]).await })
    });
    let mut sequences = Vec::new();
    for receipt in futures::future::join_all(writers).await {
        sequences.push(receipt.unwrap().unwrap().sequence);
    }
    sequences.sort_unstable();
    assert_eq!(sequences, (1..=64).collect::<Vec<_>>());
    assert_eq!(store.rows(&key, 0).unwrap().len(), 64);
    assert!(store.check().await.unwrap().findings.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn erasures_between_writes_and_publications_leave_only_what_opens() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    let writing = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 0..120u8 {
                store.write(&key, vec![document("a", n), document(&format!("b{n}"), n)]).await.unwrap();
            }
        })
    };
    let building = {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 0..60u8 {
                if let Some(claimed) = store.claim("worker", Duration::ZERO).await.unwrap() {
                    let sequence = claimed.head_sequence;
                    store.publish(claimed, vec![n; 100], sequence, Built::default()).await.unwrap();
                }
            }
        })
    };
    for _ in 0..15 {
        store.erase(&key).await.unwrap();
        store.sweep(Duration::ZERO).await.unwrap();
    }
    writing.await.unwrap();
    building.await.unwrap();
    assert_eq!(store.check().await.unwrap().findings, []);
}

#[tokio::test]
async fn an_erased_record_is_gone_from_every_file() {
    let site = Site::new();
    let store = site.open().await;
    let (key, other) = (record(&store, "one"), record(&store, "two"));
    for key in [&key, &other] {
        store.write(key, vec![document("a", 1), document("b", 2)]).await.unwrap();
    }
    build_all(&store, b"pack").await;
    store.write(&key, vec![document("c", 3), delete("b")]).await.unwrap();
    let (pack, rows) = (store.head(&key).unwrap().unwrap().pack.unwrap(), store.rows(&key, 0).unwrap());
    let wrapped = store.inner.ledger.vault(&key).unwrap().unwrap().wrapped;
    let holds_key = |site: &Site| {
        let holds = |path: &std::path::PathBuf| {
            fs::read(path).unwrap().windows(wrapped.len()).any(|window| window == wrapped)
        };
        files(site.path()).iter().any(holds)
    };
    assert!(holds_key(&site));

    assert!(store.erase(&key).await.unwrap());
    assert!(!store.erase(&key).await.unwrap());
    assert!(!holds_key(&site), "the wrapped key is in no file, the write-ahead log included");
    assert_eq!((store.head(&key).unwrap(), store.rows(&key, 0).unwrap()), (None, vec![]));
    assert!(matches!(store.pack(&key, &pack).await, Err(Error::ObjectMissing(_))));
    let source = rows.iter().find_map(|row| row.source.clone()).unwrap();
    assert!(matches!(store.source(&key, &source).await, Err(Error::ObjectMissing(_))));
    assert!(site.objects().iter().all(|name| name.contains(&other.to_string())));
    assert!(!site.object(&format!("pack/{}/{key}", key.part())).exists(), "not even a directory");
    assert_eq!(store.rows(&other, 0).unwrap().len(), 2);

    let back = store.write(&key, vec![document("a", 1)]).await.unwrap();
    assert_eq!(back, Receipt { sequence: 1, outcomes: vec![Outcome::Created] });
    assert_eq!(store.check().await.unwrap().findings, []);
}

#[tokio::test]
async fn a_claim_from_before_an_erasure_publishes_nothing() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    store.write(&key, vec![document("a", 1)]).await.unwrap();
    let old = claim(&store).await;
    let head = store.head(&key).unwrap();
    store.erase(&key).await.unwrap();
    store.write(&key, vec![document("b", 1)]).await.unwrap();
    assert_ne!(store.head(&key).unwrap(), head, "both have one change and no pack");
    let new = claim(&store).await;
    assert!(new.generation > old.generation, "and a pack of the first can be told from one of the second");
    assert_eq!(store.publish(old, b"old".to_vec(), 1, Built::default()).await.unwrap(), Published::LeaseLost);
    let Published::Done(pack) = store.publish(new, b"new".to_vec(), 1, Built::default()).await.unwrap()
    else {
        unreachable!("it holds the lease")
    };
    assert_eq!(store.pack(&key, &pack).await.unwrap(), b"new");
}

#[tokio::test]
async fn patients_are_bound_by_hashes_only() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    let of = |item: &str, value: &str| {
        let mut entry = document(item, 1);
        entry.patient = vec![("1.2.250.1.213.1.4.8".to_owned(), value.to_owned())];
        entry
    };
    let entries = vec![of("a", "258037512345678"), of("b", "158037512345678"), document("c", 1)];
    let receipt = store.write(&key, entries).await.unwrap();
    assert_eq!(receipt.outcomes, [Outcome::Created, Outcome::PatientMismatch, Outcome::Created]);
    drop(store);
    for path in files(site.path()) {
        let bytes = fs::read(&path).unwrap();
        for secret in [&b"258037512345678"[..], b"meta of", b"descriptor of", b"version 1"] {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret), "in clear in {}", path.display());
        }
    }
}

#[tokio::test]
async fn a_store_opens_once_and_with_its_own_key() {
    let site = Site::new();
    let store = site.open().await;
    assert!(matches!(crate::Store::open(&site.config()).await, Err(Error::InUse(_))));
    drop(store);
    let other = StoreConfig::new(site.path().join("other"), site.path().join("other.key"));
    drop(crate::Store::open(&other).await.unwrap());
    let mixed = StoreConfig { key_file: other.key_file, ..site.config() };
    assert!(matches!(crate::Store::open(&mixed).await, Err(Error::KeyForeign(_))));
    fs::remove_file(site.path().join("store.key")).unwrap();
    assert!(matches!(crate::Store::open(&site.config()).await, Err(Error::KeyMissing { .. })));
}

#[tokio::test]
async fn what_is_too_large_is_refused_whole() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    for item in [String::new(), "x".repeat(Entry::MAX_ITEM + 1)] {
        let refused = store.write(&key, vec![document("a", 1), document(&item, 1)]).await;
        assert!(matches!(refused, Err(Error::Size { what: "item reference", .. })));
    }
    let mut huge = document("a", 1);
    huge.body = Body::Meta { meta: vec![0; Entry::MAX_VALUE + 1] };
    assert!(matches!(store.write(&key, vec![huge]).await, Err(Error::Size { what: "metadata", .. })));
    assert_eq!(store.head(&key).unwrap(), None);
}
