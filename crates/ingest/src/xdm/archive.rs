//! The zip of an IHE_XDM archive, read from memory: nothing is ever written to a file.

use crate::{Error, Limits};
use std::collections::HashMap;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// An entry may always inflate to this many bytes, whatever its ratio: white space packs well.
const HARMLESS: u64 = 1_000_000;

/// An open archive whose names are all harmless.
pub(super) struct Archive<'b> {
    zip: ZipArchive<Cursor<&'b [u8]>>,
    /// Lower-case name → index.
    names: HashMap<String, usize>,
    /// Names as written, in the order of the archive.
    written: Vec<String>,
    /// Bytes that may still be inflated.
    left: u64,
    ratio: u64,
}

/// What reading one entry gave.
pub(super) enum Content {
    /// All its bytes.
    Bytes(Vec<u8>),
    /// More than the limit that the caller gave.
    TooLarge,
    /// Bytes that do not inflate, or a wrong checksum.
    Damaged,
}

impl<'b> Archive<'b> {
    /// Opens an archive and looks at every name.
    ///
    /// # Errors
    /// No zip; too many entries or too much content; a name that leaves its folder; entries that overlap,
    /// repeat a name, are encrypted or are links.
    pub(super) fn open(bytes: &'b [u8], limits: &Limits) -> Result<Self, Error> {
        if bytes.len() > limits.bundle_bytes {
            return Err(Error::TooLarge { what: "archive", limit: limits.bundle_bytes });
        }
        let mut zip =
            ZipArchive::new(Cursor::new(bytes)).map_err(|_| Error::Archive("not a zip that can be read"))?;
        if zip.len() > limits.entries {
            return Err(Error::TooLarge { what: "number of entries", limit: limits.entries });
        }
        if zip.has_duplicate_names() {
            return Err(Error::Archive("two entries have one name"));
        }
        if zip.has_overlapping_entries().map_err(|_| Error::Archive("an entry is damaged"))? {
            return Err(Error::Archive("entries overlap"));
        }
        let written = names(&mut zip)?;
        let names: HashMap<String, usize> =
            written.iter().enumerate().map(|(index, name)| (name.to_lowercase(), index)).collect();
        if names.len() != written.len() {
            return Err(Error::Archive("two entries have one name"));
        }
        let left = limits.inflated_bytes as u64;
        Ok(Archive { zip, names, written, left, ratio: limits.inflate_ratio as u64 })
    }

    /// The names of the files, in the order of the archive.
    pub(super) fn names(&self) -> &[String] {
        &self.written
    }

    /// Reads the file of that name, letter case aside; `None` where there is none.
    ///
    /// # Errors
    /// The archive inflates beyond its limits: it is a bomb, and refused as a whole.
    pub(super) fn read(&mut self, name: &str, limit: usize) -> Result<Option<Content>, Error> {
        let Some(&index) = self.names.get(&name.to_lowercase()) else { return Ok(None) };
        let Ok(file) = self.zip.by_index(index) else { return Ok(Some(Content::Damaged)) };
        // The declared size is the archive's word: what counts is what comes out.
        let by_ratio = file.compressed_size().saturating_mul(self.ratio).max(HARMLESS);
        let longest = (limit as u64).min(self.left).min(by_ratio);
        let mut bytes = Vec::new();
        let read = file.take(longest + 1).read_to_end(&mut bytes);
        let length = bytes.len() as u64;
        if length > longest {
            return match longest {
                n if n == self.left => Err(Error::Archive("it inflates to more than the limit")),
                n if n == by_ratio => Err(Error::Archive("an entry inflates too much")),
                _ => Ok(Some(Content::TooLarge)),
            };
        }
        self.left -= length;
        Ok(Some(read.map_or(Content::Damaged, |_| Content::Bytes(bytes))))
    }
}

/// All names, each checked.
fn names(zip: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Vec<String>, Error> {
    let mut names = Vec::with_capacity(zip.len());
    for index in 0..zip.len() {
        let file = zip.by_index_raw(index).map_err(|_| Error::Archive("an entry is damaged"))?;
        let name = file.name().map_err(|_| Error::Archive("a name cannot be read"))?.into_owned();
        if !is_harmless(&name) {
            return Err(Error::Archive("a name leaves its folder"));
        }
        if file.encrypted() {
            return Err(Error::Archive("an entry is encrypted"));
        }
        if file.is_symlink() {
            return Err(Error::Archive("an entry is a link"));
        }
        names.push(name);
    }
    Ok(names)
}

/// Whether a name stays below the folder that it is unpacked into, on every system.
pub(super) fn is_harmless(name: &str) -> bool {
    let bytes = name.as_bytes();
    let drive = bytes.len() > 1 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    !name.is_empty()
        && !name.starts_with('/')
        && !drive
        && !name.contains(['\\', '\0'])
        && !name.split('/').any(|part| part == "..")
}
