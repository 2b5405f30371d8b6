//! The HTTP interface, over a real socket.

mod auth;
mod bad_input;
mod documents;
mod server;
mod visibility;
mod write;
