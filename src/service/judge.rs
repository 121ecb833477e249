//! Judging a pull request: gather, decide, record. The same steps as in a hook; only what people
//! said comes from the forge, besides the records in the ledger.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::commands::{self, Command, Given};
use super::failure::Failure;
use super::places::annotations;
use super::policy::ForgePolicy;
use super::requested;
use super::wanted::{Wanted, wanted};
use crate::adapters::clock::Deadline;
use crate::adapters::ledger_memory::LedgerMemory;
use crate::audit::error::LedgerError;
use crate::audit::event::{Change, RecordKind};
use crate::audit::ledger::{Answer, Ledger};
use crate::audit::request::{Decision, NewRecord, Push, Support};
use crate::audit::writer::Receipt;
use crate::catalogue::Catalogue;
use crate::decide::{Code, Decider, Refused, Verdict, refuse};
use crate::facts::{Fact, Facts, Participant, SignOff};
use crate::forge::Annotation;
use crate::gather::{Gatherer, History, Once, Proposal};
use crate::model::{Account, Action, ObjectName, Oid, Target};
use crate::objects::commit;
use crate::policy::{AskedGate, Policy};
use crate::render::verdict_human::commits_to_name;
use crate::render::{Context, Occasion};
use crate::verify::GateKey;

/// The most bytes of a commit whose subject is shown.
const COMMIT_BYTES: usize = 1 << 20;

/// What is to be judged.
#[derive(Debug, Clone)]
pub struct Case {
    /// The repository's name.
    pub repository: String,
    /// The ref that is to change.
    pub target: Target,
    /// Where that ref stands.
    pub base: Oid,
    /// The branch that it comes from, where that is known.
    pub branch: Option<String>,
    /// The commit that is proposed.
    pub head: Oid,
    /// Who opened, asked for and pushed it.
    pub participants: Fact<Vec<Participant>>,
    /// What people said through the forge.
    pub sign_offs: Fact<Vec<SignOff>>,
    /// Overrides that were given through the forge, for this head; unknown when that cannot be read.
    pub commands: Fact<Vec<Command>>,
    /// Who is a member of what.
    pub memberships: BTreeMap<String, Fact<Vec<String>>>,
    /// Commits that the forge itself made and signed.
    pub web_flow: Vec<Oid>,
    /// When.
    pub now: Timestamp,
}

/// A case with its verdict.
#[derive(Debug, Clone)]
pub struct Judged {
    /// What it was judged by; none where it was refused without looking.
    pub facts: Option<Facts>,
    /// The verdict.
    pub verdict: Verdict,
    /// What helps to explain it.
    pub context: Context,
    /// The record of the override that it rests on, if that was given through the forge.
    pub given: Option<Given>,
    /// Where in the change stands what it is about.
    pub annotations: Vec<Annotation>,
    /// Whose reviews are missing.
    pub wanted: Vec<Wanted>,
}

/// Judges a case by a history that is read until `deadline`. Nothing is recorded.
///
/// # Errors
/// [`Failure`] when the ledger cannot be read for overrides; all else that cannot be read is an
/// unknown fact.
pub fn judge(
    case: &Case,
    policy: &ForgePolicy,
    history: &dyn History,
    deadline: Deadline,
    key: &GateKey,
    ledger: &mut dyn Ledger,
) -> Result<Judged, Failure> {
    let mut facts = gathered(case, policy, history, deadline, ledger);
    leave_to_itself(case, &mut facts, ledger)?;
    let all_given = add_commands(case, policy, &mut facts, key, ledger)?;
    let verdict = Decider::new(&policy.policy).decide(&facts);
    let mut context = Context::of(&policy.policy, &facts, Occasion::PullRequest);
    context.policy_path = policy.place.as_ref().and_then(|place| String::from_utf8(place.path.clone()).ok());
    context.subjects = subjects(history, &verdict);
    let given = all_given.into_iter().find(|given| verdict.override_id() == Some(&given.claim.id));
    let annotations = annotations(policy, &facts, &verdict);
    let wanted = wanted(&policy.policy, &verdict, &context.cast.holders);
    Ok(Judged { facts: Some(facts), verdict, context, given, annotations, wanted })
}

/// Returns the facts of a case, without what commands say.
fn gathered(
    case: &Case,
    policy: &ForgePolicy,
    history: &dyn History,
    deadline: Deadline,
    ledger: &mut dyn Ledger,
) -> Facts {
    let memory = LedgerMemory::new(ledger, &case.repository);
    let catalogue = Catalogue::with_rules(&policy.policy.agents, &policy.policy.robots);
    let gatherer = Gatherer {
        repository: &case.repository,
        policy: &policy.policy,
        policy_place: policy.place.as_ref(),
        serial_of: &|text| policy.serial_of(text),
        history,
        memory: &memory,
        catalogue: &catalogue,
        participants: case.participants.clone(),
        arriving: &[],
        alongside: Some(&[]),
        branch: case.branch.as_deref(),
        now: case.now,
        is_late: &|| deadline.has_passed(),
        once: Once::default(),
    };
    gatherer.proposed(&Proposal {
        target: &case.target,
        base: case.base,
        head: case.head,
        sign_offs: case.sign_offs.clone(),
        memberships: case.memberships.clone(),
        web_flow: &case.web_flow,
    })
}

/// Returns the first lines of the messages that a reader is shown; what cannot be read is left out.
fn subjects(history: &dyn History, verdict: &Verdict) -> BTreeMap<ObjectName, String> {
    let subject = |id: &ObjectName| {
        let oid: Oid = id.as_str().parse().ok()?;
        let mut line = None;
        let parents = history.parents(oid).ok()?;
        history
            .walk(&[oid], &parents, 2, &mut |found, raw| line = line.take().or_else(|| first_line(found, oid, raw)))
            .ok()?;
        Some((id.clone(), line?))
    };
    commits_to_name(verdict).into_iter().filter_map(subject).collect()
}

fn first_line(found: Oid, wanted: Oid, raw: &[u8]) -> Option<String> {
    let commit = commit::parse(raw, COMMIT_BYTES).ok().filter(|_| found == wanted)?;
    let line = commit.message.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())?;
    Some(String::from_utf8_lossy(line).into_owned())
}

/// Lets an override stand that an earlier verdict about this very change reserved.
fn leave_to_itself(case: &Case, facts: &mut Facts, ledger: &mut dyn Ledger) -> Result<(), Failure> {
    let ids = facts.overrides.known().into_iter().flatten().filter(|claim| claim.consumed == Fact::Known(true));
    let ids: Vec<String> = ids.map(|claim| claim.id.clone()).collect();
    for id in ids {
        let consumed = commands::is_consumed(ledger, &case.repository, &case.target, case.head, &id)?;
        if let Fact::Known(overrides) = &mut facts.overrides {
            for claim in overrides.iter_mut().filter(|claim| claim.id == id) {
                claim.consumed = Fact::Known(consumed);
            }
        }
    }
    Ok(())
}

/// Adds the overrides that were given through the forge to the facts, and returns them.
fn add_commands(
    case: &Case,
    policy: &ForgePolicy,
    facts: &mut Facts,
    key: &GateKey,
    ledger: &mut dyn Ledger,
) -> Result<Vec<Given>, Failure> {
    // Comments that cannot be read are none: that only takes away. Anybody may write too many of them, and
    // must not undo what was signed by that.
    let commands = case.commands.known().map(Vec::as_slice).unwrap_or_default();
    let mut given = commands::given(commands, facts, &policy.policy, key, ledger)?;
    given.extend(requested::given(facts, case.head, &case.target, key, ledger)?);
    if let Fact::Known(overrides) = &mut facts.overrides {
        // The gate's own note of a command is among the records; the command itself tells who gave it.
        overrides.retain(|known| given.iter().all(|given| given.claim.id != known.id));
        overrides.extend(given.iter().map(|given| given.claim.clone()));
    }
    Ok(given)
}

/// Returns the refusal of a case that could not be judged at all.
#[must_use]
pub fn refused(case: &Case, code: Code, subject: &str, why: String) -> Judged {
    let refused = Refused {
        repository: &case.repository,
        target: &case.target,
        from: Some(case.base),
        head: case.head,
        policy: None,
    };
    let verdict = refuse(&refused, &[(code, subject.to_owned(), why)]);
    let context = Context::new(Occasion::PullRequest, case.now);
    Judged { facts: None, verdict, context, given: None, annotations: Vec::new(), wanted: Vec::new() }
}

/// Records a verdict, with the policy that it rests on, and frees the override that it rests on of an
/// earlier permit for the same head: to be run in one transaction.
///
/// # Errors
/// [`LedgerError`] when the ledger does not take it; nothing may be permitted then.
pub fn record(
    case: &Case,
    policy: Option<&ForgePolicy>,
    judged: &Judged,
    ledger: &mut dyn Ledger,
) -> Answer<Option<Receipt>> {
    let commits: Vec<Oid> = judged.facts.as_ref().map(commit_ids).unwrap_or_default();
    let from = judged.facts.as_ref().and_then(|facts| facts.from.known().cloned().flatten());
    let change = Change {
        action: Action::Update,
        from: from.and_then(|from| from.as_str().parse().ok()),
        head: case.head,
        new: Some(case.head),
        old: Some(case.base),
        repository: case.repository.clone(),
        target: case.target.clone(),
    };
    let support = Support {
        asked: policy.map(|policy| asked(&policy.policy, &case.target)).unwrap_or_default(),
        brought: &[],
        commits: &commits,
        relied: judged.facts.as_ref().map(|facts| facts.relied.clone()).unwrap_or_default(),
        sign_offs: judged.verdict.counted_sign_offs().to_vec(),
        override_people: judged.verdict.override_people().to_vec(),
        holder: None,
    };
    let decision = Decision::from_verdict(&judged.verdict, change, opener(&case.participants), support)
        .map_err(|error| LedgerError::Storage(format!("the verdict cannot be written: {error}")))?;
    // What was refused without looking says nothing of a policy: the ledger would not take one that went back.
    let seen = policy.filter(|_| judged.facts.is_some()).and_then(|policy| policy.seen.clone());
    let policies: Vec<_> = seen.into_iter().collect();
    let records: Vec<NewRecord<'_>> = judged.given.iter().map(|given| override_record(case, given)).collect();
    if let Some(id) = judged.verdict.override_id() {
        commands::release(ledger, case.now, &case.repository, &case.target, case.head, id)?;
    }
    let push = Push { at: case.now, policies: &policies, records: &records, decisions: &[decision] };
    Ok(ledger.record_push(&push)?.into_iter().next())
}

fn override_record<'a>(case: &'a Case, given: &'a Given) -> NewRecord<'a> {
    NewRecord {
        by_stranger: false,
        kind: RecordKind::Override,
        repository: &case.repository,
        target: &case.target,
        head: &case.head,
        content: Some(&given.content),
        envelope: &given.envelope,
    }
}

fn commit_ids(facts: &Facts) -> Vec<Oid> {
    facts.commits.known().into_iter().flatten().filter_map(|commit| commit.id.as_str().parse().ok()).collect()
}

fn asked(policy: &Policy, target: &Target) -> Vec<AskedGate> {
    let name = target.as_ref_name().unwrap_or_default();
    let names = |gate: &&crate::policy::Gate| gate.refs.iter().any(|glob| glob.matches(name));
    policy.gates.iter().filter(names).map(AskedGate::of).collect()
}

fn opener(participants: &Fact<Vec<Participant>>) -> Option<String> {
    participants.known()?.first()?.identity.account.as_ref().map(Account::folded)
}
