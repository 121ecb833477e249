//! `countersign people`: who may sign what, with which keys, and what is weak about it.

mod checks;
mod since;

use std::path::PathBuf;

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use super::policy_source::load_file;
use super::{Exit, Format, Shell, json};
use crate::policy::Loaded;
use crate::render::checkup::{self, Weight};
use crate::render::roster;

pub use checks::check as check_people;

/// Show who holds which role, and check whether the gates can be satisfied
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List people with their roles, keys and accounts
    ///
    /// Where the policy's file is in a git repository, its history tells since when somebody has held a role without a
    /// break, by the dates of its commits.
    List(PolicyArgs),
    /// Find roles that nobody can fill, weak keys and conflicts
    ///
    /// Exits with 1 when what some gate requires, or an override, can never be given by the people
    /// whom the policy names. Members of teams on a forge are not looked up: a role with a team
    /// counts as one that can be filled.
    #[command(after_help = "Example:\n  countersign people check --policy /srv/policy.yaml")]
    Check(PolicyArgs),
}

#[derive(Debug, clap::Args)]
struct PolicyArgs {
    /// The policy
    #[arg(long, default_value = ".countersign/policy.yaml", value_name = "FILE")]
    policy: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// When something cannot be read or written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    match &args.command {
        Command::List(args) => list(args, shell),
        Command::Check(args) => check(args, shell),
    }
}

fn list(args: &PolicyArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let loaded = match load_file(&args.policy, shell)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let since = since::since(&args.policy, &loaded.policy, shell);
    match shell.format {
        Format::Human => write!(shell.out, "{}", roster::render(&loaded.policy, &since, shell.now))?,
        _ => json::write_for(shell.format, shell.out, &roster::to_json(&loaded.policy, &since))?,
    }
    Ok(Exit::Permitted)
}

fn check(args: &PolicyArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let loaded = match load_file(&args.policy, shell)? {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let Loaded { policy, warnings, name, .. } = &loaded;
    let findings = check_people(policy, warnings, shell.now);
    match shell.format {
        Format::Human => {
            write!(shell.out, "{}", checkup::render(name, &findings, shell.verbose > 0, shell.color_out))?;
        }
        _ => {
            let findings: Vec<_> = findings.iter().map(checkup::Finding::to_json).collect();
            json::write_for(
                shell.format,
                shell.out,
                &json!({ "policy": policy.digest.to_string(), "findings": findings }),
            )?;
        }
    }
    let has_hole = findings.iter().any(|finding| finding.weight == Weight::Hole);
    Ok(if has_hole { Exit::Refused } else { Exit::Permitted })
}
