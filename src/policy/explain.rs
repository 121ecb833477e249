//! What a policy demands, in prose that somebody can read who has never seen its format.

use std::fmt::Write as _;

use super::duration::spoken;
use super::problem::shown;
use super::{
    Binding, CommitterOnly, Condition, Gate, Hints, OverrideRules, Person, Policy, Requirement, Role, SignedPushes,
    UnknownContributor, Unmarked,
};
use crate::model::{Authorship, Method, Presence};

/// The width of the text, in characters.
const WIDTH: usize = 78;
/// The most people that are listed by name.
const MOST_NAMES: usize = 12;

/// Returns what must happen for a change to pass, gate by gate; who can sign; who can override;
/// and what is protected. Plain text; what it quotes of the policy is escaped.
#[must_use]
pub fn explain(policy: &Policy) -> String {
    let mut text = String::new();
    gates(policy, &mut text);
    roles(policy, &mut text);
    sign_offs(policy, &mut text);
    overrides(policy, &mut text);
    contributors(policy, &mut text);
    protection(policy, &mut text);
    text
}

/// Writes a paragraph, wrapped and indented.
fn paragraph(indent: usize, sentence: &str, text: &mut String) {
    let margin = " ".repeat(indent);
    let mut line = margin.clone();
    for word in sentence.split(' ') {
        let is_first = line.len() == margin.len();
        if !is_first && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(text, "{line}");
            line.clone_from(&margin);
        }
        if line.len() > margin.len() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(text, "{line}");
}

fn title(title: &str, text: &mut String) {
    if !text.is_empty() {
        text.push('\n');
    }
    let _ = writeln!(text, "{title}");
}

/// Joins words as a sentence does.
fn join(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., end] => format!("{} {last} {end}", first.join(", ")),
    }
}

fn gates(policy: &Policy, text: &mut String) {
    if policy.gates.is_empty() {
        return paragraph(0, "There is no gate: every change passes everywhere.", text);
    }
    paragraph(0, "A change passes when every gate that applies to it is satisfied. What no gate names passes.", text);
    for gate in &policy.gates {
        title(&format!("Gate \"{}\"", shown(&gate.name)), text);
        paragraph(2, &gate_sentence(gate, policy), text);
    }
}

fn gate_sentence(gate: &Gate, policy: &Policy) -> String {
    let what = format!("{}{}", targets(gate), conditions(&gate.when));
    let asked: Vec<String> = gate.require.iter().map(|one| requirement(one, policy)).collect();
    if asked.is_empty() {
        return format!("{what} passes without a sign-off; the gate only protects what it names.");
    }
    let apart = if gate.distinct_people { " Nobody counts for two of these." } else { "" };
    format!("{what} needs the sign-off of {}.{apart}", join(&asked, "and of"))
}

fn targets(gate: &Gate) -> String {
    let list = |globs: &[super::glob::Glob]| -> Vec<String> { globs.iter().map(|glob| shown(glob.as_str())).collect() };
    let refs = (!gate.refs.is_empty()).then(|| format!("A change of {}", join(&list(&gate.refs), "or")));
    let environments = join(&list(&gate.environments), "or");
    match (refs, gate.environments.is_empty()) {
        (Some(refs), true) => refs,
        (Some(refs), false) => format!("{refs}, and a deployment to {environments},"),
        (None, _) => format!("A deployment to {environments}"),
    }
}

fn conditions(when: &Condition) -> String {
    let mut all = Vec::new();
    if let Some(least) = when.authorship_at_least {
        all.push(
            match least {
                Authorship::Robot => "that has a commit",
                Authorship::Unmarked => "that has a commit which is no robot's",
                Authorship::Assisted => "that an agent wrote or helped with",
                Authorship::Agent | Authorship::Undetermined => "that an agent wrote",
            }
            .to_owned(),
        );
    }
    if let Some(paths) = &when.paths {
        let globs: Vec<_> = paths.iter().map(|glob| shown(glob.as_str())).collect();
        if !paths.iter().any(|glob| glob.as_str() == "**") {
            all.push(format!("that touches {}", join(&globs, "or")));
        }
    }
    if when.destructive {
        all.push("whose plan destroys or replaces something".to_owned());
    }
    if all.is_empty() { String::new() } else { format!(" {}", join(&all, "and")) }
}

fn requirement(asked: &Requirement, policy: &Policy) -> String {
    let people = if asked.count == 1 { "1 person".to_owned() } else { format!("{} different people", asked.count) };
    let who = if asked.role == "member" && !policy.roles.contains_key("member") {
        "who is in the roster".to_owned()
    } else {
        format!("who holds the role `{}`", shown(&asked.role))
    };
    let who = if asked.count == 1 { who } else { who.replace("is in", "are in").replace("who holds", "who hold") };
    let hand = match asked.presence {
        Presence::None => "",
        Presence::Touch => ", each with a touch of a security key or passkey",
        Presence::Verified => ", each with a PIN or fingerprint at a security key or passkey",
    };
    format!("{people} {who} and did not work on it{hand}")
}

fn roles(policy: &Policy, text: &mut String) {
    title("Who holds what", text);
    for (name, role) in &policy.roles {
        let mut holders: Vec<String> = role.people.iter().map(|id| person(id, policy.people.get(id))).collect();
        cut(&mut holders);
        holders.extend(role.github_teams.iter().map(|team| format!("the members of the team {}", shown(team))));
        paragraph(2, &format!("{}: {}.", shown(name), join(&holders, "and")), text);
    }
    if !policy.roles.contains_key("member") {
        paragraph(2, &format!("member: {}.", join(&everybody(policy), "and")), text);
    }
}

/// Shortens a long list of names.
fn cut(names: &mut Vec<String>) {
    if names.len() > MOST_NAMES {
        let more = names.len() - MOST_NAMES;
        names.truncate(MOST_NAMES);
        names.push(format!("{more} more"));
    }
}

/// Says who is in the roster.
fn everybody(policy: &Policy) -> Vec<String> {
    let mut all: Vec<_> = policy.people.iter().map(|(id, person)| called(id, person)).collect();
    cut(&mut all);
    all.extend(policy.github_orgs.iter().map(|org| format!("the members of the organization {}", shown(org))));
    let mut teams: Vec<&String> = policy.roles.values().flat_map(|role: &Role| &role.github_teams).collect();
    teams.sort();
    teams.dedup();
    all.extend(teams.into_iter().map(|team| format!("the members of the team {}", shown(team))));
    if all.is_empty() {
        all.push("nobody".to_owned());
    }
    all
}

fn called(id: &str, person: &Person) -> String {
    if person.name.is_empty() { shown(id) } else { shown(&person.name) }
}

/// Names a person and what they can sign with.
fn person(id: &str, person: Option<&Person>) -> String {
    let Some(person) = person else { return shown(id) };
    let count = |number: usize, one: &str, many: &str| match number {
        0 => None,
        1 => Some(format!("1 {one}")),
        more => Some(format!("{more} {many}")),
    };
    let hardware = person.keys.iter().filter(|key| key.openssh.starts_with("sk-")).count();
    let means: Vec<String> = [
        count(person.keys.len() - hardware, "key", "keys"),
        count(hardware, "security key", "security keys"),
        count(person.passkeys.len(), "passkey", "passkeys"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let means = if means.is_empty() { "no key".to_owned() } else { means.join(", ") };
    format!("{} ({means})", called(id, person))
}

fn sign_offs(policy: &Policy, text: &mut String) {
    let rules = &policy.sign_offs;
    let accepted: Vec<_> = rules
        .accept
        .iter()
        .map(|method| match method {
            Method::Signature => "an SSH signature".to_owned(),
            Method::Passkey => "a passkey".to_owned(),
            Method::ForgeReview => "an approving review on the forge".to_owned(),
        })
        .collect();
    title("What counts as a sign-off", text);
    let covers = match rules.binding {
        Binding::Commit => "It covers exactly the commit that was signed",
        Binding::Content => "It covers the content that was signed, also after a rebase",
    };
    let lasts = spoken(rules.expire_after);
    paragraph(2, &format!("Given by {}. {covers}, and lasts {lasts}.", join(&accepted, "or")), text);
    if rules.veto {
        paragraph(2, "A reject by anybody who could sign blocks until that person takes it back.", text);
    } else {
        paragraph(2, "A reject does not block.", text);
    }
}

fn overrides(policy: &Policy, text: &mut String) {
    let rules = &policy.overrides;
    title("Who can override", text);
    let is_defined = policy.roles.contains_key(&rules.role) || rules.role == "member";
    if !is_defined {
        let sentence = format!("Nobody: the role `{}` is not defined.", shown(&rules.role));
        return paragraph(2, &sentence, text);
    }
    paragraph(2, &override_sentence(rules), text);
    let within = spoken(rules.review_within);
    paragraph(2, &format!("It is recorded for good, and must be reviewed within {within}."), text);
}

fn override_sentence(rules: &OverrideRules) -> String {
    let people = if rules.approvals == 1 {
        format!("1 person who holds the role `{}`", shown(&rules.role))
    } else {
        format!("{} different people who hold the role `{}`", rules.approvals, shown(&rules.role))
    };
    let hand = match rules.presence {
        Presence::None => "",
        Presence::Touch => ", with a touch of a security key or passkey",
        Presence::Verified => ", with a PIN or fingerprint at a security key or passkey",
    };
    let who = if rules.by_contributor { "even if they worked on the change" } else { "who did not work on the change" };
    let ticket = match &rules.reason.ticket {
        Some(pattern) => format!(" and a ticket that matches `{}`", shown(&pattern.source)),
        None => String::new(),
    };
    format!(
        "{people}, {who}{hand}, giving a reason of at least {} characters{ticket}. An override is for one change and \
         lives at most {}.",
        rules.reason.min_length,
        spoken(rules.expire_after)
    )
}

fn contributors(policy: &Policy, text: &mut String) {
    title("Who may contribute", text);
    let unknown = match policy.unknown_contributor {
        UnknownContributor::Refuse => {
            "Everybody in the roster. Where a gate asks for sign-offs, a change with a contributor nobody knows is refused."
        }
        UnknownContributor::Accounts => "Everybody in the roster, and everybody with an account at a forge.",
        UnknownContributor::Allow => "Everybody, known or not.",
    };
    paragraph(2, unknown, text);
    paragraph(2, unmarked(policy), text);
    if policy.hints == Hints::Require {
        paragraph(2, "A commit with a hint of an agent (a branch name, a quotation) counts as an agent's.", text);
    }
    if policy.committer_only == CommitterOnly::Unmarked {
        paragraph(2, "An agent that is only the committer of a commit does not make it an agent's.", text);
    }
    if policy.signed_pushes == SignedPushes::Require {
        paragraph(
            2,
            "Whoever pushes to a guarded ref signs the push (`git push --signed`) with an SSH key of theirs; only a \
             robot need not.",
            text,
        );
    }
    let names = |rules: &[super::ActorRule]| rules.iter().map(|rule| shown(&rule.id)).collect::<Vec<_>>();
    if !policy.agents.is_empty() {
        paragraph(2, &format!("Agents besides the well-known ones: {}.", names(&policy.agents).join(", ")), text);
    }
    if !policy.robots.is_empty() {
        paragraph(2, &format!("Robots besides the well-known ones: {}.", names(&policy.robots).join(", ")), text);
    }
}

/// Says what a commit without any sign of an agent is taken for.
fn unmarked(policy: &Policy) -> &'static str {
    match (policy.unmarked, policy.human_proof) {
        (Unmarked::Human, _) => "A commit without any sign of an agent is taken for a human's.",
        (Unmarked::Agent, None) => "Every commit is taken for an agent's, unless a robot wrote and pushed it.",
        (Unmarked::Agent, Some(Presence::None)) => {
            "Every commit is taken for an agent's, unless a robot wrote and pushed it, or somebody in the roster \
             signed it and nothing points to an agent."
        }
        (Unmarked::Agent, Some(Presence::Touch)) => {
            "Every commit is taken for an agent's, unless a robot wrote and pushed it, or somebody in the roster \
             signed it with a touch of their security key and nothing points to an agent."
        }
        (Unmarked::Agent, Some(Presence::Verified)) => {
            "Every commit is taken for an agent's, unless a robot wrote and pushed it, or somebody in the roster \
             signed it with a PIN or fingerprint at their security key and nothing points to an agent."
        }
    }
}

fn protection(policy: &Policy, text: &mut String) {
    title("What else is refused", text);
    let refused: Vec<String> =
        [(policy.protect.allow_rewind, "rewinding (a forced push)"), (policy.protect.allow_delete, "deleting")]
            .into_iter()
            .filter(|(allowed, _)| !allowed)
            .map(|(_, what)| what.to_owned())
            .collect();
    match refused.as_slice() {
        [] => paragraph(2, "Refs that a gate names may be rewound and deleted.", text),
        some => paragraph(2, &format!("For refs that a gate names: {}.", join(some, "and")), text),
    }
    let limits = &policy.limits;
    let sentence = format!(
        "Changes of more than {} commits, with a message of more than {} bytes, or that take longer than {} seconds to judge.",
        limits.commits, limits.message_bytes, limits.seconds
    );
    paragraph(2, &sentence, text);
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
