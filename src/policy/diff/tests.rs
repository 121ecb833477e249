//! Every kind of change, one at a time, in both directions.

use super::*;
use crate::policy::load;

const BASE: &str = "\
version: 1
people:
  ada:   { name: Ada Byron, emails: [ada@example.com], accounts: { plain: ada, github: { login: ada, id: 41 } } }
  grace: { accounts: { plain: grace }, keys: [{ key: KEY, valid-after: 2026-01-01T00:00:00Z, valid-before: 2027-01-01T00:00:00Z }] }
  dana:  { accounts: { plain: dana } }
roles:
  senior: { people: [grace] }
  release-manager: { people: [dana] }
agents: { fixer: { emails: ['*@agents.example.com'] } }
robots: { release: { emails: [release@example.com] } }
contributors: { unknown: refuse }
gates:
  - name: review
    refs: [refs/heads/main, refs/heads/release/**]
    environments: [production]
    when: { authorship-at-least: assisted, paths: [src/**, infra/**] }
    require: [{ role: senior, count: 2, presence: touch }]
sign-offs: { accept: [signature, passkey], binding: commit, expire-after: 30d, veto: true }
override: { approvals: 2, presence: touch, reason: { min-length: 20, ticket: INC-1 }, expire-after: 4h, review-within: 48h }
protect: { rewind: refuse, delete: refuse }
limits: { commits: 100, message-bytes: 1000, seconds: 30 }
";

const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIld+BQgfq1No3YZX6flzPlsuNaJBCIqChnWWLd/Zn8C";

fn policy(text: &str) -> Policy {
    load(text.replace("KEY", KEY).as_bytes(), "policy").unwrap().policy
}

/// Returns the differences after replacing `from` by `to`, in both directions, as
/// `subject: loosens`.
fn both_ways(from: &str, to: &str) -> (Vec<String>, Vec<String>) {
    assert!(BASE.contains(from), "{from}");
    let (old, new) = (policy(BASE), policy(&BASE.replacen(from, to, 1)));
    let listed = |changes: Vec<Change>| {
        let mut lines: Vec<_> = changes
            .iter()
            .map(|c| format!("{} {}", c.subject, if c.loosens { "loosens" } else { "tightens" }))
            .collect();
        lines.sort();
        lines
    };
    (listed(diff(&old, &new)), listed(diff(&new, &old)))
}

#[track_caller]
fn check(from: &str, to: &str, forth: &str, back: &str) {
    let (there, and_back) = both_ways(from, to);
    assert_eq!(there.join(", "), forth, "{from} -> {to}");
    assert_eq!(and_back.join(", "), back, "{to} -> {from}");
}

#[test]
fn the_same_policy_has_no_differences() {
    assert_eq!(diff(&policy(BASE), &policy(BASE)), []);
    check("version: 1", "# said otherwise\nversion: 1", "", "");
}

#[test]
fn gates() {
    let at = "gates.review";
    check("refs/heads/main, ", "", &format!("{at}.refs loosens"), &format!("{at}.refs tightens"));
    check(
        "[production]",
        "[production, staging]",
        &format!("{at}.environments tightens"),
        &format!("{at}.environments loosens"),
    );
    check(
        "authorship-at-least: assisted",
        "authorship-at-least: agent",
        &format!("{at}.when.authorship-at-least loosens"),
        &format!("{at}.when.authorship-at-least tightens"),
    );
    check(
        "authorship-at-least: assisted, ",
        "",
        &format!("{at}.when.authorship-at-least tightens"),
        &format!("{at}.when.authorship-at-least loosens"),
    );
    check(", paths: [src/**, infra/**]", "", &format!("{at}.when.paths tightens"), &format!("{at}.when.paths loosens"));
    check("src/**, ", "", &format!("{at}.when.paths loosens"), &format!("{at}.when.paths tightens"));
    check("count: 2, ", "", &format!("{at}.require loosens"), &format!("{at}.require tightens"));
    check(
        "presence: touch }]",
        "presence: none }]",
        &format!("{at}.require loosens"),
        &format!("{at}.require tightens"),
    );
    check(
        "role: senior, count",
        "role: member, count",
        &format!("{at}.require loosens, {at}.require tightens"),
        &format!("{at}.require loosens, {at}.require tightens"),
    );
    check("name: review", "name: renamed", "gates.review tightens", "gates.renamed tightens");
    check(
        "  - name: review",
        "  - { name: more, refs: [refs/heads/x], require: [{ role: senior }] }\n  - name: review",
        "gates.more tightens",
        "gates.more loosens",
    );
}

#[test]
fn a_glob_that_is_still_covered_is_no_loss() {
    let refs = "gates.review.refs";
    let covered = format!("{refs} tightens, {refs} tightens, {refs} tightens");
    let lost = format!("{refs} loosens, {refs} tightens, {refs} tightens");
    check("refs/heads/main, refs/heads/release/**", "refs/heads/**", &covered, &lost);
    let same = ["gates.review.when.paths tightens"; 3].join(", ");
    check("src/**, infra/**", "'{src,infra}/**'", &same, &same);
}

#[test]
fn a_gate_that_becomes_destructive_or_stops_being_so_is_looser() {
    let with = BASE.replace("    refs: [refs/heads/main, refs/heads/release/**]\n", "");
    let (old, new) = (policy(&with), policy(&with.replace("when: {", "when: { destructive: true,")));
    assert!(diff(&old, &new).iter().any(|change| change.loosens));
    assert!(diff(&new, &old).iter().any(|change| change.loosens));
}

#[test]
fn people() {
    check("emails: [ada@example.com]", "emails: []", "people.ada.emails tightens", "people.ada.emails loosens");
    check("id: 41", "id: 42", "people.ada.accounts loosens", "people.ada.accounts loosens");
    check("{ login: ada, id: 41 }", "ada", "people.ada.accounts loosens", "people.ada.accounts tightens");
    check("plain: ada, ", "", "people.ada.accounts tightens", "people.ada.accounts loosens");
    check("name: Ada Byron, ", "", "people.ada.name loosens", "people.ada.name loosens");
    check("{ key: KEY, valid-after", "{ key: KEY x, valid-after", "", "");
    check("valid-after: 2026-01-01T00:00:00Z, ", "", "people.grace.keys loosens", "people.grace.keys tightens");
    check(", valid-before: 2027-01-01T00:00:00Z", "", "people.grace.keys loosens", "people.grace.keys tightens");
    check("2027-01-01", "2028-01-01", "people.grace.keys loosens", "people.grace.keys tightens");
    check("2026-01-01", "2025-01-01", "people.grace.keys loosens", "people.grace.keys tightens");
    check("  dana:  {", "  bob: { accounts: { plain: bob } }\n  dana:  {", "people.bob loosens", "people.bob tightens");
    check(
        "plain: dana }",
        "plain: dana }, passkeys: [{ id: a, public-key: b, rp-id: c }]",
        "people.dana.passkeys loosens",
        "people.dana.passkeys tightens",
    );
}

#[test]
fn forgetting_somebody_is_looser_where_strangers_may_pass() {
    let open = BASE.replace("unknown: refuse", "unknown: allow");
    let (old, new) = (policy(&open), policy(&open.replace("emails: [ada@example.com], ", "")));
    assert!(diff(&old, &new).iter().all(|change| change.loosens));
}

#[test]
fn what_makes_a_commit_an_agents() {
    let with = |rules: &str| format!("authorship: {{ {rules} }}\ncontributors:");
    let check = |rules: &str, forth: &str, back: &str| check("contributors:", &with(rules), forth, back);
    check("hints: require", "authorship.hints tightens", "authorship.hints loosens");
    check("committer-only: unmarked", "authorship.committer-only loosens", "authorship.committer-only tightens");
    for proof in ["signature", "touch", "verified"] {
        let forth = "authorship.human-proof loosens, authorship.unmarked tightens";
        let back = "authorship.human-proof tightens, authorship.unmarked loosens";
        check(&format!("unmarked: agent, human-proof: {proof}"), forth, back);
    }
    let proof = |proof: &str| policy(&BASE.replacen("contributors:", &with(&format!("human-proof: {proof}")), 1));
    for (less, more) in [("signature", "touch"), ("touch", "verified"), ("signature", "verified")] {
        assert!(diff(&proof(more), &proof(less)).iter().all(|change| change.loosens), "{more} to {less}");
        assert!(diff(&proof(less), &proof(more)).iter().all(|change| !change.loosens), "{less} to {more}");
    }
}

#[test]
fn roles_agents_and_robots() {
    check("people: [grace] }", "people: [grace, ada] }", "roles.senior loosens", "roles.senior tightens");
    check(
        "people: [grace] }",
        "people: [grace], github-teams: [a/b] }",
        "roles.senior loosens",
        "roles.senior tightens",
    );
    check(
        "roles:\n",
        "roles:\n  policy-owner: { people: [ada] }\n",
        "roles.policy-owner loosens",
        "roles.policy-owner loosens",
    );
    check("roles:\n", "roles:\n  unused: { people: [ada] }\n", "roles.unused tightens", "roles.unused tightens");
    check("roles:\n", "roles:\n  member: { people: [ada] }\n", "roles.member tightens", "roles.member loosens");
    check(
        "emails: ['*@agents.example.com']",
        "emails: ['*@agents.example.com'], keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINhc4H8Hc1/iR6tQ8l25+AJKJiYw/Xnp2lhn+1Itim3n]",
        "agents.fixer tightens",
        "agents.fixer loosens",
    );
    check("agents: {", "agents: { other: { names: [X] },", "agents.other tightens", "agents.other loosens");
    check(
        "['*@agents.example.com']",
        "[x@example.com]",
        "agents.fixer loosens, agents.fixer tightens",
        "agents.fixer loosens, agents.fixer tightens",
    );
    check("robots: {", "robots: { other: { names: [X] },", "robots.other loosens", "robots.other tightens");
    check(
        "[release@example.com]",
        "[release@example.com, b@example.com]",
        "robots.release loosens",
        "robots.release tightens",
    );
}

#[test]
fn rules() {
    let cases = [
        ("gates:", "roster: { github-orgs: [acme] }\ngates:", "roster.github-orgs"),
        ("unknown: refuse", "unknown: accounts", "contributors.unknown"),
        ("unknown: refuse", "unknown: allow", "contributors.unknown"),
        ("[signature, passkey]", "[signature, passkey, forge-review]", "sign-offs.accept"),
        ("binding: commit", "binding: content", "sign-offs.binding"),
        ("expire-after: 30d", "expire-after: 31d", "sign-offs.expire-after"),
        ("veto: true", "veto: false", "sign-offs.veto"),
        ("approvals: 2", "approvals: 1", "override.approvals"),
        ("presence: touch, reason", "presence: none, reason", "override.presence"),
        ("approvals: 2", "approvals: 2, by-contributor: allow", "override.by-contributor"),
        ("min-length: 20", "min-length: 19", "override.reason.min-length"),
        (", ticket: INC-1", "", "override.reason.ticket"),
        ("expire-after: 4h", "expire-after: 5h", "override.expire-after"),
        ("review-within: 48h", "review-within: 49h", "override.review-within"),
        ("rewind: refuse", "rewind: allow", "protect.rewind"),
        ("delete: refuse", "delete: allow", "protect.delete"),
        ("commits: 100", "commits: 101", "limits.commits"),
        ("message-bytes: 1000", "message-bytes: 1001", "limits.message-bytes"),
        ("seconds: 30", "seconds: 31", "limits.seconds"),
    ];
    for (from, to, subject) in cases {
        check(from, to, &format!("{subject} loosens"), &format!("{subject} tightens"));
    }
    check(
        "contributors:",
        "authorship: { unmarked: agent }\ncontributors:",
        "authorship.unmarked tightens",
        "authorship.unmarked loosens",
    );
    check(
        "contributors:",
        "pusher: { signed: require }\ncontributors:",
        "pusher.signed tightens",
        "pusher.signed loosens",
    );
    check("INC-1", "INC-2", "override.reason.ticket loosens", "override.reason.ticket loosens");
    check("override: {", "override: { role: senior,", "override.role loosens", "override.role loosens");
    check("version: 1", "version: 1\nserial: 4", "", "serial loosens");
}

#[test]
fn sentences_say_what_changed() {
    let new = BASE.replace("count: 2, ", "").replace("refs/heads/main, ", "").replace("30d", "60d");
    let sentences: Vec<_> = diff(&policy(BASE), &policy(&new)).into_iter().map(|change| change.sentence).collect();
    assert_eq!(
        sentences,
        [
            "gate \"review\" no longer guards refs/heads/main",
            "gate \"review\" asks for 1 of `senior` with presence `touch` instead of 2 of `senior` with presence `touch`",
            "`sign-offs.expire-after` is raised from 30d to 60d",
        ]
    );
}

#[test]
fn keeping_people_apart_tightens_and_letting_them_count_twice_loosens() {
    let gate = |require: &str, apart: bool| {
        let text = format!(
            "version: 1\npeople: {{ grace: {{ accounts: {{ plain: grace }} }} }}\nroles: {{ senior: {{ people: [grace] }} }}\n\
             gates: [{{ name: g, refs: [refs/heads/main], distinct-people: {apart}, require: [{require}] }}]\n"
        );
        policy(&text)
    };
    let two = "{ role: senior }, { role: member }";
    let told = |old: &Policy, new: &Policy| -> Vec<String> {
        diff(old, new).into_iter().map(|change| format!("{} {}", change.subject, change.loosens)).collect()
    };
    assert_eq!(told(&gate(two, false), &gate(two, true)), ["gates.g.distinct-people false"]);
    assert_eq!(told(&gate(two, true), &gate(two, false)), ["gates.g.distinct-people true"]);
    // One of two equal requirements asks for nobody more, unless nobody counts twice.
    let (once, twice) = ("{ role: senior }", "{ role: senior }, { role: senior }");
    assert_eq!(told(&gate(twice, false), &gate(once, false)), [""; 0]);
    assert_eq!(told(&gate(twice, true), &gate(once, true)), ["gates.g.require true"]);
    assert_eq!(told(&gate(once, true), &gate(twice, true)), ["gates.g.require false"]);
}
