//! Changes that are refused for more than a missing sign-off, and gates that break.

use serde_json::json;

use crate::decide::{Code, Refused, refuse};
use crate::model::{Oid, Target};
use crate::render::context::Context;
use crate::render::occasion::Occasion;
use crate::render::page::Look;
use crate::render::sample::{BASE, FIRST, HEAD, MIDDLE, ONE_GATE, Sample, facts, sign_off};
use crate::render::verdict_human::{Failure, Shown, failure, push};

#[test]
fn a_contributor_whom_nobody_knows() {
    let sample = Sample::changed(|facts| {
        facts["commits"][2]["author"] = json!({"name": "ada", "email": "ada@laptop.local"});
        facts["sign_offs"] = json!([sign_off("s1", "plain:grace", "2026-11-22T10:00:00Z")]);
    });
    insta::assert_snapshot!(sample.pushed(), @r#"
    countersign: refs/heads/main brings work by somebody the policy does
      not know, so nothing was pushed.

      [contributor-unknown] ada@laptop.local worked on this change and is
        nobody the policy knows.

      1. ask a policy owner to enter them under `people`, or commit under a
         known address
      2. push again
      or, in an emergency, a release-manager (Dana Scully) lets it pass
         once, on the record
           countersign override 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --reason "…" --push origin

      why a code: countersign explain contributor-unknown
      record: #4182
    "#);
}

#[test]
fn nobody_answers_for_the_push() {
    insta::assert_snapshot!(Sample::changed(|facts| facts["participants"] = json!([])).pushed(), @r#"
    countersign: refs/heads/main cannot change as it is, for 2 reasons, so
      nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author)

      [pusher-unknown] Nobody can be held to account for the push.

      1. push with an account that the server identifies
      2. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      3. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      4. push again

      why a code: countersign explain pusher-unknown      record: #4182
    "#);
}

#[test]
fn a_membership_that_could_not_be_read() {
    let gates = &ONE_GATE
        .replace("role: senior", "role: lead")
        .replace("gates:", "  lead: { github-teams: [acme/leads] }\ngates:");
    insta::assert_snapshot!(Sample::new(gates, facts()).pushed(), @r#"
    countersign: refs/heads/main needs a sign-off, and who may give it
      could not be read, so nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 lead who did not work on it must sign.
        can sign     nobody that is known [role-unavailable]
        cannot       Ada Byron (author), Bob Developer (pusher)

      [role-unavailable] Who holds role lead could not be read.

      1. try again in a moment; if it stays, ask whoever runs the gate
      2. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      3. ask somebody who may sign to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      4. push again
      or, in an emergency, a release-manager (Dana Scully) lets it pass
         once, on the record
           countersign override 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --reason "…" --push origin

      why a code: countersign explain role-unavailable      record: #4182
    "#);
}

#[test]
fn a_deletion() {
    let sample = Sample::changed(|facts| {
        facts["action"] = json!("delete");
        facts["from"] = json!(HEAD);
        facts["commits"] = json!([]);
    });
    insta::assert_snapshot!(sample.pushed(), @r#"
    countersign: refs/heads/main is protected from being deleted, so
      nothing was pushed.

      [ref-deleted] A protected ref would be deleted.

      1. keep the ref
      or a release-manager (Dana Scully) lets it pass once, on the record
           countersign override 1a2b3c4000000000000000000000000000000000 --target refs/heads/main --action delete --reason "…" --push origin

      why a code: countersign explain ref-deleted      record: #4182
    "#);
}

#[test]
fn a_rewind() {
    let sample = Sample::changed(|facts| {
        facts["action"] = json!("rewind");
        facts["sign_offs"] = json!([sign_off("s1", "plain:grace", "2026-11-22T10:00:00Z")]);
    });
    insta::assert_snapshot!(sample.pushed(), @r#"
    countersign: refs/heads/main would lose commits, so nothing was pushed.

      [ref-rewound] A protected ref would lose commits.

      1. bring your commits on top of what is there, and push without
         --force
           git fetch origin && git rebase origin/main
      2. push again
      or a release-manager (Dana Scully) lets it pass once, on the record
           countersign override 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --action rewind --reason "…" --push origin

      why a code: countersign explain ref-rewound      record: #4182
    "#);
}

#[test]
fn a_forbidden_ref() {
    insta::assert_snapshot!(Sample::changed(|facts| facts["target"] = json!("refs/replace/abc")).pushed(), @r"
    countersign: refs/replace/abc is a place where nobody may write this,
      so nothing was pushed.

      [ref-forbidden] Nobody may write to this ref.

      1. push branches and tags only

      why a code: countersign explain ref-forbidden      record: #4182
    ");
}

#[test]
fn defects_that_nothing_lifts() {
    let sample = Sample::changed(|facts| {
        facts["defects"] = json!([
            {"code": "object-malformed", "subject": MIDDLE},
            {"code": "object-malformed", "subject": FIRST},
            {"code": "merge-altered", "subject": HEAD},
            {"code": "history-obscured", "subject": "shallow"},
        ]);
    });
    insta::assert_snapshot!(sample.pushed(), @r#"
    countersign: refs/heads/main cannot change as it is, for 3 reasons, so
      nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)

      [history-obscured] Grafts, a shallow boundary or replace refs hide
        part of the history.

      [object-malformed] A commit or tag is not in canonical form.
        at           5c4b3a2000000000000000000000000000000000
                     9f8e7d6000000000000000000000000000000000

      [merge-altered] A merge's tree is not git's own clean merge; it is
        content of its own.
        at           1a2b3c4000000000000000000000000000000000

      1. ask whoever runs the gate to repair it; on its server this tells
         more
           countersign doctor
      2. make the commits anew
           git rebase --force-rebase 41d0c2e000000000000000000000000000000000
      3. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      4. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      5. push again

      why a code: countersign explain history-obscured      record: #4182
    "#);
}

#[test]
fn facts_that_could_not_be_read() {
    let sample = Sample::changed(|facts| {
        facts["sign_offs"] = json!({"unknown": "the ledger did not answer in 10 s"});
        facts["commits"] = json!({"unknown": "object 9f8e7d6 is missing"});
    });
    insta::assert_snapshot!(sample.pushed(), @r#"
    countersign: refs/heads/main cannot change as it is, for 2 reasons, so
      nothing was pushed.

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Bob Developer (pusher)

      [facts-unknown] `commits` could not be read: object 9f8e7d6 is
        missing.
      [facts-unknown] `sign_offs` could not be read: the ledger did not
        answer in 10 s.

      1. try again in a moment; if it stays, ask whoever runs the gate
      2. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      3. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      4. push again

      why a code: countersign explain facts-unknown      record: #4182
    "#);
}

#[test]
fn an_unreadable_policy() {
    insta::assert_snapshot!(refused(Code::PolicyUnreadable, "/srv/countersign/policy.yaml", "the policy could not be read: No such file or directory"), @r"
    countersign: refs/heads/main cannot be judged without a readable
      policy, so nothing was pushed.

      [policy-unreadable] The policy could not be read: No such file or
        directory.
        at           /srv/countersign/policy.yaml

      1. ask whoever runs the gate to repair it; on its server this tells
         more
           countersign doctor
      2. push again

      why a code: countersign explain policy-unreadable
    ");
}

#[test]
fn a_full_ledger() {
    insta::assert_snapshot!(refused(Code::LedgerUnavailable, "ledger", "the verdict could not be recorded: database or disk is full"), @r"
    countersign: refs/heads/main was judged, but the verdict could not be
      recorded, so nothing was pushed.

      [ledger-unavailable] The verdict could not be recorded: database or
        disk is full.

      1. ask whoever runs the gate to repair it; on its server this tells
         more
           countersign doctor
      2. push again

      why a code: countersign explain ledger-unavailable
    ");
}

#[test]
fn a_gate_that_breaks() {
    let broken = Failure {
        what: "could not judge this push".to_owned(),
        causes: vec![
            "reading the settings of /srv/git/acme/shop.git".to_owned(),
            "a bug\nin two \u{1b}[1mlines".to_owned(),
        ],
        hint: None,
    };
    insta::assert_snapshot!(failure(&broken, Occasion::Push, &Look::remote()), @r"
    countersign: the gate could not judge this push, so nothing was pushed.

      because  reading the settings of /srv/git/acme/shop.git
               a bug
               in two \u{1b}[1mlines

      1. ask whoever runs the gate to repair it; on its server this tells
         more
           countersign doctor
      2. push again
    ");
}

#[test]
fn a_gate_that_breaks_at_a_deployment() {
    let broken = Failure {
        what: "could not read its settings".to_owned(),
        causes: vec!["no file `gate.toml`".to_owned()],
        hint: Some("run `countersign install` first".to_owned()),
    };
    insta::assert_snapshot!(failure(&broken, Occasion::Deployment, &Look::default()), @r"
    countersign: the gate could not read its settings, so nothing was deployed.

      because  no file `gate.toml`

      1. run `countersign install` first
      2. run the deployment again
    ");
}

/// Returns a refusal outside the decision.
fn refused(code: Code, subject: &str, message: &str) -> String {
    let target = Target::Ref("refs/heads/main".to_owned());
    let head: Oid = HEAD.parse().unwrap();
    let refused = Refused { repository: "acme/shop", target: &target, from: BASE.parse().ok(), head, policy: None };
    let verdict = refuse(&refused, &[(code, subject.to_owned(), message.to_owned())]);
    let context = Context::new(Occasion::Push, "2026-11-22T10:05:00Z".parse().unwrap());
    push(&[Shown { verdict: &verdict, context: &context }], &Look::remote())
}

#[test]
fn commits_that_count_as_an_agents_without_saying_so() {
    let dropped =
        json!([{"agent": "codex", "signal": "assisted-by", "where": "commit 7e7e7e7", "text": "Assisted-by: Codex"}]);
    let hint = json!([{"agent": "codex", "signal": "branch", "where": "branch", "text": "codex/fix"}]);
    let words = |sample: &Sample| sample.pushed().split_whitespace().collect::<Vec<_>>().join(" ");
    let one = words(&Sample::changed(|facts| facts["commits"][2]["dropped"] = dropped.clone()));
    assert!(
        one.contains("2 of 3 commits were made with an agent, 1 counts as an agent's without saying so: "),
        "{one}"
    );
    assert!(one.contains("5c4b3a2 Add a test Codex Assisted-by, commit 7e7e7"), "{one}");
    assert!(
        one.contains("[declaration-dropped] Commit 7e7e7e7 declares codex, and this commit, made of it, does not."),
        "{one}"
    );
    let all = words(&Sample::changed(|facts| {
        for commit in facts["commits"].as_array_mut().unwrap() {
            commit["dropped"] = dropped.clone();
            commit["authorship"] = json!("unmarked");
            commit["agents"] = json!([]);
            commit["evidence"] = json!([]);
        }
    }));
    assert!(all.contains("All 3 commits count as an agent's without saying so: "), "{all}");
    let mut facts = facts();
    facts["commits"][2]["hints"] = hint;
    let sample = Sample::new(&format!("authorship: {{ hints: require }}\n{ONE_GATE}"), facts);
    let hinted = words(&sample);
    assert!(hinted.contains("5c4b3a2 Add a test Codex \"codex/fix\", branch "), "{hinted}");
}
