//! What goes over the wire, described from the types that the server itself uses: `openapi.json` and `events.json`.
//!
//! `cargo xtask openapi` and `cargo xtask events` write the files; otherwise the tests here compare them.

pub(crate) mod describe;
mod events;
pub(crate) mod fits;
pub(crate) mod openapi;
mod walk;

use serde_json::Value;

/// Compares a file at the root of the repository with what it must be, or writes it.
fn keep(name: &str, document: &Value) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name);
    let text = serde_json::to_string_pretty(document).expect("JSON") + "\n";
    if std::env::var_os("WAGGLE_RECORD").is_some() {
        std::fs::write(&file, text).expect("the file is written");
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == text, "{name} is stale; run `cargo xtask {}`", name.trim_end_matches(".json"));
}
