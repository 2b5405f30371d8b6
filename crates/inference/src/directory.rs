//! The files of a model directory: bounded reads, hashes, and what sentence-transformers wrote beside them.

use crate::Error;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

/// Bytes of a JSON file of settings.
const MOST_SETTINGS: u64 = 1 << 20;
/// Bytes of a tokenizer: a vocabulary of 250,000 takes 17 MB.
const MOST_TOKENIZER: u64 = 128 << 20;

/// A model directory, and what was read of it.
#[derive(Debug)]
pub(crate) struct Directory {
    root: PathBuf,
    /// What `SHA256SUMS` lists, where there is one.
    sums: Option<HashMap<String, String>>,
    /// Files that decide the vectors → their hash.
    read: BTreeMap<String, String>,
}

/// One step of `modules.json`.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Module {
    /// Folder of its settings, from the root.
    pub(crate) path: String,
    /// A class of sentence-transformers, with its module.
    #[serde(rename = "type")]
    class: String,
}

impl Module {
    /// The class alone: the modules in which it is defined have changed over time.
    pub(crate) fn class(&self) -> &str {
        self.class.rsplit('.').next().unwrap_or("")
    }
}

impl Directory {
    /// Opens a directory; reads nothing but its list of hashes.
    pub(crate) fn open(root: &Path) -> Result<Directory, Error> {
        let mut directory = Directory { root: root.to_owned(), sums: None, read: BTreeMap::new() };
        if let Some(list) = directory.bytes("SHA256SUMS", MOST_SETTINGS)? {
            directory.sums = Some(directory.listed(&list)?);
            directory.read.clear();
        }
        Ok(directory)
    }

    /// Lines `hash  name`, as `sha256sum` writes them.
    fn listed(&self, list: &[u8]) -> Result<HashMap<String, String>, Error> {
        let wrong = || self.wrong("SHA256SUMS", "its lines are not a hash and a name".to_owned());
        let text = std::str::from_utf8(list).map_err(|_| wrong())?;
        let entry = |line: &str| {
            let (hash, name) = line.split_once([' ', '\t'])?;
            let name = name.trim_start_matches([' ', '*']).trim_start_matches("./");
            (hash.len() == 64).then(|| (name.to_owned(), hash.to_ascii_lowercase()))
        };
        text.lines().filter(|line| !line.is_empty()).map(|line| entry(line).ok_or_else(wrong)).collect()
    }

    /// A path of the directory: never outside, whatever a file of it says.
    pub(crate) fn path(&self, name: &str) -> Result<PathBuf, Error> {
        let inside = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside {
            return Err(Error::Unsupported { what: "file outside of its directory", value: name.to_owned() });
        }
        Ok(self.root.join(name))
    }

    /// A small file; `None` where there is none.
    fn bytes(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>, Error> {
        let file = self.path(name)?;
        let unread = |source| Error::Read { file: file.clone(), source };
        let mut open = match File::open(&file) {
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            other => other.map_err(unread)?,
        };
        let bytes = open.metadata().map_err(unread)?.len();
        if bytes > limit {
            return Err(Error::TooLarge { file, bytes, limit });
        }
        let mut content = Vec::with_capacity(bytes as usize);
        (&mut open).take(limit).read_to_end(&mut content).map_err(unread)?;
        self.seen(name, &Sha256::digest(&content))?;
        Ok(Some(content))
    }

    /// A file of settings that may be absent.
    pub(crate) fn settings<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, Error> {
        let Some(bytes) = self.bytes(name, MOST_SETTINGS)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|e| self.wrong(name, e.to_string()))
    }

    /// A file that must be there, and its path for errors.
    pub(crate) fn needed(&mut self, name: &str) -> Result<(Vec<u8>, PathBuf), Error> {
        let file = self.path(name)?;
        let limit = if name.ends_with("tokenizer.json") { MOST_TOKENIZER } else { MOST_SETTINGS };
        let bytes = self.bytes(name, limit)?.ok_or_else(|| Error::Missing { file: file.clone() })?;
        Ok((bytes, file))
    }

    /// The files of weights in a folder (`""`, or with a slash at its end): one, or those of an index.
    pub(crate) fn weights(&mut self, folder: &str) -> Result<Vec<String>, Error> {
        #[derive(Deserialize)]
        struct Index {
            weight_map: HashMap<String, String>,
        }
        let one = format!("{folder}model.safetensors");
        if self.path(&one)?.exists() {
            return Ok(vec![one]);
        }
        let name = format!("{one}.index.json");
        match self.settings::<Index>(&name)? {
            Some(index) => {
                let names: BTreeSet<String> = index.weight_map.into_values().collect();
                Ok(names.into_iter().map(|name| format!("{folder}{name}")).collect())
            }
            None => Err(Error::Missing { file: self.path(&one)? }),
        }
    }

    /// Paths of files by their names.
    pub(crate) fn paths(&self, names: &[String]) -> Result<Vec<PathBuf>, Error> {
        names.iter().map(|name| self.path(name)).collect()
    }

    /// Hashes a large file.
    pub(crate) fn hash(&mut self, name: &str) -> Result<(), Error> {
        let file = self.path(name)?;
        let unread = |source| Error::Read { file: file.clone(), source };
        let mut open = File::open(&file).map_err(unread)?;
        let (mut hasher, mut piece) = (Sha256::new(), vec![0; 1 << 18]);
        loop {
            match open.read(&mut piece).map_err(unread)? {
                0 => break,
                n => hasher.update(&piece[..n]),
            }
        }
        self.seen(name, &hasher.finalize())
    }

    fn seen(&mut self, name: &str, hash: &[u8]) -> Result<(), Error> {
        let hash = hex(hash);
        let pinned = self.sums.as_ref();
        if pinned.is_some_and(|sums| sums.get(name) != Some(&hash)) {
            return Err(Error::Hash { file: self.root.join(name) });
        }
        self.read.insert(name.to_owned(), hash);
        Ok(())
    }

    /// One hash of all that was read.
    pub(crate) fn id(&self) -> String {
        let mut hasher = Sha256::new();
        for (name, hash) in &self.read {
            hasher.update(format!("{hash}  {name}\n"));
        }
        hex(&hasher.finalize())
    }

    /// The directory's own name.
    pub(crate) fn name(&self) -> String {
        let full = self.root.canonicalize().unwrap_or_else(|_| self.root.clone());
        full.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    pub(crate) fn wrong(&self, name: &str, problem: String) -> Error {
        Error::Format { file: self.root.join(name), problem }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
