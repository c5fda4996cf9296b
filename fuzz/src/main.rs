//! `cargo run -p waggle-fuzz -- [--seconds N] [--seed N] [target…]`: mutated input for everything that reads what comes
//! from outside.
//!
//! A target is a function of bytes that panics when something that must hold does not. It answers with a sketch of what
//! happened; input with a new sketch is mutated further, which finds its way into readers without compiler
//! instrumentation, and so on stable Rust. An input that fails is made smaller, kept in `fuzz/corpus`, and tried by
//! every later run and by `cargo test`.

mod driver;
mod random;
mod targets;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use targets::TARGETS;

const USAGE: &str = "\
cargo run -p waggle-fuzz -- [--seconds N] [--seed N] [target…]   tries each target for so long, 5 s when nothing is said
cargo run -p waggle-fuzz -- --input FILE target                  tries one input";

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(sentence) => {
            eprintln!("{sentence}");
            ExitCode::from(2)
        }
    }
}

fn run(mut arguments: impl Iterator<Item = String>) -> Result<bool, String> {
    let (mut seconds, mut seed, mut input, mut names) = (5, None, None, Vec::new());
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse().ok()).ok_or(USAGE);
        match argument.as_str() {
            "--seconds" => seconds = number()?,
            "--seed" => seed = Some(number()?),
            "--input" => input = Some(PathBuf::from(arguments.next().ok_or(USAGE)?)),
            name if name.starts_with('-') => return Err(USAGE.to_owned()),
            name => names.push(name.to_owned()),
        }
    }
    if let Some(unknown) = names.iter().find(|name| TARGETS.iter().all(|target| target.name != name.as_str())) {
        let known: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        return Err(format!("There is no target `{unknown}`; there are {}.", known.join(", ")));
    }
    let seed = seed.unwrap_or_else(random::from_the_clock);
    let mut fine = true;
    for target in TARGETS.iter().filter(|target| names.is_empty() || names.iter().any(|name| name == target.name)) {
        fine &= match &input {
            Some(file) => {
                let bytes = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
                driver::try_one(target, &bytes)
            }
            None => driver::fuzz(target, seed, Duration::from_secs(seconds)),
        };
    }
    Ok(fine)
}
