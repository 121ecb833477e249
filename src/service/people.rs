//! Who is a member of the teams and organizations that a policy names.
//!
//! Members are read from the forge and remembered for a while. What cannot be read is unknown: a
//! list that is too old could still hold somebody who was removed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::failure::Failure;
use super::stores::Stores;
use crate::facts::Fact;
use crate::forge::{Forge, Group};
use crate::inbox::CachedGroup;
use crate::model::{Account, AccountKind, Identity};
use crate::policy::Policy;

/// Returns the members of every group that the policy names, by the group's key in the facts.
///
/// # Errors
/// [`Failure::Store`] when the store cannot be read.
pub async fn memberships<S: Stores, F: Forge>(
    stores: &S,
    forge: &F,
    installation: u64,
    policy: &Policy,
    now: Timestamp,
    fresh_for: SignedDuration,
) -> Result<BTreeMap<String, Fact<Vec<String>>>, Failure> {
    let mut found = BTreeMap::new();
    for group in groups(policy) {
        let key = group.to_string();
        let asked = key.clone();
        let cached = stores.service(move |store| store.group(installation, &asked)).await?;
        let fresh = cached.filter(|cached| now.duration_since(cached.at) < fresh_for);
        let members = match fresh {
            Some(cached) => Fact::Known(cached.members),
            None => read(stores, forge, installation, &group, now).await?,
        };
        found.insert(key, named(members));
    }
    Ok(found)
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
        Err(error) => Ok(Fact::Unknown(error.to_string())),
    }
}

/// Returns every group that a policy names.
fn groups(policy: &Policy) -> BTreeSet<Group> {
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
