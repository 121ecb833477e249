//! Sign-offs, overrides and people that do not count, and objections.

use serde_json::json;

use crate::render::context::Context;
use crate::render::occasion::Occasion;
use crate::render::page::Look;
use crate::render::sample::{MIDDLE, Sample, override_, sign_off};
use crate::render::verdict_human::{Shown, push};

#[test]
fn nobody_is_left_who_could_sign() {
    let sample = Sample::changed(|facts| {
        facts["commits"][0]["co_authors"] = json!([{"name": "Grace Hopper"}, {"email": "barbara@example.com"}]);
    });
    insta::assert_snapshot!(sample.pushed(), @r#"
    countersign: refs/heads/main needs a sign-off that nobody can give, so
      nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     nobody [nobody-may-sign]
        cannot       Ada Byron (author), Barbara Liskov (co-author), Bob
                     Developer (pusher), Grace Hopper (co-author)

      1. give the role to somebody who did not work on it (in the policy)
      2. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      3. ask somebody who may sign to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      4. push again
      or, in an emergency, a release-manager (Dana Scully) lets it pass
         once, on the record
           countersign override 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --reason "…" --push origin

      why a code: countersign explain sign-off-missing      record: #4182
    "#);
}

#[test]
fn an_objection() {
    let sample = Sample::changed(|facts| {
        let mut reject = sign_off("s2", "plain:barbara", "2026-11-22T08:15:00Z");
        reject["decision"] = json!("reject");
        facts["sign_offs"] = json!([sign_off("s1", "plain:grace", "2026-11-22T08:00:00Z"), reject]);
    });
    insta::assert_snapshot!(sample.pushed(), @r#"
    countersign: refs/heads/main is held by an objection, so nothing was
      pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [vetoed] Barbara Liskov (at 08:15 UTC) objects, and that stands until
        they say otherwise.

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. settle it with whoever objects, and ask them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

      why a code: countersign explain vetoed      record: #4182
    "#);
}

#[test]
fn every_reason_why_a_sign_off_does_not_count() {
    let sample = Sample::changed(|facts| {
        let with = |id: &str, by: &str, key: &str, value: serde_json::Value| {
            let mut sign_off = sign_off(id, by, "2026-11-22T09:00:00Z");
            sign_off[key] = value;
            sign_off
        };
        facts["sign_offs"] = json!([
            with("s1", "plain:grace", "head", json!(MIDDLE)),
            with("s2", "plain:grace", "target", json!("refs/heads/dev")),
            with("s3", "plain:grace", "at", json!("2026-09-01T09:00:00Z")),
            with("s4", "plain:grace", "invalid", json!("the signature does not verify")),
            with("s5", "plain:grace", "identity", json!({"key": "SHA256:nobodys"})),
            with("s6", "plain:grace", "identity", json!({"account": "github:reviewer[bot]", "kind": "bot"})),
            with("s7", "plain:dana", "comment", json!(null)),
        ]);
        for sign_off in facts["sign_offs"].as_array_mut().unwrap() {
            sign_off.as_object_mut().unwrap().remove("comment");
        }
    });
    insta::assert_snapshot!(sample.pushed(), @r#"
    countersign: refs/heads/main needs a sign-off, so nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)
        not counted  Grace Hopper's sign-off of 2026-09-01 09:00 UTC
                     [sign-off-expired]
                     Grace Hopper's sign-off of 09:00 UTC [sign-off-stale]
                     Grace Hopper's sign-off of 09:00 UTC
                     [sign-off-elsewhere]
                     record s4: sign-off of 09:00 UTC [sign-off-invalid]
                     the signature does not verify
                     SHA256:nobodys's sign-off of 09:00 UTC
                     [reviewer-unknown]
                     github:reviewer[bot]'s sign-off of 09:00 UTC
                     [reviewer-not-human]
                     Dana Scully's sign-off of 09:00 UTC [role-missing]

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

      why a code: countersign explain sign-off-missing      record: #4182
    "#);
}

#[test]
fn an_override_that_does_not_count() {
    let sample = Sample::changed(|facts| {
        let mut expired = override_("o1");
        expired["expires_at"] = json!("2026-11-22T10:04:00Z");
        expired["reason"] = json!("hotfix");
        facts["overrides"] = json!([expired]);
    });
    insta::assert_snapshot!(sample.pushed(), @r#"
    countersign: refs/heads/main needs a sign-off, so nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)
        not counted  Dana Scully's override of 10:00 UTC [override-expired]
                     [override-reason-insufficient] its reason has 6
                     characters, and at least 20 are asked for

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

      why a code: countersign explain sign-off-missing      record: #4182
    "#);
}

#[test]
fn a_server_that_knows_nothing_but_the_verdict() {
    let sample =
        Sample::changed(|facts| facts["sign_offs"] = json!([sign_off("s1", "plain:ada", "2026-11-22T10:02:00Z")]));
    let context = Context::new(Occasion::Push, sample.facts.now);
    let shown = Shown { verdict: &sample.verdict, context: &context };
    insta::assert_snapshot!(push(&[shown], &Look::remote()), @r#"
    countersign: refs/heads/main needs a sign-off, so nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  kiro         Co-authored-by, line 7
        9f8e7d6  claude-code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     barbara, grace
        cannot       ada, bob
        not counted  record s1: sign-off [role-missing] [self-sign-off]

      1. push it to a ref that no gate guards, where a reviewer can fetch
         it
      2. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

      why a code: countersign explain sign-off-missing
    "#);
}
