//! Level 4 of SLSA's source track: what of its conditions can be told from what the gates asked for.
//!
//! Two trusted people agree to a change before it lands: the one who brings it and another one, or two others where an
//! agent wrote it, for an agent is nobody's trusted person. That nothing else came onto the ref since the gate was
//! adopted is for whoever knows its history to say.

use crate::policy::AskedGate;

/// What is claimed.
pub const SOURCE_LEVEL_4: &str = "SLSA_SOURCE_LEVEL_4";

/// The conditions of a gate that no agent's change escapes.
const AGENTS: [&str; 5] = [
    "",
    "authorship-at-least=Agent",
    "authorship-at-least=Assisted",
    "authorship-at-least=Robot",
    "authorship-at-least=Unmarked",
];

/// Tells whether the gates asked for two trusted people: of every change one besides its author, and of an agent's
/// change two. `satisfied` names the gates that applied and were satisfied.
#[must_use]
pub fn is_two_party(asked: &[AskedGate], satisfied: &[&str]) -> bool {
    // Where all of a change was cleared elsewhere no gate applies: nobody looked at it here.
    let looked =
        asked.iter().any(|gate| gate.when.is_empty() && people(gate) >= 1 && satisfied.contains(&gate.name.as_str()));
    looked && asked.iter().any(|gate| AGENTS.contains(&gate.when.as_str()) && people(gate) >= 2)
}

/// Returns how many different people a gate asks for at least.
fn people(gate: &AskedGate) -> u32 {
    let counts = gate.require.iter().map(|requirement| requirement.count);
    if gate.distinct_people { counts.sum() } else { counts.max().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Presence;
    use crate::policy::AskedRequirement;

    fn gate(name: &str, when: &str, counts: &[u32], distinct_people: bool) -> AskedGate {
        let require = counts.iter().enumerate().map(|(number, count)| AskedRequirement {
            count: *count,
            presence: Presence::None,
            role: format!("role {number}"),
        });
        AskedGate { distinct_people, name: name.to_owned(), require: require.collect(), when: when.to_owned() }
    }

    #[test]
    fn one_besides_the_author_and_two_besides_an_agent() {
        let (one, agent) = (gate("all", "", &[1], false), gate("agent", "authorship-at-least=Agent", &[2], false));
        assert!(is_two_party(&[one.clone(), agent.clone()], &["all"]));
        assert!(is_two_party(&[gate("all", "", &[2], false)], &["all"]));
        assert!(is_two_party(&[gate("all", "", &[1, 1], true)], &["all"]));
        // Nobody looked; nobody is asked; one person in two roles; a way around it by a path.
        assert!(!is_two_party(&[one.clone(), agent.clone()], &["agent"]));
        assert!(!is_two_party(&[agent], &["agent"]));
        assert!(!is_two_party(&[gate("all", "", &[1, 1], false)], &["all"]));
        assert!(!is_two_party(&[one.clone(), gate("agent", "paths=[\"src/**\"]", &[2], false)], &["all"]));
        assert!(!is_two_party(&[one], &["all"]));
        assert!(!is_two_party(&[gate("all", "", &[], false)], &["all"]));
    }
}
