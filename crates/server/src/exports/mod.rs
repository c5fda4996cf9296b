//! Exports: a conversation as a file to take away, as JSON or as pages with its files (CONV-23).
//!
//! Whoever takes part may ask for one. It is made in the background, a page of messages at a time, straight into a file
//! of the store for uploads, so that a long conversation needs no more memory than a short one. Only the person who
//! asked is given it, for 24 hours; then it is removed.

pub mod archive;
pub mod create_export;
pub mod pages;
pub mod run_export;
pub mod store;
pub mod watch_export;
pub mod words;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::http::routes::{Routes, get, post};

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    Routes::new()
        .route("/conversations/{conversation}/exports", post(create_export::create_export))
        .route("/exports", get(watch_export::list_exports))
        .route("/exports/{export}", get(watch_export::get_export).delete(watch_export::cancel_export))
        .route("/exports/{export}/content", get(watch_export::get_export_content))
}

/// How long an export can be downloaded.
pub const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
