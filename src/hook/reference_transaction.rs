//! `reference-transaction`: sees every ref that moves in the repository, also without a push.
//!
//! A second pair of eyes: it refuses nothing. Once git has moved refs, those that a gate names and no
//! permit brought there enter the ledger as exceptions. See githooks(5), "reference-transaction".

use super::edge::Edge;
use super::gate::{GateError, open_ledger, read_settings};
use super::last_known::last_known;
use super::policy_in_force;
use super::pre_receive::Outcome;
use super::settings::Settings;
use super::updates::RefUpdate;
use crate::adapters::git::Repository;
use crate::adapters::holder;
use crate::audit::answer::Arrival;
use crate::audit::error::LedgerError;
use crate::audit::ledger::Ledger;
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
    let updates = touched(&edge.input);
    if updates.is_empty() {
        return Ok(());
    }
    let repository = Repository::open(&edge.git_dir(), &edge.git_environment()).map_err(GateError::from)?;
    let settings = read_settings(&repository)?;
    let is_gated = gated(&settings, &repository);
    // Only what needs a permit is counted: others are no place to hide among.
    let updates: Vec<RefUpdate> = updates.into_iter().filter(|update| is_gated(&shown(update))).take(MOST).collect();
    if updates.is_empty() {
        return Ok(());
    }
    let mut ledger = open_ledger(&settings)?;
    let unpermitted = unpermitted(&updates, (&repository, &settings), &mut ledger, edge)?;
    for (arrival, moved) in ledger.record_landed(edge.now, &unpermitted)?.iter().zip(&unpermitted) {
        if let Arrival::WithoutPermit { receipt } = arrival {
            let (target, entry) = (terminal_safe(&moved.target.to_string()), receipt.entry);
            let _ = writeln!(
                edge.err,
                "countersign: {target} moved without a permit; that is exception #{entry} in the ledger"
            );
        }
    }
    Ok(())
}

fn shown(update: &RefUpdate) -> String {
    Target::from_ref_bytes(&update.name).to_string()
}

/// Returns the moves that nobody permitted. What git says of old and new values is not enough: packing refs
/// looks like creating and deleting them, and a forced update has no old value.
fn unpermitted(
    updates: &[RefUpdate],
    (repository, settings): (&Repository, &Settings),
    ledger: &mut impl Ledger,
    edge: &Edge<'_>,
) -> Result<Vec<RefMove>, NoteError> {
    let holder = holder::current(&edge.environment);
    let moved = |update: &RefUpdate, old, new| RefMove {
        repository: settings.repository.clone(),
        target: Target::from_ref_bytes(&update.name),
        old,
        new,
        holder: holder.clone(),
    };
    let mut doubtful = Vec::new();
    for update in updates {
        // What a push may do is noted when it is over, by `post-receive`.
        let told = moved(update, update.old, update.new);
        if ledger.standing_permit(&told)?.is_none() && ledger.landed_as(&told)?.is_none() {
            doubtful.push(update);
        }
    }
    if doubtful.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = doubtful.iter().map(|update| shown(update)).collect();
    let known = last_known(ledger, &settings.repository, &names)?;
    let mut moves = Vec::new();
    for (update, name) in doubtful.iter().zip(&names) {
        let found = repository.find_ref(&update.name).map_err(GateError::from)?;
        // A second name is no ref of its own.
        if found.as_ref().is_some_and(|found| found.symbolic.is_some()) {
            continue;
        }
        let (now, before) = (found.map(|found| found.oid), known.get(name).copied().flatten());
        let commit = now.and_then(|now| repository.commit_of(now).ok());
        if now != before && (commit.is_none() || commit != before) {
            moves.push(moved(update, before, now));
        }
    }
    Ok(moves)
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

/// Returns the refs that a transaction touched. Lines about other names (`HEAD`) and about what a symbolic
/// ref stands for (`ref:NAME`) are no moves.
fn touched(input: &[u8]) -> Vec<RefUpdate> {
    input.split(|byte| *byte == b'\n').filter_map(one).collect()
}

fn one(line: &[u8]) -> Option<RefUpdate> {
    let mut parts = line.splitn(3, |byte| *byte == b' ');
    let (old, new, name) = (parts.next()?, parts.next()?, parts.next()?);
    let (old, new) = (Oid::from_hex(old).ok()?, Oid::from_hex(new).ok()?);
    let present = |oid: Oid| (!oid.is_zero()).then_some(oid);
    let update = RefUpdate { name: name.to_vec(), old: present(old), new: present(new) };
    (name.starts_with(b"refs/") && !name.starts_with(OWN_REFS)).then_some(update)
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
             {zero} {zero} refs/heads/forced\nnonsense\n"
        );
        let names: Vec<Vec<u8>> = touched(text.as_bytes()).into_iter().map(|update| update.name).collect();
        assert_eq!(names, [&b"refs/heads/new"[..], b"refs/heads/gone", b"refs/heads/forced"]);
    }
}
