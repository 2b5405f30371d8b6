//! What every [`Ledger`] must do, whatever database it is made of: each case gets an empty one.

use super::{
    Keep, LONGEST_LEASE, Lease, Ledger, Moved, Place, Publication, Scope, SealedBody, SealedEntry, SealedFor,
    SealedSource, Ticket, Which, Write, Written,
};
use crate::Outcome::{Created, Deleted, Missing, PatientMismatch, Unchanged, Updated};
use crate::{Built, Outcome, PackRef, Receipt, RecordKey};
use futures::FutureExt;
use futures::future::BoxFuture;

type Case = for<'a> fn(&'a dyn Ledger) -> BoxFuture<'a, ()>;

/// All cases, by name.
pub(super) const CASES: &[(&str, Case)] = &[
    ("entries take sequences in order", |l| sequences(l).boxed()),
    ("patches and deletions need a live item", |l| live_items(l).boxed()),
    ("an item keeps the time of its first reception", |l| reception(l).boxed()),
    ("a record is bound to its patient", |l| bindings(l).boxed()),
    ("an original is kept once and as long as it is named", |l| originals(l).boxed()),
    ("a write sealed with another key is refused", |l| keys(l).boxed()),
    ("one lease at a time", |l| leases(l).boxed()),
    ("only the latest claim publishes", |l| publications(l).boxed()),
    ("what came after the pack leaves the record pending", |l| pending(l).boxed()),
    ("unfinished and old packs are found", |l| progress(l).boxed()),
    ("invalidation fences out who is building", |l| invalidation(l).boxed()),
    ("erasure leaves nothing and starts anew", |l| erasure(l).boxed()),
    ("moved originals are named by their objects", |l| relocation(l).boxed()),
    ("records are listed in pages", |l| pages(l).boxed()),
];

fn key(number: u8) -> RecordKey {
    RecordKey::from_bytes([number; 16])
}

fn entry(item: &str, mark: u8, body: SealedBody) -> SealedEntry {
    SealedEntry { item: item.to_owned(), mark: [mark; 32], patient: Vec::new(), body }
}

fn put(item: &str, mark: u8, source: Option<u8>) -> SealedEntry {
    let source = source.map(|n| SealedSource {
        sha256: [n; 32],
        media: "text/xml".to_owned(),
        bytes: 10,
        sealed: vec![n; 7],
    });
    entry(item, mark, SealedBody::Put { meta: vec![mark], descriptor: vec![mark, mark], source })
}

fn meta(item: &str, mark: u8) -> SealedEntry {
    entry(item, mark, SealedBody::Meta { meta: vec![mark] })
}

fn delete(item: &str) -> SealedEntry {
    entry(item, 0, SealedBody::Delete)
}

/// Writes at second `second`, sealed with whatever key the record has.
async fn write_at(ledger: &dyn Ledger, number: u8, second: i64, entries: Vec<SealedEntry>) -> Receipt {
    let sealed_for = match ledger.vault(&key(number)).unwrap() {
        Some(vault) => SealedFor::Incarnation(vault.incarnation),
        None => SealedFor::New { wrapped: vec![number] },
    };
    match ledger.write(Write { key: key(number), sealed_for, entries, now: second * 1000 }).await.unwrap() {
        Written::Done(receipt) => receipt,
        Written::KeyChanged => unreachable!("nobody else writes"),
    }
}

async fn write(ledger: &dyn Ledger, number: u8, entries: Vec<SealedEntry>) -> (u64, Vec<Outcome>) {
    let receipt = write_at(ledger, number, 1, entries).await;
    (receipt.sequence, receipt.outcomes)
}

/// Item, sequence, deleted and metadata of the rows after `after`.
fn rows(ledger: &dyn Ledger, number: u8, after: u64) -> Vec<(String, u64, bool, Vec<u8>)> {
    let rows = ledger.rows(&key(number), after).unwrap().map_or(Vec::new(), |(_, rows)| rows);
    rows.into_iter().map(|row| (row.item, row.sequence, row.deleted, row.meta)).collect()
}

fn line(item: &str, sequence: u64, deleted: bool, meta: &[u8]) -> (String, u64, bool, Vec<u8>) {
    (item.to_owned(), sequence, deleted, meta.to_vec())
}

async fn sequences(ledger: &dyn Ledger) {
    assert_eq!(ledger.head(&key(1)).unwrap(), None);
    assert_eq!(rows(ledger, 1, 0), []);
    let first = write(ledger, 1, vec![put("a", 1, None), put("b", 2, None), put("a", 1, None)]).await;
    assert_eq!(first, (2, vec![Created, Created, Unchanged]));
    assert_eq!(write(ledger, 1, vec![put("a", 1, None)]).await, (2, vec![Unchanged]));
    let third = write(ledger, 1, vec![put("a", 3, None), put("c", 4, None), put("a", 5, None)]).await;
    assert_eq!(third, (5, vec![Updated, Created, Updated]));
    assert_eq!(
        rows(ledger, 1, 0),
        [line("b", 2, false, &[2]), line("c", 4, false, &[4]), line("a", 5, false, &[5])]
    );
    assert_eq!(rows(ledger, 1, 4), [line("a", 5, false, &[5])]);
    assert_eq!(rows(ledger, 1, 5), []);
    assert_eq!(ledger.head(&key(1)).unwrap().map(|head| head.head_sequence), Some(5));
    assert_eq!(write(ledger, 2, vec![put("a", 1, None)]).await, (1, vec![Created]), "records are apart");
    let row = ledger.row(&key(1), "b").unwrap().map(|(_, row)| (row.sequence, row.descriptor));
    assert_eq!(row, Some((2, vec![2, 2])));
    assert_eq!(ledger.row(&key(1), "nothing").unwrap(), None);
}

async fn live_items(ledger: &dyn Ledger) {
    assert_eq!(write(ledger, 1, vec![meta("a", 1), delete("a")]).await, (0, vec![Missing, Missing]));
    assert_eq!(ledger.head(&key(1)).unwrap(), None, "no record for nothing");
    write(ledger, 1, vec![put("a", 1, None)]).await;
    let done =
        write(ledger, 1, vec![meta("a", 2), meta("a", 2), delete("a"), delete("a"), meta("a", 3)]).await;
    assert_eq!(done, (3, vec![Updated, Unchanged, Deleted, Missing, Missing]));
    assert_eq!(rows(ledger, 1, 0), [line("a", 3, true, &[])]);
    assert_eq!(
        write(ledger, 1, vec![put("a", 2, None)]).await,
        (4, vec![Created]),
        "same mark, but not live"
    );
}

async fn reception(ledger: &dyn Ledger) {
    let received = || ledger.row(&key(1), "a").unwrap().map(|(_, row)| row.received);
    write_at(ledger, 1, 100, vec![put("a", 1, None)]).await;
    write_at(ledger, 1, 200, vec![put("a", 2, None), meta("a", 3)]).await;
    assert_eq!(received(), Some(100));
    write_at(ledger, 1, 300, vec![delete("a")]).await;
    write_at(ledger, 1, 400, vec![put("a", 4, None)]).await;
    assert_eq!(received(), Some(400));
}

async fn bindings(ledger: &dyn Ledger) {
    let named = |mut entry: SealedEntry, names: &[(u8, u8)]| {
        entry.patient = names.iter().map(|&(system, value)| ([system; 32], [value; 32])).collect();
        entry
    };
    let first = vec![
        named(put("a", 1, None), &[(1, 10)]),
        named(put("b", 1, None), &[(1, 11)]),
        named(put("c", 1, None), &[(2, 20)]),
        put("d", 1, None),
    ];
    assert_eq!(write(ledger, 1, first).await, (3, vec![Created, PatientMismatch, Created, Created]));
    let second = vec![
        named(put("a", 1, None), &[(1, 10)]),
        named(put("a", 1, None), &[(1, 11)]),
        named(put("e", 1, None), &[(1, 10), (2, 21)]),
        named(put("e", 1, None), &[(3, 30), (3, 31)]),
        named(put("e", 1, None), &[(1, 10), (3, 30)]),
        named(meta("e", 2), &[(3, 31)]),
        named(delete("e"), &[(3, 31)]),
    ];
    let outcomes = vec![
        Unchanged,
        PatientMismatch,
        PatientMismatch,
        PatientMismatch,
        Created,
        PatientMismatch,
        PatientMismatch,
    ];
    assert_eq!(write(ledger, 1, second).await, (4, outcomes));
    assert_eq!(write(ledger, 2, vec![named(put("a", 1, None), &[(1, 11)])]).await, (1, vec![Created]));
}

async fn originals(ledger: &dyn Ledger) {
    let place = |sha: u8| ledger.source(&key(1), &[sha; 32]).unwrap().map(|(_, source)| source.place);
    write(ledger, 1, vec![put("a", 1, Some(7)), put("b", 1, Some(7)), put("c", 1, Some(8))]).await;
    assert_eq!(ledger.inbox(&key(1)).unwrap(), [[7; 32], [8; 32]]);
    assert_eq!(ledger.statistics().unwrap().sources, 2);
    assert_eq!(place(7), Some(Place::Inbox(vec![7; 7])));
    let named = ledger.row(&key(1), "b").unwrap().and_then(|(_, row)| row.source);
    assert_eq!(named.map(|s| (s.sha256, s.media, s.bytes)), Some(([7; 32], "text/xml".to_owned(), 10)));

    write(ledger, 1, vec![delete("a"), meta("b", 2)]).await;
    assert!(place(7).is_some(), "still named by b");
    write(ledger, 1, vec![put("b", 3, Some(8)), put("c", 2, None)]).await;
    assert_eq!((place(7), place(8)), (None, Some(Place::Inbox(vec![8; 7]))));
    assert_eq!(ledger.sources(&key(1)).unwrap(), [[8; 32]]);
    write(ledger, 1, vec![delete("b")]).await;
    assert_eq!((place(8), ledger.statistics().unwrap().inbox), (None, 0));
}

async fn keys(ledger: &dyn Ledger) {
    let attempt = |sealed_for| {
        ledger.write(Write { key: key(1), sealed_for, entries: vec![put("a", 1, None)], now: 0 })
    };
    assert_eq!(attempt(SealedFor::Incarnation(1)).await.unwrap(), Written::KeyChanged, "no such record");
    assert!(matches!(attempt(SealedFor::New { wrapped: vec![9] }).await, Ok(Written::Done(_))));
    assert_eq!(attempt(SealedFor::New { wrapped: vec![8] }).await.unwrap(), Written::KeyChanged);
    let first = ledger.vault(&key(1)).unwrap().unwrap();
    assert_eq!(first.wrapped, [9]);
    ledger.erase(key(1), 0).await.unwrap();
    let old = || SealedFor::Incarnation(first.incarnation);
    assert_eq!(attempt(old()).await.unwrap(), Written::KeyChanged, "erased");
    assert!(matches!(attempt(SealedFor::New { wrapped: vec![7] }).await, Ok(Written::Done(_))));
    assert_eq!(attempt(old()).await.unwrap(), Written::KeyChanged, "another incarnation");
}

async fn claim(ledger: &dyn Ledger, owner: &str, now: i64) -> Option<Lease> {
    ledger.claim(owner.to_owned(), Which::Pending, now, now + 100).await.unwrap()
}

async fn leases(ledger: &dyn Ledger) {
    assert_eq!(claim(ledger, "one", 0).await, None);
    write_at(ledger, 2, 1, vec![put("a", 1, None)]).await;
    write_at(ledger, 1, 2, vec![put("a", 1, None)]).await;
    let first = claim(ledger, "one", 5000).await.unwrap();
    assert_eq!((first.key, first.head_sequence, first.ticket.generation), (key(2), 1, 1), "the oldest first");
    let second = claim(ledger, "one", 5000).await.unwrap();
    assert_eq!(second.key, key(1));
    assert_eq!(claim(ledger, "two", 5099).await, None);

    assert!(ledger.extend(first.ticket.clone(), 9000, Keep::Held).await.unwrap());
    assert_eq!(claim(ledger, "two", 5100).await.map(|lease| lease.key), Some(key(1)), "its lease ended");
    assert!(!ledger.extend(second.ticket, 9000, Keep::Held).await.unwrap(), "and is lost");
    assert!(ledger.extend(first.ticket.clone(), 5500, Keep::GivenBack).await.unwrap());
    assert!(!ledger.extend(first.ticket, 9000, Keep::Held).await.unwrap(), "given back");
    assert_eq!(claim(ledger, "two", 5150).await, None, "not before its time");
    assert_eq!(claim(ledger, "two", 5500).await.map(|lease| lease.ticket.generation), Some(4));
    assert!(claim(ledger, "two", 5500 - LONGEST_LEASE - 100).await.is_some(), "the clock went back a day");
}

fn publication(ticket: &Ticket, applied_sequence: u64, moved: &[(u8, &str)]) -> Publication {
    let generation = ticket.generation;
    let object = format!("pack-{generation}");
    let moved = moved.iter().map(|&(n, object)| Moved { sha256: [n; 32], object: object.to_owned() });
    Publication {
        ticket: ticket.clone(),
        pack: PackRef { generation, applied_sequence, object, bytes: 5, built: Built::default() },
        moved: moved.collect(),
        now: 9000,
    }
}

async fn publications(ledger: &dyn Ledger) {
    write(ledger, 1, vec![put("a", 1, Some(7))]).await;
    let late = claim(ledger, "same", 5000).await.unwrap().ticket;
    let latest = claim(ledger, "same", 6000).await.unwrap().ticket;
    let other = Ticket { owner: "other".to_owned(), ..latest.clone() };
    for lost in [&late, &other] {
        assert!(!ledger.publish(publication(lost, 1, &[(7, "s")])).await.unwrap());
    }
    assert_eq!(ledger.head(&key(1)).unwrap().unwrap().pack, None);
    assert_eq!(ledger.inbox(&key(1)).unwrap().len(), 1, "a publication that is lost moves nothing");

    assert!(ledger.publish(publication(&latest, 1, &[(7, "s")])).await.unwrap());
    let pack = PackRef {
        generation: 2,
        applied_sequence: 1,
        object: "pack-2".to_owned(),
        bytes: 5,
        built: Built::default(),
    };
    assert_eq!(ledger.head(&key(1)).unwrap().unwrap().pack, Some(pack));
    assert_eq!(ledger.inbox(&key(1)).unwrap().len(), 0);
    assert!(ledger.names_pack(&key(1), "pack-2").unwrap());
    assert!(!ledger.names_pack(&key(1), "pack-1").unwrap() && !ledger.names_pack(&key(2), "pack-2").unwrap());
    assert!(!ledger.publish(publication(&latest, 1, &[])).await.unwrap(), "a claim publishes once");
    assert_eq!(claim(ledger, "same", 7000).await, None, "nothing to do");
}

async fn pending(ledger: &dyn Ledger) {
    write(ledger, 1, vec![put("a", 1, None)]).await;
    let ticket = claim(ledger, "one", 5000).await.unwrap().ticket;
    write(ledger, 1, vec![put("b", 1, None)]).await;
    assert_eq!(ledger.statistics().unwrap().pending, 1);
    assert!(ledger.publish(publication(&ticket, 1, &[])).await.unwrap());
    let head = ledger.head(&key(1)).unwrap().unwrap();
    assert_eq!((head.head_sequence, head.pack.unwrap().applied_sequence), (2, 1));
    let next = claim(ledger, "one", 9000).await.unwrap();
    assert_eq!((next.head_sequence, next.rebuild), (2, false));
    assert!(ledger.publish(publication(&next.ticket, 2, &[])).await.unwrap());
    assert_eq!(ledger.statistics().unwrap().pending, 0);
}

async fn progress(ledger: &dyn Ledger) {
    for number in [1, 2, 3] {
        write(ledger, number, vec![put("a", 1, None)]).await;
        let ticket = claim(ledger, "one", 5000).await.unwrap().ticket;
        let mut publication = publication(&ticket, 1, &[]);
        publication.pack.built = Built { version: number.into(), unfinished: number != 3 };
        assert!(ledger.publish(publication).await.unwrap());
    }
    assert_eq!(ledger.unfinished(10).unwrap(), [key(2), key(1)], "the latest first");
    assert_eq!(ledger.unfinished(1).unwrap(), [key(2)]);
    assert_eq!(ledger.older(3, 10).unwrap(), [key(1), key(2)]);
    let head = ledger.head(&key(2)).unwrap().unwrap().pack.unwrap();
    assert_eq!(head.built, Built { version: 2, unfinished: true });

    let this = |owner: &str| ledger.claim(owner.to_owned(), Which::Record(key(2)), 6000, 6100);
    let ticket = this("two").await.unwrap().unwrap().ticket;
    assert_eq!(this("one").await.unwrap(), None, "somebody holds it");
    assert!(ledger.publish(publication(&ticket, 1, &[])).await.unwrap());
    assert_eq!(ledger.unfinished(10).unwrap(), [key(1)]);
    let nobody = ledger.claim("one".to_owned(), Which::Record(key(9)), 6000, 6100).await.unwrap();
    assert_eq!(nobody, None);
    assert_eq!(ledger.invalidate(Scope::WithoutPack(key(1)), 1).await.unwrap(), 1);
    assert_eq!(ledger.unfinished(10).unwrap(), []);
}

async fn invalidation(ledger: &dyn Ledger) {
    assert_eq!(ledger.invalidate(Scope::Record(key(1)), 0).await.unwrap(), 0);
    write(ledger, 1, vec![put("a", 1, None)]).await;
    write(ledger, 2, vec![put("a", 1, None)]).await;
    let ticket = claim(ledger, "one", 5000).await.unwrap().ticket;
    assert!(ledger.publish(publication(&ticket, 1, &[])).await.unwrap());
    let building = claim(ledger, "one", 5000).await.unwrap();

    assert_eq!(ledger.invalidate(Scope::All, 1).await.unwrap(), 2);
    assert!(!ledger.publish(publication(&building.ticket, 1, &[])).await.unwrap());
    assert!(ledger.head(&key(1)).unwrap().unwrap().pack.is_some(), "it serves until the next");
    let again = claim(ledger, "one", 9000).await.unwrap();
    assert!(again.rebuild);
    assert_eq!(ledger.invalidate(Scope::All, 1).await.unwrap(), 2);
    let published = ledger.publish(publication(&again.ticket, 1, &[])).await.unwrap();
    assert!(published, "who asks again does not disturb the rebuild");

    let pack = |number| ledger.head(&key(number)).unwrap().unwrap().pack;
    assert_eq!(ledger.invalidate(Scope::WithoutPack(again.key), 1).await.unwrap(), 1);
    assert_eq!((pack(1), pack(2)), (None, None));
    assert_eq!(ledger.statistics().unwrap().pending, 2);
}

async fn erasure(ledger: &dyn Ledger) {
    assert!(!ledger.erase(key(1), 0).await.unwrap());
    assert_eq!(ledger.erasures(10).unwrap(), []);
    let mut bound = put("a", 1, Some(7));
    bound.patient = vec![([1; 32], [10; 32])];
    write(ledger, 1, vec![bound]).await;
    let ticket = claim(ledger, "one", 5000).await.unwrap().ticket;
    assert!(ledger.erase(key(1), 0).await.unwrap());
    assert_eq!((ledger.head(&key(1)).unwrap(), ledger.vault(&key(1)).unwrap()), (None, None));
    assert_eq!(rows(ledger, 1, 0), []);
    let left = ledger.statistics().unwrap();
    assert_eq!((left.records, left.items, left.sources, left.inbox), (0, 0, 0, 0));
    assert_eq!(ledger.erasures(10).unwrap(), [key(1)]);

    let mut other = put("b", 1, None);
    other.patient = vec![([1; 32], [11; 32])];
    assert_eq!(write(ledger, 1, vec![other]).await, (1, vec![Created]), "another patient, from 1 again");
    let again = claim(ledger, "one", 5000).await.unwrap().ticket;
    assert!(again.generation > ticket.generation && again.incarnation > ticket.incarnation);
    assert!(!ledger.publish(publication(&ticket, 1, &[])).await.unwrap(), "a claim from before the erasure");
    assert!(ledger.scrub().await.unwrap());
    ledger.erased(key(1)).await.unwrap();
    assert_eq!(ledger.erasures(10).unwrap(), []);
    assert_eq!(rows(ledger, 1, 0).len(), 1, "what came since stays");
}

async fn relocation(ledger: &dyn Ledger) {
    write(ledger, 1, vec![put("a", 1, Some(7)), put("b", 1, Some(8))]).await;
    let incarnation = ledger.vault(&key(1)).unwrap().unwrap().incarnation;
    let moved = |n: u8, object: &str| Moved { sha256: [n; 32], object: object.to_owned() };
    let first = vec![moved(7, "seven"), moved(9, "never received")];
    assert_eq!(ledger.relocate(incarnation, first).await.unwrap(), 1);
    assert_eq!(ledger.relocate(incarnation, vec![moved(7, "again")]).await.unwrap(), 0);
    assert_eq!(ledger.relocate(incarnation + 1, vec![moved(8, "eight")]).await.unwrap(), 0);
    let place = |n: u8| ledger.source(&key(1), &[n; 32]).unwrap().map(|(_, source)| source.place);
    assert_eq!(place(7), Some(Place::Object("seven".to_owned())));
    assert_eq!(place(8), Some(Place::Inbox(vec![8; 7])));
    assert!(ledger.names_source(&key(1), &[7; 32], "seven").unwrap());
    assert!(!ledger.names_source(&key(1), &[7; 32], "again").unwrap());
    assert!(!ledger.names_source(&key(1), &[8; 32], "seven").unwrap());
    let has = |n: u8| ledger.has_source(&key(1), &[n; 32]).unwrap();
    assert_eq!([has(7), has(8), has(9)], [true, true, false]);

    write(ledger, 1, vec![delete("a")]).await;
    assert!(!ledger.names_source(&key(1), &[7; 32], "seven").unwrap(), "an orphan now");
    assert!(!has(7));
    write(ledger, 1, vec![put("a", 2, Some(7))]).await;
    assert_eq!(place(7), Some(Place::Inbox(vec![7; 7])), "received again");
}

async fn pages(ledger: &dyn Ledger) {
    for number in [3, 1, 2] {
        write(ledger, number, vec![put("a", 1, None)]).await;
    }
    assert_eq!(ledger.records(None, 2).unwrap(), [key(1), key(2)]);
    assert_eq!(ledger.records(Some(&key(2)), 2).unwrap(), [key(3)]);
    assert_eq!(ledger.records(Some(&key(3)), 2).unwrap(), []);
}
