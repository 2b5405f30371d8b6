//! Ids of documents whose source gives none, and the plain form of foreign identifiers.

use record::{ItemId, ResourceType};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Longest logical id of FHIR.
const LONGEST: usize = 64;

/// The item of a document: by its unique id, so that it is the same by every channel, else by its bytes.
pub(crate) fn document_id(unique_id: Option<&str>, bytes: &[u8]) -> ItemId {
    let id = match unique_id {
        Some(unique) if !unique.is_empty() && unique.len() <= LONGEST => unique
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' })
            .collect(),
        Some(unique) if !unique.is_empty() => digest(unique.as_bytes()),
        _ => digest(bytes),
    };
    // `.` and `..` are the only texts of that alphabet that are no ids.
    ItemId::new(ResourceType::DocumentReference, &id)
        .or_else(|_| ItemId::new(ResourceType::DocumentReference, &digest(bytes)))
        .expect("hexadecimal digits are an id")
}

/// The first 32 hexadecimal digits of the SHA-256 of `bytes`.
pub(crate) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
        // Writing into a String does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// An identifier without the prefix of its URN, as CDA and XDS write it: `urn:oid:1.2.3` is `1.2.3`.
pub(crate) fn plain(identifier: &str) -> &str {
    let identifier = identifier.trim();
    identifier.strip_prefix("urn:oid:").or_else(|| identifier.strip_prefix("urn:uuid:")).unwrap_or(identifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unique_id: Option<&str>, expected: &str) {
        assert_eq!(document_id(unique_id, b"abc").id(), expected);
    }

    #[test]
    fn a_document_is_named_by_its_unique_id_else_by_its_content() {
        check(Some("1.2.250.1^42"), "1.2.250.1-42");
        check(Some("é"), "-");
        check(None, "ba7816bf8f01cfea414140de5dae2223");
        check(Some(""), "ba7816bf8f01cfea414140de5dae2223");
        check(Some(".."), "ba7816bf8f01cfea414140de5dae2223");
        check(Some(&"1".repeat(65)), &digest("1".repeat(65).as_bytes()));
    }

    #[test]
    fn urn_prefixes_are_dropped() {
        assert_eq!(plain("urn:oid:1.2"), "1.2");
        assert_eq!(plain("urn:uuid:d4a2"), "d4a2");
        assert_eq!(plain("1.2^3"), "1.2^3");
    }
}
