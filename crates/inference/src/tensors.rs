//! Which tensors an encoder is made of: the names that each family gives them.

use crate::Error;
use crate::config::{Config, Family, LayerKind};
use crate::encoder::{Encoder, Layer, Norm};
use crate::kernel::Panels;
use crate::weights::{Table, Weights};

/// What may stand before every name: a checkpoint of a larger model names the encoder inside it.
const PREFIXES: [&str; 5] = ["", "bert.", "roberta.", "distilbert.", "model."];

impl Encoder {
    /// Reads the tensors that `config` asks for.
    pub(crate) fn load(config: &Config, weights: &mut Weights) -> Result<Encoder, Error> {
        let (words, embedded) = match config.family {
            Family::ModernBert => ("embeddings.tok_embeddings.weight", "embeddings.norm"),
            _ => ("embeddings.word_embeddings.weight", "embeddings.LayerNorm"),
        };
        let prefix = PREFIXES.into_iter().find(|prefix| weights.has(&format!("{prefix}{words}")));
        let mut source = Source { weights, prefix: prefix.unwrap_or(""), config };
        let rotates = config.family == Family::ModernBert;
        let table = |source: &mut Source<'_>, name, rows| source.table(name, rows).map(Some);
        Ok(Encoder {
            config: config.clone(),
            words: source.table(words, config.vocabulary)?,
            positions: match rotates {
                true => None,
                false => table(&mut source, "embeddings.position_embeddings.weight", config.positions)?,
            },
            segment: match config.segments {
                0 => Vec::new(),
                rows => source.tensor("embeddings.token_type_embeddings.weight", &[rows, config.hidden])?,
            },
            embedded: source.norm(embedded)?,
            layers: (0..config.layers.len()).map(|n| source.layer(n)).collect::<Result<_, _>>()?,
            last: if rotates { Some(source.norm("final_norm")?) } else { None },
        })
    }
}

/// The tensors of one layer.
struct Names {
    folder: &'static str,
    qkv: &'static [&'static str],
    out: &'static str,
    attention_norm: &'static str,
    inner_norm: &'static str,
    up: &'static str,
    down: &'static str,
}

const BERT: Names = Names {
    folder: "encoder.layer",
    qkv: &["attention.self.query", "attention.self.key", "attention.self.value"],
    out: "attention.output.dense",
    attention_norm: "attention.output.LayerNorm",
    inner_norm: "output.LayerNorm",
    up: "intermediate.dense",
    down: "output.dense",
};

const DISTILBERT: Names = Names {
    folder: "transformer.layer",
    qkv: &["attention.q_lin", "attention.k_lin", "attention.v_lin"],
    out: "attention.out_lin",
    attention_norm: "sa_layer_norm",
    inner_norm: "output_layer_norm",
    up: "ffn.lin1",
    down: "ffn.lin2",
};

const MODERNBERT: Names = Names {
    folder: "layers",
    qkv: &["attn.Wqkv"],
    out: "attn.Wo",
    attention_norm: "attn_norm",
    inner_norm: "mlp_norm",
    up: "mlp.Wi",
    down: "mlp.Wo",
};

/// Where tensors come from.
struct Source<'a> {
    weights: &'a mut Weights,
    prefix: &'static str,
    config: &'a Config,
}

impl Source<'_> {
    fn layer(&mut self, n: usize) -> Result<Layer, Error> {
        let Config { family, hidden, inner, .. } = *self.config;
        let names = match family {
            Family::Bert => BERT,
            Family::DistilBert => DISTILBERT,
            Family::ModernBert => MODERNBERT,
        };
        let full = |name: &str| format!("{}.{n}.{name}", names.folder);
        let qkv: Vec<String> = names.qkv.iter().map(|name| full(name)).collect();
        // ModernBERT normalises what comes from the embeddings once.
        let is_normal = family == Family::ModernBert && n == 0;
        let up = if family == Family::ModernBert { 2 * inner } else { inner };
        Ok(Layer {
            kind: self.config.layers.get(n).copied().unwrap_or(LayerKind { window: None, rotation: None }),
            attention_norm: if is_normal { None } else { Some(self.norm(&full(names.attention_norm))?) },
            qkv: self.linear(&qkv, hidden, 3 * hidden / qkv.len())?,
            out: self.linear(&[full(names.out)], hidden, hidden)?,
            inner_norm: self.norm(&full(names.inner_norm))?,
            up: self.linear(&[full(names.up)], hidden, up)?,
            down: self.linear(&[full(names.down)], inner, hidden)?,
        })
    }

    fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, Error> {
        self.weights.tensor(&format!("{}{name}", self.prefix), shape)
    }

    fn table(&mut self, name: &str, rows: usize) -> Result<Table, Error> {
        self.weights.table(&format!("{}{name}", self.prefix), rows, self.config.hidden)
    }

    /// Zeros where the model has no such tensor.
    fn bias(&mut self, name: &str, length: usize) -> Result<Vec<f32>, Error> {
        if self.weights.has(&format!("{}{name}", self.prefix)) {
            return self.tensor(name, &[length]);
        }
        Ok(vec![0.0; length])
    }

    /// Linear layers of one input, side by side.
    fn linear(&mut self, names: &[String], inputs: usize, outputs: usize) -> Result<Panels, Error> {
        let (mut weights, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            weights.extend(self.tensor(&format!("{name}.weight"), &[outputs, inputs])?);
            bias.extend(self.bias(&format!("{name}.bias"), outputs)?);
        }
        Ok(Panels::linear(&weights, inputs, &bias))
    }

    fn norm(&mut self, name: &str) -> Result<Norm, Error> {
        let width = self.config.hidden;
        // Weights that were once TensorFlow's keep its names.
        let older = self.weights.has(&format!("{}{name}.gamma", self.prefix));
        let (weight, bias) = if older { ("gamma", "beta") } else { ("weight", "bias") };
        Ok(Norm {
            weight: self.tensor(&format!("{name}.{weight}"), &[width])?,
            bias: self.bias(&format!("{name}.{bias}"), width)?,
            epsilon: self.config.epsilon,
        })
    }
}
