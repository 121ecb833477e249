//! A GitHub that remembers: repositories served by stock git, pull requests, reviews, queues, check
//! runs, webhooks. Test code, never shipped; it judges nothing and knows nothing of countersign but
//! the types of its port.
//!
//! ```text
//! let fake = Fake::start();
//! let shop = fake.repository("acme", "shop");
//! fake.push(shop, "fix", "ada", &[edit]);
//! let number = fake.open(shop, "fix", "main", "ada");
//! ```

#![allow(dead_code, unused_imports, reason = "every test file uses another part of it")]
#![allow(clippy::disallowed_methods, reason = "the fake is a server of its own: a clock, children, keys")]
#![allow(clippy::too_many_arguments, reason = "a deed is told with all that it needs")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a fault of the fake ends the test")]

mod bodies;
mod checks;
mod deeds;
pub mod deployments;
mod git;
mod graphql;
mod http;
mod keys;
mod load;
mod merges;
mod people;
#[path = "../ports/mod.rs"]
pub mod ports;
mod rest;
pub mod settings;
pub mod tools;
pub mod validated;
mod values;
mod webhooks;
mod world;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use countersign::adapters::github::{GitHub, GitHubOptions, Hosts};
use tokio::runtime::Runtime;

pub use deeds::Merge;
pub use git::{Edit, Who, commit_by, merged_tree, tree_with};
pub use keys::AppKey;
pub use settings::required_checks;
pub use webhooks::signature;
pub use world::*;

/// The app that everything is tested with.
pub const APP: u64 = 7_001;

pub const ADA: Who = Who { name: "Ada Byron", email: "ada@example.com" };
pub const BOB: Who = Who { name: "Bob Developer", email: "bob@example.com" };

/// A running fake.
pub struct Fake {
    pub world: Arc<Mutex<World>>,
    pub key: Arc<AppKey>,
    address: SocketAddr,
    /// Where the API begins, `/api/v3` on an enterprise server.
    prefix: &'static str,
    directory: tempfile::TempDir,
    outbox: webhooks::Outbox,
    runtime: Option<Runtime>,
}

impl Fake {
    /// Starts one in the form of github.com.
    pub fn start() -> Self {
        Self::start_as("")
    }

    /// Starts one in the form of an enterprise server.
    pub fn start_enterprise() -> Self {
        Self::start_as("/api/v3")
    }

    fn start_as(prefix: &'static str) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let world = Arc::new(Mutex::new(World { last_number: 1_000, ..World::default() }));
        let key = AppKey::shared();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let server = http::Server { world: Arc::clone(&world), key: Arc::clone(&key), prefix };
        let outbox = webhooks::Outbox::new(runtime.handle(), Arc::clone(&world));
        let router = http::router(server, outbox.clone());
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            axum::serve(listener, router).await.unwrap();
        });
        let directory = tempfile::tempdir().unwrap();
        Self { world, key, address, prefix, directory, outbox, runtime: Some(runtime) }
    }

    /// Returns the address of the REST API.
    pub fn url(&self) -> String {
        format!("http://{}{}", self.address, self.prefix)
    }

    /// Returns what the adapter needs to speak to this fake.
    pub fn options(&self) -> GitHubOptions {
        GitHubOptions::new(APP, self.key.private.clone().into(), Hosts::from_api(&self.url()).unwrap())
    }

    /// Returns an adapter for this fake. Within a tokio runtime only.
    pub fn adapter(&self) -> GitHub {
        GitHub::new(&self.options()).unwrap()
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.world().calls.clear();
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
