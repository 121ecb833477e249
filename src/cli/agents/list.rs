//! `countersign agents list`: all agents that are known.

use std::path::PathBuf;

use anyhow::Result;

use super::{document, policy};
use crate::cli::{Exit, Format, Shell, json};
use crate::render::agents::{Listed, list, list_json};

/// List the agents that are known, with how many signs of each
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  countersign agents list\n  countersign agents list --policy .countersign/policy.yaml\n  \
    countersign --format json agents list | jq -r '.agents[].id'"
)]
pub struct Args {
    /// List automation that is no AI, too
    #[arg(long)]
    robots: bool,
    /// List the agents of this policy, too
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When something cannot be read or written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let policy = match policy(args.policy.as_deref(), shell)? {
        Ok(policy) => policy,
        Err(exit) => return Ok(exit),
    };
    let document = document()?;
    let mut rows: Vec<Listed> = document.agents.iter().map(|entry| Listed::of(&entry.value, true)).collect();
    rows.extend(policy.iter().flat_map(|policy| &policy.agents).map(|rule| Listed::of_rule(rule, true)));
    if args.robots {
        rows.extend(document.robots.iter().map(|entry| Listed::of(&entry.value, false)));
        rows.extend(policy.iter().flat_map(|policy| &policy.robots).map(|rule| Listed::of_rule(rule, false)));
    }
    match shell.format {
        Format::Human => write!(shell.out, "{}", list(&rows, shell.color_out))?,
        format => json::write_for(format, shell.out, &list_json(&rows))?,
    }
    Ok(Exit::Permitted)
}
