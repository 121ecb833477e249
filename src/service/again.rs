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

/// Under which name it is kept that somebody wishes for a check anew.
fn wish_name(name: &str) -> String {
    format!("anew: {name}")
}

/// Returns the number of the wish that is open for a check, if one is.
pub(super) fn wish(
    store: &mut dyn ServiceStore,
    id: RepositoryId,
    head: &Oid,
    name: &str,
) -> Result<Option<u64>, StoreError> {
    let wished = store.check(id, head, &wish_name(name))?;
    Ok(wished.map(|wished| wished.number).filter(|number| *number != 0))
}

/// Notes that a wish came true, unless another was made meanwhile.
pub(super) fn fulfill(
    store: &mut dyn ServiceStore,
    id: RepositoryId,
    head: &Oid,
    name: &str,
    fulfilled: Option<u64>,
) -> Result<(), StoreError> {
    if fulfilled.is_none() || wish(store, id, head, name)? != fulfilled {
        return Ok(());
    }
    store.set_check(id, head, &wish_name(name), &PublishedCheck { number: 0, digest: String::new() })
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
                let name = wish_name(&check_name(&change.target));
                // The wish stays until an answer was given that began after it.
                let number = u64::try_from(now.as_microsecond()).unwrap_or(1);
                store.set_check(id, &head, &name, &PublishedCheck { number, digest: String::new() })?;
            }
            let subjects = offering.iter().map(|change| Subject::PullRequest(id, change.number));
            // The answer is given anew whatever judging comes to, and however long that takes.
            let answers = offering.iter().map(|change| Subject::Answer(id, head, change.target.clone()));
            let mut subjects: Vec<Subject> = subjects.chain(answers).collect();
            if subjects.is_empty() {
                // Nobody remembers who offers it.
                subjects.push(Subject::Repository(id));
            }
            store.enqueue(now, &subjects)
        });
        Ok(queued.await?)
    }
}
