//! The house rules, held by a test: the crates' arrows, forbidden imports, lengths, headers, leftovers,
//! and the list of fixtures.
//!
//! Each rule returns its violations as lines `path:line: what`; a test prints them all at once.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod arrows;
mod fixtures;
mod source;
mod words;

use std::path::{Path, PathBuf};

/// A text file of the repository.
struct File {
    /// Path from the root, with `/`.
    path: String,
    text: String,
}

impl File {
    /// Lines with their 1-based numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(i, line)| (i + 1, line))
    }

    fn at(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All paths under `folder`, sorted; build outputs, data and git's own files are left out.
fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if matches!(name.as_str(), ".git" | "target" | "data" | "__pycache__") && folder == root() {
                continue;
            }
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

/// The text files of the repository; what is not UTF-8 is no text.
fn texts() -> Vec<File> {
    walk(root())
        .into_iter()
        .filter_map(|path| {
            let text = std::fs::read_to_string(&path).ok()?;
            let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            Some(File { path, text })
        })
        .collect()
}

/// The Rust sources of the repository.
fn sources() -> Vec<File> {
    texts().into_iter().filter(|f| f.path.ends_with(".rs")).collect()
}

/// Fails with every violation.
fn none(violations: Vec<String>) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}
