//! Summaries, word for word, and what text of others does to them: nothing.

use super::*;
use crate::render::sample::{HEAD, MIDDLE, Sample, facts, override_, sign_off};
use serde_json::json;

#[test]
fn a_check_that_waits() {
    let mut sample = Sample::changed(|facts| {
        facts["sign_offs"] = json!([sign_off("s1", "plain:ada", "2026-11-22T10:02:00Z")]);
    });
    sample.context.web = Some("https://github.com/acme/shop".to_owned());
    insta::assert_snapshot!(summary(sample.shown()), @r#"
    ### Needs 1 senior sign-off: Claude Code and Kiro wrote 2 of 3 commits

    <code>refs/heads/main</code> in <code>acme/shop</code>

    | gate | asks for | counted | who could |
    |---|---|---|---|
    | agent's change | 1 senior | nobody | Barbara Liskov, Grace Hopper |

    2 of 3 commits were made with an agent:

    | commit | subject | agent | sign |
    |---|---|---|---|
    | [<code>1a2b3c4</code>](https://github.com/acme/shop/commit/1a2b3c4000000000000000000000000000000000) | Fix cost explorer cache | Kiro | Co-authored-by, line 7 |
    | [<code>9f8e7d6</code>](https://github.com/acme/shop/commit/9f8e7d6000000000000000000000000000000000) | Retry on throttling | Claude Code | "Generated with", line 4 |

    **Not counted**

    - Ada Byron's sign-off of 10:02 UTC `role-missing` `self-sign-off`

    Cannot sign, having worked on it: Ada Byron (author), Bob Developer (pusher).

    1. put it where a reviewer can fetch it

           git push origin 1a2b3c4000000000000000000000000000000000:refs/heads/review/fix-cost-explorer-cache

    2. ask one of them to run

           git fetch origin && countersign sign-off 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --push origin

    3. push again

    <details><summary>In an emergency</summary>

    A release manager can let it pass once, with a reason that stays on the record:

        countersign override 41d0c2e000000000000000000000000000000000..1a2b3c4000000000000000000000000000000000 --target refs/heads/main --reason "…" --push origin

    </details>

    <sub>policy <code>sha256:844f606c0950…</code> · record number 4182</sub>
    "#);
}

#[test]
fn a_check_after_an_override() {
    let sample = Sample::changed(|facts| facts["overrides"] = json!([override_("o1")]));
    insta::assert_snapshot!(summary(sample.shown()), @r#"
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

    | commit | subject | agent | sign |
    |---|---|---|---|
    | <code>1a2b3c4</code> | Fix cost explorer cache | Kiro | Co-authored-by, line 7 |
    | <code>9f8e7d6</code> | Retry on throttling | Claude Code | "Generated with", line 4 |

    <sub>policy <code>sha256:844f606c0950…</code> · record number 4182</sub>
    "#);
}

#[test]
fn hostile_text_breaks_nothing() {
    let hostile = "](javascript:alert(1)) <script>x</script> ``` | @octocat #12\n\n# h\n| a | b |\n</details> https://evil.example";
    let mut sample = Sample::changed(|facts| {
        facts["commits"][0]["agents"] = json!([hostile]);
        facts["commits"][0]["evidence"][0]["text"] = json!(hostile);
        facts["commits"][0]["evidence"][0]["signal"] = json!("footer");
        facts["commits"][1]["evidence"][0]["where"] = json!(hostile);
        facts["commits"][2]["author"] = json!({"name": hostile, "email": hostile});
        facts["defects"] = json!([{"code": "object-malformed", "subject": hostile}]);
        facts["overrides"] = json!([{
            "id": hostile, "identities": [{"account": format!("plain:{hostile}")}], "reason": hostile, "ticket": hostile,
            "repository": "acme/shop", "target": "refs/heads/main", "action": "update", "head": HEAD,
            "at": "2026-11-22T10:00:00Z", "expires_at": "2026-11-22T12:00:00Z", "consumed": false}]);
    });
    sample.context.subjects.insert(MIDDLE.into(), hostile.to_owned());
    sample.context.web = Some(format!("https://github.com/{hostile}"));
    let page = summary(sample.shown());
    let outside: Vec<&str> = page.lines().filter(|line| !line.starts_with("    ")).collect();
    let outside = outside.join("\n").replace("&#", "&");
    for piece in ["<script", "](java", "@octocat", "#12", "https://evil", "\n# h"] {
        assert!(!outside.contains(piece), "{piece} in {page}");
    }
    assert_eq!(page.matches("<details>").count(), page.matches("</details>").count());
    for row in page.lines().filter(|line| line.starts_with('|')) {
        assert_eq!(row.matches('|').count(), 5, "{row}");
    }
}

#[test]
fn a_flood_stays_far_below_githubs_limit() {
    let mut facts = facts();
    let commit = facts["commits"][0].clone();
    let commits = (0..10_000).map(|number| {
        let mut commit = commit.clone();
        commit["id"] = json!(format!("{number:040x}"));
        commit["author"] = json!({"name": "", "email": format!("stranger{number}@example.net")});
        commit
    });
    facts["commits"] = json!(commits.collect::<Vec<_>>());
    let page = summary(Sample::changed(|changed| *changed = facts).shown());
    assert!(page.len() < 65_000, "{}", page.len());
    let before_the_fold = page.split("<details>").next().unwrap();
    assert!(before_the_fold.lines().count() < 45, "{before_the_fold}");
}
