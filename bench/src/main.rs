//! `waggle-bench`: measures the server beside the floor and prints one table. `docs/performance.md` says how to read it.
//!
//! [`chat`] are the workloads; [`floor`] is the least program that does the same work; [`world`] are the people and
//! conversations both are given; [`target`] starts either and speaks to it; [`load`] and [`wire`] are the generator;
//! [`report`] holds figures against goals.

mod chat;
mod floor;
mod load;
mod machine;
mod process;
mod report;
mod target;
mod wire;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Whatever went wrong; a benchmark ends with it.
pub type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Measures Waggle beside the floor.
#[derive(Parser)]
#[command(name = "waggle-bench", max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// The workloads of conversations, W1 to W6 and W8.
    Chat(Chat),
    /// Run the floor; the benchmark starts it by itself.
    Floor {
        /// Its loopback port.
        #[arg(long)]
        port: u16,
        /// Its database.
        #[arg(long)]
        file: PathBuf,
    },
}

/// What to measure.
#[derive(clap::Args, Clone)]
pub struct Chat {
    /// Everything once and small, without judging: for continuous integration.
    #[arg(long)]
    brief: bool,
    /// Only these workloads, such as W1,W3.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// sqlite, or postgres:URL of a database in which schemas may be made.
    #[arg(long, default_value = "sqlite")]
    storage: String,
    /// How often W1, W3 and W4 are measured, floor and server in turn; the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Where the figures go as JSON; `bench-chat.json` beside the built programs by default.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Measure the server alone.
    #[arg(long)]
    no_floor: bool,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Chat(options) => chat::main(&options),
        Command::Floor { port, file } => floor::main(port, &file),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("waggle-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
