//! Changes that wait for people.

use serde_json::json;

use super::TWO_GATES;
use crate::render::occasion::Occasion;
use crate::render::sample::{ONE_GATE, Sample, facts, sign_off};

#[test]
fn a_push_that_waits() {
    let sample = Sample::changed(|facts| {
        facts["sign_offs"] = json!([sign_off("s1", "plain:ada", "2026-11-22T10:02:00Z")]);
    });
    insta::assert_snapshot!(sample.pushed(), @r#"
    countersign: refs/heads/main needs a sign-off, so nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)
        not counted  Ada Byron's sign-off of 10:02 UTC [role-missing]
                     [self-sign-off]

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

      why a code: countersign explain sign-off-missing      record: #4182
    "#);
}

#[test]
fn the_same_when_somebody_asks_beforehand() {
    insta::assert_snapshot!(Sample::changed(|_| {}).on(Occasion::Check).asked(), @r#"
    countersign: this would be refused: refs/heads/main needs a sign-off.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer cache  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling      Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push

      why a code: countersign explain sign-off-missing      record: #4182
    "#);
}

#[test]
fn the_same_for_one_ref_of_a_push() {
    insta::assert_snapshot!(Sample::changed(|_| {}).on(Occasion::RefUpdate).pushed(), @r#"
    countersign: refs/heads/main needs a sign-off, so it was not pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

      why a code: countersign explain sign-off-missing      record: #4182
    "#);
}

#[test]
fn two_gates_that_one_sign_off_satisfies() {
    insta::assert_snapshot!(Sample::new(TWO_GATES, facts()).pushed(), @r#"
    countersign: refs/heads/main needs sign-offs, so nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 colleague who did not work on it must sign.
        asked by     peer review
        can sign     Barbara Liskov, Dana Scully, Grace Hopper

      [sign-off-missing] 1 senior who did not work on it must sign.
        asked by     agent's change
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. ask Barbara Liskov or Grace Hopper to run (one sign-off is enough
         for both)
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

      why a code: countersign explain sign-off-missing      record: #4182
    "#);
}

#[test]
fn two_seniors_with_a_touch_one_of_whom_has_signed() {
    let gates = &ONE_GATE.replace("{ role: senior }", "{ role: senior, count: 2, presence: touch }");
    let mut facts = facts();
    let mut grace = sign_off("s1", "plain:grace", "2026-11-21T18:30:00Z");
    grace["presence"] = json!("touch");
    facts["sign_offs"] = json!([grace, sign_off("s2", "plain:barbara", "2026-11-22T10:00:00Z")]);
    insta::assert_snapshot!(Sample::new(gates, facts).pushed(), @r#"
    countersign: refs/heads/main needs a sign-off, so nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 more senior who did not work on it must sign,
        touching a security key.
        signed       Grace Hopper
        can sign     Barbara Liskov
        cannot       Ada Byron (author), Bob Developer (pusher)
        not counted  Barbara Liskov's sign-off of 10:00 UTC
                     [presence-missing]

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. ask Barbara Liskov to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

      why a code: countersign explain sign-off-missing      record: #4182
    "#);
}

#[test]
fn a_change_of_the_policy() {
    insta::assert_snapshot!(Sample::changed(|facts| facts["policy_changed"] = json!(true)).pushed(), @r#"
    countersign: refs/heads/main changes the gate's policy and needs
      sign-offs, so nothing was pushed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer …  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling  Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)

      [policy-change] The change touches the policy itself; a holder of
        role release-manager must sign it.
        can sign     Dana Scully

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. ask one of each of these lists to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

      why a code: countersign explain policy-change      record: #4182
    "#);
}

#[test]
fn commits_that_could_not_be_read_and_an_agent_at_work() {
    let sample = Sample::changed(|facts| {
        facts["commits"][1]["authorship"] = json!({"unknown": "encoding x-user-defined"});
        facts["commits"][1]["agents"] = json!([]);
        facts["commits"][2]["authorship"] = json!("assisted");
        facts["commits"][2]["agents"] = json!(["aider"]);
        facts["participants"] = json!([
            {"part": "pusher", "identity": {"account": "plain:bob"}},
            {"part": "requester", "identity": {"account": "github:devin-ai-integration[bot]"}},
        ]);
    });
    insta::assert_snapshot!(sample.pushed(), @r"
    countersign: refs/heads/main needs a sign-off, so nothing was pushed.

      2 of 3 commits were made with an agent, 1 could not be read and
      counts as an agent's:
        1a2b3c4  Fix cost explore…  Kiro          Co-authored-by, line 7
        5c4b3a2  Add a test         Aider (help)
        9f8e7d6  Retry on throttl…  unreadable    [authorship-undetermined]
      Devin brought the change, so every commit counts as an agent's.

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)

      1. put it where a reviewer can fetch it
           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache
      2. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin
      3. push again

      why a code: countersign explain sign-off-missing      record: #4182
    ");
}

#[test]
fn a_deployment_that_waits() {
    insta::assert_snapshot!(deployment().asked(), @r#"
    countersign: environment production needs a sign-off, so nothing was deployed.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer cache  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling      Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)

      1. ask one of them to run
           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --environment production --plan FILE --push origin
      2. run the deployment again

      why a code: countersign explain sign-off-missing      record: #4182
    "#);
}

/// Returns a deployment of the usual change.
fn deployment() -> Sample {
    Sample::changed(|facts| {
        facts["target"] = json!("environment:production");
        facts["action"] = json!("deploy");
        facts["plan"] = json!("sha256:00");
    })
    .on(Occasion::Deployment)
}

#[test]
fn a_pull_request_that_waits() {
    let mut sample = Sample::changed(|_| {}).on(Occasion::PullRequest);
    sample.context.review_ref = Some("refs/pull/12/head".to_owned());
    insta::assert_snapshot!(sample.asked(), @r#"
    countersign: refs/heads/main needs a sign-off, so it cannot be merged yet.

      2 of 3 commits were made with an agent:
        1a2b3c4  Fix cost explorer cache  Kiro         Co-authored-by, line 7
        9f8e7d6  Retry on throttling      Claude Code  "Generated with", line 4

      [sign-off-missing] 1 senior who did not work on it must sign.
        can sign     Barbara Liskov, Grace Hopper
        cannot       Ada Byron (author), Bob Developer (pusher)

      1. ask one of them to approve this pull request

      why a code: countersign explain sign-off-missing      record: #4182
    "#);
}
