//! `cargo xtask …`: chores of this repository.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use xtask::tree::Tree;
use xtask::{protocol, tidy};

const USAGE: &str = "\
cargo xtask tidy              check what no compiler checks; `cargo test` does it too
cargo xtask protocol-index    write web/packages/protocol/src/index.ts
cargo xtask config-example    write config.example.toml from what the server knows
cargo xtask journeys          record web/packages/client/journeys from what the server tells
cargo xtask openapi           write openapi.json from the handlers of the server
cargo xtask events            write events.json from the events and docs/EVENTS.md";

fn main() -> ExitCode {
    let root = xtask::root();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tidy"] => tidy(&root),
        ["protocol-index"] => protocol_index(&root),
        ["config-example"] => config_example(&root),
        ["openapi"] => record(&root, "wire::openapi::", "openapi.json"),
        ["events"] => record(&root, "wire::events::", "events.json"),
        ["journeys"] => record(&root, "journeys::", "web/packages/client/journeys"),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(sentence) => {
            println!("{sentence}");
            ExitCode::SUCCESS
        }
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn tidy(root: &std::path::Path) -> Result<String, String> {
    let tree = Tree::read(root).map_err(|error| format!("The tree cannot be read: {error}."))?;
    let problems = tidy::check(&tree);
    if problems.is_empty() { Ok(format!("{} files are tidy.", tree.len())) } else { Err(tidy::report(&problems)) }
}

fn protocol_index(root: &std::path::Path) -> Result<String, String> {
    let tree = Tree::read(root).map_err(|error| format!("The tree cannot be read: {error}."))?;
    let text = protocol::index(&tree)?;
    write(root.join(protocol::INDEX), &text)
}

fn config_example(root: &std::path::Path) -> Result<String, String> {
    let output = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "waggle-server", "--bin", "waggle", "--", "config-example"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo cannot be started: {error}."))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    write(root.join("config.example.toml"), &String::from_utf8_lossy(&output.stdout))
}

/// Runs the server's tests of this name so that they write what they otherwise compare.
fn record(root: &std::path::Path, tests: &str, what: &str) -> Result<String, String> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["test", "--quiet", "--package", "waggle-server", "--lib", "--", tests]).current_dir(root);
    // One engine writes; the other compares when all tests run.
    cargo.env("WAGGLE_RECORD", "1").env_remove("WAGGLE_TEST_POSTGRES");
    // What cargo told this program about itself would make it build some dependencies anew.
    for (key, _) in std::env::vars_os() {
        if key.to_str().is_some_and(|key| key.starts_with("CARGO_PKG_") || key.starts_with("CARGO_MANIFEST_")) {
            cargo.env_remove(key);
        }
    }
    let status = cargo.status().map_err(|error| format!("cargo cannot be started: {error}."))?;
    if status.success() { Ok(format!("{what} is written.")) } else { Err(format!("{what} could not be written.")) }
}

fn write(path: PathBuf, text: &str) -> Result<String, String> {
    std::fs::write(&path, text).map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    Ok(format!("{} is written.", path.display()))
}
