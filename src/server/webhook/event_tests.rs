//! Which event leads to which subject, on bodies as a forge sends them.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::forge::RepositoryId;
use crate::model::{AccountKind, Oid};

#[path = "check_event_tests.rs"]
mod checks;
#[path = "deployment_event_tests.rs"]
mod deployments;

const ID: RepositoryId = RepositoryId { installation: 4_711, repository: 17_273_051 };
const HEAD: &str = "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c";

fn now() -> Timestamp {
    Timestamp::from_second(1_790_000_000).unwrap()
}

/// Returns a body with what every body has, and `more`.
fn body(action: Option<&str>, more: Value) -> Value {
    let mut body = json!({
        "repository": {
            "id": 17_273_051, "node_id": "MDEwOlJlcG9zaXRvcnkxNzI3MzA1MQ==", "name": "shop", "full_name": "acme/shop",
            "private": true, "owner": { "login": "Acme", "id": 38_302_899, "type": "Organization" },
            "html_url": "https://github.com/acme/shop", "default_branch": "main", "topics": [], "license": null
        },
        "organization": { "login": "Acme", "id": 38_302_899, "description": null },
        "sender": { "login": "ada", "id": 21_031_067, "type": "User", "site_admin": false },
        "installation": { "id": 4_711, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9uNDcxMQ==" }
    });
    if let Some(action) = action {
        body["action"] = action.into();
    }
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

fn pull_request(number: u64) -> Value {
    json!({
        "number": number, "state": "open", "title": "Sell hats", "user": { "login": "ada", "id": 21_031_067 },
        "head": { "ref": "hats", "sha": HEAD, "repo": { "id": 17_273_051 } },
        "base": { "ref": "main", "sha": HEAD, "repo": { "id": 17_273_051 } }
    })
}

fn reading(event: &str, body: &Value) -> Result<Reading, Malformed> {
    read(event, body.to_string().as_bytes(), now())
}

fn notice(event: &str, body: &Value) -> Notice {
    match reading(event, body) {
        Ok(Reading::Relevant(notice)) => *notice,
        other => panic!("{event}: {other:?}"),
    }
}

fn subjects(event: &str, action: &str, more: Value) -> Vec<Subject> {
    notice(event, &body(Some(action), more)).subjects
}

fn ignored(event: &str, body: &Value) -> Ignored {
    match reading(event, body) {
        Ok(Reading::Ignored(why)) => why,
        other => panic!("{event}: {other:?}"),
    }
}

fn head() -> Oid {
    HEAD.parse().unwrap()
}

#[test]
fn everything_about_a_pull_request_names_it() {
    let change = vec![Subject::PullRequest(ID, 7)];
    for action in ["opened", "synchronize", "edited", "closed", "assigned", "enqueued", "auto_merge_enabled"] {
        let more = json!({ "number": 7, "pull_request": pull_request(7) });
        assert_eq!(subjects("pull_request", action, more), change, "{action}");
    }
    for action in ["review_requested", "review_request_removed"] {
        let more = json!({ "number": 7, "pull_request": pull_request(7) });
        assert_eq!(ignored("pull_request", &body(Some(action), more)), Ignored::Action, "{action}");
    }
    for action in ["submitted", "edited", "dismissed"] {
        let review = json!({ "id": 80, "state": "approved", "commit_id": null, "user": { "login": "grace" } });
        let more = json!({ "review": review, "pull_request": pull_request(7) });
        assert_eq!(subjects("pull_request_review", action, more), change, "{action}");
    }
    let more = json!({ "comment": { "id": 1, "body": "no" }, "pull_request": pull_request(7) });
    assert_eq!(subjects("pull_request_review_comment", "deleted", more), change);
    let issue = json!({ "number": 7, "title": "Sell hats", "pull_request": { "url": "https://api.github.com/x" } });
    let more = json!({ "issue": issue, "comment": { "id": 1, "body": "/countersign override" } });
    assert_eq!(subjects("issue_comment", "created", more), change);
}

#[test]
fn a_comment_on_a_mere_issue_is_ignored() {
    let more = json!({ "issue": { "number": 7, "title": "Hats?" }, "comment": { "id": 1, "body": "yes" } });
    assert_eq!(ignored("issue_comment", &body(Some("created"), more)), Ignored::NoPullRequest);
}

#[test]
fn a_push_names_its_branch_and_who_pushed() {
    let more = json!({ "ref": "refs/heads/hats", "before": "0".repeat(40), "after": HEAD, "created": true,
        "pusher": { "name": "ada", "email": "ada@example.com" }, "commits": [{ "id": HEAD, "added": ["a"] }] });
    let found = notice("push", &body(None, more));
    assert_eq!(found.subjects, [Subject::Branch(ID, "refs/heads/hats".to_owned())]);
    assert_eq!((found.installation, found.owner.as_deref()), (4_711, Some("acme")));
    let push = found.push.unwrap();
    assert_eq!((push.id, push.name.as_str(), push.head, push.at), (ID, "refs/heads/hats", Some(head()), now()));
    assert_eq!(push.account.account.unwrap().to_string(), "github:ada");
    assert_eq!((push.account.id, push.account.kind), (Some(21_031_067), Some(AccountKind::Human)));
}

#[test]
fn a_push_by_a_bot_says_so_and_one_by_nobody_is_not_remembered() {
    let push = |sender: Value| {
        let more = json!({ "ref": "refs/tags/v1", "after": HEAD, "sender": sender });
        notice("push", &body(None, more)).push
    };
    let bot = push(json!({ "login": "kiro[bot]", "id": 9, "type": "Bot" })).unwrap();
    assert_eq!(bot.account.kind, Some(AccountKind::Bot));
    let new_kind = push(json!({ "login": "x", "id": 9, "type": "Mannequin" })).unwrap();
    assert_eq!(new_kind.account.kind, Some(AccountKind::Unknown));
    assert_eq!(push(Value::Null), None);
    assert_eq!(push(json!({ "login": "ada", "type": "User" })), None, "without a number nobody is held to account");
    assert_eq!(push(json!({ "login": "a\u{1b}[2J", "id": 9, "type": "User" })), None);
}

#[test]
fn a_deleted_branch_has_no_head() {
    let more = json!({ "ref": "refs/heads/hats", "before": HEAD, "after": "0".repeat(40), "deleted": true });
    assert_eq!(notice("push", &body(None, more)).push.unwrap().head, None);
}

#[test]
fn a_moved_default_branch_may_bring_another_policy() {
    let more = json!({ "ref": "refs/heads/main", "before": HEAD, "after": HEAD });
    let branch = Subject::Branch(ID, "refs/heads/main".to_owned());
    let moved = body(None, more);
    assert_eq!(notice("push", &moved).subjects, [branch.clone(), Subject::Repository(ID)]);
    let mut organization = moved;
    organization["repository"]["name"] = ".github".into();
    assert_eq!(notice("push", &organization).subjects, [branch, Subject::Installation(4_711)]);
}

#[test]
fn a_merge_group_is_looked_at_and_when_it_is_gone_its_branch() {
    let more = json!({ "merge_group": { "head_sha": HEAD, "base_sha": HEAD, "base_ref": "refs/heads/main",
        "head_ref": format!("refs/heads/gh-readonly-queue/main/pr-7-{HEAD}"), "head_commit": { "id": HEAD } } });
    let main = "refs/heads/main".to_owned();
    let asked = subjects("merge_group", "checks_requested", more.clone());
    assert_eq!(asked, [Subject::Group(ID, head(), main.clone())]);
    assert_eq!(subjects("merge_group", "destroyed", more.clone()), [Subject::Branch(ID, main)]);
    assert_eq!(ignored("merge_group", &body(Some("painted"), more)), Ignored::Action);
}

#[test]
fn changed_members_are_forgotten() {
    let everywhere = [Subject::Installation(4_711)];
    let forgets = |event: &str, action: &str, more: Value| {
        let found = notice(event, &body(Some(action), more));
        assert_eq!(found.subjects, everywhere, "{event}.{action}");
        found.forget.join(" ")
    };
    let team = |slug: &str, parent: Value| json!({ "team": { "id": 3, "slug": slug, "parent": parent } });
    let seniors = || team("Senior-Engineers", Value::Null);
    assert_eq!(forgets("membership", "removed", seniors()), "github-team:acme/senior-engineers");
    assert_eq!(forgets("membership", "added", seniors()), "github-team:acme/senior-engineers");
    let child = team("senior-engineers", json!({ "id": 2, "slug": "engineers" }));
    assert_eq!(forgets("membership", "removed", child), "*", "the teams above it lose a member, too");
    assert_eq!(forgets("membership", "removed", json!({ "team": { "id": 3, "deleted": true } })), "*");
    assert_eq!(forgets("team", "edited", seniors()), "*");
    for (event, action) in [("team_add", ""), ("team", "added_to_repository"), ("team", "removed_from_repository")] {
        let found = notice(event, &body(Some(action), seniors()));
        assert_eq!(
            (found.subjects, found.forget.len()),
            (vec![Subject::Repository(ID)], 0),
            "the members are the same"
        );
    }
    assert_eq!(forgets("organization", "member_removed", json!({ "membership": { "role": "member" } })), "*");
    assert_eq!(ignored("organization", &body(Some("member_invited"), json!({}))), Ignored::Action);
    let collaborator = notice("member", &body(Some("added"), json!({ "member": { "login": "bob" } })));
    assert_eq!(
        (collaborator.subjects, collaborator.forget.join(" ")),
        (vec![Subject::Repository(ID)], "github-org:acme".to_owned())
    );
}

#[test]
fn rules_and_names_concern_a_whole_repository() {
    for (event, action) in [
        ("repository_ruleset", "deleted"),
        ("branch_protection_rule", "edited"),
        ("branch_protection_configuration", "disabled"),
        ("repository", "renamed"),
        ("repository", "transferred"),
    ] {
        assert_eq!(subjects(event, action, json!({})), [Subject::Repository(ID)], "{event}.{action}");
    }
    let mut organization = body(Some("created"), json!({ "repository_ruleset": { "source_type": "Organization" } }));
    organization.as_object_mut().unwrap().remove("repository");
    assert_eq!(notice("repository_ruleset", &organization).subjects, [Subject::Installation(4_711)]);
    let renamed = json!({ "changes": { "repository": { "name": { "from": ".github" } } } });
    assert_eq!(subjects("repository", "renamed", renamed), [Subject::Installation(4_711)]);
}

#[test]
fn an_installation_concerns_everything_it_reaches() {
    let account = json!({ "login": "Globex", "id": 5, "type": "Organization" });
    let more = json!({ "installation": { "id": 99, "account": account, "permissions": { "checks": "write" } },
        "repositories": [{ "id": 1, "name": "x" }] });
    for (event, action) in [
        ("installation", "created"),
        ("installation", "suspend"),
        ("installation_repositories", "added"),
        ("installation_target", "renamed"),
    ] {
        let found = notice(event, &body(Some(action), more.clone()));
        assert_eq!(found.subjects, [Subject::Installation(99)], "{event}");
        assert_eq!((found.forget, found.owner.as_deref()), (vec!["*".to_owned()], Some("globex")));
    }
}

#[test]
fn what_does_not_matter_is_ignored() {
    for event in ["ping", "status", "deployment", "deployment_review", "workflow_run", "star", "made_up_tomorrow"] {
        assert_eq!(ignored(event, &body(None, json!({ "ref": 7, "number": "x" }))), Ignored::Event, "{event}");
    }
    let mut stranger = body(Some("opened"), json!({ "pull_request": pull_request(7) }));
    stranger["installation"] = Value::Null;
    assert_eq!(ignored("pull_request", &stranger), Ignored::NoInstallation);
}

#[test]
fn a_body_without_what_the_event_needs_is_malformed() {
    assert_eq!(reading("pull_request", &body(Some("opened"), json!({}))), Err(Malformed::Missing("pull_request")));
    let nowhere = body(None, json!({ "pull_request": pull_request(7), "repository": null }));
    assert_eq!(reading("pull_request", &nowhere), Err(Malformed::Missing("repository")));
    for (more, malformed) in [
        (json!({ "ref": "refs/heads/x", "after": "abc" }), Malformed::Value("after")),
        (json!({ "ref": "x", "after": HEAD }), Malformed::Value("ref")),
        (json!({ "ref": "refs/heads/\u{1b}", "after": HEAD }), Malformed::Value("ref")),
        (json!({ "ref": format!("refs/heads/{}", "x".repeat(1_024)), "after": HEAD }), Malformed::Value("ref")),
        (json!({ "after": HEAD }), Malformed::Missing("ref")),
    ] {
        assert_eq!(reading("push", &body(None, more)), Err(malformed));
    }
    for text in [
        "",
        "[]",
        "null",
        "\"x\"",
        "{",
        "{\"installation\": 7}",
        "{\"installation\":{\"id\":-1}}",
        "{}{}",
        "\u{feff}{}",
    ] {
        assert!(matches!(read("push", text.as_bytes(), now()), Err(Malformed::Json { .. })), "{text}");
    }
    let deep = format!("{{\"installation\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read("push", deep.as_bytes(), now()).is_err());
    assert!(read("star", "{\"a\":".as_bytes(), now()).is_err(), "what is ignored must be JSON, too");
}

#[test]
fn an_error_does_not_quote_the_body() {
    let error = reading("push", &json!({ "installation": "ghs_secret" })).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("ghs_secret"));
}

#[test]
fn events_have_a_bounded_number_of_labels() {
    assert_eq!(label("pull_request"), "pull_request");
    assert_eq!(label("made_up_tomorrow"), "other");
}

/// Returns JSON in which names that matter appear with values that may not fit.
fn any_body() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        Just(HEAD.into()),
        Just("refs/heads/main".into()),
        Just("rerequested".into()),
    ];
    let name = prop::sample::select(vec![
        "action",
        "installation",
        "repository",
        "sender",
        "organization",
        "id",
        "login",
        "type",
        "pull_request",
        "number",
        "issue",
        "ref",
        "after",
        "check_run",
        "check_suite",
        "pull_requests",
        "head_sha",
        "head_branch",
        "merge_group",
        "base_ref",
        "team",
        "slug",
        "parent",
        "changes",
        "name",
        "from",
        "owner",
        "account",
    ]);
    leaf.prop_recursive(5, 64, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(name.clone().prop_map(str::to_owned), inner, 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn any_event() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "pull_request",
        "issue_comment",
        "push",
        "check_run",
        "check_suite",
        "merge_group",
        "membership",
        "team",
        "organization",
        "member",
        "repository",
        "repository_ruleset",
        "installation",
        "star",
    ])
}

proptest! {
    #[test]
    fn bytes_of_any_kind_have_an_answer(event in any_event(), bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = read(event, &bytes, now());
    }

    #[test]
    fn json_of_any_shape_has_an_answer(event in any_event(), body in any_body()) {
        let _ = reading(event, &body);
    }

    #[test]
    fn what_is_found_can_be_stored_and_read_back(event in any_event(), more in any_body()) {
        let more = if more.is_object() { more } else { json!({}) };
        if let Ok(Reading::Relevant(notice)) = reading(event, &body(Some("rerequested"), more)) {
            prop_assert!(!notice.subjects.is_empty());
            for subject in notice.subjects {
                prop_assert_eq!(subject.to_string().parse::<Subject>().ok(), Some(subject));
            }
        }
    }
}
