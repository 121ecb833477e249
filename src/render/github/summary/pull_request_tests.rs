//! What a reviewer reads on a pull request, word for word, in every state that it can be in.

use super::*;
use crate::render::sample::{ONE_GATE, Sample, TEAM, override_, policy, sign_off};
use serde_json::{Value, json};

/// A change on a pull request that Ada opened and pushed.
fn proposed(gates: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut facts = crate::render::sample::facts();
    let ada = json!({"account": "plain:ada"});
    facts["participants"] = json!([{"part": "opener", "identity": ada}, {"part": "pusher", "identity": ada}]);
    change(&mut facts);
    let mut sample = Sample::of(policy(gates), serde_json::from_value(facts).unwrap()).on(Occasion::PullRequest);
    sample.context.web = Some("https://github.com/acme/shop".to_owned());
    summary(sample.shown())
}

#[test]
fn it_waits_for_one_of_two_seniors() {
    insta::assert_snapshot!(proposed(ONE_GATE, |_| {}), @r#"
    ### Needs 1 senior sign-off: Claude Code and Kiro wrote 2 of 3 commits

    <code>refs/heads/main</code> in <code>acme/shop</code>

    **Next:** ask Barbara Liskov or Grace Hopper to approve this pull request.

    | gate | asks for | counted | who could |
    |---|---|---|---|
    | agent's change | 1 senior | nobody | Barbara Liskov, Grace Hopper |

    2 of 3 commits were made with an agent:

    | commit | subject | agent | sign |
    |---|---|---|---|
    | [<code>1a2b3c4</code>](https://github.com/acme/shop/commit/1a2b3c4000000000000000000000000000000000) | Fix cost explorer cache | Kiro | Co-authored-by, line 7 |
    | [<code>9f8e7d6</code>](https://github.com/acme/shop/commit/9f8e7d6000000000000000000000000000000000) | Retry on throttling | Claude Code | "Generated with", line 4 |

    Cannot sign, having worked on it: Ada Byron (author, pusher, opened the pull request).

    <details><summary>In an emergency</summary>

    A release manager can let it pass once, by a comment with a reason that stays on the record:

        /countersign override 1a2b3c4000000000000000000000000000000000 REASON

    </details>

    <sub>policy <code>sha256:844f606c0950…</code> · record number 4182</sub>
    "#);
}

#[test]
fn an_approval_of_the_author_is_explained() {
    let page = proposed(ONE_GATE, |facts| {
        facts["sign_offs"] = json!([sign_off("s1", "plain:ada", "2026-11-22T10:02:00Z")]);
    });
    insta::assert_snapshot!(page.split("**Not counted**").nth(1).unwrap().split("<details>").next().unwrap(), @r"
    - Ada Byron's sign-off of 10:02 UTC `role-missing` `self-sign-off`

    Cannot sign, having worked on it: Ada Byron (author, pusher, opened the pull request).
    ");
}

#[test]
fn somebody_objects() {
    let page = proposed(ONE_GATE, |facts| {
        let mut objection = sign_off("s1", "plain:grace", "2026-11-22T10:02:00Z");
        objection["decision"] = json!("reject");
        facts["sign_offs"] = json!([objection]);
    });
    insta::assert_snapshot!(page, @r#"
    ### Needs 1 senior sign-off: Claude Code and Kiro wrote 2 of 3 commits

    <code>refs/heads/main</code> in <code>acme/shop</code>

    **Next:** settle it with whoever objects, then ask them and whoever else must sign to approve this pull request.

    | gate | asks for | counted | who could |
    |---|---|---|---|
    | agent's change | 1 senior | nobody | Barbara Liskov, Grace Hopper |

    - **vetoed** Grace Hopper objects since 10:02 UTC

    2 of 3 commits were made with an agent:

    | commit | subject | agent | sign |
    |---|---|---|---|
    | [<code>1a2b3c4</code>](https://github.com/acme/shop/commit/1a2b3c4000000000000000000000000000000000) | Fix cost explorer cache | Kiro | Co-authored-by, line 7 |
    | [<code>9f8e7d6</code>](https://github.com/acme/shop/commit/9f8e7d6000000000000000000000000000000000) | Retry on throttling | Claude Code | "Generated with", line 4 |

    Cannot sign, having worked on it: Ada Byron (author, pusher, opened the pull request).

    <details><summary>In an emergency</summary>

    A release manager can let it pass once, by a comment with a reason that stays on the record:

        /countersign override 1a2b3c4000000000000000000000000000000000 REASON

    </details>

    <sub>policy <code>sha256:844f606c0950…</code> · record number 4182</sub>
    "#);
}

#[test]
fn a_stranger_worked_on_it() {
    let page = proposed(ONE_GATE, |facts| {
        facts["commits"][1]["author"] = json!({"name": "Mallory", "email": "mallory@home.example"});
    });
    insta::assert_snapshot!(page, @r#"
    ### Refused: refs/heads/main cannot change as it is, for 2 reasons

    <code>refs/heads/main</code> in <code>acme/shop</code>

    1. ask a policy owner to enter them under &#96;people&#96;, or commit under a known address
    2. ask Barbara Liskov or Grace Hopper to approve this pull request

    | gate | asks for | counted | who could |
    |---|---|---|---|
    | agent's change | 1 senior | nobody | Barbara Liskov, Grace Hopper |

    - **contributor-unknown** mallory&#64;&#8203;home&#46;example worked on this change and is nobody the policy knows

    2 of 3 commits were made with an agent:

    | commit | subject | agent | sign |
    |---|---|---|---|
    | [<code>1a2b3c4</code>](https://github.com/acme/shop/commit/1a2b3c4000000000000000000000000000000000) | Fix cost explorer cache | Kiro | Co-authored-by, line 7 |
    | [<code>9f8e7d6</code>](https://github.com/acme/shop/commit/9f8e7d6000000000000000000000000000000000) | Retry on throttling | Claude Code | "Generated with", line 4 |

    Cannot sign, having worked on it: Ada Byron (author, pusher, opened the pull request), mallory&#64;&#8203;home&#46;example (author).

    <details><summary>In an emergency</summary>

    A release manager can let it pass once, by a comment with a reason that stays on the record:

        /countersign override 1a2b3c4000000000000000000000000000000000 REASON

    </details>

    <sub>policy <code>sha256:844f606c0950…</code> · record number 4182</sub>
    "#);
}

#[test]
fn a_hand_on_a_key_is_asked_for() {
    let gates = ONE_GATE.replace("{ role: senior }", "{ role: senior, presence: touch }");
    insta::assert_snapshot!(proposed(&gates, |_| {}).split("| gate").next().unwrap(), @r#"
    ### Needs 1 senior sign-off: Claude Code and Kiro wrote 2 of 3 commits

    <code>refs/heads/main</code> in <code>acme/shop</code>

    1. ask Barbara Liskov or Grace Hopper to run

           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin

    2. then press "Judge again" here
    "#);
}

#[test]
fn the_policy_changes() {
    let page = proposed(ONE_GATE, |facts| facts["policy_changed"] = json!(true));
    insta::assert_snapshot!(page.split("| commit |").next().unwrap(), @r"
    ### Needs 1 senior sign-off: Claude Code and Kiro wrote 2 of 3 commits

    <code>refs/heads/main</code> in <code>acme/shop</code>

    **Next:** ask somebody for each role below to approve this pull request.

    | gate | asks for | counted | who could |
    |---|---|---|---|
    | agent's change | 1 senior | nobody | Barbara Liskov, Grace Hopper |

    - **policy-change** it changes the policy itself&#59; 1 release-manager has to approve that, who could: Dana Scully

    2 of 3 commits were made with an agent:
    ");
}

#[test]
fn only_the_policy_changes() {
    let page = proposed(ONE_GATE, |facts| {
        facts["policy_changed"] = json!(true);
        facts["commits"] = json!([facts["commits"][2]]);
    });
    insta::assert_snapshot!(page.split("<details>").next().unwrap(), @r"
    ### Waits: refs/heads/main changes the gate's own policy and needs a sign-off for that

    <code>refs/heads/main</code> in <code>acme/shop</code>

    **Next:** ask Dana Scully to approve this pull request.

    - **policy-change** it changes the policy itself&#59; 1 release-manager has to approve that, who could: Dana Scully

    1 commit, without a sign of an agent&#46;

    Cannot sign, having worked on it: Ada Byron (author, pusher, opened the pull request).
    ");
}

#[test]
fn an_agents_account_brought_unmarked_commits() {
    let agents = "agents: { acme-fixer: { names: [Acme Fixer], accounts: { plain: fixer } } }\n";
    let page = proposed(&format!("{agents}{ONE_GATE}"), |facts| {
        facts["commits"] = json!([facts["commits"][2]]);
        facts["participants"][0]["identity"] = json!({"account": "plain:fixer"});
    });
    insta::assert_snapshot!(page, @r"
    ### Needs 1 senior sign-off: acme-fixer brought it

    <code>refs/heads/main</code> in <code>acme/shop</code>

    **Next:** ask Barbara Liskov or Grace Hopper to approve this pull request.

    | gate | asks for | counted | who could |
    |---|---|---|---|
    | agent's change | 1 senior | nobody | Barbara Liskov, Grace Hopper |

    1 commit, without a sign of an agent&#46;

    acme-fixer brought the change, so every commit counts as an agent's.

    Cannot sign, having worked on it: Ada Byron (author, pusher).

    <details><summary>In an emergency</summary>

    A release manager can let it pass once, by a comment with a reason that stays on the record:

        /countersign override 1a2b3c4000000000000000000000000000000000 REASON

    </details>

    <sub>policy <code>sha256:8b4b631130fc…</code> · record number 4182</sub>
    ");
}

#[test]
fn it_may_be_merged() {
    let page = proposed(ONE_GATE, |facts| {
        facts["sign_offs"] = json!([sign_off("s1", "plain:grace", "2026-11-22T10:02:00Z")]);
    });
    insta::assert_snapshot!(page, @r#"
    ### Signed off by Grace Hopper

    <code>refs/heads/main</code> in <code>acme/shop</code>

    | gate | asks for | counted | who could |
    |---|---|---|---|
    | agent's change | 1 senior | ✓ Grace Hopper | Barbara Liskov |

    2 of 3 commits were made with an agent:

    | commit | subject | agent | sign |
    |---|---|---|---|
    | [<code>1a2b3c4</code>](https://github.com/acme/shop/commit/1a2b3c4000000000000000000000000000000000) | Fix cost explorer cache | Kiro | Co-authored-by, line 7 |
    | [<code>9f8e7d6</code>](https://github.com/acme/shop/commit/9f8e7d6000000000000000000000000000000000) | Retry on throttling | Claude Code | "Generated with", line 4 |

    <sub>policy <code>sha256:844f606c0950…</code> · record number 4182</sub>
    "#);
}

#[test]
fn it_was_overridden() {
    let page = proposed(ONE_GATE, |facts| facts["overrides"] = json!([override_("o1")]));
    insta::assert_snapshot!(page.split("| commit |").next().unwrap(), @r"
    ### OVERRIDDEN by Dana Scully

    <code>refs/heads/main</code> in <code>acme/shop</code>

    > **Why:** checkout is down since 09:40, fix verified on staging
    > **Ticket:** INC-7
    > **Given:** 10:00 UTC
    > **Review due:** 2026-11-24 10:05 UTC

    | gate | asks for | counted | who could |
    |---|---|---|---|
    | agent's change | 1 senior | nobody | Barbara Liskov, Grace Hopper |

    2 of 3 commits were made with an agent:
    ");
}

#[test]
fn it_can_be_read_at_a_glance() {
    let page = proposed(ONE_GATE, |_| {});
    let open = page.split("<details>").next().unwrap();
    assert!(open.lines().count() <= 24, "{open}");
    let next = page.lines().position(|line| line.starts_with("**Next:**")).unwrap();
    assert!(next <= 5, "the next step stands first: {page}");
    assert_eq!(TEAM.matches("senior").count(), 1);
}
