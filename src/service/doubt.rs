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
use crate::model::Oid;

/// How long an answer may stand after something happened that cannot be read: forges have hiccups.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_secs(15);

/// Tells whether a piece of work has failed for so long that the answer from before is not believed.
pub(super) fn is_doubtful(claim: &Claim, now: Timestamp) -> bool {
    now.duration_since(claim.since) >= BELIEVED_FOR
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
            Subject::Answer(..)
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
            let known = store.change(id, number)?.filter(|change| change.open && change.permitted);
            let Some(mut change) = known else { return Ok(()) };
            change.permitted = false;
            change.answer = answer;
            store.set_change(&change)?;
            store.enqueue(now, &[Subject::Answer(id, change.head, change.target)])
        });
        Ok(done.await?)
    }

    async fn doubt_group(&self, id: RepositoryId, head: Oid, target: &str) -> Result<(), Failure> {
        let name = check_name(target);
        let published = self.stores().service(move |store| store.check(id, &head, &name)).await?;
        // Where nothing stands nothing is green.
        let Some(published) = published else { return Ok(()) };
        let check = single(head, target, &Answer::unjudged(), self.public_url());
        let digest = digest(&check);
        if published.digest == digest {
            return Ok(());
        }
        let number = self.forge().publish(id, &check, Some(published.number)).await?;
        let published = PublishedCheck { number, digest };
        Ok(self.stores().service(move |store| store.set_check(id, &head, &check.name, &published)).await?)
    }
}

fn written(answer: &Answer) -> Result<String, Failure> {
    serde_json::to_string(answer).map_err(|error| Failure::Other(format!("the answer cannot be written: {error}")))
}
