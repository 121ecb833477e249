//! Deliveries over real connections: what is genuine is stored once, and everything else does nothing.
#![cfg(all(feature = "server", unix))]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "integration test")]

mod serve_support;

use std::io::Write as _;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use countersign::forge::{RepositoryId, Subject};
use countersign::server::listener::Limits;
use serve_support::{Answer, Edge, OLD_SECRET, Plan, SECRET, delivery, drain, pull_request, receive, signature};

const MIB: usize = 1 << 20;

#[test]
fn a_genuine_delivery_is_stored_and_then_acknowledged() {
    let edge = Edge::new();
    let answer = edge.deliver("d-1", "pull_request", &pull_request(9));
    assert_eq!((answer.status, answer.json()["outcome"].as_str()), (202, Some("queued")));
    let stored = edge.store.deliveries.lock().unwrap();
    let id = RepositoryId { installation: 7, repository: 42 };
    assert_eq!((stored[0].id.as_str(), stored[0].event.as_str()), ("d-1", "pull_request"));
    assert_eq!(stored[0].subjects, [Subject::PullRequest(id, 9)]);
}

#[test]
fn either_of_two_secrets_will_do() {
    let edge = Edge::new();
    let body = pull_request(1);
    for (id, secret) in [("new", SECRET), ("old", OLD_SECRET)] {
        let signed = signature(secret, body.as_bytes());
        let answer = edge.send(&delivery(id, "pull_request", body.as_bytes(), &[("X-Hub-Signature-256", &signed)]));
        assert_eq!(answer.status, 202, "{id}");
    }
    assert_eq!(edge.store.ids(), ["new", "old"]);
}

#[test]
fn a_forged_delivery_does_nothing() {
    let edge = Edge::new();
    let body = pull_request(1);
    let body = body.as_bytes();
    let (right, wrong) = (signature(SECRET, body), signature("a guess", body));
    let other = signature(SECRET, pull_request(2).as_bytes());
    let (truncated, digits) = (right.split_at(70).0, right.split_at("sha256=".len()).1);
    let upper = format!("sha256={}", digits.to_uppercase());
    let name = "X-Hub-Signature-256";
    let forgeries: [&[(&str, &str)]; 9] = [
        &[],
        &[(name, &wrong)],
        &[(name, &other)],
        &[(name, truncated)],
        &[(name, digits)],
        &[(name, &upper)],
        &[(name, &right), (name, &right)],
        &[(name, &wrong), (name, &right)],
        &[(name, "")],
    ];
    for forgery in forgeries {
        let answer = edge.send(&delivery("d-1", "pull_request", body, forgery));
        assert_eq!(answer.status, 401, "{forgery:?}");
    }
    let changed = delivery("d-1", "pull_request", pull_request(2).as_bytes(), &[(name, &right)]);
    assert_eq!(edge.send(&changed).status, 401);
    assert_eq!(edge.store.accepts.load(Ordering::SeqCst), 0);
    let metrics = edge.get("/metrics").body;
    assert!(metrics.contains(r#"countersign_deliveries_total{event="unverified",outcome="forged"} 3"#), "{metrics}");
    assert!(metrics.contains(r#"countersign_deliveries_total{event="unverified",outcome="unsigned"} 7"#), "{metrics}");
}

#[test]
fn a_replayed_delivery_does_nothing() {
    let edge = Edge::new();
    let answers: Vec<Answer> = (0..3).map(|_| edge.deliver("d-1", "pull_request", &pull_request(1))).collect();
    let outcomes: Vec<_> = answers.iter().map(|answer| answer.json()["outcome"].as_str().unwrap().to_owned()).collect();
    assert_eq!(outcomes, ["queued", "duplicate", "duplicate"]);
    assert!(answers.iter().all(|answer| answer.status == 202));
    assert_eq!(edge.store.ids(), ["d-1"]);
}

#[test]
fn an_oversized_delivery_does_nothing() {
    let edge = Edge::new();
    let signed = ("X-Hub-Signature-256", "sha256=0000000000000000000000000000000000000000000000000000000000000000");
    // It is refused by what it says, before any of it has arrived.
    let length = (25 * MIB + 1).to_string();
    let announced = delivery("d-1", "push", b"", &[signed, ("Content-Length", &length)]);
    assert_eq!(edge.send(&announced).status, 413);
    // It does not say how long it is.
    let mut stream = edge.connect();
    let head = delivery("d-2", "push", b"", &[signed, ("Transfer-Encoding", "chunked")]);
    stream.write_all(&head).unwrap();
    let chunk = [format!("{MIB:x}\r\n").as_bytes(), &vec![b' '; MIB], b"\r\n"].concat();
    let sent = (0..40).take_while(|_| stream.write_all(&chunk).is_ok()).count();
    assert!((25..40).contains(&sent), "{sent} MiB were taken");
    let answer = drain(&mut stream);
    assert!(answer.is_empty() || Answer::parse(&answer).status == 413, "the answer may be lost with the connection");
    assert_eq!(edge.store.accepts.load(Ordering::SeqCst), 0);
}

#[test]
fn the_largest_delivery_is_taken() {
    let edge = Edge::new();
    let body = pull_request(1);
    let body = format!("{body}{}", " ".repeat(25 * MIB - body.len()));
    assert_eq!(edge.deliver("d-1", "pull_request", &body).status, 202);
    assert_eq!(edge.deliver("d-2", "pull_request", &format!("{body} ")).status, 413);
    assert_eq!(edge.store.ids(), ["d-1"]);
}

#[test]
fn a_slow_delivery_does_nothing() {
    let limits = Limits {
        body_within: Duration::from_millis(500),
        head_within: Duration::from_millis(500),
        ..Limits::default()
    };
    let edge = Edge::with(Plan { limits, ..Plan::default() });
    let body = pull_request(1);
    let signed = signature(SECRET, body.as_bytes());
    let request = delivery("d-1", "pull_request", body.as_bytes(), &[("X-Hub-Signature-256", &signed)]);
    let head = request.len() - body.len();
    // A byte at a time, in the body and in the head: each keeps the connection alive, but not for ever.
    for (at_once, status) in [(head, Some(408)), (100, None)] {
        let (mut stream, start) = (edge.connect(), Instant::now());
        stream.write_all(&request[..at_once]).unwrap();
        for byte in &request[at_once..] {
            if stream.write_all(&[*byte]).is_err() || start.elapsed() > Duration::from_secs(2) {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let answer = drain(&mut stream);
        assert!(start.elapsed() < Duration::from_secs(20), "{at_once}: the connection was kept");
        let answered = (!answer.is_empty()).then(|| Answer::parse(&answer).status);
        assert!(answered.is_none() || answered == status || answered == Some(408), "{at_once}: {answered:?}");
    }
    let mut idle = edge.connect();
    assert_eq!(drain(&mut idle), b"", "a connection without a request is closed");
    assert_eq!(edge.store.accepts.load(Ordering::SeqCst), 0);
}

#[test]
fn a_body_that_breaks_off_does_nothing() {
    let edge = Edge::new();
    let body = pull_request(1);
    let signed = signature(SECRET, body.as_bytes());
    let request = delivery("d-1", "pull_request", body.as_bytes(), &[("X-Hub-Signature-256", &signed)]);
    let mut stream = edge.connect();
    stream.write_all(&request[..request.len() - 1]).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    drain(&mut stream);
    assert_eq!(edge.deliver("d-2", "pull_request", &body).status, 202);
    assert_eq!(edge.store.ids(), ["d-2"]);
}

#[test]
fn what_cannot_be_stored_is_not_acknowledged() {
    let edge = Edge::new();
    edge.store.is_down.store(true, Ordering::SeqCst);
    let answer = edge.deliver("d-1", "pull_request", &pull_request(1));
    assert_eq!((answer.status, answer.headers["retry-after"].as_str()), (503, "30"));
    assert!(!answer.body.contains("db-7"), "causes stay inside: {answer:?}");
    edge.store.is_down.store(false, Ordering::SeqCst);
    assert_eq!(edge.deliver("d-1", "pull_request", &pull_request(1)).json()["outcome"], "queued");
    assert_eq!(edge.store.ids(), ["d-1"]);
}

#[test]
fn what_nobody_waits_for_is_ignored_and_counted() {
    let edge = Edge::new();
    let anonymous = r#"{"action":"opened","pull_request":{"number":1},"repository":{"id":1}}"#;
    for (event, body, reason) in [
        ("ping", r#"{"zen":"Keep it logically awesome.","hook_id":1}"#, "event"),
        ("made_up_tomorrow", "{}", "event"),
        ("pull_request", anonymous, "no-installation"),
    ] {
        let answer = edge.deliver("d-1", event, body);
        assert_eq!((answer.status, answer.json()["reason"].as_str()), (202, Some(reason)), "{event}");
    }
    assert_eq!(edge.store.accepts.load(Ordering::SeqCst), 0);
    let metrics = edge.get("/metrics").body;
    assert!(metrics.contains(r#"countersign_deliveries_total{event="other",outcome="ignored"} 1"#), "{metrics}");
}

#[test]
fn an_installation_that_is_not_served_is_ignored() {
    let edge = Edge::with(Plan { flags: vec!["--installations=globex,8"], ..Plan::default() });
    let answer = edge.deliver("d-1", "pull_request", &pull_request(1));
    assert_eq!((answer.status, answer.json()["reason"].as_str()), (202, Some("unknown-installation")));
    assert_eq!(edge.store.accepts.load(Ordering::SeqCst), 0);
    let served = pull_request(1).replace(r#""installation":{"id":7}"#, r#""installation":{"id":8}"#);
    assert_eq!(edge.deliver("d-2", "pull_request", &served).json()["outcome"], "queued");
    let owned = pull_request(1).replace(r#""acme""#, r#""Globex""#);
    assert_eq!(edge.deliver("d-3", "pull_request", &owned).json()["outcome"], "queued");
}

#[test]
fn a_signed_body_that_is_not_as_documented_is_refused() {
    let edge = Edge::new();
    for (event, body) in [("pull_request", "{"), ("pull_request", "[]"), ("star", "nonsense"), ("push", "")] {
        let answer = edge.deliver("d-1", event, body);
        assert_eq!((answer.status, answer.json()["reason"].as_str()), (400, Some("malformed")), "{event} {body}");
    }
    let body = pull_request(1);
    let signed = signature(SECRET, body.as_bytes());
    let name = "X-Hub-Signature-256";
    let form = delivery("d", "push", body.as_bytes(), &[(name, &signed), ("Content-Type", "text/plain")]);
    assert_eq!(edge.send(&form).status, 415);
    for (id, event) in [("a b", "push"), ("d", "Push"), ("", "push"), ("d", ""), (&"d".repeat(101), "push")] {
        let answer = edge.send(&delivery(id, event, body.as_bytes(), &[(name, &signed)]));
        assert_eq!(answer.status, 400, "{id} {event}");
    }
    assert_eq!(edge.store.accepts.load(Ordering::SeqCst), 0);
}

#[test]
fn other_paths_and_methods_are_refused() {
    let edge = Edge::new();
    let ask = |method: &str, path: &str| {
        edge.send(format!("{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes())
    };
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let answer = ask(method, "/webhooks/github");
        assert_eq!((answer.status, answer.headers["allow"].as_str()), (405, "POST"), "{method}");
    }
    assert_eq!(ask("POST", "/healthz").status, 405);
    for path in ["/", "/webhooks", "/webhooks/github/", "/webhooks/gitlab", "/..%2fmetrics", "//metrics"] {
        assert_eq!(ask("GET", path).status, 404, "{path}");
    }
    assert_eq!(ask("GET", &format!("/{}", "x".repeat(10_000))).status, 414);
    assert_eq!(ask("GET", &format!("/{}", "x".repeat(40_000))).status, 431);
    let headers = format!("GET / HTTP/1.1\r\nX-Long: {}\r\n\r\n", "x".repeat(40_000));
    assert_eq!(edge.send(headers.as_bytes()).status, 431);
    assert_eq!(edge.send(b"\x16\x03\x01 this is no HTTP\r\n\r\n").status, 400);
}

#[test]
fn every_answer_is_careful_and_says_nothing_of_the_program() {
    let edge = Edge::new();
    let mut ids = std::collections::BTreeSet::new();
    for answer in [edge.get("/healthz"), edge.get("/nothing"), edge.deliver("d", "ping", "{}"), edge.get("/metrics")] {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.headers.get(name).map(String::as_str), Some(value), "{answer:?}");
        }
        assert!(answer.headers["content-security-policy"].starts_with("default-src 'none'"));
        assert!(!answer.headers.contains_key("server") && !answer.headers.contains_key("x-powered-by"));
        ids.insert(answer.headers["x-request-id"].clone());
    }
    assert_eq!(ids.len(), 4, "each request has a number of its own");
}

#[test]
fn a_burst_on_few_connections_waits_and_is_not_refused() {
    let limits = Limits { connections: 4, ..Limits::default() };
    let edge = Edge::with(Plan { limits, ..Plan::default() });
    std::thread::scope(|scope| {
        for client in 0..20 {
            let edge = &edge;
            scope.spawn(move || {
                for number in 0..10 {
                    let answer = edge.deliver(&format!("d-{client}-{number}"), "pull_request", &pull_request(number));
                    assert_eq!(answer.status, 202);
                }
            });
        }
    });
    assert_eq!(edge.store.ids().len(), 200);
}

#[test]
fn several_deliveries_share_a_connection() {
    let edge = Edge::new();
    let body = pull_request(1);
    let signed = signature(SECRET, body.as_bytes());
    let request = |id| delivery(id, "pull_request", body.as_bytes(), &[("X-Hub-Signature-256", &signed)]);
    let kept = |id| String::from_utf8(request(id)).unwrap().replace("Connection: close\r\n", "");
    let mut stream = edge.connect();
    stream.write_all([kept("d-1").as_bytes(), kept("d-2").as_bytes(), &request("d-3")].concat().as_slice()).unwrap();
    assert_eq!(receive(&mut stream).status, 202);
    assert_eq!(edge.store.ids(), ["d-1", "d-2", "d-3"]);
}
