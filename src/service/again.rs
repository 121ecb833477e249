//! A check that somebody wants to be given anew: by the button under it, or by asking for it again.
//!
//! Whoever may write can do that, so it means that everything is read and judged again, and no more.

use super::answer::check_name;
use super::evaluate::Service;
use super::failure::Failure;
use super::stores::Stores;
use crate::adapters::clock;
use crate::forge::{Forge, RepositoryId, Subject};
use crate::inbox::{KnownChange, PublishedCheck};
use crate::model::Oid;

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
                let name = check_name(&change.target);
                if let Some(published) = store.check(id, &head, &name)? {
                    store.set_check(id, &head, &name, &PublishedCheck { digest: String::new(), ..published })?;
                }
            }
            let subjects = offering.iter().map(|change| Subject::PullRequest(id, change.number));
            let mut subjects: Vec<Subject> = subjects.collect();
            if subjects.is_empty() {
                // Nobody remembers who offers it.
                subjects.push(Subject::Repository(id));
            }
            store.enqueue(now, &subjects)
        });
        Ok(queued.await?)
    }
}
