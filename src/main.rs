//! The `countersign` program: parses arguments, runs one command, maps the result to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    countersign::cli::main()
}
