//! Attachments that a bundle names as files beside it, put inline.
//!
//! A FHIR bundle on a disk may name its documents by a relative address (`files/doc-001.pdf`). The engine
//! takes attachments inline only: it fetches nothing. So the client reads the files, from the bundle's own
//! folder and nowhere else, as any client of the HTTP interface does.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::path::{Component, Path, PathBuf};

/// A bundle with its attachments inline.
pub(in crate::cli) struct Inlined {
    /// The bundle as JSON.
    pub(in crate::cli) bytes: Vec<u8>,
    /// The files that were put inline: no documents of their own.
    pub(in crate::cli) files: Vec<PathBuf>,
    /// The date of birth of the bundle's patient, as it stands there.
    pub(in crate::cli) birth: Option<String>,
}

/// Puts the files that `bundle`, in `folder`, names into it. What is no JSON, and what names no file, comes
/// back as it was: the reader of bundles has the word on it.
pub(in crate::cli) fn inline(bundle: Vec<u8>, folder: &Path) -> Inlined {
    let Ok(mut json) = serde_json::from_slice::<Value>(&bundle) else {
        return Inlined { bytes: bundle, files: Vec::new(), birth: None };
    };
    let mut files = Vec::new();
    let mut birth = None;
    for entry in array(&mut json, "entry") {
        let Some(resource) = entry.get_mut("resource") else { continue };
        match resource["resourceType"].as_str() {
            Some("Patient") => birth = resource["birthDate"].as_str().map(str::to_owned),
            Some("DocumentReference") => {
                let attachments = array(resource, "content").filter_map(|c| c.get_mut("attachment"));
                files.extend(attachments.filter_map(|a| attach(a, folder)));
            }
            _ => {}
        }
    }
    let bytes = if files.is_empty() { bundle } else { json.to_string().into_bytes() };
    Inlined { bytes, files, birth }
}

/// The members of an array; none where there is no such array.
fn array<'a>(json: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    json.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Puts one attachment inline; the file it was read from.
fn attach(attachment: &mut Value, folder: &Path) -> Option<PathBuf> {
    if attachment.get("data").is_some() {
        return None;
    }
    let relative = Path::new(attachment["url"].as_str()?);
    // Down from the folder only: a bundle must not name the machine's other files.
    if !relative.components().all(|c| matches!(c, Component::Normal(_))) {
        return None;
    }
    let path = folder.join(relative).canonicalize().ok()?;
    if !path.starts_with(folder.canonicalize().ok()?) {
        return None;
    }
    let bytes = std::fs::read(&path).ok()?;
    let attachment = attachment.as_object_mut()?;
    attachment.remove("url");
    attachment.insert("data".to_owned(), Value::String(STANDARD.encode(bytes)));
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attachment(url: &str, folder: &Path) -> Value {
        let bundle = format!(
            r#"{{"entry":[{{"resource":{{"resourceType":"DocumentReference","content":[{{"attachment":{{"url":"{url}"}}}}]}}}}]}}"#
        );
        let inlined = inline(bundle.into_bytes(), folder);
        let json: Value = serde_json::from_slice(&inlined.bytes).unwrap();
        json["entry"][0]["resource"]["content"][0]["attachment"].clone()
    }

    #[test]
    fn only_files_under_the_bundles_folder_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("bundle");
        std::fs::create_dir_all(folder.join("files")).unwrap();
        std::fs::write(folder.join("files/a.txt"), "abc").unwrap();
        std::fs::write(dir.path().join("secret.txt"), "no").unwrap();
        std::os::unix::fs::symlink(dir.path().join("secret.txt"), folder.join("link.txt")).unwrap();

        assert_eq!(attachment("files/a.txt", &folder), serde_json::json!({"data": "YWJj"}));
        let absolute = dir.path().join("secret.txt");
        for url in
            ["../secret.txt", "link.txt", "missing.txt", absolute.to_str().unwrap(), "https://x.fr/a.pdf"]
        {
            assert_eq!(attachment(url, &folder), serde_json::json!({"url": url}));
        }
    }

    #[test]
    fn what_is_no_json_comes_back_as_it_was() {
        for text in ["{", "[]", "3", r#"{"entry":3}"#, r#"{"entry":[{"resource":[]}]}"#] {
            let inlined = inline(text.as_bytes().to_vec(), Path::new("."));
            assert_eq!((inlined.bytes.as_slice(), inlined.files.len()), (text.as_bytes(), 0));
        }
    }
}
