//! Places in a change that the answer is about: files, for GitHub shows notes at files alone.
//!
//! Notes stay on the commit when the answer changes. They say what a gate asks for, which stays true,
//! and not who has signed.

use super::policy::ForgePolicy;
use crate::decide::Verdict;
use crate::facts::{DefectCode, Facts};
use crate::forge::Annotation;
use crate::policy::{Condition, Gate, Policy, Requirement};
use crate::render::text::{counted, safe};

/// The most notes about one gate: more tell a reader nothing new.
const MOST_OF_A_GATE: usize = 50;
/// The most notes.
const MOST: usize = 150;

/// Returns the files of a change that somebody should look at because of a rule, and the rule.
pub(super) fn annotations(policy: &ForgePolicy, facts: &Facts, verdict: &Verdict) -> Vec<Annotation> {
    let mut notes = about_the_policy(policy, facts);
    let paths = facts.paths.known().map_or(&[][..], Vec::as_slice);
    let applying = policy.policy.gates.iter().filter(|gate| verdict.gates().iter().any(|one| one.name == gate.name));
    for gate in applying {
        notes.extend(guarded(gate, paths).take(MOST_OF_A_GATE));
    }
    notes.truncate(MOST);
    notes
}

/// Returns the notes at the files that make a gate apply. A gate for every file says nothing about one.
fn guarded<'a>(gate: &'a Gate, paths: &'a [String]) -> impl Iterator<Item = Annotation> + 'a {
    let Condition { paths: globs, .. } = &gate.when;
    let globs = globs.as_deref().filter(|globs| !globs.iter().any(|glob| glob.as_str() == "**")).unwrap_or_default();
    let matching = paths.iter().filter(move |path| is_plain(path) && globs.iter().any(|glob| glob.matches_path(path)));
    matching.map(|path| note(path, &gate.name, &asks(gate)))
}

/// Tells whether a path is a file's own name: what is no UTF-8 stands quoted in the facts.
fn is_plain(path: &str) -> bool {
    !path.starts_with('"') && !path.contains(char::is_control)
}

/// Returns what a gate asks for, in words.
fn asks(gate: &Gate) -> String {
    let of = |one: &Requirement| counted(one.count as usize, &format!("{} sign-off", one.role));
    let all: Vec<String> = gate.require.iter().map(of).collect();
    if all.is_empty() {
        return "A gate guards this path.".to_owned();
    }
    format!("This path is guarded: a change to it needs {}.", all.join(" and "))
}

fn about_the_policy(policy: &ForgePolicy, facts: &Facts) -> Vec<Annotation> {
    let Some(path) = policy.place.as_ref().and_then(|place| std::str::from_utf8(&place.path).ok()) else {
        return Vec::new();
    };
    let invalid = facts.defects.iter().filter(|defect| defect.code == DefectCode::PolicyInvalid);
    let mut notes: Vec<Annotation> =
        invalid.map(|defect| note(path, "The new policy is not valid", &safe(&defect.subject))).collect();
    if facts.policy_changed {
        let asks = format!(
            "This file is the gate's policy. A change to it needs a sign-off by a {}, under the rules that hold now.",
            owner_role(&policy.policy)
        );
        notes.push(note(path, "The policy changes", &asks));
    }
    notes
}

/// Returns the role whose holders may change the policy.
fn owner_role(policy: &Policy) -> &str {
    const OWNER: &str = "policy-owner";
    if policy.roles.contains_key(OWNER) { OWNER } else { &policy.overrides.role }
}

fn note(path: &str, title: &str, message: &str) -> Annotation {
    Annotation { path: path.to_owned(), line: 1, title: safe(title), message: safe(message) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::load;

    const POLICY: &str = r#"version: 1
people: { grace: { name: Grace Hopper, accounts: { github: grace } } }
roles: { senior: { people: [grace] } }
gates:
  - { name: everything, refs: [refs/heads/main], require: [{ role: senior }] }
  - name: pipelines
    refs: [refs/heads/main]
    when: { paths: [".github/**", "infra/**"] }
    require: [{ role: senior, count: 2 }]
"#;

    #[test]
    fn a_guarded_path_is_told_with_what_it_asks_for() {
        let policy = load(POLICY.as_bytes(), "policy.yaml").unwrap().policy;
        let paths = ["src/main.rs", ".github/ci.yml", "infra/x\u{7}", "\"infra/\\377\""].map(str::to_owned);
        let told = |gate: usize| guarded(&policy.gates[gate], &paths).collect::<Vec<_>>();
        assert_eq!(told(0), []);
        let expected = "This path is guarded: a change to it needs 2 senior sign-offs.";
        assert_eq!(told(1), [note(".github/ci.yml", "pipelines", expected)]);
    }

    #[test]
    fn a_flood_of_files_is_cut() {
        let policy = load(POLICY.as_bytes(), "policy.yaml").unwrap().policy;
        let paths: Vec<String> = (0..500).map(|number| format!("infra/{number}")).collect();
        assert_eq!(guarded(&policy.gates[1], &paths).take(MOST_OF_A_GATE).count(), MOST_OF_A_GATE);
    }
}
