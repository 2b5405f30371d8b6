//! What sentence-transformers adds to an encoder: the limit of tokens, prompts, pooling, dense layers.

use crate::Error;
use crate::config::Config;
use crate::directory::{Directory, Module};
use crate::kernel::{Activation, Panels};
use crate::pooling::{Dense, Pooling};
use crate::tokenizer::Tokenizer;
use crate::weights::Weights;
use serde::Deserialize;
use std::collections::HashMap;

/// Tokens of a text, special ones included: the least of what the files say.
pub(crate) fn most_tokens(directory: &mut Directory, base: &str, config: &Config) -> Result<usize, Error> {
    #[derive(Default, Deserialize)]
    struct Limit {
        // A tokenizer without a limit says 1e30.
        model_max_length: Option<f64>,
        max_seq_length: Option<f64>,
    }
    let mut most = config.most_tokens();
    for name in ["sentence_bert_config.json", "tokenizer_config.json"] {
        let limit: Limit = directory.settings(&format!("{base}{name}"))?.unwrap_or_default();
        let limits = limit.max_seq_length.into_iter().chain(limit.model_max_length);
        most = limits.filter(|limit| *limit >= 1.0).fold(most, |most, limit| most.min(limit as usize));
    }
    Ok(most)
}

/// What stands before every text of one kind.
#[derive(Debug, Default)]
pub(crate) struct Prefix {
    pub(crate) text: String,
    /// Its tokens, the special one before it included, where the pooling leaves them out.
    pub(crate) unpooled: usize,
}

/// `config_sentence_transformers.json`
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Prompts {
    #[serde(default)]
    prompts: HashMap<String, Option<String>>,
    default_prompt_name: Option<String>,
}

impl Prompts {
    /// The first prompt of these names that is not empty, or the default one, or nothing. Empty ones are
    /// passed over: sentence-transformers writes some for names that the model's author did not use.
    pub(crate) fn prefix(
        &self,
        names: &[&str],
        tokenizer: &Tokenizer,
        pooled: bool,
    ) -> Result<Prefix, Error> {
        let names = names.iter().copied().chain(self.default_prompt_name.as_deref());
        let mut found = names.filter_map(|name| self.prompts.get(name)?.as_ref());
        let text = found.find(|text| !text.is_empty()).cloned().unwrap_or_default();
        let unpooled = if pooled || text.is_empty() { 0 } else { tokenizer.before(&text)? };
        Ok(Prefix { text, unpooled })
    }
}

/// What follows the encoder.
#[derive(Debug)]
pub(crate) struct Tail {
    pooling: Pooling,
    /// Whether the prompt's tokens are pooled too.
    pub(crate) include_prompt: bool,
    dense: Vec<Dense>,
}

impl Tail {
    /// Reads the modules after the encoder; without any, the average of the tokens.
    pub(crate) fn load(directory: &mut Directory, modules: &[Module], hidden: usize) -> Result<Tail, Error> {
        let mut tail = Tail { pooling: Pooling::Mean, include_prompt: true, dense: Vec::new() };
        for module in modules {
            match module.class() {
                "Transformer" | "Normalize" => {}
                "Pooling" => {
                    let name = format!("{}/config.json", module.path);
                    let (json, file) = directory.needed(&name)?;
                    let settings: PoolingSettings = serde_json::from_slice(&json)
                        .map_err(|e| Error::Format { file, problem: e.to_string() })?;
                    tail.include_prompt = settings.include_prompt;
                    tail.pooling = settings.pooling()?;
                }
                "Dense" => {
                    let inputs = tail.dimension(hidden);
                    tail.dense.push(dense(directory, &module.path, inputs)?);
                }
                other => return Err(Error::Unsupported { what: "module", value: other.to_owned() }),
            }
        }
        Ok(tail)
    }

    /// Numbers of a vector.
    pub(crate) fn dimension(&self, hidden: usize) -> usize {
        self.dense.last().map_or(hidden, Dense::width)
    }

    /// One vector from a text's rows, its length not yet 1.
    pub(crate) fn vector(&self, rows: &[f32], width: usize, unpooled: usize) -> Vec<f32> {
        let pooled = self.pooling.pool(rows, width, unpooled);
        self.dense.iter().fold(pooled, |vector, dense| dense.apply(&vector))
    }
}

/// The settings of a pooling module: one name, or in older files a flag for each way.
#[derive(Debug, Deserialize)]
struct PoolingSettings {
    pooling_mode: Option<serde_json::Value>,
    #[serde(default = "yes")]
    include_prompt: bool,
    #[serde(flatten)]
    older: HashMap<String, serde_json::Value>,
}

fn yes() -> bool {
    true
}

impl PoolingSettings {
    fn pooling(&self) -> Result<Pooling, Error> {
        let older = || {
            let set = self.older.iter().filter(|(_, value)| **value == serde_json::Value::Bool(true));
            let names = set.filter_map(|(key, _)| key.strip_prefix("pooling_mode_"));
            names.map(|name| name.trim_end_matches("_tokens").trim_end_matches("_token")).collect()
        };
        let names: Vec<&str> = match &self.pooling_mode {
            None => older(),
            Some(serde_json::Value::Array(names)) => names.iter().filter_map(|name| name.as_str()).collect(),
            Some(name) => vec![name.as_str().unwrap_or("")],
        };
        match names.as_slice() {
            [] => Ok(Pooling::Mean),
            [name] => Pooling::named(name),
            several => Err(Error::Unsupported { what: "pooling", value: several.join(" + ") }),
        }
    }
}

/// The settings of a dense module.
#[derive(Debug, Deserialize)]
struct DenseSettings {
    in_features: usize,
    out_features: usize,
    activation_function: String,
    #[serde(default)]
    use_residual: bool,
}

fn dense(directory: &mut Directory, path: &str, inputs: usize) -> Result<Dense, Error> {
    let name = format!("{path}/config.json");
    let (json, file) = directory.needed(&name)?;
    let wrong = |problem: String| Error::Format { file: file.clone(), problem };
    let settings: DenseSettings = serde_json::from_slice(&json).map_err(|e| wrong(e.to_string()))?;
    if settings.in_features != inputs {
        return Err(wrong(format!("in_features is {}, the vectors have {inputs}", settings.in_features)));
    }
    if settings.use_residual {
        return Err(Error::Unsupported { what: "dense layer with", value: "use_residual".to_owned() });
    }
    let function = settings.activation_function.rsplit('.').next().unwrap_or("");
    let activation = match function {
        "Identity" => Activation::Identity,
        "Tanh" => Activation::Tanh,
        "ReLU" => Activation::Relu,
        "GELU" => Activation::Gelu,
        "SiLU" => Activation::Silu,
        other => return Err(Error::Unsupported { what: "activation", value: other.to_owned() }),
    };
    let files = directory.weights(&format!("{path}/"))?;
    files.iter().try_for_each(|file| directory.hash(file))?;
    let mut weights = Weights::open(&directory.paths(&files)?)?;
    let matrix = weights.tensor("linear.weight", &[settings.out_features, inputs])?;
    let bias = match weights.has("linear.bias") {
        true => weights.tensor("linear.bias", &[settings.out_features])?,
        false => Vec::new(),
    };
    Ok(Dense { weights: Panels::linear(&matrix, inputs, &bias), activation })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poolings_of_old_and_new_files() {
        let check = |json: &str, expected: Option<Pooling>| {
            let settings: PoolingSettings = serde_json::from_str(json).unwrap();
            assert_eq!(settings.pooling().ok(), expected, "{json}");
        };
        check(r#"{"word_embedding_dimension": 8, "pooling_mode_cls_token": true}"#, Some(Pooling::First));
        check(r#"{"pooling_mode_cls_token": false, "pooling_mode_mean_tokens": true}"#, Some(Pooling::Mean));
        check(r#"{"pooling_mode_weightedmean_tokens": true}"#, Some(Pooling::Weighted));
        check(r#"{"embedding_dimension": 8, "pooling_mode": "mean"}"#, Some(Pooling::Mean));
        check(r#"{"pooling_mode": ["weightedmean"]}"#, Some(Pooling::Weighted));
        check(r#"{"pooling_mode": "max"}"#, None);
        check(r#"{"pooling_mode": ["mean", "cls"]}"#, None);
        check(r#"{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": true}"#, None);
        check("{}", Some(Pooling::Mean));
    }
}
