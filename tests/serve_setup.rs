//! `countersign serve --setup`: the real program between a browser and a fake GitHub.
#![cfg(all(feature = "server", unix))]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "integration test")]
#![recursion_limit = "256"]

mod cli_support;
mod github_fake;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use cli_support::World;
use countersign::adapters::github::grants::{EVENTS, PERMISSIONS};
use github_fake::settings::MADE_SECRET;
use github_fake::{ADA, APP, Edit, Fake};
use insta::assert_snapshot;
use serde_json::Value;

/// The program with its page open.
struct Setup {
    child: Child,
    out: BufReader<ChildStdout>,
    /// Where it listens, `127.0.0.1:PORT`.
    address: String,
    /// The page's address as it was shown.
    page: String,
    said: String,
}

/// What a browser gets.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

fn start(world: &World, fake: &Fake, more: &[&str]) -> Setup {
    let url = fake.url();
    let fixed = [
        "serve",
        "--setup",
        "--listen",
        "127.0.0.1:0",
        "--public-url",
        "https://gate.example.com",
        "--data-dir",
        "data",
        "--github-url",
        url.strip_suffix("/api/v3").unwrap(),
    ];
    let mut command: Command = world.command(env!("CARGO_BIN_EXE_countersign"), ".", &[&fixed, more].concat());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    let page = loop {
        let mut line = String::new();
        assert!(out.read_line(&mut line).unwrap() > 0, "it ended: {said} {}", rest(&mut child));
        said.push_str(&line);
        if line.trim().starts_with("http") {
            break line.trim().to_owned();
        }
    };
    let address = page.split('/').nth(2).unwrap().to_owned();
    Setup { child, out, address, page, said }
}

fn rest(child: &mut Child) -> String {
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

impl Setup {
    fn get(&self, target: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        write!(stream, "GET {target} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n", self.address).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head: head.to_lowercase(), body: body.to_owned() }
    }

    /// Opens the page.
    fn open(&self) -> Answer {
        let path = self.page.split_once(&self.address).unwrap().1;
        self.get(path)
    }

    /// Opens the page and returns the state that the form carries.
    fn state(&self) -> String {
        let page = self.open();
        let (_, rest) = page.body.split_once("?state=").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Waits for the end; returns the exit code and all that was said.
    fn end(mut self) -> (i32, String) {
        let mut text = std::mem::take(&mut self.said);
        self.out.read_to_string(&mut text).unwrap();
        let errors = rest(&mut self.child);
        let code = self.child.wait().unwrap().code().unwrap();
        (code, format!("{text}{errors}"))
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Undoes what HTML needs.
fn unescaped(text: &str) -> String {
    [("&quot;", "\""), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        .iter()
        .fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn attribute(page: &str, name: &str) -> String {
    let (_, rest) = page.split_once(&format!("{name}=\"")).unwrap();
    unescaped(rest.split('"').next().unwrap())
}

#[test]
fn github_makes_the_app_and_its_secrets_are_written() {
    let (fake, world) = (Fake::start_enterprise(), World::new());
    let setup = start(&world, &fake, &["--owner", "acme", "--setup-dir", "gate"]);
    let page = setup.open();
    assert_eq!(page.status, 200);
    let web = fake.url().replace("/api/v3", "");
    let action = attribute(&page.body, "form action");
    assert!(action.starts_with(&format!("{web}/organizations/acme/settings/apps/new?state=")), "{action}");
    let manifest: Value = serde_json::from_str(&attribute(&page.body, "name=\"manifest\" value")).unwrap();
    assert_eq!(manifest["name"], "countersign-acme");
    assert_eq!(manifest["hook_attributes"]["url"], "https://gate.example.com/webhooks/github");
    assert_eq!(manifest["redirect_url"], format!("http://{}/setup/done", setup.address));
    assert_eq!(manifest["public"], false);
    assert_eq!(manifest["default_events"], serde_json::json!(EVENTS));
    let permissions = manifest["default_permissions"].as_object().unwrap();
    assert_eq!(permissions.len(), PERMISSIONS.len());
    for one in PERMISSIONS {
        assert_eq!(permissions[one.name], one.access.as_str());
    }
    // GitHub leads back.
    fake.world().manifest_codes.insert("a180b1a3d263c81bc6441d7b990bae27".to_owned(), "countersign-acme".to_owned());
    let state = action.split_once("?state=").unwrap().1;
    let address = setup.address.clone();
    let done = setup.get(&format!("/setup/done?code=a180b1a3d263c81bc6441d7b990bae27&state={state}"));
    assert_eq!(done.status, 200, "{}", done.body);
    let key_page = setup.page.clone();
    let (code, said) = setup.end();
    assert_eq!(code, 0, "{said}");
    for secret in [MADE_SECRET, "PRIVATE KEY", "a secret that nobody here needs"] {
        assert!(!said.contains(secret) && !done.body.contains(secret), "{said}\n{}", done.body);
    }
    let said = said.replace(&key_page, "http://[PAGE]").replace(&web, "https://git.example.com");
    let said = said.replace(world.path().canonicalize().unwrap().to_str().unwrap(), "[DIR]");
    assert_snapshot!(said, @r"
    Open this in a browser that is signed in to GitHub:

      http://[PAGE]

    It waits for an hour; Ctrl-C ends it. Nothing is made before you say so there.

    GitHub made the App; its number is 7001. For you alone:
      [DIR]/gate/app-key.pem
      [DIR]/gate/webhook-secret
      [DIR]/gate/countersign.env

    Next:
      1. install it: https://git.example.com/github-apps/countersign-acme/installations/new
      2. set -a; . '[DIR]/gate/countersign.env'; countersign serve
      3. countersign doctor --github OWNER/REPO --app-id 7001 --app-key-file '[DIR]/gate/app-key.pem' --github-url https://git.example.com --token-file FILE --fix
    ");
    let folder = world.path().join("gate");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&folder), 0o700);
    for name in ["app-key.pem", "webhook-secret", "countersign.env"] {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(read("app-key.pem").trim(), fake.key.private.trim());
    assert_eq!(read("webhook-secret"), format!("{MADE_SECRET}\n"));
    let settings = read("countersign.env").replace(&web, "https://git.example.com");
    let settings = settings.replace(world.path().canonicalize().unwrap().to_str().unwrap(), "[DIR]");
    assert_snapshot!(settings, @r"
    COUNTERSIGN_APP_ID='7001'
    COUNTERSIGN_APP_KEY_FILE='[DIR]/gate/app-key.pem'
    COUNTERSIGN_WEBHOOK_SECRET_FILE='[DIR]/gate/webhook-secret'
    COUNTERSIGN_DATA_DIR='[DIR]/data'
    COUNTERSIGN_PUBLIC_URL='https://gate.example.com'
    COUNTERSIGN_GITHUB_URL='https://git.example.com'
    ");
    assert!(TcpStream::connect(&address).is_err(), "the page is gone");
}

#[test]
fn what_was_written_is_all_that_looking_needs() {
    let (fake, world) = (Fake::start_enterprise(), World::new());
    fake.validate_calls();
    let setup = start(&world, &fake, &[]);
    fake.world().manifest_codes.insert("code".to_owned(), "countersign".to_owned());
    let state = setup.state();
    assert_eq!(setup.get(&format!("/setup/done?code=code&state={state}")).status, 200);
    let (code, said) = setup.end();
    assert_eq!(code, 0, "{said}");
    assert_eq!(fake.violations(), [""; 0]);
    fake.user("grace");
    let shop = fake.repository("acme", "shop");
    fake.push(shop, "main", "grace", &[Edit::new(ADA, "Set the rules", "policy.yaml", "version: 1\n")]);
    let script = "set -a; . data/countersign.env; exec \"$0\" doctor --github acme/shop";
    let command = world.command("sh", ".", &["-c", script, env!("CARGO_BIN_EXE_countersign")]);
    let ran = world.finish(command, b"");
    assert!(ran.code == 1 && ran.stdout.contains("there is no policy"), "{}", ran.shown());
    assert_eq!(APP, 7_001);
}

#[test]
fn a_state_that_was_not_given_out_here_does_nothing() {
    let (fake, world) = (Fake::start_enterprise(), World::new());
    let setup = start(&world, &fake, &[]);
    fake.world().manifest_codes.insert("code".to_owned(), "countersign".to_owned());
    let state = setup.state();
    let forged = "0".repeat(64);
    for query in [
        "code=code".to_owned(),
        "code=code&state=".to_owned(),
        format!("code=code&state={forged}"),
        format!("code=code&state={}", state.get(..63).unwrap()),
        format!("code=code&state={}", state.to_uppercase()),
    ] {
        assert_eq!(setup.get(&format!("/setup/done?{query}")).status, 403, "{query}");
    }
    assert_eq!(setup.get(&format!("/setup/done?code=code&state={state}&state={state}")).status, 400);
    assert!(fake.world().manifest_codes.contains_key("code") && fake.world().calls.is_empty());
    assert!(std::fs::read_dir(world.path().join("data")).unwrap().next().is_none());
    setup.kill();
}

#[test]
fn a_state_is_used_up_even_when_github_refuses() {
    let (fake, world) = (Fake::start_enterprise(), World::new());
    let setup = start(&world, &fake, &[]);
    let state = setup.state();
    assert_eq!(setup.get(&format!("/setup/done?code=../../user&state={state}")).status, 400);
    assert_eq!(setup.get(&format!("/setup/done?code=code&state={state}")).status, 403);
    let state = setup.state();
    assert_eq!(setup.get(&format!("/setup/done?code=unknown&state={state}")).status, 502);
    fake.world().manifest_codes.insert("code".to_owned(), "countersign".to_owned());
    assert_eq!(setup.get(&format!("/setup/done?code=code&state={state}")).status, 403);
    // It can be begun again.
    let state = setup.state();
    assert_eq!(setup.get(&format!("/setup/done?code=code&state={state}")).status, 200);
    assert_eq!(setup.end().0, 0);
}

#[test]
fn the_page_is_for_whoever_sees_the_terminal_and_needs_nothing_from_elsewhere() {
    let (fake, world) = (Fake::start_enterprise(), World::new());
    let setup = start(&world, &fake, &["--app-name", "Our Gate", "--setup-url", "https://gate.example.com/tools"]);
    // The address that people use is another one than that where it listens.
    assert!(setup.page.starts_with("https://gate.example.com/tools/setup/begin/"), "{}", setup.page);
    let key = setup.page.rsplit('/').next().unwrap().to_owned();
    let setup = Setup { address: listening(&setup), ..setup };
    for path in ["/", "/setup", "/setup/begin", "/setup/begin/", &format!("/setup/begin/{}", "0".repeat(64))] {
        let answer = setup.get(path);
        assert!(answer.status == 404 && !answer.body.contains("state="), "{path}: {}", answer.body);
    }
    let page = setup.get(&format!("/setup/begin/{key}"));
    assert_eq!(page.status, 200);
    let web = fake.url().replace("/api/v3", "");
    assert!(page.head.contains("content-security-policy: default-src 'none'; style-src 'sha256-"), "{}", page.head);
    assert!(page.head.contains(&format!("form-action {web};")) && page.head.contains("frame-ancestors 'none'"));
    for header in ["x-content-type-options: nosniff", "cache-control: no-store", "referrer-policy: origin"] {
        assert!(page.head.contains(header), "{header}: {}", page.head);
    }
    for foreign in ["<script", "src=", "<link", "<img", "@import", "url("] {
        assert!(!page.body.contains(foreign), "{foreign}");
    }
    for needed in
        ["<html lang=\"en\">", "<title>", "<h1>", "<caption>", "scope=\"row\"", "name=\"viewport\"", "Our Gate"]
    {
        assert!(page.body.contains(needed), "{needed}");
    }
    assert!(!page.body.contains(&key));
    setup.kill();
}

/// Asks the system where a process listens, as the address that it shows is another one.
fn listening(setup: &Setup) -> String {
    let inodes: Vec<String> = std::fs::read_dir(format!("/proc/{}/fd", setup.child.id()))
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.trim_end_matches(']').to_owned()))
        .collect();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let row = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .find(|row| row[3] == "0A" && inodes.iter().any(|inode| inode == row[9]))
        .unwrap();
    let port = u16::from_str_radix(row[1].split_once(':').unwrap().1, 16).unwrap();
    format!("127.0.0.1:{port}")
}

#[test]
fn nothing_is_written_over() {
    let (fake, world) = (Fake::start_enterprise(), World::new());
    let url = fake.url();
    let arguments = [
        "serve",
        "--setup",
        "--listen",
        "127.0.0.1:0",
        "--public-url",
        "https://gate.example.com",
        "--data-dir",
        "data",
        "--github-url",
        url.strip_suffix("/api/v3").unwrap(),
    ];
    for name in ["app-key.pem", "webhook-secret", "countersign.env"] {
        let path = world.write(&format!("data/{name}"), "mine");
        let ran = world.run(&arguments);
        assert!(ran.code == 4 && ran.stderr.contains("is there already"), "{}", ran.shown());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
        std::fs::remove_file(&path).unwrap();
    }
    std::os::unix::fs::symlink("/nowhere/at/all", world.path().join("data/app-key.pem")).unwrap();
    let ran = world.run(&arguments);
    assert!(ran.code == 4 && ran.stderr.contains("is there already"), "{}", ran.shown());
    std::fs::remove_file(world.path().join("data/app-key.pem")).unwrap();
    // Nor when it appears while somebody is at GitHub.
    let setup = start(&world, &fake, &[]);
    fake.world().manifest_codes.insert("code".to_owned(), "countersign".to_owned());
    let state = setup.state();
    let path = world.write("data/webhook-secret", "mine");
    let answer = setup.get(&format!("/setup/done?code=code&state={state}"));
    assert!(answer.status == 502 && answer.body.contains("is there already"), "{}", answer.body);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    let left: Vec<_> = std::fs::read_dir(world.path().join("data")).unwrap().map(|one| one.unwrap().path()).collect();
    assert_eq!(left, [path], "nothing is left half done");
    setup.kill();
}

#[test]
fn settings_that_lead_nowhere_are_told_at_once() {
    let ran = World::new().run(&["serve", "--setup", "--owner", "a/b", "--github-url", "http://git.example.com"]);
    assert_snapshot!(ran.shown(), @r"
    -- stderr
    countersign: `--public-url` (or COUNTERSIGN_PUBLIC_URL) is missing: where GitHub is to send webhooks
    countersign: `--github-url`: the address of GitHub's API begins with https:// (http:// is for this machine alone)
    countersign: `--owner`: letters, digits, `-` and `_`, please
    -- exit 2
    ");
    let ran = World::new().run(&["serve", "--owner", "acme"]);
    assert!(ran.code == 2 && ran.stderr.contains("--setup"), "{}", ran.shown());
}
