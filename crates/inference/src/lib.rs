//! A local embedding model: texts in, vectors out.
//!
//! **Purpose.** Search by meaning. The crate will load a model directory in the Hugging Face layout and
//! turn passages and queries into vectors on the CPU.
//!
//! **Key decision.** Plain data crosses the boundary (`&[&str]` in, `Vec<f32>` out), never a tensor, so
//! that the rest of the engine does not know which library runs the model.
//!
//! **What it does not do.** It has no model architecture yet: [`architectures`] is empty, and the engine
//! says so in the coverage of every answer (`by_meaning` is 0). No network, ever.

/// Names of the model architectures that this build can run (`model_type` of a `config.json`).
#[must_use]
pub fn architectures() -> &'static [&'static str] {
    &[]
}
