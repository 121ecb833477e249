//! The API of the running service, as programs use it.

#![cfg(all(feature = "server", unix))]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod api_rig;
mod github_fake;
#[path = "serve_api/operated.rs"]
mod operated;
mod serve_rig;
mod serve_support;

use std::collections::BTreeSet;

use api_rig::{Pass, ask, assert_problem, get, get_text, open_api, program, rows};
use countersign::adapters::service_sqlite::SqliteService;
use countersign::forge::Subject;
use countersign::inbox::ServiceStore as _;
use countersign::server::api::Scope;
use github_fake::{BOB, Edit};
use serde_json::Value;
use serve_rig::{KIRO, Shop};
use serve_support::send;

const ALL: [Scope; 2] = [Scope::Read, Scope::Ledger];

fn numbers(page: &Value) -> Vec<u64> {
    page["items"].as_array().unwrap().iter().map(|item| item["number"].as_u64().unwrap()).collect()
}

/// A shop with one change that waits, one that is permitted, and one that is closed.
fn busy_shop() -> (Shop, Pass, [u64; 3]) {
    let mut shop = Shop::open();
    let pass = Pass::new("tests", &ALL);
    open_api(&mut shop, &[&pass], &[]);
    let waiting = shop.propose("prices", KIRO);
    let permitted = shop.propose("shelves", "Sort the shelves");
    let closed = shop.propose("signs", "Paint the signs");
    shop.sees(waiting, "action_required");
    shop.sees(permitted, "success");
    shop.sees(closed, "success");
    shop.fake.close(shop.id, closed);
    serve_support::eventually("it is closed", || {
        get(&shop, &format!("/repositories/acme/shop/changes/{closed}"), &pass)["state"] == "closed"
    });
    (shop, pass, [waiting, permitted, closed])
}

#[test]
fn changes_are_listed_page_by_page_and_shown_with_their_verdicts() {
    let (shop, pass, [waiting, permitted, closed]) = busy_shop();
    let open = get(&shop, "/changes", &pass);
    assert_eq!((numbers(&open), &open["next"]), (vec![waiting, permitted], &Value::Null));
    assert_eq!(numbers(&get(&shop, "/changes?state=closed", &pass)), [closed]);
    assert_eq!(numbers(&get(&shop, "/changes?decision=refuse&repository=acme%2Fshop", &pass)), [waiting]);
    assert_eq!(numbers(&get(&shop, "/changes?repository=acme/other", &pass)), [] as [u64; 0]);
    let (mut seen, mut path) = (Vec::new(), "/changes?state=all&limit=1".to_owned());
    loop {
        let page = get(&shop, &path, &pass);
        seen.extend(numbers(&page));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/changes?state=all&limit=1&cursor={next}");
    }
    assert_eq!(seen, [waiting, permitted, closed]);

    let item = &open["items"][0];
    assert_eq!((item["decision"].as_str(), item["waiting"].as_bool()), (Some("refuse"), Some(true)));
    assert_eq!(item["says"], "Needs 1 senior sign-off: Kiro wrote the commit");
    assert_eq!(item["blocking"], serde_json::json!(["sign-off-missing"]));
    let change = get(&shop, &format!("/repositories/acme/shop/changes/{waiting}"), &pass);
    assert_eq!(change["verdict"]["decision"], "refuse");
    assert_eq!(change["head"], shop.head(waiting));
    assert!(change["summary"].as_str().unwrap().contains("Grace Hopper"));
    // A verdict that says the same is recorded once; the facts it was read from may be newer.
    let said = |verdict: &Value| {
        let mut said = verdict.clone();
        said.as_object_mut().unwrap().remove("facts");
        said
    };
    let entry = change["entry"].as_u64().unwrap();
    let recorded = get(&shop, &format!("/ledger/entries/{entry}/verdict"), &pass);
    assert_eq!(said(&recorded), said(&change["verdict"]));

    let of_commit = format!("/repositories/acme/shop/commits/{}/verdict", shop.head(waiting));
    let verdict = get(&shop, &format!("{of_commit}?target=refs/heads/main"), &pass);
    assert_eq!((verdict["number"].as_u64(), &verdict["offered_by"]), (Some(waiting), &serde_json::json!([waiting])));
    assert_problem(&ask(&shop, "GET", &of_commit, Some(&pass), "", ""), 400, "bad-request");
    let elsewhere = format!("{of_commit}?target=refs/heads/next");
    assert_problem(&ask(&shop, "GET", &elsewhere, Some(&pass), "", ""), 404, "not-found");
}

#[test]
fn of_two_that_share_a_commit_the_strictest_counts() {
    let (shop, pass, [waiting, ..]) = busy_shop();
    shop.fake.push(shop.id, "next", "bob", &[Edit::new(BOB, "Begin", "next.txt", "next")]);
    let second = shop.fake.open(shop.id, "prices", "main", "bob");
    shop.fake.review(shop.id, second, "grace", "APPROVED");
    let path = format!("/repositories/acme/shop/commits/{}/verdict?target=refs/heads/main", shop.head(waiting));
    serve_support::eventually("both are judged", || {
        get(&shop, &path, &pass)["offered_by"] == serde_json::json!([waiting, second])
    });
    assert_eq!(get(&shop, &path, &pass)["decision"], "refuse");
}

#[test]
fn explanations_are_those_of_the_program() {
    let (shop, pass, [waiting, ..]) = busy_shop();
    let told = get(&shop, "/explanations", &pass);
    assert_eq!(told["items"].as_array().unwrap().len(), program(&["explain"]).lines().count());
    let code = "sign-off-missing";
    let by_program: Value = serde_json::from_str(&program(&["--format", "json", "explain", code])).unwrap();
    assert_eq!(get(&shop, &format!("/explanations/{code}"), &pass), by_program);
    let page = program(&["--color", "never", "explain", code]);
    assert_eq!(get_text(&shop, &format!("/explanations/{code}"), &pass), page);

    let path = format!("/repositories/acme/shop/changes/{waiting}/explanation");
    let explained = get(&shop, &path, &pass);
    let findings = explained["findings"].as_array().unwrap();
    let mine = findings.iter().find(|finding| finding["finding"]["code"] == code).unwrap();
    assert_eq!(mine["explanation"], by_program);
    assert!(get_text(&shop, &path, &pass).contains(&page));
    let unknown = ask(&shop, "GET", "/explanations/no-such-code", Some(&pass), "", "");
    assert_problem(&unknown, 404, "not-found");
}

#[test]
fn entries_are_listed_by_repository_and_kind() {
    let (shop, pass, _) = busy_shop();
    let all = get(&shop, "/ledger/entries?order=oldest-first&limit=100", &pass);
    let all = all["items"].as_array().unwrap().clone();
    assert!(all.len() >= 4, "{all:?}");
    for (index, item) in all.iter().enumerate() {
        assert_eq!(item["number"], index as u64);
        let shown = get(&shop, &format!("/ledger/entries/{index}"), &pass);
        assert_eq!((&shown["entry"], &shown["hash"]), (&item["entry"], &item["hash"]));
    }
    let permitted: Vec<&Value> = all.iter().filter(|item| item["entry"]["kind"] == "permitted").collect();
    for path in ["/ledger/entries?kind=permitted", "/ledger/entries?kind=permitted&repository=acme/shop"] {
        let mut found = get(&shop, path, &pass)["items"].as_array().unwrap().clone();
        found.reverse();
        assert_eq!(found.iter().collect::<Vec<_>>(), permitted, "{path}");
    }
    let (mut seen, mut path) = (Vec::new(), "/ledger/entries?repository=acme/shop&limit=2".to_owned());
    loop {
        let page = get(&shop, &path, &pass);
        seen.extend(numbers(&page));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/ledger/entries?repository=acme/shop&limit=2&cursor={next}");
    }
    let expected: Vec<u64> = (0..all.len() as u64).rev().collect();
    assert_eq!(seen, expected);
    let adopted = all.iter().position(|item| item["entry"]["kind"] == "adopted").unwrap();
    let verdict = ask(&shop, "GET", &format!("/ledger/entries/{adopted}/verdict"), Some(&pass), "", "");
    assert_problem(&verdict, 404, "not-found");
}

#[test]
fn tokens_do_only_what_they_are_for() {
    let mut shop = Shop::open();
    let reader = Pass::new("reader", &[Scope::Read]);
    let auditor = Pass::new("auditor", &[Scope::Ledger]);
    let elsewhere = Pass::new("elsewhere", &ALL).for_repository("acme/other");
    let here = Pass::new("here", &ALL).for_repository("acme/shop");
    let expired = Pass::new("expired", &ALL).expired();
    let unknown = Pass::new("unknown", &ALL);
    open_api(&mut shop, &[&reader, &auditor, &elsewhere, &here, &expired], &[]);
    let number = shop.propose("prices", KIRO);
    shop.sees(number, "action_required");
    let change = format!("/repositories/acme/shop/changes/{number}");
    let status = |path: &str, pass: Option<&Pass>| ask(&shop, "GET", path, pass, "", "").status;

    let nobody = ask(&shop, "GET", "/changes", None, "", "");
    assert_problem(&nobody, 401, "unauthorized");
    assert_eq!(nobody.headers["www-authenticate"], r#"Bearer realm="countersign""#);
    for stranger in [&expired, &unknown] {
        let answer = ask(&shop, "GET", "/changes", Some(stranger), "", "");
        assert_problem(&answer, 401, "unauthorized");
        assert!(answer.headers["www-authenticate"].contains("invalid_token"));
    }
    let answer = ask(&shop, "GET", "/ledger/checkpoint", Some(&reader), "", "");
    assert_problem(&answer, 403, "forbidden");
    assert!(answer.headers["www-authenticate"].contains(r#"error="insufficient_scope", scope="ledger""#));
    assert_eq!((status("/changes", Some(&reader)), status("/ledger/entries", Some(&reader))), (200, 403));
    assert_eq!((status("/changes", Some(&auditor)), status("/ledger/entries", Some(&auditor))), (403, 200));
    // In the path or query a token is worth nothing.
    assert_eq!(status(&format!("/changes?access_token={}", reader.text()), None), 401);

    assert_eq!((status(&change, Some(&here)), status(&change, Some(&elsewhere))), (200, 404));
    assert_eq!(
        (status("/changes?repository=acme/shop", Some(&here)), numbers(&get(&shop, "/changes", &here))),
        (200, vec![number])
    );
    assert_eq!(status("/changes?repository=acme/shop", Some(&elsewhere)), 404);
    assert_eq!(numbers(&get(&shop, "/changes", &elsewhere)), [] as [u64; 0]);
    assert_eq!(numbers(&get(&shop, "/ledger/entries", &elsewhere)), [] as [u64; 0]);
    assert_eq!(numbers(&get(&shop, "/ledger/entries", &here)).last(), Some(&0));
    for path in ["/ledger/entries/0", "/ledger/entries/0/proof"] {
        assert_eq!((status(path, Some(&here)), status(path, Some(&elsewhere))), (200, 404), "{path}");
    }
    let refused = get(&shop, "/ledger/entries?kind=refused", &here)["items"][0]["number"].as_u64().unwrap();
    for path in [format!("/ledger/entries/{refused}/verdict"), format!("/ledger/entries/{refused}/explanation")] {
        assert_eq!((status(&path, Some(&here)), status(&path, Some(&elsewhere))), (200, 404), "{path}");
    }
    assert_eq!((status("/dead-work", Some(&reader)), status("/dead-work", Some(&here))), (200, 403));

    let log = shop.log();
    for pass in [&reader, &auditor, &elsewhere, &here, &expired, &unknown] {
        assert!(!log.contains(pass.text()), "a token is in the log");
        assert!(!log.contains(&hex::encode(pass.token.digest)), "a digest is in the log");
    }
    assert!(log.contains("a token that is not known, or has expired"));
}

#[test]
fn who_asks_too_often_has_to_wait_and_holds_up_nobody_else() {
    let mut shop = Shop::open();
    let (busy, calm) = (Pass::new("busy", &[Scope::Read]), Pass::new("calm", &[Scope::Read]));
    open_api(&mut shop, &[&busy, &calm], &["--api-rate", "5", "--api-failures", "3"]);
    let first = ask(&shop, "GET", "/changes", Some(&busy), "", "");
    assert_eq!(first.headers["ratelimit-policy"], "\"token\";q=5;w=60");
    assert_eq!(first.headers["ratelimit"], "\"token\";r=4;t=60");
    let answers: Vec<u16> = (0..5).map(|_| ask(&shop, "GET", "/changes", Some(&busy), "", "").status).collect();
    assert_eq!(answers, [200, 200, 200, 200, 429]);
    let limited = ask(&shop, "GET", "/changes", Some(&busy), "", "");
    assert_problem(&limited, 429, "too-many-requests");
    assert!((1..=12).contains(&limited.headers["retry-after"].parse::<u64>().unwrap()), "{limited:?}");
    assert!(limited.headers["ratelimit"].starts_with("\"token\";r=0;t="), "{limited:?}");

    let stranger = Pass::new("stranger", &[Scope::Read]);
    let failures: Vec<u16> = (0..5).map(|_| ask(&shop, "GET", "/changes", Some(&stranger), "", "").status).collect();
    assert_eq!(failures, [401, 401, 401, 429, 429]);
    let failed = ask(&shop, "GET", "/changes", None, "", "");
    assert_problem(&failed, 429, "too-many-requests");
    assert!(failed.headers["retry-after"].parse::<u64>().unwrap() >= 1);
    // From the same address, as behind a proxy.
    assert_eq!(ask(&shop, "GET", "/changes", Some(&calm), "", "").status, 200);
}

#[test]
fn every_error_is_a_problem() {
    let mut shop = Shop::open();
    let pass = Pass::new("tests", &ALL);
    open_api(&mut shop, &[&pass], &[]);
    let ask = |method: &str, path: &str| ask(&shop, method, path, Some(&pass), "", "");
    for path in ["", "/", "/nothing", "/changes/", "/ledger", "/repositories/acme/shop/changes"] {
        assert_problem(&ask("GET", path), 404, "not-found");
    }
    for path in ["/api", "/api/", "/api/v2/changes"] {
        assert_problem(&serve_support::get(shop.address(), path), 404, "not-found");
    }
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let answer = ask(method, "/changes");
        assert_problem(&answer, 405, "method-not-allowed");
        assert_eq!(answer.headers["allow"], "GET, HEAD");
    }
    for path in [
        "/changes?limit=0",
        "/changes?limit=101",
        "/changes?limit=x",
        "/changes?state=ajar",
        "/changes?nothing=1",
        "/changes?limit=1&limit=2",
        "/changes?repository=%ff",
        "/changes?repository=acme",
        "/changes?repository=../shop",
        "/changes?cursor=bm9uc2Vuc2U",
        "/repositories/acme/shop/changes/x",
        "/repositories/acme/shop/changes/01",
        "/repositories/acme/%ff/changes/1",
        "/repositories/acme/a%2Fb/changes/1",
        "/repositories/acme/shop/commits/1a2b3c4/verdict?target=refs/heads/main",
        "/ledger/entries?kind=nothing",
        "/ledger/entries/-1",
        "/ledger/entries/9007199254740992",
        "/ledger/consistency",
    ] {
        assert_problem(&ask("GET", path), 400, "bad-request");
    }
    for path in [
        "/repositories/acme/shop/changes/99",
        "/ledger/entries/99999",
        "/ledger/entries/0/proof?size=99999",
        "/ledger/entries/1/proof?size=1",
        "/ledger/consistency?from=2&to=1",
        "/ledger/consistency?from=99999",
    ] {
        assert_problem(&ask("GET", path), 404, "not-found");
    }
    let long = format!("/changes?repository={}", "a".repeat(9000));
    assert_problem(&ask("GET", &long), 414, "uri-too-long");
    let head = ask("HEAD", "/changes");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[test]
fn what_is_asked_changes_nothing() {
    let (shop, pass, [waiting, ..]) = busy_shop();
    let data = shop.directory.path().join("data");
    let state = || (rows(&data.join("ledger.db")), rows(&data.join("service.db")));
    let memory = || {
        let files = std::fs::read_dir(&data).unwrap().map(|file| file.unwrap().path());
        let kept: BTreeSet<_> =
            files.filter(|path| path.is_file() && !path.to_string_lossy().contains(".db")).collect();
        kept.into_iter().map(|path| (path.clone(), std::fs::read(&path).unwrap())).collect::<Vec<_>>()
    };
    serve_support::eventually("nothing is left to be done", || state().1["job"].is_empty());
    let (before, remembered, calls) = (state(), memory(), shop.fake.world().calls.len());
    let document: Value = ask(&shop, "GET", "/openapi.json", None, "", "").json();
    let mut asked = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        if item.get("get").is_none() {
            continue;
        }
        let path = path.replace("{owner}", "acme").replace("{name}", "shop").replace("{commit}", &shop.head(waiting));
        let path = path.replace("/changes/{number}", &format!("/changes/{waiting}")).replace("{number}", "1");
        let path = path.replace("{code}", "vetoed");
        for query in ["", "?target=refs/heads/main", "?from=1", "?limit=1", "?state=all", "?size=2"] {
            for method in ["GET", "HEAD"] {
                ask(&shop, method, &format!("{path}{query}"), Some(&pass), "", "");
                ask(&shop, method, &format!("{path}{query}"), None, "", "");
                asked += 2;
            }
        }
    }
    assert!(asked > 200, "{asked}");
    assert_eq!(state(), before);
    assert_eq!(memory(), remembered);
    assert_eq!(shop.fake.world().calls.len(), calls, "nobody asked GitHub");
    assert_eq!(shop.audit(), "");
}

#[test]
fn dead_work_is_listed_without_its_causes() {
    let mut shop = Shop::open();
    let pass = Pass::new("tests", &[Scope::Read]);
    open_api(&mut shop, &[&pass], &[]);
    assert_eq!(get(&shop, "/dead-work", &pass), serde_json::json!({ "items": [], "more": false }));
    shop.kill();
    let path = shop.directory.path().join("data/service.db");
    let mut store = SqliteService::establish(&path, std::time::Duration::from_secs(5)).unwrap();
    let now = countersign::adapters::clock::now();
    let subject = Subject::PullRequest(shop.id, 77);
    store.enqueue(now, std::slice::from_ref(&subject)).unwrap();
    let later = now + jiff::SignedDuration::from_secs(60);
    for claim in store.claim(later, "w", later, 100).unwrap() {
        if claim.subject == subject {
            store.bury(&claim, now, "database at db-7.internal, /var/lib/countersign").unwrap();
        } else {
            store.finish(&[claim]).unwrap();
        }
    }
    drop(store);
    shop.start();
    let answer = ask(&shop, "GET", "/dead-work", Some(&pass), "", "");
    assert!(!answer.body.contains("db-7") && !answer.body.contains("/var/"), "{answer:?}");
    assert_eq!(answer.json()["items"][0]["subject"], subject.to_string());
}

#[test]
fn without_tokens_there_is_no_api() {
    let mut shop = Shop::open();
    for path in ["/api/v1/changes", "/api/v1/openapi.json", "/api"] {
        assert_problem(&serve_support::get(shop.address(), path), 404, "not-found");
    }
    // A file without tokens may get some at any time.
    open_api(&mut shop, &[], &[]);
    assert_problem(&serve_support::get(shop.address(), "/api/v1/changes"), 401, "unauthorized");
}

#[test]
fn slow_and_strange_requests_leave_the_service_alone() {
    let mut shop = Shop::open();
    let pass = Pass::new("tests", &ALL);
    open_api(&mut shop, &[&pass], &[]);
    let garbage: [&[u8]; 3] = [
        b"GET /api/v1/\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /api/v1/changes HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \xff\xfe\r\nConnection: close\r\n\r\n",
        b"POST /api/v1/changes HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\nConnection: close\r\n\r\nx",
    ];
    for request in garbage {
        let answer = send(shop.address(), request);
        assert!((400..500).contains(&answer.status), "{answer:?}");
    }
    assert_eq!(ask(&shop, "GET", "/changes", Some(&pass), "", "").status, 200);
}
