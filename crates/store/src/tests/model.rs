//! Random lives of a store, against a map in memory that is obviously right.

use super::{LEASE, Site, original, record};
use crate::{Body, Built, Entry, Outcome, Published, RecordKey, Store};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::time::Duration;

const RECORDS: [&str; 2] = ["one", "two"];
const ITEMS: [&str; 3] = ["a", "b", "c"];

/// One step in the life of a store.
#[derive(Debug, Clone)]
enum Step {
    Write {
        record: usize,
        entries: Vec<(usize, Change)>,
    },
    Erase {
        record: usize,
    },
    /// Claims and publishes what was read at the claim.
    Publish,
    /// Claims, but a write comes in between, or the claim is dropped.
    Abandon,
    Offload {
        record: usize,
    },
    Forget {
        record: usize,
    },
    Sweep,
    Reopen,
}

#[derive(Debug, Clone)]
enum Change {
    Put { version: u8, with_source: bool },
    Patch { version: u8 },
    Delete,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (0..4u8, any::<bool>()).prop_map(|(version, with_source)| Change::Put { version, with_source }),
        1 => (4..8u8).prop_map(|version| Change::Patch { version }),
        1 => Just(Change::Delete),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let record = 0..RECORDS.len();
    let entries = prop::collection::vec((0..ITEMS.len(), change()), 1..4);
    prop_oneof![
        6 => (record.clone(), entries).prop_map(|(record, entries)| Step::Write { record, entries }),
        1 => record.clone().prop_map(|record| Step::Erase { record }),
        4 => Just(Step::Publish),
        1 => Just(Step::Abandon),
        1 => record.clone().prop_map(|record| Step::Offload { record }),
        1 => record.prop_map(|record| Step::Forget { record }),
        1 => Just(Step::Sweep),
        1 => Just(Step::Reopen),
    ]
}

/// What the model knows of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    head: u64,
    items: BTreeMap<&'static str, State>,
    /// The pack's bytes and the sequence that it applied.
    pack: Option<(Vec<u8>, u64)>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct State {
    sequence: u64,
    /// The version of the metadata; none: a tombstone.
    live: Option<u8>,
    source: Option<Vec<u8>>,
}

impl Known {
    fn apply(&mut self, item: &'static str, change: &Change) -> Outcome {
        let before = self.items.get(item).cloned().unwrap_or_default();
        let (outcome, live, source) = match (change, before.live) {
            (Change::Put { version, .. } | Change::Patch { version }, Some(live)) if live == *version => {
                return Outcome::Unchanged;
            }
            (Change::Put { version, with_source }, live) => {
                let outcome = if live.is_some() { Outcome::Updated } else { Outcome::Created };
                (outcome, Some(*version), with_source.then(|| original("shared", *version)))
            }
            (Change::Patch { version }, Some(_)) => (Outcome::Updated, Some(*version), before.source),
            (Change::Delete, Some(_)) => (Outcome::Deleted, None, None),
            (Change::Patch { .. } | Change::Delete, None) => return Outcome::Missing,
        };
        self.head += 1;
        self.items.insert(item, State { sequence: self.head, live, source });
        outcome
    }
}

fn entry(item: &str, change: &Change) -> Entry {
    let meta = |version: u8| vec![version; 3];
    let (version, body) = match change {
        Change::Put { version, with_source } => {
            let source = with_source.then(|| ("text/xml".to_owned(), original("shared", *version)));
            (*version, Body::Put { meta: meta(*version), descriptor: vec![*version], source })
        }
        Change::Patch { version } => (*version, Body::Meta { meta: meta(*version) }),
        Change::Delete => (0, Body::Delete),
    };
    Entry { item: item.to_owned(), digest: [version; 32], patient: Vec::new(), body }
}

/// The store and the model, side by side.
struct Life {
    site: Site,
    /// None only while it is opened again.
    store: Option<Store>,
    known: BTreeMap<usize, Known>,
}

impl Life {
    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    fn key(&self, number: usize) -> RecordKey {
        record(self.store(), RECORDS[number])
    }

    async fn take(&mut self, step: &Step) {
        match step {
            Step::Write { record, entries } => self.write(*record, entries).await,
            Step::Erase { record } => {
                let erased = self.store().erase(&self.key(*record)).await.unwrap();
                assert_eq!(erased, self.known.remove(record).is_some());
            }
            Step::Publish => self.publish().await,
            Step::Abandon => {
                if let Some(claim) = self.store().claim("lost", Duration::ZERO).await.unwrap() {
                    let other = self.store().claim("worker", Duration::ZERO).await.unwrap().unwrap();
                    let lost = self
                        .store()
                        .publish(claim, b"never seen".to_vec(), 1, Built::default())
                        .await
                        .unwrap();
                    assert_eq!(lost, Published::LeaseLost);
                    self.store().release(other, Duration::ZERO).await.unwrap();
                }
            }
            Step::Offload { record } => drop(self.store().offload(&self.key(*record)).await.unwrap()),
            Step::Forget { record } => {
                let forgotten = self.store().forget_pack(&self.key(*record)).await.unwrap();
                assert_eq!(forgotten, self.known.contains_key(record));
                self.known.entry(*record).and_modify(|known| known.pack = None);
            }
            Step::Sweep => drop(self.store().sweep(Duration::ZERO).await.unwrap()),
            Step::Reopen => {
                // The old store is closed before the new one opens.
                self.store = None;
                self.store = Some(self.site.open().await);
            }
        }
    }

    async fn write(&mut self, record: usize, entries: &[(usize, Change)]) {
        let plain = entries.iter().map(|(item, change)| entry(ITEMS[*item], change)).collect();
        let receipt = self.store().write(&self.key(record), plain).await.unwrap();
        let exists = self.known.contains_key(&record);
        let known = self.known.entry(record).or_default();
        let outcomes: Vec<_> =
            entries.iter().map(|(item, change)| known.apply(ITEMS[*item], change)).collect();
        assert_eq!((receipt.sequence, &receipt.outcomes), (known.head, &outcomes));
        if !exists && known.head == 0 {
            self.known.remove(&record);
        }
    }

    async fn publish(&mut self) {
        let Some(claim) = self.store().claim("worker", LEASE).await.unwrap() else { return };
        let number = (0..RECORDS.len()).find(|&n| self.key(n) == claim.key).unwrap();
        let pack = format!("pack of {number} at {}", claim.head_sequence).into_bytes();
        let applied = claim.head_sequence;
        let published = self.store().publish(claim, pack.clone(), applied, Built::default()).await.unwrap();
        assert!(matches!(published, Published::Done(_)));
        self.known.get_mut(&number).unwrap().pack = Some((pack, applied));
    }

    /// The store shows what the model knows, and nothing else.
    async fn compare(&self) {
        for number in 0..RECORDS.len() {
            let key = self.key(number);
            let head = self.store().head(&key).unwrap();
            let Some(known) = self.known.get(&number) else {
                assert_eq!((head, self.store().rows(&key, 0).unwrap()), (None, vec![]));
                continue;
            };
            let head = head.unwrap();
            assert_eq!(head.head_sequence, known.head);
            let pack = match head.pack {
                Some(pack) => Some((self.store().pack(&key, &pack).await.unwrap(), pack.applied_sequence)),
                None => None,
            };
            assert_eq!(pack, known.pack);
            let mut items = BTreeMap::new();
            for row in self.store().rows(&key, 0).unwrap() {
                let source = match &row.source {
                    Some(source) => Some(self.store().source(&key, source).await.unwrap()),
                    None => None,
                };
                let live = row.meta.first().copied();
                assert_eq!((live.is_none(), live.unwrap_or(0)), (row.deleted, row.digest[0]));
                let item = ITEMS.into_iter().find(|item| *item == row.item).unwrap();
                items.insert(item, State { sequence: row.sequence, live, source });
            }
            assert_eq!(items, known.items);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_life_is_as_the_model_says(steps in prop::collection::vec(step(), 1..25)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let site = Site::new();
            let store = site.open().await;
            let mut life = Life { site, store: Some(store), known: BTreeMap::new() };
            for step in &steps {
                life.take(step).await;
                life.compare().await;
            }
            life.store().sweep(Duration::ZERO).await.unwrap();
            life.compare().await;
            let report = life.store().check().await.unwrap();
            assert_eq!((report.orphans, report.findings), (0, Vec::new()));
        });
    }
}
