//! `doctor`: does every stored byte open, what is missing on this machine, is there room.

use super::engine;
use super::exit::Exit;
use super::output::{self, Output};
use crate::config::Config;
use crate::reader::Confined;
use ::ingest::ocr::{INSTALL, Tesseract};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::Duration;
use store::{Finding, Report, Statistics, Store};

/// Orphans younger than this may belong to a write that is under way.
const GRACE: Duration = Duration::from_secs(3600);

/// Check that every stored byte opens
#[derive(Debug, clap::Args)]
pub(super) struct DoctorArgs {
    /// Rebuild what can be rebuilt, and delete what nothing names
    #[arg(long)]
    repair: bool,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Diagnosis {
    version: &'static str,
    extractor: u32,
    free_disk_bytes: Option<u64>,
    records: u64,
    records_waiting: u64,
    items: u64,
    sources: u64,
    packs: u64,
    vectors: u64,
    records_not_embedded: u64,
    bytes_read: u64,
    ledger_bytes: u64,
    orphans: u64,
    orphan_bytes: u64,
    findings: Vec<Found>,
    repaired: Option<Repaired>,
    /// Whether scans can be recognised here.
    ocr: bool,
    /// What is closed to the processes that read foreign bytes.
    workers: Confined,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Found {
    /// The keyed hash, never the id.
    record: Option<String>,
    fault: String,
    what: String,
    can_be_rebuilt: bool,
}

#[derive(Debug, Serialize)]
struct Repaired {
    packs: u64,
    vectors: u64,
    orphans_deleted: u64,
    erasures_finished: u64,
    still_wrong: usize,
}

/// Runs the command.
pub(super) async fn run(args: &DoctorArgs, config: Config, output: Output) -> anyhow::Result<Exit> {
    let service = engine::open(&config).await?;
    let store = service.store();
    let report = store.check().await?;
    let notes: Vec<String> =
        service.model_problems().iter().map(|p| format!("search is by words alone: {p}")).collect();
    let mut damaged = !report.findings.is_empty();
    let mut repaired = None;
    if args.repair {
        let done = repair(store, &report).await?;
        engine::drain(&service, output).await?;
        let again = store.check().await?;
        damaged = !again.findings.is_empty();
        repaired = Some(Repaired { still_wrong: again.findings.len(), ..done });
    }
    let free = rustix::fs::statvfs(&config.data_dir).ok().map(|fs| fs.f_bavail.saturating_mul(fs.f_frsize));
    let mut diagnosis = diagnosis(&report, &store.statistics()?, free, repaired, notes);
    match Tesseract::find() {
        Ok(_) => diagnosis.ocr = config.ocr,
        Err(missing) => diagnosis.notes.push(without_ocr(missing)),
    }
    diagnosis.workers = Confined::here(&std::env::current_exe()?).unwrap_or_default();
    diagnosis.notes.extend(unconfined(diagnosis.workers));
    output.print(&diagnosis, text)?;
    Ok(if damaged { Exit::Damaged } else { Exit::Done })
}

/// What it means that nothing recognises here, and what to do.
pub(super) fn without_ocr(missing: &str) -> String {
    format!("{missing}: scans are found by their metadata alone; {INSTALL}")
}

/// What the kernel leaves open to workers.
fn unconfined(workers: Confined) -> Option<String> {
    let open = match (workers.files, workers.network) {
        (true, true) => return None,
        (true, false) => "the network stays",
        (false, true) => "files stay",
        (false, false) => "files and network stay",
    };
    Some(format!("{open} open to the processes that read documents: the kernel lacks Landlock or seccomp"))
}

/// Has lost packs built again and orphans deleted. Lost sources cannot be made good: they stay findings.
async fn repair(store: &Store, report: &Report) -> anyhow::Result<Repaired> {
    let (vectors, packs): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().filter(|f| f.rebuildable()).partition(|f| f.of_vectors());
    let lost: BTreeSet<_> = packs.iter().filter_map(|f| f.record).collect();
    for record in &lost {
        store.forget_pack(record).await?;
    }
    for (record, object) in vectors.iter().filter_map(|f| Some((f.record.as_ref()?, &f.what))) {
        for (found, _) in store.vectors_of(record)?.iter().filter(|(found, _)| found.object == *object) {
            store.forget_vectors(record, &found.model).await?;
        }
    }
    let swept = store.sweep(GRACE).await?;
    Ok(Repaired {
        packs: lost.len() as u64,
        vectors: vectors.len() as u64,
        orphans_deleted: swept.deleted,
        erasures_finished: swept.erasures,
        still_wrong: 0,
    })
}

fn diagnosis(
    report: &Report,
    statistics: &Statistics,
    free_disk_bytes: Option<u64>,
    repaired: Option<Repaired>,
    notes: Vec<String>,
) -> Diagnosis {
    let found = |f: &Finding| Found {
        record: f.record.as_ref().map(ToString::to_string),
        fault: format!("{:?}", f.fault),
        what: f.what.clone(),
        can_be_rebuilt: f.rebuildable(),
    };
    Diagnosis {
        version: env!("CARGO_PKG_VERSION"),
        extractor: ::ingest::EXTRACTOR,
        free_disk_bytes,
        records: report.records,
        records_waiting: statistics.pending,
        items: report.items,
        sources: report.sources,
        packs: report.packs,
        vectors: report.vectors,
        records_not_embedded: statistics.unembedded,
        bytes_read: report.bytes,
        ledger_bytes: statistics.ledger_bytes,
        orphans: report.orphans,
        orphan_bytes: report.orphan_bytes,
        findings: report.findings.iter().map(found).collect(),
        repaired,
        ocr: false,
        workers: Confined::default(),
        notes,
    }
}

fn text(d: &Diagnosis) -> String {
    let mut text = format!("mes-search {}, extractor {}\n", d.version, d.extractor);
    let free = d.free_disk_bytes.map_or_else(|| "unknown".to_owned(), output::bytes);
    let _ = writeln!(
        text,
        "{} records ({} waiting), {} items, {} documents, {} packs, {} vectors: {} opened\nledger {}, free on the disk {free}",
        d.records,
        d.records_waiting,
        d.items,
        d.sources,
        d.packs,
        d.vectors,
        output::bytes(d.bytes_read),
        output::bytes(d.ledger_bytes)
    );
    if d.orphans > 0 {
        let _ =
            writeln!(text, "{} objects that nothing names ({})", d.orphans, output::bytes(d.orphan_bytes));
    }
    if d.ocr {
        text.push_str("scans are read by Tesseract\n");
    }
    for note in &d.notes {
        let _ = writeln!(text, "note: {note}");
    }
    if d.findings.is_empty() {
        text.push_str("nothing is wrong\n");
    } else {
        let row = |f: &Found| {
            let repair = if f.can_be_rebuilt { "--repair rebuilds it" } else { "lost: send it again" };
            let record = f.record.clone().unwrap_or_else(|| "-".to_owned());
            vec![record, f.fault.clone(), f.what.clone(), repair.to_owned()]
        };
        let rows: Vec<_> = d.findings.iter().map(row).collect();
        let _ = write!(text, "\n{}", output::table(&["record", "fault", "where", "what to do"], &rows));
    }
    if let Some(r) = &d.repaired {
        let _ = writeln!(
            text,
            "repaired: {} packs and {} vectors rebuilt, {} orphans deleted, {} erasures finished; {} findings left",
            r.packs, r.vectors, r.orphans_deleted, r.erasures_finished, r.still_wrong
        );
    }
    text
}
