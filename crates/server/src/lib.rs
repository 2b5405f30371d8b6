//! Composition root.

pub mod reader;
