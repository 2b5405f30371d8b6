//! The arithmetic of the layers, in f32, on one thread.
//!
//! Matrices of weights are laid out for the vector registers once, when the model is loaded; the vectors'
//! width is chosen at run time (AVX-512, AVX2, NEON, scalar). Each number of a result is made by the same
//! operations in the same order whatever the width, the batch and the thread: a text has one vector.

mod elementwise;
mod matrix;

pub(crate) use elementwise::{Activation, add, gate, normalise, softmax};
pub(crate) use matrix::{Panels, Rows, multiply};
