//! Damaged, incomplete and hostile directories are refused with a reason, and cost little memory.

use super::fixture;
use crate::{Error, Model};
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

/// A copy of a small model in which something can be broken.
fn copy(name: &str) -> tempfile::TempDir {
    fn files(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).unwrap().map(|e| e.unwrap().path()) {
            let target = to.join(entry.file_name().unwrap());
            if entry.is_dir() {
                fs::create_dir(&target).unwrap();
                files(&entry, &target);
            } else {
                fs::copy(&entry, &target).unwrap();
            }
        }
    }
    let dir = tempfile::tempdir().unwrap();
    files(&fixture(name), dir.path());
    // Hashes have a test of their own.
    let _ = fs::remove_file(dir.path().join("SHA256SUMS"));
    dir
}

/// Breaks a copy of a model, and checks what its refusal says.
fn check(name: &str, damage: impl Fn(&Path), expected: &str) -> Error {
    let dir = copy(name);
    damage(dir.path());
    let refused = Model::load(dir.path()).expect_err(expected);
    let text = refused.to_string();
    assert!(text.contains(expected), "{text}, not {expected}");
    refused
}

/// Changes a JSON file.
fn edit(file: &Path, change: impl Fn(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    change(&mut value);
    fs::write(file, serde_json::to_vec(&value).unwrap()).unwrap();
}

/// The header of a file of weights, and where its data begin.
fn header(file: &Path) -> (Value, usize) {
    let bytes = fs::read(file).unwrap();
    let size = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    (serde_json::from_slice(&bytes[8..8 + size]).unwrap(), 8 + size)
}

/// Writes `value` over the first `count` numbers of a tensor in f32.
fn overwrite(dir: &Path, tensor: &str, count: usize, value: f32) {
    let file = dir.join("model.safetensors");
    let (header, data) = header(&file);
    let begin = data as u64 + header[tensor]["data_offsets"][0].as_u64().unwrap();
    let mut open = OpenOptions::new().write(true).open(file).unwrap();
    open.seek(SeekFrom::Start(begin)).unwrap();
    open.write_all(&value.to_le_bytes().repeat(count)).unwrap();
}

/// A file of zeros that takes no room on the disk.
fn zeros(file: &Path, bytes: u64) {
    File::create(file).unwrap().set_len(bytes).unwrap();
}

#[test]
fn missing_files_are_named() {
    for file in ["config.json", "tokenizer.json", "model.safetensors", "1_Pooling/config.json"] {
        let refused = check("bert", |dir| fs::remove_file(dir.join(file)).unwrap(), file);
        assert!(matches!(refused, Error::Missing { .. }), "{refused}");
    }
    let shard = "model-00002-of-00003.safetensors";
    check("distilbert", |dir| fs::remove_file(dir.join(shard)).unwrap(), shard);
    check("camembert", |dir| fs::remove_file(dir.join("2_Dense/model.safetensors")).unwrap(), "2_Dense");
    let refused = Model::load(Path::new("nowhere")).unwrap_err();
    assert!(matches!(refused, Error::Missing { .. }), "{refused}");
}

#[test]
fn a_file_that_is_not_the_pinned_one_is_refused() {
    for file in ["model.safetensors", "tokenizer.json", "config.json"] {
        let dir = copy("bert");
        fs::copy(fixture("bert").join("SHA256SUMS"), dir.path().join("SHA256SUMS")).unwrap();
        Model::load(dir.path()).unwrap();
        let mut bytes = fs::read(dir.path().join(file)).unwrap();
        match bytes.iter().rposition(|b| *b == b'\n' || file == "model.safetensors") {
            Some(last) => bytes[last] ^= if file == "model.safetensors" { 1 } else { b'\n' ^ b' ' },
            None => bytes.push(b' '),
        }
        fs::write(dir.path().join(file), bytes).unwrap();
        let refused = Model::load(dir.path()).unwrap_err();
        assert!(matches!(&refused, Error::Hash { file: named } if named.ends_with(file)), "{refused}");
    }
}

#[test]
fn sizes_that_do_not_fit_the_weights() {
    let wrong = |key: &'static str, value: usize| {
        move |dir: &Path| edit(&dir.join("config.json"), |config| config[key] = value.into())
    };
    check("bert", wrong("hidden_size", 64), "word_embeddings.weight: has the shape");
    check("bert", wrong("intermediate_size", 65), "intermediate.dense.weight: has the shape");
    check("bert", wrong("num_hidden_layers", 3), "encoder.layer.2.attention");
    check("bert", wrong("vocab_size", 1 << 40), "beyond all measure");
    check("bert", wrong("num_attention_heads", 5), "not a multiple");
    let dense = |dir: &Path| edit(&dir.join("2_Dense/config.json"), |c| c["in_features"] = 31.into());
    check("camembert", dense, "in_features is 31");
}

#[test]
fn weights_that_are_no_numbers() {
    for value in [f32::NAN, f32::INFINITY] {
        let damage = |dir: &Path| overwrite(dir, "encoder.layer.1.output.dense.weight", 1, value);
        let refused = check("bert", damage, "not finite");
        assert!(matches!(refused, Error::Tensor { .. }));
    }
    let damage = |dir: &Path| overwrite(dir, "embeddings.word_embeddings.weight", 1, f32::NAN);
    check("bert", damage, "not finite");
}

#[test]
fn vectors_of_no_use() {
    let same = |dir: &Path| overwrite(dir, "encoder.layer.1.output.LayerNorm.weight", 32, 0.0);
    check("bert", same, "the same for different texts");
    let huge = |dir: &Path| overwrite(dir, "encoder.layer.1.output.LayerNorm.weight", 32, f32::MAX);
    check("bert", huge, "not finite");
    let zero = |dir: &Path| {
        overwrite(dir, "encoder.layer.1.output.LayerNorm.weight", 32, 0.0);
        overwrite(dir, "encoder.layer.1.output.LayerNorm.bias", 32, 0.0);
    };
    check("bert", zero, "all zero");
}

#[test]
fn the_tokenizer_of_another_model() {
    let damage = |dir: &Path| {
        fs::copy(fixture("modernbert").join("tokenizer.json"), dir.join("tokenizer.json")).unwrap();
    };
    let refused = check("bert", damage, "tokenizer gives ids up to");
    assert!(matches!(refused, Error::Vocabulary { .. }), "{refused}");
}

#[test]
fn cut_and_forged_weights() {
    let weights = |dir: &Path| dir.join("model.safetensors");
    let cut = |dir: &Path| {
        let open = OpenOptions::new().write(true).open(weights(dir)).unwrap();
        open.set_len(open.metadata().unwrap().len() - 1).unwrap();
    };
    check("bert", cut, "it is cut");
    check("bert", |dir| fs::write(weights(dir), "short").unwrap(), "shorter than its header");
    check(
        "bert",
        |dir| fs::write(weights(dir), u64::MAX.to_le_bytes().repeat(9)).unwrap(),
        "impossible length",
    );
    check("bert", |dir| fs::write(weights(dir), "\u{8}\0\0\0\0\0\0\0not json").unwrap(), "not a JSON object");
    // A header that says more than the file holds, or that contradicts itself.
    let forge = |tensor: &'static str, key: &'static str, value: Value| {
        move |dir: &Path| {
            let file = weights(dir);
            let (mut head, data) = header(&file);
            head[tensor][key] = value.clone();
            let head = serde_json::to_vec(&head).unwrap();
            let mut forged = (head.len() as u64).to_le_bytes().to_vec();
            forged.extend(head);
            forged.extend(&fs::read(&file).unwrap()[data..]);
            fs::write(file, forged).unwrap();
        }
    };
    let words = "embeddings.word_embeddings.weight";
    check("bert", forge(words, "data_offsets", json!([0, 1u64 << 60])), "it is cut");
    check("bert", forge(words, "data_offsets", json!([9, 3])), "ends before it begins");
    check("bert", forge(words, "data_offsets", json!([0, 4])), "another length than its shape");
    check("bert", forge(words, "shape", json!([-1])), "incomplete");
    check("bert", forge(words, "dtype", json!("I8")), "tensors of type `I8`");
}

#[test]
fn what_this_build_cannot_run() {
    let set = |file: &'static str, key: &'static str, value: &'static str| {
        move |dir: &Path| edit(&dir.join(file), |json| json[key] = value.into())
    };
    check("bert", set("config.json", "model_type", "t5"), "architecture `t5`");
    check("distilbert", set("1_Pooling/config.json", "pooling_mode", "lasttoken"), "pooling `lasttoken`");
    check("camembert", set("2_Dense/config.json", "activation_function", "x.Mish"), "activation `Mish`");
    let module = |dir: &Path| edit(&dir.join("modules.json"), |list| list[1]["type"] = "a.LSTM".into());
    check("bert", module, "module `LSTM`");
    let outside = |dir: &Path| edit(&dir.join("modules.json"), |list| list[1]["path"] = "../other".into());
    check("bert", outside, "outside of its directory");
}

/// The most memory that this process has held, in kilobytes; 0 where the system does not tell.
fn peak_kb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse().ok()).unwrap_or(0)
}

#[test]
fn two_gigabytes_of_zeros_cost_no_memory() {
    const SIZE: u64 = 2 << 30;
    let before = peak_kb();
    for (file, expected) in [
        ("config.json", "more than"),
        ("tokenizer.json", "more than"),
        ("modules.json", "more than"),
        ("SHA256SUMS", "more than"),
        ("model.safetensors", "impossible length"),
    ] {
        check("bert", |dir| zeros(&dir.join(file), SIZE), expected);
    }
    // A true header over them.
    let forged = |dir: &Path| {
        let (rows, width) = (1usize << 20, 512usize);
        edit(&dir.join("config.json"), |config| {
            (config["vocab_size"], config["hidden_size"]) = (rows.into(), width.into());
        });
        let words = json!({"embeddings.word_embeddings.weight":
            {"dtype": "F32", "shape": [rows, width], "data_offsets": [0, rows * width * 4]}});
        let head = serde_json::to_vec(&words).unwrap();
        let mut file = File::create(dir.join("model.safetensors")).unwrap();
        file.write_all(&(head.len() as u64).to_le_bytes()).unwrap();
        file.write_all(&head).unwrap();
        file.set_len(8 + head.len() as u64 + SIZE).unwrap();
    };
    check("bert", forged, "has only zeros");
    let grown = peak_kb() - before;
    assert!(grown < 64 << 10, "{grown} kB more");
}
