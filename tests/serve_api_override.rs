//! Overrides through the API: by whom, for what, once, and with the ledger first.

#![cfg(all(feature = "server", unix))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod api_rig;
mod github_fake;
mod serve_rig;
mod serve_support;

use api_rig::{Pass, ask, assert_problem, get, open_api};
use countersign::server::api::Scope;
use github_fake::{Edit, Merge};
use serde_json::{Value, json};
use serve_rig::{ADA, KIRO, POLICY, Shop};
use serve_support::Answer;

const JSON: &str = "Content-Type: application/json\r\n";

fn shop_with(policy: &str, owners: &[&str]) -> (Shop, Vec<Pass>) {
    let mut shop = Shop::with_policy(policy);
    let ids: Vec<u64> = owners.iter().map(|login| shop.fake.world().user_named(login).id).collect();
    let passes = owners.iter().zip(ids).map(|(login, id)| Pass::new(login, &Scope::ALL).of(login, id));
    let passes: Vec<Pass> = passes.collect();
    open_api(&mut shop, &passes.iter().collect::<Vec<_>>(), &[]);
    (shop, passes)
}

fn give(shop: &Shop, pass: &Pass, number: u64, body: &Value) -> Answer {
    let path = format!("/repositories/acme/shop/changes/{number}/override");
    ask(shop, "POST", &path, Some(pass), JSON, &body.to_string())
}

fn body(shop: &Shop, number: u64) -> Value {
    json!({ "commit": shop.head(number), "reason": "The checkout is down since 9:40" })
}

fn kinds(shop: &Shop, pass: &Pass) -> Vec<String> {
    let entries = get(shop, "/ledger/entries?order=oldest-first&limit=100", pass);
    let kind = |entry: &Value| entry["entry"]["kind"].as_str().unwrap().to_owned();
    entries["items"].as_array().unwrap().iter().map(kind).collect()
}

#[test]
fn a_release_manager_overrides_and_the_ledger_has_it_first() {
    let (shop, passes) = shop_with(POLICY, &["dana"]);
    let dana = &passes[0];
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let answer = give(&shop, dana, number, &body(&shop, number));
    assert_eq!(answer.status, 202, "{answer:?}");
    let given = answer.json();
    assert_eq!((given["by"].as_str(), given["target"].as_str()), (Some("github:dana"), Some("refs/heads/main")));
    // Before the check is anything: the record is there.
    assert!(kinds(&shop, dana).contains(&"record-seen".to_owned()));
    let check = shop.sees(number, "success");
    assert!(check.title.contains("OVERRIDDEN") || check.summary.contains("OVERRIDDEN"), "{check:?}");
    assert!(check.summary.contains("The checkout is down since 9:40"), "{}", check.summary);
    let change = get(&shop, &format!("/repositories/acme/shop/changes/{number}"), dana);
    assert_eq!((&change["overridden"], &change["verdict"]["override"]), (&json!(true), &given["override"]));
    let kinds = kinds(&shop, dana);
    let (record, permit) = (kinds.iter().position(|k| k == "record-seen"), kinds.iter().position(|k| k == "permitted"));
    assert!(record < permit, "{kinds:?}");
    // It is given once, and there is nothing left to override.
    assert_problem(&give(&shop, dana, number, &body(&shop, number)), 409, "conflict");
    // The landing uses it up.
    shop.fake.merge(shop.id, number, Merge::Commit, "ada");
    serve_support::eventually("it is used", || self::kinds(&shop, dana).contains(&"override-used".to_owned()));
    assert!(!self::kinds(&shop, dana).contains(&"exception".to_owned()));
    assert_eq!(shop.audit(), "");
    assert!(!shop.log().contains(dana.text()));
}

#[test]
fn it_is_for_one_commit_and_survives_being_judged_again() {
    let (mut shop, passes) = shop_with(POLICY, &["dana"]);
    let dana = &passes[0];
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let first = body(&shop, number);
    assert_eq!(give(&shop, dana, number, &first).status, 202);
    shop.sees(number, "success");
    // After a restart, and another look at everything.
    shop.kill();
    shop.start();
    shop.fake.review(shop.id, number, "bob", "COMMENTED");
    shop.stays(number, "success");
    shop.fake.push(shop.id, "prices", "ada", &[Edit::new(ADA, "One more", "more.txt", "more")]);
    shop.sees(number, "action_required");
    assert_problem(&give(&shop, dana, number, &first), 409, "conflict");
    assert_eq!(give(&shop, dana, number, &body(&shop, number)).status, 202);
    shop.sees(number, "success");
    assert_eq!(shop.audit(), "");
}

#[test]
fn whoever_may_not_override_by_a_comment_may_not_here() {
    let (shop, passes) = shop_with(&POLICY.replace("[dana]", "[dana, ada]"), &["bob", "ada", "mallory"]);
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    // No role; a part in the change; nobody of the roster.
    for pass in &passes {
        let answer = give(&shop, pass, number, &body(&shop, number));
        assert_eq!(answer.status, 202, "{answer:?}");
        let (path, id) = (format!("/repositories/acme/shop/changes/{number}"), answer.json()["override"].clone());
        serve_support::eventually("it is judged, and explained", || {
            let change = get(&shop, &path, pass);
            let findings = change["verdict"]["findings"].as_array().unwrap();
            findings.iter().any(|found| found["code"] == "override-not-permitted" && found["subject"] == id)
        });
        assert_problem(&give(&shop, pass, number, &body(&shop, number)), 409, "conflict");
    }
    shop.stays(number, "action_required");
    assert!(!kinds(&shop, &passes[0]).contains(&"permitted".to_owned()));
}

#[test]
fn an_account_that_only_has_the_login_of_a_manager_is_nobody() {
    let policy = POLICY.replace("accounts: { github: dana }", "accounts: { github: { login: dana, id: 1 } }");
    let (shop, passes) = shop_with(&policy, &["dana"]);
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    assert_eq!(give(&shop, &passes[0], number, &body(&shop, number)).status, 202);
    shop.stays(number, "action_required");
}

#[test]
fn what_is_not_an_override_is_refused_and_leaves_nothing() {
    let policy =
        format!("{POLICY}override: {{ role: release-manager, reason: {{ min-length: 10, ticket: 'INC-[0-9]+' }} }}\n");
    let (mut shop, passes) = shop_with(&policy, &["dana"]);
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let dana = &passes[0];
    let nobody = Pass::new("robot", &[Scope::Read, Scope::Ledger]);
    let elsewhere = Pass::new("elsewhere", &Scope::ALL).of("dana", 1).for_repository("acme/other");
    open_api(&mut shop, &[dana, &nobody, &elsewhere], &[]);
    let before = kinds(&shop, dana);
    let good = json!({ "commit": shop.head(number), "reason": "The checkout is down", "ticket": "INC-7" });
    assert_problem(&give(&shop, &nobody, number, &good), 403, "forbidden");
    assert_problem(&give(&shop, &elsewhere, number, &good), 404, "not-found");
    assert_problem(&give(&shop, dana, 99, &good), 404, "not-found");
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for (body, status, word) in [
        (with("commit", json!(shop.head(number).get(..12))), 400, "bad-request"),
        (with("commit", json!("0".repeat(40))), 409, "conflict"),
        (with("reason", json!(" ")), 400, "bad-request"),
        (with("reason", json!("a\u{1b}[2J")), 400, "bad-request"),
        (with("reason", json!("a".repeat(2001))), 400, "bad-request"),
        (with("reason", json!("too short")), 422, "unprocessable"),
        (with("ticket", json!("JIRA-7")), 422, "unprocessable"),
        (with("ticket", Value::Null), 422, "unprocessable"),
        (with("ticket", json!("INC 7")), 400, "bad-request"),
        (with("role", json!("senior")), 400, "bad-request"),
        (json!([]), 400, "bad-request"),
    ] {
        assert_problem(&give(&shop, dana, number, &body), status, word);
    }
    let path = format!("/repositories/acme/shop/changes/{number}/override");
    let text = good.to_string();
    assert_problem(&ask(&shop, "POST", &path, Some(dana), "", &text), 415, "unsupported-media-type");
    assert_problem(&ask(&shop, "POST", &path, Some(dana), JSON, &"x".repeat(17 << 10)), 413, "too-large");
    assert_problem(&ask(&shop, "POST", &path, Some(dana), JSON, "{"), 400, "bad-request");
    assert_problem(&ask(&shop, "GET", &path, Some(dana), "", ""), 405, "method-not-allowed");
    assert_problem(&ask(&shop, "POST", &path, None, JSON, &text), 401, "unauthorized");
    shop.fake.close(shop.id, number);
    assert_problem(&give(&shop, dana, number, &good), 409, "conflict");
    assert_eq!(kinds(&shop, dana), before);
}
