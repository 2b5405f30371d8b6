//! The key file, and the keys that come from it.
//!
//! The file holds one random 256-bit key-encryption key. Keys for separate uses are derived from it by
//! HKDF-SHA256, so that no use can weaken another. It never encrypts patient data itself: it wraps one
//! random data key per record, and forgetting that wrapped key is what erases a record.

use crate::key::{hex, to_hex};
use crate::seal::{DataKey, Kind, random};
use crate::{Error, RecordKey};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use record::RecordId;
use sha2::Sha256;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The keys of a store.
pub(crate) struct Keyring {
    record: Subkey,
    binding: Subkey,
    mark: Subkey,
    wrapping: DataKey,
    fingerprint: [u8; 32],
}

type Subkey = Zeroizing<[u8; 32]>;

impl Keyring {
    /// Reads the key file; makes a new one if there is none and no `ledger` depends on one.
    pub(crate) fn open(key_file: &Path, ledger: &Path) -> Result<Self, Error> {
        let exists = |path: &Path| path.try_exists().map_err(|source| file("read", path, source));
        if !exists(key_file)? {
            if exists(ledger)? {
                return Err(Error::KeyMissing { key_file: key_file.into(), ledger: ledger.into() });
            }
            create(key_file)?;
        }
        read(key_file).and_then(|root| Self::derive(&root, key_file))
    }

    fn derive(root: &[u8; 32], key_file: &Path) -> Result<Self, Error> {
        let derived = Hkdf::<Sha256>::new(Some(b"mes-search store 1"), root);
        let subkey = |purpose: &str| {
            let mut key = Zeroizing::new([0; 32]);
            let made = derived.expand(purpose.as_bytes(), key.as_mut());
            made.map(|()| key).map_err(|_| Error::KeyMalformed(key_file.into()))
        };
        let wrapping = subkey("wrapping of data keys")?;
        Ok(Keyring {
            record: subkey("record keys")?,
            binding: subkey("patient bindings")?,
            mark: subkey("content marks")?,
            wrapping: DataKey::from_bytes(wrapping.as_slice())
                .ok_or_else(|| Error::KeyMalformed(key_file.into()))?,
            fingerprint: *subkey("fingerprint of the key file")?,
        })
    }

    /// Tells this key file from others; says nothing else about it.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    /// The name of a record on disk.
    pub(crate) fn record_key(&self, record: &RecordId) -> RecordKey {
        let hash = keyed(&self.record, &[record.as_str().as_bytes()]);
        let mut key = [0; 16];
        key.copy_from_slice(&hash[..16]);
        RecordKey::from_bytes(key)
    }

    /// What the ledger keeps of a patient identifier: hashes of the system and of the value, different in
    /// every record.
    pub(crate) fn binding(&self, record: &RecordKey, system: &str, value: &str) -> ([u8; 32], [u8; 32]) {
        let (record, system, value) = (&record.as_bytes()[..], system.as_bytes(), value.as_bytes());
        (keyed(&self.binding, &[record, system]), keyed(&self.binding, &[record, system, value]))
    }

    /// What the ledger compares instead of a digest: a digest of short metadata could be guessed.
    pub(crate) fn mark(&self, record: &RecordKey, item: &str, digest: &[u8; 32]) -> [u8; 32] {
        keyed(&self.mark, &[record.as_bytes(), item.as_bytes(), digest])
    }

    /// Seals a record's data key.
    pub(crate) fn wrap(&self, record: &RecordKey, key: &DataKey) -> Result<Vec<u8>, Error> {
        self.wrapping.seal(record, Kind::Key, b"", key.as_bytes())
    }

    /// Opens a record's data key.
    pub(crate) fn unwrap(&self, record: &RecordKey, wrapped: Vec<u8>) -> Result<DataKey, Error> {
        let opened = self.wrapping.open(record, Kind::Key, b"", wrapped).map(Zeroizing::new);
        opened
            .and_then(|bytes| DataKey::from_bytes(&bytes))
            .ok_or_else(|| Error::Damaged { record: *record, what: "data key".to_owned() })
    }
}

/// HMAC-SHA256 of the fields, each with its length before it.
fn keyed(key: &Subkey, fields: &[&[u8]]) -> [u8; 32] {
    let mut mac =
        <Hmac<Sha256> as Mac>::new_from_slice(key.as_slice()).expect("HMAC takes keys of any length");
    for field in fields {
        mac.update(&(field.len() as u64).to_be_bytes());
        mac.update(field);
    }
    mac.finalize().into_bytes().into()
}

fn file(action: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File { action, path: path.into(), source }
}

/// Writes a new key beside its place, flushes it, and only then gives it its name: no crash leaves a key
/// file that is there but empty, and an existing one is never replaced.
fn create(path: &Path) -> Result<(), Error> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    fs::create_dir_all(&folder).map_err(|e| file("create", &folder, e))?;
    let key = Zeroizing::new(random::<32>()?);
    let text = Zeroizing::new(format!("{}\n", to_hex(key.as_slice())));
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", uuid::Uuid::new_v4()));
    let draft = PathBuf::from(draft);
    let written = (|| {
        let mut opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        opened.write_all(text.as_bytes())?;
        opened.sync_all()?;
        fs::hard_link(&draft, path)
    })();
    let removed = fs::remove_file(&draft);
    written.map_err(|e| file("create", path, e))?;
    removed.map_err(|e| file("remove", &draft, e))?;
    File::open(&folder).and_then(|folder| folder.sync_all()).map_err(|e| file("flush", &folder, e))
}

fn read(path: &Path) -> Result<Subkey, Error> {
    let opened = File::open(path).map_err(|e| file("open", path, e))?;
    let metadata = opened.metadata().map_err(|e| file("read", path, e))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::KeyExposed { path: path.into(), mode });
    }
    let mut text = Zeroizing::new(String::with_capacity(128));
    io::Read::read_to_string(&mut io::Read::take(opened, 100), &mut text)
        .map_err(|e| file("read", path, e))?;
    hex(text.trim_end()).map(Zeroizing::new).ok_or_else(|| Error::KeyMalformed(path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_key_file_is_made_once_and_for_its_owner_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (path, ledger) = (dir.path().join("keys/store.key"), dir.path().join("ledger.sqlite"));
        let first = Keyring::open(&path, &ledger).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!((mode(&path), text.len()), (0o600, 65));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left");

        let second = Keyring::open(&path, &ledger).unwrap();
        assert_eq!(first.fingerprint(), second.fingerprint());
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }

    #[test]
    fn a_key_file_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (path, ledger) = (dir.path().join("store.key"), dir.path().join("ledger.sqlite"));
        Keyring::open(&path, &ledger).unwrap();
        for (bits, refused) in [(0o640, true), (0o604, true), (0o660, true), (0o400, false), (0o600, false)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(bits)).unwrap();
            let opened = Keyring::open(&path, &ledger);
            assert_eq!(
                matches!(opened, Err(Error::KeyExposed { mode, .. }) if mode == bits),
                refused,
                "{bits:o}"
            );
            assert_eq!(opened.is_ok(), !refused, "{bits:o}");
        }
    }

    #[test]
    fn no_new_key_is_made_for_an_old_ledger() {
        let dir = tempfile::tempdir().unwrap();
        let (path, ledger) = (dir.path().join("store.key"), dir.path().join("ledger.sqlite"));
        fs::write(&ledger, b"").unwrap();
        assert!(matches!(Keyring::open(&path, &ledger), Err(Error::KeyMissing { .. })));
        assert!(!path.exists());
    }

    #[test]
    fn malformed_key_files_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (path, ledger) = (dir.path().join("store.key"), dir.path().join("ledger.sqlite"));
        for text in [String::new(), "ab".repeat(31), "ab".repeat(33), "AB".repeat(32), "xy".repeat(32)] {
            fs::write(&path, &text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert!(matches!(Keyring::open(&path, &ledger), Err(Error::KeyMalformed(_))), "{}", text.len());
        }
    }

    #[test]
    fn hashes_tell_fields_and_records_apart() {
        let keys = Keyring::derive(&[7; 32], Path::new("k")).unwrap();
        let (one, two) = (RecordKey::from_bytes([1; 16]), RecordKey::from_bytes([2; 16]));
        assert_eq!(keys.binding(&one, "a", "b"), keys.binding(&one, "a", "b"));
        assert_ne!(keys.binding(&one, "a", "b").1, keys.binding(&one, "a", "c").1);
        assert_ne!(keys.binding(&one, "ab", "c").1, keys.binding(&one, "a", "bc").1);
        assert_ne!(keys.binding(&one, "a", "b"), keys.binding(&two, "a", "b"));
        assert_ne!(keys.mark(&one, "i", &[0; 32]), keys.mark(&one, "j", &[0; 32]));

        let data = DataKey::random().unwrap();
        let wrapped = keys.wrap(&one, &data).unwrap();
        assert_eq!(keys.unwrap(&one, wrapped.clone()).unwrap().as_bytes(), data.as_bytes());
        assert!(matches!(keys.unwrap(&two, wrapped), Err(Error::Damaged { .. })), "moved to another record");
    }
}
