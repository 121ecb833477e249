//! Who there is on the fake: accounts, organizations with the app installed, teams.

use super::world::{Installation, Organization, Team, User, World};
use super::{Fake, bodies};

/// What an app is granted that was set up as the manual says.
const GRANTED: [(&str, &str); 11] = [
    ("actions", "read"),
    ("administration", "read"),
    ("checks", "write"),
    ("contents", "read"),
    ("deployments", "write"),
    ("issues", "write"),
    ("members", "read"),
    ("merge_queues", "read"),
    ("metadata", "read"),
    ("pull_requests", "write"),
    ("statuses", "write"),
];

impl Fake {
    /// Makes an account of a human being, if it is not there; returns its number.
    pub fn user(&self, login: &str) -> u64 {
        account(&mut self.world(), login, "User")
    }

    /// Makes a bot; its login ends with `[bot]`.
    pub fn bot(&self, login: &str) -> u64 {
        account(&mut self.world(), login, "Bot")
    }

    /// Makes an organization, with the app installed.
    pub fn organization(&self, login: &str, members: &[&str]) -> u64 {
        let mut world = self.world();
        let id = account(&mut world, login, "Organization");
        let members = members.iter().map(|member| account(&mut world, member, "User")).collect();
        world.organizations.push(Organization { id, login: login.to_owned(), members, teams: Vec::new() });
        install(&mut world, login);
        id
    }

    /// Makes a team.
    pub fn team(&self, organization: &str, slug: &str, parent: Option<&str>, members: &[&str]) {
        let mut world = self.world();
        let members = members.iter().map(|member| account(&mut world, member, "User")).collect();
        let team = Team { slug: slug.to_owned(), parent: parent.map(str::to_owned), members };
        world.organizations.iter_mut().find(|one| one.login == organization).unwrap().teams.push(team);
    }

    /// Puts a user into a team or takes one out.
    pub fn set_membership(&self, organization: &str, slug: &str, login: &str, is_member: bool) {
        let mut world = self.world();
        let user = account(&mut world, login, "User");
        let teams = &mut world.organizations.iter_mut().find(|one| one.login == organization).unwrap().teams;
        let team = teams.iter_mut().find(|team| team.slug == slug).unwrap();
        team.members.retain(|member| *member != user);
        if is_member {
            team.members.push(user);
        }
        let action = if is_member { "added" } else { "removed" };
        let body = bodies::membership(&world, organization, slug, user, action);
        self.outbox.put(&mut world, "membership", body);
    }
}

/// Makes an account if it is not there.
fn account(world: &mut World, login: &str, kind: &'static str) -> u64 {
    if let Some(user) = world.users.iter().find(|user| user.login == login) {
        return user.id;
    }
    let id = world.number();
    world.users.push(User { id, login: login.to_owned(), kind });
    id
}

/// Installs the app for an owner, if it is not there.
pub fn install(world: &mut World, owner: &str) -> u64 {
    if let Some(id) = world.installation_of(owner) {
        return id;
    }
    let id = world.number();
    let permissions = GRANTED.iter().map(|(name, level)| ((*name).to_owned(), (*level).to_owned())).collect();
    let left_out = std::collections::HashSet::default();
    world
        .installations
        .insert(id, Installation { id, owner: owner.to_owned(), permissions, suspended: false, left_out });
    id
}
