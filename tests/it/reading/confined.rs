//! Processes that read or draw foreign bytes are closed in, where the kernel can do that.

use super::item;
use crate::support::temp_dir;
use ingest::MediaType;
use mes_search::reader::{Confined, Reader, ReaderConfig};
use record::Outcome;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn what_the_kernel_closes_is_closed() {
    // it fails by itself where the kernel claims to have closed what is open
    let found =
        Confined::here(Path::new(env!("CARGO_BIN_EXE_mes-search"))).expect("a kernel that does not lie");
    if cfg!(target_os = "linux") {
        assert!(found.network, "no filter of system calls");
    }
    if !found.files {
        eprintln!("skipped: this kernel has no Landlock, or does not let it be used");
    }
}

/// What the kernel says of a process that filters its system calls (proc_pid_status(5)).
fn is_filtered(id: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    status.contains("\nSeccomp:\t2\n") && status.contains("\nNoNewPrivs:\t1\n")
}

/// Whether `/proc` tells of processes here.
fn proc() -> bool {
    let there = Path::new("/proc/self/status").exists();
    if !there {
        eprintln!("skipped: no /proc tells of processes here");
    }
    there
}

#[test]
fn who_draws_is_closed_in_before_it_sees_a_byte() {
    if !proc() {
        return;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_mes-search"));
    let mut child = command.arg("draw-worker").env_clear().stdin(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while !is_filtered(child.id()) && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
    }
    let filtered = is_filtered(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(filtered);
}

/// The running processes that were started by this path.
fn started_by(path: &str) -> Vec<u32> {
    let ids = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let command = |id: &u32| std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    ids.filter(|id| command(id).split(|b| *b == 0).next() == Some(path.as_bytes())).collect()
}

#[tokio::test]
async fn who_reads_is_closed_in() {
    if !proc() {
        return;
    }
    // a name of its own tells its workers from those of other tests
    let folder = temp_dir();
    let program = folder.path().join("reads");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mes-search"), &program).unwrap();
    let reader = Reader::new(ReaderConfig { workers: 1, ..ReaderConfig::new(program.clone()) });
    let reading = reader.read(MediaType::Text, b"Compte rendu", &item()).await;
    assert_eq!(reading.outcome, Outcome::Read);
    let workers = started_by(program.to_str().unwrap());
    assert_eq!(workers.len(), 1);
    assert!(is_filtered(workers[0]));
}
