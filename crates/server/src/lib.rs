//! The service: HTTP, command line, pipeline.
//!
//! **Purpose.** The composition root. It takes bytes from a request or a file, has `ingest` read them,
//! `store` keep them and `search` find them, and decides who is asking.
//!
//! **Key decision.** Two layers. [`Service`] is the engine as a value: what a caller may do with a record,
//! in terms of records, actors and items; the command line and the tests use it without a socket. [`http`]
//! is a thin skin: it authenticates, limits, and converts to the wire types of [`wire`].
//!
//! **Architecture invariant.** Every read of a record goes through a `search::policy::Grant`, which is made
//! from an actor; there is no other way to an item. Every write goes through [`auth::rights`].
//!
//! **What it does not do.** It parses no source format, ranks nothing, and touches neither SQLite nor
//! tantivy directly.

#![cfg_attr(test, expect(clippy::unwrap_used, reason = "a test may panic"))]

pub mod auth;
pub mod cli;
pub mod config;
mod error;
pub mod http;
pub mod metrics;
mod models;
pub mod pipeline;
pub mod preview;
pub mod reader;
mod service;
mod views;
pub mod wire;

pub use error::Error;
pub use service::Service;
