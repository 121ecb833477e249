//! `pre-receive`: judge the whole push, record the verdicts, and only then let git go on.
//!
//! Nothing is permitted that is not durable in the ledger before this returns.

use super::brought::brought;
use super::edge::{Edge, look};
use super::gate::{Gate, GateError};
use super::judge::{Judged, Judgement, commit_ids, judge};
use super::updates::{RefUpdate, parse_updates};
use super::{speech, unjudged};
use crate::adapters::git::GitError;
use crate::adapters::holder;
use crate::adapters::record_refs::FoundRecord;
use crate::audit::deploying::counted_signatures;
use crate::audit::error::LedgerError;
use crate::audit::event::Change;
use crate::audit::ledger::Ledger as _;
use crate::audit::request::{Decision, NewRecord, Push, RefMove, Support};
use crate::audit::writer::Receipt;
use crate::decide::Code;
use crate::facts::Facts;
use crate::gather::{Remembered, to_remember};
use crate::model::Target;
use crate::policy::{AskedGate, Policy};
use crate::render::Occasion;
use crate::verify::EnvelopeError;

/// How a hook ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The push may go on.
    Permitted,
    /// It may not.
    Refused,
    /// The policy is unreadable, so it may not.
    PolicyInvalid,
    /// It could not be judged, so it may not.
    Undetermined,
}

/// Runs the hook on a push of any number of refs.
pub fn run(edge: &mut Edge<'_>) -> Outcome {
    match parse_updates(&edge.input) {
        Ok(updates) if updates.is_empty() => {
            speech::failure(
                edge,
                "was handed no ref updates",
                &["standard input was empty".to_owned()],
                None,
                Occasion::Push,
            );
            Outcome::Undetermined
        }
        Ok(updates) => judge_push(edge, &updates, Occasion::Push),
        Err(error) => {
            speech::failure(edge, "could not read the push", &[error.to_string()], None, Occasion::Push);
            Outcome::Undetermined
        }
    }
}

/// Judges and records a push, and says what came of it.
pub fn judge_push(edge: &mut Edge<'_>, updates: &[RefUpdate], occasion: Occasion) -> Outcome {
    let mut gate = match Gate::open(edge, occasion) {
        Ok(gate) => gate,
        Err(error) => return not_opened(edge, updates, &error, occasion),
    };
    if occasion == Occasion::RefUpdate && is_permitted_already(&mut gate, updates, edge) {
        return Outcome::Permitted;
    }
    let recorded = judge_and_record(&mut gate, updates, edge, occasion);
    // From here on it is this thread that answers.
    gate.watch.end();
    let (judgement, receipts) = match recorded {
        Ok(recorded) => recorded,
        Err(error) => {
            let hint = "make the ledger writable again: `countersign doctor` on the server tells more";
            let causes = [format!("[ledger-unavailable] {error}")];
            speech::failure(edge, "could not record its verdict", &causes, Some(hint), occasion);
            return Outcome::Undetermined;
        }
    };
    let text = speech::push(&gate, &judgement, &receipts, occasion, &look(gate.settings.server));
    // Who does not read what is said is judged all the same.
    let _ = edge.err.write_all(text.as_bytes());
    let _ = edge.err.flush();
    let outcome = if judgement.permits() { Outcome::Permitted } else { Outcome::Refused };
    // The process ends now, and giving back what a large push took piece by piece takes time.
    std::mem::forget(judgement);
    outcome
}

/// Tells whether `pre-receive` of this very push permitted these updates. Judged again they would find
/// their own override reserved, and a policy that another ref of the push has just changed.
fn is_permitted_already(gate: &mut Gate, updates: &[RefUpdate], edge: &Edge<'_>) -> bool {
    let holder = holder::current(&edge.environment);
    updates.iter().all(|update| {
        let moved = RefMove {
            repository: gate.settings.repository.clone(),
            target: Target::from_ref_bytes(&update.name),
            old: update.old,
            new: update.new,
            holder: holder.clone(),
        };
        // What cannot be read is judged, and refused where the ledger is out of order.
        gate.ledger.standing_permit(&moved).is_ok_and(|permit| permit.is_some())
    })
}

/// How often a push is judged anew when another one changed the ledger in between.
const TRIES: usize = 3;

/// Judges a push and records what came of it. When another push took the same override in between,
/// what was judged is no longer the case, so it is judged again.
fn judge_and_record(
    gate: &mut Gate,
    updates: &[RefUpdate],
    edge: &Edge<'_>,
    occasion: Occasion,
) -> Result<(Judgement, Vec<Option<Receipt>>), RecordError> {
    let mut tries = 1;
    loop {
        let judgement = judge(gate, updates, edge);
        match record(gate, &judgement, edge, occasion) {
            Ok(receipts) => return Ok((judgement, receipts)),
            Err(RecordError::Ledger(error)) if !error.is_unavailable() && tries < TRIES => tries += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Why verdicts could not be recorded.
#[derive(Debug, thiserror::Error)]
enum RecordError {
    /// The ledger did not take them.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
    /// A record could not be taken apart.
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    /// A verdict could not be written as JSON.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Nobody would know later who brought what.
    #[error("which commits the push brings could not be read: {0}")]
    Brought(GitError),
}

fn not_opened(edge: &mut Edge<'_>, updates: &[RefUpdate], error: &GateError, occasion: Occasion) -> Outcome {
    let (code, what, outcome) = match error {
        GateError::Policy(_) => ("policy-unreadable", "has no policy that it can use", Outcome::PolicyInvalid),
        GateError::RolledBack { .. } => ("policy-rolled-back", "was given an old policy", Outcome::PolicyInvalid),
        GateError::Ledger(_) | GateError::Key(_) => {
            ("ledger-unavailable", "cannot use its ledger", Outcome::Undetermined)
        }
        GateError::Repository(_) | GateError::Settings(_) => {
            ("policy-unreadable", "is not set up as it should be", Outcome::PolicyInvalid)
        }
    };
    let mut causes = vec![format!("[{code}] {error}")];
    causes.extend(speech::policy_problems(error));
    let code = match error {
        GateError::Policy(_) => Some(Code::PolicyUnreadable),
        GateError::RolledBack { .. } => Some(Code::PolicyRolledBack),
        _ => None,
    };
    if let Some(code) = code
        && let Err(unrecorded) = unjudged::record(edge, updates, code, &error.to_string())
    {
        causes.push(format!("[ledger-unavailable] this refusal could not be recorded: {unrecorded}"));
    }
    speech::failure(edge, what, &causes, None, occasion);
    outcome
}

/// Records the verdicts of a push in one transaction, with the records that it brings.
///
/// Of a push that is refused only the refusals are recorded: nothing of it will land. The records
/// stay, whatever becomes of the push.
fn record(
    gate: &mut Gate,
    judgement: &Judgement,
    edge: &Edge<'_>,
    occasion: Occasion,
) -> Result<Vec<Option<Receipt>>, RecordError> {
    let permits = judgement.permits();
    let holder = holder::current(&edge.environment);
    let holder = if occasion == Occasion::RefUpdate { holder.as_deref().map(holder::of_update) } else { holder };
    let commits: Vec<Vec<crate::model::Oid>> =
        judgement.judged.iter().map(|judged| gated_commits(&gate.policy.policy, judged)).collect();
    let recorded: Vec<&Judged> = judgement.judged.iter().filter(|j| permits || !j.verdict.is_permit()).collect();
    // Of a push that is refused nobody gets anything.
    let brought_by = |judged: &Judged| if permits { brought(&gate.repository, judged) } else { Ok(Vec::new()) };
    let brought: Vec<Vec<crate::model::Oid>> =
        judgement.judged.iter().map(brought_by).collect::<Result<_, _>>().map_err(RecordError::Brought)?;
    let mut decisions = Vec::new();
    for ((judged, commits), brought) in judgement.judged.iter().zip(&commits).zip(&brought) {
        if permits || !judged.verdict.is_permit() {
            decisions.push(decision(gate, judged, Brings { commits, brought }, holder.clone())?);
        }
    }
    let subjects: Vec<_> = judgement.arriving.iter().map(|arriving| arriving.record.statement.subject()).collect();
    let envelopes = judgement.arriving.iter().map(|arriving| new_signatures(gate, arriving));
    let envelopes = envelopes.collect::<Result<Vec<_>, _>>()?;
    let records: Vec<NewRecord<'_>> = judgement
        .arriving
        .iter()
        .zip(&subjects)
        .zip(&envelopes)
        .filter_map(|((arriving, subject), remembered)| {
            let remembered = remembered.as_ref()?;
            Some(NewRecord {
                kind: arriving.seen_as(),
                repository: &gate.settings.repository,
                target: arriving.target(),
                head: &subject.head,
                content: Some(&subject.content),
                envelope: &remembered.envelope,
                by_stranger: remembered.by_stranger,
            })
        })
        .collect();
    let policies: Vec<_> = gate.policy.seen.iter().cloned().collect();
    let push = Push { at: edge.now, policies: &policies, records: &records, decisions: &decisions };
    let receipts = gate.ledger.record_push(&push)?;
    let mut by_judged = receipts.into_iter().map(Some);
    let is_recorded = |judged: &Judged| recorded.iter().any(|other| std::ptr::eq(*other, judged));
    Ok(judgement
        .judged
        .iter()
        .map(|judged| if is_recorded(judged) { by_judged.next().flatten() } else { None })
        .collect())
}

/// Returns what to remember of a record that a push brings; none when nothing in it is new.
fn new_signatures(gate: &mut Gate, arriving: &FoundRecord) -> Result<Option<Remembered>, RecordError> {
    let known = gate.ledger.record(&gate.settings.repository, &arriving.kept.id)?;
    let known = known.as_ref().map(|known| known.envelope.as_slice());
    Ok(to_remember(&gate.policy.policy, known, &arriving.kept)?)
}

/// Returns the commits that a landing may clear later: those of a change that some gate looked at.
fn gated_commits(policy: &Policy, judged: &Judged) -> Vec<crate::model::Oid> {
    match &judged.facts {
        // What a rewind drops was judged with it and did not land.
        Some(facts) if facts.action == crate::model::Action::Rewind => Vec::new(),
        Some(facts) if !asked(policy, &facts.target).is_empty() => commit_ids(facts),
        Some(_) | None => Vec::new(),
    }
}

fn asked(policy: &Policy, target: &Target) -> Vec<AskedGate> {
    match target {
        Target::Ref(name) => {
            let names = |gate: &&crate::policy::Gate| gate.refs.iter().any(|glob| glob.matches_ref(name));
            policy.gates.iter().filter(names).map(AskedGate::of).collect()
        }
        Target::Environment(_) => Vec::new(),
    }
}

/// What a push brings to one ref.
struct Brings<'p> {
    /// The commits that a landing may clear later.
    commits: &'p [crate::model::Oid],
    /// The commits of which it is remembered who brought them.
    brought: &'p [crate::model::Oid],
}

fn decision<'p>(
    gate: &Gate,
    judged: &Judged,
    brings: Brings<'p>,
    holder: Option<String>,
) -> serde_json::Result<Decision<'p>> {
    let target = Target::from_ref_bytes(&judged.update.name);
    let head = |facts: &Facts| facts.head.as_str().parse().ok();
    let from = |facts: &Facts| facts.from.known().cloned().flatten().and_then(|from| from.as_str().parse().ok());
    let action = judged.facts.as_ref().map_or(crate::model::Action::Update, |facts| facts.action);
    let fallback = judged.update.new.or(judged.update.old).unwrap_or_else(|| gate.repository.hash().empty_tree());
    let change = Change {
        action,
        from: judged.facts.as_ref().and_then(from),
        head: judged.facts.as_ref().and_then(head).unwrap_or(fallback),
        new: judged.update.new,
        old: judged.update.old,
        repository: gate.settings.repository.clone(),
        target,
    };
    let gates = judged.facts.as_ref().map(|facts| asked(&gate.policy.policy, &facts.target));
    let support = Support {
        asked: gates.unwrap_or_default(),
        brought: brings.brought,
        commits: brings.commits,
        relied: judged.facts.as_ref().map(|facts| facts.relied.clone()).unwrap_or_default(),
        sign_offs: judged.facts.as_ref().map(|facts| counted_signatures(facts, &judged.verdict)).unwrap_or_default(),
        override_people: judged.verdict.override_people().to_vec(),
        holder,
    };
    Decision::from_verdict(&judged.verdict, change, pusher(judged), support)
}

/// Returns who pushed, as the ledger names them: by their account, or by the key that alone says who they are.
/// Who pushed the commits before is somebody else.
fn pusher(judged: &Judged) -> Option<String> {
    let pusher = judged.pusher.as_ref()?;
    pusher.account.as_ref().map(crate::model::Account::folded).or_else(|| pusher.key.clone())
}
