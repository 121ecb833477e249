//! What the store remembers that judging a pull request needs, read at once.

use super::evaluate::Service;
use super::failure::Failure;
use super::people::groups;
use super::policy::ForgePolicy;
use super::stores::Stores;
use crate::forge::{Forge, Group, PullRequest};
use crate::inbox::{CachedGroup, KnownChange, KnownPush, Recall};

/// What is remembered.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    /// The pull request, as it was judged last.
    pub change: Option<KnownChange>,
    /// The groups that the policy names, with their members.
    pub groups: Vec<(Group, Option<CachedGroup>)>,
    /// Who pushed the head.
    pub push: Option<KnownPush>,
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Returns what is remembered of a pull request.
    pub(super) async fn remembered(
        &self,
        read: &PullRequest,
        policy: Option<&ForgePolicy>,
    ) -> Result<Remembered, Failure> {
        let named = policy.map(|policy| groups(&policy.policy)).unwrap_or_default();
        let (id, number, head, name) = (read.id, read.number, read.head, read.head_ref.clone());
        let found = self.stores().service(move |store| {
            let keys: Vec<String> = named.iter().map(Group::to_string).collect();
            let push = name.as_deref().map(|name| (name, &head));
            let recalled = store.recall(&Recall { id, number, groups: &keys, push })?;
            let groups = named.into_iter().zip(recalled.groups).collect();
            Ok(Remembered { change: recalled.change, groups, push: recalled.push })
        });
        Ok(found.await?)
    }
}
