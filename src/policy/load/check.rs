//! The second stage: does what was read fit together? Who is named must exist, who is asked for
//! must be able to sign, and what is doubtful is said.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Mention};
use super::sharing;
use crate::model::{Method, Presence};
use crate::policy::problem::{Problems, shown};
use crate::policy::seats::empty_seats;
use crate::policy::suggest::nearest;
use crate::policy::{Person, PersonKey, Policy, Role, Unmarked};

/// The role that everybody holds unless the policy defines it.
pub(super) const MEMBER: &str = "member";

/// Looks for suggestions among so many names at most, to bound the work.
const MOST_SUGGESTIONS: usize = 500;

/// Who there is and who holds what.
pub(super) struct Roll<'p> {
    roles: &'p BTreeMap<String, Role>,
    /// Whether somebody who is not listed under `people` may hold `member`.
    has_outsiders: bool,
    /// Each defined role, and `member`, with the listed people who hold it.
    holders: BTreeMap<&'p str, Holders>,
}

/// How many listed people hold a role.
#[derive(Debug, Clone, Copy)]
struct Holders {
    all: usize,
    /// Those who have something that an accepted method can show presence with.
    with_presence: usize,
    /// Whether others may hold it, too.
    and_others: bool,
}

impl<'p> Roll<'p> {
    /// Returns the roll of a policy.
    pub(super) fn of(policy: &'p Policy) -> Self {
        Self::new(&policy.people, &policy.roles, &policy.github_orgs, &policy.sign_offs.accept)
    }

    fn of_draft(draft: &'p Draft) -> Self {
        Self::new(&draft.people, &draft.roles, &draft.github_orgs, &draft.sign_offs.accept)
    }

    fn new(
        people: &'p BTreeMap<String, Person>,
        roles: &'p BTreeMap<String, Role>,
        github_orgs: &[String],
        accept: &[Method],
    ) -> Self {
        let count = |people: &mut dyn Iterator<Item = &'p Person>, and_others| {
            let (mut all, mut with_presence) = (0, 0);
            for person in people {
                all += 1;
                with_presence += usize::from(can_show_presence(person, accept));
            }
            Holders { all, with_presence, and_others }
        };
        let has_outsiders = !github_orgs.is_empty() || roles.values().any(|role| !role.github_teams.is_empty());
        let mut holders = BTreeMap::from([(MEMBER, count(&mut people.values(), has_outsiders))]);
        for (name, role) in roles {
            let mut listed = role.people.iter().filter_map(|id| people.get(id));
            holders.insert(name, count(&mut listed, !role.github_teams.is_empty()));
        }
        Self { roles, has_outsiders, holders }
    }

    fn is_defined(&self, role: &str) -> bool {
        self.holders.contains_key(role)
    }
}

/// Checks everything.
pub(super) fn all(draft: &Draft, problems: &mut Problems) {
    let roll = Roll::of_draft(draft);
    sharing::check(draft, problems);
    role_members(draft, problems);
    roles_without_holders(draft, problems);
    if !draft.roles_incomplete {
        mentions(draft, &roll, problems);
        distinct_people(draft, (&draft.people, &draft.roles), !draft.github_orgs.is_empty(), problems);
        override_role(draft, &roll, problems);
    }
    holders_who_cannot_sign(draft, problems);
    human_proof(draft, problems);
}

/// Warns of a proof of a human hand that nothing asks for, or that nobody could give.
fn human_proof(draft: &Draft, problems: &mut Problems) {
    let Some(presence) = draft.human_proof else { return };
    if draft.unmarked == Unmarked::Human {
        problems
            .warning("human-proof-dead", &draft.human_proof_at, "unmarked commits are taken for a human's already")
            .hint("it says something only beside `unmarked: agent`")
            .consequence("nobody's signature is asked for");
    }
    let proves = |key: &PersonKey| presence == Presence::None || key.openssh.starts_with("sk-");
    if !draft.people_incomplete && !draft.people.values().flat_map(|person| &person.keys).any(proves) {
        let what = if presence == Presence::None { "an SSH key" } else { "a security key" };
        problems
            .warning("presence-unreachable", &draft.human_proof_at, format!("nobody under `people` has {what}"))
            .hint("give those who commit by hand their `keys`; one that asks for a touch begins with `sk-`")
            .consequence("every commit counts as an agent's");
    }
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
        let candidates = draft.people.keys().map(String::as_str).take(MOST_SUGGESTIONS);
        let near = if problems.flooded() { None } else { nearest(&person.value, candidates) };
        let message = format!("nobody under `people` has the id `{}`", shown(&person.value));
        let problem = problems.error("person-undefined", &person.at, message);
        match near {
            Some(near) => problem.label(format!("did you mean `{near}`?")),
            None => problem.hint("give them an entry under `people`, or take them out"),
        };
    }
}

/// A role that nobody can hold is a mistake, whether something asks for it or not.
fn roles_without_holders(draft: &Draft, problems: &mut Problems) {
    for (name, places) in &draft.roles_at {
        let nobody = |role: &Role| role.people.is_empty() && role.github_teams.is_empty();
        if places.complete && draft.roles.get(name).is_some_and(nobody) {
            problems
                .error("role-unholdable", &places.at, format!("nobody can hold the role `{}`", shown(name)))
                .hint("name `people` or `github-teams`")
                .consequence("what asks for it could never be satisfied");
        }
    }
}

/// Every role that is asked for must be defined, held by enough people, and these able to sign.
pub(super) fn mentions(draft: &Draft, roll: &Roll<'_>, problems: &mut Problems) {
    for mention in &draft.mentions {
        let Some(holders) = roll.holders.get(mention.role.as_str()) else {
            undefined(mention, roll, problems);
            continue;
        };
        if draft.people_incomplete {
            continue;
        }
        let is_predefined = mention.role == MEMBER && !roll.roles.contains_key(MEMBER);
        if is_predefined && holders.all == 0 && !roll.has_outsiders {
            problems
                .error("role-unholdable", &mention.at, "nobody can hold the role `member`: there is nobody")
                .hint("name `people`, or organizations under `roster`");
        } else if !holders.and_others && holders.all > 0 {
            enough(mention, *holders, problems);
        }
    }
}

/// Warns of a gate that counts nobody twice and could not be satisfied by everybody together,
/// although each of its requirements could. `has_orgs` says that there are members nobody lists.
pub(super) fn distinct_people(
    draft: &Draft,
    (people, roles): (&BTreeMap<String, Person>, &BTreeMap<String, Role>),
    has_orgs: bool,
    problems: &mut Problems,
) {
    let has_outsiders = has_orgs || roles.values().any(|role| !role.github_teams.is_empty());
    if draft.people_incomplete || has_outsiders {
        return;
    }
    let holders = |role: &str| -> Vec<&str> {
        match roles.get(role) {
            Some(role) => role.people.iter().map(String::as_str).collect(),
            None if role == MEMBER => people.keys().map(String::as_str).collect(),
            None => Vec::new(),
        }
    };
    for (gate, at) in draft.gates.iter().zip(&draft.gates_at).filter(|(gate, _)| gate.distinct_people) {
        let able: Vec<Vec<&str>> = gate.require.iter().map(|asked| holders(&asked.role)).collect();
        let needs: Vec<u32> = gate.require.iter().map(|asked| asked.count).collect();
        let each_could = needs.iter().zip(&able).all(|(need, able)| *need as usize <= able.len());
        if each_could && empty_seats(&needs, &able).iter().any(|empty| *empty > 0) {
            problems
                .warning("count-unreachable", at, "too few people hold these roles: nobody counts for two of them")
                .hint("give one of the roles to somebody else, too")
                .consequence("nothing could ever pass this gate");
        }
    }
}

fn undefined(mention: &Mention, roll: &Roll<'_>, problems: &mut Problems) {
    let is_hopeless = problems.flooded();
    let message = format!("the role `{}` is not defined", shown(&mention.role));
    let problem = problems.error("role-undefined", &mention.at, message);
    problem.consequence("nobody could ever satisfy it");
    if is_hopeless {
        return;
    }
    let names: Vec<&str> = roll.holders.keys().copied().take(MOST_SUGGESTIONS).collect();
    match nearest(&mention.role, names.iter().copied()) {
        Some(near) => problem.label(format!("did you mean `{near}`?")),
        None => problem.hint(format!("define it under `roles`; there is {}", listed(&names))),
    };
}

/// Lists a few names for a message.
fn listed(names: &[&str]) -> String {
    let mut text: Vec<_> = names.iter().take(8).map(|name| format!("`{}`", shown(name))).collect();
    if names.len() > 8 {
        text.push("…".to_owned());
    }
    text.join(", ")
}

/// Warns where too few people hold a role, or too few of them can show the presence asked for.
fn enough(mention: &Mention, holders: Holders, problems: &mut Problems) {
    let role = shown(&mention.role);
    let needed = usize::try_from(mention.count).unwrap_or(usize::MAX);
    if holders.all < needed {
        let all = holders.all;
        problems
            .warning("count-unreachable", &mention.count_at, format!("only {all} can hold the role `{role}`"))
            .consequence(format!("{needed} different people are asked for: nothing could ever pass"));
    }
    if mention.presence != Presence::None && holders.with_presence < needed {
        let able = holders.with_presence;
        let message = format!("of the role `{role}` only {able} have a security key or passkey that is accepted");
        problems
            .warning("presence-unreachable", &mention.presence_at, message)
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
            let id = shown(&place.value);
            problems
                .warning("holder-cannot-sign", &place.at, format!("`{id}` has no key, passkey or account"))
                .consequence("nothing that this person signs could count");
        }
    }
}
