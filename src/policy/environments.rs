//! Which environments gates name, and which they only seem to: for a gate `Production` is not `production`,
//! while forges take them for one.

use super::Gate;

/// Tells whether some gate names an environment.
#[must_use]
pub fn is_named(gates: &[Gate], environment: &str) -> bool {
    gates.iter().flat_map(|gate| &gate.environments).any(|glob| glob.matches(environment))
}

/// Returns the name by which a gate knows an environment that it does not name, where only the case differs.
#[must_use]
pub fn named_otherwise<'g>(gates: &'g [Gate], environment: &str) -> Option<&'g str> {
    if is_named(gates, environment) {
        return None;
    }
    let folded = environment.to_lowercase();
    let globs = gates.iter().flat_map(|gate| &gate.environments);
    let is_alike = |glob: &&super::glob::Glob| {
        glob.matches(&folded) || glob.alternatives().iter().any(|name| name.to_lowercase() == folded)
    };
    globs.clone().find(is_alike).map(super::glob::Glob::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::load;

    #[test]
    fn a_name_in_another_case_is_no_way_around_a_gate() {
        for (globs, environment, otherwise) in [
            ("[production]", "production", None),
            ("[production]", "Production", Some("production")),
            ("[Production]", "production", Some("Production")),
            ("[\"{Live,Play}\"]", "live", Some("{Live,Play}")),
            ("[\"prod-*\"]", "PROD-eu", Some("prod-*")),
            ("[production]", "staging", None),
        ] {
            let text = format!("version: 1\ngates: [{{ name: g, environments: {globs} }}]\n");
            let policy = load(text.as_bytes(), "policy.yaml").unwrap().policy;
            assert_eq!(named_otherwise(&policy.gates, environment), otherwise, "{globs} {environment}");
        }
    }
}
