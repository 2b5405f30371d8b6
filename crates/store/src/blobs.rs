//! Immutable objects: originals that left the inbox, packs, vectors, and pictures of pages.
//!
//! ```text
//! source/<part>/<record-key>/<sha256>-<uuid>       an original, sealed
//! pack/<part>/<record-key>/<generation>-<uuid>     a pack, sealed
//! vectors/<part>/<record-key>/<generation>-<uuid>  vectors made of the pack of that generation, sealed
//! preview/<part>/<record-key>/<sha256>-<view>      a picture drawn of the original of that hash, sealed
//! ```
//!
//! The unique end makes every name new, but for pictures, which nothing names: see `previews`. An original that is deleted, swept and received again gets
//! another object, so the sweeper can never take a name that is about to count again.

use crate::key::{hex, to_hex};
use crate::{Error, RecordKey};
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use std::error::Error as _;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// What the name of an object says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) key: RecordKey,
    pub(crate) class: Class,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Class {
    Source { sha256: [u8; 32] },
    Pack,
    Vectors,
    Preview { sha256: [u8; 32] },
}

/// The kinds of object, as the first part of their names.
pub(crate) const CLASSES: [&str; 4] = ["source", "pack", "vectors", "preview"];

/// A new name for a pack.
pub(crate) fn pack_name(key: &RecordKey, generation: u64) -> String {
    format!("pack/{}/{key}/{generation}-{}", key.part(), Uuid::new_v4().simple())
}

/// A new name for vectors.
pub(crate) fn vectors_name(key: &RecordKey, generation: u64) -> String {
    format!("vectors/{}/{key}/{generation}-{}", key.part(), Uuid::new_v4().simple())
}

/// A new name for an original.
pub(crate) fn source_name(key: &RecordKey, sha256: &[u8; 32]) -> String {
    format!("source/{}/{key}/{}-{}", key.part(), to_hex(sha256), Uuid::new_v4().simple())
}

/// The name of the picture that a view of an original gives.
pub(crate) fn preview_name(key: &RecordKey, sha256: &[u8; 32], view: &[u8; 16]) -> String {
    format!("preview/{}/{key}/{}-{}", key.part(), to_hex(sha256), to_hex(view))
}

/// Reads a name; `None` if no function here could have made it.
pub(crate) fn parse(name: &str) -> Option<Name> {
    let mut parts = name.split('/');
    let (class, part, key, leaf) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let key: RecordKey = key.parse().ok()?;
    let (front, unique) = leaf.split_once('-')?;
    hex::<16>(unique)?;
    if parts.next().is_some() || part != key.part() {
        return None;
    }
    let class = match class {
        "source" => Class::Source { sha256: hex(front)? },
        "preview" => Class::Preview { sha256: hex(front)? },
        "pack" | "vectors" => {
            front.parse::<u64>().ok().filter(|n| n.to_string() == front)?;
            if class == "pack" { Class::Pack } else { Class::Vectors }
        }
        _ => return None,
    };
    Some(Name { key, class })
}

/// The objects of a store.
pub(crate) struct Blobs {
    objects: Arc<dyn ObjectStore>,
    /// The directory behind `objects`, where it is the local disk: an upload that a crash cut short
    /// leaves a file there that the object store does not list.
    root: Option<PathBuf>,
}

impl Blobs {
    /// Objects as files below `root`, each flushed with its directory before a put returns.
    pub(crate) fn local(root: &Path) -> Result<Blobs, Error> {
        lay_out(root).map_err(|source| Error::File { action: "lay out", path: root.into(), source })?;
        let files = LocalFileSystem::new_with_prefix(root).map_err(|e| failed("blobs", e))?;
        Ok(Blobs { objects: Arc::new(files.with_fsync(true)), root: Some(root.into()) })
    }

    /// Stores a new object; durable when this returns.
    pub(crate) async fn put(&self, name: &str, bytes: Vec<u8>) -> Result<(), Error> {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let put = self.objects.put_opts(&ObjectPath::from(name), bytes.into(), options).await;
        put.map(drop).map_err(|error| failed(name, error))
    }

    /// The bytes of an object.
    pub(crate) async fn get(&self, name: &str) -> Result<Vec<u8>, Error> {
        let got = self.objects.get(&ObjectPath::from(name)).await.map_err(|error| failed(name, error))?;
        let bytes = got.bytes().await.map_err(|error| failed(name, error))?;
        Ok(bytes.into())
    }

    /// Removes an object, if it is there.
    pub(crate) async fn delete(&self, name: &str) -> Result<(), Error> {
        match self.objects.delete(&ObjectPath::from(name)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(name, error)),
        }
    }

    /// All objects of one class, or of one record in it; in no order, and not in memory at once.
    pub(crate) fn list(
        &self,
        class: &str,
        key: Option<&RecordKey>,
    ) -> BoxStream<'static, Result<ObjectMeta, Error>> {
        let prefix = key.map_or(class.to_owned(), |key| format!("{class}/{}/{key}", key.part()));
        let list = self.objects.list(Some(&ObjectPath::from(prefix.as_str())));
        list.map(move |meta| meta.map_err(|error| failed(&prefix, error))).boxed()
    }

    /// Removes the empty directories of a record. Blocking.
    pub(crate) fn remove_directories(&self, key: &RecordKey) {
        for class in CLASSES {
            if let Some(root) = &self.root {
                // It stays if it is not empty, which is what we want.
                let _ = fs::remove_dir(root.join(class).join(key.part()).join(key.to_string()));
            }
        }
    }

    /// Removes unfinished uploads older than `age`: how many, and their bytes. Blocking.
    pub(crate) fn remove_unfinished(&self, age: Duration) -> Result<(u64, u64), Error> {
        let Some(root) = &self.root else { return Ok((0, 0)) };
        let mut removed = (0, 0);
        remove_unfinished(root, 0, age, &mut removed).map_err(|source| Error::File {
            action: "sweep",
            path: root.clone(),
            source,
        })?;
        Ok(removed)
    }
}

/// Makes the directories of all partitions and flushes them once, so that no put depends on the
/// directory of a partition that another put has just made.
fn lay_out(root: &Path) -> io::Result<()> {
    let parts: Vec<PathBuf> = CLASSES.iter().map(|class| root.join(class)).collect();
    if parts.iter().all(|class| class.join("ff").is_dir()) {
        return Ok(());
    }
    for class in &parts {
        // ff comes last: where it is, all are.
        for part in 0..=0xffu8 {
            fs::create_dir_all(class.join(format!("{part:02x}")))?;
        }
        File::open(class)?.sync_all()?;
    }
    File::open(root)?.sync_all()
}

fn remove_unfinished(dir: &Path, depth: usize, age: Duration, removed: &mut (u64, u64)) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        // What a concurrent delete took away needs no care.
        let Ok(metadata) = entry.metadata() else { continue };
        if metadata.is_dir() && depth < 3 {
            match remove_unfinished(&entry.path(), depth + 1, age, removed) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => continue,
            }
        }
        let old = metadata.modified().is_ok_and(|time| older(time, age));
        if metadata.is_file() && old && is_unfinished(&entry.file_name().to_string_lossy()) {
            fs::remove_file(entry.path())?;
            *removed = (removed.0 + 1, removed.1 + metadata.len());
        }
    }
    Ok(())
}

/// `LocalFileSystem` writes to `<name>#<number>` and renames.
fn is_unfinished(file_name: &str) -> bool {
    file_name
        .split_once('#')
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether `time` lies at least `age` back; never, if it lies in the future.
pub(crate) fn older(time: SystemTime, age: Duration) -> bool {
    SystemTime::now().duration_since(time).is_ok_and(|passed| passed >= age)
}

fn failed(object: &str, error: object_store::Error) -> Error {
    if matches!(error, object_store::Error::NotFound { .. }) {
        return Error::ObjectMissing(object.to_owned());
    }
    let mut cause = error.source();
    while let Some(source) = cause {
        let kind = source.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)) {
            return Error::Full;
        }
        cause = source.source();
    }
    Error::Object { object: object.to_owned(), source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_others_are_not() {
        let key = RecordKey::from_bytes([0xab; 16]);
        let (pack, source) = (pack_name(&key, 12), source_name(&key, &[7; 32]));
        assert_eq!(parse(&pack), Some(Name { key, class: Class::Pack }));
        assert_eq!(parse(&vectors_name(&key, 3)), Some(Name { key, class: Class::Vectors }));
        assert_eq!(parse(&source), Some(Name { key, class: Class::Source { sha256: [7; 32] } }));
        let preview = preview_name(&key, &[7; 32], &[9; 16]);
        assert_eq!(parse(&preview), Some(Name { key, class: Class::Preview { sha256: [7; 32] } }));
        assert_ne!(pack, pack_name(&key, 12));
        for wrong in [
            pack.replace("pack/ab", "pack/ac"),
            pack.replace("pack/", "packs/"),
            pack.replace("/12-", "/012-"),
            pack.replace("/12-", "/-"),
            format!("{pack}0"),
            format!("{pack}/x"),
            source.replace("07-", "0-"),
            source.replace("source", "pack"),
            "pack".to_owned(),
            String::new(),
        ] {
            assert_eq!(parse(&wrong), None, "{wrong}");
        }
    }

    #[tokio::test]
    async fn objects_are_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::local(dir.path()).unwrap();
        let name = pack_name(&RecordKey::from_bytes([1; 16]), 1);
        blobs.put(&name, b"first".to_vec()).await.unwrap();
        assert!(matches!(blobs.put(&name, b"second".to_vec()).await, Err(Error::Object { .. })));
        assert_eq!(blobs.get(&name).await.unwrap(), b"first");
        blobs.delete(&name).await.unwrap();
        blobs.delete(&name).await.unwrap();
        assert!(matches!(blobs.get(&name).await, Err(Error::ObjectMissing(missing)) if missing == name));
    }

    #[test]
    fn uploads_cut_short_by_a_crash_are_removed_when_old() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::local(dir.path()).unwrap();
        let record = dir.path().join("pack/00/00000000000000000000000000000000");
        fs::create_dir_all(&record).unwrap();
        let hour = Duration::from_secs(3600);
        for (name, old) in [("1-a#1", true), ("1-b#1", false), ("1-c", true), ("1-d#x", true)] {
            fs::write(record.join(name), b"1234").unwrap();
            let time = SystemTime::now() - if old { 2 * hour } else { Duration::ZERO };
            File::options().write(true).open(record.join(name)).unwrap().set_modified(time).unwrap();
        }
        assert_eq!(blobs.remove_unfinished(hour).unwrap(), (1, 4));
        let mut left: Vec<_> = fs::read_dir(&record).unwrap().map(|e| e.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["1-b#1", "1-c", "1-d#x"]);
    }
}
