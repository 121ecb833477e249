//! What differs between two policies, in sentences, and whether it loosens the gate.
//!
//! A change loosens when some change of code that was refused could pass because of it, or somebody
//! may do what they could not. Where that cannot be told from the two policies alone, it counts as
//! loosening. One thing does not count: that an agent is recognized who was nobody before, for
//! gates ask more of agents than of anybody else.

mod gates;
mod people;
mod rules;

use super::Policy;

/// One difference between two policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whether the new policy lets pass what the old one refused, or might.
    pub loosens: bool,
    /// What changed, in the words of the policy: `gates`, `people.ada`, `sign-offs.veto`.
    pub subject: String,
    /// The difference in one sentence without a full stop. It quotes both policies, escaped.
    pub sentence: String,
}

/// Returns what differs between two policies, in the order of the sections; nothing when they
/// demand the same.
#[must_use]
pub fn diff(old: &Policy, new: &Policy) -> Vec<Change> {
    let mut changes = Changes { list: Vec::new() };
    rules::serial(old, new, &mut changes);
    people::people(old, new, &mut changes);
    people::roles(old, new, &mut changes);
    people::actors(old, new, &mut changes);
    rules::roster_and_defaults(old, new, &mut changes);
    rules::pushes(old, new, &mut changes);
    gates::gates(old, new, &mut changes);
    rules::sign_offs(&old.sign_offs, &new.sign_offs, &mut changes);
    rules::overrides(&old.overrides, &new.overrides, &mut changes);
    rules::protection_and_limits(old, new, &mut changes);
    changes.list
}

/// Collects differences.
struct Changes {
    list: Vec<Change>,
}

impl Changes {
    fn add(&mut self, loosens: bool, subject: impl Into<String>, sentence: impl Into<String>) {
        self.list.push(Change { loosens, subject: subject.into(), sentence: sentence.into() });
    }

    /// Adds a number or another ordered value that changed; `more_loosens` says in which direction
    /// that is looser.
    fn ordered<T: PartialOrd>(
        &mut self,
        pair: (T, T),
        more_loosens: bool,
        subject: &str,
        written: impl Fn(&T) -> String,
    ) {
        let (old, new) = pair;
        if old == new {
            return;
        }
        let verb = if new > old { "raised" } else { "lowered" };
        let loosens = (new > old) == more_loosens;
        self.add(loosens, subject, format!("`{subject}` is {verb} from {} to {}", written(&old), written(&new)));
    }
}

/// Returns what stands in `new` but not in `old`.
fn added<'a, T: PartialEq>(old: &'a [T], new: &'a [T]) -> impl Iterator<Item = &'a T> {
    new.iter().filter(|item| !old.contains(item))
}

#[cfg(test)]
mod tests;
