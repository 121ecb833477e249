//! `countersign deployed`: records what runs in an environment now.

use anyhow::Result;
use serde_json::json;

use super::gate::{Site, SiteArgs, environment};
use super::{Exit, Format, Shell};
use crate::adapters::git::GitEnvironment;
use crate::audit::answer::Arrival;
use crate::audit::ledger::Ledger;
use crate::audit::request::Deployment;
use crate::hook::archive::Archive;
use crate::model::{Oid, terminal_safe};
use crate::render::command::quote;
use crate::render::error::HintExt as _;
use crate::render::workflow_command::{Place, Weight, render};

/// Record that a permitted deployment happened
///
/// The next deployment is judged from here on. A deployment that no permit of this gate covers is recorded as
/// an exception: what runs there is unknown then, until a release manager lets a deployment pass.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  countersign deployed --environment production 1a2b3c…")]
pub struct Args {
    /// The environment that was deployed to
    #[arg(long, value_name = "ENV", value_parser = environment)]
    environment: String,
    /// The commit that runs there now
    commit: String,
    #[command(flatten)]
    site: SiteArgs,
}

/// Runs the command.
///
/// # Errors
/// When the commit is not known, or the ledger cannot be written.
pub fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let site = args.site.open(shell)?;
    let commit = match Oid::from_hex(args.commit.as_bytes()) {
        // What runs there runs there, in this repository or not.
        Ok(commit) if !site.client.repository.exists(commit)? => commit,
        _ => site.named(&args.commit)?.commit,
    };
    let mut ledger = site.ledger(shell)?;
    let deployment =
        Deployment { at: shell.now, repository: &site.name, environment: &args.environment, commit: &commit };
    let arrival = ledger
        .record_deployed(&deployment)
        .hint("nothing was recorded; `countersign audit verify` tells what is wrong with the ledger, if that is it")?;
    if let Err(error) = put_away(&site, ledger.as_mut(), shell) {
        // What is recorded is recorded; the next landing or deployment puts it away.
        let text = terminal_safe(&format!("{error:#}"));
        writeln!(shell.err, "countersign: the archive in git could not be brought up to date: {text}")?;
    }
    show(&arrival, commit, &args.environment, shell)?;
    Ok(if matches!(arrival, Arrival::WithoutPermit { .. }) { Exit::Refused } else { Exit::Permitted })
}

/// Lets those who judge without a ledger know what runs now. A clone beside the ledger has no archive of its own.
fn put_away(site: &Site<'_>, ledger: &mut dyn Ledger, shell: &Shell<'_>) -> Result<()> {
    let Some(settings) = &site.installed else { return Ok(()) };
    let environment = GitEnvironment::from_variables(shell.environment.clone(), &shell.directory);
    let archive =
        Archive { repository: &site.client.repository, environment: &environment, settings, key: &site.key(shell)? };
    archive.refresh(ledger, shell.now)?;
    Ok(())
}

fn show(arrival: &Arrival, commit: Oid, environment: &str, shell: &mut Shell<'_>) -> Result<()> {
    let (recorded, entry, permit) = match arrival {
        Arrival::Landed { receipt, permit } => ("deployed", receipt.entry, Some(*permit)),
        Arrival::Known { entry } => ("known", *entry, None),
        Arrival::WithoutPermit { receipt } => ("exception", receipt.entry, None),
    };
    let name = terminal_safe(environment);
    let short = commit.short(12);
    let text = match arrival {
        Arrival::Landed { permit, .. } => {
            format!("environment {name} runs {short} now, as permit #{permit} allowed (record: #{entry})")
        }
        Arrival::Known { .. } => format!("environment {name} runs {short}, as entry #{entry} says already"),
        Arrival::WithoutPermit { .. } => format!(
            "{short} was deployed to environment {name} WITHOUT A PERMIT; that is exception #{entry} in the ledger, and \
             the next deployment needs an override: `countersign gate --environment {} --to COMMIT` says which",
            terminal_safe(&quote(environment))
        ),
    };
    match shell.format {
        Format::Json | Format::Svg => {
            let line = json!({
                "commit": commit, "entry": entry, "environment": environment, "permit": permit, "recorded": recorded,
            });
            writeln!(shell.out, "{line}")?;
        }
        Format::Github => {
            let is_exception = matches!(arrival, Arrival::WithoutPermit { .. });
            let weight = if is_exception { Weight::Error } else { Weight::Notice };
            write!(shell.out, "{}", render(weight, Place::default(), "countersign", &text))?;
        }
        Format::Human | Format::Sarif => writeln!(shell.err, "countersign: {text}")?,
    }
    Ok(())
}
