//! The adapter for GitHub, and the fake that it is tested with, against what GitHub publishes: the
//! schema of GraphQL and the description of REST, both checked by programs of others.
//!
//! They are in `tests/tools`; `tests/run --install` puts them there. On a developer's machine they may
//! be missing; where `CI` is set, they may not.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "integration test")]
#![recursion_limit = "256"]

mod github_fake;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use countersign::adapters::github::inspector::{Inspector, Reader};
use countersign::adapters::github::{GitHub, GitHubOptions, Hosts};
use countersign::forge::{
    Annotation, Button, Check, CheckState, DeploymentAnswer, DeploymentState, Forge, Group, RepositoryId,
    RepositoryName,
};
use github_fake::settings::environment;
use github_fake::tools::{ALLOWED, Prism, installed, published_webhooks};
use github_fake::{ADA, APP, Edit, Fake, Merge, required_checks, signature};
use jiff::{SignedDuration, Timestamp};

/// A fake with something of everything.
fn full() -> (Fake, RepositoryId) {
    let fake = Fake::start();
    for person in ["ada", "grace"] {
        fake.user(person);
    }
    fake.bot("copilot[bot]");
    let shop = fake.repository("acme", "shop");
    fake.repository("acme", ".github");
    fake.team("acme", "seniors", None, &["grace", "barbara"]);
    for (number, branch) in ["a", "b", "c"].into_iter().enumerate() {
        let edits = [1, 2, 3].map(|n| Edit::new(ADA, "Change", &format!("{branch}{n}"), "content\n"));
        fake.push(shop, branch, "ada", &edits);
        let opener = if number == 0 { "copilot[bot]" } else { "ada" };
        fake.open_from(shop, shop, branch, "main", opener, &["grace"]);
    }
    for _ in 0..3 {
        let review = fake.review(shop, 1, "grace", "APPROVED");
        fake.dismiss(shop, 1, review, "ada");
        fake.comment(shop, 1, "grace", "/countersign explain");
        fake.withdraw_request(shop, 1, "grace");
    }
    (fake, shop)
}

/// Uses the whole port.
async fn use_everything(fake: &Fake, github: &GitHub, shop: RepositoryId) {
    github.pull_request(shop, 1).await.unwrap();
    github.open_changes(shop).await.unwrap();
    let head = fake.queue_group(shop, "main", &[2, 3]);
    let target = "refs/heads/main".parse().unwrap();
    assert!(github.queued_groups(shop, &target).await.unwrap().iter().any(|group| group.head.to_string() == head));
    github.policies(shop).await.unwrap();
    let landed = fake.merge(shop, 1, Merge::Squash, "grace");
    assert_eq!(github.landed_by(shop, landed.parse().unwrap()).await.unwrap().len(), 1);
    assert!(!github.pushes(shop, "refs/heads/main", None).await.unwrap().is_empty());
    for group in ["github-team:acme/seniors", "github-org:acme"] {
        github.members(shop.installation, &Group::from_key(group).unwrap()).await.unwrap();
    }
    let annotation = |n: u32| Annotation {
        path: "a1".to_owned(),
        line: n,
        title: "agent".to_owned(),
        message: "evidence".to_owned(),
    };
    let check = Check {
        name: "countersign (main)".to_owned(),
        head: fake.tip(shop, "b").parse().unwrap(),
        external_id: "b/main".to_owned(),
        state: CheckState::ActionRequired,
        title: "Waits for a senior".to_owned(),
        summary: "s".repeat(70_000),
        text: Some("More".to_owned()),
        annotations: (1..=60).map(annotation).collect(),
        buttons: vec![Button::JUDGE_AGAIN; 4],
        details_url: Some("https://gate.example.com/".to_owned()),
    };
    let number = github.publish(shop, &check, None).await.unwrap();
    for state in [CheckState::Success, CheckState::Failure] {
        github.publish(shop, &Check { state, ..check.clone() }, Some(number)).await.unwrap();
    }
    github.request_reviews(shop, 2, &["grace".to_owned()]).await.unwrap();
    let asked = github.pull_request(shop, 2).await.unwrap().review_requests;
    assert_eq!(asked.known().map(|requests| requests.open.len()), Some(1));
    github.comment(shop, 2, "Hello").await.unwrap();
    deploy(fake, github, shop).await;
    assert_eq!(github.repositories().await.unwrap().len(), 2);
    let failed = github.failed_deliveries(Timestamp::now() - SignedDuration::from_hours(1)).await.unwrap();
    github.redeliver(failed.first().unwrap().id).await.unwrap();
}

/// Answers a run that waits.
async fn deploy(fake: &Fake, github: &GitHub, shop: RepositoryId) {
    fake.environment(shop, "production");
    let run = fake.run_for(shop, &fake.tip(shop, "main"), "ada", &["production"]);
    assert!(github.asks_before(shop, "production").await.unwrap());
    assert!(github.waiting_runs(shop).await.unwrap().contains(&run));
    github.deployment_run(shop, run).await.unwrap();
    for state in [DeploymentState::Waiting, DeploymentState::Approved] {
        let answer = DeploymentAnswer { state, comment: "Waits for a senior".to_owned() };
        github.answer_deployment(shop, run, "production", &answer).await.unwrap();
    }
}

/// Lets some deliveries fail.
fn fail_deliveries(fake: &Fake, shop: RepositoryId) {
    fake.send_webhooks_to("http://127.0.0.1:9/", "s3cret");
    fake.comment(shop, 1, "grace", "Hello");
    let start = Instant::now();
    while fake.world().deliveries.is_empty() {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_query_is_right_by_githubs_published_schema() {
    let Some(tools) = installed() else { return };
    let (fake, shop) = full();
    fail_deliveries(&fake, shop);
    fake.world().paging.most = 2;
    use_everything(&fake, &fake.adapter(), shop).await;
    let queries: BTreeSet<String> = fake.world().queries.iter().cloned().collect();
    // The whole, a further page of four lists, open pull requests, the queue.
    assert!(queries.len() >= 7, "{queries:#?}");
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("queries.json");
    std::fs::write(&file, serde_json::to_vec(&queries).unwrap()).unwrap();
    let output = Command::new("node").arg("validate-queries.mjs").arg(&file).current_dir(&tools).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && !said.contains("note:"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_and_every_answer_keeps_to_githubs_published_description() {
    let Some(tools) = installed() else { return };
    let (fake, shop) = full();
    fail_deliveries(&fake, shop);
    let prism = Prism::start(&tools, &fake.url());
    let direct = fake.options();
    let hosts = Hosts { rest: prism.url.clone(), ..direct.hosts.clone() };
    let github = GitHub::new(&GitHubOptions { hosts, commit_status: true, ..direct }).unwrap();
    // The description knows no repository by its number.
    github.learn_name(shop, RepositoryName { owner: "acme".to_owned(), name: "shop".to_owned() });
    use_everything(&fake, &github, shop).await;
    let violations = prism.violations();
    assert_eq!(prism.not_allowed(), [""; 0]);
    for (part, reason) in ALLOWED {
        assert!(violations.iter().any(|line| line.contains(part)), "no longer needed: {reason}");
    }
    // It does look: what is wrong is told.
    let wrong = reqwest::Client::new().get(format!("{}/app/installations?per_page=x", prism.url)).send().await.unwrap();
    drop(wrong.text().await);
    let start = Instant::now();
    while prism.violations().len() == violations.len() {
        assert!(start.elapsed() < Duration::from_secs(10), "{:#?}", prism.violations());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Reads every setting as the app and as a person, and writes a ruleset as the person.
async fn look_at_settings(fake: &Fake, options: &GitHubOptions, shop: RepositoryId) {
    let name = RepositoryName { owner: "acme".to_owned(), name: "shop".to_owned() };
    let mut inspector = Inspector::new(options).unwrap();
    inspector.app().await.unwrap();
    assert_eq!(inspector.installation(&name).await.unwrap().id, shop.installation);
    for reader in [Reader::Token, Reader::Installation(shop.installation)] {
        inspector.read_as(reader);
        let sees_bypass = reader == Reader::Token;
        inspector.repository(&name).await.unwrap();
        assert!(inspector.branches(&name).await.unwrap().len() > 3);
        assert!(inspector.rules(&name, "main").await.unwrap().len() > 3);
        assert!(inspector.classic(&name, "main").await.unwrap().is_some());
        assert!(inspector.classic(&name, "a").await.unwrap().is_none());
        for ruleset in inspector.rulesets(&name).await.unwrap() {
            let read = inspector.ruleset(&name, ruleset.id).await.unwrap();
            assert_eq!(read.bypass_actors.is_some(), sees_bypass);
        }
        inspector.workflow_token(&name).await.unwrap();
        assert_eq!(inspector.environments(&name).await.unwrap().len(), 1);
        assert_eq!(inspector.custom_rules(&name, "production").await.unwrap().len(), 1);
        assert!(inspector.file(&name, "README.md").await.unwrap().is_some());
        assert!(inspector.file(&name, "nothing/here").await.unwrap().is_none());
        assert_eq!(inspector.files_in(&name, "folder").await.unwrap(), ["folder/file"]);
    }
    let ruleset = serde_json::json!({
        "name": "countersign (a)", "target": "branch", "enforcement": "active", "bypass_actors": [],
        "conditions": {"ref_name": {"include": ["refs/heads/a"], "exclude": []}},
        "rules": [{"type": "deletion"}, {"type": "non_fast_forward"}, required_checks(&[("countersign (a)", Some(APP))])],
    });
    let number = inspector.write_ruleset(&name, None, &ruleset).await.unwrap();
    assert_eq!(inspector.write_ruleset(&name, Some(number), &ruleset).await.unwrap(), number);
    assert_eq!(fake.world().repository(shop).settings.rulesets.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_keep_to_githubs_published_description() {
    let Some(tools) = installed() else { return };
    let (fake, shop) = full();
    fake.push(shop, "main", "ada", &[Edit::new(ADA, "Add", "folder/file", "content\n")]);
    let actor = |kind: &str, id: Option<u64>, mode: &str| serde_json::json!({"actor_type": kind, "actor_id": id, "bypass_mode": mode});
    let rules = serde_json::json!([
        {"type": "deletion"}, {"type": "non_fast_forward"}, {"type": "creation"},
        required_checks(&[("countersign (main)", Some(APP)), ("build", None)]),
        {"type": "merge_queue", "parameters": {
            "check_response_timeout_minutes": 60, "grouping_strategy": "ALLGREEN", "max_entries_to_build": 5,
            "max_entries_to_merge": 5, "merge_method": "SQUASH", "min_entries_to_merge": 1,
            "min_entries_to_merge_wait_minutes": 5,
        }},
    ]);
    let bypass = [actor("OrganizationAdmin", None, "always"), actor("Team", Some(8), "exempt")];
    fake.ruleset(shop, "shared", &["~ALL"], rules, serde_json::json!({"bypass_actors": bypass}));
    fake.set(shop, |settings| {
        settings.environments = vec![environment("production", true)];
        settings.custom_rules.insert("production".to_owned(), vec![APP]);
        let url = "https://api.github.com/";
        let protection = serde_json::json!({
            "url": url, "enforce_admins": {"enabled": true, "url": url}, "allow_force_pushes": {"enabled": false},
            "allow_deletions": {"enabled": false}, "required_status_checks": {
                "url": url, "contexts_url": url, "strict": true, "contexts": ["countersign (main)"],
                "checks": [{"context": "countersign (main)", "app_id": APP}],
            },
        });
        settings.protection.insert("main".to_owned(), protection);
    });
    let prism = Prism::start(&tools, &fake.url());
    let hosts = Hosts { rest: prism.url.clone(), ..fake.options().hosts };
    let permissions = ["administration:write", "actions:read", "contents:read"];
    let token = Some(fake.token_of("grace", &permissions).into());
    look_at_settings(&fake, &GitHubOptions { hosts, token, ..fake.options() }, shop).await;
    assert_eq!(prism.not_allowed(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_the_way_around_through_prism_is_compared() {
    if installed().is_none() {
        return;
    }
    let (fake, shop) = full();
    fake.validate_calls();
    let github = fake.adapter();
    github.repositories().await.unwrap();
    github.comment(shop, 1, "Hello").await.unwrap();
    // The calls went there: what is allowed is told too.
    assert!(fake.world().violations.iter().all(|line| ALLOWED.iter().any(|(part, _)| line.contains(part))));
    assert!(!fake.world().violations.is_empty());
    assert_eq!(fake.violations(), [""; 0]);
    let wrong = reqwest::Client::new().get(format!("{}/app/installations?per_page=x", fake.url()));
    wrong.header("user-agent", "test").send().await.unwrap();
    assert!(fake.violations().iter().any(|line| line.contains("per_page")), "{:?}", fake.violations());
}

#[test]
fn the_fake_signs_as_githubs_own_library_does() {
    let Some(tools) = installed() else { return };
    let webhooks = published_webhooks(&tools, "s3cret");
    assert!(webhooks.len() >= 329 + 13, "{}", webhooks.len());
    for webhook in webhooks {
        assert_eq!(signature("s3cret", webhook.body.as_bytes()), webhook.signature, "{}", webhook.event);
    }
}
