//! Whoever changes, moves, cuts or removes stored bytes is noticed, by reads and by the check.

use super::{Site, build_all, document, record};
use crate::{Error, Fault, RecordKey, Store};
use rusqlite::Connection;
use std::fs;

/// Two records with two documents each, one of which is still in the inbox, and a pack.
async fn two_records(site: &Site) -> [RecordKey; 2] {
    let store = site.open().await;
    let keys = [record(&store, "one"), record(&store, "two")];
    for key in &keys {
        store.write(key, vec![document("a", 1)]).await.unwrap();
    }
    build_all(&store, b"the pack").await;
    for key in &keys {
        store.write(key, vec![document("b", 2)]).await.unwrap();
    }
    assert_eq!(store.check().await.unwrap().findings, []);
    keys
}

/// The first record's faults after `sql` was run on the closed ledger, and whether its rows still open.
async fn after(sql: &str) -> (Vec<Fault>, bool) {
    let site = Site::new();
    let [one, _] = two_records(&site).await;
    let ledger = Connection::open(site.path().join("store/ledger.sqlite")).unwrap();
    ledger.execute_batch(sql).unwrap();
    drop(ledger);
    let store = site.open().await;
    let findings = store.check().await.unwrap().findings;
    let faults = findings.iter().filter(|finding| finding.record == Some(one));
    (faults.map(|finding| finding.fault).collect(), store.rows(&one, 0).is_ok())
}

#[tokio::test]
async fn rows_that_were_moved_or_changed_do_not_open() {
    let swap = |column: &str, from: &str| {
        format!(
            "UPDATE item SET {column} = (SELECT {column} FROM item WHERE {from}) WHERE record = 1 AND item = 'a'"
        )
    };
    for (what, sql, faults, readable) in [
        ("metadata of another item", swap("meta", "record = 1 AND item = 'b'"), vec![Fault::Row], false),
        ("metadata of another record", swap("meta", "record = 2 AND item = 'a'"), vec![Fault::Row], false),
        (
            "descriptor of another record",
            swap("descriptor", "record = 2 AND item = 'a'"),
            vec![Fault::Row],
            false,
        ),
        (
            "metadata as descriptor",
            swap("descriptor", "record = 1 AND item = 'a'").replacen("SELECT descriptor", "SELECT meta", 1),
            vec![Fault::Row],
            false,
        ),
        ("mark of another version", swap("mark", "record = 1 AND item = 'b'"), vec![Fault::Row], false),
        ("another name", "UPDATE item SET item = 'c' WHERE item = 'a'".to_owned(), vec![Fault::Row], false),
        ("no bytes", "UPDATE item SET meta = x'' WHERE item = 'a'".to_owned(), vec![Fault::Row], false),
        (
            "key of another record",
            "UPDATE record_key SET wrapped = (SELECT wrapped FROM record_key WHERE record = 2)".to_owned(),
            vec![Fault::Key],
            false,
        ),
        ("inbox row gone", "DELETE FROM inbox".to_owned(), vec![Fault::SourceMissing], true),
        (
            "inbox row cut",
            "UPDATE inbox SET sealed = substr(sealed, 1, 50)".to_owned(),
            vec![Fault::SourceDamaged],
            true,
        ),
        (
            "original without row",
            "DELETE FROM source WHERE object IS NULL".to_owned(),
            vec![Fault::SourceMissing],
            true,
        ),
        (
            "wrong size of the pack",
            "UPDATE record SET pack_bytes = 7".to_owned(),
            vec![Fault::PackDamaged],
            true,
        ),
    ] {
        assert_eq!(after(&sql).await, (faults, readable), "{what}");
    }
}

/// What reading the original of `a` and the pack of the first record gives.
async fn reads(store: &Store, key: &RecordKey) -> (Result<Vec<u8>, Error>, Result<Vec<u8>, Error>) {
    let source = store.row(key, "a").unwrap().unwrap().source.unwrap();
    let pack = store.head(key).unwrap().unwrap().pack.unwrap();
    (store.source(key, &source).await, store.pack(key, &pack).await)
}

#[tokio::test]
async fn objects_that_were_moved_changed_or_removed_do_not_open() {
    for how in ["swapped", "flipped", "cut", "removed"] {
        let site = Site::new();
        let [one, two] = two_records(&site).await;
        let of = |class: &str, key: &RecordKey| {
            let prefix = format!("{class}/{}/{key}/", key.part());
            site.object(&site.objects().into_iter().find(|name| name.starts_with(&prefix)).unwrap())
        };
        for class in ["source", "pack"] {
            let (path, foreign) = (of(class, &one), of(class, &two));
            let mut bytes = fs::read(&path).unwrap();
            match how {
                "swapped" => bytes = fs::read(foreign).unwrap(),
                "flipped" => *bytes.last_mut().unwrap() ^= 1,
                "cut" => bytes.truncate(30),
                _ => fs::remove_file(&path).unwrap(),
            }
            if how != "removed" {
                fs::write(&path, bytes).unwrap();
            }
        }
        let store = site.open().await;
        let (source, pack) = reads(&store, &one).await;
        let removed = how == "removed";
        for read in [source, pack] {
            let told = match read {
                Err(Error::ObjectMissing(_)) => removed,
                Err(Error::Damaged { record, .. }) => !removed && record == one,
                _ => false,
            };
            assert!(told, "{how}");
        }
        let findings = store.check().await.unwrap().findings;
        let expected = if removed {
            [(Fault::SourceMissing, false), (Fault::PackMissing, true)]
        } else {
            [(Fault::SourceDamaged, false), (Fault::PackDamaged, true)]
        };
        let found: Vec<_> = findings.iter().map(|f| (f.fault, f.rebuildable())).collect();
        assert_eq!(found, expected, "{how}");
        assert!(findings.iter().all(|f| f.record == Some(one) && f.what.contains(&one.to_string())), "{how}");

        assert!(store.forget_pack(&one).await.unwrap());
        assert_eq!(store.head(&one).unwrap().unwrap().pack, None);
        build_all(&store, b"built again").await;
        let pack = store.head(&one).unwrap().unwrap().pack.unwrap();
        assert_eq!(store.pack(&one, &pack).await.unwrap(), b"built again", "{how}");
    }
}

#[tokio::test]
async fn damage_to_the_pages_of_the_ledger_is_found() {
    let site = Site::new();
    two_records(&site).await;
    let path = site.path().join("store/ledger.sqlite");
    let mut bytes = fs::read(&path).unwrap();
    let pages = bytes.len() / 8192;
    // The cell count of every page but the first two.
    for page in 2..pages {
        bytes[page * 8192 + 3] ^= 0x10;
    }
    fs::write(&path, bytes).unwrap();
    let found = match Store::open(&site.config()).await {
        Ok(store) => match store.check().await {
            Ok(report) => report.findings.iter().any(|finding| finding.fault == Fault::Ledger),
            Err(Error::Ledger(_)) => true,
            Err(_) => false,
        },
        Err(error) => matches!(error, Error::Ledger(_)),
    };
    assert!(found);
}
