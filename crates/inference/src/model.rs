//! A loaded model: texts in, vectors out.

use crate::Error;
use std::path::Path;

/// What runs the layers. No architecture exists yet, so that no model can be made.
#[derive(Debug)]
enum Encoder {}

/// A model in memory. One is shared by all threads (`Arc<Model>`): it holds no state of a call.
#[derive(Debug)]
pub struct Model {
    encoder: Encoder,
}

impl Model {
    /// Loads a directory in the Hugging Face layout: `config.json`, `tokenizer.json`, `*.safetensors` (also
    /// sharded), and what sentence-transformers adds (`modules.json`, pooling, dense layers, prompts). Where
    /// there is a `SHA256SUMS`, every file read must be listed in it with its hash.
    ///
    /// # Errors
    /// A file is missing, damaged or of another model; the architecture is not in [`crate::architectures`].
    pub fn load(dir: &Path) -> Result<Model, Error> {
        let file = dir.join("config.json");
        if !file.is_file() {
            return Err(Error::Missing { file });
        }
        Err(Error::Unsupported { what: "architecture", value: "any".to_owned() })
    }

    /// The vectors of search queries, in the order given: the query prefix before each, cut at
    /// [`Model::max_tokens`], of length 1.
    ///
    /// # Errors
    /// The tokenizer refuses a text.
    pub fn embed_queries(&self, _texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        match self.encoder {}
    }

    /// The vectors of passages, as [`Model::embed_queries`] with the passage prefix.
    ///
    /// # Errors
    /// The tokenizer refuses a text.
    pub fn embed_passages(&self, _texts: &[&str]) -> Result<Vec<Vec<f32>>, Error> {
        match self.encoder {}
    }

    /// Tokens of `text` as a passage, without the prefix and the special tokens, never cut.
    ///
    /// # Errors
    /// The tokenizer refuses the text.
    pub fn count_tokens(&self, _text: &str) -> Result<usize, Error> {
        match self.encoder {}
    }

    /// Numbers in a vector.
    #[must_use]
    pub fn dimension(&self) -> usize {
        match self.encoder {}
    }

    /// Name of the directory that it was loaded from.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.encoder {}
    }

    /// Hash, in hexadecimal, of every file that decides the vectors: two models with one id give the same.
    #[must_use]
    pub fn id(&self) -> &str {
        match self.encoder {}
    }

    /// Tokens that the model reads of a passage, its prefix and the special tokens left out. What goes
    /// beyond is not seen.
    #[must_use]
    pub fn max_tokens(&self) -> usize {
        match self.encoder {}
    }
}
