//! Tests on whole models: the small random ones of the fixtures.

mod embedder;
mod reference;
mod refusals;

use std::path::{Path, PathBuf};

/// The folder of a small random model.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/models").join(name)
}
