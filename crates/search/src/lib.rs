//! Packs and search.
