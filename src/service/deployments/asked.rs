//! Answering a run that asks whether it may deploy.
//!
//! The verdict is in the ledger before the run hears of it. Whoever dies in between leaves the work in the
//! inbox: it is judged again, and answered then.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::case::{Case, participants};
use super::judging::Judged;
use super::note::Note;
use super::reviews::may_count;
use super::ruling::{Ruling, lacks_plan, ruling};
use crate::adapters::clock;
use crate::facts::Fact;
use crate::forge::{DeploymentAnswer, DeploymentRun, DeploymentState, Forge, ForgeError, RepositoryId};
use crate::inbox::KnownDeployment;
use crate::model::Digest;
use crate::policy::{Policy, is_named};
use crate::render::github::deployment_report;
use crate::render::verdict_human::Shown;
use crate::service::evaluate::{Service, outcome};
use crate::service::failure::Failure;
use crate::service::people::groups;
use crate::service::policy::ForgePolicy;
use crate::service::stores::Stores;

/// How long a run waits at least before it is rejected: what has just landed is told in the ledger a little
/// later, and a rejection is final.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_secs(15);

/// The most reports to one run; GitHub takes ten.
const MOST_REPORTS: u32 = 9;

/// A run and the environment that it waits for.
struct Asked<'a> {
    id: RepositoryId,
    run: &'a DeploymentRun,
    environment: &'a str,
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Answers a run, if it still waits for this environment.
    pub(in crate::service) async fn deployment(
        &self,
        id: RepositoryId,
        run: u64,
        environment: &str,
    ) -> Result<(), Failure> {
        let read = match self.forge().deployment_run(id, run).await.map_err(Failure::from) {
            Err(failure) if failure.is_gone() => return self.waits_no_more(id, run, environment).await,
            read => read?,
        };
        self.observer().forge_answered();
        // For the forge the names of environments have no case; what it calls one is what counts.
        let folded = environment.to_lowercase();
        let Some(name) = read.waiting.iter().find(|name| name.to_lowercase() == folded) else {
            return self.waits_no_more(id, run, environment).await;
        };
        let asked = Asked { id, run: &read, environment: name };
        self.answer_asked(&asked).await
    }

    async fn answer_asked(&self, asked: &Asked<'_>) -> Result<(), Failure> {
        let now = clock::now();
        let policies = self.forge().policies(asked.id).await?;
        let policy = self.policies().in_force(&policies, &self.settings().policy_path);
        let known = self.known_deployment(asked.id, asked.run.number, asked.environment).await?;
        let mut note = Note::of(known.as_ref(), asked.run, now);
        let in_force = policy.as_ref().ok().map(Arc::clone);
        let case = self.deployment_case(asked, policies.repository.to_string(), in_force.as_deref(), now).await?;
        let last = (note.verdict.clone(), note.entry);
        let (mut judged, entry) = self.judge_deployment(asked.id, case, policy, last).await?;
        judged.context.record = entry;
        self.observer().judged(outcome(&judged.verdict));
        note.entry = entry;
        let unwritable = |error: serde_json::Error| Failure::Other(format!("the verdict cannot be written: {error}"));
        note.verdict = judged.verdict.to_json().map_err(unwritable)?;
        self.note_deployment(note.known(asked.id, asked.run.number, asked.environment, true, now)).await?;
        let gates = in_force.as_deref().map(|policy| policy.policy.gates.as_slice()).unwrap_or_default();
        judged.lacks_plan = lacks_plan(&judged.verdict, gates);
        match ruling(&judged.verdict, judged.lacks_plan) {
            Ruling::Wait => self.report(asked, &judged, note, now).await,
            Ruling::Reject => {
                let settled = note.asked.checked_add(SETTLED_AFTER).unwrap_or(now);
                if now < settled {
                    return Err(Failure::TooEarly(settled));
                }
                self.end(asked, &judged, note, DeploymentState::Rejected, now).await
            }
            Ruling::Approve => {
                self.require_same_policy(asked.id, in_force.as_deref()).await?;
                self.end(asked, &judged, note, DeploymentState::Approved, now).await
            }
        }
    }

    /// Returns what a deployment is judged by.
    async fn deployment_case(
        &self,
        asked: &Asked<'_>,
        repository: String,
        policy: Option<&ForgePolicy>,
        now: Timestamp,
    ) -> Result<Case, Failure> {
        let mut case = Case {
            environment: asked.environment.to_owned(),
            head: asked.run.head,
            is_foreign: asked.run.is_foreign,
            participants: participants(asked.run),
            sign_offs: Fact::none(),
            memberships: std::collections::BTreeMap::new(),
            refs: Vec::new(),
            now,
            repository,
        };
        let Some(policy) = policy.map(|policy| &policy.policy) else { return Ok(case) };
        self.guarded().note(asked.id, policy);
        if is_named(&policy.gates, asked.environment) {
            case.memberships = self.members_for(asked.id, policy, now).await?;
        }
        if may_count(policy, asked.environment) {
            case.sign_offs = self.reviews_of(asked.id, &case.repository, case.head).await?;
        }
        Ok(case)
    }

    async fn members_for(
        &self,
        id: RepositoryId,
        policy: &Policy,
        now: Timestamp,
    ) -> Result<std::collections::BTreeMap<String, Fact<Vec<String>>>, Failure> {
        let named = groups(policy);
        let cached = self.stores().service(move |store| {
            let mut cached = Vec::new();
            for group in named {
                let members = store.group(id.installation, &group.to_string())?;
                cached.push((group, members));
            }
            Ok(cached)
        });
        self.memberships(id.installation, cached.await?, now).await
    }

    /// An approval cannot be taken back, so the policy is read once more before it is given: no answer is
    /// older than the policy.
    async fn require_same_policy(&self, id: RepositoryId, judged_by: Option<&ForgePolicy>) -> Result<(), Failure> {
        let policies = self.forge().policies(id).await?;
        let now = self.policies().in_force(&policies, &self.settings().policy_path).ok();
        let is_same = judged_by.zip(now.as_deref()).is_some_and(|(then, now)| then.policy.digest == now.policy.digest);
        if is_same { Ok(()) } else { Err(Failure::TooEarly(clock::now())) }
    }

    /// Tells a run why it waits, unless it was told the same before.
    async fn report(&self, asked: &Asked<'_>, judged: &Judged, mut note: Note, now: Timestamp) -> Result<(), Failure> {
        let comment = self.comment(judged);
        let digest = Digest::of(comment.as_bytes()).to_string();
        if digest == note.reported || note.reports >= MOST_REPORTS {
            return Ok(());
        }
        let answer = DeploymentAnswer { state: DeploymentState::Waiting, comment };
        match self.forge().answer_deployment(asked.id, asked.run.number, asked.environment, &answer).await {
            Ok(()) => {}
            // A report is a courtesy: without it the run waits all the same.
            Err(error @ (ForgeError::Rejected(_) | ForgeError::NotFound(_))) => {
                tracing::warn!(run = asked.run.number, environment = asked.environment, %error, "a report was not taken");
            }
            Err(error) => return Err(error.into()),
        }
        note.reports = note.reports.saturating_add(1);
        note.reported = digest;
        self.note_deployment(note.known(asked.id, asked.run.number, asked.environment, true, now)).await
    }

    /// Gives the final answer.
    async fn end(
        &self,
        asked: &Asked<'_>,
        judged: &Judged,
        mut note: Note,
        state: DeploymentState,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let comment = self.comment(judged);
        let answer = DeploymentAnswer { state, comment };
        let (run, environment) = (asked.run.number, asked.environment);
        let sent = self.forge().answer_deployment(asked.id, run, environment, &answer).await;
        match sent {
            Ok(()) => tracing::info!(run, environment, attempt = asked.run.attempt, ?state, "answered a deployment"),
            Err(error @ (ForgeError::Rejected(_) | ForgeError::NotFound(_))) => {
                let again = self.forge().deployment_run(asked.id, run).await;
                let waits = again.is_ok_and(|again| again.waiting.iter().any(|name| name == environment));
                // What was approved before may wait for somebody else by now.
                if waits && !(note.approved && state == DeploymentState::Approved) {
                    return Err(error.into());
                }
                tracing::info!(run, environment, %error, "the run waits for this gate no more");
            }
            Err(error) => return Err(error.into()),
        }
        note.approved |= state == DeploymentState::Approved;
        self.note_deployment(note.known(asked.id, run, environment, false, now)).await
    }

    fn comment(&self, judged: &Judged) -> String {
        let shown = Shown { verdict: &judged.verdict, context: &judged.context };
        deployment_report(shown, judged.lacks_plan, self.public_url())
    }

    async fn waits_no_more(&self, id: RepositoryId, run: u64, environment: &str) -> Result<(), Failure> {
        let Some(mut known) = self.known_deployment(id, run, environment).await?.filter(|known| known.open) else {
            return Ok(());
        };
        known.open = false;
        known.at = clock::now();
        self.note_deployment(known).await
    }

    pub(super) async fn known_deployment(
        &self,
        id: RepositoryId,
        run: u64,
        environment: &str,
    ) -> Result<Option<KnownDeployment>, Failure> {
        let environment = environment.to_owned();
        Ok(self.stores().service(move |store| store.deployment(id, run, &environment)).await?)
    }

    async fn note_deployment(&self, known: KnownDeployment) -> Result<(), Failure> {
        Ok(self.stores().service(move |store| store.set_deployment(&known)).await?)
    }

    /// Tells a run that it cannot be judged at the moment, once.
    pub(in crate::service) async fn doubt_deployment(
        &self,
        id: RepositoryId,
        run: u64,
        environment: &str,
    ) -> Result<(), Failure> {
        const UNJUDGED: &str = "**countersign:** this cannot be judged at the moment. It is tried again by itself, and \
            nothing is deployed meanwhile. When this stays, ask whoever runs the gate: its log says why.";
        let now = clock::now();
        let read = self.forge().deployment_run(id, run).await?;
        let known = self.known_deployment(id, run, environment).await?;
        let mut note = Note::of(known.as_ref(), &read, now);
        let is_waiting = read.waiting.iter().any(|name| name == environment);
        let digest = Digest::of(UNJUDGED.as_bytes()).to_string();
        // A rejection that is held back for a moment is no trouble to speak of.
        if !is_waiting || note.reported == digest || note.reports >= MOST_REPORTS || !note.verdict.is_empty() {
            return Ok(());
        }
        let answer = DeploymentAnswer { state: DeploymentState::Waiting, comment: UNJUDGED.to_owned() };
        self.forge().answer_deployment(id, run, environment, &answer).await?;
        note.reports = note.reports.saturating_add(1);
        note.reported = digest;
        self.note_deployment(note.known(id, run, environment, true, now)).await
    }
}
