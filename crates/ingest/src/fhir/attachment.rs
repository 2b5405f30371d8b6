//! The bytes of an attachment: inline, in a `Binary`, or nowhere.

use super::json::text;
use super::resource::Resource;
use crate::content::{is_sha1, media_type};
use crate::{Reason, Source};
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

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
    let (media_type, odd) = media_type(content_type, &bytes);
    odd.into_iter().for_each(|phrase| resource.warn(phrase));
    Ok(media_type.map(|media_type| Source { media_type, bytes }))
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
