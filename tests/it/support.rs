//! What tests share: folders, and golden files that `UPDATE_GOLDEN=1` rewrites.

use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A path of the repository's own synthetic records.
pub(crate) fn fixture(path: &str) -> PathBuf {
    root().join("fixtures").join(path)
}

/// A path under the folder shared by the projects of this machine; `None`, with the reason printed, where
/// it is missing.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let found = root().join("../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("skipped: {} is not on this machine", found.display());
    None
}

/// A path of the corpora: `corpus("ans-cda")`. `None`, with the reason printed, where it is missing.
pub(crate) fn corpus(path: &str) -> Option<PathBuf> {
    shared(&format!("corpora/{path}"))
}

/// The files of a folder, sorted by name.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()).collect();
    files.sort();
    files
}

/// A folder that is deleted when the value is dropped.
pub(crate) fn temp_dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// Compares `actual` with `tests/it/golden/<name>`. `UPDATE_GOLDEN=1 cargo test` rewrites the file: read
/// the difference before you commit it.
pub(crate) fn golden(name: &str, actual: &str) {
    let path = root().join("tests/it/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == actual,
        "{} differs; UPDATE_GOLDEN=1 accepts it\n--- expected\n{expected}\n--- actual\n{actual}",
        path.display()
    );
}
