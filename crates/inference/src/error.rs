//! Why a model was refused, or a call failed. Never with a text that was to be embedded.

use std::path::PathBuf;

/// Why a model directory was refused, or an embedding failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file that a model directory must hold.
    #[error("model file {file} is missing")]
    Missing {
        /// The file.
        file: PathBuf,
    },
    /// A file that cannot be read.
    #[error("model file {file} cannot be read: {source}")]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file larger than what such a file may be.
    #[error("model file {file} has {bytes} bytes, more than {limit}")]
    TooLarge {
        /// The file.
        file: PathBuf,
        /// Its length.
        bytes: u64,
        /// The limit.
        limit: u64,
    },
    /// A file whose SHA-256 is not the one in `SHA256SUMS`, or that is not listed there.
    #[error("model file {file} is not the one that SHA256SUMS lists")]
    Hash {
        /// The file.
        file: PathBuf,
    },
    /// A file that does not follow its format.
    #[error("model file {file} is not valid: {problem}")]
    Format {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Something that a model may ask for and this build does not have.
    #[error("model asks for {what} `{value}`, which is not supported")]
    Unsupported {
        /// The kind of thing.
        what: &'static str,
        /// The one asked for.
        value: String,
    },
    /// A tensor that is absent, of another shape, or that holds no usable numbers.
    #[error("tensor {name}: {problem}")]
    Tensor {
        /// Its name in the weights.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// The tokenizer can give an id that the model has no embedding for: it belongs to another model.
    #[error("tokenizer gives ids up to {id}, but the model knows {vocabulary}")]
    Vocabulary {
        /// The largest id.
        id: u32,
        /// Rows of the embedding table.
        vocabulary: usize,
    },
    /// The model loads, but what it computes is of no use: not finite, all zero, the same for every text.
    #[error("model gives vectors of no use: {problem}")]
    Vectors {
        /// What is wrong.
        problem: &'static str,
    },
    /// The tokenizer refused a text.
    #[error("a text cannot be cut into tokens")]
    Tokenize,
    /// The queue is full: come back later.
    #[error("too many texts wait to be embedded")]
    Overloaded,
    /// The embedder is being stopped, or its thread is gone.
    #[error("the embedder has stopped")]
    Stopped,
}
