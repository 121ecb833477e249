//! Real servers for the tests, and what is the same on all of them.

mod forges;
mod gitolite;
mod gitolite_server;
mod http;
mod http_server;
mod many;
mod signed;
mod ssh;
mod ssh_server;

use std::io::Read as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::push_rig::{Push, Shop, succeed};

/// How long a server may take to begin. The machine may be slow.
const PATIENCE: Duration = Duration::from_secs(90);

/// A server that ends with the test.
pub struct Server {
    child: Child,
    pub port: u16,
}

impl Server {
    /// Starts a server that stays in the foreground, and waits until it answers.
    pub fn start(mut command: Command, port: u16, greets: bool) -> Self {
        let mut server = Self { child: command.spawn().unwrap(), port };
        let end = Instant::now() + PATIENCE;
        while !answers(port, greets) {
            assert!(server.child.try_wait().unwrap().is_none(), "the server ended: {command:?}");
            assert!(Instant::now() < end, "the server does not answer: {command:?}");
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answers(port: u16, greets: bool) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    !greets || matches!(stream.read(&mut [0; 1]), Ok(1))
}

/// Somebody at a client: how they reach the server.
#[derive(Clone)]
pub struct Client {
    /// What git is told to push to.
    pub url: String,
    /// What is in their environment.
    pub variables: Vec<(String, String)>,
}

impl Client {
    /// Returns a command of theirs. Nothing in it says who they are but their way to the server.
    pub fn command(&self, shop: &Shop, clone: &Path, arguments: &[&str]) -> Command {
        let mut git = shop.command("git", "", clone);
        git.env_remove("COUNTERSIGN_USER").args(arguments);
        git.envs(self.variables.iter().map(|(name, value)| (name, value)));
        git
    }

    /// Pushes from the shop's clone.
    pub fn push(&self, shop: &Shop, refspecs: &[&str]) -> Push {
        self.push_with(shop, &[], refspecs)
    }

    /// Pushes from the shop's clone, with options of `git push` before the address.
    pub fn push_with(&self, shop: &Shop, options: &[&str], refspecs: &[&str]) -> Push {
        let before = shop.refs();
        let arguments = [&["push"], options, &[&self.url], refspecs].concat();
        let output = self.command(shop, &shop.work, &arguments).output().unwrap();
        Push::new(&output, before, shop.refs())
    }
}

/// Returns what `countersign audit` answers about the shop, as JSON lines.
pub fn audit(shop: &Shop, arguments: &[&str]) -> Vec<Value> {
    let mut audit = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.bare);
    let text = succeed(audit.args(["audit", "--repo", "."]).args(arguments).args(["--format", "json"]));
    let answer: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    match answer {
        Value::Array(entries) => entries,
        Value::Null => text.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        one => one.get("entries").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![one]),
    }
}

/// Returns who pushed what was decided about last, as the ledger has it.
pub fn last_pusher(shop: &Shop, kind: &str) -> String {
    let entries = audit(shop, &["list", "--kind", kind, "--limit", "1"]);
    let entry = &entries[0]["entry"];
    entry["statement"]["pusher"].as_str().unwrap_or("nobody").to_owned()
}

/// Fails unless the ledger is as it was written.
pub fn assert_sound(shop: &Shop) {
    let mut audit = shop.command(env!("CARGO_BIN_EXE_countersign"), "root", &shop.bare);
    succeed(audit.args(["audit", "--repo", ".", "verify"]));
}
