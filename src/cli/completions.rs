//! `countersign completions` and `countersign man`, from the same definitions as the arguments.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;

use super::{Cli, Exit, Shell};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell
    shell: clap_complete::Shell,
}

/// Write the manual pages
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The folder to write them to
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

/// Prints a completion script.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "countersign", &mut script);
    shell.out.write_all(&script)?;
    Ok(Exit::Permitted)
}

/// Writes one manual page per command.
///
/// # Errors
/// When a page cannot be written.
pub fn run_man(args: &ManArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let folder = shell.directory.join(&args.directory);
    clap_mangen::generate_to(Cli::command(), &folder)
        .with_context(|| format!("writing manual pages to {}", folder.display()))?;
    Ok(Exit::Permitted)
}
