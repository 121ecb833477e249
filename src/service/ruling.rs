//! From a case to a verdict that stands in the ledger: one visit to the ledger to judge where all is at hand,
//! and one to record, together with whoever else has something to record.

use std::sync::Arc;

use jiff::Timestamp;

use super::adoption;
use super::evaluate::{Service, blocking};
use super::failure::Failure;
use super::judge::{Case, Judged, judge, record, refused};
use super::policy::ForgePolicy;
use super::recording::{rolled_back, stands};
use super::records::{Signed, names_keys};
use super::stores::Stores;
use crate::adapters::clock::Deadline;
use crate::adapters::mirror::Depth;
use crate::adapters::mirror_history::MirrorHistory;
use crate::audit::error::LedgerError;
use crate::audit::ledger::{About, Ledger};
use crate::decide::Code;
use crate::facts::{DefectCode, Fact};
use crate::forge::{Forge, RepositoryId};
use crate::inbox::KnownChange;
use crate::model::Oid;

/// How often a case is judged at most, with what was missing fetched in between.
const VISITS: usize = 4;

/// The last verdict about a pull request, and the entry that holds it.
type Last = Option<(String, Option<u64>)>;

/// What a visit to the ledger came to.
enum Visit {
    /// A verdict, and the entry that holds it if one does already.
    Judged(Box<Judged>, Option<u64>),
    /// The repository is met for the first time.
    Unknown,
    /// Commits are not there yet.
    LacksCommits,
    /// A merge had to be computed, and for that git needs the files.
    LacksFiles,
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Judges a case, and records the verdict unless it is the one that was recorded last.
    pub(super) async fn judge_and_record(
        &self,
        id: RepositoryId,
        mut case: Case,
        policy: Result<Arc<ForgePolicy>, String>,
        known: Option<&KnownChange>,
    ) -> Result<(Judged, Option<u64>), Failure> {
        let last: Last = known.map(|known| (known.verdict.clone(), known.entry));
        let policy = match policy {
            Ok(policy) => policy,
            Err(why) => {
                let judged = refused(&case, Code::PolicyUnreadable, &self.settings().policy_path, why);
                let standing = stands(&judged, last.as_ref())?;
                return self.recorded(&Arc::new(case), None, judged, standing).await;
            }
        };
        let tips = [case.base, case.head];
        if names_keys(&policy.policy) {
            // What people signed lies in the repository; whose it is depends on the commits.
            self.fetch_tips(id, &tips, Depth::WithoutFiles).await?;
            if self.baseline(&case.repository).await?.is_none() {
                self.adopt(id, &case, &policy).await?;
            }
            let signed = Signed { repository: &case.repository, base: Some(case.base), head: case.head, now: case.now };
            if let Some(cause) = self.take_in_records(id, &signed, &policy).await? {
                case.sign_offs = Fact::Unknown(cause);
            }
        }
        let case = Arc::new(case);
        let mut has_files = false;
        for _ in 0..VISITS {
            match self.visit(id, &case, &policy, last.clone(), has_files).await? {
                Visit::Judged(judged, standing) => return self.recorded(&case, Some(policy), *judged, standing).await,
                Visit::Unknown => self.adopt(id, &case, &policy).await?,
                Visit::LacksCommits => self.fetch_tips(id, &tips, Depth::WithoutFiles).await?,
                Visit::LacksFiles => {
                    self.fetch_tips(id, &tips, Depth::Whole).await?;
                    has_files = true;
                }
            }
        }
        Err(Failure::Other("what judging needs was fetched and is missing again".to_owned()))
    }

    /// Records a verdict, together with others that are ready at the same time, unless an entry holds it
    /// already. When this returns, its entry is durable.
    async fn recorded(
        &self,
        case: &Arc<Case>,
        policy: Option<Arc<ForgePolicy>>,
        judged: Judged,
        standing: Option<u64>,
    ) -> Result<(Judged, Option<u64>), Failure> {
        if standing.is_some() {
            return Ok((judged, standing));
        }
        let judged = Arc::new(judged);
        let (case, ruling) = (Arc::clone(case), Arc::clone(&judged));
        let done = self.stores().record(move |ledger| record(&case, policy.as_deref(), &ruling, ledger));
        let receipt = done.await?;
        Ok((Arc::unwrap_or_clone(judged), receipt.map(|receipt| receipt.entry)))
    }

    /// Judges, unless something has to be fetched first.
    async fn visit(
        &self,
        id: RepositoryId,
        case: &Arc<Case>,
        policy: &Arc<ForgePolicy>,
        last: Last,
        has_files: bool,
    ) -> Result<Visit, Failure> {
        let (service, case, policy) = (self.clone(), Arc::clone(case), Arc::clone(policy));
        let done = self.stores().ledger(move |ledger| {
            let mut looked = None;
            let heads = [case.head];
            let source = policy.seen.as_ref().map(|seen| seen.source.as_str());
            let about = About { repository: &case.repository, policy: source, heads: &heads };
            let read = ledger.at_once(about, &mut |ledger| {
                looked = Some(service.at_one_state(id, &case, &policy, has_files, ledger));
                Ok(())
            });
            let looked = match (read, looked) {
                (Ok(()), Some(looked)) => looked,
                // What is wrong with the ledger stays wrong.
                (Err(error @ LedgerError::Tampered(_)), _) => return Err(error.into()),
                // A server may not keep one state for as long as a large change takes.
                _ => service.at_one_state(id, &case, &policy, has_files, ledger),
            };
            match looked? {
                Visit::Judged(judged, _) => {
                    let standing = stands(&judged, last.as_ref())?;
                    Ok(Visit::Judged(judged, standing))
                }
                other => Ok(other),
            }
        });
        done.await?
    }

    /// Judges by one state of the ledger, unless something has to be fetched first. Nothing is recorded.
    fn at_one_state(
        &self,
        id: RepositoryId,
        case: &Case,
        policy: &ForgePolicy,
        has_files: bool,
        ledger: &mut dyn Ledger,
    ) -> Result<Visit, Failure> {
        if ledger.baseline(&case.repository)?.is_none() {
            return Ok(Visit::Unknown);
        }
        if let Some(refusal) = rolled_back(case, policy, ledger)? {
            return Ok(Visit::Judged(Box::new(refusal), None));
        }
        let limits = policy.policy.limits;
        let deadline = Deadline::after_seconds(limits.seconds);
        let tips = [case.base, case.head];
        let history = MirrorHistory::new(self.mirrors(), id, &tips, limits.message_bytes, deadline.instant());
        let judged = judge(case, policy, &history, deadline, self.key(), ledger)?;
        if history.is_missing() {
            return Ok(Visit::LacksCommits);
        }
        if lacks_objects(&judged) && !has_files {
            return Ok(Visit::LacksFiles);
        }
        Ok(Visit::Judged(Box::new(judged), None))
    }

    /// Notes what the protected refs were, when a repository is met for the first time.
    async fn adopt(&self, id: RepositoryId, case: &Case, policy: &Arc<ForgePolicy>) -> Result<(), Failure> {
        let source = self.forge().clone_source(id).await?;
        let service = self.clone();
        let refs = blocking(move || service.mirrors().list(&source)).await??;
        self.adopt_at(id, &case.repository, policy, &refs, case.now).await
    }

    /// Notes what the protected refs were, given where all refs stand.
    pub(super) async fn adopt_at(
        &self,
        id: RepositoryId,
        repository: &str,
        policy: &Arc<ForgePolicy>,
        refs: &[(String, Oid)],
        now: Timestamp,
    ) -> Result<(), Failure> {
        let identity = adoption::identity(&self.settings().host, id);
        let (name, policy, refs) = (repository.to_owned(), Arc::clone(policy), refs.to_vec());
        let adopted = move |ledger: &mut dyn Ledger| adoption::adopt(ledger, now, &name, &identity, &policy, &refs);
        self.stores().record(adopted).await?;
        Ok(())
    }
}

/// Tells whether a read failed that may have needed files which a partial clone does not hold.
fn lacks_objects(judged: &Judged) -> bool {
    judged.facts.as_ref().is_some_and(|facts| {
        let policy_unread = facts.defects.iter().any(|defect| defect.code == DefectCode::PolicyInvalid);
        facts.commits.is_unknown() || facts.paths.is_unknown() || policy_unread
    })
}
