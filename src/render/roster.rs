//! The people of a policy: who holds which role, with which keys, since when.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::text::safe;
use crate::policy::{Person, PersonKey, Policy};

/// Since when people hold their roles, by role and person.
pub type Since = BTreeMap<(String, String), Timestamp>;

/// Returns the roles that a person holds by being named, sorted.
#[must_use]
pub fn roles_of<'p>(policy: &'p Policy, id: &str) -> Vec<&'p str> {
    policy
        .roles
        .iter()
        .filter(|(_, role)| role.people.iter().any(|held| held == id))
        .map(|(name, _)| name.as_str())
        .collect()
}

/// Returns everybody, in blocks of lines.
#[must_use]
pub fn render(policy: &Policy, since: &Since, now: Timestamp) -> String {
    let mut text = String::new();
    let width = policy.people.keys().map(|id| super::text::columns(&safe(id))).max().unwrap_or(0);
    for (id, person) in &policy.people {
        let dated = |role: &str| match since.get(&(role.to_owned(), id.clone())) {
            Some(at) => format!("{role} since {}", at.strftime("%F")),
            None => role.to_owned(),
        };
        let roles: Vec<String> = roles_of(policy, id).into_iter().map(dated).collect();
        let roles = if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") };
        let id = safe(id);
        let gap = " ".repeat(width.saturating_sub(super::text::columns(&id)));
        text.push_str(&format!("{id}{gap}  {}: {}\n", safe(name_of(person, &id)), safe(&roles)));
        block(person, now, &mut text);
    }
    for (name, role) in policy.roles.iter().filter(|(_, role)| !role.github_teams.is_empty()) {
        let teams = role.github_teams.join(", ");
        text.push_str(&format!("{} is also held by the members of {} on GitHub\n", safe(name), safe(&teams)));
    }
    if !policy.github_orgs.is_empty() {
        let orgs = policy.github_orgs.join(", ");
        text.push_str(&format!("every other member of {} on GitHub is a person, too\n", safe(&orgs)));
    }
    text
}

fn name_of<'p>(person: &'p Person, id: &'p str) -> &'p str {
    if person.name.is_empty() { id } else { &person.name }
}

fn block(person: &Person, now: Timestamp, text: &mut String) {
    let mut line = |label: &str, value: &str| text.push_str(&format!("    {label:8}  {}\n", safe(value)));
    if !person.emails.is_empty() {
        line("e-mail", &person.emails.join(", "));
    }
    if !person.accounts.is_empty() {
        let shown = |(account, id): &(crate::model::Account, Option<u64>)| match id {
            Some(id) => format!("{account} (id {id})"),
            None => account.to_string(),
        };
        line("accounts", &person.accounts.iter().map(shown).collect::<Vec<_>>().join(", "));
    }
    for key in &person.keys {
        line("key", &key.fingerprint);
        line("", &described(key, now));
    }
    for passkey in &person.passkeys {
        line("passkey", &format!("{} for {}", passkey.id, passkey.rp_id));
    }
    if person.keys.is_empty() && person.passkeys.is_empty() {
        line("key", "none");
    }
}

/// Returns what a key is and when it counts.
fn described(key: &PersonKey, now: Timestamp) -> String {
    let kind = key_type(key);
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let mut text = match assurance(key) {
        "security-key" => format!("{kind}, security key: shows presence"),
        _ => format!("{kind}, software key: shows no presence"),
    };
    if let Some(since) = key.valid_after {
        text.push_str(&format!(", {} {}", if since > now { "NOT VALID BEFORE" } else { "since" }, day(since)));
    }
    if let Some(until) = key.valid_before {
        text.push_str(&format!(", {} {}", if until <= now { "EXPIRED ON" } else { "until" }, day(until)));
    }
    text
}

/// Returns the type's name as OpenSSH writes it.
#[must_use]
pub fn key_type(key: &PersonKey) -> &str {
    key.openssh.split(' ').next().unwrap_or_default()
}

/// Returns `security-key` for a key in hardware that shows presence, else `software`.
#[must_use]
pub fn assurance(key: &PersonKey) -> &'static str {
    if key.openssh.starts_with("sk-") { "security-key" } else { "software" }
}

/// Returns everybody as JSON.
#[must_use]
pub fn to_json(policy: &Policy, since: &Since) -> Value {
    let people: Vec<Value> = policy.people.iter().map(|(id, person)| person_json(policy, since, id, person)).collect();
    let roles = policy.roles.iter();
    let roles: serde_json::Map<String, Value> = roles
        .map(|(name, role)| (name.clone(), json!({ "people": role.people, "github_teams": role.github_teams })))
        .collect();
    json!({ "people": people, "roles": roles, "github_orgs": policy.github_orgs })
}

fn person_json(policy: &Policy, since: &Since, id: &str, person: &Person) -> Value {
    let key = |key: &PersonKey| {
        json!({
            "fingerprint": key.fingerprint, "type": key_type(key), "assurance": assurance(key),
            "application": key.application, "valid_after": key.valid_after, "valid_before": key.valid_before,
        })
    };
    let accounts: Vec<Value> =
        person.accounts.iter().map(|(account, id)| json!({ "account": account, "id": id })).collect();
    let passkeys: Vec<Value> =
        person.passkeys.iter().map(|passkey| json!({ "id": passkey.id, "rp_id": passkey.rp_id })).collect();
    let held: serde_json::Map<String, Value> = roles_of(policy, id)
        .into_iter()
        .map(|role| (role.to_owned(), json!(since.get(&(role.to_owned(), id.to_owned())))))
        .collect();
    json!({
        "id": id, "role_since": held, "name": person.name, "emails": person.emails, "roles": roles_of(policy, id), "accounts": accounts,
        "keys": person.keys.iter().map(key).collect::<Vec<_>>(), "passkeys": passkeys,
    })
}
