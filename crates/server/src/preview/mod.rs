//! Pictures of pages.
//!
//! **Purpose.** Drawing a page of a foreign file is as dangerous as reading it: each picture is drawn by a
//! process of its own, this same program with the hidden subcommand `draw-worker`, under limits of memory
//! and time, without files and without network where the kernel allows. It is asked for by a person who looks at a hit, so a handful at once is enough.
//!
//! **Key decision.** Pictures are kept in memory, some tens of megabytes of the newest ones, and never on the
//! disk: a picture is drawn in a fraction of a second, and a stored one would be one more thing to seal, to
//! count and to erase. A kept picture is found only by the bytes of the document that it shows, which the
//! caller has been given the right to read for this very call.

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
/// How long drawing may take.
const WALL: Duration = Duration::from_secs(10);

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
#[derive(Debug)]
pub(crate) struct Previews {
    program: PathBuf,
    limits: Limits,
    permits: Semaphore,
    /// Newest last. A plain mutex: nothing is awaited while it is held.
    kept: Mutex<VecDeque<Kept>>,
}

#[derive(Debug)]
struct Kept {
    key: [u8; 32],
    picture: Arc<[u8]>,
}

impl Previews {
    pub(crate) fn new(program: PathBuf, limits: Limits) -> Self {
        Previews { program, limits, permits: Semaphore::new(AT_ONCE), kept: Mutex::default() }
    }

    /// The picture of a page as PNG.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a page that is not there, [`Error::Unshown`] for one that cannot be drawn.
    pub(crate) async fn picture(
        &self,
        media: MediaType,
        bytes: &[u8],
        page: u32,
        view: &PageView,
    ) -> Result<Arc<[u8]>, Error> {
        let request = self.request(media, page, view)?;
        let key: [u8; 32] = Sha256::new().chain_update(&request).chain_update(bytes).finalize().into();
        if let Some(picture) = self.find(&key) {
            return Ok(picture);
        }
        // the semaphore is never closed
        let _permit = self.permits.acquire().await;
        let answer = timeout(WALL, self.draw(&request, bytes)).await;
        let answer = answer.ok().and_then(Result::ok).ok_or(Error::Unshown(Fault::Limit))?;
        let picture: Arc<[u8]> = match answer.split_first() {
            Some((&worker::PICTURE, picture)) => picture.into(),
            Some((&worker::FAULT, fault)) => {
                return Err(match record::decode(fault)? {
                    Fault::Missing => Error::NotFound,
                    fault => Error::Unshown(fault),
                });
            }
            // the worker died: of memory or processor time, most likely
            _ => return Err(Error::Unshown(Fault::Limit)),
        };
        self.keep(key, picture.clone());
        Ok(picture)
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

    fn find(&self, key: &[u8; 32]) -> Option<Arc<[u8]>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|entry| entry.key == *key)?;
        let entry = kept.remove(at)?;
        let picture = entry.picture.clone();
        kept.push_back(entry);
        Some(picture)
    }

    fn keep(&self, key: [u8; 32], picture: Arc<[u8]>) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_pictures_are_kept_within_their_limit() {
        let previews = Previews::new(PathBuf::new(), Limits::default());
        let picture: Arc<[u8]> = vec![0; KEPT / 3].into();
        for n in 0..3 {
            previews.keep([n; 32], picture.clone());
        }
        assert!(previews.find(&[0; 32]).is_some());
        previews.keep([3; 32], picture);
        let kept: Vec<bool> = (0..4).map(|n| previews.find(&[n; 32]).is_some()).collect();
        assert_eq!(kept, [true, false, true, true]);
    }
}
