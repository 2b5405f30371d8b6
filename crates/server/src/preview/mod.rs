//! Pictures of pages.
//!
//! **Purpose.** Drawing a page of a foreign file is as dangerous as reading it: each picture is drawn by a
//! process of its own, this same program with the hidden subcommand `draw-worker`, under limits of memory
//! and time, without files and without network where the kernel allows. It is asked for by a person who looks at a hit, so a handful at once is enough.
//!
//! **Key decision.** A picture is kept under the digest of the bytes that it shows, how it shows them and by which
//! version, some tens of megabytes of the newest ones in memory, and sealed in the store, which bounds, sweeps and
//! erases them. Nobody asks for one without having been given the right to read the document for this very call.

mod worker;

pub use worker::draw_main;

use crate::Error;
use ingest::{Limits, MediaType, PageView};
use record::Fault;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::{RecordKey, SourceRef, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// The hidden subcommand that runs [`draw_main`].
pub const SUBCOMMAND: &str = "draw-worker";

/// Pictures that are drawn at once.
const AT_ONCE: usize = 2;
/// Bytes of pictures that are kept.
const KEPT: usize = 32 << 20;
/// Bytes of one picture: an A4 page of noise at 3,000 pixels.
const LARGEST: u64 = 32 << 20;
/// How long drawing may take: less than a call may by default, so that the refusal says why.
const WALL: Duration = Duration::from_secs(8);

/// What is asked of a worker.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Request {
    media: String,
    page: u32,
    longest_side: u16,
    highlights: Vec<[f32; 4]>,
    document_bytes: usize,
}

/// Draws pages and keeps the newest pictures.
pub(crate) struct Previews {
    store: Store,
    program: PathBuf,
    limits: Limits,
    permits: Semaphore,
    /// Newest last. A plain mutex: nothing is awaited while it is held.
    kept: Mutex<VecDeque<Kept>>,
}

/// What a picture is kept under: the record, the document's bytes, and how they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    record: RecordKey,
    source: [u8; 32],
    view: [u8; 16],
}

#[derive(Debug)]
struct Kept {
    key: Key,
    picture: Arc<[u8]>,
}

impl Previews {
    pub(crate) fn new(store: Store, program: PathBuf, limits: Limits) -> Self {
        Previews { store, program, limits, permits: Semaphore::new(AT_ONCE), kept: Mutex::default() }
    }

    /// The picture of a page of an original of the record, as PNG.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a page that is not there, [`Error::Unshown`] for one that cannot be drawn.
    pub(crate) async fn picture(
        &self,
        record: &RecordKey,
        source: &SourceRef,
        page: u32,
        view: &PageView,
    ) -> Result<Arc<[u8]>, Error> {
        let request = self.request(MediaType::from_name(&source.media)?, page, view)?;
        let key = Key { record: *record, source: source.sha256, view: view_digest(&request) };
        if let Some(picture) = self.find(&key) {
            return Ok(picture);
        }
        if let Some(picture) = self.store.preview(&key.record, &key.source, &key.view).await? {
            let picture: Arc<[u8]> = picture.into();
            self.keep(key, picture.clone());
            return Ok(picture);
        }
        let bytes = self.store.source(record, source).await?;
        let picture = self.drawn(&request, &bytes).await?;
        self.keep(key, picture.clone());
        // a picture that is not kept is drawn again: whoever waits for it has it
        if let Err(error) =
            self.store.keep_preview(&key.record, &key.source, &key.view, picture.to_vec()).await
        {
            tracing::warn!(%error, "a picture of a page was not kept");
        }
        Ok(picture)
    }

    async fn drawn(&self, request: &[u8], bytes: &[u8]) -> Result<Arc<[u8]>, Error> {
        // the semaphore is never closed
        let _permit = self.permits.acquire().await;
        let answer = timeout(WALL, self.draw(request, bytes)).await;
        let answer = answer.ok().and_then(Result::ok).ok_or(Error::Unshown(Fault::Limit))?;
        match answer.split_first() {
            Some((&worker::PICTURE, picture)) => Ok(picture.into()),
            Some((&worker::FAULT, fault)) => Err(match record::decode(fault)? {
                Fault::Missing => Error::NotFound,
                fault => Error::Unshown(fault),
            }),
            // the worker died: of memory or processor time, most likely
            _ => Err(Error::Unshown(Fault::Limit)),
        }
    }

    fn request(&self, media: MediaType, page: u32, view: &PageView) -> Result<Vec<u8>, Error> {
        let request = Request {
            media: media.as_str().to_owned(),
            page,
            longest_side: view.longest_side,
            highlights: view.highlights.iter().map(|area| [area.x0, area.y0, area.x1, area.y1]).collect(),
            document_bytes: self.limits.document_bytes,
        };
        serde_json::to_vec(&request).map_err(|_| Error::Internal("request for a picture"))
    }

    /// Has a new worker draw: no environment, nothing on its standard error.
    async fn draw(&self, request: &[u8], bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut child = Command::new(&self.program)
            .arg(SUBCOMMAND)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut input) = child.stdin.take() {
            input.write_u32_le(u32::try_from(request.len()).unwrap_or(u32::MAX)).await?;
            input.write_all(request).await?;
            input.write_all(bytes).await?;
            input.shutdown().await?;
        }
        let mut answer = Vec::new();
        if let Some(output) = child.stdout.take() {
            output.take(LARGEST).read_to_end(&mut answer).await?;
        }
        let whole = child.wait().await?.success();
        Ok(if whole { answer } else { Vec::new() })
    }

    fn find(&self, key: &Key) -> Option<Arc<[u8]>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|entry| entry.key == *key)?;
        let entry = kept.remove(at)?;
        let picture = entry.picture.clone();
        kept.push_back(entry);
        Some(picture)
    }

    fn keep(&self, key: Key, picture: Arc<[u8]>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back(Kept { key, picture });
        let mut bytes: usize = kept.iter().map(|entry| entry.picture.len()).sum();
        while bytes > KEPT
            && let Some(oldest) = kept.pop_front()
        {
            bytes -= oldest.picture.len();
        }
    }
}

/// How a picture shows a document: what is asked for, and who draws.
fn view_digest(request: &[u8]) -> [u8; 16] {
    let drawer = [ingest::EXTRACTOR.to_le_bytes(), ingest::PREVIEW.to_le_bytes()].concat();
    let digest: [u8; 32] = Sha256::new().chain_update(drawer).chain_update(request).finalize().into();
    let mut view = [0; 16];
    view.copy_from_slice(&digest[..16]);
    view
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::StoreConfig;

    async fn previews(folder: &std::path::Path) -> Previews {
        let store = Store::open(&StoreConfig::new(folder.join("store"), folder.join("key"))).await.unwrap();
        Previews::new(store, PathBuf::new(), Limits::default())
    }

    fn key(n: u8) -> Key {
        Key { record: "0".repeat(32).parse().unwrap(), source: [n; 32], view: [0; 16] }
    }

    #[tokio::test]
    async fn the_newest_pictures_are_kept_within_their_limit() {
        let folder = tempfile::tempdir().unwrap();
        let previews = previews(folder.path()).await;
        let picture: Arc<[u8]> = vec![0; KEPT / 3].into();
        for n in 0..3 {
            previews.keep(key(n), picture.clone());
        }
        assert!(previews.find(&key(0)).is_some());
        previews.keep(key(3), picture);
        let kept: Vec<bool> = (0..4).map(|n| previews.find(&key(n)).is_some()).collect();
        assert_eq!(kept, [true, false, true, true]);
    }

    #[tokio::test]
    async fn a_picture_is_kept_by_what_it_shows_and_how() {
        let folder = tempfile::tempdir().unwrap();
        let previews = previews(folder.path()).await;
        let view = |longest_side, x1| PageView {
            longest_side,
            highlights: vec![record::Rect { x0: 0.0, y0: 0.0, x1, y1: 1.0 }],
        };
        let digest =
            |page, view: PageView| view_digest(&previews.request(MediaType::Pdf, page, &view).unwrap());
        let one = digest(1, view(800, 0.5));
        assert_eq!(digest(1, view(800, 0.5)), one);
        for other in [digest(2, view(800, 0.5)), digest(1, view(801, 0.5)), digest(1, view(800, 0.6))] {
            assert_ne!(other, one);
        }
    }
}
