//! A repository full of pull requests that agents had a part in, with the service before it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use countersign::forge::RepositoryId;

use crate::github_fake::{self, ADA, Edit, Fake};
use crate::postgres_rig;
use crate::replica::{Replica, SECRET};

/// A commit by Ada with the help of Kiro.
const KIRO: &str = "Cache the prices\n\nCo-authored-by: Kiro <noreply@kiro.dev>\n";

/// An agent's change needs a senior, who is on a team.
const POLICY: &str = r#"version: 1
serial: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { github: ada } }
  bob: { name: Bob Developer, emails: [bob@example.com], accounts: { github: bob } }
  grace: { name: Grace Hopper, emails: [grace@example.com], accounts: { github: grace } }
  barbara: { name: Barbara Liskov, emails: [barbara@example.com], accounts: { github: barbara } }
roles:
  senior: { people: [grace], github-teams: [acme/seniors] }
gates:
  - name: agent's change
    refs: ["refs/heads/main", "refs/heads/release/**"]
    when: { authorship-at-least: assisted }
    require: [{ role: senior }]
"#;

/// Where the service keeps what it knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Sqlite,
    Postgres,
}

pub struct Shop {
    pub fake: Fake,
    pub id: RepositoryId,
    pub numbers: Vec<u64>,
    pub replica: Replica,
    pub database: Option<postgres_rig::Database>,
}

impl Shop {
    /// Opens so many pull requests, and starts the service with these flags.
    pub fn open(place: Place, count: u64, flags: &[&str]) -> Self {
        let fake = Fake::start_enterprise();
        for login in ["ada", "bob", "grace", "barbara"] {
            fake.user(login);
        }
        fake.organization("acme", &["ada", "bob", "grace", "barbara"]);
        fake.team("acme", "seniors", None, &["grace", "barbara"]);
        let id = fake.repository("acme", "shop");
        fake.push(id, "main", "grace", &[Edit::new(ADA, "Set the rules", ".countersign/policy.yaml", POLICY)]);
        let numbers = fake.open_many(id, count, "ada", &Edit::new(ADA, KIRO, "prices.txt", "prices"));
        fake.world().faults.hides_installations = true;
        let database = (place == Place::Postgres).then(postgres_rig::database);
        let mut replica = Replica::new(&fake, database.as_ref());
        replica.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        replica.make_gate_key();
        replica.start();
        Self { fake, id, numbers, replica, database }
    }

    /// Returns the delivery that tells of a pull request, to be sent as it is.
    pub fn opened(&self, number: u64) -> Vec<u8> {
        delivery("pull_request", &self.fake.pull_request_event(self.id, number, "opened"))
    }

    /// Lets somebody review a pull request; returns the delivery that tells of it.
    pub fn reviewed(&self, number: u64, reviewer: &str, state: &'static str) -> Vec<u8> {
        let review = self.fake.review(self.id, number, reviewer, state);
        delivery("pull_request_review", &self.fake.review_event(self.id, number, review))
    }

    /// Returns a number from the service's metrics, all labels together.
    pub fn metric(&self, name: &str) -> u64 {
        let text = self.replica.get("/metrics").unwrap_or_default();
        let lines = text.lines().filter_map(|line| line.strip_prefix(name)?.rsplit_once(' ')?.1.parse::<u64>().ok());
        lines.sum()
    }

    /// Waits until nothing is left to do.
    pub fn idle(&self, within: Duration) {
        let begun = Instant::now();
        // Read from the table: the metrics are a moment old.
        while self.count("job") > 0 {
            assert!(begun.elapsed() < within, "work is left:\n{}", self.replica.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns how many deliveries are stored.
    pub fn stored(&self) -> u64 {
        self.count("delivery")
    }

    /// Returns how many rows a table of the service has.
    fn count(&self, table: &str) -> u64 {
        let sql = format!("SELECT count(*) FROM {table}");
        let count: i64 = match &self.database {
            Some(database) => database.raw().query_one(&sql, &[]).unwrap().get(0),
            None => {
                let path = self.replica.directory.path().join("data/service.db");
                rusqlite::Connection::open(path).unwrap().query_one(&sql, [], |row| row.get(0)).unwrap()
            }
        };
        u64::try_from(count).unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.replica.kill();
    }
}

/// Returns a signed delivery with an identity of its own.
fn delivery(event: &str, body: &serde_json::Value) -> Vec<u8> {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let id = NUMBER.fetch_add(1, Ordering::Relaxed);
    let body = serde_json::to_vec(body).unwrap();
    let head = format!(
        "POST /webhooks/github HTTP/1.1\r\nhost: localhost\r\nuser-agent: GitHub-Hookshot/bench\r\n\
         content-type: application/json\r\nx-github-event: {event}\r\n\
         x-github-delivery: {id:08x}-0000-4000-8000-000000000000\r\nx-hub-signature-256: {}\r\n\
         content-length: {}\r\n\r\n",
        github_fake::signature(SECRET, &body),
        body.len()
    );
    [head.as_bytes(), &body].concat()
}
