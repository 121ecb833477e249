//! Evaluations: how many a second, and with how many calls of the forge's API.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::figures::processor_seconds;
use crate::http::send_all;
use crate::shop::{Place, Shop};

/// How many pull requests are open.
const OPEN: u64 = 1_000;
/// How many are judged at once: with latency each of them mostly waits.
const WORKERS: &str = "64";
/// How long everything may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// What happens to a pull request that was judged before.
#[derive(Debug, Clone, Copy)]
struct Deed {
    what: &'static str,
    reviewer: &'static str,
    state: &'static str,
}

const DEEDS: [Deed; 3] = [
    Deed { what: "a remark, which changes nothing", reviewer: "bob", state: "COMMENTED" },
    Deed { what: "an approval, which permits", reviewer: "grace", state: "APPROVED" },
    Deed { what: "an objection, which takes that back", reviewer: "grace", state: "CHANGES_REQUESTED" },
];

/// How many of the service's own queries the fake answers, with nobody between.
pub fn fake_alone() {
    let shop = Shop::open(Place::Sqlite, 200, &[]);
    let deliveries = shop.numbers.iter().map(|number| shop.opened(*number)).collect();
    send_all(shop.replica.address(), deliveries, 8);
    shop.idle(PATIENCE);
    shop.replica.kill();
    let (query, token) = {
        let world = shop.fake.world();
        let query = world.queries.iter().find(|query| query.starts_with("query PullRequest(")).unwrap().clone();
        let token =
            world.tokens.iter().find(|(_, token)| token.installation == shop.id.installation).unwrap().0.clone();
        (query, token)
    };
    let address = shop.fake.url();
    let host = address.trim_start_matches("http://").trim_end_matches("/api/v3").to_owned();
    let port: u16 = host.rsplit_once(':').unwrap().1.parse().unwrap();
    let requests: Vec<Vec<u8>> = shop
        .numbers
        .iter()
        .cycle()
        .take(10_000)
        .map(|number| {
            let variables = json!({"owner": "acme", "name": "shop", "number": number});
            let body = json!({"query": query, "variables": variables}).to_string();
            format!(
                "POST /api/graphql HTTP/1.1\r\nhost: {host}\r\nuser-agent: bench\r\nauthorization: Bearer {token}\r\n\
                 content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        })
        .collect();
    let before = processor_seconds(std::process::id());
    let (answers, seconds) = send_all(("127.0.0.1", port), requests, 32);
    let used = processor_seconds(std::process::id()) - before;
    assert!(answers.iter().all(|answer| answer.status == 200));
    println!(
        "the fake alone: {:.0} queries of a whole pull request a second; {:.3} ms of processor each, client included",
        answers.len() as f64 / seconds,
        used * 1000.0 / answers.len() as f64
    );
}

/// Evaluations a second, cold and warm, without and with latency.
pub fn rates() {
    for place in [Place::Sqlite, Place::Postgres] {
        let shop = Shop::open(place, OPEN, &["--workers", WORKERS]);
        println!("{place:?}, {WORKERS} workers, {OPEN} open pull requests:");
        let requests = shop.numbers.iter().map(|number| shop.opened(*number)).collect();
        measure(&shop, "  0 ms, cold: opened", requests);
        for latency in [0, 50] {
            shop.fake.world().faults.latency = Duration::from_millis(latency);
            for deed in DEEDS {
                // Moments are compared in whole seconds.
                std::thread::sleep(Duration::from_millis(2_100));
                let requests =
                    shop.numbers.iter().map(|number| shop.reviewed(*number, deed.reviewer, deed.state)).collect();
                measure(&shop, &format!("  {latency} ms, warm: {}", deed.what), requests);
            }
        }
    }
}

/// Delivers, waits until all is done, and tells how long that took.
fn measure(shop: &Shop, what: &str, requests: Vec<Vec<u8>>) {
    let count = requests.len() as f64;
    shop.fake.forget_calls();
    let processes = [shop.replica.process_id(), std::process::id()];
    let before = processes.map(processor_seconds);
    let judged = shop.metric("countersign_verdicts_total");
    let begun = Instant::now();
    let (answers, _) = send_all(shop.replica.address(), requests, 16);
    assert!(answers.iter().all(|answer| answer.status == 202));
    shop.idle(PATIENCE);
    let seconds = begun.elapsed().as_secs_f64();
    let after = processes.map(processor_seconds);
    let evaluations = (shop.metric("countersign_verdicts_total") - judged) as f64;
    let each = |place: usize| (after[place] - before[place]) * 1000.0 / evaluations;
    println!(
        "{what}: {:.0} evaluations a second from delivery to answer ({evaluations:.0} of {count:.0} events); \
         processor ms each: {:.2} service, {:.2} fake and client; calls each: {}",
        evaluations / seconds,
        each(0),
        each(1),
        calls(shop, evaluations)
    );
}

/// Tells which calls there were, in how many evaluations.
fn calls(shop: &Shop, evaluations: f64) -> String {
    let mut kinds: BTreeMap<&str, u32> = BTreeMap::new();
    for call in &shop.fake.world().calls {
        let path = call.path.as_str();
        let kind = match call.method.as_str() {
            _ if path.contains("/app/installations?") => continue,
            "git GET" | "git POST" => "git",
            _ if path.contains("/graphql") => "query",
            _ if path.contains("/access_tokens") => "token",
            _ if path.contains("/check-runs") => "check run",
            _ if path.contains("/members") => "members",
            _ if path.contains("/activity") => "pushes",
            _ => "other",
        };
        *kinds.entry(kind).or_default() += 1;
    }
    let total: u32 = kinds.iter().filter(|(kind, _)| **kind != "git").map(|(_, count)| count).sum();
    let list: Vec<String> = kinds.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    format!("{:.2} ({})", f64::from(total) / evaluations, list.join(", "))
}
