//! The second stage: does what was read fit together? Who is named must exist, who is asked for
//! must be able to sign, and what is doubtful is said.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Mention};
use super::sharing;
use crate::model::{Method, Presence, terminal_safe};
use crate::policy::problem::Problems;
use crate::policy::suggest::nearest;
use crate::policy::{Person, Policy, Role};

/// The role that everybody holds unless the policy defines it.
pub(super) const MEMBER: &str = "member";

/// Who there is and who holds what.
pub(super) struct Roll<'p> {
    people: &'p BTreeMap<String, Person>,
    roles: &'p BTreeMap<String, Role>,
    github_orgs: &'p [String],
    accept: &'p [Method],
}

impl<'p> Roll<'p> {
    /// Returns the roll of a policy.
    pub(super) fn of(policy: &'p Policy) -> Self {
        Self {
            people: &policy.people,
            roles: &policy.roles,
            github_orgs: &policy.github_orgs,
            accept: &policy.sign_offs.accept,
        }
    }

    fn of_draft(draft: &'p Draft) -> Self {
        Self {
            people: &draft.people,
            roles: &draft.roles,
            github_orgs: &draft.github_orgs,
            accept: &draft.sign_offs.accept,
        }
    }

    /// Tells whether people may hold the role who are not listed under `people`.
    fn has_outside_holders(&self, role: &str) -> bool {
        match self.roles.get(role) {
            Some(role) => !role.github_teams.is_empty(),
            None => !self.github_orgs.is_empty() || self.roles.values().any(|role| !role.github_teams.is_empty()),
        }
    }

    /// Returns the listed people who hold the role.
    fn holders(&self, role: &str) -> Vec<&'p Person> {
        match self.roles.get(role) {
            Some(role) => role.people.iter().filter_map(|id| self.people.get(id)).collect(),
            None if role == MEMBER => self.people.values().collect(),
            None => Vec::new(),
        }
    }

    fn is_defined(&self, role: &str) -> bool {
        role == MEMBER || self.roles.contains_key(role)
    }
}

/// Checks everything.
pub(super) fn all(draft: &Draft, problems: &mut Problems) {
    let roll = Roll::of_draft(draft);
    sharing::check(draft, problems);
    role_members(draft, problems);
    roles_without_holders(draft, &roll, problems);
    if !draft.roles_incomplete {
        mentions(draft, &roll, problems);
        override_role(draft, &roll, problems);
    }
    holders_who_cannot_sign(draft, problems);
}

/// Every person in a role must be listed.
fn role_members(draft: &Draft, problems: &mut Problems) {
    if draft.people_incomplete {
        return;
    }
    for person in draft.roles_at.values().flat_map(|places| &places.people) {
        if draft.people.contains_key(&person.value) {
            continue;
        }
        let near = (!problems.flooded()).then(|| nearest(&person.value, few(draft.people.keys()))).flatten();
        let message = format!("nobody under `people` has the id `{}`", terminal_safe(&person.value));
        let problem = problems.error("person-undefined", &person.at, message);
        match near {
            Some(near) => problem.label(format!("did you mean `{near}`?")),
            None => problem.hint("give them an entry under `people`, or take them out"),
        };
    }
}

/// Looks for suggestions among so many names at most, to bound the work.
fn few<'n>(names: impl Iterator<Item = &'n String>) -> impl Iterator<Item = &'n str> {
    names.take(500).map(String::as_str)
}

/// A role that nobody can hold is a mistake, whether something asks for it or not.
fn roles_without_holders(draft: &Draft, roll: &Roll<'_>, problems: &mut Problems) {
    for (name, places) in &draft.roles_at {
        let nobody = draft.roles.get(name).is_some_and(|role| role.people.is_empty());
        if nobody && places.complete && !roll.has_outside_holders(name) {
            problems
                .error("role-unholdable", &places.at, format!("nobody can hold the role `{}`", terminal_safe(name)))
                .hint("name `people` or `github-teams`")
                .consequence("what asks for it could never be satisfied");
        }
    }
}

/// Every role that is asked for must be defined, held by enough people, and these able to sign.
pub(super) fn mentions(draft: &Draft, roll: &Roll<'_>, problems: &mut Problems) {
    for mention in &draft.mentions {
        if !roll.is_defined(&mention.role) {
            undefined(mention, roll, problems);
        } else if mention.role == MEMBER && !roll.roles.contains_key(MEMBER) && !draft.people_incomplete {
            if roll.people.is_empty() && !roll.has_outside_holders(MEMBER) {
                problems
                    .error("role-unholdable", &mention.at, "nobody can hold the role `member`: there is nobody")
                    .hint("name `people`, or organizations under `roster`");
                continue;
            }
            enough(mention, roll, problems);
        } else if !draft.people_incomplete {
            enough(mention, roll, problems);
        }
    }
}

fn undefined(mention: &Mention, roll: &Roll<'_>, problems: &mut Problems) {
    let names: BTreeSet<&str> = few(roll.roles.keys()).chain([MEMBER]).collect();
    let near = (!problems.flooded()).then(|| nearest(&mention.role, names.iter().copied())).flatten();
    let message = format!("the role `{}` is not defined", terminal_safe(&mention.role));
    let problem = problems.error("role-undefined", &mention.at, message);
    problem.consequence("nobody could ever satisfy it");
    match near {
        Some(near) => problem.label(format!("did you mean `{near}`?")),
        None => problem.hint(format!("define it under `roles`; there is {}", listed(&names))),
    };
}

/// Lists a few names for a message.
fn listed(names: &BTreeSet<&str>) -> String {
    let mut text: Vec<_> = names.iter().take(8).map(|name| format!("`{}`", terminal_safe(name))).collect();
    if names.len() > 8 {
        text.push("…".to_owned());
    }
    text.join(", ")
}

/// Warns where too few people hold a role, or none of them can show the presence asked for.
fn enough(mention: &Mention, roll: &Roll<'_>, problems: &mut Problems) {
    if roll.has_outside_holders(&mention.role) {
        return;
    }
    let holders = roll.holders(&mention.role);
    let role = terminal_safe(&mention.role);
    let there_are = u32::try_from(holders.len()).unwrap_or(u32::MAX);
    if there_are > 0 && there_are < mention.count {
        problems
            .warning("count-unreachable", &mention.count_at, format!("only {there_are} can hold the role `{role}`"))
            .consequence(format!("{} different people are asked for: nothing could ever pass", mention.count));
    }
    if mention.presence == Presence::None || holders.is_empty() {
        return;
    }
    let able = holders.iter().filter(|person| can_show_presence(person, roll.accept)).count();
    if able < usize::try_from(mention.count).unwrap_or(usize::MAX) {
        problems
            .warning(
                "presence-unreachable",
                &mention.presence_at,
                format!("of the role `{role}` only {able} have a security key or passkey"),
            )
            .hint("a key that asks for a touch begins with `sk-`: `ssh-keygen -t ed25519-sk`")
            .consequence("a signature by any other key shows no presence and would not count here");
    }
}

/// Tells whether a person has something that an accepted method can show presence with.
fn can_show_presence(person: &Person, accept: &[Method]) -> bool {
    let security_key = person.keys.iter().any(|key| key.openssh.starts_with("sk-"));
    (security_key && accept.contains(&Method::Signature))
        || (!person.passkeys.is_empty() && accept.contains(&Method::Passkey))
}

/// Without its role defined, nobody can override.
fn override_role(draft: &Draft, roll: &Roll<'_>, problems: &mut Problems) {
    let role = &draft.overrides.role;
    let named = draft.mentions.iter().any(|mention| mention.role == *role);
    if named || roll.is_defined(role) || draft.gates.is_empty() {
        return;
    }
    let at = draft.gates_at.first().cloned().unwrap_or(0..0);
    problems
        .warning("override-impossible", &at, format!("the role `{role}` is not defined: nobody can override"))
        .hint(format!("define `{role}` under `roles`, or name another role under `override`"))
        .consequence("in an emergency the only way past a gate is to change this policy");
}

/// Warns of people in roles who have nothing to sign with.
fn holders_who_cannot_sign(draft: &Draft, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for place in draft.roles_at.values().flat_map(|places| &places.people) {
        let Some(person) = draft.people.get(&place.value) else { continue };
        let means = !person.keys.is_empty() || !person.passkeys.is_empty() || !person.accounts.is_empty();
        if !means && !draft.people_incomplete && seen.insert(&place.value) {
            let id = terminal_safe(&place.value);
            problems
                .warning("holder-cannot-sign", &place.at, format!("`{id}` has no key, passkey or account"))
                .consequence("nothing that this person signs could count");
        }
    }
}
