//! The service's HTTP edge on a port of its own, over a store that only remembers what it was given.

#![allow(dead_code, reason = "every test file uses another part of it")]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use clap::Parser;
use countersign::adapters::clock;
use countersign::inbox::{Delivered, Delivery, Depth, StoreError};
use countersign::server::config::Config;
use countersign::server::health::Health;
use countersign::server::intake::{Backlog, Intake};
use countersign::server::listener::Limits;
use countersign::server::metrics::Metrics;
use countersign::server::run::{Listeners, RunError, Service, Worker};
use countersign::server::settings::Settings;
use countersign::server::stop::Stop;
use hmac::{Hmac, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;
use tokio::sync::mpsc::{Sender, channel};

pub const SECRET: &str = "the webhook's secret of now";
pub const OLD_SECRET: &str = "the webhook's secret until today";

/// A store that remembers in memory, and can be switched off.
#[derive(Default)]
pub struct Memory {
    pub deliveries: Mutex<Vec<Delivery>>,
    pub is_down: AtomicBool,
    pub accepts: AtomicU64,
}

impl Memory {
    pub fn ids(&self) -> Vec<String> {
        self.deliveries.lock().unwrap().iter().map(|delivery| delivery.id.clone()).collect()
    }

    fn check(&self) -> Result<(), StoreError> {
        let down = StoreError::Unavailable("host db-7.internal is down".to_owned());
        if self.is_down.load(Ordering::SeqCst) { Err(down) } else { Ok(()) }
    }
}

impl Intake for Memory {
    async fn accept(&self, delivery: Delivery) -> Result<Delivered, StoreError> {
        self.accepts.fetch_add(1, Ordering::SeqCst);
        self.check()?;
        let mut deliveries = self.deliveries.lock().unwrap();
        if deliveries.iter().any(|known| known.id == delivery.id) {
            return Ok(Delivered::Duplicate);
        }
        deliveries.push(delivery);
        Ok(Delivered::New)
    }
}

impl Backlog for Memory {
    async fn depth(&self, _: Timestamp) -> Result<Depth, StoreError> {
        self.check()?;
        let due = self.deliveries.lock().unwrap().len() as u64;
        Ok(Depth { due, ..Depth::default() })
    }
}

/// A worker that says what was done to it.
#[derive(Clone, Default)]
pub struct Idle {
    pub was_stopped: Arc<AtomicBool>,
    pub was_released: Arc<AtomicBool>,
    /// Goes on although it is told to stop.
    pub is_stuck: bool,
    /// Ends although nobody told it.
    pub gives_up: bool,
}

impl Worker for Idle {
    async fn work(&self, stop: Stop) {
        if self.gives_up {
            return;
        }
        stop.requested().await;
        self.was_stopped.store(true, Ordering::SeqCst);
        if self.is_stuck {
            std::future::pending::<()>().await;
        }
    }

    async fn release(&self) -> Result<(), StoreError> {
        self.was_released.store(true, Ordering::SeqCst);
        Ok(())
    }
}

/// What is different from the usual.
#[derive(Default)]
pub struct Plan {
    pub limits: Limits,
    pub worker: Idle,
    pub flags: Vec<&'static str>,
}

/// A running service. Ends with the test.
pub struct Edge {
    pub address: SocketAddr,
    pub metrics_address: Option<SocketAddr>,
    pub store: Arc<Memory>,
    pub health: Arc<Health>,
    pub worker: Idle,
    signals: Sender<()>,
    runtime: tokio::runtime::Runtime,
    running: Option<tokio::task::JoinHandle<Result<(), RunError>>>,
    _directory: tempfile::TempDir,
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    config: Config,
}

impl Edge {
    pub fn new() -> Self {
        Self::with(Plan::default())
    }

    pub fn with(plan: Plan) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let settings = Arc::new(settings(&directory, &plan.flags));
        let (store, health) = (Arc::new(Memory::default()), Arc::new(Health::default()));
        let service = Service {
            settings: Arc::clone(&settings),
            store: Arc::clone(&store),
            health: Arc::clone(&health),
            metrics: Arc::new(Metrics::new()),
            limits: plan.limits,
            clock: clock::now,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (signals, receiver) = channel(4);
        let listeners = runtime.block_on(async { Listeners::bind(&settings) }).unwrap();
        let (address, metrics_address) = listeners.addresses().unwrap();
        let worker = plan.worker.clone();
        let running = runtime.spawn(service.run(listeners, Router::new(), plan.worker, receiver));
        let running = Some(running);
        Self { address, metrics_address, store, health, worker, signals, runtime, running, _directory: directory }
    }

    /// Sends SIGTERM, so to speak.
    pub fn signal(&self) {
        self.signals.blocking_send(()).unwrap();
    }

    /// Waits until the service has ended.
    pub fn ended(&mut self) -> Result<(), RunError> {
        self.runtime.block_on(self.running.take().unwrap()).unwrap()
    }

    /// Connects.
    pub fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    /// Sends a request on a connection of its own.
    pub fn send(&self, request: &[u8]) -> Answer {
        send(self.address, request)
    }

    pub fn get(&self, path: &str) -> Answer {
        get(self.address, path)
    }

    /// Delivers an event as GitHub does.
    pub fn deliver(&self, id: &str, event: &str, body: &str) -> Answer {
        self.send(&delivery(
            id,
            event,
            body.as_bytes(),
            &[("X-Hub-Signature-256", &signature(SECRET, body.as_bytes()))],
        ))
    }
}

fn settings(directory: &tempfile::TempDir, flags: &[&str]) -> Settings {
    let path = |name: &str, text: &str| -> PathBuf {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path
    };
    let key = path("app.pem", "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n");
    let (new, old) = (path("new", SECRET), path("old", OLD_SECRET));
    let usual = [
        "serve".to_owned(),
        "--listen=127.0.0.1:0".to_owned(),
        "--app-id=7".to_owned(),
        format!("--app-key-file={}", key.display()),
        format!("--webhook-secret-file={},{}", new.display(), old.display()),
        format!("--data-dir={}", directory.path().display()),
        "--public-url=https://gate.example.com".to_owned(),
        "--drain-delay=0".to_owned(),
    ];
    let mut line: Vec<String> = usual.into_iter().collect();
    for flag in flags {
        let name = flag.split('=').next().unwrap();
        line.retain(|usual| !usual.starts_with(&format!("{name}=")));
        line.push((*flag).to_owned());
    }
    Settings::load(&Line::try_parse_from(line).unwrap().config).unwrap()
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Reads what came before the connection was closed.
    pub fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        Self { status, headers: lines.filter_map(header).collect(), body: body.to_owned() }
    }
}

pub fn signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

/// Returns the bytes of a delivery with these headers besides the usual ones.
pub fn delivery(id: &str, event: &str, body: &[u8], more: &[(&str, &str)]) -> Vec<u8> {
    let mut head = format!(
        "POST /webhooks/github HTTP/1.1\r\nHost: gate.example.com\r\nUser-Agent: GitHub-Hookshot/0000000\r\n\
         X-GitHub-Delivery: {id}\r\nX-GitHub-Event: {event}\r\nX-Hub-Signature: sha1={}\r\n",
        "0".repeat(40)
    );
    let has = |wanted: &str| more.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
    if !has("Content-Type") {
        head.push_str("Content-Type: application/json\r\n");
    }
    if !has("Content-Length") && !has("Transfer-Encoding") {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    for (name, value) in more {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("Connection: close\r\n\r\n");
    [head.as_bytes(), body].concat()
}

pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

pub fn send(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = connect(address);
    // Whoever is refused early may find the connection closed while sending.
    let _ = stream.write_all(request);
    receive(&mut stream)
}

pub fn get(address: SocketAddr, path: &str) -> Answer {
    send(address, format!("GET {path} HTTP/1.1\r\nHost: gate.example.com\r\nConnection: close\r\n\r\n").as_bytes())
}

pub fn receive(stream: &mut TcpStream) -> Answer {
    Answer::parse(&drain(stream))
}

/// Reads until the connection is closed, or reset.
pub fn drain(stream: &mut TcpStream) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        bytes.extend_from_slice(&piece[..length]);
    }
    bytes
}

/// Waits until something holds.
pub fn eventually(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "{what}: not within 30 s");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The body of a pull request's event.
pub fn pull_request(number: u64) -> String {
    serde_json::json!({
        "action": "opened", "number": number, "pull_request": { "number": number, "title": "Sell hats" },
        "repository": { "id": 42, "name": "shop", "owner": { "login": "acme", "id": 1 } },
        "sender": { "login": "ada", "id": 2, "type": "User" }, "installation": { "id": 7 }
    })
    .to_string()
}
