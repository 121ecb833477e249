//! Warnings that need to know what there is: a gate whose globs match nothing guards nothing yet.

use super::load::Loaded;
use super::problem::{Problem, Severity, shown};

/// Returns a warning for each gate that matches none of these refs and environments.
///
/// `None` for what is not known at all (a check without a repository): gates that name such
/// targets are then left alone.
pub fn unmatched_gates(loaded: &Loaded, refs: Option<&[String]>, environments: Option<&[String]>) -> Vec<Problem> {
    let matches = |globs: &[super::glob::Glob], known: Option<&[String]>| match known {
        None => !globs.is_empty(),
        Some(names) => names.iter().any(|name| globs.iter().any(|glob| glob.matches(name))),
    };
    let gates = loaded.policy.gates.iter().zip(&loaded.gate_places);
    gates
        .filter(|(gate, _)| !matches(&gate.refs, refs) && !matches(&gate.environments, environments))
        .map(|(gate, place)| {
            let message = format!("gate \"{}\" matches nothing that is known", shown(&gate.name));
            let mut problem = Problem::new("gate-unmatched", Severity::Warning, place.span.clone(), message);
            problem.hint("check the spelling of its refs and environments");
            problem.consequence("it guards nothing, unless something of these names is made later");
            Problem { line: place.line, column: place.column, ..problem }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::load;

    #[test]
    fn gates_that_match_nothing_known_are_named_with_their_place() {
        let text = b"version: 1\ngates:\n  - { name: a, refs: [refs/heads/mian] }\n  - { name: b, refs: [refs/heads/x], environments: [prod*] }\n";
        let loaded = load(text, "p").unwrap();
        let refs = ["refs/heads/main".to_owned()];
        let environments = ["production".to_owned()];
        let found = |refs, environments| {
            let problems = unmatched_gates(&loaded, refs, environments);
            problems.iter().map(|problem| (problem.line, problem.column)).collect::<Vec<_>>()
        };
        assert_eq!(found(Some(&refs[..]), Some(&environments[..])), [(3, 13)]);
        assert_eq!(found(Some(&refs[..]), Some(&[][..])), [(3, 13), (4, 13)]);
        assert_eq!(found(None, None), []);
    }
}
