//! Scans in a running service.

use super::tesseract;
use crate::support::{corpus, temp_dir};
use ingest::Upload;
use mes_search::config::Settings;
use mes_search::{Error, Service};
use record::{Fault, Outcome, RecordId};
use search::Query;
use search::policy::{Actor, Role};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;

const SCAN: &str = "pdf/scans/ordonnance__lo-sans__fax.png";

async fn service(folder: &Path, ocr: bool) -> Service {
    let settings = Settings { data_dir: Some(folder.to_owned()), ocr: Some(ocr), ..Settings::default() };
    let config = settings.resolve().unwrap();
    Service::open(&config, PathBuf::from(env!("CARGO_BIN_EXE_mes-search"))).await.unwrap()
}

fn record_id() -> RecordId {
    RecordId::new("r").unwrap()
}

/// Puts a file; the sequence after it.
async fn put(service: &Service, name: &str, bytes: Vec<u8>) -> u64 {
    let upload = Upload { file_name: Some(name.to_owned()), ..Upload::default() };
    let actor = Actor::new("s", Role::Service);
    service.put_document(&record_id(), &actor, upload, bytes).await.unwrap().sequence
}

/// How many documents hold a word, and how sure the recognition of the first excerpt is.
async fn found(service: &Service, word: &str) -> Result<(usize, Option<f32>), Error> {
    let query = Query::new(word);
    let answer = service.search(&record_id(), &Actor::new("p", Role::Patient), query).await?;
    let sure = answer.hits.first().and_then(|hit| hit.snippets.first()).and_then(|s| s.ocr_confidence);
    Ok((answer.hits.len(), sure))
}

#[tokio::test(flavor = "multi_thread")]
async fn text_is_found_at_once_and_scans_behind_it() {
    let (Some(_), Some(scan)) = (tesseract(), corpus(SCAN)) else { return };
    let folder = temp_dir();
    let service = service(folder.path(), true).await;
    let sequence = put(&service, "scan.png", std::fs::read(scan).unwrap()).await;
    let sequence = put(&service, "note.txt", b"Radiographie de la cheville".to_vec()).await.max(sequence);
    // the text alone: what is behind it has not begun
    service.drain_text().await.unwrap();
    assert_eq!(found(&service, "cheville").await.unwrap(), (1, None));
    assert_eq!(found(&service, "furosémide").await.unwrap().0, 0);
    let patient = Actor::new("p", Role::Patient);
    let coverage = service.coverage(&record_id(), &patient).await.unwrap();
    assert_eq!((coverage.documents, coverage.searched, coverage.pending), (2, 1, 1));

    let (stop, stopped) = watch::channel(false);
    let tasks = service.start(&stopped);
    assert!(service.wait_content(&record_id(), sequence, Duration::from_secs(300)).await.unwrap());
    let (count, sure) = found(&service, "furosémide").await.unwrap();
    assert_eq!(count, 1);
    assert!(sure.is_some_and(|sure| sure > 0.6), "{sure:?}");
    let coverage = service.coverage(&record_id(), &patient).await.unwrap();
    assert_eq!((coverage.searched, coverage.pending, coverage.unreadable.len()), (2, 0, 0));
    stop.send(true).unwrap();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_engine_scans_are_named_and_read_once_there_is_one() {
    let (Some(_), Some(scan)) = (tesseract(), corpus(SCAN)) else { return };
    let folder = temp_dir();
    let patient = Actor::new("p", Role::Patient);
    {
        let service = service(folder.path(), false).await;
        let sequence = put(&service, "scan.png", std::fs::read(scan).unwrap()).await;
        service.drain().await.unwrap();
        let coverage = service.coverage(&record_id(), &patient).await.unwrap();
        assert_eq!(coverage.unreadable.iter().map(|u| u.fault).collect::<Vec<_>>(), [Fault::NoOcr]);
        assert!(service.wait_content(&record_id(), sequence, Duration::ZERO).await.unwrap());
    }
    let service = service(folder.path(), true).await;
    service.drain().await.unwrap();
    let hits = {
        let query = Query::new("furosémide");
        service.search(&record_id(), &patient, query).await.unwrap().hits
    };
    let (item, _) = service.item(&record_id(), &patient, &hits[0].item).await.unwrap();
    let reading = item.reading.unwrap();
    assert_eq!(reading.outcome, Outcome::Read);
    let extent = reading.extent();
    assert_eq!((extent.pages, extent.recognised, extent.unreadable.len()), (1, 1, 0));
}
