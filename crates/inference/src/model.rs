//! A loaded model: texts in, vectors out.

use crate::Error;
use crate::config::Config;
use crate::directory::{Directory, Module};
use crate::encoder::Encoder;
use crate::pooling::to_length_1;
use crate::sentence::{Prefix, Prompts, Tail, most_tokens};
use crate::tokenizer::Tokenizer;
use crate::weights::Weights;
use std::path::Path;

/// Tokens that go through the layers together: enough for the kernels, little memory.
const BATCH_TOKENS: usize = 512;

/// A model in memory. One is shared by all threads (`Arc<Model>`): it holds no state of a call.
#[derive(Debug)]
pub struct Model {
    name: String,
    id: String,
    dimension: usize,
    tokenizer: Tokenizer,
    encoder: Encoder,
    tail: Tail,
    query: Prefix,
    passage: Prefix,
}

impl Model {
    /// Loads a directory in the Hugging Face layout: `config.json`, `tokenizer.json`, `*.safetensors` (also
    /// sharded), and what sentence-transformers adds (`modules.json`, pooling, dense layers, prompts). Where
    /// there is a `SHA256SUMS`, every file read must be listed in it with its hash.
    ///
    /// # Errors
    /// A file is missing, damaged or of another model; the architecture is not in [`crate::architectures`].
    pub fn load(dir: &Path) -> Result<Model, Error> {
        let mut directory = Directory::open(dir)?;
        let modules: Vec<Module> = directory.settings("modules.json")?.unwrap_or_default();
        let base = match modules.iter().find(|module| module.class() == "Transformer") {
            Some(module) if !module.path.is_empty() => format!("{}/", module.path),
            _ => String::new(),
        };
        let (json, file) = directory.needed(&format!("{base}config.json"))?;
        let config = Config::parse(&json, &file)?;
        let most = most_tokens(&mut directory, &base, &config)?;
        let (json, file) = directory.needed(&format!("{base}tokenizer.json"))?;
        let tokenizer = Tokenizer::parse(&json, &file, most, config.vocabulary)?;
        let files = directory.weights(&base)?;
        let mut weights = Weights::open(&directory.paths(&files)?)?;
        files.iter().try_for_each(|file| directory.hash(file))?;
        let encoder = Encoder::load(&config, &mut weights)?;
        let tail = Tail::load(&mut directory, &modules, config.hidden)?;
        let prompts: Prompts = directory.settings("config_sentence_transformers.json")?.unwrap_or_default();
        let prefix = |names: &[&str]| prompts.prefix(names, &tokenizer, tail.include_prompt);
        let (query, passage) = (prefix(&["query"])?, prefix(&["document", "passage", "corpus"])?);
        let model = Model {
            name: directory.name(),
            id: directory.id(),
            dimension: tail.dimension(config.hidden),
            tokenizer,
            encoder,
            tail,
            query,
            passage,
        };
        model.probe()?;
        Ok(model)
    }

    /// Two texts must have two vectors of finite numbers.
    fn probe(&self) -> Result<(), Error> {
        let vectors = self.embed_passages(&["a", "une douleur au genou depuis trois jours"])?;
        if vectors.iter().flatten().any(|x| !x.is_finite()) {
            return Err(Error::Vectors { problem: "they hold numbers that are not finite" });
        }
        if vectors.iter().any(|vector| vector.iter().all(|x| *x == 0.0)) {
            return Err(Error::Vectors { problem: "they are all zero" });
        }
        let distance: f32 = vectors[0].iter().zip(&vectors[1]).map(|(a, b)| (a - b).abs()).sum();
        if distance < 1e-6 {
            return Err(Error::Vectors { problem: "they are the same for different texts" });
        }
        Ok(())
    }

    /// The vectors of search queries, in the order given: the query prefix before each, cut at the model's
    /// limit, of length 1.
    ///
    /// # Errors
    /// The tokenizer refuses a text.
    pub fn embed_queries(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        self.embed(texts, &self.query)
    }

    /// The vectors of passages, as [`Model::embed_queries`] with the passage prefix.
    ///
    /// # Errors
    /// The tokenizer refuses a text.
    pub fn embed_passages(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        self.embed(texts, &self.passage)
    }

    fn embed(&self, texts: &[&str], prefix: &Prefix) -> Result<Vec<Vec<f32>>, Error> {
        let mut vectors = Vec::with_capacity(texts.len());
        let (mut batch, mut tokens) = (Vec::new(), 0);
        for text in texts {
            let ids = match prefix.text.as_str() {
                "" => self.tokenizer.ids(text)?,
                prefix => self.tokenizer.ids(&format!("{prefix}{text}"))?,
            };
            if tokens + ids.len() > BATCH_TOKENS && !batch.is_empty() {
                self.run(&batch, prefix.unpooled, &mut vectors);
                (batch, tokens) = (Vec::new(), 0);
            }
            tokens += ids.len();
            batch.push(ids);
        }
        self.run(&batch, prefix.unpooled, &mut vectors);
        Ok(vectors)
    }

    /// Appends the vectors of a batch.
    fn run(&self, batch: &[Vec<u32>], unpooled: usize, vectors: &mut Vec<Vec<f32>>) {
        let texts: Vec<&[u32]> = batch.iter().map(Vec::as_slice).collect();
        let rows = self.encoder.forward(&texts);
        let width = self.encoder.config.hidden;
        let mut rows = rows.as_slice();
        for ids in batch {
            let (own, others) = rows.split_at(ids.len() * width);
            let mut vector = self.tail.vector(own, width, unpooled);
            to_length_1(&mut vector);
            vectors.push(vector);
            rows = others;
        }
    }

    /// Tokens of `text`, without prefix and special tokens, never cut.
    ///
    /// # Errors
    /// The tokenizer refuses the text.
    pub fn count_tokens(&self, text: &str) -> Result<usize, Error> {
        self.tokenizer.count(text)
    }

    /// Numbers in a vector.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// Name of the directory that it was loaded from.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hash, in hexadecimal, of every file that decides the vectors: two models with one id give the same.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Tokens of a passage that the model reads, prefix and special tokens left out. What goes beyond is
    /// not seen.
    #[must_use]
    pub fn max_tokens(&self) -> usize {
        let prefix = self.tokenizer.count(&self.passage.text).unwrap_or(0);
        self.tokenizer.room().saturating_sub(prefix)
    }
}
