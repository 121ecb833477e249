//! `countersign policy`: everything about a policy file, one file per question.

mod check;
mod diff;
mod explain;
mod replay;
mod schema;
mod simulate;
mod test;

use anyhow::Result;
use clap::Subcommand;

use super::{Exit, Shell};

/// Check, explain, compare and test policies
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Args),
    Schema(schema::Args),
    Explain(explain::Args),
    Diff(diff::Args),
    Test(test::Args),
    Simulate(simulate::Args),
}

impl Args {
    /// Tells whether the command draws a picture.
    #[must_use]
    pub fn draws(&self) -> bool {
        matches!(self.command, Command::Simulate(_))
    }
}

/// Runs the command.
///
/// # Errors
/// When something cannot be read or written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    match &args.command {
        Command::Check(args) => check::run(args, shell),
        Command::Schema(args) => schema::run(args, shell),
        Command::Explain(args) => explain::run(args, shell),
        Command::Diff(args) => diff::run(args, shell),
        Command::Test(args) => test::run(args, shell),
        Command::Simulate(args) => simulate::run(args, shell),
    }
}
