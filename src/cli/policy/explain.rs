//! `countersign policy explain`: what a policy demands, in prose.

use std::path::PathBuf;

use anyhow::Result;

use crate::cli::policy_source::load_file;
use crate::cli::{Exit, Shell};

/// Say in plain words what a policy demands
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  countersign policy explain .countersign/policy.yaml")]
pub struct Args {
    /// The policy
    #[arg(default_value = ".countersign/policy.yaml", value_name = "FILE")]
    file: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let loaded = match load_file(&args.file, shell)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    writeln!(shell.out, "{}", crate::policy::explain(&loaded.policy).trim_end())?;
    Ok(Exit::Permitted)
}
