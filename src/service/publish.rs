//! Remembering verdicts, and publishing the answers that follow from them.

use jiff::{SignedDuration, Timestamp};

use super::again::{fulfill, open_wish, wish_name};
use super::answer::{Answer, check_name, combined, digest, single};
use super::evaluate::Service;
use super::failure::Failure;
use super::judge::Judged;
use super::stores::Stores;
use crate::adapters::clock;
use crate::forge::{Forge, PullRequest, RepositoryId, Subject};
use crate::inbox::{KnownChange, PublishedCheck, ServiceStore, Standing, StoreError};
use crate::model::Oid;

impl<S: Stores, F: Forge> Service<S, F> {
    /// Remembers a verdict about what was read after `began`, and asks for it to be answered.
    pub(super) async fn store(
        &self,
        read: &PullRequest,
        id: RepositoryId,
        judged: &Judged,
        entry: Option<u64>,
        known: Option<&KnownChange>,
        began: Timestamp,
    ) -> Result<(), Failure> {
        let unwritable = |error: serde_json::Error| Failure::Other(format!("the verdict cannot be written: {error}"));
        let answer = Answer::of(judged).remembering(read, known);
        let change = KnownChange {
            id,
            repository: read.repository.to_string(),
            number: read.number,
            open: true,
            target: read.target.to_string(),
            head: read.head,
            title: read.title.clone(),
            verdict: judged.verdict.to_json().map_err(unwritable)?,
            permitted: judged.verdict.is_permit(),
            answer: serde_json::to_string(&answer).map_err(unwritable)?,
            entry,
            at: began,
        };
        let mut subjects = vec![Subject::Answer(id, read.head, read.target.to_string())];
        let earlier = known.filter(|known| known.head != read.head || known.target != change.target);
        // What was offered before, or for another branch, is offered no more.
        subjects.extend(earlier.map(|known| Subject::Answer(id, known.head, known.target.clone())));
        let (public_url, now) = (self.public_url().map(str::to_owned), clock::now());
        let stored = self.stores().service(move |store| {
            let known = store.change(id, change.number)?;
            if known.as_ref().is_some_and(|known| is_newer(known, &change)) {
                // Somebody read the state after this was read, and was faster.
                return Ok(());
            }
            if known.is_some_and(|known| says_the_same(&known, &change)) {
                // Whoever stored it may have been killed before the answer was asked for.
                if is_answered(store, &change, public_url.as_deref())? {
                    return Ok(());
                }
                return store.enqueue(now, &subjects);
            }
            // Whoever holds that subject is the only one who answers on the commit.
            store.set_change_and_enqueue(&change, now, &subjects)
        });
        Ok(stored.await?)
    }

    /// Forgets that a pull request is open, and lets the answers follow that it had a part in. Of one that
    /// was merged the permit is kept, for what landed by it.
    pub(super) async fn close(&self, id: RepositoryId, number: u64, is_merged: bool) -> Result<(), Failure> {
        let now = clock::now();
        let closed = self.stores().service(move |store| {
            let Some(mut change) = store.change(id, number)?.filter(|change| change.open) else { return Ok(()) };
            change.open = false;
            change.permitted &= is_merged;
            store.set_change(&change)?;
            let others = store.changes_of(id, &change.head, &change.target)?;
            if is_merged && others.is_empty() {
                return Ok(());
            }
            store.enqueue(now, &[Subject::Answer(id, change.head, change.target)])
        });
        Ok(closed.await?)
    }

    /// Publishes the strictest answer on a commit for a target, unless it stands there already.
    pub(super) async fn answer(&self, id: RepositoryId, head: Oid, target: &str) -> Result<(), Failure> {
        let (name, asked) = (check_name(target), target.to_owned());
        let read = self.stores().service(move |store| store.standing(id, &head, &asked, [&name, &wish_name(&name)]));
        let Standing { changes, checks: [published, wished] } = read.await?;
        let wish = open_wish(wished);
        let check = match combined(head, target, &changes, self.public_url()) {
            Some(check) => check,
            // Where nothing was ever said there is nothing to take back.
            None if published.is_none() => return Ok(()),
            None => single(head, target, &Answer::offered_no_more(), self.public_url()),
        };
        let digest = digest(&check);
        if wish.is_none() && published.as_ref().is_some_and(|published| published.digest == digest) {
            return Ok(());
        }
        let number = self.forge().publish(id, &check, published.map(|published| published.number)).await?;
        let published = PublishedCheck { number, digest };
        let name = check.name;
        let kept = self.stores().service(move |store| {
            store.set_check(id, &head, &name, &published)?;
            fulfill(store, id, &head, &name, wish)
        });
        Ok(kept.await?)
    }
}

/// How far clocks may go back before what was remembered is believed no more to be newer.
const CLOCKS: SignedDuration = SignedDuration::from_mins(20);

/// Tells whether what is remembered was read later than what is to be stored. In one process nobody reads at
/// the same time (see [`super::turns`]); another replica may.
fn is_newer(known: &KnownChange, change: &KnownChange) -> bool {
    known.at > change.at && known.at.duration_since(change.at) < CLOCKS
}

/// Tells whether the answer that follows from what is stored stands on the commit, and nobody wishes for it anew.
fn is_answered(
    store: &mut dyn ServiceStore,
    change: &KnownChange,
    public_url: Option<&str>,
) -> Result<bool, StoreError> {
    let name = check_name(&change.target);
    let standing = store.standing(change.id, &change.head, &change.target, [&name, &wish_name(&name)])?;
    let Standing { changes, checks: [Some(published), wished] } = standing else { return Ok(false) };
    let check = combined(change.head, &change.target, &changes, public_url);
    let stands = check.is_some_and(|check| digest(&check) == published.digest);
    Ok(stands && open_wish(wished).is_none())
}

/// Tells whether all that anybody reads of a pull request is as it was: the ledger's entry is the same, so
/// the verdict is.
fn says_the_same(known: &KnownChange, change: &KnownChange) -> bool {
    let same = KnownChange { verdict: change.verdict.clone(), at: change.at, ..known.clone() };
    change.entry.is_some() && same == *change
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_that_began_within_a_second_the_later_one_stays() {
        let at = |microsecond| KnownChange {
            id: RepositoryId { installation: 1, repository: 2 },
            repository: "acme/shop".to_owned(),
            number: 7,
            open: true,
            target: "refs/heads/main".to_owned(),
            head: Oid::from_hex("1".repeat(40).as_bytes()).unwrap(),
            title: String::new(),
            verdict: String::new(),
            permitted: false,
            answer: String::new(),
            entry: None,
            at: Timestamp::from_microsecond(microsecond).unwrap(),
        };
        let (first, second) = (clock::exact(), 1_000_000);
        assert!(is_newer(&at(second + 300), &at(second + 100)));
        assert!(!is_newer(&at(second + 100), &at(second + 300)));
        // A clock that was put back does not keep everything out for long.
        assert!(!is_newer(&at(CLOCKS.as_micros() as i64 + second), &at(second)));
        while clock::exact() == first {}
        assert!(clock::exact() > first, "moments that order things are finer than seconds");
    }
}
