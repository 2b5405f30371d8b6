//! Sealing: authenticated encryption of everything that leaves the process.
//!
//! A sealed value is `version (1) | nonce (24) | ciphertext | tag (16)`, by XChaCha20-Poly1305 with a
//! random nonce. What it is and where it belongs is authenticated with it, so a value that was moved to
//! another record, another item or another kind does not open.

use crate::{Error, RecordKey};
use chacha20poly1305::aead::{AeadInPlace, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE: usize = 24;
const TAG: usize = 16;
const HEADER: usize = 1 + NONCE;

/// Bytes that sealing adds.
pub(crate) const OVERHEAD: usize = HEADER + TAG;

/// What a sealed value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A record's data key, sealed with the wrapping key.
    Key = 0,
    /// An item's metadata; named by the item.
    Meta = 1,
    /// What an item's metadata were read from; named by the item.
    Descriptor = 2,
    /// An original document; named by its SHA-256, in the ledger and as an object alike.
    Source = 3,
    /// A pack; named by its object.
    Pack = 4,
    /// Vectors; named by their object.
    Vectors = 5,
    /// A picture of a page; named by its object.
    Preview = 6,
}

/// A 256-bit key, wiped when dropped.
pub(crate) struct DataKey(Zeroizing<[u8; 32]>);

impl DataKey {
    /// A new random key.
    pub(crate) fn random() -> Result<Self, Error> {
        Ok(DataKey(Zeroizing::new(random()?)))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(DataKey(Zeroizing::new(bytes.try_into().ok()?)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Seals `plain` as the value `name` of `record`.
    pub(crate) fn seal(
        &self,
        record: &RecordKey,
        kind: Kind,
        name: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let nonce: [u8; NONCE] = random()?;
        let mut sealed = Vec::with_capacity(plain.len() + OVERHEAD);
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plain);
        let tag = self
            .cipher()
            .encrypt_in_place_detached(
                XNonce::from_slice(&nonce),
                &associated(record, kind, name),
                &mut sealed[HEADER..],
            )
            .map_err(|_| Error::Size { what: "sealed value", limit: crate::Entry::MAX_VALUE })?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens what [`DataKey::seal`] made for the same place; `None` for anything else.
    pub(crate) fn open(
        &self,
        record: &RecordKey,
        kind: Kind,
        name: &[u8],
        mut sealed: Vec<u8>,
    ) -> Option<Vec<u8>> {
        if sealed.len() < OVERHEAD || sealed[0] != VERSION {
            return None;
        }
        let (header, rest) = sealed.split_at_mut(HEADER);
        let (body, tag) = rest.split_at_mut(rest.len() - TAG);
        self.cipher()
            .decrypt_in_place_detached(
                XNonce::from_slice(&header[1..]),
                &associated(record, kind, name),
                body,
                (&*tag).into(),
            )
            .ok()?;
        sealed.truncate(sealed.len() - TAG);
        sealed.drain(..HEADER);
        Some(sealed)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(self.0.as_slice().into())
    }
}

/// Only the name has no fixed length, and it comes last: two places never have the same bytes.
fn associated(record: &RecordKey, kind: Kind, name: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(2 + 16 + name.len());
    bytes.push(VERSION);
    bytes.push(kind as u8);
    bytes.extend_from_slice(record.as_bytes());
    bytes.extend_from_slice(name);
    bytes
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Error::Random)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_where_it_was_sealed() {
        let (one, two) = (RecordKey::from_bytes([1; 16]), RecordKey::from_bytes([2; 16]));
        let key = DataKey::random().unwrap();
        let sealed = key.seal(&one, Kind::Meta, b"Observation/1", b"words").unwrap();
        assert_eq!(sealed.len(), 5 + OVERHEAD);
        let open = |key: &DataKey, record, kind, name: &[u8]| key.open(record, kind, name, sealed.clone());

        assert_eq!(open(&key, &one, Kind::Meta, b"Observation/1").as_deref(), Some(&b"words"[..]));
        assert_eq!(open(&key, &two, Kind::Meta, b"Observation/1"), None, "another record");
        assert_eq!(open(&key, &one, Kind::Descriptor, b"Observation/1"), None, "another kind");
        assert_eq!(open(&key, &one, Kind::Meta, b"Observation/2"), None, "another item");
        assert_eq!(
            open(&DataKey::random().unwrap(), &one, Kind::Meta, b"Observation/1"),
            None,
            "another key"
        );
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_seen() {
        let record = RecordKey::from_bytes([1; 16]);
        let key = DataKey::random().unwrap();
        let sealed = key.seal(&record, Kind::Pack, b"p", b"some words").unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(key.open(&record, Kind::Pack, b"p", changed), None, "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert_eq!(key.open(&record, Kind::Pack, b"p", sealed[..length].to_vec()), None, "{length}");
        }
    }

    #[test]
    fn equal_values_are_sealed_differently() {
        let record = RecordKey::from_bytes([1; 16]);
        let key = DataKey::random().unwrap();
        let seal = || key.seal(&record, Kind::Source, b"s", b"").unwrap();
        assert_ne!(seal(), seal());
    }
}
