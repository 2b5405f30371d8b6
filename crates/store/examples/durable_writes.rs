//! Measures durable writes and look-ups on a disk: `cargo run --release -p store --example durable_writes
//! -- [directory [records]]`.
//!
//! A document is 600 bytes of metadata, a descriptor of 1.5 kB and an original of 8 kB of text. Each
//! client writes one document, waits until it is durable, and writes the next. The directory should be
//! on the disk that is to be measured; a fresh one is made below it.

use sha2::{Digest, Sha256};
use std::io::Write;
use std::sync::LazyLock;
use std::time::{Duration, Instant};
use store::{Body, Entry, Store, StoreConfig};

/// Any error, for a program of one page.
type Fallible<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const PERIOD: Duration = Duration::from_secs(5);

/// The same text for all, but for a line of its own: making text must not be what is measured.
static TEXT: LazyLock<String> = LazyLock::new(|| {
    let words = (0..600u64).map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40);
    words.map(|word| format!("<td>{word:x}</td> créatinine ")).collect()
});

fn document(item: u64) -> Entry {
    let text = |bytes: usize| [format!("{item}\n").as_bytes(), &TEXT.as_bytes()[..bytes]].concat();
    let source = text(8000);
    Entry {
        item: format!("DocumentReference/{item}"),
        digest: Sha256::digest(&source).into(),
        patient: Vec::new(),
        body: Body::Put {
            meta: text(600),
            descriptor: text(1500),
            source: Some(("text/xml".to_owned(), source)),
        },
    }
}

fn quantile(sorted: &[Duration], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    let index = (last as f64 * share).round() as usize;
    sorted.get(index).map_or(0.0, |duration| duration.as_secs_f64() * 1000.0)
}

/// Writes with `clients` at a time for a while; the time of each write.
async fn write(store: &Store, clients: u64, start: u64) -> Fallible<Vec<Duration>> {
    let until = Instant::now() + PERIOD;
    let tasks = (0..clients).map(|client| {
        let store = store.clone();
        tokio::spawn(async move {
            let key = store.key(&format!("record-{client}").parse()?);
            let mut times = Vec::new();
            for step in 0.. {
                let begun = Instant::now();
                if begun > until {
                    break;
                }
                store.write(&key, vec![document(start + client * 1_000_000 + step)]).await?;
                times.push(begun.elapsed());
            }
            Fallible::Ok(times)
        })
    });
    let mut all = Vec::new();
    for times in futures::future::join_all(tasks).await {
        all.extend(times??);
    }
    all.sort_unstable();
    Ok(all)
}

/// Fills the store up to so many records, and times heads and deltas of records chosen at random.
async fn look_up(store: &Store, records: u64) -> Fallible<[Vec<Duration>; 2]> {
    let waves: Vec<u64> = (0..records).collect();
    for wave in waves.chunks(256) {
        let writes = wave.iter().map(|number| async move {
            let key = store.key(&format!("many-{number}").parse()?);
            store.write(&key, vec![document(*number)]).await?;
            Fallible::Ok(())
        });
        futures::future::try_join_all(writes).await?;
    }
    let mut times = [Vec::new(), Vec::new()];
    for step in 0..20_000u64 {
        let number = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) % records.max(1);
        let key = store.key(&format!("many-{number}").parse()?);
        let begun = Instant::now();
        store.head(&key)?;
        times[0].push(begun.elapsed());
        let begun = Instant::now();
        store.rows(&key, 0)?;
        times[1].push(begun.elapsed());
    }
    times.iter_mut().for_each(|times| times.sort_unstable());
    Ok(times)
}

#[tokio::main]
async fn main() -> Fallible<()> {
    let mut arguments = std::env::args().skip(1);
    let dir = arguments.next().unwrap_or_else(|| ".".to_owned());
    let records = arguments.next().map_or(Ok(10_000), |number| number.parse::<u64>())?;
    let dir = tempfile::tempdir_in(dir)?;
    let store = Store::open(&StoreConfig::new(dir.path().join("store"), dir.path().join("key"))).await?;
    let mut out = std::io::stdout().lock();
    for (turn, clients) in [1, 32, 256].into_iter().enumerate() {
        let times = write(&store, clients, turn as u64 * 1_000_000_000).await?;
        let rate = times.len() as f64 / PERIOD.as_secs_f64();
        let (half, most) = (quantile(&times, 0.5), quantile(&times, 0.99));
        writeln!(out, "{clients:>4} clients: {rate:>8.0} documents/s, p50 {half:.2} ms, p99 {most:.2} ms")?;
    }
    let [heads, rows] = look_up(&store, records).await?;
    for (name, times) in [("head", heads), ("rows", rows)] {
        let (half, most) = (quantile(&times, 0.5) * 1000.0, quantile(&times, 0.99) * 1000.0);
        writeln!(out, "{name} among {records} records: p50 {half:.1} µs, p99 {most:.1} µs")?;
    }
    let held = store.statistics()?;
    let per_document = held.ledger_bytes as f64 / held.items.max(1) as f64;
    writeln!(out, "{} documents, {per_document:.0} bytes of ledger each", held.items)?;
    Ok(())
}
