//! A local embedding model: texts in, vectors out.
//!
//! **Purpose.** Search by meaning. [`Model`] loads a directory in the Hugging Face layout and turns passages
//! and queries into vectors on the CPU; [`Embedder`] runs one model on threads of its own, behind a bounded
//! queue.
//!
//! **Key decision.** Plain data crosses the boundary (`&[&str]` in, `Vec<f32>` out), never a tensor, so
//! that the rest of the engine does not know what runs the model. The layers are written here, over one
//! matrix kernel in safe SIMD, rather than taken from a tensor library: for texts of five tokens the
//! library's bookkeeping costs more than the arithmetic, and a batch without padding needs no masks.
//!
//! **What it does not do.** No network, no training, no GPU, no async runtime: waiting is a `Future` that any
//! runtime can poll.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test may panic"))]

mod config;
mod directory;
mod embedder;
mod encoder;
mod error;
mod kernel;
mod model;
mod pooling;
mod sentence;
mod tensors;
mod tokenizer;
mod weights;

#[cfg(test)]
mod tests;

pub use embedder::{Embedder, Pending, Settings};
pub use error::Error;
pub use model::Model;

/// Names of the model architectures that this build can run (`model_type` of a `config.json`).
#[must_use]
pub fn architectures() -> &'static [&'static str] {
    &config::ARCHITECTURES
}
