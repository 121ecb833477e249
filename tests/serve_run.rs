//! How the service is watched, and how it ends.
#![cfg(all(feature = "server", unix))]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "integration test")]

mod serve_support;

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use countersign::adapters::clock;
use countersign::server::run::RunError;
use serve_support::{Edge, Idle, Plan, SECRET, delivery, drain, eventually, get, pull_request, receive, signature};

fn ready(edge: &Edge) -> (u16, String) {
    let answer = edge.get("/readyz");
    let reasons: Vec<String> = serde_json::from_value(answer.json()["reasons"].clone()).unwrap();
    (answer.status, reasons.join(" "))
}

/// Returns a delivery in two parts.
fn halves(id: &str) -> (Vec<u8>, Vec<u8>) {
    let body = pull_request(1);
    let signed = signature(SECRET, body.as_bytes());
    let mut first = delivery(id, "pull_request", body.as_bytes(), &[("X-Hub-Signature-256", &signed)]);
    let second = first.split_off(first.len() - 10);
    (first, second)
}

#[test]
fn a_service_is_ready_when_store_forge_and_mirrors_are() {
    let edge = Edge::new();
    assert_eq!(edge.get("/healthz").json()["status"], "alive");
    assert_eq!(ready(&edge), (503, "forge-not-reached-yet".to_owned()));
    edge.health.forge_answered(clock::now());
    assert_eq!(ready(&edge), (200, String::new()));
    edge.health.mirrors(Err("read-only file system".to_owned()));
    assert_eq!(ready(&edge), (200, "mirrors-not-writable".to_owned()));
    edge.health.mirrors(Ok(()));
    edge.store.is_down.store(true, Ordering::SeqCst);
    eventually("the store is missed", || ready(&edge) == (503, "store-unavailable".to_owned()));
    assert!(!edge.get("/readyz").body.contains("db-7"), "causes stay inside");
    assert_eq!(edge.get("/healthz").status, 200, "the process is alive all the same");
    assert!(edge.get("/metrics").body.contains("countersign_store_up 0"));
    edge.store.is_down.store(false, Ordering::SeqCst);
    eventually("the store is back", || ready(&edge) == (200, String::new()));
}

#[test]
fn metrics_are_in_the_open_format() {
    let edge = Edge::new();
    edge.deliver("d-1", "pull_request", &pull_request(1));
    let answer = edge.get("/metrics");
    assert_eq!(answer.headers["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    for line in [
        "# TYPE countersign_deliveries counter",
        r#"countersign_deliveries_total{event="pull_request",outcome="queued"} 1"#,
        r#"countersign_queue_depth{state="due"} 1"#,
        "countersign_store_up 1",
        "# EOF",
    ] {
        assert!(answer.body.lines().any(|shown| shown == line), "{line} is not in {}", answer.body);
    }
}

#[test]
fn metrics_may_have_an_address_of_their_own() {
    let edge = Edge::with(Plan { flags: vec!["--metrics-listen=127.0.0.1:0"], ..Plan::default() });
    let own = edge.metrics_address.unwrap();
    assert_eq!((edge.get("/metrics").status, get(own, "/metrics").status), (404, 200));
    assert_eq!((edge.get("/healthz").status, get(own, "/healthz").status), (200, 200));
    assert_eq!(get(own, "/webhooks/github").status, 404);
}

#[test]
fn looking_never_writes() {
    let edge = Edge::new();
    for path in ["/", "/healthz", "/readyz", "/metrics", "/webhooks/github", "/webhooks/github?event=push"] {
        edge.get(path);
    }
    assert_eq!(edge.store.accepts.load(Ordering::SeqCst), 0);
}

#[test]
fn it_stops_being_ready_before_it_stops_accepting() {
    let mut edge = Edge::with(Plan { flags: vec!["--drain-delay=3"], ..Plan::default() });
    edge.health.forge_answered(clock::now());
    assert_eq!(ready(&edge).0, 200);
    edge.signal();
    eventually("it is not ready", || ready(&edge) == (503, "stopping".to_owned()));
    assert_eq!(edge.deliver("d-1", "pull_request", &pull_request(1)).status, 202);
    edge.ended().unwrap();
    assert!(TcpStream::connect(edge.address).is_err(), "nobody listens any more");
    assert!(edge.worker.was_stopped.load(Ordering::SeqCst) && edge.worker.was_released.load(Ordering::SeqCst));
}

#[test]
fn what_is_being_sent_is_still_taken() {
    let mut edge = Edge::new();
    let (first, second) = halves("d-1");
    let mut stream = edge.connect();
    stream.write_all(&first).unwrap();
    let mut idle = edge.connect();
    // A connection is served once it has been accepted.
    eventually("both are connected", || edge.get("/metrics").body.contains("countersign_connections 3"));
    edge.signal();
    eventually("nobody listens", || TcpStream::connect(edge.address).is_err());
    stream.write_all(&second).unwrap();
    assert_eq!(receive(&mut stream).status, 202);
    assert_eq!(drain(&mut idle), b"");
    edge.ended().unwrap();
    assert_eq!(edge.store.ids(), ["d-1"]);
}

#[test]
fn what_takes_too_long_is_given_up_and_given_back() {
    let worker = Idle { is_stuck: true, ..Idle::default() };
    let mut edge = Edge::with(Plan { worker, flags: vec!["--drain-deadline=1"], ..Plan::default() });
    let (first, _) = halves("d-1");
    let mut stream = edge.connect();
    stream.write_all(&first).unwrap();
    eventually("it is connected", || edge.get("/metrics").body.contains("countersign_connections 2"));
    let start = Instant::now();
    edge.signal();
    edge.ended().unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(edge.worker.was_released.load(Ordering::SeqCst));
    assert_eq!(drain(&mut stream), b"", "nothing was acknowledged");
    assert_eq!(edge.store.accepts.load(Ordering::SeqCst), 0);
}

#[test]
fn a_worker_that_does_not_stop_is_given_up() {
    let worker = Idle { is_stuck: true, ..Idle::default() };
    let mut edge = Edge::with(Plan { worker, flags: vec!["--drain-deadline=1"], ..Plan::default() });
    assert_eq!(edge.get("/healthz").status, 200);
    edge.signal();
    edge.ended().unwrap();
    assert!(edge.worker.was_released.load(Ordering::SeqCst));
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let worker = Idle { is_stuck: true, ..Idle::default() };
    let flags = vec!["--drain-delay=600", "--drain-deadline=600"];
    let mut edge = Edge::with(Plan { worker, flags, ..Plan::default() });
    let start = Instant::now();
    for _ in 0..3 {
        edge.signal();
    }
    edge.ended().unwrap();
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    assert!(edge.worker.was_released.load(Ordering::SeqCst));
}

#[test]
fn without_a_worker_it_ends_with_an_error() {
    let worker = Idle { gives_up: true, ..Idle::default() };
    let mut edge = Edge::with(Plan { worker, ..Plan::default() });
    assert!(matches!(edge.ended(), Err(RunError::WorkerEnded)));
}
