//! What people do, and its deliveries: sent again until somebody acknowledges them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use countersign::forge::RepositoryId;

use super::Dice;
use super::replica::{Replica, SECRET};
use crate::github_fake::{self, Fake};

/// Between two deeds on one pull request: moments are compared in whole seconds.
const APART: Duration = Duration::from_millis(1_100);

/// What was done.
#[derive(Debug, Default)]
pub struct Load {
    /// What the check on each pull request has to come to.
    pub expected: BTreeMap<u64, &'static str>,
    /// The deliveries that were acknowledged.
    pub acknowledged: Vec<String>,
    /// How often sending was tried.
    pub attempts: u64,
    pub kills: u32,
    pub seconds: f64,
}

impl Load {
    pub fn add(&mut self, other: Self) {
        self.expected.extend(other.expected);
        self.acknowledged.extend(other.acknowledged);
        self.attempts += other.attempts;
    }
}

/// Tells of the pull requests.
pub fn begin(fake: &Fake, id: RepositoryId, numbers: &[u64], replicas: &[Replica]) -> Load {
    let mut load = Load::default();
    let mut dice = Dice::new(1);
    for number in numbers {
        let body = fake.pull_request_event(id, *number, "opened");
        deliver("pull_request", &body, replicas, &mut load, &mut dice);
        load.expected.insert(*number, "action_required");
    }
    load
}

/// Reviews pull requests until the end, and delivers each review.
pub fn work(fake: &Fake, id: RepositoryId, numbers: &[u64], replicas: &[Replica], end: &AtomicBool) -> Load {
    let mut load = Load::default();
    let mut dice = Dice::new(numbers[0]);
    let mut last: BTreeMap<u64, (Instant, bool)> = BTreeMap::new();
    while !end.load(Ordering::Acquire) {
        let number = numbers[dice.below(numbers.len() as u64) as usize];
        if last.get(&number).is_some_and(|(at, _)| at.elapsed() < APART) {
            std::thread::sleep(Duration::from_millis(5));
            continue;
        }
        let objects = last.get(&number).is_some_and(|(_, approved)| *approved);
        let (state, conclusion) =
            if objects { ("CHANGES_REQUESTED", "action_required") } else { ("APPROVED", "success") };
        // Whether she may is known by asking who is on her team.
        let review = fake.review(id, number, "barbara", state);
        last.insert(number, (Instant::now(), !objects));
        load.expected.insert(number, conclusion);
        let body = fake.review_event(id, number, review);
        deliver("pull_request_review", &body, replicas, &mut load, &mut dice);
    }
    load
}

/// Sends a delivery, first to one and then to the other replica, until it is acknowledged.
fn deliver(event: &str, body: &serde_json::Value, replicas: &[Replica], load: &mut Load, dice: &mut Dice) {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let id = format!("{:08x}-0000-4000-8000-000000000000", NUMBER.fetch_add(1, Ordering::Relaxed));
    let body = serde_json::to_vec(body).unwrap();
    let head = format!(
        "POST /webhooks/github HTTP/1.1\r\nhost: localhost\r\nuser-agent: GitHub-Hookshot/test\r\n\
         content-type: application/json\r\nx-github-event: {event}\r\nx-github-delivery: {id}\r\n\
         x-hub-signature-256: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        github_fake::signature(SECRET, &body),
        body.len()
    );
    let request = [head.as_bytes(), &body].concat();
    let first = dice.below(replicas.len() as u64) as usize;
    for replica in replicas.iter().cycle().skip(first) {
        load.attempts += 1;
        let answer = replica.send(&request).unwrap_or_default();
        if answer.starts_with("HTTP/1.1 202") {
            load.acknowledged.push(id);
            return;
        }
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 503"), "{answer}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
