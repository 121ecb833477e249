//! One process of the service, that can be killed and started again.

#![allow(dead_code, reason = "tests and measurements each use another part of it")]

use std::fs::{File, Permissions};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::github_fake::{APP, Fake, ports};
use crate::postgres_rig::Database;

/// How long a start may take.
const PATIENCE: Duration = Duration::from_secs(30);

pub const SECRET: &str = "a webhook secret of the tests";

pub struct Replica {
    pub directory: tempfile::TempDir,
    port: u16,
    github: String,
    database: Option<String>,
    /// Flags besides the usual ones.
    pub flags: Vec<String>,
    process: Mutex<Option<Child>>,
}

impl Replica {
    pub fn new(fake: &Fake, database: Option<&Database>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("data")).unwrap();
        let replica = Self {
            directory,
            port: ports::reserve(),
            github: fake.url().strip_suffix("/api/v3").unwrap().to_owned(),
            database: database.map(|database| database.text.clone()),
            flags: Vec::new(),
            process: Mutex::default(),
        };
        replica.keep("app-key", fake.key.private.as_bytes());
        replica.keep("webhook-secret", SECRET.as_bytes());
        replica
    }

    fn keep(&self, name: &str, content: &[u8]) {
        let path = self.directory.path().join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    }

    /// Makes the gate's key, as an operator of several replicas does.
    pub fn make_gate_key(&self) {
        let path = self.directory.path().join("gate-key");
        countersign::adapters::gate_key_file::create(&path, "tests").unwrap();
    }

    /// Takes over the gate's key of another replica.
    pub fn share_gate_key(&self, other: &Self) {
        self.keep("gate-key", &std::fs::read(other.directory.path().join("gate-key")).unwrap());
    }

    /// Starts the process.
    pub fn spawn(&self) {
        let path = |name: &str| self.directory.path().join(name);
        let log = File::options().create(true).append(true).open(path("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .arg("serve")
            .args(["--listen", &format!("127.0.0.1:{}", self.port), "--app-id", &APP.to_string()])
            .args(["--github-url", &self.github, "--drain-delay", "0"]);
        for (flag, file) in [
            ("--app-key-file", "app-key"),
            ("--webhook-secret-file", "webhook-secret"),
            ("--gate-key-file", "gate-key"),
            ("--data-dir", "data"),
        ] {
            command.arg(flag).arg(path(file));
        }
        command.args(self.database.iter().flat_map(|database| ["--database", database])).args(&self.flags);
        let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        *self.process.lock().unwrap() = Some(process);
    }

    /// Starts the process and waits until it can be reached.
    pub fn start(&self) {
        assert!(self.comes_up(), "the service ended:\n{}", self.log());
    }

    /// Starts the process and waits until it can be reached; tells whether it did not end instead.
    pub fn comes_up(&self) -> bool {
        self.spawn();
        let begun = Instant::now();
        while self.get("/healthz").is_none_or(|answer| !answer.starts_with("HTTP/1.1 200")) {
            if self.process.lock().unwrap().as_mut().unwrap().try_wait().unwrap().is_some() {
                return false;
            }
            assert!(begun.elapsed() < PATIENCE, "the service does not come up:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// Kills the process without any warning (SIGKILL).
    pub fn kill(&self) {
        if let Some(mut process) = self.process.lock().unwrap().take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Returns the address that it listens on.
    pub fn address(&self) -> (&'static str, u16) {
        ("127.0.0.1", self.port)
    }

    /// Returns the number of the process.
    pub fn process_id(&self) -> u32 {
        self.process.lock().unwrap().as_ref().unwrap().id()
    }

    pub fn log(&self) -> String {
        let mut text = Vec::new();
        File::open(self.directory.path().join("log")).unwrap().read_to_end(&mut text).unwrap();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Asks for a page.
    pub fn get(&self, path: &str) -> Option<String> {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").as_bytes())
    }

    /// Sends a request on a connection of its own; nothing when it is not answered wholly.
    pub fn send(&self, request: &[u8]) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(request).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        (!answer.is_empty()).then_some(answer)
    }
}
