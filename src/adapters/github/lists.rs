//! Lists of the REST API that are about repositories and their refs.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::accounts::{User, ghost};
use super::client::{Caller, Client};
use super::pages::Next;
use super::redaction::quote;
use crate::forge::{ForgeError, LandedChange, RefPush, RepositoryId};
use crate::model::Oid;

/// An entry of a repository's activity.
#[derive(Deserialize)]
struct Activity {
    before: String,
    after: String,
    timestamp: Timestamp,
    actor: Option<User>,
}

#[derive(Deserialize)]
struct MergedPull {
    number: u64,
    head: Head,
    merged_at: Option<Timestamp>,
    merge_commit_sha: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    sha: String,
}

#[derive(Deserialize)]
struct Installation {
    id: u64,
    suspended_at: Option<Value>,
}

#[derive(Deserialize)]
struct Reached {
    repositories: Vec<Number>,
}

#[derive(Deserialize)]
struct Number {
    id: u64,
}

/// Lists the moves of a ref, the latest first: back to the one that led to `until`, or all of them
/// when none did; without `until` the latest hundred.
pub(super) async fn pushes(
    client: &Client,
    id: RepositoryId,
    name: &str,
    until: Option<Oid>,
) -> Result<Vec<RefPush>, ForgeError> {
    let below = format!("/activity?ref={}&per_page=100", super::names::segment(name));
    let mut pushes = Vec::new();
    let mut unreadable = None;
    client
        .list_in_repository(id, &below, |page: Vec<Activity>| {
            for activity in page {
                match push(activity) {
                    Ok(push) => pushes.push(push),
                    Err(error) => unreadable = Some(error),
                }
                let is_found = until.is_some() && pushes.last().is_some_and(|push: &RefPush| push.new == until);
                if is_found || unreadable.is_some() {
                    return Next::Enough;
                }
            }
            if until.is_none() { Next::Enough } else { Next::On }
        })
        .await?;
    unreadable.map_or(Ok(pushes), Err)
}

fn push(activity: Activity) -> Result<RefPush, ForgeError> {
    Ok(RefPush {
        old: present(&activity.before)?,
        new: present(&activity.after)?,
        account: activity.actor.as_ref().map_or_else(ghost, User::identity),
        at: activity.timestamp,
    })
}

/// Reads a commit's name, for which zeros stand where there is none.
fn present(text: &str) -> Result<Option<Oid>, ForgeError> {
    let oid: Oid = text.parse().map_err(|_| ForgeError::Unreadable(format!("{} is no object's name", quote(text))))?;
    Ok(Some(oid).filter(|oid| !oid.is_zero()))
}

/// Lists the merged pull requests that a commit came from.
pub(super) async fn landed_by(client: &Client, id: RepositoryId, commit: Oid) -> Result<Vec<LandedChange>, ForgeError> {
    let mut pulls = Vec::new();
    client
        .list_in_repository(id, &format!("/commits/{commit}/pulls?per_page=100"), |page: Vec<MergedPull>| {
            pulls.extend(page);
            Next::On
        })
        .await?;
    let mut landed = Vec::new();
    for pull in pulls.into_iter().filter(|pull| pull.merged_at.is_some()) {
        let merged_as = pull.merge_commit_sha.as_deref().map(present).transpose()?.flatten();
        if let (Some(head), Some(merged_as)) = (present(&pull.head.sha)?, merged_as) {
            landed.push(LandedChange { number: pull.number, head, merged_as });
        }
    }
    Ok(landed)
}

/// Lists every repository of every installation that is in use.
pub(super) async fn repositories(client: &Client) -> Result<Vec<RepositoryId>, ForgeError> {
    let mut installations = Vec::new();
    client
        .list(Caller::App, "/app/installations?per_page=100", |page: Vec<Installation>| {
            let in_use = page.into_iter().filter(|one| one.suspended_at.as_ref().is_none_or(Value::is_null));
            installations.extend(in_use.map(|one| one.id));
            Next::On
        })
        .await?;
    let mut repositories = Vec::new();
    for installation in installations {
        let reached = client
            .list(Caller::Installation(installation), "/installation/repositories?per_page=100", |page: Reached| {
                repositories
                    .extend(page.repositories.iter().map(|one| RepositoryId { installation, repository: one.id }));
                Next::On
            })
            .await;
        match reached {
            // It was removed or suspended in this moment.
            Ok(()) | Err(ForgeError::NotInstalled(_)) => {}
            Err(error) => return Err(error),
        }
    }
    repositories.sort_unstable();
    repositories.dedup();
    Ok(repositories)
}
