//! Dealing with one subject: what has to be read, judged, recorded and answered.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

use super::commands::{Command, needs_push_time, overrides};
use super::failure::Failure;
use super::guarded::GuardedRefs;
use super::judge::{Case, Judged};
use super::observer::{Observer, Outcome};
use super::policy::ForgePolicy;
use super::policy_memory::PolicyMemory;
use super::remembered::Remembered;
use super::reviewers::Pace;
use super::stores::Stores;
use super::turns::Turns;
use crate::adapters::clock;
use crate::adapters::git::Repository;
use crate::adapters::mirror::{Depth, Mirrors};
use crate::decide::Verdict;
use crate::facts::Fact;
use crate::forge::{Forge, PullRequest, PullRequestState, RepositoryId, Subject, sign_offs};
use crate::gather::Unreadable;
use crate::model::Oid;
use crate::verify::GateKey;

/// What an operator can set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The policy's path in a repository.
    pub policy_path: String,
    /// Whether people who can sign are asked for a review.
    pub request_reviews: bool,
    /// How long a team's members are believed without asking again.
    pub members_fresh_for: SignedDuration,
    /// Where people reach this service, without a slash at the end.
    pub public_url: Option<String>,
    /// The forge's host, to tell its repositories from another's.
    pub host: String,
}

/// The service, shared by its workers.
pub struct Service<S, F> {
    inner: Arc<Inner<S, F>>,
}

struct Inner<S, F> {
    stores: S,
    forge: F,
    mirrors: Mirrors,
    key: GateKey,
    settings: Settings,
    observer: Arc<dyn Observer>,
    guarded: GuardedRefs,
    pace: Pace,
    policies: PolicyMemory,
    turns: Turns,
    fetching: Semaphore,
}

/// How many fetches run at once: each is a process, and mostly waits for the forge.
const FETCHES: usize = 4;

impl<S, F> Clone for Service<S, F> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Returns a service over a store, a forge and copies of its repositories. With `key` it signs what it
    /// notes of commands.
    pub fn new(
        stores: S,
        forge: F,
        mirrors: Mirrors,
        key: GateKey,
        settings: Settings,
        observer: Arc<dyn Observer>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                stores,
                forge,
                mirrors,
                key,
                settings,
                observer,
                guarded: GuardedRefs::default(),
                pace: Pace::default(),
                policies: PolicyMemory::default(),
                turns: Turns::default(),
                fetching: Semaphore::new(FETCHES),
            }),
        }
    }

    /// Returns the store.
    #[must_use]
    pub fn stores(&self) -> &S {
        &self.inner.stores
    }

    /// Returns the forge.
    #[must_use]
    pub fn forge(&self) -> &F {
        &self.inner.forge
    }

    pub(super) fn policies(&self) -> &PolicyMemory {
        &self.inner.policies
    }

    pub(super) fn pace(&self) -> &Pace {
        &self.inner.pace
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.inner.turns
    }

    pub(super) fn mirrors(&self) -> &Mirrors {
        &self.inner.mirrors
    }

    /// Returns who watches.
    #[must_use]
    pub fn observer(&self) -> &dyn Observer {
        &*self.inner.observer
    }

    pub(super) fn key(&self) -> &GateKey {
        &self.inner.key
    }

    pub(super) fn guarded(&self) -> &GuardedRefs {
        &self.inner.guarded
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(super) fn public_url(&self) -> Option<&str> {
        self.inner.settings.public_url.as_deref()
    }

    /// Deals with a subject that was tried in vain `attempts` times in a row: afterwards, what the forge
    /// shows is what the policy says now.
    ///
    /// # Errors
    /// [`Failure`] when something could not be read or written; it has to be tried again.
    pub async fn deal_with(&self, subject: &Subject, attempts: u32) -> Result<(), Failure> {
        let done = self.look_at(subject, attempts).await;
        match (subject, done) {
            // Of these somebody waits for an answer: only the forge's word about the change itself ends them.
            (Subject::PullRequest(..) | Subject::Group(..), done) => done,
            (_, Err(failure)) if failure.is_gone() => {
                tracing::info!(%subject, %failure, "what was to be looked at is not there");
                Ok(())
            }
            (_, done) => done,
        }
    }

    async fn look_at(&self, subject: &Subject, attempts: u32) -> Result<(), Failure> {
        match subject {
            Subject::PullRequest(id, number) => self.change(*id, *number, attempts).await,
            Subject::Check(id, head) => self.anew(*id, *head).await,
            Subject::Answer(id, head, target) => self.answer(*id, *head, target).await,
            Subject::Repository(id) => self.everything_in(*id).await,
            Subject::Installation(_) => self.everything().await,
            Subject::Group(id, head, target) => self.group(*id, *head, target, attempts).await,
            Subject::Branch(id, name) => self.branch(*id, name).await,
            Subject::Deployment(id, run, environment) => self.deployment(*id, *run, environment).await,
            Subject::Deployed(id, number) => self.deployed(*id, *number).await,
        }
    }

    /// Judges a pull request, and lets the groups of the merge queue follow in which it is.
    async fn change(&self, id: RepositoryId, number: u64, attempts: u32) -> Result<(), Failure> {
        let Some((read, judged)) = self.pull_request(id, number, attempts).await? else { return Ok(()) };
        // Whether anything changed does not matter: what was to follow may have been lost.
        if read.is_queued && !judged.verdict.is_permit() {
            self.groups_with(id, number, &read.target).await?;
        }
        if self.inner.settings.request_reviews {
            self.ask_for_reviews(&read, &judged).await;
        }
        Ok(())
    }

    /// Judges a pull request, and remembers the answer; none for one that is not open.
    pub(super) async fn pull_request(
        &self,
        id: RepositoryId,
        number: u64,
        attempts: u32,
    ) -> Result<Option<(PullRequest, Judged)>, Failure> {
        let _turn = self.turns().take(id, number).await;
        let (began, now) = (clock::exact(), clock::now());
        let read = match self.inner.forge.pull_request(id, number).await.map_err(Failure::from) {
            Err(failure) if failure.is_gone() => {
                return self.not_there(id, number, attempts, &failure).await.map(|()| None);
            }
            read => read?,
        };
        self.observer().forge_answered();
        if read.state != PullRequestState::Open {
            let is_merged = matches!(read.state, PullRequestState::Merged(_));
            return self.close(id, number, is_merged).await.map(|()| None);
        }
        let policy = self.inner.policies.in_force(&read.policies, &self.inner.settings.policy_path);
        let in_force = policy.as_ref().ok().map(|policy| &**policy);
        if let Some(policy) = in_force {
            self.inner.guarded.note(id, &policy.policy);
        }
        let remembered = self.remembered(&read, in_force).await?;
        let known = remembered.change.clone();
        let case = self.case(&read, in_force, remembered, now).await?;
        let (mut judged, entry) = self.judge_and_record(id, case, policy, known.as_ref()).await?;
        judged.context.record = entry;
        judged.context.web = Some(format!("{}/{}", self.inner.settings.host, read.repository));
        self.observer().judged(outcome(&judged.verdict));
        self.store(&read, id, &judged, entry, known.as_ref(), began).await?;
        if read.is_queued && known.is_some_and(|known| !known.permitted) && judged.verdict.is_permit() {
            self.groups_with(id, number, &read.target).await?;
        }
        Ok(Some((read, judged)))
    }

    /// Returns the case of a pull request.
    async fn case(
        &self,
        read: &PullRequest,
        policy: Option<&ForgePolicy>,
        remembered: Remembered,
        now: Timestamp,
    ) -> Result<Case, Failure> {
        let repository = read.repository.to_string();
        let Remembered { groups, push, .. } = remembered;
        let memberships = match policy {
            Some(_) => self.memberships(read.id.installation, groups, now).await?,
            None => std::collections::BTreeMap::new(),
        };
        Ok(Case {
            sign_offs: sign_offs(read, &repository),
            commands: self.commands(read).await?,
            repository,
            target: read.target.clone(),
            base: read.base,
            branch: read.head_ref.clone(),
            head: read.head,
            participants: self.participants(read, push, now).await?,
            memberships,
            web_flow: read.web_flow.clone(),
            now,
        })
    }

    /// Returns the overrides that were given for the head.
    async fn commands(&self, read: &PullRequest) -> Result<Fact<Vec<Command>>, Failure> {
        if let Fact::Unknown(cause) = &read.commands {
            return Ok(Fact::Unknown(cause.clone()));
        }
        let mut pushed_at = read.pushed_at;
        if pushed_at.is_none()
            && needs_push_time(read)
            && let Some(name) = &read.head_ref
        {
            let pushes = self.inner.forge.pushes(read.id, name, None).await?;
            // The latest move, or none: an earlier one tells of an earlier stay at the same commit.
            pushed_at = pushes.first().filter(|push| push.new == Some(read.head)).map(|push| push.at);
        }
        Ok(Fact::Known(overrides(read, pushed_at)))
    }

    /// Makes sure that commits are there, with all that they reach.
    pub(super) async fn fetch_tips(&self, id: RepositoryId, tips: &[Oid], depth: Depth) -> Result<(), Failure> {
        let tips = tips.to_vec();
        let (service, wanted) = (self.clone(), tips.clone());
        let here = blocking(move || service.inner.mirrors.holds(id, &wanted)).await?;
        if depth == Depth::WithoutFiles && matches!(here, Ok(true)) {
            return Ok(());
        }
        self.inner.mirrors.want(id, &tips);
        let closed = |_| Failure::Other("nothing is fetched any more".to_owned());
        let _turn = self.inner.fetching.acquire().await.map_err(closed)?;
        let source = self.inner.forge.clone_source(id).await?;
        let service = self.clone();
        let fetched = blocking(move || service.inner.mirrors.ensure(id, &source, &tips, depth)).await?;
        Ok(fetched?)
    }

    /// Reads something from a repository's copy that may need files: a merge that git has to compute.
    pub(super) async fn read_merges<R: Send + 'static>(
        &self,
        id: RepositoryId,
        tips: &[Oid],
        read: impl Fn(&Repository) -> Result<R, Unreadable> + Send + Sync + 'static,
    ) -> Result<R, Failure> {
        let read = Arc::new(read);
        let mut why = Unreadable(String::new());
        for depth in [Depth::WithoutFiles, Depth::Whole] {
            self.fetch_tips(id, tips, depth).await?;
            let (service, read) = (self.clone(), Arc::clone(&read));
            let done = blocking(move || Ok::<_, Failure>(read(&service.inner.mirrors.repository(id)?)));
            match done.await?? {
                Ok(found) => return Ok(found),
                Err(error) => why = error,
            }
        }
        Err(Failure::Other(why.to_string()))
    }

    /// Asks for everything that is open in a repository to be looked at.
    async fn everything_in(&self, id: RepositoryId) -> Result<(), Failure> {
        let open = self.inner.forge.open_changes(id).await?;
        let name = self.inner.forge.repository(id).await?.to_string();
        let now = clock::now();
        self.inner.guarded.forget(id);
        let branches = self.branches_of(&name).await?;
        let queued = self.inner.stores.service(move |store| {
            let remembered = store.open_changes(Some(&name), usize::MAX)?;
            // What is remembered as open and is no longer listed has been closed unseen.
            let numbers = open.iter().map(|change| change.number).chain(remembered.iter().map(|change| change.number));
            let changes = numbers.map(|number| Subject::PullRequest(id, number));
            let subjects: Vec<Subject> =
                changes.chain(branches.into_iter().map(|branch| Subject::Branch(id, branch))).collect();
            store.enqueue(now, &subjects)
        });
        queued.await?;
        self.deployments_in(id).await
    }

    /// Asks for every repository that the app reaches to be looked at.
    async fn everything(&self) -> Result<(), Failure> {
        let repositories = self.inner.forge.repositories().await?;
        let now = clock::now();
        let subjects: Vec<Subject> = repositories.into_iter().map(Subject::Repository).collect();
        Ok(self.inner.stores.service(move |store| store.enqueue(now, &subjects)).await?)
    }
}

pub(super) fn outcome(verdict: &Verdict) -> Outcome {
    match (verdict.is_permit(), verdict.override_id()) {
        (true, Some(_)) => Outcome::Overridden,
        (true, None) => Outcome::Permitted,
        (false, _) if verdict.is_waiting() => Outcome::Waiting,
        (false, _) => Outcome::Refused,
    }
}

/// Runs what blocks where that does no harm.
pub(super) async fn blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Result<R, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Failure::Other(format!("a piece of work broke down: {error}")))
}
