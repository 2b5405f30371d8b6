//! The files of a tantivy index inside a pack.
//!
//! tantivy names a segment by a random id. The id is replaced by a fixed one on the way in, so that the
//! same record always gives the same pack.

use crate::Error;
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tantivy::Index;
use tantivy::directory::error::{DeleteError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    Directory, FileHandle, OwnedBytes, RamDirectory, WatchCallback, WatchHandle, WritePtr,
};

const SEGMENT: &str = "00000000000000000000000000000001";

/// The files' names and places.
#[derive(Default, Encode, Decode)]
pub(crate) struct Table {
    #[n(0)]
    files: Vec<(String, u64, u64)>,
}

/// Takes the files of a finished single-segment index out of its RAM directory.
pub(crate) fn collect(index: &Index, directory: &RamDirectory) -> Result<(Table, Vec<u8>), Error> {
    let metas = index.load_metas()?;
    let id = metas.segments.first().map(|s| s.id().uuid_string()).unwrap_or_default();
    let mut names: Vec<PathBuf> = metas.list_segment_files().into_iter().collect();
    names.push(PathBuf::from("meta.json"));
    let (mut table, mut data) = (Table::default(), Vec::new());
    let mut files = BTreeMap::new();
    for name in names {
        let text = name.to_string_lossy().replace(&id, SEGMENT);
        let bytes = match name.to_str() {
            Some("meta.json") => rename_segment(&directory.atomic_read(&name).map_err(io_error)?, &id),
            _ if directory.exists(&name).map_err(io_error)? => {
                directory.open_read(&name).map_err(io_error)?.read_bytes()?.to_vec()
            }
            _ => continue,
        };
        files.insert(text, bytes);
    }
    for (name, bytes) in files {
        table.files.push((name, data.len() as u64, bytes.len() as u64));
        data.extend(bytes);
    }
    Ok((table, data))
}

/// `meta.json` writes the id with dashes.
fn rename_segment(meta: &[u8], id: &str) -> Vec<u8> {
    let dashed = |id: &str| {
        let cuts = [0..8, 8..12, 12..16, 16..20, 20..32];
        cuts.map(|cut| id.get(cut).unwrap_or_default()).join("-")
    };
    String::from_utf8_lossy(meta).replace(&dashed(id), &dashed(SEGMENT)).into_bytes()
}

fn io_error(error: OpenReadError) -> Error {
    Error::Io(io::Error::other(error))
}

/// A read-only directory over a pack's bytes.
#[derive(Clone)]
pub(crate) struct PackDirectory {
    files: Arc<BTreeMap<PathBuf, OwnedBytes>>,
}

impl PackDirectory {
    pub(crate) fn new(table: Table, pack: &OwnedBytes, section: Range<usize>) -> Result<Self, Error> {
        let mut files = BTreeMap::new();
        for (name, start, length) in table.files {
            let start = section.start.saturating_add(start as usize);
            let end = start.saturating_add(length as usize);
            if end > section.end {
                return Err(Error::Damaged("index file bounds"));
            }
            files.insert(PathBuf::from(name), pack.slice(start..end));
        }
        Ok(PackDirectory { files: Arc::new(files) })
    }

    fn file(&self, path: &Path) -> Result<&OwnedBytes, OpenReadError> {
        self.files.get(path).ok_or_else(|| OpenReadError::FileDoesNotExist(path.to_owned()))
    }
}

/// Opens the index that the directory holds.
pub(crate) fn open(directory: PackDirectory) -> Result<Index, Error> {
    Ok(Index::open(directory)?)
}

impl std::fmt::Debug for PackDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PackDirectory({} files)", self.files.len())
    }
}

fn read_only() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "a pack is read-only")
}

impl Directory for PackDirectory {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        Ok(Arc::new(self.file(path)?.clone()))
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        Err(DeleteError::IoError { io_error: Arc::new(read_only()), filepath: path.to_owned() })
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        Ok(self.files.contains_key(path))
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        Err(OpenWriteError::wrap_io_error(read_only(), path.to_owned()))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        Ok(self.file(path)?.to_vec())
    }

    fn atomic_write(&self, path: &Path, _: &[u8]) -> io::Result<()> {
        // The managed directory lists its files anew when an index is opened; a pack has no such list.
        if path == Path::new(".managed.json") { Ok(()) } else { Err(read_only()) }
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn acquire_lock(
        &self,
        _: &tantivy::directory::Lock,
    ) -> Result<tantivy::directory::DirectoryLock, tantivy::directory::error::LockError> {
        Ok(tantivy::directory::DirectoryLock::from(Box::new(())))
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}
