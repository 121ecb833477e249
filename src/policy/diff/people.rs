//! Differences of people, roles, agents and robots.
//!
//! To be known is to be allowed to contribute, and to be forgotten is to be judged as a stranger:
//! which of the two is looser depends on what happens to strangers.

use std::collections::BTreeMap;

use super::{Changes, added};
use crate::model::Account;
use crate::policy::problem::shown;
use crate::policy::{ActorRule, Person, PersonKey, Policy, Role, UnknownContributor, pattern};

/// What happens, under the new policy, to people who are not listed any more.
#[derive(Debug, Clone, Copy)]
struct Strangers {
    /// Their changes may pass all the same, or they are members of a team or organization and so
    /// people of their own: then what one person was, are two.
    may_pass: bool,
}

impl Strangers {
    fn of(policy: &Policy) -> Self {
        let has_outsiders =
            !policy.github_orgs.is_empty() || policy.roles.values().any(|role| !role.github_teams.is_empty());
        Self { may_pass: has_outsiders || policy.unknown_contributor != UnknownContributor::Refuse }
    }
}

/// Compares everybody.
pub(super) fn people(old: &Policy, new: &Policy, changes: &mut Changes) {
    let strangers = Strangers::of(new);
    for (id, person) in &old.people {
        match new.people.get(id) {
            Some(other) => compare(id, person, other, strangers, changes),
            None => {
                changes.add(strangers.may_pass, subject(id), format!("`{}` is not listed any more", shown(id)));
            }
        }
    }
    for id in new.people.keys().filter(|id| !old.people.contains_key(*id)) {
        changes.add(true, subject(id), format!("`{}` is listed, and may contribute and be a member", shown(id)));
    }
}

fn subject(id: &str) -> String {
    format!("people.{}", shown(id))
}

fn compare(id: &str, old: &Person, new: &Person, strangers: Strangers, changes: &mut Changes) {
    let who = shown(id);
    let at = |key: &str| format!("{}.{key}", subject(id));
    if old.name != new.name {
        // Names disqualify where nothing else matches, and make known who was not.
        let sentence = format!("`{who}` is called \"{}\" instead of \"{}\"", shown(&new.name), shown(&old.name));
        changes.add(true, at("name"), sentence);
    }
    for email in added(&new.emails, &old.emails) {
        let sentence = format!("commits under {} no longer count as those of `{who}`", shown(email));
        changes.add(strangers.may_pass, at("emails"), sentence);
    }
    for email in added(&old.emails, &new.emails) {
        changes.add(true, at("emails"), format!("commits under {} count as those of `{who}`", shown(email)));
    }
    accounts(id, old, new, strangers, changes);
    for key in &old.keys {
        if !new.keys.iter().any(|other| other.fingerprint == key.fingerprint) {
            let sentence = format!("`{who}` no longer has the key {}", key.fingerprint);
            changes.add(strangers.may_pass, at("keys"), sentence);
        }
    }
    for key in &new.keys {
        match old.keys.iter().find(|other| other.fingerprint == key.fingerprint) {
            None => changes.add(true, at("keys"), format!("`{who}` can sign with the key {}", key.fingerprint)),
            Some(before) => conditions(id, before, key, changes),
        }
    }
    for passkey in &old.passkeys {
        if !new.passkeys.iter().any(|other| other.id == passkey.id) {
            let sentence = format!("`{who}` no longer has the passkey {}", shown(&passkey.id));
            changes.add(strangers.may_pass, at("passkeys"), sentence);
        }
    }
    for passkey in &new.passkeys {
        let is_known = old.passkeys.iter().any(|other| {
            other.id == passkey.id && other.public_key == passkey.public_key && other.rp_id == passkey.rp_id
        });
        if !is_known {
            changes.add(true, at("passkeys"), format!("`{who}` can sign with the passkey {}", shown(&passkey.id)));
        }
    }
}

fn accounts(id: &str, old: &Person, new: &Person, strangers: Strangers, changes: &mut Changes) {
    let who = shown(id);
    let subject = format!("{}.accounts", subject(id));
    let find = |person: &Person, account: &Account| {
        person.accounts.iter().find(|(other, _)| other.folded() == account.folded()).map(|(_, id)| *id)
    };
    for (account, _) in &old.accounts {
        if find(new, account).is_none() {
            let sentence = format!("{} no longer belongs to `{who}`", shown(&account.to_string()));
            changes.add(strangers.may_pass, subject.clone(), sentence);
        }
    }
    for (account, number) in &new.accounts {
        let name = shown(&account.to_string());
        match (find(old, account), number) {
            (None, _) => {
                changes.add(true, subject.clone(), format!("{name} belongs to `{who}`, and can sign for them"))
            }
            (Some(before), after) if before == *after => {}
            (Some(None), Some(_)) => {
                changes.add(false, subject.clone(), format!("{name} of `{who}` is also recognized by its id"));
            }
            (Some(_), None) => {
                changes.add(true, subject.clone(), format!("{name} of `{who}` is recognized by its login alone"));
            }
            (Some(_), Some(_)) => changes.add(true, subject.clone(), format!("{name} of `{who}` has another id")),
        }
    }
}

/// Compares the conditions of one key.
fn conditions(id: &str, old: &PersonKey, new: &PersonKey, changes: &mut Changes) {
    let subject = format!("{}.keys", subject(id));
    let key = format!("the key {} of `{}`", new.fingerprint, shown(id));
    if old.application != new.application {
        let loosens = old.application.is_some();
        changes.add(loosens, subject.clone(), format!("{key} is for another application"));
    }
    if old.valid_after != new.valid_after {
        // None is the beginning of time.
        let loosens = new.valid_after < old.valid_after;
        changes.add(loosens, subject.clone(), format!("{key} counts from {} on", when(new.valid_after)));
    }
    if old.valid_before != new.valid_before {
        let loosens = match (old.valid_before, new.valid_before) {
            (Some(before), Some(after)) => after > before,
            (_, after) => after.is_none(),
        };
        changes.add(loosens, subject, format!("{key} counts until {}", when(new.valid_before)));
    }
}

fn when(time: Option<jiff::Timestamp>) -> String {
    time.map_or_else(|| "ever".to_owned(), |time| time.to_string())
}

/// Compares all roles.
pub(super) fn roles(old: &Policy, new: &Policy, changes: &mut Changes) {
    let nothing = Role::default();
    for (name, role) in &old.roles {
        let after = new.roles.get(name);
        if after.is_none() {
            // Without `policy-owner` the override's role owns the policy; without `member` it is
            // everybody.
            let is_special = matches!(name.as_str(), "policy-owner" | "member");
            let loosens = is_special || (!role.github_teams.is_empty() && Strangers::of(new).may_pass);
            changes.add(loosens, format!("roles.{}", shown(name)), format!("the role `{}` is removed", shown(name)));
        } else {
            members(name, role, after.unwrap_or(&nothing), new, changes);
        }
    }
    for (name, role) in new.roles.iter().filter(|(name, _)| !old.roles.contains_key(*name)) {
        let takes_effect = name == "policy-owner" || *name == new.overrides.role || !role.github_teams.is_empty();
        changes.add(takes_effect, format!("roles.{}", shown(name)), format!("the role `{}` is new", shown(name)));
    }
}

fn members(name: &str, old: &Role, new: &Role, policy: &Policy, changes: &mut Changes) {
    let role = shown(name);
    let subject = format!("roles.{role}");
    for person in added(&old.people, &new.people) {
        changes.add(true, subject.clone(), format!("`{}` holds the role `{role}`", shown(person)));
    }
    for person in added(&new.people, &old.people) {
        changes.add(false, subject.clone(), format!("`{}` no longer holds the role `{role}`", shown(person)));
    }
    for team in added(&old.github_teams, &new.github_teams) {
        changes.add(true, subject.clone(), format!("the team {} holds the role `{role}`", shown(team)));
    }
    for team in added(&new.github_teams, &old.github_teams) {
        let loosens = policy.unknown_contributor != UnknownContributor::Refuse;
        changes.add(loosens, subject.clone(), format!("the team {} no longer holds the role `{role}`", shown(team)));
    }
}

/// Compares agents and robots. Of agents more is asked, of robots less.
pub(super) fn actors(old: &Policy, new: &Policy, changes: &mut Changes) {
    patterns(&old.agents, &new.agents, "agent", |is_new, _| !is_new, changes);
    let robot_loosens = |is_new: bool, rule: &ActorRule| {
        is_new || new.unknown_contributor != UnknownContributor::Refuse || matches_somebody(rule, new)
    };
    patterns(&old.robots, &new.robots, "robot", robot_loosens, changes);
}

/// Tells whether a listed person matches a rule: without it that person can sign.
fn matches_somebody(rule: &ActorRule, policy: &Policy) -> bool {
    policy.people.values().any(|person| {
        let email = |wanted: &String| person.emails.iter().any(|email| pattern::matches(wanted, email));
        let name = |wanted: &String| pattern::matches(wanted, &person.name);
        let account = |(provider, login): &(String, String)| {
            person
                .accounts
                .iter()
                .any(|(account, _)| account.provider == *provider && pattern::matches(login, &account.login))
        };
        rule.emails.iter().any(email) || rule.names.iter().any(name) || rule.accounts.iter().any(account)
    })
}

/// Compares the patterns of all agents or robots.
fn patterns(
    old: &[ActorRule],
    new: &[ActorRule],
    kind: &str,
    loosens: impl Fn(bool, &ActorRule) -> bool,
    changes: &mut Changes,
) {
    let by_id = |rules: &[ActorRule]| -> BTreeMap<String, ActorRule> {
        rules.iter().map(|rule| (rule.id.clone(), rule.clone())).collect()
    };
    let (old, new) = (by_id(old), by_id(new));
    for (id, rule) in &old {
        let at = format!("{kind}s.{}", shown(id));
        match new.get(id) {
            None => changes.add(loosens(false, rule), at, format!("the {kind} `{}` is removed", shown(id))),
            Some(after) => {
                for text in written(rule).iter().filter(|text| !written(after).contains(text)) {
                    let sentence = format!("the {kind} `{}` is no longer recognized by {}", shown(id), shown(text));
                    changes.add(loosens(false, rule), at.clone(), sentence);
                }
                for text in written(after).iter().filter(|text| !written(rule).contains(text)) {
                    let sentence = format!("the {kind} `{}` is recognized by {}", shown(id), shown(text));
                    changes.add(loosens(true, after), at.clone(), sentence);
                }
            }
        }
    }
    for (id, rule) in new.iter().filter(|(id, _)| !old.contains_key(*id)) {
        changes.add(
            loosens(true, rule),
            format!("{kind}s.{}", shown(id)),
            format!("the {kind} `{}` is new", shown(id)),
        );
    }
}

/// Returns all patterns of a rule, each with the key under which it stands.
fn written(rule: &ActorRule) -> Vec<String> {
    let list = |key: &str, texts: &[String]| texts.iter().map(|text| format!("{key} {text}")).collect::<Vec<_>>();
    let mut all = list("e-mail", &rule.emails);
    all.extend(list("name", &rule.names));
    all.extend(list("trailer", &rule.trailers));
    all.extend(rule.accounts.iter().map(|(provider, login)| format!("account {provider}:{login}")));
    all.extend(list("key", &rule.keys));
    all
}
