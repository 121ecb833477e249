//! What cannot be judged any more must not stay green.
//!
//! An answer stands until another takes its place. When something has happened that nobody can read,
//! the answer from before may be wrong: after a short while it is taken back.

use jiff::{SignedDuration, Timestamp};

use super::answer::{Answer, check_name, digest, single};
use super::evaluate::Service;
use super::failure::Failure;
use super::stores::Stores;
use crate::adapters::clock;
use crate::forge::{Forge, RepositoryId, Subject};
use crate::inbox::{Claim, PublishedCheck};
use crate::model::{Oid, Target};

/// How long an answer may stand after something happened that cannot be read: forges have hiccups.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_secs(15);

/// Tells whether a piece of work has failed for so long that the answer from before is not believed.
pub(super) fn is_doubtful(claim: &Claim, now: Timestamp) -> bool {
    now.duration_since(claim.since) >= BELIEVED_FOR
}

/// Returns the latest moment for another attempt, so that what stood before is taken back in time.
pub(super) fn doubtful_from(claim: &Claim, now: Timestamp) -> Timestamp {
    let is_shown = matches!(claim.subject, Subject::PullRequest(..) | Subject::Group(..));
    let from = claim.since.checked_add(BELIEVED_FOR).unwrap_or(now);
    if is_shown && from > now { from } else { Timestamp::MAX }
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Takes back what was permitted before about a subject that cannot be judged now.
    ///
    /// # Errors
    /// [`Failure`] when the store or the forge cannot be used; the work that failed is tried again, and
    /// so is this.
    pub(super) async fn doubt(&self, subject: &Subject) -> Result<(), Failure> {
        match subject {
            Subject::PullRequest(id, number) => self.doubt_change(*id, *number).await,
            Subject::Group(id, head, target) => self.doubt_group(*id, *head, target).await,
            Subject::Deployment(id, run, environment) => self.doubt_deployment(*id, *run, environment).await,
            // A run that waits goes on waiting; nothing that was permitted is to be taken back.
            Subject::Deployed(..)
            | Subject::Answer(..)
            | Subject::Check(..)
            | Subject::Repository(_)
            | Subject::Installation(_)
            | Subject::Branch(..) => Ok(()),
        }
    }

    async fn doubt_change(&self, id: RepositoryId, number: u64) -> Result<(), Failure> {
        let answer = written(&Answer::unjudged())?;
        let now = clock::now();
        let done = self.stores().service(move |store| {
            let Some(mut change) = store.change(id, number)?.filter(|change| change.open) else { return Ok(None) };
            let target = change.target.clone();
            if change.permitted {
                change.permitted = false;
                change.answer = answer;
                change.at = clock::exact();
                store.set_change(&change)?;
                store.enqueue(now, &[Subject::Answer(id, change.head, change.target)])?;
            }
            Ok(Some(target))
        });
        // The groups that hold it cannot be judged either, and are taken back in their turn.
        let Some(target) = done.await? else { return Ok(()) };
        match self.groups_with(id, number, &Target::from_ref_bytes(target.as_bytes())).await {
            // Without the repository there is no queue.
            Err(failure) if failure.is_gone() => Ok(()),
            done => done,
        }
    }

    async fn doubt_group(&self, id: RepositoryId, head: Oid, target: &str) -> Result<(), Failure> {
        let name = check_name(target);
        let published = self.stores().service(move |store| store.check(id, &head, &name)).await?;
        let check = single(head, target, &Answer::unjudged(), self.public_url());
        let digest = digest(&check);
        if published.as_ref().is_some_and(|published| published.digest == digest) {
            return Ok(());
        }
        let number = self.forge().publish(id, &check, published.map(|published| published.number)).await?;
        let published = PublishedCheck { number, digest };
        Ok(self.stores().service(move |store| store.set_check(id, &head, &check.name, &published)).await?)
    }
}

fn written(answer: &Answer) -> Result<String, Failure> {
    serde_json::to_string(answer).map_err(|error| Failure::Other(format!("the answer cannot be written: {error}")))
}
