//! Judging a deployment: gather, decide, record. The same steps as for a change; the range begins where the
//! ledger says that the environment stands.

use std::sync::Arc;

use super::case::{Case, guarded_refs};
use super::forge_refs::ForgeRefs;
use super::overriding;
use crate::adapters::clock::Deadline;
use crate::adapters::ledger_memory::LedgerMemory;
use crate::adapters::mirror::Depth;
use crate::adapters::mirror_history::MirrorHistory;
use crate::audit::deploying::Deploying;
use crate::audit::error::LedgerError;
use crate::audit::event::Change;
use crate::audit::ledger::{About, Ledger};
use crate::audit::request::{Decision, Push, Support};
use crate::catalogue::Catalogue;
use crate::decide::{Code, Decider, Refused, Verdict, refuse};
use crate::facts::{DefectCode, Fact, Facts};
use crate::forge::{Forge, RepositoryId};
use crate::gather::{Candidate, Gatherer, History, Once};
use crate::model::{Account, Action, Oid};
use crate::policy::{is_named, named_otherwise};
use crate::render::{Context, Occasion};
use crate::service::evaluate::{Service, blocking};
use crate::service::failure::Failure;
use crate::service::policy::ForgePolicy;
use crate::service::recording::{essence, gone_back};
use crate::service::records::{Signed, names_keys};
use crate::service::stores::Stores;
use crate::verify::GateKey;

/// How often a case is judged at most, with what was missing fetched in between.
const VISITS: usize = 3;

/// A deployment with its verdict.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    /// What it was judged by; none where it was refused without looking.
    pub facts: Option<Facts>,
    /// The verdict.
    pub verdict: Verdict,
    /// What helps to explain it.
    pub context: Context,
    /// Whether a gate asks for the plan, which a forge does not hand over.
    pub lacks_plan: bool,
}

/// The last verdict about a deployment, and the entry that holds it.
pub(super) type Last = (String, Option<u64>);

/// What a visit to the ledger came to.
enum Visit {
    Judged(Box<Judged>, Option<u64>),
    LacksCommits,
    LacksFiles,
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Judges a deployment and records the verdict. Every permit is recorded, for each lets one deployment
    /// pass; a refusal only where it says something new.
    pub(super) async fn judge_deployment(
        &self,
        id: RepositoryId,
        mut case: Case,
        policy: Result<Arc<ForgePolicy>, String>,
        last: Last,
    ) -> Result<(Judged, Option<u64>), Failure> {
        let policy = match policy {
            Ok(policy) => policy,
            Err(why) => {
                let path = self.settings().policy_path.clone();
                return self.refuse_unseen(case, None, (Code::PolicyUnreadable, path, why), last).await;
            }
        };
        if let Some(name) = named_otherwise(&policy.policy.gates, &case.environment) {
            let why = format!(
                "a gate names this environment {name:?}; names are compared exactly, so it must be spelled as it is here"
            );
            let reason = (Code::PolicyUnreadable, case.environment.clone(), why);
            return self.refuse_unseen(case, None, reason, last).await;
        }
        if case.is_foreign {
            let why = "the run's commit comes from a fork".to_owned();
            let reason = (Code::CandidateUnguarded, case.head.to_string(), why);
            return self.refuse_unseen(case, Some(policy), reason, last).await;
        }
        self.prepare(id, &mut case, &policy).await?;
        let (case, policy) = (Arc::new(case), policy);
        let tips: Arc<[Oid]> = case.refs.iter().map(|(_, tip)| *tip).chain([case.head]).collect();
        let mut has_files = false;
        for _ in 0..VISITS {
            match self.visit_deployment(id, &case, &policy, &tips, has_files, &last).await? {
                Visit::Judged(judged, entry) => return Ok((*judged, entry)),
                Visit::LacksCommits => self.fetch_tips(id, &tips, Depth::WithoutFiles).await?,
                Visit::LacksFiles => {
                    self.fetch_tips(id, &tips, Depth::Whole).await?;
                    has_files = true;
                }
            }
        }
        Err(Failure::Other("what judging needs was fetched and is missing again".to_owned()))
    }

    /// Reads the guarded refs, has the commits fetched and takes in what people signed.
    async fn prepare(&self, id: RepositoryId, case: &mut Case, policy: &Arc<ForgePolicy>) -> Result<(), Failure> {
        let source = self.forge().clone_source(id).await?;
        let service = self.clone();
        let refs = blocking(move || service.mirrors().list(&source)).await??;
        if self.baseline(&case.repository).await?.is_none() {
            self.adopt_at(id, &case.repository, policy, &refs, case.now).await?;
        }
        case.refs = guarded_refs(&policy.policy, refs);
        let tips: Vec<Oid> = case.refs.iter().map(|(_, tip)| *tip).chain([case.head]).collect();
        self.fetch_tips(id, &tips, Depth::WithoutFiles).await?;
        if names_keys(&policy.policy) {
            let (repository, environment) = (case.repository.clone(), case.environment.clone());
            let deployed = self.stores().ledger(move |ledger| ledger.deployed(&repository, &environment)).await??;
            let signed = Signed {
                repository: &case.repository,
                base: deployed.map(|deployed| deployed.head),
                head: case.head,
                now: case.now,
            };
            if let Some(cause) = self.take_in_records(id, &signed, policy).await? {
                case.sign_offs = Fact::Unknown(cause);
            }
        }
        Ok(())
    }

    /// Records a refusal that needs no look at the commits.
    async fn refuse_unseen(
        &self,
        case: Case,
        policy: Option<Arc<ForgePolicy>>,
        reason: (Code, String, String),
        last: Last,
    ) -> Result<(Judged, Option<u64>), Failure> {
        let judged = unseen(&case, reason);
        let done = self.stores().ledger(move |ledger| {
            let entry = record(&case, policy.as_deref(), &judged, &last, ledger)?;
            Ok::<_, Failure>((judged, entry))
        });
        done.await?
    }

    /// Judges and records, unless something has to be fetched first.
    async fn visit_deployment(
        &self,
        id: RepositoryId,
        case: &Arc<Case>,
        policy: &Arc<ForgePolicy>,
        tips: &Arc<[Oid]>,
        has_files: bool,
        last: &Last,
    ) -> Result<Visit, Failure> {
        let (service, case, policy) = (self.clone(), Arc::clone(case), Arc::clone(policy));
        let (tips, last) = (Arc::clone(tips), last.clone());
        let done = self.stores().ledger(move |ledger| {
            let mut looked = None;
            let source = policy.seen.as_ref().map(|seen| seen.source.as_str());
            let about = About { repository: &case.repository, policy: source, heads: &[] };
            let read = ledger.at_once(about, &mut |ledger| {
                looked = Some(service.deployment_at_one_state(id, &case, &policy, &tips, has_files, ledger));
                Ok(())
            });
            let looked = match (read, looked) {
                (Ok(()), Some(looked)) => looked,
                // What is wrong with the ledger stays wrong.
                (Err(error @ LedgerError::Tampered(_)), _) => return Err(error.into()),
                // A server may not keep one state for as long as a large range takes.
                _ => service.deployment_at_one_state(id, &case, &policy, &tips, has_files, ledger),
            };
            match looked? {
                Visit::Judged(judged, _) => {
                    let entry = record(&case, Some(&policy), &judged, &last, ledger)?;
                    Ok(Visit::Judged(judged, entry))
                }
                other => Ok(other),
            }
        });
        done.await?
    }

    fn deployment_at_one_state(
        &self,
        id: RepositoryId,
        case: &Case,
        policy: &ForgePolicy,
        tips: &[Oid],
        has_files: bool,
        ledger: &mut dyn Ledger,
    ) -> Result<Visit, Failure> {
        if let Some((source, why)) = gone_back(&case.repository, policy, ledger)? {
            return Ok(Visit::Judged(Box::new(unseen(case, (Code::PolicyRolledBack, source, why))), None));
        }
        let limits = policy.policy.limits;
        let deadline = Deadline::after_seconds(limits.seconds);
        let history = MirrorHistory::new(self.mirrors(), id, tips, limits.message_bytes, deadline.instant());
        let judged = judge(case, policy, &history, deadline, self.key(), ledger)?;
        if history.is_missing() {
            return Ok(Visit::LacksCommits);
        }
        if lacks_objects(&judged) && !has_files {
            return Ok(Visit::LacksFiles);
        }
        Ok(Visit::Judged(Box::new(judged), None))
    }
}

/// Judges a case by a history that is read until `deadline`. Nothing is recorded.
fn judge(
    case: &Case,
    policy: &ForgePolicy,
    history: &dyn History,
    deadline: Deadline,
    key: &GateKey,
    ledger: &mut dyn Ledger,
) -> Result<Judged, Failure> {
    let history = ForgeRefs { history, refs: &case.refs };
    let memory = LedgerMemory::new(ledger, &case.repository).deploying(&case.environment, case.head);
    let catalogue = Catalogue::with_rules(&policy.policy.agents, &policy.policy.robots);
    let gatherer = Gatherer {
        repository: &case.repository,
        policy: &policy.policy,
        policy_place: policy.place.as_ref(),
        serial_of: &|text| policy.serial_of(text),
        history: &history,
        memory: &memory,
        catalogue: &catalogue,
        participants: Fact::Known(case.participants.clone()),
        arriving: &[],
        alongside: Some(&[]),
        branch: None,
        now: case.now,
        is_late: &|| deadline.has_passed(),
        once: Once::default(),
    };
    let candidate = Candidate {
        sign_offs: case.sign_offs.clone(),
        memberships: case.memberships.clone(),
        ..Candidate::new(&case.environment, case.head)
    };
    let mut facts = gatherer.deployment(&candidate);
    if !is_named(&policy.policy.gates, &case.environment) {
        // What no gate names may be deployed from anywhere.
        facts.defects.retain(|defect| defect.code != DefectCode::CandidateUnguarded);
    }
    overriding::add(&mut facts, case.head, key, ledger)?;
    let verdict = Decider::new(&policy.policy).decide(&facts);
    let mut context = Context::of(&policy.policy, &facts, Occasion::Deployment);
    context.policy_path = policy.place.as_ref().and_then(|place| String::from_utf8(place.path.clone()).ok());
    Ok(Judged { facts: Some(facts), verdict, context, lacks_plan: false })
}

/// Returns the refusal of a case that was not looked at.
fn unseen(case: &Case, reason: (Code, String, String)) -> Judged {
    let target = case.target();
    let refused = Refused { repository: &case.repository, target: &target, from: None, head: case.head, policy: None };
    let context = Context::new(Occasion::Deployment, case.now);
    Judged { facts: None, verdict: refuse(&refused, &[reason]), context, lacks_plan: false }
}

/// Tells whether a read failed that may have needed files which a partial clone does not hold. Where it is not
/// known what is deployed, no file tells what differs from it.
fn lacks_objects(judged: &Judged) -> bool {
    judged.facts.as_ref().is_some_and(|facts| {
        facts.commits.is_unknown() || (facts.paths.is_unknown() && !facts.from.is_unknown()) || facts.content.is_none()
    })
}

/// Records a verdict and returns the entry that holds it. A refusal that says what the last one said is that.
fn record(
    case: &Case,
    policy: Option<&ForgePolicy>,
    judged: &Judged,
    last: &Last,
    ledger: &mut dyn Ledger,
) -> Result<Option<u64>, Failure> {
    let unwritable = |error: serde_json::Error| Failure::Other(format!("the verdict cannot be written: {error}"));
    let text = judged.verdict.to_json().map_err(unwritable)?;
    let says_the_same = || essence(&last.0).is_some_and(|before| essence(&text) == Some(before));
    if let Some(entry) = last.1.filter(|_| !judged.verdict.is_permit() && says_the_same()) {
        return Ok(Some(entry));
    }
    let Some((facts, policy)) = judged.facts.as_ref().zip(policy) else {
        return record_unseen(case, &judged.verdict, ledger);
    };
    let policies: Vec<_> = policy.seen.clone().into_iter().collect();
    let deploying = Deploying {
        policy: &policy.policy,
        facts,
        verdict: &judged.verdict,
        head: case.head,
        at: case.now,
        records: &[],
        policies: &policies,
    };
    Ok(Some(deploying.record(ledger)?.entry))
}

/// Records the refusal of a case that was not looked at. It says nothing of a policy: the ledger would not
/// take one that went back.
fn record_unseen(case: &Case, verdict: &Verdict, ledger: &mut dyn Ledger) -> Result<Option<u64>, Failure> {
    let change = Change {
        action: Action::Deploy,
        from: None,
        head: case.head,
        new: None,
        old: None,
        repository: case.repository.clone(),
        target: case.target(),
    };
    let starter = case.participants.first().and_then(|first| first.identity.account.as_ref()).map(Account::folded);
    let decision = Decision::from_verdict(verdict, change, starter, Support::default())
        .map_err(|error| Failure::Other(format!("the verdict cannot be written: {error}")))?;
    let push = Push { at: case.now, policies: &[], records: &[], decisions: &[decision] };
    Ok(ledger.record_push(&push)?.into_iter().next().map(|receipt| receipt.entry))
}
