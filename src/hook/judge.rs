//! Judging a push: records are read, every other ref update is gathered and decided.

use crate::adapters::clock::Deadline;
use crate::adapters::git_history::GitHistory;
use crate::adapters::holder;
use crate::adapters::ledger_memory::LedgerMemory;
use crate::adapters::record_refs::FoundRecord;
use crate::audit::answer::Reservation;
use crate::audit::request::RefState;
use crate::catalogue::Catalogue;
use crate::decide::{Code, Decider, Refused, Verdict, refuse};
use crate::facts::{Fact, Facts, Part, Participant};
use crate::gather::{Gatherer, KeptRecord, Once, RefChange, signer_identity};
use crate::model::{Identity, Oid, Target};
use crate::policy::{Policy, SignedPushes};
use crate::verify::SignatureCheck;

use super::edge::Edge;
use super::gate::Gate;
use super::record_push::RecordPush;
use super::signed_push;
use super::updates::RefUpdate;

/// A ref update with its verdict.
pub struct Judged {
    /// The update.
    pub update: RefUpdate,
    /// Who pushes, if the server names somebody.
    pub pusher: Option<Identity>,
    /// What it was judged by; none where it was refused without looking.
    pub facts: Option<Facts>,
    /// The verdict.
    pub verdict: Verdict,
}

/// A push, judged.
pub struct Judgement {
    /// The records it brings.
    pub arriving: Vec<FoundRecord>,
    /// Every ref update that is no record, and every record that is none.
    pub judged: Vec<Judged>,
}

impl Judgement {
    /// Tells whether everything may pass.
    #[must_use]
    pub fn permits(&self) -> bool {
        self.judged.iter().all(|judged| judged.verdict.is_permit())
    }
}

/// Judges every update of a push. Changes nothing but the state of overrides whose push is over.
pub fn judge(gate: &mut Gate, updates: &[RefUpdate], edge: &Edge<'_>) -> Judgement {
    let mut judgement = Judgement { arriving: Vec::new(), judged: Vec::new() };
    let mut others = Vec::new();
    let mut records = RecordPush::default();
    for update in updates {
        match records.read(gate, update) {
            Some(Ok(arriving)) => judgement.arriving.push(arriving),
            Some(Err(why)) => judgement.judged.push(no_record(gate, update, &why)),
            None => others.push(update),
        }
    }
    let seen = |kept: &KeptRecord| KeptRecord { seen_at: Some(edge.now), ..kept.clone() };
    let kept: Vec<KeptRecord> = judgement.arriving.iter().map(|arriving| seen(&arriving.kept)).collect();
    let signature = signed_push::read(gate, updates, &edge.text_environment(), edge.now);
    judgement.judged.extend(judge_updates(gate, &others, &kept, signature, edge));
    judgement
}

fn no_record(gate: &Gate, update: &RefUpdate, why: &str) -> Judged {
    let target = Target::from_ref_bytes(&update.name);
    let refused = Refused {
        repository: &gate.settings.repository,
        target: &target,
        from: update.old,
        head: update.new.or(update.old).unwrap_or_else(|| gate.repository.hash().empty_tree()),
        policy: Some(gate.policy.policy.digest.to_string()),
    };
    let message = format!("only new, valid records may be written below refs/countersign/: {why}");
    let verdict = refuse(&refused, &[(Code::RefForbidden, target.to_string(), message)]);
    Judged { update: update.clone(), pusher: None, facts: None, verdict }
}

fn judge_updates(
    gate: &mut Gate,
    updates: &[&RefUpdate],
    arriving: &[KeptRecord],
    signature: Result<Option<SignatureCheck>, String>,
    edge: &Edge<'_>,
) -> Vec<Judged> {
    let policy = &gate.policy.policy;
    let deadline = gate.deadline.unwrap_or_else(|| Deadline::after_seconds(policy.limits.seconds));
    gate.repository.set_deadline(deadline.instant());
    let repository = &gate.repository;
    let history = GitHistory::with_commit_bytes(repository, policy.limits.message_bytes);
    let settle = |reservation: &Reservation| ref_state(repository, reservation);
    let memory =
        LedgerMemory::new(&mut gate.ledger, &gate.settings.repository).settling(edge.now, &settle).knowing_pushers();
    let catalogue = Catalogue::with_rules(&policy.agents, &policy.robots);
    let named = gate.settings.server.pusher(&edge.text_environment());
    let pusher = pusher(policy, named, signature);
    let known_pusher = pusher.known().cloned().flatten();
    let participant = |identity: &Identity| Participant { identity: identity.clone(), part: Part::Pusher };
    let participants = match &pusher {
        Fact::Known(pusher) => Fact::Known(pusher.iter().map(participant).collect()),
        Fact::Unknown(cause) => Fact::Unknown(cause.clone()),
    };
    let change = |update: &RefUpdate| RefChange { name: update.name.clone(), old: update.old, new: update.new };
    let moved: Vec<RefChange> = updates.iter().map(|update| change(update)).collect();
    let gatherer = Gatherer {
        repository: &gate.settings.repository,
        policy,
        policy_place: gate.policy.place.as_ref(),
        serial_of: &|text| gate.policy.serial_of(text),
        history: &history,
        memory: &memory,
        catalogue: &catalogue,
        participants,
        arriving,
        alongside: Some(&moved),
        branch: None,
        now: edge.now,
        is_late: &|| deadline.has_passed(),
        once: Once::default(),
    };
    let decider = Decider::new(policy);
    let judge_one = |update: &&RefUpdate| {
        let facts = gatherer.facts(&change(update));
        let verdict = decider.decide(&facts);
        Judged { update: (*update).clone(), pusher: known_pusher.clone(), facts: Some(facts), verdict }
    };
    updates.iter().map(judge_one).collect()
}

/// Returns who pushes, by the server's word and the signature of the push. Where pushes must be signed, a signature
/// that proves nothing makes it unknown.
fn pusher(
    policy: &Policy,
    named: Option<Identity>,
    signature: Result<Option<SignatureCheck>, String>,
) -> Fact<Option<Identity>> {
    match signature {
        Ok(None) => Fact::Known(named),
        Ok(Some(check)) => {
            let signer = signer_identity(policy, &check);
            Fact::Known(Some(Identity { key: signer.key, passkey: signer.passkey, ..named.unwrap_or_default() }))
        }
        Err(why) if policy.signed_pushes == SignedPushes::Require => {
            Fact::Unknown(format!("the push certificate does not count: {why}"))
        }
        // Clients that sign whenever a server lets them may do so with something else than SSH.
        Err(_) => Fact::Known(named),
    }
}

/// Returns where a push that reserved an override has got to.
fn ref_state(repository: &crate::adapters::git::Repository, reservation: &Reservation) -> Option<RefState> {
    let name = reservation.change.target.to_ref_bytes()?;
    let tip = repository.read_ref(&name).ok()?;
    let contains_head = match tip.map(|tip| repository.commit_of(tip)) {
        None => false,
        Some(Ok(tip)) => {
            let head = reservation.change.head;
            // A head that is not there cannot be contained: its quarantine was thrown away.
            repository.exists(head).ok()? && repository.is_ancestor(head, tip).ok()?
        }
        Some(Err(_)) => return None,
    };
    Some(RefState { tip, contains_head, holder_may_run: holder::may_run(reservation.holder.as_deref()) })
}

/// Returns the judged commits' ids.
#[must_use]
pub fn commit_ids(facts: &Facts) -> Vec<Oid> {
    facts.commits.known().into_iter().flatten().filter_map(|commit| commit.id.as_str().parse().ok()).collect()
}
