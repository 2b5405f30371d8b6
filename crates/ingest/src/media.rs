//! Media types that the engine takes.

use crate::Error;

/// A media type, decided by the content where the content tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaType {
    /// CDA R2 (`text/xml`, `application/xml`).
    Cda,
    /// IHE_XDM.ZIP.
    Xdm,
    /// PDF.
    Pdf,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// TIFF.
    Tiff,
    /// Plain text.
    Text,
    /// RTF.
    Rtf,
    /// HTML, inside a bundle or another document: it is never taken as a document of its own.
    Html,
}

impl MediaType {
    const NAMES: [(&'static str, MediaType); 15] = [
        ("text/xml", MediaType::Cda),
        ("application/xml", MediaType::Cda),
        ("application/hl7-v3+xml", MediaType::Cda),
        ("application/cda+xml", MediaType::Cda),
        ("application/zip", MediaType::Xdm),
        ("application/pdf", MediaType::Pdf),
        ("image/jpeg", MediaType::Jpeg),
        ("image/jpg", MediaType::Jpeg),
        ("image/png", MediaType::Png),
        ("image/tiff", MediaType::Tiff),
        ("text/plain", MediaType::Text),
        ("application/rtf", MediaType::Rtf),
        ("text/rtf", MediaType::Rtf),
        ("text/html", MediaType::Html),
        ("application/xhtml+xml", MediaType::Html),
    ];

    /// The media type of an IANA name, parameters ignored.
    ///
    /// # Errors
    /// A name that the engine does not take.
    pub fn from_name(name: &str) -> Result<Self, Error> {
        let essence = name.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        Self::NAMES.iter().find(|(n, _)| *n == essence).map(|(_, m)| *m).ok_or(Error::MediaType)
    }

    /// The canonical IANA name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(_, m)| *m == self).map_or("application/octet-stream", |(n, _)| n)
    }

    /// What the first bytes say; `None` where they say nothing (text, XML without a prolog).
    #[must_use]
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        let start = &bytes[..bytes.len().min(1024)];
        let text = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        match text {
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Some(MediaType::Xdm),
            [0xff, 0xd8, 0xff, ..] => Some(MediaType::Jpeg),
            [0x89, b'P', b'N', b'G', ..] => Some(MediaType::Png),
            [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some(MediaType::Tiff),
            [b'{', b'\\', b'r', b't', b'f', ..] => Some(MediaType::Rtf),
            _ if start.windows(5).any(|w| w == b"%PDF-") => Some(MediaType::Pdf),
            _ if text.trim_ascii_start().starts_with(b"<?xml") => Some(MediaType::Cda),
            _ => None,
        }
    }
}
