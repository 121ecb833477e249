//! The real program serving a fake GitHub: what a test does on GitHub, and what it then sees there.

#![allow(dead_code, reason = "every test file uses another part of it")]
#![allow(clippy::disallowed_methods, clippy::print_stderr, reason = "tests start programs, wait, and show the log")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

pub mod signing;

use std::fmt::Write as _;
use std::fs::{File, Permissions};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use countersign::forge::RepositoryId;

use super::github_fake::{self, CheckRun, Edit, Fake, Who};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(90);

pub const SECRET: &str = "a webhook secret of the tests";

/// A commit by Ada with the help of Kiro.
pub const KIRO: &str = "Cache the prices\n\nCo-authored-by: Kiro <noreply@kiro.dev>\n";

pub const ADA: Who = Who { name: "Ada Byron", email: "ada@example.com" };

/// The policy of the shop: an agent's change needs a senior, who is on a team.
pub const POLICY: &str = r#"version: 1
serial: 1
people:
  ada: { name: Ada Byron, emails: [ada@example.com], accounts: { github: ada } }
  bob: { name: Bob Developer, emails: [bob@example.com], accounts: { github: bob } }
  grace: { name: Grace Hopper, emails: [grace@example.com], accounts: { github: grace } }
  barbara: { name: Barbara Liskov, emails: [barbara@example.com], accounts: { github: barbara } }
  dana: { name: Dana Scully, emails: [dana@example.com], accounts: { github: dana } }
roles:
  senior: { people: [grace], github-teams: [acme/seniors] }
  release-manager: { people: [dana] }
gates:
  - name: agent's change
    refs: ["refs/heads/main", "refs/heads/release/**"]
    when: { authorship-at-least: assisted }
    require: [{ role: senior }]
"#;

/// A shop on GitHub with the service before it.
pub struct Shop {
    pub fake: Fake,
    pub id: RepositoryId,
    pub directory: tempfile::TempDir,
    port: u16,
    service: Option<Child>,
    /// Where the service finds GitHub, and what else it is told.
    pub way: Way,
}

/// How the service reaches the fake.
#[derive(Debug, Clone, Default)]
pub struct Way {
    /// The address of GitHub; the fake's own when none is given.
    pub url: Option<String>,
    pub arguments: Vec<String>,
    pub variables: Vec<(String, String)>,
}

impl Shop {
    /// Opens a shop with the usual policy and starts the service. Every REST call is compared with what
    /// GitHub publishes of it.
    pub fn open() -> Self {
        Self::with_policy(POLICY)
    }

    pub fn with_policy(policy: &str) -> Self {
        Self::with_flags(policy, &[])
    }

    /// Opens a shop whose service gets more flags.
    pub fn with_flags(policy: &str, flags: &[&str]) -> Self {
        let fake = Fake::start_enterprise();
        fake.validate_calls();
        let arguments = flags.iter().map(|flag| (*flag).to_owned()).collect();
        Self::with(fake, policy, Way { arguments, ..Way::default() })
    }

    /// Opens a shop whose service speaks to the fake directly, for runs that kill or measure.
    pub fn direct() -> Self {
        Self::with(Fake::start_enterprise(), POLICY, Way::default())
    }

    /// Opens a shop whose service reaches the fake in some way of its own.
    pub fn reached_by(fake: Fake, way: Way) -> Self {
        Self::with(fake, POLICY, way)
    }

    fn with(fake: Fake, policy: &str, way: Way) -> Self {
        for login in ["ada", "bob", "grace", "barbara", "dana", "mallory"] {
            fake.user(login);
        }
        fake.organization("acme", &["ada", "bob", "grace", "barbara", "dana"]);
        fake.team("acme", "seniors", None, &["grace", "barbara"]);
        let id = fake.repository("acme", "shop");
        fake.push(
            id,
            "main",
            "grace",
            &[Edit::new(github_fake::ADA, "Set the rules", ".countersign/policy.yaml", policy)],
        );
        let directory = tempfile::tempdir().unwrap();
        let mut shop = Self { fake, id, directory, port: github_fake::ports::reserve(), service: None, way };
        shop.secret("app-key", &shop.fake.key.private.clone());
        shop.secret("webhook-secret", SECRET);
        shop.start();
        shop
    }

    pub fn secret(&self, name: &str, text: &str) {
        let path = self.directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }

    /// Starts the service and waits until it can be reached.
    pub fn start(&mut self) {
        let path = |name: &str| self.directory.path().join(name);
        let own = || self.fake.url().strip_suffix("/api/v3").unwrap().to_owned();
        let url = self.way.url.clone().unwrap_or_else(own);
        let log = File::options().create(true).append(true).open(path("log")).unwrap();
        let service = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .arg("serve")
            .args(["--listen", &format!("127.0.0.1:{}", self.port), "--app-id", &github_fake::APP.to_string()])
            .args(["--github-url", &url])
            .args(&self.way.arguments)
            .envs(self.way.variables.iter().cloned())
            .arg("--app-key-file")
            .arg(path("app-key"))
            .arg("--webhook-secret-file")
            .arg(path("webhook-secret"))
            .arg("--data-dir")
            .arg(path("data"))
            .args(["--drain-delay", "0", "--log-filter", "info,countersign=debug"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        self.service = Some(service);
        let begun = Instant::now();
        while self.get("/healthz").is_none_or(|answer| !answer.starts_with("HTTP/1.1 200")) {
            let ended = self.service.as_mut().is_none_or(|service| service.try_wait().unwrap().is_some());
            assert!(!ended && begun.elapsed() < PATIENCE, "the service does not come up:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        self.fake.send_webhooks_to(&self.webhook_url(), SECRET);
    }

    /// Returns where deliveries are sent.
    pub fn webhook_url(&self) -> String {
        format!("http://127.0.0.1:{}/webhooks/github", self.port)
    }

    /// Returns where the service listens.
    pub fn address(&self) -> std::net::SocketAddr {
        ([127, 0, 0, 1], self.port).into()
    }

    /// Kills the service without any warning.
    pub fn kill(&mut self) {
        if let Some(mut service) = self.service.take() {
            service.kill().unwrap();
            service.wait().unwrap();
        }
    }

    /// Lets the program check the ledger; returns its complaints, nothing when all is well.
    pub fn audit(&self) -> String {
        let path = |name: &str| self.directory.path().join("data").join(name);
        let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .args(["audit", "verify", "--ledger"])
            .arg(path("ledger.db"))
            .arg("--gate-key")
            .arg(path("gate-key"))
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        if output.status.success() { String::new() } else { String::from_utf8_lossy(&text).into_owned() }
    }

    /// Returns the program's list of what the ledger holds.
    pub fn audit_list(&self) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .args(["audit", "list", "--ledger"])
            .arg(self.directory.path().join("data/ledger.db"))
            .arg("--gate-key")
            .arg(self.directory.path().join("data/gate-key"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Asks again and again for so long.
    pub fn wait_for<R>(&self, patience: Duration, ask: impl Fn() -> Option<R>) -> Option<R> {
        let begun = Instant::now();
        loop {
            let answer = ask();
            if answer.is_some() || begun.elapsed() > patience {
                return answer;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Returns what the service has logged.
    pub fn log(&self) -> String {
        let mut text = String::new();
        File::open(self.directory.path().join("log")).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    /// Asks the service for a page.
    pub fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// Opens a pull request with one commit of Ada's; returns its number.
    pub fn propose(&self, branch: &str, message: &str) -> u64 {
        self.fake.push(self.id, branch, "ada", &[Edit::new(ADA, message, &format!("{branch}.txt"), branch)]);
        self.fake.open(self.id, branch, "main", "ada")
    }

    /// Returns the commit that a pull request offers.
    pub fn head(&self, number: u64) -> String {
        self.fake.world().repository(self.id).pulls[&number].head.clone()
    }

    /// Returns the check on a pull request's head for `main`.
    pub fn check(&self, number: u64) -> Option<CheckRun> {
        self.check_on(&self.head(number), "countersign (main)")
    }

    pub fn check_on(&self, head: &str, name: &str) -> Option<CheckRun> {
        let checks = self.fake.world().checks_on(self.id, head);
        let mut mine = checks.into_iter().filter(|check| check.name == name);
        let check = mine.next();
        assert!(mine.next().is_none(), "there is one check of a name on a commit");
        check
    }

    /// Waits until the check on a pull request's head comes to this, and returns it.
    pub fn sees(&self, number: u64, conclusion: &str) -> CheckRun {
        self.sees_on(&self.head(number), "countersign (main)", conclusion)
    }

    pub fn sees_on(&self, head: &str, name: &str, conclusion: &str) -> CheckRun {
        self.sees_that(head, name, |check| check.conclusion.as_deref() == Some(conclusion))
    }

    /// Waits until the check on a commit is as told, and returns it.
    pub fn sees_that(&self, head: &str, name: &str, is_so: impl Fn(&CheckRun) -> bool) -> CheckRun {
        let begun = Instant::now();
        loop {
            let check = self.check_on(head, name);
            if let Some(check) = check.as_ref().filter(|check| is_so(check)) {
                return check.clone();
            }
            if begun.elapsed() > PATIENCE {
                let mut why = format!("{check:#?}\n");
                let _ = write!(why, "{}", self.log());
                panic!("the check does not come to what is expected: {why}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until something is so on the fake.
    pub fn until(&self, what: &str, is_so: impl Fn(&mut github_fake::World) -> bool) {
        let begun = Instant::now();
        while !is_so(&mut self.fake.world()) {
            assert!(begun.elapsed() < PATIENCE, "{what}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Lets a pull request be judged again without changing anything about it, and waits for it.
    pub fn judge_again(&self, number: u64) {
        let check = self.sees_that(&self.head(number), "countersign (main)", |_| true);
        self.fake.rerequest(self.id, check.id, "bob");
        self.sees_that(&check.head, &check.name, |again| again.writes > check.writes);
    }

    /// Returns who is asked for a review of a pull request.
    pub fn asked(&self, number: u64) -> Vec<String> {
        let mut asked = self.fake.world().repository(self.id).pulls[&number].requested.clone();
        asked.sort();
        asked
    }

    /// Gives the service time to do what it must not do, and makes sure that the check stayed.
    pub fn stays(&self, number: u64, conclusion: &str) -> CheckRun {
        std::thread::sleep(Duration::from_secs(2));
        self.sees(number, conclusion)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            eprintln!("{}", self.log());
        } else {
            let violations = self.fake.violations();
            assert!(violations.is_empty(), "calls or answers that GitHub does not know: {violations:#?}");
        }
    }
}
