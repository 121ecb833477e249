//! Who is a member of the teams and organizations that a policy names.
//!
//! Members are read from the forge and remembered for a while. What cannot be read is unknown: a
//! list that is too old could still hold somebody who was removed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::evaluate::Service;
use super::failure::Failure;
use super::stores::Stores;
use crate::facts::Fact;
use crate::forge::{Forge, Group};
use crate::inbox::CachedGroup;
use crate::model::{Account, AccountKind, Identity};
use crate::policy::Policy;

impl<S: Stores, F: Forge> Service<S, F> {
    /// Returns the members of groups, by the group's key in the facts, given what is remembered of each.
    ///
    /// # Errors
    /// [`Failure::Store`] when they cannot be remembered, [`Failure::Forge`] when the forge cannot be asked
    /// now.
    pub(super) async fn memberships(
        &self,
        installation: u64,
        groups: Vec<(Group, Option<CachedGroup>)>,
        now: Timestamp,
    ) -> Result<BTreeMap<String, Fact<Vec<String>>>, Failure> {
        let fresh_for = self.settings().members_fresh_for;
        let mut found = BTreeMap::new();
        for (group, cached) in groups {
            let fresh = cached.filter(|cached| now.duration_since(cached.at) < fresh_for);
            let members = match fresh {
                Some(cached) => Fact::Known(cached.members),
                None => read(self.stores(), self.forge(), installation, &group, now).await?,
            };
            found.insert(group.to_string(), named(members));
        }
        Ok(found)
    }
}

/// Reads a group's members from the forge and remembers them.
async fn read<S: Stores, F: Forge>(
    stores: &S,
    forge: &F,
    installation: u64,
    group: &Group,
    now: Timestamp,
) -> Result<Fact<Vec<Identity>>, Failure> {
    match forge.members(installation, group).await {
        Ok(members) => {
            let key = group.to_string();
            let cached = CachedGroup { members: members.clone(), at: now };
            stores.service(move |store| store.set_group(installation, &key, &cached)).await?;
            Ok(Fact::Known(members))
        }
        // What passes is tried again: nothing else would ask for it before the next event.
        Err(error) if error.is_passing() => Err(error.into()),
        Err(error) => Ok(Fact::Unknown(error.to_string())),
    }
}

/// Returns every group that a policy names.
pub(super) fn groups(policy: &Policy) -> BTreeSet<Group> {
    let teams = policy.roles.values().flat_map(|role| &role.github_teams);
    let teams = teams.filter_map(|team| Group::from_key(&format!("github-team:{team}")));
    teams.chain(policy.github_orgs.iter().cloned().map(Group::Organization)).collect()
}

/// Returns the members as facts name them. Bots are nobody's colleagues.
fn named(members: Fact<Vec<Identity>>) -> Fact<Vec<String>> {
    match members {
        Fact::Unknown(cause) => Fact::Unknown(cause),
        Fact::Known(members) => {
            let humans = members.iter().filter(|member| member.kind == Some(AccountKind::Human));
            let mut names: Vec<String> =
                humans.filter_map(|member| member.account.as_ref()).map(Account::folded).collect();
            names.sort_unstable();
            names.dedup();
            Fact::Known(names)
        }
    }
}
