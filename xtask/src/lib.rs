//! What the chores are made of. [`tidy`] is run by `cargo test`, so that there is no second, secret gate.

pub mod protocol;
pub mod tidy;
pub mod tree;

use std::path::PathBuf;

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
