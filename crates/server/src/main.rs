//! The binary `waggle`.

fn main() -> std::process::ExitCode {
    server::cli::main()
}
