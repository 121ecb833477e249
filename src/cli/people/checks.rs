//! Whether the people whom a policy names can give what its gates ask for. Pure.

use jiff::{Timestamp, ToSpan as _};

use crate::model::{Method, Presence};
use crate::policy::{Person, PersonKey, Policy, Problem};
use crate::render::checkup::Finding;
use crate::render::roster::{assurance, roles_of};
use crate::render::text::counted;

/// The loader's warnings that are about people.
const ABOUT_PEOPLE: [&str; 4] = ["account-without-id", "person-is-actor", "repeated-entry", "shared-name"];

/// How long before its end a key is worth a remark, in hours.
const SOON: i64 = 30 * 24;

/// Returns what was found: first the requirements, then overrides, people and keys.
#[must_use]
pub fn check(policy: &Policy, warnings: &[Problem], now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    requirements(policy, now, &mut findings);
    overrides(policy, now, &mut findings);
    people(policy, now, &mut findings);
    for warning in warnings.iter().filter(|warning| ABOUT_PEOPLE.contains(&warning.code)) {
        let repair = warning.hint.clone().or_else(|| warning.consequence.clone()).unwrap_or_default();
        let message = format!("{} (line {})", warning.message, warning.line);
        findings.push(Finding::remark(warning.code, message, repair));
    }
    findings
}

/// Those whom the policy names as holders of a role; `None` where members of a team hold it too,
/// or everybody does whom an organization has.
fn named_holders<'p>(policy: &'p Policy, role: &str) -> Option<Vec<(&'p str, &'p Person)>> {
    match policy.roles.get(role) {
        Some(held) if !held.github_teams.is_empty() => None,
        Some(held) => Some(
            held.people
                .iter()
                .filter_map(|id| policy.people.get_key_value(id))
                .map(|(id, person)| (id.as_str(), person))
                .collect(),
        ),
        None if role == "member" && !policy.github_orgs.is_empty() => None,
        None if role == "member" => Some(policy.people.iter().map(|(id, person)| (id.as_str(), person)).collect()),
        None => Some(Vec::new()),
    }
}

fn is_valid(key: &PersonKey, now: Timestamp) -> bool {
    key.valid_after.is_none_or(|since| since <= now) && key.valid_before.is_none_or(|until| now < until)
}

/// Tells whether a person can sign now, by some accepted method, with so much presence.
fn can_sign(policy: &Policy, person: &Person, presence: Presence, now: Timestamp) -> bool {
    let accepts = |method: Method| policy.sign_offs.accept.contains(&method);
    let mut keys = person.keys.iter().filter(|key| is_valid(key, now));
    let shows_presence = |key: &PersonKey| presence == Presence::None || assurance(key) == "security-key";
    (accepts(Method::Signature) && keys.any(shows_presence))
        || (accepts(Method::Passkey) && !person.passkeys.is_empty())
        || (accepts(Method::ForgeReview)
            && presence == Presence::None
            && person.accounts.iter().any(|(account, _)| account.provider != "plain"))
}

/// Tells whether a person can give an override now: those are signatures, whatever is accepted.
fn can_override(person: &Person, presence: Presence, now: Timestamp) -> bool {
    let shows_presence = |key: &PersonKey| presence == Presence::None || assurance(key) == "security-key";
    person.keys.iter().any(|key| is_valid(key, now) && shows_presence(key)) || !person.passkeys.is_empty()
}

fn with_presence(presence: Presence) -> &'static str {
    match presence {
        Presence::None => "",
        Presence::Touch => " with a touch",
        Presence::Verified => " with a PIN or fingerprint",
    }
}

fn requirements(policy: &Policy, now: Timestamp, findings: &mut Vec<Finding>) {
    for gate in &policy.gates {
        for requirement in &gate.require {
            let role = &requirement.role;
            let needed = usize::try_from(requirement.count).unwrap_or(usize::MAX);
            let asked =
                format!("gate \"{}\" needs {needed} of role {role}{}", gate.name, with_presence(requirement.presence));
            let Some(holders) = named_holders(policy, role) else {
                findings.push(Finding::well("requirement", format!("{asked}: a team holds it")));
                continue;
            };
            let able = holders.iter().filter(|(_, person)| can_sign(policy, person, requirement.presence, now));
            let able: Vec<&str> = able.map(|(id, _)| *id).collect();
            findings.push(match able.len() {
                number if number < needed => Finding::hole(
                    "requirement-unreachable",
                    format!("{asked}, but {} can sign", only(&able)),
                    "nothing can ever pass: enroll keys, or name more people in the role",
                ),
                number if number == needed => Finding::remark(
                    "requirement-tight",
                    format!("{asked}, and nobody but {} can sign", listed(&able)),
                    "a change of theirs can pass by an override only: name one more person",
                ),
                number => Finding::well("requirement", format!("{asked}: {number} can sign")),
            });
        }
    }
}

fn only(ids: &[&str]) -> String {
    if ids.is_empty() { "nobody".to_owned() } else { format!("only {}", listed(ids)) }
}

fn listed(ids: &[&str]) -> String {
    match ids {
        ids if ids.len() <= 4 => ids.join(", "),
        ids => counted(ids.len(), "of them"),
    }
}

fn overrides(policy: &Policy, now: Timestamp, findings: &mut Vec<Finding>) {
    let rules = &policy.overrides;
    let Some(holders) = named_holders(policy, &rules.role) else { return };
    let able = holders.iter().filter(|(_, person)| can_override(person, rules.presence, now));
    let able: Vec<&str> = able.map(|(id, _)| *id).collect();
    let needed = usize::try_from(rules.approvals).unwrap_or(usize::MAX);
    let asked = format!("an override needs {needed} of role {}{}", rules.role, with_presence(rules.presence));
    findings.push(match able.len() {
        number if number < needed => Finding::hole(
            "override-unreachable",
            format!("{asked}, but {} can sign one", only(&able)),
            "in an emergency nothing could pass: enroll keys, or name more people",
        ),
        number if number == needed => Finding::remark(
            "override-tight",
            format!("{asked}, and nobody but {} can sign one", listed(&able)),
            "while they are away, nobody can override: name one more person",
        ),
        number => Finding::well("override", format!("{asked}: {number} can sign one")),
    });
}

fn people(policy: &Policy, now: Timestamp, findings: &mut Vec<Finding>) {
    for (id, person) in &policy.people {
        let roles = roles_of(policy, id);
        if roles.is_empty() {
            continue;
        }
        let held = roles.join(", ");
        if person.keys.is_empty() && person.passkeys.is_empty() {
            findings.push(Finding::remark(
                "holder-without-key",
                format!("{id} holds {held} without a key or passkey"),
                "`ssh-keygen -t ed25519-sk` makes one; its .pub goes under `keys`",
            ));
        } else if only_software(person) && asks_presence(policy, &roles) {
            findings.push(Finding::remark(
                "holder-without-presence",
                format!("{id} holds {held}, where presence is asked for, with software keys only"),
                "none of theirs counts there: enroll one of `ssh-keygen -t ed25519-sk`",
            ));
        } else {
            findings.push(Finding::well("holder", format!("{id} holds {held} and has a key")));
        }
        person.keys.iter().for_each(|key| validity(id, key, now, findings));
    }
    if !policy.gates.iter().any(|gate| gate.require.iter().any(|requirement| requirement.presence != Presence::None)) {
        findings.push(Finding::remark(
            "presence-not-asked",
            "no gate asks for presence: an agent on a reviewer's machine can sign with their key",
            "set `presence: touch` in requirements of the gates that matter",
        ));
    }
}

fn only_software(person: &Person) -> bool {
    person.passkeys.is_empty() && person.keys.iter().all(|key| assurance(key) == "software")
}

/// Tells whether some gate, or an override, asks one of these roles for presence.
fn asks_presence(policy: &Policy, roles: &[&str]) -> bool {
    let mut requirements = policy.gates.iter().flat_map(|gate| &gate.require);
    requirements.any(|asked| asked.presence != Presence::None && roles.contains(&asked.role.as_str()))
        || (policy.overrides.presence != Presence::None && roles.contains(&policy.overrides.role.as_str()))
}

fn validity(id: &str, key: &PersonKey, now: Timestamp, findings: &mut Vec<Finding>) {
    let fingerprint = &key.fingerprint;
    let soon = now.checked_add(SOON.hours()).unwrap_or(now);
    match (key.valid_after, key.valid_before) {
        (_, Some(until)) if until <= now => findings.push(Finding::remark(
            "key-expired",
            format!("{id}'s key {fingerprint} expired at {until}"),
            "take it out when a new one is enrolled; what it signed no longer counts",
        )),
        (_, Some(until)) if until <= soon => findings.push(Finding::remark(
            "key-expires-soon",
            format!("{id}'s key {fingerprint} expires at {until}"),
            "enroll the next one before that",
        )),
        (Some(since), _) if since > now => findings.push(Finding::remark(
            "key-not-yet-valid",
            format!("{id}'s key {fingerprint} is not valid before {since}"),
            "nothing to do if that is meant",
        )),
        _ => {}
    }
}
