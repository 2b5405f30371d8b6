//! The real server, killed with SIGKILL under load: what it acknowledged is there when it comes back, and a
//! bundle is there whole or not at all.
//!
//! `MES_KILL_CYCLES=200` makes the long run; the suite makes a short one.

use crate::support::temp_dir;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub(crate) const RECORD: &str = "record-k";

/// Items of an acknowledged bundle, and its number.
type Acknowledged = Arc<Mutex<BTreeMap<String, u64>>>;

/// A server that is killed when dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) base: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn binary() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mes-search"))
}

/// A token of a role for the record.
pub(crate) fn token(dir: &Path, role: &str) -> String {
    let out = binary().args(["token", RECORD, "--role", role]).current_dir(dir).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// Starts the server on a folder.
pub(crate) fn start(dir: &Path) -> Running {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let address = format!("127.0.0.1:{port}");
    let child = binary()
        .args(["serve", "--data-dir", "data", "--listen", &address, "--jwks", "data/test-keys/jwks.json"])
        .args(["--issuer", "urn:mes-search:test", "--audience", "mes-search"])
        .current_dir(dir)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = Running { child, base: format!("http://{address}") };
    let agent = agent();
    let end = Instant::now() + Duration::from_secs(20);
    while agent.get(format!("{}/readyz", running.base)).call().is_err() {
        assert!(Instant::now() < end, "the server does not come up");
        std::thread::sleep(Duration::from_millis(10));
    }
    running
}

fn agent() -> ureq::Agent {
    let timeout = Some(Duration::from_secs(20));
    ureq::Agent::config_builder().timeout_global(timeout).build().new_agent()
}

/// Two conditions that carry one number: whoever sees one must see the other with the same number.
fn bundle(writer: usize, step: u64) -> Value {
    let condition = |name: &str| {
        json!({"resource": {"resourceType": "Condition", "id": format!("w{writer}-{}-{name}", step % 4),
            "code": {"text": format!("gonarthrose numéro {step}")}, "onsetDateTime": "2024-03"}})
    };
    json!({"resourceType": "Bundle", "type": "collection", "entry": [condition("a"), condition("b")]})
}

fn write(base: &str, token: &str, writer: usize, first: u64, stop: &AtomicBool, acknowledged: &Acknowledged) {
    let agent = agent();
    for step in first.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let call = agent
            .put(format!("{base}/v1/records/{RECORD}/bundle"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/fhir+json")
            .send(bundle(writer, step).to_string());
        // A killed server ends the writing; only a 200 counts.
        if !call.is_ok_and(|answer| answer.status() == 200) {
            return;
        }
        let mut acknowledged = acknowledged.lock().unwrap();
        for name in ["a", "b"] {
            acknowledged.insert(format!("Condition/w{writer}-{}-{name}", step % 4), step);
        }
    }
}

/// The number that an item carries now.
fn number(base: &str, token: &str, item: &str) -> Option<u64> {
    let mut answer = agent()
        .get(format!("{base}/v1/records/{RECORD}/items/{item}"))
        .header("authorization", format!("Bearer {token}"))
        .call()
        .ok()?;
    let item: Value = serde_json::from_slice(&answer.body_mut().read_to_vec().unwrap()).unwrap();
    item["title"].as_str()?.rsplit(' ').next()?.parse().ok()
}

#[test]
fn a_killed_server_keeps_what_it_acknowledged() {
    let cycles = std::env::var("MES_KILL_CYCLES").ok().and_then(|n| n.parse().ok()).unwrap_or(5u64);
    let dir = temp_dir();
    let [feeder, reader] = ["service", "patient"].map(|role| token(dir.path(), role));
    let acknowledged = Acknowledged::default();
    for cycle in 1..=cycles {
        let running = start(dir.path());
        let stop = Arc::new(AtomicBool::new(false));
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let (base, token) = (running.base.clone(), feeder.clone());
                let (stop, acknowledged) = (stop.clone(), acknowledged.clone());
                std::thread::spawn(move || write(&base, &token, writer, cycle << 20, &stop, &acknowledged))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(40 + cycle * 37 % 260));
        drop(running);
        stop.store(true, Ordering::Relaxed);
        writers.into_iter().for_each(|writer| writer.join().unwrap());

        let again = start(dir.path());
        for (item, least) in acknowledged.lock().unwrap().iter() {
            let found = number(&again.base, &reader, item);
            assert!(found >= Some(*least), "cycle {cycle}: {item} was acknowledged at {least}, is {found:?}");
            let (stem, _) = item.rsplit_once('-').unwrap();
            let twin = if item.ends_with('a') { "b" } else { "a" };
            let other = number(&again.base, &reader, &format!("{stem}-{twin}"));
            assert_eq!(found, other, "cycle {cycle}: half of a bundle");
        }
    }
    assert!(!acknowledged.lock().unwrap().is_empty(), "the server was never killed in the act");
}
