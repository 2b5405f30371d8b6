//! Previews: found again, bounded, and gone with what they show.

use super::{Site, build_all, delete, document, original, record};
use crate::previews::RECORD_BYTES;
use crate::{RecordKey, Store};
use sha2::{Digest, Sha256};
use std::fs;
use std::time::Duration;

fn digest(item: &str, version: u8) -> [u8; 32] {
    Sha256::digest(original(item, version)).into()
}

async fn keep(store: &Store, key: &RecordKey, item: &str, view: u8, bytes: &[u8]) -> bool {
    store.keep_preview(key, &digest(item, 1), &[view; 16], bytes.to_vec()).await.unwrap()
}

async fn find(store: &Store, key: &RecordKey, item: &str, view: u8) -> Option<Vec<u8>> {
    store.preview(key, &digest(item, 1), &[view; 16]).await.unwrap()
}

fn previews(site: &Site) -> usize {
    site.objects().iter().filter(|name| name.starts_with("preview/")).count()
}

#[tokio::test]
async fn a_preview_is_found_by_its_original_and_view_in_its_record() {
    let site = Site::new();
    let store = site.open().await;
    let (one, two) = (record(&store, "one"), record(&store, "two"));
    for key in [one, two] {
        store.write(&key, vec![document("a", 1)]).await.unwrap();
    }
    assert!(keep(&store, &one, "a", 7, b"picture").await);
    assert!(keep(&store, &one, "a", 7, b"the same again").await);
    assert_eq!(find(&store, &one, "a", 7).await.unwrap(), b"the same again");
    assert_eq!(find(&store, &one, "a", 8).await, None, "another view");
    assert_eq!(find(&store, &two, "a", 7).await, None, "another record");
    assert!(!keep(&store, &one, "b", 7, b"of nothing").await);
    assert!(!keep(&store, &record(&store, "three"), "a", 7, b"of nobody").await);

    // it is sealed, it counts, and the store that is opened again has it
    let name = site.objects().into_iter().find(|name| name.starts_with("preview/")).unwrap();
    let sealed = fs::read(site.object(&name)).unwrap();
    assert!(!sealed.windows(4).any(|part| part == b"same"));
    assert_eq!(store.sweep(Duration::ZERO).await.unwrap().deleted, 0);
    drop(store);
    let store = site.open().await;
    assert!(find(&store, &one, "a", 7).await.is_some());

    // of another record, or damaged, it is none, and makes way
    let foreign = name.replace(&format!("{}/{one}", one.part()), &format!("{}/{two}", two.part()));
    fs::create_dir_all(site.object(&foreign).parent().unwrap()).unwrap();
    fs::rename(site.object(&name), site.object(&foreign)).unwrap();
    assert_eq!(find(&store, &two, "a", 7).await, None);
    assert_eq!(previews(&site), 0);
}

#[tokio::test]
async fn a_record_keeps_a_limited_number_of_bytes() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    store.write(&key, vec![document("a", 1)]).await.unwrap();
    let large = vec![1; usize::try_from(RECORD_BYTES / 3).unwrap()];
    for view in 0..5 {
        assert!(keep(&store, &key, "a", view, &large).await);
        // the order is that of the files' times
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut found = Vec::new();
    for view in 0..5 {
        found.push(find(&store, &key, "a", view).await.is_some());
    }
    assert_eq!(found, [false, false, false, true, true]);
    assert!(!keep(&store, &key, "a", 9, &large.repeat(4)).await);
    assert_eq!(previews(&site), 2);
}

#[tokio::test]
async fn previews_go_with_the_item_and_with_the_record() {
    let site = Site::new();
    let store = site.open().await;
    let key = record(&store, "one");
    let items = ["a", "b", "c"];
    store.write(&key, items.iter().map(|item| document(item, 1)).collect()).await.unwrap();
    build_all(&store, b"pack").await;
    for item in items {
        assert!(keep(&store, &key, item, 1, b"picture").await);
    }
    store.write(&key, vec![document("a", 2), delete("b")]).await.unwrap();
    store.sweep(Duration::ZERO).await.unwrap();
    assert_eq!(previews(&site), 1);
    assert_eq!(find(&store, &key, "c", 1).await.unwrap(), b"picture");
    assert!(!keep(&store, &key, "b", 1, b"too late").await);

    assert!(store.erase(&key).await.unwrap());
    assert_eq!(site.objects(), Vec::<String>::new());
    // the record comes again with the same file: nothing of its life before is there
    store.write(&key, vec![document("c", 1)]).await.unwrap();
    assert_eq!(find(&store, &key, "c", 1).await, None);
}
