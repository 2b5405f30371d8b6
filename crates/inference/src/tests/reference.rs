//! The vectors are those of sentence-transformers over PyTorch, for each family.

use super::fixture;
use crate::Model;
use serde::Deserialize;
use std::sync::Arc;

/// `expected.json`, as `fixtures/models/make.py` writes it.
#[derive(Deserialize)]
struct Expected {
    texts: Vec<String>,
    queries: Vec<Vec<f32>>,
    passages: Vec<Vec<f32>>,
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Vectors, dimension, and tokens of a passage.
fn check(name: &str, dimension: usize, tokens: usize) {
    let folder = fixture(name);
    let model = Model::load(&folder).unwrap();
    let json = std::fs::read(folder.join("expected.json")).unwrap();
    let expected: Expected = serde_json::from_slice(&json).unwrap();
    let texts: Vec<&str> = expected.texts.iter().map(String::as_str).collect();
    let queries = model.embed_queries(&texts).unwrap();
    let passages = model.embed_passages(&texts).unwrap();
    for (kind, got, expected) in
        [("query", &queries, &expected.queries), ("passage", &passages, &expected.passages)]
    {
        assert_eq!(got.len(), expected.len());
        for (n, (got, expected)) in got.iter().zip(expected).enumerate() {
            let cosine = cosine(got, expected);
            assert!(cosine > 0.999_999, "{name}, {kind} {n}: cosine {cosine}");
            let length: f32 = got.iter().map(|x| x * x).sum();
            assert!((length - 1.0).abs() < 1e-5, "{name}, {kind} {n}: length {length}");
        }
    }
    for (text, together) in texts.iter().zip(&passages) {
        assert_eq!(
            model.embed_passages(&[text]).unwrap(),
            std::slice::from_ref(together),
            "alone or together"
        );
    }
    assert_eq!((model.name(), model.dimension(), model.max_tokens()), (name, dimension, tokens));
    assert_eq!(model.id(), Model::load(&folder).unwrap().id());
}

#[test]
fn bert_in_f32_with_pinned_hashes() {
    check("bert", 32, 46);
}

#[test]
fn distilbert_in_f16_and_shards_by_its_first_token() {
    check("distilbert", 32, 62);
}

#[test]
fn xlm_roberta_in_bf16_with_prompts() {
    check("xlm-roberta", 32, 39);
}

#[test]
fn camembert_by_weight_without_its_prompt_then_dense() {
    check("camembert", 24, 38);
}

#[test]
fn modernbert_with_near_and_far_layers() {
    check("modernbert", 32, 62);
}

#[test]
fn each_family_is_listed() {
    for name in ["bert", "camembert", "distilbert", "modernbert", "roberta", "xlm-roberta"] {
        assert!(crate::architectures().contains(&name), "{name}");
    }
}

#[test]
fn tokens_are_counted_without_frame_and_limit() {
    let model = Model::load(&fixture("bert")).unwrap();
    assert_eq!(model.count_tokens("").unwrap(), 0);
    let one = model.count_tokens("genou ").unwrap();
    assert_eq!(model.count_tokens(&"genou ".repeat(100)).unwrap(), 100 * one);
}

#[test]
fn what_lies_beyond_the_limit_is_not_seen() {
    let model = Model::load(&fixture("bert")).unwrap();
    let long = "douleur ".repeat(60);
    let longer = format!("{long} et fracture");
    let vectors = model.embed_passages(&[&long, &longer]).unwrap();
    assert_eq!(vectors[0], vectors[1]);
}

#[test]
fn threads_share_a_model() {
    let model = Arc::new(Model::load(&fixture("distilbert")).unwrap());
    let expected = model.embed_queries(&["mal de tête"]).unwrap();
    let run = || {
        let model = Arc::clone(&model);
        std::thread::spawn(move || model.embed_queries(&["mal de tête"]).unwrap())
    };
    let threads: Vec<_> = (0..4).map(|_| run()).collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), expected);
    }
}
