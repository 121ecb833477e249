//! `countersign agents schema`: the JSON Schema of the catalogue.

use anyhow::Result;

use crate::catalogue::SCHEMA;
use crate::cli::{Exit, Shell};

/// Print the JSON Schema of the catalogue of agents
///
/// For editors, and for programs that read src/catalogue/agents.yaml. Beyond the schema, the build
/// refuses signs that would hit people.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  countersign agents schema > agents.schema.json")]
pub struct Args;

/// Runs the command.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(_: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    writeln!(shell.out, "{}", SCHEMA.trim_end())?;
    Ok(Exit::Permitted)
}
