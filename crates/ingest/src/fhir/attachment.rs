//! The bytes of an attachment: inline, in a `Binary`, or nowhere.

use super::json::text;
use super::resource::Resource;
use crate::{MediaType, Reason, Source};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;
use sha1::{Digest, Sha1};

/// Standard alphabet; some producers leave the padding out.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The bytes of an attachment; `None`, with a warning, where they are not there or not of a kind that the
/// engine takes: the document is then known by its metadata.
///
/// # Errors
/// Wrong base64, a document over the limit.
pub(super) fn source(resource: &Resource<'_>, attachment: &Value) -> Result<Option<Source>, Reason> {
    let (data, content_type) = match text(attachment, "data") {
        Some(data) => (data, text(attachment, "contentType")),
        None => match binary(resource, attachment) {
            Some(binary) => {
                let inner = text(binary, "data");
                let Some(data) = inner else {
                    resource.warn("Binary of the attachment has no data");
                    return Ok(None);
                };
                (data, text(attachment, "contentType").or_else(|| text(binary, "contentType")))
            }
            None => return Ok(None),
        },
    };
    let bytes = decode(data, resource.limits.document_bytes)?;
    check(resource, attachment, &bytes);
    Ok(media_type(resource, content_type, &bytes).map(|media_type| Source { media_type, bytes }))
}

/// The `Binary` that the attachment's address names.
fn binary<'a>(resource: &Resource<'a>, attachment: &Value) -> Option<&'a Value> {
    let Some(url) = text(attachment, "url") else {
        resource.warn("attachment has neither data nor an address");
        return None;
    };
    let found = resource.context.resolve(url, resource.json);
    let binary = found.filter(|r| text(r, "resourceType") == Some("Binary"));
    if binary.is_none() {
        resource.warn("address of the attachment leads to nothing in the bundle");
    }
    binary
}

fn decode(data: &str, limit: usize) -> Result<Vec<u8>, Reason> {
    // base64Binary may hold white space (XML Schema part 2, 3.2.16).
    let compact: String;
    let data = if data.bytes().any(|b| b.is_ascii_whitespace()) {
        compact = data.split_ascii_whitespace().collect();
        &compact
    } else {
        data
    };
    if data.len() / 4 * 3 > limit.saturating_add(3) {
        return Err(Reason::TooLarge(limit));
    }
    let bytes = LENIENT.decode(data).map_err(|_| Reason::Base64)?;
    if bytes.len() > limit { Err(Reason::TooLarge(limit)) } else { Ok(bytes) }
}

/// Compares size and SHA-1 with what the attachment states.
fn check(resource: &Resource<'_>, attachment: &Value, bytes: &[u8]) {
    let size = attachment.get("size").and_then(Value::as_u64);
    if size.is_some_and(|size| size != bytes.len() as u64) {
        resource.warn("attachment has another size than stated");
    }
    if text(attachment, "hash").is_some_and(|hash| !is_sha1(hash, bytes)) {
        resource.warn("attachment does not match its hash");
    }
}

/// Whether `stated` is the SHA-1 of `bytes`, in base64 (FHIR) or hexadecimal (XDS).
pub(crate) fn is_sha1(stated: &str, bytes: &[u8]) -> bool {
    let digest = Sha1::digest(bytes);
    let hexadecimal: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    stated == STANDARD.encode(digest)
        || stated.eq_ignore_ascii_case(&hexadecimal)
        || stated == STANDARD.encode(&hexadecimal)
}

/// What the bytes are: by themselves where they tell, else as declared.
fn media_type(resource: &Resource<'_>, declared: Option<&str>, bytes: &[u8]) -> Option<MediaType> {
    let named = declared.map(MediaType::from_name);
    let sniffed = MediaType::sniff(bytes);
    match (named, sniffed) {
        (_, Some(MediaType::Xdm)) | (Some(Ok(MediaType::Xdm)), _) => {
            resource.warn("attachment is an archive, left out");
            None
        }
        (Some(Ok(named)), Some(sniffed)) if named != sniffed => {
            resource.warn("attachment is not of its stated media type");
            Some(sniffed)
        }
        (Some(Ok(named)), _) => Some(named),
        (_, Some(sniffed)) => Some(sniffed),
        (None, None) if bytes.trim_ascii_start().starts_with(b"<") => Some(MediaType::Cda),
        (None, None) if std::str::from_utf8(bytes).is_ok() => Some(MediaType::Text),
        _ => {
            resource.warn("media type of the attachment is not accepted, content left out");
            None
        }
    }
}
