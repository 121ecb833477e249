//! What a gate asks for, in the form that outlives the policy: what landed under it is told later.

use serde::{Deserialize, Serialize};

use super::Gate;
use crate::model::Presence;

/// What a gate asked for at one time. Fields stand in alphabetical order (RFC 8785).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskedGate {
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
        Self { name: gate.name.clone(), require: require.collect(), when: describe(gate) }
    }

    /// Tells whether having passed this gate is as good as passing `gate` now: the same name, the
    /// same conditions or none, and every requirement asked for then at least as strongly.
    #[must_use]
    pub fn is_as_strict_as(&self, gate: &Gate) -> bool {
        let asked = |now: &super::Requirement| {
            let mut then = self.require.iter().filter(|then| then.role == now.role);
            then.any(|then| then.count >= now.count && then.presence >= now.presence)
        };
        self.name == gate.name
            && (self.when.is_empty() || self.when == describe(gate))
            && gate.require.iter().all(asked)
    }
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
        Gate { name: "g".to_owned(), refs: Vec::new(), environments: Vec::new(), when: Condition::default(), require }
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
    fn a_gate_with_conditions_passed_less() {
        let now = gate(1, Presence::None);
        let mut conditional = now.clone();
        conditional.when.authorship_at_least = Some(Authorship::Agent);
        assert!(!AskedGate::of(&conditional).is_as_strict_as(&now));
        assert!(AskedGate::of(&now).is_as_strict_as(&conditional));
    }
}
