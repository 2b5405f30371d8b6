//! What a `config.json` says, made one for all families.

use crate::Error;
use crate::kernel::Activation;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::Path;

/// Bounds that no model of this kind reaches: a configuration beyond them is damaged or hostile.
const MOST: usize = 1 << 22;

/// Which names the tensors have, and how the layers are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// BERT, and RoBERTa in its varieties.
    Bert,
    DistilBert,
    ModernBert,
}

/// `model_type` → family; whether positions count from the padding id on.
const FAMILIES: [(&str, Family, bool); 6] = [
    ("bert", Family::Bert, false),
    ("camembert", Family::Bert, true),
    ("distilbert", Family::DistilBert, false),
    ("modernbert", Family::ModernBert, false),
    ("roberta", Family::Bert, true),
    ("xlm-roberta", Family::Bert, true),
];

/// The names, in alphabetical order.
pub(crate) const ARCHITECTURES: [&str; FAMILIES.len()] = {
    let mut names = [""; FAMILIES.len()];
    let mut n = 0;
    while n < FAMILIES.len() {
        names[n] = FAMILIES[n].0;
        n += 1;
    }
    names
};

/// The shape of an encoder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    pub(crate) family: Family,
    /// Rows of the table of tokens.
    pub(crate) vocabulary: usize,
    /// Numbers a token has between layers.
    pub(crate) hidden: usize,
    pub(crate) heads: usize,
    /// Numbers a token has inside a layer.
    pub(crate) inner: usize,
    pub(crate) activation: Activation,
    pub(crate) epsilon: f32,
    /// Rows of the table of positions, or positions that rotation was trained for.
    pub(crate) positions: usize,
    /// The row of the first token.
    pub(crate) first_position: usize,
    /// Rows of the table of segments; 0 where there is none.
    pub(crate) segments: usize,
    /// One for each layer.
    pub(crate) layers: Vec<LayerKind>,
}

/// In what layers may differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LayerKind {
    /// How far a token sees on either side; everything where `None`.
    pub(crate) window: Option<usize>,
    /// The base of the rotation of queries and keys; none where positions have a table.
    pub(crate) rotation: Option<f32>,
}

/// The file, with the names of all families.
#[derive(Debug, Deserialize)]
struct Raw {
    vocab_size: usize,
    #[serde(alias = "dim")]
    hidden_size: usize,
    #[serde(alias = "n_layers")]
    num_hidden_layers: usize,
    #[serde(alias = "n_heads")]
    num_attention_heads: usize,
    #[serde(alias = "hidden_dim")]
    intermediate_size: usize,
    #[serde(alias = "activation", alias = "hidden_activation")]
    hidden_act: Option<String>,
    #[serde(alias = "norm_eps")]
    layer_norm_eps: Option<f32>,
    max_position_embeddings: usize,
    pad_token_id: Option<usize>,
    type_vocab_size: Option<usize>,
    position_embedding_type: Option<String>,
    local_attention: Option<usize>,
    global_attn_every_n_layers: Option<usize>,
    global_rope_theta: Option<f32>,
    local_rope_theta: Option<f32>,
    layer_types: Option<Vec<String>>,
    rope_parameters: Option<HashMap<String, Rope>>,
}

#[derive(Debug, Deserialize)]
struct Rope {
    rope_type: Option<String>,
    rope_theta: Option<f32>,
}

impl Config {
    /// Reads the text of a `config.json`; `file` is for the error.
    pub(crate) fn parse(json: &[u8], file: &Path) -> Result<Config, Error> {
        #[derive(Deserialize)]
        struct Kind {
            model_type: Option<String>,
        }
        let wrong = |problem: String| Error::Format { file: file.to_owned(), problem };
        let unread = |e: serde_json::Error| wrong(e.to_string());
        // The kind first: another architecture may have none of the other keys.
        let kind: Kind = serde_json::from_slice(json).map_err(unread)?;
        let kind = kind.model_type.unwrap_or_default();
        let known = FAMILIES.iter().find(|(name, ..)| *name == kind);
        let &(_, family, after_padding) =
            known.ok_or(Error::Unsupported { what: "architecture", value: kind })?;
        let raw: Raw = serde_json::from_slice(json).map_err(unread)?;
        let sizes = [
            raw.vocab_size,
            raw.hidden_size,
            raw.num_hidden_layers,
            raw.num_attention_heads,
            raw.intermediate_size,
            raw.max_position_embeddings,
        ];
        if sizes.iter().any(|size| *size == 0 || *size > MOST) {
            return Err(wrong("a size is 0 or beyond all measure".to_owned()));
        }
        if !raw.hidden_size.is_multiple_of(raw.num_attention_heads) {
            return Err(wrong("hidden_size is not a multiple of num_attention_heads".to_owned()));
        }
        if let Some(value) = raw.position_embedding_type.clone().filter(|kind| kind != "absolute") {
            return Err(Error::Unsupported { what: "positions of type", value });
        }
        let first_position = if after_padding { raw.pad_token_id.unwrap_or(1) + 1 } else { 0 };
        if first_position >= raw.max_position_embeddings {
            return Err(wrong("there is no room for a token in the positions".to_owned()));
        }
        let epsilon = if family == Family::ModernBert { 1e-5 } else { 1e-12 };
        Ok(Config {
            family,
            vocabulary: raw.vocab_size,
            hidden: raw.hidden_size,
            heads: raw.num_attention_heads,
            inner: raw.intermediate_size,
            activation: activation(raw.hidden_act.as_deref().unwrap_or("gelu"))?,
            epsilon: raw.layer_norm_eps.unwrap_or(epsilon),
            positions: raw.max_position_embeddings,
            first_position,
            segments: if family == Family::Bert { raw.type_vocab_size.unwrap_or(2) } else { 0 },
            layers: raw.layers(family)?,
        })
    }

    /// Tokens of a text, special ones included, that there are positions for.
    pub(crate) fn most_tokens(&self) -> usize {
        self.positions - self.first_position
    }

    /// Numbers of a head.
    pub(crate) fn head(&self) -> usize {
        self.hidden / self.heads
    }
}

impl Raw {
    fn layers(&self, family: Family) -> Result<Vec<LayerKind>, Error> {
        if family != Family::ModernBert {
            return Ok(vec![LayerKind { window: None, rotation: None }; self.num_hidden_layers]);
        }
        if !(self.hidden_size / self.num_attention_heads).is_multiple_of(2) {
            return Err(Error::Unsupported { what: "rotation of", value: "an odd width".to_owned() });
        }
        let every = self.global_attn_every_n_layers.unwrap_or(3).max(1);
        let local = |layer: usize| match &self.layer_types {
            Some(kinds) => kinds.get(layer).is_some_and(|kind| kind == "sliding_attention"),
            None => !layer.is_multiple_of(every),
        };
        let global = self.theta("full_attention", self.global_rope_theta.unwrap_or(160_000.0))?;
        let near = self.theta("sliding_attention", self.local_rope_theta.unwrap_or(10_000.0))?;
        let kind = |layer| {
            if local(layer) {
                let window = Some(self.local_attention.unwrap_or(128) / 2);
                LayerKind { window, rotation: Some(near) }
            } else {
                LayerKind { window: None, rotation: Some(global) }
            }
        };
        Ok((0..self.num_hidden_layers).map(kind).collect())
    }

    /// The base of a kind of layer's rotation: as newer files have it, or else as older ones.
    fn theta(&self, layers: &str, older: f32) -> Result<f32, Error> {
        let Some(rope) = self.rope_parameters.as_ref().and_then(|all| all.get(layers)) else {
            return Ok(older);
        };
        match rope.rope_type.as_deref() {
            None | Some("default") => Ok(rope.rope_theta.unwrap_or(older)),
            Some(other) => Err(Error::Unsupported { what: "rotation of type", value: other.to_owned() }),
        }
    }
}

/// An activation by its name in transformers.
fn activation(name: &str) -> Result<Activation, Error> {
    match name {
        "gelu" | "gelu_python" => Ok(Activation::Gelu),
        "gelu_new" | "gelu_pytorch_tanh" | "gelu_fast" => Ok(Activation::GeluTanh),
        "relu" => Ok(Activation::Relu),
        "silu" | "swish" => Ok(Activation::Silu),
        _ => Err(Error::Unsupported { what: "activation", value: name.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#""vocab_size": 9, "hidden_size": 8, "num_hidden_layers": 4, "num_attention_heads": 2,
        "intermediate_size": 16, "max_position_embeddings": 32"#;

    fn parse(kind: &str, more: &str) -> Result<Config, Error> {
        let json = format!("{{\"model_type\": \"{kind}\", {SMALL}{more}}}");
        Config::parse(json.as_bytes(), Path::new("config.json"))
    }

    #[test]
    fn positions_begin_after_the_padding_in_roberta() {
        let tokens = |kind, more| parse(kind, more).unwrap().most_tokens();
        assert_eq!(tokens("bert", ""), 32);
        assert_eq!(tokens("camembert", ""), 30);
        assert_eq!(tokens("xlm-roberta", ", \"pad_token_id\": 4"), 27);
    }

    #[test]
    fn layers_of_modernbert_alternate() {
        let windows = |more| {
            let config = parse("modernbert", more).unwrap();
            config.layers.iter().map(|l| (l.window, l.rotation)).collect::<Vec<_>>()
        };
        let (all, near) = ((None, Some(160_000.0)), (Some(64), Some(10_000.0)));
        assert_eq!(windows(""), [all, near, near, all]);
        let newer = r#", "layer_types": ["sliding_attention", "full_attention"], "local_attention": 8,
            "rope_parameters": {"full_attention": {"rope_theta": 7.0, "rope_type": "default"}}"#;
        assert_eq!(windows(newer)[..2], [(Some(4), Some(10_000.0)), (None, Some(7.0))]);
    }

    #[test]
    fn what_cannot_be_run_is_named() {
        let check = |kind, more, expected: &str| {
            let refused = parse(kind, more).unwrap_err().to_string();
            assert!(refused.contains(expected), "{refused}");
        };
        check("t5", "", "architecture `t5`");
        check("bert", ", \"hidden_act\": \"mish\"", "activation `mish`");
        check("bert", ", \"position_embedding_type\": \"relative_key\"", "`relative_key`");
        check("xlm-roberta", ", \"pad_token_id\": 31", "no room");
        check(
            "modernbert",
            ", \"rope_parameters\": {\"full_attention\": {\"rope_type\": \"yarn\"}}",
            "rotation of type `yarn`",
        );
    }
}
