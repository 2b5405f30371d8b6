//! Which files a path means, and what each of them is.

use ingest::MediaType;
use std::io;
use std::path::{Path, PathBuf};

/// What a file's name ends with when it says what another file's sender says of it: `scan.pdf` and
/// `scan.pdf.metadata.json`.
const METADATA: &str = ".metadata.json";

/// The file with the metadata of `path`, whether it is there or not.
pub(in crate::cli) fn metadata_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(METADATA);
    name.into()
}

/// What a file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Format {
    /// A FHIR Bundle.
    Bundle,
    /// FHIR resources, one a line.
    Ndjson,
    /// A document, or an archive of documents; the media type by its name, where that tells.
    Document(Option<MediaType>),
}

impl Format {
    /// By the file's extension; `None` for one that the engine does not take. The content has the last
    /// word when it is read.
    pub(in crate::cli) fn of(path: &Path) -> Option<Format> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        Some(match extension.as_str() {
            "json" => Format::Bundle,
            "ndjson" | "jsonl" => Format::Ndjson,
            "xml" => Format::Document(Some(MediaType::Cda)),
            "zip" => Format::Document(Some(MediaType::Xdm)),
            "pdf" => Format::Document(Some(MediaType::Pdf)),
            "jpg" | "jpeg" => Format::Document(Some(MediaType::Jpeg)),
            "png" => Format::Document(Some(MediaType::Png)),
            "tif" | "tiff" => Format::Document(Some(MediaType::Tiff)),
            "txt" => Format::Document(Some(MediaType::Text)),
            "rtf" => Format::Document(Some(MediaType::Rtf)),
            _ => return None,
        })
    }
}

/// A file to take in.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) struct Found {
    /// Where it is.
    pub(in crate::cli) path: PathBuf,
    /// How it is read.
    pub(in crate::cli) format: Format,
}

/// The files that `paths` mean, in the order given, those of a folder by name, and the number of files in
/// folders that are of no format that the engine takes. A file that is named itself is always taken: it is
/// refused with a reason where it must be.
///
/// # Errors
/// A path that does not exist, a folder that cannot be listed.
pub(in crate::cli) fn find(paths: &[PathBuf]) -> io::Result<(Vec<Found>, usize)> {
    let mut found = Vec::new();
    let mut passed_over = 0;
    for path in paths {
        let about = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", path.display()));
        if std::fs::metadata(path).map_err(about)?.is_dir() {
            passed_over += walk(path, &mut found).map_err(about)?;
        } else {
            let format = Format::of(path).unwrap_or(Format::Document(None));
            found.push(Found { path: path.clone(), format });
        }
    }
    Ok((found, passed_over))
}

/// Walks a folder depth first, by name; hidden files and links out of the tree stay out.
fn walk(folder: &Path, found: &mut Vec<Found>) -> io::Result<usize> {
    let mut entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let mut passed_over = 0;
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') || name.ends_with(METADATA) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            passed_over += walk(&path, found)?;
        } else if let Some(format) = Format::of(&path).filter(|_| kind.is_file()) {
            found.push(Found { path, format });
        } else {
            passed_over += 1;
        }
    }
    Ok(passed_over)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_walked_by_name_and_a_named_file_is_always_taken() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir(at("b")).unwrap();
        for name in ["c.PDF", "b/a.xml", "a.ndjson", "c.PDF.metadata.json", "notes.md", ".hidden.xml"] {
            std::fs::write(at(name), "x").unwrap();
        }
        let (found, passed_over) = find(&[dir.path().to_owned(), at("notes.md")]).unwrap();
        let names: Vec<_> =
            found.iter().map(|f| f.path.strip_prefix(dir.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.ndjson", "b/a.xml", "c.PDF", "notes.md"]);
        assert_eq!(found[2].format, Format::Document(Some(MediaType::Pdf)));
        assert_eq!(found[3].format, Format::Document(None));
        assert_eq!(passed_over, 1);
        assert!(find(&[at("nowhere")]).is_err());
    }
}
