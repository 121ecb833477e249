//! `countersign policy schema`: the JSON Schema, for editors.

use anyhow::Result;

use crate::cli::{Exit, Shell};

/// Print the JSON Schema of policies, for editors
///
/// Editors with a YAML language server read it from a comment on the policy's first line.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  countersign policy schema > .countersign/policy.schema.json\n  \
    # and on the policy's first line:\n  # yaml-language-server: $schema=policy.schema.json")]
pub struct Args;

/// Runs the command.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(_: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    writeln!(shell.out, "{}", crate::policy::SCHEMA.trim_end())?;
    Ok(Exit::Permitted)
}
