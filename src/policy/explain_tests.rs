//! Tests of the prose.

use super::*;
use crate::policy::load;

#[test]
fn the_sample_is_explained() {
    let sample = include_bytes!("../../examples/policies/acme.yaml");
    let text = explain(&load(sample, "acme.yaml").unwrap().policy);
    assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
    insta::assert_snapshot!(text, @r#"
    A change passes when every gate that applies to it is satisfied. What no gate
    names passes.

    Gate "peer review"
      A change of refs/heads/main, refs/heads/release/** or refs/tags/v*, and a
      deployment to production, needs the sign-off of 1 person who is in the
      roster and did not work on it.

    Gate "agent's change"
      A change of refs/heads/main, refs/heads/release/** or refs/tags/v*, and a
      deployment to production or prod-*, that an agent wrote or helped with needs
      the sign-off of 1 person who holds the role `senior` and did not work on it.

    Gate "destroys something"
      A deployment to production whose plan destroys or replaces something needs
      the sign-off of 2 different people who hold the role `senior` and did not
      work on it, each with a touch of a security key or passkey.

    Who holds what
      policy-owner: Grace Hopper (1 key, 1 security key) and Dana Scully (1 key).
      release-manager: Dana Scully (1 key).
      senior: Grace Hopper (1 key, 1 security key), Barbara Liskov (1 key, 1
      passkey) and the members of the team acme/senior-engineers.
      member: Ada Byron, Barbara Liskov, Bob Developer, Dana Scully, Grace Hopper,
      the members of the organization acme and the members of the team
      acme/senior-engineers.

    What counts as a sign-off
      Given by an SSH signature or a passkey. It covers the content that was
      signed, also after a rebase, and lasts 14 days.
      A reject by anybody who could sign blocks until that person takes it back.

    Who can override
      1 person who holds the role `release-manager`, who did not work on the
      change, giving a reason of at least 20 characters and a ticket that matches
      `INC-[0-9]+`. An override is for one change and lives at most 4 hours.
      It is recorded for good, and must be reviewed within 2 days.

    Who may contribute
      Everybody in the roster, and everybody with an account at a forge.
      A commit without any sign of an agent is taken for a human's.
      Agents besides the well-known ones: acme-fixer.
      Robots besides the well-known ones: acme-release.

    What else is refused
      For refs that a gate names: rewinding (a forced push) and deleting.
      Changes of more than 20000 commits, with a message of more than 1048576
      bytes, or that take longer than 30 seconds to judge.
    "#);
}

#[test]
fn what_is_missing_is_said() {
    let text = b"version: 1\npeople: { ada: {} }\ngates:\n  - { name: \"x\\u009B\", environments: [p, q], when: { destructive: true } }\nauthorship: { unmarked: agent }\ncontributors: { unknown: allow }\npusher: { signed: require }\nprotect: { rewind: allow, delete: allow }\nsign-offs: { veto: false, binding: commit }\n";
    assert!(load(text, "p").is_err(), "the name holds a control character");
    let text = String::from_utf8_lossy(text).replace("\\u009B", "");
    insta::assert_snapshot!(explain(&load(text.as_bytes(), "p").unwrap().policy), @r#"
    A change passes when every gate that applies to it is satisfied. What no gate
    names passes.

    Gate "x"
      A deployment to p or q whose plan destroys or replaces something passes
      without a sign-off; the gate only protects what it names.

    Who holds what
      member: ada.

    What counts as a sign-off
      Given by an SSH signature, a passkey or an approving review on the forge. It
      covers exactly the commit that was signed, and lasts 30 days.
      A reject does not block.

    Who can override
      Nobody: the role `release-manager` is not defined.

    Who may contribute
      Everybody, known or not.
      Every commit is taken for an agent's, unless a robot wrote and pushed it.
      Whoever pushes to a guarded ref signs the push (`git push --signed`) with an
      SSH key of theirs; only a robot need not.

    What else is refused
      Refs that a gate names may be rewound and deleted.
      Changes of more than 20000 commits, with a message of more than 1048576
      bytes, or that take longer than 30 seconds to judge.
    "#);
}

#[test]
fn many_holders_are_counted() {
    let ids: Vec<_> = (0..40).map(|n| format!("p{n}")).collect();
    let people: String = ids.iter().map(|id| format!("  {id}: {{ accounts: {{ plain: {id} }} }}\n")).collect();
    let text = format!("version: 1\npeople:\n{people}roles: {{ all: {{ people: [{}] }} }}\ngates: []\n", ids.join(","));
    let text = explain(&load(text.as_bytes(), "p").unwrap().policy);
    assert!(text.contains("28 more"), "{text}");
}

#[test]
fn what_makes_a_commit_an_agents_is_explained() {
    let of = |rules: &str| {
        let policy = format!("version: 1\npeople: {{ ada: {{}} }}\nauthorship: {{ {rules} }}\ngates: []\n");
        let text = explain(&load(policy.as_bytes(), "p").unwrap().policy);
        let who = text.split("Who may contribute\n").nth(1).unwrap().split("\n\n").next().unwrap();
        who.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let loose = of("hints: require, committer-only: unmarked");
    assert!(
        loose.contains("A commit with a hint of an agent (a branch name, a quotation) counts as an agent's."),
        "{loose}"
    );
    assert!(loose.contains("An agent that is only the committer of a commit does not make it an agent's."), "{loose}");
    for (proof, words) in [
        ("signature", "somebody in the roster signed it and nothing points to an agent."),
        ("touch", "signed it with a touch of their security key and nothing points to an agent."),
        ("verified", "signed it with a PIN or fingerprint at their security key and nothing points to an agent."),
    ] {
        let strict = of(&format!("unmarked: agent, human-proof: {proof}"));
        assert!(strict.contains(words), "{strict}");
    }
}
