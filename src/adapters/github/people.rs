//! Members of teams and organizations.

use super::accounts::User;
use super::client::{Caller, Client};
use super::names::segment;
use super::pages::Next;
use crate::forge::{ForgeError, Group};
use crate::model::Identity;

/// Lists the members of a group. A team's list holds those of its child teams, too (GitHub docs,
/// "List team members").
pub(super) async fn members(client: &Client, installation: u64, group: &Group) -> Result<Vec<Identity>, ForgeError> {
    let path = match group {
        Group::Organization(organization) => format!("/orgs/{}/members?per_page=100", segment(organization)),
        Group::Team { organization, slug } => {
            format!("/orgs/{}/teams/{}/members?per_page=100", segment(organization), segment(slug))
        }
    };
    let mut members = Vec::new();
    client
        .list(Caller::Installation(installation), &path, |page: Vec<User>| {
            members.extend(page.iter().map(User::identity));
            Next::On
        })
        .await?;
    // Somebody who joins while the pages are read can stand on two of them.
    members.sort();
    members.dedup();
    Ok(members)
}
