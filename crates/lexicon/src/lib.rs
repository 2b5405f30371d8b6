//! French patient words.
