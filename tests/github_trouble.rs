//! The adapter for GitHub against a GitHub that remembers: what it writes, and what it does when
//! answers get lost, tokens end, limits are reached and GitHub fails.
#![cfg(feature = "server")]
#![expect(clippy::unwrap_used, reason = "integration test")]
#![recursion_limit = "256"]

mod github_fake;

use std::sync::Arc;
use std::time::{Duration, Instant};

use countersign::adapters::clock;
use countersign::forge::{Annotation, Check, CheckState, Forge, ForgeError, Group, RepositoryId};
use countersign::model::Oid;
use github_fake::{ADA, Edit, Fake};
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;

fn edit(path: &str) -> Edit {
    Edit::new(ADA, "Change something", path, "content\n")
}

fn oid(text: &str) -> Oid {
    text.parse().unwrap()
}

/// A fake with one pull request of Ada's, number 1.
fn shop() -> (Fake, RepositoryId, Oid) {
    let fake = Fake::start();
    for person in ["ada", "grace"] {
        fake.user(person);
    }
    let shop = fake.repository("acme", "shop");
    let head = fake.push(shop, "fix", "ada", &[edit("fix")]);
    fake.open(shop, "fix", "main", "ada");
    (fake, shop, oid(&head))
}

fn check(head: Oid, state: CheckState, annotations: usize) -> Check {
    let annotation = |n: usize| Annotation {
        path: "fix".to_owned(),
        line: u32::try_from(n).unwrap() + 1,
        title: "agent".to_owned(),
        message: format!("evidence {n}"),
    };
    Check {
        name: "countersign (main)".to_owned(),
        head,
        external_id: format!("{head}/main"),
        state,
        title: "Waits for a senior".to_owned(),
        summary: "Nobody has signed.".to_owned(),
        text: None,
        annotations: (0..annotations).map(annotation).collect(),
        buttons: Vec::new(),
        details_url: Some("https://gate.example.com/1".to_owned()),
    }
}

/// Waits until something is so.
fn eventually(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(20), "it never came true");
        std::thread::sleep(Duration::from_millis(10));
    }
}

// --- checks ---------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn a_check_is_made_once_and_then_changed() {
    let (fake, shop, head) = shop();
    let github = fake.adapter();
    let number = github.publish(shop, &check(head, CheckState::ActionRequired, 0), None).await.unwrap();
    fake.forget_calls();
    let again = github.publish(shop, &check(head, CheckState::Success, 0), Some(number)).await.unwrap();
    assert_eq!((again, fake.world().calls.len()), (number, 1));
    // One that nobody remembers is found.
    let found = github.publish(shop, &check(head, CheckState::Failure, 0), None).await.unwrap();
    let runs = fake.world().checks_on(shop, &head.to_string());
    assert_eq!((found, runs.len(), runs[0].conclusion.as_deref()), (number, 1, Some("failure")));
    assert_eq!(runs[0].details_url.as_deref(), Some("https://gate.example.com/1"));
    // One that GitHub has forgotten is made anew.
    fake.world().repository(shop).checks.clear();
    let new = github.publish(shop, &check(head, CheckState::Success, 0), Some(number)).await.unwrap();
    assert_ne!(new, number);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_whose_answer_got_lost_is_not_made_twice() {
    let (fake, shop, head) = shop();
    let github = fake.adapter();
    github.pull_request(shop, 1).await.unwrap();
    fake.world().faults.lost_answers = 1;
    fake.forget_calls();
    let lost = github.publish(shop, &check(head, CheckState::Success, 0), None).await;
    assert!(matches!(lost, Err(ForgeError::Unavailable(_))), "{lost:?}");
    assert_eq!(fake.world().calls_to("/check-runs"), 2, "looked for, made, and not tried again");
    github.publish(shop, &check(head, CheckState::Success, 0), None).await.unwrap();
    assert_eq!(fake.world().checks_on(shop, &head.to_string()).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_of_another_app_or_target_is_not_taken_for_ones_own() {
    let (fake, shop, head) = shop();
    let github = fake.adapter();
    let number = github.publish(shop, &check(head, CheckState::Success, 0), None).await.unwrap();
    fake.world().repository(shop).checks[0].app = 4;
    let own = github.publish(shop, &check(head, CheckState::Failure, 0), None).await.unwrap();
    assert_ne!(own, number);
    let mut other = check(head, CheckState::Success, 0);
    other.name = "countersign (release/1 ü)".to_owned();
    other.external_id = "other".to_owned();
    let third = github.publish(shop, &other, None).await.unwrap();
    assert_eq!(github.publish(shop, &other, None).await.unwrap(), third);
    assert_eq!(fake.world().checks_on(shop, &head.to_string()).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn annotations_arrive_all_and_once() {
    let (fake, shop, head) = shop();
    let github = fake.adapter();
    let number = github.publish(shop, &check(head, CheckState::Failure, 120), None).await.unwrap();
    github.publish(shop, &check(head, CheckState::Failure, 120), Some(number)).await.unwrap();
    github.publish(shop, &check(head, CheckState::Failure, 120), None).await.unwrap();
    let runs = fake.world().checks_on(shop, &head.to_string());
    let messages: Vec<String> =
        runs[0].annotations.iter().map(|one| one["message"].as_str().unwrap().to_owned()).collect();
    assert_eq!(messages, (0..120).map(|n| format!("evidence {n}")).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_that_are_refused_do_not_keep_the_answer_back() {
    let (fake, shop, head) = shop();
    let github = fake.adapter();
    fake.world().faults.refuse_annotations = true;
    let number = github.publish(shop, &check(head, CheckState::ActionRequired, 3), None).await.unwrap();
    github.publish(shop, &check(head, CheckState::Failure, 3), Some(number)).await.unwrap();
    let runs = fake.world().checks_on(shop, &head.to_string());
    assert_eq!((runs.len(), runs[0].conclusion.as_deref(), runs[0].annotations.len()), (1, Some("failure"), 0));
    fake.world().faults.refuse_annotations = false;
    github.publish(shop, &check(head, CheckState::Failure, 3), Some(number)).await.unwrap();
    assert_eq!(fake.world().checks_on(shop, &head.to_string())[0].annotations.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_that_are_too_long_are_cut_and_say_so() {
    let (fake, shop, head) = shop();
    let mut long = check(head, CheckState::Failure, 0);
    long.title = "ü".repeat(1_000);
    long.summary = "é".repeat(100_000);
    long.text = Some("日".repeat(100_000));
    let github = fake.adapter();
    github.publish(shop, &long, None).await.unwrap();
    let run = fake.world().checks_on(shop, &head.to_string()).remove(0);
    assert!(run.summary.len() <= 65_535 && run.summary.contains("cut"));
    assert!(run.text.unwrap().contains("cut"));
    github.comment(shop, 1, &"ä".repeat(100_000)).await.unwrap();
    assert!(fake.world().repository(shop).pulls[&1].comments[0].body.contains("cut"));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_asked_and_refusals_are_told() {
    let (fake, shop, _) = shop();
    let github = fake.adapter();
    github.request_reviews(shop, 1, &["grace".to_owned()]).await.unwrap();
    github.request_reviews(shop, 1, &[]).await.unwrap();
    assert_eq!(fake.world().repository(shop).pulls[&1].requested, ["grace"]);
    let refused = github.request_reviews(shop, 1, &["ada".to_owned()]).await;
    assert!(matches!(refused, Err(ForgeError::Rejected(_))), "{refused:?}");
}

// --- tokens ---------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn many_callers_share_one_token() {
    let (fake, shop, _) = shop();
    fake.world().faults.latency = Duration::from_millis(20);
    let github = Arc::new(fake.adapter());
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let github = Arc::clone(&github);
            tokio::spawn(async move { github.pull_request(shop, 1).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(fake.world().calls_to("access_tokens"), 1);
    assert_eq!(github.usage().tokens(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_narrowed_and_renewed_before_it_ends() {
    let (fake, shop, _) = shop();
    fake.world().token_life = Some(SignedDuration::from_mins(5));
    fake.world()
        .installations
        .get_mut(&shop.installation)
        .unwrap()
        .permissions
        .insert("contents".to_owned(), "write".to_owned());
    let github = fake.adapter();
    github.pull_request(shop, 1).await.unwrap();
    assert!(fake.world().tokens.values().all(|token| token.permissions["contents"] == "read"));
    let before = fake.world().calls_to("access_tokens");
    github.pull_request(shop, 1).await.unwrap();
    assert_eq!(fake.world().calls_to("access_tokens"), before + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_renewed_once() {
    let (fake, shop, _) = shop();
    let github = fake.adapter();
    github.pull_request(shop, 1).await.unwrap();
    fake.world().tokens.clear();
    github.pull_request(shop, 1).await.unwrap();
    assert_eq!(fake.world().calls_to("access_tokens"), 2);
    fake.world().tokens.clear();
    fake.world().faults.refused_tokens = 5;
    let refused = github.pull_request(shop, 1).await;
    assert!(matches!(refused, Err(ForgeError::Forbidden(_))), "{refused:?}");
    assert_eq!(fake.world().calls_to("access_tokens"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_was_granted_less_does_what_it_can() {
    let (fake, shop, head) = shop();
    {
        let mut world = fake.world();
        let granted = &mut world.installations.get_mut(&shop.installation).unwrap().permissions;
        granted.remove("members");
        granted.remove("merge_queues");
    }
    let github = fake.adapter();
    github.publish(shop, &check(head, CheckState::Success, 0), None).await.unwrap();
    let members = github.members(shop.installation, &Group::Organization("acme".to_owned())).await;
    assert!(matches!(members, Err(ForgeError::Forbidden(_))), "{members:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_or_removed_app_is_told_apart() {
    let (fake, shop, _) = shop();
    fake.world().installations.get_mut(&shop.installation).unwrap().suspended = true;
    let suspended = fake.adapter().pull_request(shop, 1).await;
    assert!(matches!(suspended, Err(ForgeError::NotInstalled(_))), "{suspended:?}");
    fake.world().installations.clear();
    let removed = fake.adapter().pull_request(shop, 1).await;
    assert!(matches!(removed, Err(ForgeError::NotInstalled(_))), "{removed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_apps_key_is_refused() {
    let (fake, shop, _) = shop();
    let mut options = fake.options();
    options.private_key = github_fake::AppKey::make().private.into();
    let github = countersign::adapters::github::GitHub::new(&options).unwrap();
    let refused = github.pull_request(shop, 1).await;
    assert!(matches!(refused, Err(ForgeError::Forbidden(_))), "{refused:?}");
    options.private_key = "-----BEGIN RSA PRIVATE KEY-----\nnonsense".to_owned().into();
    let error = countersign::adapters::github::GitHub::new(&options).map(|_| ()).unwrap_err();
    assert!(!error.to_string().contains("nonsense"));
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_cannot_be_read_are_an_error() {
    let (fake, _, _) = shop();
    let directory = tempfile::tempdir().unwrap();
    let mut options = fake.options();
    for text in [None, Some(""), Some("no certificate")] {
        let file = directory.path().join("ca.pem");
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        options.ca_file = Some(file);
        let error = countersign::adapters::github::GitHub::new(&options).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("certificates"), "{text:?}: {error}");
    }
}

// --- trouble --------------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_is_told_and_nothing_is_tried_again() {
    let (fake, shop, head) = shop();
    let github = fake.adapter();
    github.pull_request(shop, 1).await.unwrap();
    fake.world().faults.bad_gateways = 100;
    fake.forget_calls();
    let read = github.pull_request(shop, 1).await;
    assert!(matches!(read, Err(ForgeError::Unavailable(_))), "{read:?}");
    let published = github.publish(shop, &check(head, CheckState::Success, 0), Some(5)).await;
    assert!(matches!(published, Err(ForgeError::Unavailable(_))), "{published:?}");
    assert_eq!(fake.world().calls.len(), 2);
    fake.world().faults.bad_gateways = 0;
    github.pull_request(shop, 1).await.unwrap();
    assert!(github.usage().failed() >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_told_and_kept() {
    let (fake, shop, _) = shop();
    let github = fake.adapter();
    github.pull_request(shop, 1).await.unwrap();
    fake.world().faults.secondary_limits = 1;
    fake.world().faults.retry_after = Some(2);
    fake.forget_calls();
    let Err(ForgeError::Limited { until }) = github.pull_request(shop, 1).await else { panic!("not limited") };
    let wait = clock::now().duration_until(until);
    assert!(wait <= SignedDuration::from_secs(2) && wait > SignedDuration::from_secs(-1), "{wait:?}");
    assert_eq!(github.pull_request(shop, 1).await, Err(ForgeError::Limited { until }));
    assert_eq!(fake.world().calls.len(), 1, "nothing is sent while GitHub asks to wait");
    tokio::time::sleep(Duration::from_millis(3_100)).await;
    github.pull_request(shop, 1).await.unwrap();
    assert_eq!(github.usage().limited(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_limit_is_understood() {
    for form in 0..3 {
        let (fake, shop, _) = shop();
        let github = fake.adapter();
        github.pull_request(shop, 1).await.unwrap();
        match form {
            0 => fake.world().faults.used_up = 1,
            1 => fake.world().faults.graphql_limits = 1,
            _ => fake.world().faults.secondary_limits = 1,
        }
        let limited = github.pull_request(shop, 1).await;
        assert!(matches!(limited, Err(ForgeError::Limited { .. })), "{form}: {limited:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_takes_too_long_is_given_up() {
    let (fake, shop, _) = shop();
    let mut options = fake.options();
    options.read_timeout = Duration::from_millis(300);
    fake.world().faults.latency = Duration::from_secs(30);
    let start = Instant::now();
    let late = countersign::adapters::github::GitHub::new(&options).unwrap().pull_request(shop, 1).await;
    assert!(matches!(late, Err(ForgeError::Unavailable(_))), "{late:?}");
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_error_shows_a_secret() {
    let (fake, shop, head) = shop();
    let github = fake.adapter();
    github.pull_request(shop, 1).await.unwrap();
    let token = fake.world().tokens.keys().next().unwrap().clone();
    let mut odd = check(head, CheckState::Success, 0);
    odd.head = oid(&"1".repeat(40));
    let error = github.publish(shop, &odd, None).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains(&token));
    let source = github.clone_source(shop).await.unwrap();
    assert!(!source.url.contains('@') && !source.url.contains(&token));
}

// --- git ------------------------------------------------------------------------------------------

#[expect(clippy::disallowed_methods, reason = "tests fetch with git itself")]
fn git(directory: &std::path::Path, authorization: &str, arguments: &[&str]) -> bool {
    let output = std::process::Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("HOME", directory)
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "http.extraHeader")
        .env("GIT_CONFIG_VALUE_0", format!("Authorization: {authorization}"))
        .output()
        .unwrap();
    output.status.success()
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_fetched_with_the_token_and_never_pushed() {
    let (fake, shop, head) = shop();
    let stranger = fake.repository("globex", "site");
    let github = fake.adapter();
    let source = github.clone_source(shop).await.unwrap();
    let credential = source.authorization.unwrap().expose_secret().to_owned();
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    assert!(git(at, &credential, &["clone", "-q", "--bare", "--filter=blob:none", &source.url, "mirror"]));
    let mirror = at.join("mirror");
    let pull = "+refs/pull/1/head:refs/pull/1/head";
    assert!(git(&mirror, &credential, &["fetch", "-q", "origin", pull]));
    assert!(git(&mirror, &credential, &["cat-file", "-e", &head.to_string()]));
    assert!(!git(at, "Basic eDp5", &["clone", "-q", "--bare", &source.url, "stranger"]));
    assert!(!git(&mirror, &credential, &["push", "-q", "origin", &format!("{head}:refs/heads/evil")]));
    let other = github.clone_source(stranger).await.unwrap();
    assert!(!git(at, &credential, &["clone", "-q", "--bare", &other.url, "other"]));
}

// --- deliveries -----------------------------------------------------------------------------------

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_that_failed_are_listed_and_sent_again() {
    let (fake, shop, _) = shop();
    let since = clock::now() - SignedDuration::from_secs(5);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    drop(listener);
    fake.send_webhooks_to(&url, "s3cret");
    fake.review(shop, 1, "grace", "APPROVED");
    fake.comment(shop, 1, "grace", "hello");
    fake.push(shop, "fix", "ada", &[edit("more")]);
    eventually(|| fake.world().deliveries.len() == 4);
    fake.world().paging.most = 2;
    let github = fake.adapter();
    let failed = github.failed_deliveries(since).await.unwrap();
    assert_eq!(failed.len(), 4);

    let (sender, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let listener =
        tokio::net::TcpListener::bind(url.trim_start_matches("http://").trim_end_matches('/')).await.unwrap();
    let router = axum::Router::new().fallback(move |headers: axum::http::HeaderMap, body: axum::body::Bytes| {
        let header = |name: &str| headers[name].to_str().unwrap().to_owned();
        let right = header("x-hub-signature-256") == signature(&body);
        sender.send((header("x-github-delivery"), header("x-github-event"), right)).unwrap();
        async { axum::http::StatusCode::ACCEPTED }
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    for delivery in &failed {
        github.redeliver(delivery.id).await.unwrap();
    }
    for delivery in &failed {
        let (guid, event, right) = arrived.recv().await.unwrap();
        assert!(guid == delivery.guid && right && !event.is_empty());
    }
    eventually(|| fake.world().deliveries.len() == 8);
    assert_eq!(github.failed_deliveries(since).await.unwrap(), []);
    assert!(matches!(github.redeliver(1).await, Err(ForgeError::NotFound(_))));
}

fn signature(body: &[u8]) -> String {
    use hmac::Mac as _;
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"s3cret").unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}
