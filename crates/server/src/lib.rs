//! The server: slices of the product, and what they stand on.
//!
//! A slice is a folder with a `mod.rs` (what it is for, then its router as a table of contents), one file per use
//! case (request, handler, tests) and a `store.rs` with every SQL statement of its tables.
//! A handler reads: may I, decide, remember, tell.

pub mod access;
pub mod accounts;
pub mod answer;
pub mod app;
pub mod chat;
pub mod cli;
pub mod config;
pub mod demo;
pub mod directory;
pub mod feedback;
pub mod http;
pub mod jobs;
pub mod live;
pub mod mail;
pub mod members;
pub mod random;

#[cfg(test)]
pub(crate) mod test_server;
