//! What a gate asks for, in the form that outlives the policy: what landed under it is told later.

use serde::{Deserialize, Serialize};

use super::Gate;
use crate::model::Presence;

/// What a gate asked for at one time. Fields stand in alphabetical order (RFC 8785).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedGate {
    /// Whether each person counted for one requirement at most.
    #[serde(default, skip_serializing_if = "is_false")]
    pub distinct_people: bool,
    /// The gate's name.
    pub name: String,
    /// Its requirements.
    pub require: Vec<AskedRequirement>,
    /// Its conditions in a comparable form; empty when it had none.
    pub when: String,
}

/// One requirement of a gate at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedRequirement {
    /// How many people.
    pub count: u32,
    /// What each signature had to prove.
    pub presence: Presence,
    /// The role.
    pub role: String,
}

impl AskedGate {
    /// Returns what a gate asks for.
    #[must_use]
    pub fn of(gate: &Gate) -> Self {
        let require = gate.require.iter().map(|requirement| AskedRequirement {
            count: requirement.count,
            presence: requirement.presence,
            role: requirement.role.clone(),
        });
        Self {
            distinct_people: gate.distinct_people,
            name: gate.name.clone(),
            require: require.collect(),
            when: describe(gate),
        }
    }

    /// Tells whether having passed this gate is as good as passing `gate` now: the same name, the
    /// same conditions or none, and every requirement asked for then at least as strongly.
    #[must_use]
    pub fn is_as_strict_as(&self, gate: &Gate) -> bool {
        let mut left: Vec<&AskedRequirement> = self.require.iter().collect();
        let asked = |now: &super::Requirement| {
            let as_strong = |then: &&AskedRequirement| {
                then.role == now.role && then.count >= now.count && then.presence >= now.presence
            };
            let found = left.iter().position(as_strong);
            // Where nobody counts twice, what was asked then for one requirement is no answer to two.
            if let Some(found) = found.filter(|_| gate.distinct_people) {
                left.swap_remove(found);
            }
            found.is_some()
        };
        self.name == gate.name
            && (self.when.is_empty() || self.when == describe(gate))
            && (self.distinct_people || !gate.distinct_people)
            && gate.require.iter().all(asked)
    }
}

/// Tells serde to leave out what every gate before this key said.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field's reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Writes a gate's conditions in one comparable line; empty when there are none.
fn describe(gate: &Gate) -> String {
    let mut parts = Vec::new();
    if let Some(least) = gate.when.authorship_at_least {
        parts.push(format!("authorship-at-least={least:?}"));
    }
    if let Some(paths) = &gate.when.paths {
        let globs: Vec<&str> = paths.iter().map(|glob| glob.as_str()).collect();
        parts.push(format!("paths={globs:?}"));
    }
    if gate.when.destructive {
        parts.push("destructive".to_owned());
    }
    parts.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Authorship;
    use crate::policy::{Condition, Requirement};

    fn gate(count: u32, presence: Presence) -> Gate {
        let require = vec![Requirement { role: "senior".to_owned(), count, presence }];
        Gate {
            name: "g".to_owned(),
            refs: Vec::new(),
            environments: Vec::new(),
            when: Condition::default(),
            require,
            distinct_people: false,
        }
    }

    #[test]
    fn more_then_is_enough_now_and_less_is_not() {
        let now = gate(2, Presence::Touch);
        assert!(AskedGate::of(&gate(2, Presence::Verified)).is_as_strict_as(&now));
        assert!(AskedGate::of(&gate(3, Presence::Touch)).is_as_strict_as(&now));
        assert!(!AskedGate::of(&gate(1, Presence::Touch)).is_as_strict_as(&now));
        assert!(!AskedGate::of(&gate(2, Presence::None)).is_as_strict_as(&now));
        let mut other = now.clone();
        other.name = "h".to_owned();
        assert!(!AskedGate::of(&other).is_as_strict_as(&now));
    }

    #[test]
    fn people_who_were_not_kept_apart_do_not_count_as_such() {
        let mut now = gate(1, Presence::None);
        now.require.push(Requirement { role: "release-manager".to_owned(), count: 1, presence: Presence::None });
        let together = now.clone();
        now.distinct_people = true;
        assert!(!AskedGate::of(&together).is_as_strict_as(&now));
        assert!(AskedGate::of(&now).is_as_strict_as(&together));
        assert!(AskedGate::of(&now).is_as_strict_as(&now));
        let mut twice = now.clone();
        twice.require = vec![now.require[0].clone(), now.require[0].clone()];
        let mut once = now.clone();
        once.require.pop();
        assert!(!AskedGate::of(&once).is_as_strict_as(&twice));
        assert!(AskedGate::of(&twice).is_as_strict_as(&once));
    }

    #[test]
    fn gates_without_the_key_are_written_as_before() {
        let asked = AskedGate::of(&gate(1, Presence::None));
        let text = serde_json::to_string(&asked).unwrap();
        assert_eq!(text, r#"{"name":"g","require":[{"count":1,"presence":"none","role":"senior"}],"when":""}"#);
        assert_eq!(serde_json::from_str::<AskedGate>(&text).unwrap(), asked);
    }

    #[test]
    fn a_gate_with_conditions_passed_less() {
        let now = gate(1, Presence::None);
        let mut conditional = now.clone();
        conditional.when.authorship_at_least = Some(Authorship::Agent);
        assert!(!AskedGate::of(&conditional).is_as_strict_as(&now));
        assert!(AskedGate::of(&now).is_as_strict_as(&conditional));
    }
}
