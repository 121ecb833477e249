//! The section `gates`: what is guarded, when, and what is asked for.

use std::ops::Range;

use super::draft::{Draft, Mention};
use super::globs::{self, Subject};
use super::people::id_is_fine;
use crate::model::{Authorship, Presence};
use crate::policy::problem::{Problems, shown};
use crate::policy::read::{self, Fields};
use crate::policy::shape::{CONDITION, GATE, REQUIREMENT};
use crate::policy::yaml::Node;
use crate::policy::{Condition, Gate, Requirement};

/// The words for presence.
pub(super) const PRESENCE: [(&str, Presence); 3] =
    [("none", Presence::None), ("touch", Presence::Touch), ("verified", Presence::Verified)];

/// The words for the least authorship that a gate is for.
const AUTHORSHIP: [(&str, Authorship); 4] = [
    ("robot", Authorship::Robot),
    ("unmarked", Authorship::Unmarked),
    ("assisted", Authorship::Assisted),
    ("agent", Authorship::Agent),
];

/// The most people that can be asked for: what the number is kept in. More than hold the role is
/// only a warning, because a team may grow.
const MOST_PEOPLE: u64 = 0xffff_ffff;

/// Reads all gates.
pub(super) fn read(node: &Node<'_>, draft: &mut Draft, problems: &mut Problems) {
    draft.gates_seen = Some(node.span.clone());
    let Some(items) = read::list(node, "gates", problems) else { return };
    if items.is_empty() {
        problems.warning("no-gates", &node.span, "there is no gate").consequence("every change would pass everywhere");
    }
    for item in items {
        let Some(fields) = read::fields(item, &GATE, problems) else { continue };
        let place = fields.value("name").map_or_else(|| read::first_line(item), |name| name.span.clone());
        let name = name(&fields, draft, problems);
        let gate = gate(&fields, name, &place, draft, problems);
        draft.gates.push(gate);
        draft.gates_at.push(place);
    }
}

fn name(fields: &Fields<'_, '_>, draft: &Draft, problems: &mut Problems) -> String {
    let Some(node) = fields.value("name") else { return String::new() };
    let Some(name) = read::visible(node, "a gate's name", problems) else { return String::new() };
    if name.chars().count() > 100 || name.contains('\n') {
        problems.error("out-of-range", &node.span, "a gate's name is one line of at most 100 characters");
    }
    if draft.gates.iter().any(|gate| gate.name == name) {
        problems
            .error("duplicate-gate", &node.span, format!("a gate is named `{}` already", shown(name)))
            .consequence("what one gate has settled would count as settled for the other");
    }
    name.to_owned()
}

fn gate(
    fields: &Fields<'_, '_>,
    name: String,
    place: &Range<usize>,
    draft: &mut Draft,
    problems: &mut Problems,
) -> Gate {
    let mut list = |key, subject| {
        fields.value(key).map(|node| globs::read(node, subject, &mut draft.globs, problems)).unwrap_or_default()
    };
    let refs = list("refs", Subject::Refs);
    let environments = list("environments", Subject::Environments);
    let given = |key| fields.is_misspelt(key) || fields.value(key).is_some_and(|node| !is_empty_list(node));
    if !given("refs") && !given("environments") {
        problems
            .error("gate-without-target", place, format!("{} guards nothing", called(&name)))
            .hint("give it `refs` or `environments`");
    }
    let when = match fields.value("when") {
        Some(node) => condition(node, given("refs"), &mut draft.globs, problems),
        None => Condition::default(),
    };
    let require = match fields.value("require") {
        Some(node) => requirements(node, draft, problems),
        None => Vec::new(),
    };
    if !given("require") {
        problems
            .warning("gate-requires-nothing", place, format!("{} asks for nobody's sign-off", called(&name)))
            .hint("add `require: [{ role: … }]`")
            .consequence("it would let every change pass, and only protect its refs from being rewound or deleted");
    }
    let distinct_people = distinct_people(fields, &require, problems);
    Gate { name, refs, environments, when, require, distinct_people }
}

/// Reads whether each person counts for one requirement at most.
fn distinct_people(fields: &Fields<'_, '_>, require: &[Requirement], problems: &mut Problems) -> bool {
    let Some(entry) = fields.entry("distinct-people") else { return false };
    let distinct = read::boolean(&entry.value, problems).unwrap_or(false);
    if distinct && require.len() < 2 && !fields.is_misspelt("require") {
        problems
            .warning("distinct-people-dead", &entry.at, "there are no two requirements to keep apart")
            .hint("`count` always asks for different people");
    }
    distinct
}

/// Names a gate in a message.
fn called(name: &str) -> String {
    if name.is_empty() { "this gate".to_owned() } else { format!("gate \"{}\"", shown(name)) }
}

fn is_empty_list(node: &Node<'_>) -> bool {
    matches!(&node.value, crate::policy::yaml::Value::List(items) if items.is_empty())
}

fn condition(node: &Node<'_>, has_refs: bool, globs_so_far: &mut usize, problems: &mut Problems) -> Condition {
    let mut condition = Condition::default();
    let Some(fields) = read::fields(node, &CONDITION, problems) else { return condition };
    if let Some(node) = fields.value("authorship-at-least") {
        condition.authorship_at_least = read::choice(node, "`authorship-at-least`", &AUTHORSHIP, problems);
    }
    if let Some(node) = fields.value("paths") {
        if is_empty_list(node) {
            problems
                .error("paths-empty", &node.span, "no path matches an empty list")
                .hint("leave `paths` out for every path, or name some")
                .consequence("this gate would never apply");
        }
        condition.paths = Some(globs::read(node, Subject::Paths, globs_so_far, problems));
    }
    if let Some(entry) = fields.entry("destructive") {
        match read::boolean(&entry.value, problems) {
            Some(true) if has_refs => {
                problems
                    .error("destructive-with-refs", &entry.at, "`destructive` may not stand in a gate with `refs`")
                    .hint("write a gate of its own with `environments` only")
                    .consequence("a push has no plan: nobody can say what it will destroy");
            }
            Some(true) => condition.destructive = true,
            Some(false) => {
                problems
                    .error("destructive-false", &entry.value.span, "only `true` may stand here")
                    .hint("for gates that ask of every deployment leave `destructive` out");
            }
            None => {}
        }
    }
    condition
}

fn requirements(node: &Node<'_>, draft: &mut Draft, problems: &mut Problems) -> Vec<Requirement> {
    let mut all: Vec<Requirement> = Vec::new();
    for item in read::list(node, "requirements", problems).unwrap_or_default() {
        let Some(fields) = read::fields(item, &REQUIREMENT, problems) else { continue };
        let Some((mention, complete)) = requirement(&fields, problems) else { continue };
        let requirement = Requirement { role: mention.role.clone(), count: mention.count, presence: mention.presence };
        if complete && all.contains(&requirement) {
            problems
                .warning("repeated-entry", &mention.at, "this requirement stands here already")
                .hint(format!("for two different people write `count: {}`", requirement.count.saturating_add(1)));
        }
        all.push(requirement);
        draft.mentions.push(mention);
    }
    all
}

/// Reads one requirement, with the places that checks of the whole will point at; says whether
/// all of it could be read.
fn requirement(fields: &Fields<'_, '_>, problems: &mut Problems) -> Option<(Mention, bool)> {
    let count = fields.value("count");
    let presence = fields.value("presence");
    let people = count.and_then(|node| read::number(node, "`count`", (1, MOST_PEOPLE), problems));
    let hand = presence.and_then(|node| read::choice(node, "`presence`", &PRESENCE, problems));
    let node = fields.value("role")?;
    let role = role_name(node, problems)?;
    let complete = people.is_some() == count.is_some() && hand.is_some() == presence.is_some();
    let mention = Mention {
        role,
        at: node.span.clone(),
        count: people.and_then(|number| u32::try_from(number).ok()).unwrap_or(1),
        count_at: count.map_or_else(|| node.span.clone(), |node| node.span.clone()),
        presence: hand.unwrap_or_default(),
        presence_at: presence.map_or_else(|| node.span.clone(), |node| node.span.clone()),
    };
    Some((mention, complete))
}

/// Reads the name of a role where one is asked for.
pub(super) fn role_name(node: &Node<'_>, problems: &mut Problems) -> Option<String> {
    let name = read::visible(node, "a role", problems)?;
    id_is_fine(name, &node.span, "the name of a role", problems).then(|| name.to_owned())
}
