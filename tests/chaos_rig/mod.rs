//! The real program under load while it is killed: its replicas, the load, and what must hold afterwards.
//!
//! Nobody looks for what was not delivered (the fake hides its installations), so that what was
//! acknowledged can only be dealt with because it was kept.

#![allow(clippy::disallowed_methods, clippy::print_stderr, reason = "tests start programs, wait, and tell figures")]

mod afterwards;
mod load;
mod replica;
mod witness;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use countersign::forge::RepositoryId;

use crate::github_fake::{ADA, Edit, Fake};
use crate::postgres_rig;
use load::Load;
use replica::Replica;

/// A commit by Ada with the help of Kiro.
const KIRO: &str = "Cache the prices\n\nCo-authored-by: Kiro <noreply@kiro.dev>\n";

/// The policy: an agent's change needs a senior. Barbara is one as a member of a team.
const POLICY: &str = r#"version: 1
serial: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { github: ada } }
  grace: { name: Grace Hopper, emails: [grace@example.com], accounts: { github: grace } }
  barbara: { name: Barbara Liskov, emails: [barbara@example.com], accounts: { github: barbara } }
roles:
  senior: { people: [grace], github-teams: [acme/seniors] }
gates:
  - name: agent's change
    refs: ["refs/heads/main"]
    when: { authorship-at-least: assisted }
    require: [{ role: senior }]
"#;

/// How many threads do deeds and deliver them.
const HANDS: usize = 4;
/// How many pull requests each of them has.
const EACH: u64 = 15;

/// Where the replicas keep what they know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// One replica, and SQLite.
    File,
    /// Two replicas, and PostgreSQL.
    Server,
}

/// A repository full of open pull requests, with the service before it.
pub struct Plant {
    pub fake: Fake,
    id: RepositoryId,
    numbers: Vec<u64>,
    replicas: Vec<Replica>,
    database: Option<postgres_rig::Database>,
    complaints: witness::Complaints,
}

/// Returns how often to kill: as the environment says (`COUNTERSIGN_KILLS`), or a few times.
pub fn kills(usual: u32) -> u32 {
    std::env::var("COUNTERSIGN_KILLS").ok().map_or(usual, |text| text.parse().unwrap())
}

impl Plant {
    /// Opens the pull requests and starts the service.
    pub fn open(place: Place) -> Self {
        let fake = Fake::start_enterprise();
        for login in ["ada", "grace", "barbara"] {
            fake.user(login);
        }
        fake.organization("acme", &["ada", "grace", "barbara"]);
        fake.team("acme", "seniors", None, &["barbara"]);
        let id = fake.repository("acme", "shop");
        fake.push(id, "main", "grace", &[Edit::new(ADA, "Set the rules", ".countersign/policy.yaml", POLICY)]);
        let numbers = fake.open_many(id, HANDS as u64 * EACH, "ada", &Edit::new(ADA, KIRO, "prices.txt", "prices"));
        fake.world().faults.hides_installations = true;
        let database = (place == Place::Server).then(postgres_rig::database);
        let count = if place == Place::Server { 2 } else { 1 };
        let replicas: Vec<Replica> = (0..count).map(|_| Replica::new(&fake, database.as_ref())).collect();
        if let [first, others @ ..] = replicas.as_slice() {
            first.make_gate_key();
            others.iter().for_each(|other| other.share_gate_key(first));
        }
        replicas.iter().for_each(Replica::start);
        let complaints = witness::Complaints::default();
        let file = replicas[0].directory.path().join("data/ledger.db");
        let ledger = witness::Ledger::of(database.as_ref(), file);
        fake.world().witness = Some(witness::of(ledger, Arc::clone(&complaints)));
        Self { fake, id, numbers, replicas, database, complaints }
    }

    /// Lets the load run while replicas are killed so many times, and then a little longer; returns what
    /// was done.
    pub fn storm(&self, kills: u32) -> Load {
        let mut load = load::begin(&self.fake, self.id, &self.numbers, &self.replicas);
        self.wait_until_idle(Duration::from_secs(120));
        let begun = Instant::now();
        let end = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let hands: Vec<_> = self
                .numbers
                .chunks(EACH as usize)
                .map(|mine| scope.spawn(|| load::work(&self.fake, self.id, mine, &self.replicas, &end)))
                .collect();
            let mut dice = Dice::new(u64::from(kills));
            for kill in 0..kills {
                let replica = &self.replicas[kill as usize % self.replicas.len()];
                std::thread::sleep(Duration::from_millis(dice.below(600)));
                replica.kill();
                if dice.below(5) == 0 {
                    // It does not even get to its feet.
                    replica.spawn();
                    std::thread::sleep(Duration::from_millis(dice.below(150)));
                    replica.kill();
                    load.kills += 1;
                }
                replica.start();
                load.kills += 1;
            }
            std::thread::sleep(Duration::from_secs(3));
            end.store(true, Ordering::Release);
            for hand in hands {
                load.add(hand.join().unwrap());
            }
        });
        load.seconds = begun.elapsed().as_secs_f64();
        load
    }

    /// Starts one more replica with flags of its own, that has the gate's key and remembers nothing; returns
    /// it, or what it says where it does not come up.
    pub fn join(&self, flags: &[&str]) -> Result<Replica, String> {
        let mut replica = Replica::new(&self.fake, self.database.as_ref());
        replica.share_gate_key(&self.replicas[0]);
        replica.flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        replica.comes_up().then_some(()).ok_or_else(|| replica.log())?;
        Ok(replica)
    }

    /// Kills one replica for good.
    pub fn lose(&self, replica: usize) {
        self.replicas[replica].kill();
    }
}

impl Drop for Plant {
    fn drop(&mut self) {
        for replica in &self.replicas {
            if std::thread::panicking() {
                eprintln!("{}", replica.log());
            }
            replica.kill();
        }
    }
}

/// Numbers that look random and are the same each time.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns a number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}
