//! Nobody may be two people: what belongs to one person must not belong to another, or an agent.

use std::collections::HashMap;

use super::draft::{Belonging, Draft, Kind, Placed};
use crate::catalogue::Catalogue;
use crate::policy::ActorRule;
use crate::policy::pattern;
use crate::policy::problem::{Problems, shown};

/// Compare so many pairs of people and patterns at most: the check only warns.
const MOST_COMPARISONS: usize = 250_000;

/// Checks all people.
pub(super) fn check(draft: &Draft, problems: &mut Problems) {
    shared(&draft.belongings, problems);
    look_alike_ids(draft, problems);
    people_who_match(draft, &draft.agents, "agent", problems);
    people_who_match(draft, &draft.robots, "robot", problems);
    people_in_the_catalogue(draft, problems);
}

/// Finds what belongs to two people, or twice to one.
fn shared(belongings: &[Belonging], problems: &mut Problems) {
    let mut owners: HashMap<(Kind, &str), &Belonging> = HashMap::with_capacity(belongings.len());
    for belonging in belongings {
        match owners.get(&(belonging.kind, belonging.key.as_str())) {
            None => {
                owners.insert((belonging.kind, &belonging.key), belonging);
            }
            Some(first) if first.person == belonging.person => repeated(belonging, problems),
            Some(first) => report(first, belonging, problems),
        }
    }
}

fn repeated(belonging: &Belonging, problems: &mut Problems) {
    // An address like `42+ada@users.noreply.github.com` next to the account `ada` is no repetition.
    if matches!(belonging.kind, Kind::Key | Kind::Passkey) {
        problems.warning("repeated-entry", &belonging.at, "this stands under the same person already");
    }
}

fn report(first: &Belonging, second: &Belonging, problems: &mut Problems) {
    let what = match second.kind {
        Kind::Email => "e-mail address",
        Kind::Account | Kind::AccountId => "account",
        Kind::Key => "key",
        Kind::Passkey => "passkey",
        Kind::Name => return shared_name(first, second, problems),
    };
    let owner = shown(&first.person);
    let problem = problems.error("shared-identity", &second.at, format!("this {what} belongs to `{owner}` already"));
    problem.consequence("one person could write a change as the one and sign it as the other");
    if second.kind == Kind::Email {
        problem.hint("addresses are compared in lower case and without what follows a `+`");
    }
}

fn shared_name(first: &Belonging, second: &Belonging, problems: &mut Problems) {
    let owner = shown(&first.person);
    problems
        .warning("shared-name", &second.at, format!("`{owner}` has the same name"))
        .consequence("a commit under this name and an unknown address makes both of them contributors");
}

/// Refuses ids that differ only in case: in a verdict nobody could tell them apart.
fn look_alike_ids(draft: &Draft, problems: &mut Problems) {
    let mut folded: HashMap<String, &str> = HashMap::with_capacity(draft.people.len());
    let mut in_order: Vec<_> = draft.people_at.iter().collect();
    in_order.sort_by_key(|(_, at)| at.start);
    for (id, at) in in_order {
        if let Some(other) = folded.insert(id.to_lowercase(), id) {
            let message = format!("`{}` and `{}` differ in case only", shown(other), shown(id));
            problems.error("duplicate-person", at, message).hint("one entry per human being, with all that is theirs");
        }
    }
}

/// Warns of people whom the policy itself takes for an agent or robot.
fn people_who_match(draft: &Draft, rules: &[Placed<ActorRule>], kind: &str, problems: &mut Problems) {
    let patterns: usize =
        rules.iter().map(|rule| rule.value.emails.len() + rule.value.accounts.len() + rule.value.keys.len()).sum();
    if draft.belongings.len().saturating_mul(patterns) > MOST_COMPARISONS {
        return;
    }
    for (id, person) in &draft.people {
        let matching = rules.iter().find(|rule| {
            let email = |pattern: &String| person.emails.iter().any(|email| pattern::matches(pattern, email));
            let account = |(provider, login): &(String, String)| {
                person
                    .accounts
                    .iter()
                    .any(|(account, _)| account.provider == *provider && pattern::matches(login, &account.login))
            };
            let key = |key: &String| person.keys.iter().any(|own| own.fingerprint == *key);
            rule.value.emails.iter().any(email)
                || rule.value.accounts.iter().any(account)
                || rule.value.keys.iter().any(key)
        });
        if let Some(rule) = matching {
            is_actor(draft, id, kind, &rule.value.id, problems);
        }
    }
}

/// Warns of people whom the built-in catalogue takes for an agent or robot.
fn people_in_the_catalogue(draft: &Draft, problems: &mut Problems) {
    let catalogue = Catalogue::built_in();
    for (id, person) in &draft.people {
        let mut found = Vec::new();
        catalogue.find_person(&person.name, "", &mut found);
        person.emails.iter().for_each(|email| catalogue.find_person(&person.name, email, &mut found));
        person.accounts.iter().for_each(|(account, number)| catalogue.find_account(account, *number, &mut found));
        if let Some(who) = found.into_iter().min() {
            is_actor(draft, id, if who.is_agent() { "agent" } else { "robot" }, who.id, problems);
        }
    }
}

fn is_actor(draft: &Draft, person: &str, kind: &str, actor: &str, problems: &mut Problems) {
    let Some(at) = draft.people_at.get(person) else { return };
    let consequence = match kind {
        "agent" => "nothing that this person signs would count, and their pushes would count as the agent's",
        _ => "nothing that this person signs would count, and their pushes could pass as the robot's",
    };
    problems
        .warning("person-is-actor", at, format!("`{}` also matches the {kind} `{}`", shown(person), shown(actor)))
        .consequence(consequence);
}
