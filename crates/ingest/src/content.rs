//! What bytes are, whatever is said of them.

use crate::MediaType;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// The media type of a document inside a bundle or an archive: by its bytes where they tell, else as
/// declared; `None` where the engine does not take it. With it, what was odd.
pub(crate) fn media_type(declared: Option<&str>, bytes: &[u8]) -> (Option<MediaType>, Option<&'static str>) {
    let named = declared.map(MediaType::from_name);
    match (named, MediaType::sniff(bytes)) {
        (_, Some(MediaType::Xdm)) | (Some(Ok(MediaType::Xdm)), _) => {
            (None, Some("document is an archive, content left out"))
        }
        // XHTML begins like any XML
        (Some(Ok(MediaType::Html)), Some(MediaType::Cda)) => (Some(MediaType::Html), None),
        (Some(Ok(named)), Some(sniffed)) if named != sniffed => {
            (Some(sniffed), Some("document is not of its stated media type"))
        }
        (Some(Ok(named)), _) => (Some(named), None),
        (_, Some(sniffed)) => (Some(sniffed), None),
        (None, None) if is_html(bytes) => (Some(MediaType::Html), None),
        (None, None) if looks_like_xml(bytes) => (Some(MediaType::Cda), None),
        (None, None) if is_text(bytes) => (Some(MediaType::Text), None),
        _ => (None, Some("media type of the document is not accepted, content left out")),
    }
}

/// Whether the first character is that of a tag.
pub(crate) fn looks_like_xml(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start().starts_with(b"<")
}

/// Whether bytes are HTML, which browsers save under any name.
pub(crate) fn is_html(bytes: &[u8]) -> bool {
    let start = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    let start = start[..start.len().min(16)].to_ascii_lowercase();
    [b"<!doctype html".as_slice(), b"<html"].iter().any(|tag| start.starts_with(tag))
}

/// Whether bytes can be text: UTF-16 with its mark, or no control character but those of line and page.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    let control = |b: &u8| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || !bytes.iter().any(|b| control(b) || *b == 0x7f)
}

/// Whether `stated` is the SHA-1 of `bytes`, in base64 (FHIR) or hexadecimal (XDS).
pub(crate) fn is_sha1(stated: &str, bytes: &[u8]) -> bool {
    let digest = Sha1::digest(bytes);
    let hexadecimal = format!("{digest:x}");
    stated == STANDARD.encode(digest)
        || stated.eq_ignore_ascii_case(&hexadecimal)
        || stated == STANDARD.encode(&hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(declared: Option<&str>, bytes: &[u8], expected: Option<MediaType>, odd: bool) {
        let (found, warning) = media_type(declared, bytes);
        assert_eq!((found, warning.is_some()), (expected, odd), "{declared:?}");
    }

    #[test]
    fn bytes_win_over_names() {
        check(Some("application/pdf"), b"%PDF-1.7", Some(MediaType::Pdf), false);
        check(Some("application/pdf"), b"\x89PNG\r\n", Some(MediaType::Png), true);
        check(Some("application/pdf"), b"damaged", Some(MediaType::Pdf), false);
        check(Some("application/dicom"), b"\0\0", None, true);
        check(Some("application/octet-stream"), b"%PDF-1.7", Some(MediaType::Pdf), false);
        check(Some("application/pdf"), b"PK\x03\x04", None, true);
        check(None, b" <ClinicalDocument/>", Some(MediaType::Cda), false);
        check(None, "Cher confrère".as_bytes(), Some(MediaType::Text), false);
        check(None, b"\0\x01", None, true);
    }

    #[test]
    fn hashes_in_both_writings() {
        for stated in [
            "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=",
            "a9993e364706816aba3e25717850c26c9cd0d89d",
            "A9993E364706816ABA3E25717850C26C9CD0D89D",
        ] {
            assert!(is_sha1(stated, b"abc"), "{stated}");
        }
        assert!(!is_sha1("qZk+NkcGgWq6PiVxeFDCbJzQ2J0=", b"abd"));
    }
}
