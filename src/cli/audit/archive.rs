//! `countersign audit archive`: brings the archive in git up to the ledger, and signs it anew.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::place::{PlaceArgs, Purpose};
use crate::adapters::gate_key_file;
use crate::adapters::git::GitEnvironment;
use crate::cli::{Exit, Format, Shell};
use crate::hook::archive::Archive;
use crate::model::terminal_safe;

/// Sign the archive in git, by which deployments are judged where no ledger is
///
/// What landed, was deployed and was withdrawn is put away by itself. But an archive is believed for a time only, so
/// where nothing happens for longer than that, let this run: daily, or more often.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  countersign audit archive --repo /srv/git/shop.git && \\\n    \
    git -C /srv/git/shop.git bundle create --quiet /srv/www/shop.archive refs/countersign/archive")]
pub struct Args;

/// Runs the command.
pub(super) fn run(_: &Args, place: &PlaceArgs, shell: &mut Shell<'_>) -> Result<Exit> {
    let mut place = place.open(Purpose::Writing, shell)?;
    let (repository, settings) = place.gate.as_ref().context("run it in the repository with the gate, or name that")?;
    let environment = GitEnvironment::from_variables(shell.environment.clone(), &shell.directory);
    let key = gate_key_file::load(&settings.key)?;
    let archive = Archive { repository, environment: &environment, settings, key: &key };
    let state = archive.refresh(place.book.as_mut(), shell.now)?;
    match shell.format {
        Format::Json => {
            let line = json!({
                "archive": state.archive, "entries": state.entries, "policy": state.policy,
                "repository": state.repository, "signed_at": state.signed_at,
            });
            writeln!(shell.out, "{line}")?;
        }
        _ => writeln!(
            shell.err,
            "countersign: the archive of {} is signed, with all that {} entries of the ledger say",
            terminal_safe(&state.repository),
            state.entries
        )?,
    }
    Ok(Exit::Permitted)
}
