//! `reference-transaction`: sees every ref that moves in the repository, also without a push.
//!
//! A second pair of eyes: it refuses nothing. Once git has moved refs, those that a gate names and no
//! permit brought there enter the ledger as exceptions. See githooks(5), "reference-transaction".

use super::edge::Edge;
use super::gate::{GateError, open_ledger, read_settings};
use super::policy_in_force;
use super::pre_receive::Outcome;
use super::settings::Settings;
use super::updates::RefUpdate;
use crate::adapters::git::Repository;
use crate::adapters::holder;
use crate::audit::answer::Arrival;
use crate::audit::error::LedgerError;
use crate::audit::ledger::Ledger as _;
use crate::audit::request::RefMove;
use crate::model::{Oid, Target, terminal_safe};

/// What the gate itself writes, within `post-receive` of the push that it belongs to.
const OWN_REFS: &[u8] = b"refs/countersign/";

/// The most refs of one transaction that are looked at one by one.
const MOST: usize = 20_000;

/// Runs the hook in one of the states of a transaction.
pub fn run(edge: &mut Edge<'_>, state: &str) -> Outcome {
    // Before that nothing has happened yet, and afterwards nothing can be refused.
    if state == "committed"
        && let Err(error) = note(edge)
    {
        let text = terminal_safe(&error.to_string());
        let _ = writeln!(edge.err, "countersign: refs moved, but that could not be looked into: {text}");
    }
    Outcome::Permitted
}

/// Why a move could not be looked into; `doctor` finds it again.
#[derive(Debug, thiserror::Error)]
enum NoteError {
    #[error("{0}")]
    Gate(#[from] GateError),
    #[error("{0}")]
    Ledger(#[from] LedgerError),
}

fn note(edge: &mut Edge<'_>) -> Result<(), NoteError> {
    let updates = moved(&edge.input);
    if updates.is_empty() {
        return Ok(());
    }
    let repository = Repository::open(&edge.git_dir(), &edge.git_environment()).map_err(GateError::from)?;
    let settings = read_settings(&repository)?;
    let is_gated = gated(&settings, &repository);
    let holder = holder::current(&edge.environment);
    let moves = updates.iter().map(|update| RefMove {
        repository: settings.repository.clone(),
        target: Target::from_ref_bytes(&update.name),
        old: update.old,
        new: update.new,
        holder: holder.clone(),
    });
    let moves: Vec<RefMove> = moves.filter(|moved| is_gated(&moved.target.to_string())).collect();
    if moves.is_empty() {
        return Ok(());
    }
    let mut ledger = open_ledger(&settings)?;
    let mut unpermitted = Vec::new();
    for moved in moves {
        // What a push may do is noted when it is over, by `post-receive`.
        if ledger.standing_permit(&moved)?.is_none() && ledger.landed_as(&moved)?.is_none() {
            unpermitted.push(moved);
        }
    }
    for (arrival, moved) in ledger.record_landed(edge.now, &unpermitted)?.iter().zip(&unpermitted) {
        if let Arrival::WithoutPermit { receipt } = arrival {
            let target = terminal_safe(&moved.target.to_string());
            let entry = receipt.entry;
            let _ = writeln!(edge.err, "countersign: {target} moved without a permit; that is exception #{entry} in the ledger");
        }
    }
    Ok(())
}

/// Returns what tells the refs that need a permit. Where nobody knows, every one does.
fn gated(settings: &Settings, repository: &Repository) -> impl Fn(&str) -> bool + use<> {
    let place = settings.policy_ref.as_ref().map(|(name, _)| name.clone());
    let policy = policy_in_force::read(settings, repository).ok().map(|in_force| in_force.policy);
    move |name| {
        let names = |policy: &crate::policy::Policy| {
            policy.gates.iter().any(|gate| gate.refs.iter().any(|glob| glob.matches_ref(name)))
        };
        policy.as_ref().is_none_or(names) || place.as_deref() == Some(name)
    }
}

/// Returns the refs that a transaction moved. Lines about other names (`HEAD`) and about what a symbolic
/// ref stands for (`ref:NAME`) are no moves.
fn moved(input: &[u8]) -> Vec<RefUpdate> {
    input.split(|byte| *byte == b'\n').filter_map(one).take(MOST).collect()
}

fn one(line: &[u8]) -> Option<RefUpdate> {
    let mut parts = line.splitn(3, |byte| *byte == b' ');
    let (old, new, name) = (parts.next()?, parts.next()?, parts.next()?);
    let (old, new) = (Oid::from_hex(old).ok()?, Oid::from_hex(new).ok()?);
    let present = |oid: Oid| (!oid.is_zero()).then_some(oid);
    let update = RefUpdate { name: name.to_vec(), old: present(old), new: present(new) };
    (name.starts_with(b"refs/") && !name.starts_with(OWN_REFS) && update.old != update.new).then_some(update)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_moves_of_refs_are_looked_at() {
        let (zero, one, two) = ("0".repeat(40), "1".repeat(40), "2".repeat(40));
        let text = format!(
            "{zero} {one} refs/heads/new\n{one} {two} HEAD\n{one} {zero} refs/heads/gone\n\
             {zero} {one} refs/countersign/archive\n{zero} ref:refs/heads/main refs/heads/alias\n\
             {one} {one} refs/heads/same\nnonsense\n"
        );
        let names: Vec<Vec<u8>> = moved(text.as_bytes()).into_iter().map(|update| update.name).collect();
        assert_eq!(names, [b"refs/heads/new".to_vec(), b"refs/heads/gone".to_vec()]);
    }
}
