//! Scans and photos: how much of them is read, that they are found by their words, and that no text waits for
//! them. Each test says why it skips where Tesseract or the corpora are missing.

mod scans;
mod served;

use ingest::ocr::Tesseract;

/// The Tesseract of this machine; `None`, with the reason printed, where it is missing.
fn tesseract() -> Option<Tesseract> {
    Tesseract::find().map_err(|missing| eprintln!("skipped: {missing}")).ok()
}
