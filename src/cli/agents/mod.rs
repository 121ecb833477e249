//! `countersign agents`: the catalogue of agents, and what it says of a message.

mod list;
mod schema;
mod show;
mod test;

use std::path::Path;

use anyhow::{Result, anyhow};
use clap::Subcommand;

use super::policy_source::load_file;
use super::{Exit, Shell};
use crate::catalogue::entry::Document;
use crate::policy::Policy;

/// Show which AI agents are known, by which signs, and try a message
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Test(test::Args),
    Schema(schema::Args),
}

/// Runs the command.
///
/// # Errors
/// When something cannot be read or written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    match &args.command {
        Command::List(args) => list::run(args, shell),
        Command::Show(args) => show::run(args, shell),
        Command::Test(args) => test::run(args, shell),
        Command::Schema(args) => schema::run(args, shell),
    }
}

/// Reads the built-in catalogue.
fn document() -> Result<Document> {
    crate::catalogue::document().map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        anyhow!("the built-in catalogue cannot be read: {first}")
    })
}

/// Reads the policy that was named, if one was.
fn policy(path: Option<&Path>, shell: &mut Shell<'_>) -> Result<std::result::Result<Option<Policy>, Exit>> {
    let Some(path) = path else { return Ok(Ok(None)) };
    Ok(load_file(path, shell)?.map(|loaded| Some(loaded.policy)))
}
