//! The API as its operator meets it: tokens are withdrawn while it runs, and what it does is counted.

use countersign::server::api::Scope;

use super::api_rig::{Pass, ask, assert_problem, open_api};
use super::serve_rig::Shop;
use super::serve_support;

/// Writes the file of tokens anew.
fn write(shop: &Shop, passes: &[&Pass]) {
    let lines: Vec<String> = passes.iter().map(|pass| format!("{}\n", pass.token)).collect();
    shop.secret("api-tokens", &format!("# who may ask\n{}", lines.concat()));
}

#[test]
fn a_token_that_is_deleted_from_the_file_stops_working_at_once() {
    let mut shop = Shop::open();
    let [kept, withdrawn, late] = ["kept", "withdrawn", "late"].map(|name| Pass::new(name, &[Scope::Read]));
    open_api(&mut shop, &[&kept, &withdrawn], &["--api-rate", "8"]);
    let status = |pass: &Pass| ask(&shop, "GET", "/changes", Some(pass), "", "").status;
    assert_eq!((status(&kept), status(&withdrawn), status(&late)), (200, 200, 401));
    write(&shop, &[&kept]);
    assert_eq!((status(&kept), status(&withdrawn), status(&late)), (200, 401, 401));
    write(&shop, &[&late, &kept]);
    assert_eq!((status(&kept), status(&withdrawn), status(&late)), (200, 401, 200));

    // Nobody can tell any more what was withdrawn.
    shop.secret("api-tokens", &format!("{}\nrubbish\n", kept.token));
    let refused = ask(&shop, "GET", "/changes", Some(&kept), "", "");
    assert_problem(&refused, 503, "unavailable");
    assert!(refused.headers.contains_key("retry-after"), "{refused:?}");
    std::fs::remove_file(shop.directory.path().join("api-tokens")).unwrap();
    assert_eq!((status(&kept), status(&late)), (503, 503));
    let log = shop.log();
    assert_eq!(log.matches("the API refuses everybody until it can").count(), 2, "{log}");
    assert!(log.contains("line 2: ") && !log.contains("rubbish"), "{log}");
    write(&shop, &[&kept]);
    assert_eq!(status(&kept), 200);
    // What a token has used up stays used up, whatever happens to the file.
    assert_eq!((0..4).map(|_| status(&kept)).collect::<Vec<_>>(), [200, 200, 200, 200]);
    assert_eq!(status(&kept), 429);
}

#[test]
fn requests_are_counted_by_route_and_never_by_what_a_client_makes_up() {
    let mut shop = Shop::open();
    let pass = Pass::new("watched", &[Scope::Read]);
    open_api(&mut shop, &[&pass], &["--api-rate", "4", "--api-failures", "1"]);
    let status = |method, path: &str, pass| ask(&shop, method, path, pass, "", "").status;
    assert_eq!([1, 2].map(|_| status("GET", "/changes", Some(&pass))), [200, 200]);
    assert_eq!(status("GET", "/repositories/acme/secret-plan/changes/7", Some(&pass)), 404);
    assert_eq!(status("GET", "/ledger/checkpoint", Some(&pass)), 403);
    assert_eq!(status("GET", "/changes", Some(&pass)), 429);
    assert_eq!([1, 2].map(|_| status("GET", "/changes", None)), [401, 429]);
    assert_eq!((status("BREW", "/changes", None), status("GET", "/made/up", None)), (405, 404));
    let metrics = shop.get("/metrics").unwrap();
    let counted = |route: &str, method: &str, class: &str, count: u32| {
        format!(r#"requests_total{{route="{route}",method="{method}",status="{class}"}} {count}"#)
    };
    for line in [
        counted("/changes", "GET", "2xx", 2),
        counted("/changes", "GET", "4xx", 3),
        counted("/changes", "other", "4xx", 1),
        counted("/repositories/{owner}/{name}/changes/{number}", "GET", "4xx", 1),
        counted("/ledger/checkpoint", "GET", "4xx", 1),
        counted("other", "GET", "4xx", 1),
        r#"request_seconds_count{route="/changes"} 6"#.to_owned(),
        r#"rate_limited_total{by="token"} 1"#.to_owned(),
        r#"rate_limited_total{by="address"} 1"#.to_owned(),
    ] {
        let line = format!("countersign_api_{line}");
        assert!(metrics.lines().any(|shown| shown == line), "{line} is not in\n{metrics}");
    }
    for text in ["secret-plan", "made/up", "BREW", "watched"] {
        assert!(!metrics.contains(text), "{text} is in\n{metrics}");
    }
    assert_eq!(serve_support::get(shop.address(), "/metrics").status, 200);
}
