//! A local embedding model: texts in, vectors out.
//!
//! **Purpose.** Search by meaning. [`Model`] loads a directory in the Hugging Face layout and turns passages
//! and queries into vectors on the CPU; [`Embedder`] runs one model on threads of its own, behind a bounded
//! queue.
//!
//! **Key decision.** Plain data crosses the boundary (`&[&str]` in, `Vec<f32>` out), never a tensor, so
//! that the rest of the engine does not know what runs the model.
//!
//! **What it does not do.** No network, no training, no GPU, no async runtime: waiting is a `Future` that any
//! runtime can poll.

mod embedder;
mod error;
mod model;

pub use embedder::{Embedder, Pending, Settings};
pub use error::Error;
pub use model::Model;

/// Names of the model architectures that this build can run (`model_type` of a `config.json`).
#[must_use]
pub fn architectures() -> &'static [&'static str] {
    &[]
}
