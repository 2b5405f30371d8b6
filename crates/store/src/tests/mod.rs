//! Tests of the whole store on a real disk.

mod kill;
mod model;
mod previews;
mod protocol;
mod sweeping;
mod tampering;
mod vectors;

use crate::{Body, Built, Claim, Entry, Published, RecordKey, Store, StoreConfig};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) const LEASE: Duration = Duration::from_secs(60);

/// A directory for a store and its key file.
pub(super) struct Site {
    dir: tempfile::TempDir,
}

impl Site {
    pub(super) fn new() -> Site {
        Site { dir: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(super) fn config(&self) -> StoreConfig {
        StoreConfig::new(self.path().join("store"), self.path().join("store.key"))
    }

    pub(super) async fn open(&self) -> Store {
        Store::open(&self.config()).await.unwrap()
    }

    /// All objects, by name, in order.
    pub(super) fn objects(&self) -> Vec<String> {
        let root = self.path().join("store/blobs");
        let mut names: Vec<String> = files(&root)
            .iter()
            .map(|path| path.strip_prefix(&root).unwrap().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    pub(super) fn object(&self, name: &str) -> PathBuf {
        self.path().join("store/blobs").join(name)
    }
}

/// All files below a directory.
pub(super) fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

pub(super) fn record(store: &Store, id: &str) -> RecordKey {
    store.key(&id.parse().unwrap())
}

/// The original of version `version` of an item.
pub(super) fn original(item: &str, version: u8) -> Vec<u8> {
    format!("<text>{item}, version {version}</text>").repeat(20).into_bytes()
}

/// A document whose every part tells its item and version.
pub(super) fn document(item: &str, version: u8) -> Entry {
    Entry {
        item: item.to_owned(),
        digest: [version; 32],
        patient: Vec::new(),
        body: Body::Put {
            meta: format!("meta of {item} {version}").into_bytes(),
            descriptor: format!("descriptor of {item} {version}").into_bytes(),
            source: Some(("text/xml".to_owned(), original(item, version))),
        },
    }
}

pub(super) fn delete(item: &str) -> Entry {
    Entry { item: item.to_owned(), digest: [0; 32], patient: Vec::new(), body: Body::Delete }
}

pub(super) async fn claim(store: &Store) -> Claim {
    store.claim("worker", LEASE).await.unwrap().expect("something to do")
}

/// Claims and publishes until nothing is pending.
pub(super) async fn build_all(store: &Store, pack: &[u8]) {
    while let Some(claim) = store.claim("worker", LEASE).await.unwrap() {
        let sequence = claim.head_sequence;
        let published = store.publish(claim, pack.to_vec(), sequence, Built::default()).await.unwrap();
        assert!(matches!(published, Published::Done(_)));
    }
}
