//! The parts of a running service, put together: database, forge, copies of repositories, workers.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::{Notify, watch};

use super::api::{self, Api};
use super::health::Health;
use super::intake::{Backlog, Intake};
use super::metrics::{Decision, Metrics};
use super::run::{Service as Running, Worker};
use super::settings::{DatabasePlace, Settings};
use super::stop::Stop;
use crate::adapters::clock;
use crate::adapters::database::{Database, DatabaseError, DatabaseOptions, Location};
use crate::adapters::gate_guard::memory_path;
use crate::adapters::gate_key_file::{self, GateKeyFileError};
use crate::adapters::github::{ConnectError, GitHub, GitHubOptions, HostError, Hosts};
use crate::adapters::mirror::{MirrorError, Mirrors};
use crate::adapters::postgres::{OptionsError, PostgresOptions};
use crate::audit::error::LedgerError;
use crate::audit::ledger::{Answer, Ledger};
use crate::inbox::{Delivered, Delivery, Depth, ServiceStore, StoreError};
use crate::service::{Observer, Outcome, Service, Settings as Rules, Stores, Unpermitted, Workers};

/// How many bytes all copies of repositories may take: 20 GiB.
const MIRROR_BYTES: u64 = 20 << 30;
/// How long a team's members are believed.
const MEMBERS_FRESH_FOR: SignedDuration = SignedDuration::from_mins(10);
/// How often everything is looked at again.
const LOOK_EVERY: Duration = Duration::from_secs(600);

/// Why the parts cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum AssemblyError {
    /// The gate's key.
    #[error("the gate's key: {0}")]
    Key(#[from] GateKeyFileError),
    /// The database.
    #[error("{0}")]
    Database(#[from] DatabaseError),
    /// A ledger with entries, and nothing that tells whether they are all.
    #[error(
        "the ledger has entries, and this replica remembers nothing of it: copy the checkpoint of another replica to \
         {}, or start once with `--trust-ledger` if you know that nothing was cut off",
        .0.display()
    )]
    Unremembered(PathBuf),
    /// How the database is named.
    #[error("`--database`: {0}")]
    Location(#[from] OptionsError),
    /// How GitHub is named.
    #[error("`--github-url`: {0}")]
    Host(#[from] HostError),
    /// GitHub's client.
    #[error("{0}")]
    Connect(#[from] ConnectError),
    /// The folder of the gate's key.
    #[error("{}: {source}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The copies of repositories.
    #[error("{0}")]
    Mirrors(#[from] MirrorError),
}

/// The databases, shared by everything that runs.
#[derive(Clone, Debug)]
pub struct SharedDatabase {
    database: Arc<Database>,
    /// Rung when a delivery was stored.
    bell: Arc<Notify>,
}

impl SharedDatabase {
    /// Opens the databases that the settings name; makes the gate's key where there is none.
    ///
    /// # Errors
    /// [`AssemblyError`].
    pub fn open(settings: &Settings, certificates: Option<&Path>) -> Result<Self, AssemblyError> {
        if !settings.gate_key_file.exists() {
            if let Some(folder) = settings.gate_key_file.parent() {
                make_private_folder(folder)
                    .map_err(|source| AssemblyError::Folder { path: folder.to_owned(), source })?;
            }
            gate_key_file::create(&settings.gate_key_file, "countersign serve")?;
        }
        let location = match &settings.database {
            DatabasePlace::Directory(folder) => Location::Directory(folder.clone()),
            DatabasePlace::Postgres { url, password } => {
                let mut options = PostgresOptions::parse(url)?;
                if let Some(password) = password {
                    options = options.with_password(password);
                }
                if let Some(certificates) = certificates {
                    options = options.with_authorities(certificates.to_owned());
                }
                Location::Postgres(options)
            }
        };
        let first_use = settings.first_use;
        let options = DatabaseOptions { first_use, ..DatabaseOptions::new(location, &settings.gate_key_file) };
        let opened = Database::open_blocking(&options).map_err(|error| match error {
            DatabaseError::Ledger(LedgerError::Memory(_)) if !memory_path(&settings.gate_key_file).exists() => {
                AssemblyError::Unremembered(memory_path(&settings.gate_key_file))
            }
            error => error.into(),
        });
        Ok(Self { database: Arc::new(opened?), bell: Arc::default() })
    }
}

/// Makes a folder for its owner alone, if it is not there.
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

impl Intake for SharedDatabase {
    async fn accept(&self, delivery: Delivery) -> Result<Delivered, StoreError> {
        let accepted = self.database.accept(delivery).await;
        self.bell.notify_one();
        accepted
    }
}

impl Backlog for SharedDatabase {
    async fn depth(&self, now: Timestamp) -> Result<Depth, StoreError> {
        self.database.service(move |store| store.depth(now)).await
    }
}

impl Stores for SharedDatabase {
    async fn service<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn ServiceStore) -> Result<R, StoreError> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.database.service(work).await
    }

    async fn ledger<R: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Ledger) -> R + Send + 'static,
    ) -> Result<R, StoreError> {
        self.database.ledger(work).await.map_err(|error| StoreError::Unavailable(error.to_string()))
    }

    async fn record<R: Send + 'static>(
        &self,
        work: impl FnMut(&mut dyn Ledger) -> Answer<R> + Send + 'static,
    ) -> Answer<R> {
        self.database.record(work).await
    }
}

/// Tells health checks and metrics what the service does.
struct Watcher {
    health: Arc<Health>,
    metrics: Arc<Metrics>,
}

impl Observer for Watcher {
    fn forge_answered(&self) {
        self.health.forge_answered(clock::now());
    }

    fn judged(&self, outcome: Outcome) {
        self.metrics.verdict(match outcome {
            Outcome::Permitted => Decision::Permit,
            Outcome::Overridden => Decision::Override,
            Outcome::Waiting => Decision::Waiting,
            Outcome::Refused => Decision::Refuse,
        });
    }

    fn exception(&self, kind: Unpermitted) {
        self.metrics.exception(match kind {
            Unpermitted::Landing => "landing",
            Unpermitted::Deployment => "deployment",
        });
    }

    fn worked(&self, seconds: f64, _failed: bool) {
        self.metrics.evaluated_in(seconds);
    }
}

/// What judges the queue.
pub struct Judges {
    service: Service<SharedDatabase, GitHub>,
    workers: Arc<Workers<SharedDatabase, GitHub>>,
    name: String,
}

impl Judges {
    /// Returns the judges of a running service. `variables` are those that git may see.
    ///
    /// # Errors
    /// [`AssemblyError`].
    pub fn hire(
        running: &Running<SharedDatabase>,
        certificates: Option<&Path>,
        variables: Vec<(std::ffi::OsString, std::ffi::OsString)>,
    ) -> Result<(Self, Router), AssemblyError> {
        let settings = &running.settings;
        let key = gate_key_file::load(&settings.gate_key_file)?;
        let hosts = Hosts::from_web(&settings.github.url)?;
        let mut options = GitHubOptions::new(settings.github.app_id, settings.github.app_key.clone(), hosts);
        options.ca_file = certificates.map(Path::to_owned);
        options.commit_status = settings.commit_status;
        let forge = GitHub::new(&options)?;
        let mirrors = Mirrors::open(&settings.mirrors(), MIRROR_BYTES, variables, options.ca_file.clone())?;
        let rules = Rules {
            policy_path: settings.policy_path.clone(),
            request_reviews: settings.request_reviews,
            members_fresh_for: MEMBERS_FRESH_FOR,
            public_url: settings.public_url.clone(),
            host: settings.github.url.clone(),
        };
        let watcher = Watcher { health: Arc::clone(&running.health), metrics: Arc::clone(&running.metrics) };
        let service = Service::new((*running.store).clone(), forge, mirrors, key.clone(), rules, Arc::new(watcher));
        let name = worker_name(&settings.database);
        let bell = Arc::clone(&running.store.bell);
        let workers = Arc::new(Workers::new(service.clone(), name.clone(), settings.workers, bell));
        let api = match settings.api.as_ref() {
            Some(settings) => {
                let overrider = Arc::new(service.clone());
                let metrics = Arc::clone(&running.metrics);
                api::router(Api::new((*running.store).clone(), overrider, key, settings, running.clock, metrics))
            }
            None => api::absent(),
        };
        Ok((Self { service, workers, name }, api))
    }
}

/// Returns a name for the workers. Of a folder there is one service at a time, which takes up at once what
/// the one before it left behind; replicas must never free each other's work.
fn worker_name(place: &DatabasePlace) -> String {
    if matches!(place, DatabasePlace::Directory(_)) {
        return "only".to_owned();
    }
    let mut bytes = [0_u8; 12];
    // Without randomness the process id tells processes of one host apart.
    let random = getrandom::fill(&mut bytes).map(|()| hex::encode(bytes)).unwrap_or_default();
    format!("{}-{random}", std::process::id())
}

impl Worker for Judges {
    async fn work(&self, stop: Stop) {
        let (ended, looking) = watch::channel(false);
        let waiting = tokio::spawn(self.service.clone().keep_judging_deployments(looking.clone()));
        let look = tokio::spawn(self.service.clone().keep_looking(LOOK_EVERY, looking));
        let working = tokio::spawn(Arc::clone(&self.workers).run());
        stop.requested().await;
        self.workers.stop();
        ended.send_replace(true);
        if let Ok(Err(error)) = working.await {
            tracing::error!(%error, "the workers could not use the store");
        }
        look.abort();
        waiting.abort();
    }

    async fn release(&self) -> Result<(), StoreError> {
        let name = self.name.clone();
        self.service.stores().service(move |store| store.release(&name)).await
    }
}
