//! Killed at any moment, the store keeps what it acknowledged and shows no half.
//!
//! The test starts its own binary again as a writer, which prints each document once it is acknowledged,
//! while workers publish, records are erased and the sweeper runs without grace. The parent kills it with
//! SIGKILL after 20 to 300 ms, opens the store and looks. `MES_KILL_CYCLES=200` makes 200 cycles of it.
//!
//! This shows recovery from a killed process. It says nothing about power cuts: the page cache survives.

use super::{LEASE, Site, files, original, record};
use crate::{Body, Built, Entry, Outcome, RecordKey, Store, StoreConfig};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const DIR: &str = "MES_STORE_KILL_DIR";
const CYCLE: &str = "MES_STORE_KILL_CYCLE";
const RECORDS: usize = 4;
const WRITERS: usize = 6;

fn document(item: &str, version: u64) -> Entry {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&version.to_be_bytes());
    let low = version.to_be_bytes()[7];
    let source = Some(("text/xml".to_owned(), [&digest[..], &original(item, low)].concat()));
    let body =
        Body::Put { meta: format!("{item} {version}").into_bytes(), descriptor: vec![low; 300], source };
    Entry { item: item.to_owned(), digest, patient: Vec::new(), body }
}

/// Is nothing unless the parent started it: then it writes until it is killed.
#[test]
fn child() {
    let (Ok(dir), Ok(cycle)) = (std::env::var(DIR), std::env::var(CYCLE)) else { return };
    let config = StoreConfig::new(format!("{dir}/store"), format!("{dir}/store.key"));
    let first = cycle.parse::<u64>().unwrap() << 32;
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(&config).await.unwrap();
        for worker in 0..2 {
            tokio::spawn(build(store.clone(), worker));
        }
        for model in ["m1", "m2"] {
            tokio::spawn(embed(store.clone(), model));
        }
        tokio::spawn(sweep(store.clone()));
        let writers = (0..WRITERS).map(|writer| tokio::spawn(write(store.clone(), writer, first)));
        futures::future::join_all(writers).await;
    });
}

/// Writes versions of its own items, two at a time, and says so when they are durable.
async fn write(store: Store, writer: usize, first: u64) {
    let name = format!("r{}", writer % RECORDS);
    let key = record(&store, &name);
    for step in 0u64.. {
        let version = first + step + 1;
        let items = [format!("w{writer}-{}", step % 5), format!("w{writer}-x")];
        let entries = items.iter().map(|item| document(item, version)).collect();
        let receipt = store.write(&key, entries).await.unwrap();
        assert!(receipt.outcomes.iter().all(|o| matches!(o, Outcome::Created | Outcome::Updated)));
        let mut out = std::io::stdout().lock();
        for item in &items {
            writeln!(out, "ACK {name} {item} {version}").unwrap();
        }
        out.flush().unwrap();
    }
}

async fn build(store: Store, worker: usize) {
    loop {
        match store.claim(&format!("worker-{worker}"), LEASE).await.unwrap() {
            None => tokio::time::sleep(Duration::from_millis(1)).await,
            Some(claim) => {
                let sequence = claim.head_sequence;
                let pack = format!("{} {sequence}", claim.key).into_bytes();
                store.publish(claim, pack, sequence, Built::default()).await.unwrap();
            }
        }
    }
}

/// What stands for vectors: it tells its record, model and pack.
fn vectors(key: &RecordKey, model: &str, generation: u64) -> Vec<u8> {
    format!("{key} {model} {generation}").into_bytes()
}

/// Embeds what waits, and switches the record to its model: the other's task switches it back.
async fn embed(store: Store, model: &'static str) {
    loop {
        match store.claim_vectors(Duration::ZERO).await.unwrap() {
            None => tokio::time::sleep(Duration::from_millis(1)).await,
            Some(claim) => {
                let bytes = vectors(&claim.key, model, claim.pack.generation);
                store.publish_vectors(claim, model, bytes, true).await.unwrap();
            }
        }
    }
}

async fn sweep(store: Store) {
    let doomed = record(&store, "doomed");
    loop {
        store.write(&doomed, vec![document("d", 1)]).await.unwrap();
        store.sweep(Duration::ZERO).await.unwrap();
        store.erase(&doomed).await.unwrap();
    }
}

fn start(site: &Site, cycle: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["tests::kill::child", "--exact", "--nocapture", "--test-threads=1"])
        .env(DIR, site.path())
        .env(CYCLE, cycle.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The latest acknowledged version of each item, by record and item.
type Acknowledged = BTreeMap<(String, String), u64>;

fn run_and_kill(site: &Site, cycle: u64, acknowledged: &mut Acknowledged) -> usize {
    let mut child = start(site, cycle);
    let out = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || out.lines().map_while(Result::ok).collect::<Vec<String>>());
    let random: [u8; 2] = crate::seal::random().unwrap();
    std::thread::sleep(Duration::from_millis(20 + u64::from(u16::from_le_bytes(random)) % 280));
    child.kill().unwrap();
    child.wait().unwrap();
    let mut count = 0;
    for line in reader.join().unwrap() {
        let words: Vec<&str> = line.split(' ').collect();
        // The last line may be cut; the harness prints lines of its own.
        if let ["ACK", name, item, version] = words[..]
            && let Ok(version) = version.parse::<u64>()
            && version >> 32 == cycle
        {
            let latest = acknowledged.entry((name.to_owned(), item.to_owned())).or_insert(0);
            *latest = version.max(*latest);
            count += 1;
        }
    }
    count
}

/// Nothing acknowledged is missing, everything visible is whole, what stands beside it is removed.
async fn inspect(site: &Site, acknowledged: &Acknowledged) {
    let store = site.open().await;
    let mut seen = 0;
    for number in 0..RECORDS {
        let name = format!("r{number}");
        let key = record(&store, &name);
        let mut pairs: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for row in store.rows(&key, 0).unwrap() {
            let version = u64::from_be_bytes(*row.digest.first_chunk().unwrap());
            let expected = document(&row.item, version);
            let Body::Put { meta, source: Some((_, bytes)), .. } = expected.body else {
                unreachable!("a put")
            };
            assert_eq!(row.meta, meta);
            assert_eq!(store.source(&key, &row.source.unwrap()).await.unwrap(), bytes);
            let latest = acknowledged.get(&(name.clone(), row.item.clone())).copied().unwrap_or(0);
            assert!(version >= latest, "{name} {}: {version} is older than {latest}", row.item);
            seen += usize::from(latest > 0);
            let (writer, _) = row.item.split_once('-').unwrap();
            pairs.entry(writer.to_owned()).or_default().push(version);
        }
        let all = store.vectors_of(&key).unwrap();
        assert!(all.iter().filter(|(_, active)| *active).count() <= 1, "one model is searched");
        for (found, _) in &all {
            let bytes = store.vectors(&key, found).await.unwrap();
            assert_eq!(bytes, vectors(&key, &found.model, found.generation));
        }
        let searched = store.head(&key).unwrap().and_then(|head| head.vectors);
        assert_eq!(searched, all.into_iter().find(|(_, active)| *active).map(|(found, _)| found));
        for (writer, versions) in pairs {
            // Each write holds two items of one version: the newest version stands twice, or a half is seen.
            let newest = versions.iter().max().unwrap();
            assert_eq!(versions.iter().filter(|version| *version == newest).count(), 2, "{name} {writer}");
        }
    }
    assert_eq!(seen, acknowledged.len(), "every acknowledged item is there");
    store.sweep(Duration::ZERO).await.unwrap();
    let report = store.check().await.unwrap();
    assert_eq!((report.orphans, &report.findings), (0, &Vec::new()));
    for path in files(&site.path().join("store/blobs")) {
        // A cut upload may stay until it is ten minutes old.
        let name = path.to_string_lossy().into_owned();
        assert!(name.contains('#') || crate::blobs::parse(name.split("blobs/").nth(1).unwrap()).is_some());
    }
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_half_is_seen() {
    let cycles = std::env::var("MES_KILL_CYCLES").ok().and_then(|n| n.parse().ok()).unwrap_or(15);
    let site = Site::new();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // So that the key file and the tables are there: the first cycles may end before they are.
    runtime.block_on(async { drop(site.open().await) });
    let (mut acknowledged, mut total) = (Acknowledged::new(), 0);
    for cycle in 1..=cycles {
        total += run_and_kill(&site, cycle, &mut acknowledged);
        runtime.block_on(inspect(&site, &acknowledged));
    }
    assert!(total > 0, "the writers were never killed in the act");
    let mut out = std::io::stdout().lock();
    writeln!(out, "{cycles} kills, {total} documents acknowledged, 0 lost").unwrap();
}
