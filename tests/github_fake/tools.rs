//! The programs of others in `tests/tools`: where they are, Prism between an adapter and the fake, and
//! the webhooks that GitHub publishes, signed by its own library.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::Deserialize;

/// What the fake may say otherwise than GitHub describes it, each with its reason. Nothing else may.
pub const ALLOWED: [(&str, &str); 1] = [(
    "property 0.account must have required property",
    "the description wants an installation's account to be a user and an enterprise at once",
)];

/// The same of what only the service asks: the description knows no answer for a run that is not there.
pub const ALLOWED_OF_RUNS: &str = "Unable to match the returned status code with those defined in the document: 200";

/// Returns the folder with the tools. On a developer's machine they may be missing; where `CI` is set,
/// they may not.
pub fn installed() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tools");
    let parts = ["node_modules", "openapi.json", "webhooks.json"];
    if parts.iter().all(|part| folder.join(part).exists()) {
        return Some(folder);
    }
    if std::env::var_os("CI").is_some_and(|value| value == "true") {
        panic!("tests/tools is not installed: type `npm ci && node cut-openapi.mjs` there");
    }
    None
}

/// A webhook as it is published.
#[derive(Debug, Clone, Deserialize)]
pub struct PublishedWebhook {
    pub event: String,
    /// What `X-Hub-Signature-256` says.
    pub signature: String,
    pub body: String,
}

/// Returns all examples of webhooks, and sampled ones for the events that have none.
pub fn published_webhooks(tools: &Path, secret: &str) -> Vec<PublishedWebhook> {
    let output = Command::new("node").args(["sign-webhooks.mjs", secret]).current_dir(tools).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Prism between an adapter and the fake: it compares every call and answer with GitHub's published
/// description. It knows neither GraphQL nor git nor `/repositories/ID`.
pub struct Prism {
    child: Child,
    pub url: String,
    /// What it said so far.
    said: Arc<Mutex<Vec<String>>>,
}

impl Prism {
    /// Starts it before an address, and waits until it listens.
    pub fn start(tools: &Path, upstream: &str) -> Self {
        let port = super::ports::reserve().to_string();
        let mut child = Command::new("node")
            .args(["node_modules/@stoplight/prism-cli/dist/index.js", "proxy", "-h", "127.0.0.1", "-p", &port])
            .args(["openapi.json", upstream])
            .current_dir(tools)
            .env("NO_COLOR", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = Arc::new(Mutex::new(Vec::new()));
        let output = BufReader::new(child.stdout.take().unwrap());
        let lines = Arc::clone(&said);
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let prism = Self { child, url: format!("http://127.0.0.1:{port}"), said };
        let start = Instant::now();
        while !prism.said.lock().unwrap().iter().any(|line| line.contains("is listening")) {
            assert!(start.elapsed() < Duration::from_secs(120), "{:?}", prism.said.lock().unwrap());
            std::thread::sleep(Duration::from_millis(50));
        }
        prism
    }

    /// Returns what calls or answers had otherwise than described.
    pub fn violations(&self) -> Vec<String> {
        let said = self.said.lock().unwrap();
        said.iter().filter(|line| line.to_lowercase().contains("violation")).cloned().collect()
    }

    /// Returns the violations that no one has reviewed.
    pub fn not_allowed(&self) -> Vec<String> {
        let is_allowed = |line: &String| ALLOWED.iter().any(|(part, _)| line.contains(part));
        self.violations().into_iter().filter(|line| !is_allowed(line)).collect()
    }
}

impl Drop for Prism {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
