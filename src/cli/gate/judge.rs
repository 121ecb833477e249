//! Judging a deployment: gather, decide, record. The same steps as in a hook.

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use super::site::{Named, Site};
use crate::adapters::clock::Deadline;
use crate::adapters::git_history::GitHistory;
use crate::adapters::ledger_memory::LedgerMemory;
use crate::adapters::record_refs::{self, FoundRecord};
use crate::audit::deploying::Deploying;
use crate::audit::error::LedgerError;
use crate::audit::event::Change;
use crate::audit::ledger::{About, Ledger};
use crate::audit::request::{Decision, NewRecord, Push, Support};
use crate::audit::writer::Receipt;
use crate::catalogue::Catalogue;
use crate::decide::{Code, Decider, Refused, Verdict, refuse};
use crate::facts::{Fact, Facts, Part, Participant};
use crate::gather::{Candidate, Gatherer, KeptRecord, Memory, Once, Remembered, Said, to_remember};
use crate::hook::policy_in_force::PolicyInForce;
use crate::model::{Account, Action, Identity, Target};
use crate::plan::Plan;
use crate::render::deployment::Details;

/// What is asked.
pub struct Question<'a> {
    /// The environment.
    pub environment: &'a str,
    /// What is to be deployed.
    pub candidate: &'a Named,
    /// What is said to be deployed now.
    pub said: Said,
    /// The plan.
    pub plan: Option<&'a Plan>,
    /// Who deploys.
    pub deployer: Option<&'a Account>,
    /// When.
    pub now: Timestamp,
}

/// What came of it.
pub struct Answer {
    /// What it was judged by; none where it was refused without looking.
    pub facts: Option<Facts>,
    /// The verdict.
    pub verdict: Verdict,
    /// Where it was recorded.
    pub receipt: Option<Receipt>,
    /// What is to be said besides about how it was judged.
    pub seen: Details,
}

/// How often a deployment is judged anew when somebody changed the ledger in between.
const TRIES: usize = 3;

/// Judges a deployment and records the verdict.
///
/// # Errors
/// [`LedgerError`] when the verdict could not be recorded: nothing may be deployed then.
pub fn judge_and_record(
    question: &Question<'_>,
    site: &mut Site<'_>,
    policy: &PolicyInForce,
    ledger: &mut dyn Ledger,
) -> Result<Answer> {
    let mut tries = 1;
    loop {
        let found = record_refs::of_head(&site.client.repository, question.candidate.commit)?;
        let deadline = Deadline::after_seconds(policy.policy.limits.seconds);
        site.client.repository.set_deadline(deadline.instant());
        let mut judged = None;
        // One state of the ledger, checked once: a large range asks it thousands of things.
        let source = policy.seen.as_ref().map(|seen| seen.source.as_str());
        let about = About { repository: &site.name, policy: source, heads: &[question.candidate.commit] };
        let site = &*site;
        ledger.at_once(about, &mut |ledger| {
            let memory = LedgerMemory::new(ledger, &site.name);
            let memory = memory.deploying(question.environment, question.candidate.commit).knowing_pushers();
            let arriving: Vec<KeptRecord> = found.iter().map(|found| found.kept.clone()).collect();
            judged = Some(judge(question, site, policy, &memory, &arriving, deadline));
            Ok(())
        })?;
        let (facts, verdict) = judged.context("the deployment was not judged")?;
        match record(question, policy, ledger, &facts, &verdict, &found) {
            Ok(receipt) => {
                return Ok(Answer { facts: Some(facts), verdict, receipt: Some(receipt), seen: Details::default() });
            }
            Err(error) => match error.downcast_ref::<LedgerError>() {
                Some(ledger) if !ledger.is_unavailable() && tries < TRIES => tries += 1,
                _ => return Err(error),
            },
        }
    }
}

/// Judges a deployment by what a memory knows.
pub fn judge(
    question: &Question<'_>,
    site: &Site<'_>,
    in_force: &PolicyInForce,
    memory: &dyn Memory,
    arriving: &[KeptRecord],
    deadline: Deadline,
) -> (Facts, Verdict) {
    let policy = &in_force.policy;
    let history = GitHistory::with_commit_bytes(&site.client.repository, policy.limits.message_bytes);
    let catalogue = Catalogue::with_rules(&policy.agents, &policy.robots);
    let deployer = question
        .deployer
        .map(|account| Participant { identity: Identity::from_account(account.clone()), part: Part::Deployer });
    let gatherer = Gatherer {
        repository: &site.name,
        policy,
        policy_place: in_force.place.as_ref(),
        serial_of: &|text| in_force.serial_of(text),
        history: &history,
        memory,
        catalogue: &catalogue,
        participants: Fact::Known(deployer.into_iter().collect()),
        arriving,
        alongside: Some(&[]),
        branch: None,
        now: question.now,
        is_late: &|| deadline.has_passed(),
        once: Once::default(),
    };
    let facts = gatherer.deployment(&Candidate {
        tag: question.candidate.tag.as_deref(),
        said: question.said.clone(),
        plan: question.plan,
        tracking: site.tracking(),
        ..Candidate::new(question.environment, question.candidate.object)
    });
    let verdict = Decider::new(policy).decide(&facts);
    (facts, verdict)
}

fn record(
    question: &Question<'_>,
    policy: &PolicyInForce,
    ledger: &mut dyn Ledger,
    facts: &Facts,
    verdict: &Verdict,
    found: &[FoundRecord],
) -> Result<Receipt> {
    let mut new: Vec<(&FoundRecord, Remembered)> = Vec::new();
    for found in found {
        let known = ledger.record(&facts.repository, &found.kept.id)?;
        let known = known.as_ref().map(|known| known.envelope.as_slice());
        new.extend(to_remember(&policy.policy, known, &found.kept)?.map(|remembered| (found, remembered)));
    }
    let records: Vec<NewRecord<'_>> = new
        .iter()
        .map(|(found, remembered)| {
            let subject = found.record.statement.subject();
            NewRecord {
                kind: found.seen_as(),
                repository: &facts.repository,
                target: found.target(),
                head: &subject.head,
                content: Some(&subject.content),
                envelope: &remembered.envelope,
                by_stranger: remembered.by_stranger,
            }
        })
        .collect();
    let policies: Vec<_> = policy.seen.iter().cloned().collect();
    let deploying = Deploying {
        policy: &policy.policy,
        facts,
        verdict,
        head: question.candidate.commit,
        at: question.now,
        records: &records,
        policies: &policies,
    };
    Ok(deploying.record(ledger)?)
}

/// Returns the refusal of a deployment that could not be judged at all.
pub fn unjudged(question: &Question<'_>, repository: &str, code: Code, why: &str) -> Answer {
    let target = Target::Environment(question.environment.to_owned());
    let refused = Refused { repository, target: &target, from: None, head: question.candidate.commit, policy: None };
    let verdict = refuse(&refused, &[(code, target.to_string(), why.to_owned())]);
    Answer { facts: None, verdict, receipt: None, seen: Details::default() }
}

/// Records such a refusal, if the ledger takes it; it stands all the same.
pub fn record_unjudged(question: &Question<'_>, answer: &mut Answer, ledger: &mut dyn Ledger) -> Result<()> {
    let change = Change {
        action: Action::Deploy,
        from: None,
        head: question.candidate.commit,
        new: None,
        old: None,
        repository: answer.verdict.repository().to_owned(),
        target: Target::Environment(question.environment.to_owned()),
    };
    let deployer = question.deployer.map(Account::folded);
    let decision = Decision::from_verdict(&answer.verdict, change, deployer, Support::default())?;
    let push = Push { at: question.now, policies: &[], records: &[], decisions: &[decision] };
    answer.receipt = ledger.record_push(&push)?.into_iter().next();
    Ok(())
}
