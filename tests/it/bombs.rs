//! Bombs sent to the real server: each ends inside its limits, and the server's own memory hardly moves.

use crate::kill::{RECORD, Running, start, token};
use crate::support::{corpus, files, fixture, temp_dir};
use serde_json::Value;
use std::path::Path;
use std::time::{Duration, Instant};

/// What a bomb may move the server's memory by, bytes.
const MOST: u64 = 50 << 20;

/// A number of kilobytes in what the kernel says of the server, in bytes.
fn memory(server: &Running, name: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_matches([':', '\t', ' ', 'k', 'B']).parse::<u64>().unwrap() << 10
}

/// Sends a file and waits until it is read, then has its first page drawn; what became of both.
fn send(server: &Running, feeder: &str, reader: &str, path: &Path) -> String {
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(200)))
        .http_status_as_error(false)
        .build()
        .new_agent();
    let id = path.file_stem().unwrap().to_str().unwrap().replace('_', "-");
    let record = format!("{}/v1/records/{RECORD}", server.base);
    let sent = agent
        .post(format!("{record}/documents?wait=content&id={id}&title=Bombe"))
        .header("authorization", format!("Bearer {feeder}"))
        .header("content-type", "application/pdf")
        .send(std::fs::read(path).unwrap())
        .unwrap();
    assert!(sent.status().is_success(), "{id}: {}", sent.status());
    let get = |path: &str| {
        let request =
            agent.get(format!("{record}/{path}")).header("authorization", format!("Bearer {reader}"));
        request.call().unwrap()
    };
    let item = format!("DocumentReference/{id}");
    // who draws has limits of its own: a picture, or a refusal
    let drawn = get(&format!("items/{item}/pages/1.png")).status().as_u16();
    assert!(matches!(drawn, 200 | 422 | 504), "{id}: {drawn}");
    let coverage =
        || -> Value { serde_json::from_slice(&get("coverage").body_mut().read_to_vec().unwrap()).unwrap() };
    let end = Instant::now() + Duration::from_secs(200);
    while coverage()["pending"] != 0 {
        assert!(Instant::now() < end, "{id} is never read");
        std::thread::sleep(Duration::from_millis(50));
    }
    let coverage = coverage();
    let reason = coverage["unreadable"].as_array().unwrap().iter().find(|unread| unread["item"] == item);
    format!("drawn {drawn}, {}", reason.map_or("read", |unread| unread["reason"].as_str().unwrap()))
}

#[test]
fn a_bomb_does_not_move_the_servers_memory() {
    let Some(folder) = corpus("pdf/tricky") else { return };
    if !Path::new("/proc/self/clear_refs").exists() {
        return eprintln!("skipped: no /proc tells of the memory of processes here");
    }
    let dir = temp_dir();
    let [feeder, reader] = ["service", "patient"].map(|role| token(dir.path(), role));
    let server = start(dir.path());
    // what reading and drawing take once, whatever is read
    send(&server, &feeder, &reader, &fixture("records/clemence-vauquelin/upload/ordonnance-hgpo-2025.pdf"));
    let bombs = files(&folder).into_iter().filter(|path| path.to_string_lossy().contains("bomb"));
    let mut count = 0;
    for path in bombs {
        // 5: the peak begins anew (proc(5))
        std::fs::write(format!("/proc/{}/clear_refs", server.child.id()), "5").unwrap();
        let before = memory(&server, "VmRSS");
        let end = send(&server, &feeder, &reader, &path);
        let moved = memory(&server, "VmHWM").saturating_sub(before);
        let name = path.file_name().unwrap().display();
        eprintln!("{name}: {end}, {} MB above {}", moved >> 20, before >> 20);
        assert!(moved < MOST, "{name}: {moved} bytes");
        count += 1;
    }
    assert!(count > 0, "no bomb is there");
}
