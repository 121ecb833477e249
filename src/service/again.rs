//! A check that somebody wants to be given anew: by the button under it, or by asking for it again.
//!
//! Whoever may write can do that, so it means that everything is read and judged again, and no more.

use super::answer::check_name;
use super::evaluate::Service;
use super::failure::Failure;
use super::stores::Stores;
use crate::adapters::clock;
use crate::forge::{Forge, RepositoryId, Subject};
use crate::inbox::{KnownChange, PublishedCheck, ServiceStore, StoreError};
use crate::model::Oid;

/// Stands in the place of a digest beside the last wish once it came true.
const FULFILLED: &str = "fulfilled";

/// Under which name it is kept that somebody wishes for a check anew.
pub(super) fn wish_name(name: &str) -> String {
    format!("anew: {name}")
}

/// Returns the number of the wish that is open for a check, if one is.
pub(super) fn wish(
    store: &mut dyn ServiceStore,
    id: RepositoryId,
    head: &Oid,
    name: &str,
) -> Result<Option<u64>, StoreError> {
    Ok(open_wish(store.check(id, head, &wish_name(name))?))
}

/// Returns the number of a wish, if it is open.
pub(super) fn open_wish(wished: Option<PublishedCheck>) -> Option<u64> {
    wished.filter(|wished| wished.digest != FULFILLED).map(|wished| wished.number)
}

/// Notes that somebody wishes for a check anew. Wishes are counted: two of the same second are two, and the
/// second is not fulfilled by an answer that began before it.
fn make(store: &mut dyn ServiceStore, id: RepositoryId, head: &Oid, name: &str) -> Result<(), StoreError> {
    let name = wish_name(name);
    let number = store.check(id, head, &name)?.map_or(0, |last| last.number).saturating_add(1);
    store.set_check(id, head, &name, &PublishedCheck { number, digest: String::new() })
}

/// Notes that a wish came true, unless another was made meanwhile.
pub(super) fn fulfill(
    store: &mut dyn ServiceStore,
    id: RepositoryId,
    head: &Oid,
    name: &str,
    fulfilled: Option<u64>,
) -> Result<(), StoreError> {
    if fulfilled.is_none() {
        return Ok(());
    }
    let open = wish(store, id, head, name)?;
    let Some(number) = open.filter(|_| open == fulfilled) else { return Ok(()) };
    store.set_check(id, head, &wish_name(name), &PublishedCheck { number, digest: FULFILLED.to_owned() })
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Lets every pull request that offers a commit be judged again, and its answer be published although
    /// it may be the same: GitHub shows what was asked for anew as queued until then.
    pub(super) async fn anew(&self, id: RepositoryId, head: Oid) -> Result<(), Failure> {
        let name = self.forge().repository(id).await?.to_string();
        let now = clock::now();
        let queued = self.stores().service(move |store| {
            let open = store.open_changes(Some(&name), usize::MAX)?;
            let offering: Vec<KnownChange> = open.into_iter().filter(|one| one.id == id && one.head == head).collect();
            for change in &offering {
                // The wish stays until an answer was given that began after it.
                make(store, id, &head, &check_name(&change.target))?;
            }
            let subjects = offering.iter().map(|change| Subject::PullRequest(id, change.number));
            // The answer is given anew whatever judging comes to, and however long that takes.
            let answers = offering.iter().map(|change| Subject::Answer(id, head, change.target.clone()));
            let mut subjects: Vec<Subject> = subjects.chain(answers).collect();
            if subjects.is_empty() {
                // Nobody remembers who offers it.
                subjects.push(Subject::Repository(id));
            }
            let waiting = store.open_deployments(Some(id), usize::MAX)?;
            subjects.extend(waiting.into_iter().map(|one| Subject::Deployment(id, one.run, one.environment)));
            store.enqueue(now, &subjects)
        });
        Ok(queued.await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapters::service_sqlite::SqliteService;

    #[test]
    fn a_wish_made_while_an_earlier_one_is_answered_stays_open() {
        let folder = tempfile::tempdir().unwrap();
        let mut store =
            SqliteService::establish(&folder.path().join("service.db"), std::time::Duration::from_secs(5)).unwrap();
        let id = RepositoryId { installation: 7, repository: 42 };
        let head: Oid = "5e1f0c9c64e5a5e8f4a0fd7a1d2b4ff6b2f0c001".parse().unwrap();
        let name = "countersign (main)";
        assert_eq!(wish(&mut store, id, &head, name).unwrap(), None);
        make(&mut store, id, &head, name).unwrap();
        let first = wish(&mut store, id, &head, name).unwrap();
        assert!(first.is_some());
        // Somebody begins to answer the first. In the same second somebody else wishes.
        make(&mut store, id, &head, name).unwrap();
        let second = wish(&mut store, id, &head, name).unwrap();
        assert!(second > first);
        fulfill(&mut store, id, &head, name, None).unwrap();
        fulfill(&mut store, id, &head, name, first).unwrap();
        assert_eq!(wish(&mut store, id, &head, name).unwrap(), second);
        fulfill(&mut store, id, &head, name, second).unwrap();
        assert_eq!(wish(&mut store, id, &head, name).unwrap(), None);
        // What came true once does not stand in the way of the next.
        make(&mut store, id, &head, name).unwrap();
        assert!(wish(&mut store, id, &head, name).unwrap() > second);
    }
}
