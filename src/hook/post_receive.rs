//! `post-receive`: what was permitted has landed; note that, and put its records away.
//!
//! The push is over. Nothing can be refused here, so what goes wrong is said and found again by the
//! ledger's own checks.

use super::archive::Archive;
use super::edge::Edge;
use super::gate::{GateError, open_ledger_with, read_settings};
use super::policy_in_force;
use super::pre_receive::Outcome;
use super::settings::Settings;
use super::updates::{RefUpdate, parse_updates};
use crate::adapters::gate_key_file;
use crate::adapters::git::Repository;
use crate::adapters::holder;
use crate::audit::answer::{Arrival, Filter};
use crate::audit::error::LedgerError;
use crate::audit::event::Event;
use crate::audit::ledger::Ledger;
use crate::audit::request::{Push, RefMove};
use crate::model::{Target, terminal_safe};

/// Where records and the gate's own archive live: what moves there is no landing.
const OWN_REFS: &[u8] = b"refs/countersign/";

/// Runs the hook.
pub fn run(edge: &mut Edge<'_>) -> Outcome {
    match note(edge) {
        Ok(()) => Outcome::Permitted,
        Err(error) => {
            let text = terminal_safe(&error.to_string());
            let _ = writeln!(edge.err, "countersign: the push landed, but that could not be recorded: {text}");
            Outcome::Undetermined
        }
    }
}

/// Why a landing could not be recorded.
#[derive(Debug, thiserror::Error)]
enum NoteError {
    #[error("{0}")]
    Updates(#[from] super::updates::UpdatesError),
    #[error("{0}")]
    Gate(#[from] GateError),
    #[error("{0}")]
    Ledger(#[from] LedgerError),
}

fn note(edge: &mut Edge<'_>) -> Result<(), NoteError> {
    let updates = parse_updates(&edge.input)?;
    let (records, updates): (Vec<RefUpdate>, Vec<RefUpdate>) =
        updates.into_iter().partition(|update| update.name.starts_with(OWN_REFS));
    if updates.is_empty() && records.is_empty() {
        return Ok(());
    }
    let environment = edge.git_environment();
    let repository = Repository::open(&edge.git_dir(), &environment).map_err(GateError::from)?;
    let settings = read_settings(&repository)?;
    let key = gate_key_file::load(&settings.key).map_err(GateError::from)?;
    let mut ledger = open_ledger_with(&settings, key.clone())?;
    let holder = holder::current(&edge.environment);
    let moves: Vec<RefMove> = updates
        .iter()
        .map(|update| RefMove {
            repository: settings.repository.clone(),
            target: Target::from_ref_bytes(&update.name),
            old: update.old,
            new: update.new,
            holder: holder.clone(),
        })
        .collect();
    let arrivals = if moves.is_empty() { Vec::new() } else { ledger.record_landed(edge.now, &moves)? };
    let mut permits = Vec::new();
    for (arrival, moved) in arrivals.iter().zip(&moves) {
        match arrival {
            Arrival::Landed { permit, .. } => permits.push(*permit),
            // Whoever watches refs may have been faster; what landed is put away all the same.
            Arrival::Known { entry } => permits.extend(permit_of(&mut ledger, *entry)?),
            Arrival::WithoutPermit { receipt } => {
                let target = terminal_safe(&moved.target.to_string());
                let _ = writeln!(
                    edge.err,
                    "countersign: {target} moved without a permit; that is exception #{} in the ledger",
                    receipt.entry
                );
            }
        }
    }
    see_policy(edge, &settings, &repository, &updates, &mut ledger)?;
    let archive = Archive { repository: &repository, environment: &environment, settings: &settings, key: &key };
    let due = archive.is_due(&mut ledger, &permits, !records.is_empty());
    let put_away = due.and_then(|due| if due { archive.refresh(&mut ledger, edge.now).map(drop) } else { Ok(()) });
    if let Err(error) = put_away {
        // The records stay where they are, and are put away after a later landing.
        let text = terminal_safe(&error.to_string());
        let _ = writeln!(edge.err, "countersign: the records of this push could not be archived yet: {text}");
    }
    Ok(())
}

/// Remembers a policy as soon as it has landed: until the next push saw it, an older one could be put back unnoticed.
fn see_policy(
    edge: &Edge<'_>,
    settings: &Settings,
    repository: &Repository,
    updates: &[RefUpdate],
    ledger: &mut impl Ledger,
) -> Result<(), LedgerError> {
    let Some((name, _)) = &settings.policy_ref else { return Ok(()) };
    if !updates.iter().any(|update| update.name == name.as_bytes()) {
        return Ok(());
    }
    // One that cannot be used refuses the next push, and says why.
    let Ok(in_force) = policy_in_force::read(settings, repository) else { return Ok(()) };
    let policies: Vec<_> = in_force.seen.into_iter().collect();
    ledger.record_push(&Push { at: edge.now, policies: &policies, records: &[], decisions: &[] }).map(drop)
}

/// Returns the permit of a landing that was noted before.
fn permit_of(ledger: &mut impl Ledger, entry: u64) -> Result<Option<u64>, LedgerError> {
    let found = ledger.entries(&Filter { from: entry, limit: Some(1), ..Filter::default() })?;
    Ok(match found.first().map(|found| (found.number, &found.entry.event)) {
        Some((number, Event::Landed(landed))) if number == entry => Some(landed.permit),
        _ => None,
    })
}
