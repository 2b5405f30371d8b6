//! Steps through a FHIR resource in JSON, and its canonical form.

use crate::{Error, Limits};
use record::{Coded, Text, system};
use serde_json::Value;

/// A value takes some 80 bytes in memory and may take two in the text (`0,`): a resource has fewer than
/// this many on average.
const VALUES_PER_ENTRY: usize = 100;

/// Parses JSON. The nesting is bounded by `serde_json` (128 levels).
///
/// # Errors
/// Not UTF-8, not JSON, nested too deep, too many values.
pub(super) fn parse(bytes: &[u8], limits: &Limits) -> Result<Value, Error> {
    const LEVELS: usize = 128;
    let limit = limits.entries.saturating_mul(VALUES_PER_ENTRY);
    if values(bytes) > limit {
        return Err(Error::TooLarge { what: "number of JSON values", limit });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|_| Error::Utf8)?;
    serde_json::from_str(text).map_err(|e| {
        if e.to_string().starts_with("recursion limit exceeded") {
            Error::Depth(LEVELS)
        } else {
            Error::Json { line: e.line(), column: e.column() }
        }
    })
}

/// How many values a text may hold: one before each comma and after each bracket outside strings.
fn values(bytes: &[u8]) -> usize {
    let (mut count, mut in_string, mut escaped) = (0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

/// All values at a path of names (`participant.actor.display`), through every array on the way.
pub(super) fn walk<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut found = elements(value);
    for name in path.split('.') {
        found = found.into_iter().filter_map(|v| v.get(name)).flat_map(elements).collect();
    }
    found
}

fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        other => vec![other],
    }
}

/// The first text at a path that is not blank, trimmed.
pub(super) fn text<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    texts(value, path).into_iter().next()
}

/// All texts at a path that are not blank, trimmed.
pub(super) fn texts<'a>(value: &'a Value, path: &str) -> Vec<&'a str> {
    walk(value, path).into_iter().filter_map(Value::as_str).map(str::trim).filter(|t| !t.is_empty()).collect()
}

/// The text of a `CodeableConcept`, else its first label; `None` where there are only codes.
pub(super) fn label(concept: &Value) -> Option<&str> {
    text(concept, "text").or_else(|| text(concept, "coding.display"))
}

/// The codes of a `CodeableConcept`.
pub(super) fn codings(concept: &Value) -> Vec<Coded> {
    walk(concept, "coding").into_iter().filter_map(coding).collect()
}

/// A `Coding`; `None` where it has neither code nor label.
pub(super) fn coding(value: &Value) -> Option<Coded> {
    let (code, display) = (text(value, "code"), text(value, "display"));
    if code.is_none() && display.is_none() {
        return None;
    }
    let system = code_system(text(value, "system").unwrap_or(""));
    Some(Coded::new(system, code.unwrap_or(""), display))
}

/// A `CodeableConcept` as one code: the first coding, its label taken from the text where it has none.
pub(super) fn coded(concept: &Value) -> Option<Coded> {
    let mut first = codings(concept).into_iter().next().unwrap_or_default();
    first.display = first.display.or_else(|| label(concept).map(Text::from));
    (!first.code.is_empty() || first.display.is_some()).then_some(first)
}

/// The OID of a code system that the French terminology server names by URL; else as it is.
fn code_system(name: &str) -> &str {
    const FRENCH: [(&str, &str); 9] = [
        ("terminologie-atc", system::ATC),
        ("terminologie-bdpm", system::CIS),
        ("terminologie-ccam", system::CCAM),
        ("terminologie-cim-10", system::CIM10),
        ("terminologie-loinc", system::LOINC),
        ("tre_a04", system::LOINC),
        ("tre-a04", system::LOINC),
        ("tre_a05", system::TRE_A05),
        ("tre-a05", system::TRE_A05),
    ];
    if name.starts_with("http") {
        let folded = name.to_ascii_lowercase();
        if let Some((_, oid)) = FRENCH.iter().find(|(part, _)| folded.contains(part)) {
            return oid;
        }
    }
    system::canonical(name)
}

/// The canonical bytes of a resource: keys sorted, no white space, without the bytes of attachments,
/// which are kept apart. The same resource gives the same bytes, whatever the order of its keys.
pub(crate) fn canonical(resource: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(resource, holds_bytes(resource, ""), &mut out);
    out
}

fn write(value: &Value, bytes: bool, out: &mut Vec<u8>) {
    match value {
        Value::Object(object) => {
            let mut keys: Vec<&String> = object.keys().filter(|k| !(bytes && *k == "data")).collect();
            keys.sort_unstable();
            out.push(b'{');
            for (i, key) in keys.into_iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                scalar(&Value::from(key.as_str()), out);
                out.push(b':');
                let inner = &object[key];
                write(inner, holds_bytes(inner, key), out);
            }
            out.push(b'}');
        }
        Value::Array(list) => {
            out.push(b'[');
            for (i, inner) in list.iter().enumerate() {
                if i > 0 {
                    out.push(b',');
                }
                write(inner, bytes || holds_bytes(inner, ""), out);
            }
            out.push(b']');
        }
        other => scalar(other, out),
    }
}

fn scalar(value: &Value, out: &mut Vec<u8>) {
    // Writing a scalar into memory does not fail.
    let _ = serde_json::to_writer(out, value);
}

/// Whether the `data` of this object (or of the objects of this array) are an attachment's bytes.
fn holds_bytes(value: &Value, key: &str) -> bool {
    matches!(key, "attachment" | "presentedForm") || value.get("resourceType").is_some_and(|t| t == "Binary")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn canonical_bytes_know_no_order_of_keys_and_no_attachment() {
        let canonical = |text: &str| {
            String::from_utf8(canonical(&parse(text.as_bytes(), &Limits::default()).unwrap())).unwrap()
        };
        let a =
            canonical(r#"{"b": [{"d": 1, "c": "é\n"}], "a": {"attachment": {"data": "AAAA", "size": 3}}}"#);
        assert_eq!(a, r#"{"a":{"attachment":{"size":3}},"b":[{"c":"é\n","d":1}]}"#);
        assert_eq!(
            canonical(
                r#"{"presentedForm": [{"data": "AA=="}], "data": "x",
                    "contained": [{"resourceType": "Binary", "data": "AA=="}, {"data": 1}]}"#
            ),
            r#"{"contained":[{"resourceType":"Binary"},{"data":1}],"data":"x","presentedForm":[{}]}"#
        );
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        let deep = "[".repeat(200) + &"]".repeat(200);
        for (input, error) in [
            (b"{\n  \"a\": }".as_slice(), Error::Json { line: 2, column: 8 }),
            (b"{\"a\": \"\xff\"}", Error::Utf8),
            (deep.as_bytes(), Error::Depth(128)),
            (b"", Error::Json { line: 1, column: 0 }),
        ] {
            assert_eq!(parse(input, &Limits::default()).unwrap_err(), error);
        }
    }

    #[test]
    fn too_many_values_are_refused_before_they_take_memory() {
        let limits = Limits { entries: 1, ..Limits::default() };
        let zeros = "0,".repeat(200);
        let list = format!("[{zeros}0]");
        let text = format!("[\"{zeros}\\\"\"]");
        let error = Error::TooLarge { what: "number of JSON values", limit: 100 };
        assert_eq!(parse(list.as_bytes(), &limits), Err(error));
        assert!(parse(text.as_bytes(), &limits).is_ok());
    }

    #[test]
    fn paths_go_through_arrays() {
        let value = json!({"a": [{"b": [{"c": "1"}, {"c": " "}]}, {"b": {"c": "2"}}, 3]});
        assert_eq!(texts(&value, "a.b.c"), ["1", "2"]);
        assert_eq!(text(&value, "a.x"), None);
    }

    #[test]
    fn code_systems_by_their_french_names() {
        let system = |s: &str| coding(&json!({"system": s, "code": "x"})).unwrap().system;
        assert_eq!(system("https://smt.esante.gouv.fr/terminologie-ccam"), system::CCAM);
        assert_eq!(
            system("https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05"),
            system::TRE_A05
        );
        assert_eq!(system("urn:oid:1.2.3"), "1.2.3");
        assert_eq!(system("http://loinc.org"), system::LOINC);
    }
}
