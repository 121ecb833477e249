//! The sections `roles` and `roster`: who holds what, and whose members are people.

use std::ops::Range;

use super::draft::{Draft, Placed, RolePlaces};
use super::people::{id_is_fine, wildcard};
use crate::policy::Role;
use crate::policy::problem::{Problems, shown};
use crate::policy::read;
use crate::policy::shape::{ROLE, ROSTER};
use crate::policy::yaml::Node;

/// Reads all roles.
pub(super) fn read(node: &Node<'_>, draft: &mut Draft, problems: &mut Problems) {
    let Some(entries) = read::entries(node, "a mapping from names to roles", problems) else {
        draft.roles_incomplete = true;
        return;
    };
    for entry in entries {
        if !id_is_fine(&entry.key, &entry.at, "the name of a role", problems) {
            draft.roles_incomplete = true;
            continue;
        }
        let mut role = Role::default();
        let mut places = RolePlaces { at: entry.at.clone(), people: Vec::new(), complete: true };
        match read::fields(&entry.value, &ROLE, problems) {
            Some(fields) => {
                if let Some(node) = fields.value("people") {
                    people(node, &mut role, &mut places, problems);
                }
                if let Some(node) = fields.value("github-teams") {
                    places.complete &= teams(node, &mut role, problems);
                }
            }
            None => places.complete = false,
        }
        draft.roles.insert(entry.key.to_string(), role);
        draft.roles_at.insert(entry.key.to_string(), places);
    }
}

fn people(node: &Node<'_>, role: &mut Role, places: &mut RolePlaces, problems: &mut Problems) {
    let Some(items) = read::list(node, "people", problems) else {
        places.complete = false;
        return;
    };
    for item in items {
        let Some(id) = read::visible(item, "a person's id", problems) else {
            places.complete = false;
            continue;
        };
        if id.contains('*') {
            wildcard(id, &item.span, "a person's id", problems);
            places.complete = false;
        } else if role.people.iter().any(|other| other == id) {
            repeated(id, &item.span, problems);
        } else {
            role.people.push(id.to_owned());
            places.people.push(Placed { value: id.to_owned(), at: item.span.clone() });
        }
    }
}

/// Reads teams; false when one could not be read.
fn teams(node: &Node<'_>, role: &mut Role, problems: &mut Problems) -> bool {
    let Some(items) = read::list(node, "teams", problems) else { return false };
    let before = role.github_teams.len();
    let mut repeats = 0;
    for item in items {
        let Some(team) = read::visible(item, "a team", problems) else { continue };
        if team.contains('*') {
            wildcard(team, &item.span, "a team", problems);
        } else if !team.split_once('/').is_some_and(|(org, team)| is_slug(org) && is_slug(team)) {
            problems
                .error("team-invalid", &item.span, format!("`{}` is no team", shown(team)))
                .hint("write `ORGANIZATION/TEAM` as in the team's URL");
        } else if role.github_teams.iter().any(|other| other == team) {
            repeated(team, &item.span, problems);
            repeats += 1;
        } else {
            role.github_teams.push(team.to_owned());
        }
    }
    role.github_teams.len() - before + repeats == items.len()
}

/// Warns of an entry that stands in a list already.
pub(super) fn repeated(text: &str, at: &Range<usize>, problems: &mut Problems) {
    problems.warning("repeated-entry", at, format!("`{}` stands in this list already", shown(text)));
}

/// Reads `roster`.
pub(super) fn read_roster(node: &Node<'_>, draft: &mut Draft, problems: &mut Problems) {
    let Some(fields) = read::fields(node, &ROSTER, problems) else {
        draft.people_incomplete = true;
        return;
    };
    let Some(items) = fields.value("github-orgs").and_then(|node| read::list(node, "organizations", problems)) else {
        return;
    };
    for item in items {
        let Some(org) = read::visible(item, "an organization", problems) else { continue };
        if org.contains('*') {
            wildcard(org, &item.span, "an organization", problems);
        } else if !is_slug(org) {
            problems
                .error("org-invalid", &item.span, format!("`{}` is no organization", shown(org)))
                .hint("write its login alone, as in its URL");
        } else if draft.github_orgs.iter().any(|other| other == org) {
            repeated(org, &item.span, problems);
        } else {
            draft.github_orgs.push(org.to_owned());
        }
    }
}

/// Tells whether a text can be an organization's login or a team's name in a URL.
fn is_slug(text: &str) -> bool {
    let fine = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !text.is_empty() && text.len() <= 100 && text.chars().all(fine)
}
