//! `cargo xtask …`: chores of this repository.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use xtask::tree::Tree;
use xtask::{protocol, tidy};

const USAGE: &str = "\
cargo xtask tidy              check what no compiler checks; `cargo test` does it too
cargo xtask protocol-index    write web/packages/protocol/src/index.ts
cargo xtask config-example    write config.example.toml from what the server knows";

fn main() -> ExitCode {
    let root = xtask::root();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tidy"] => tidy(&root),
        ["protocol-index"] => protocol_index(&root),
        ["config-example"] => config_example(&root),
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

fn write(path: PathBuf, text: &str) -> Result<String, String> {
    std::fs::write(&path, text).map_err(|error| format!("{} cannot be written: {error}.", path.display()))?;
    Ok(format!("{} is written.", path.display()))
}
