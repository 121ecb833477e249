//! From settings to a running service, and back: what is started in which order, and how it ends.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc::Receiver;
use tokio::time::{sleep, timeout};
use tracing::{error, info, warn};

use super::dress::dress;
use super::health::Health;
use super::intake::{Backlog, Intake};
use super::listener::{Limits, serve};
use super::metrics::Metrics;
use super::pulse::Pulse;
use super::router::{self, Vitals};
use super::settings::Settings;
use super::signals::signals;
use super::stop::{Stop, StopSwitch, stop_switch};
use super::webhook::{BodyReader, Endpoint};
use crate::inbox::StoreError;

/// How many connections wait in the system's queue: a burst of deliveries is not refused.
const BACKLOG: u32 = 4096;
/// How long giving work back may take.
const RELEASE_WITHIN: Duration = Duration::from_secs(5);
/// How often it is tried whether the mirrors can be written.
const MIRRORS_TRIED_EVERY: Duration = Duration::from_secs(30);

/// What judges the queue, beside the HTTP edge.
pub trait Worker: Send + Sync + 'static {
    /// Works until the end is asked for, then finishes what it has claimed and returns. It is
    /// dropped when that takes too long.
    fn work(&self, stop: Stop) -> impl Future<Output = ()> + Send;

    /// Gives back what is claimed and not finished, so that another one can take it at once.
    ///
    /// # Errors
    /// Any [`StoreError`]; then the leases end by themselves.
    fn release(&self) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Why the service ended, other than because it was told to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What went wrong.
        source: io::Error,
    },
    /// A folder cannot be written.
    #[error("{}: {source}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The worker ended without having been told to.
    #[error("the worker ended unexpectedly")]
    WorkerEnded,
}

/// What all parts of the service share.
pub struct Service<S> {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The store.
    pub store: Arc<S>,
    /// What is known of the world.
    pub health: Arc<Health>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What strangers may use.
    pub limits: Limits,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

/// The sockets, bound.
pub struct Listeners {
    main: TcpListener,
    metrics: Option<TcpListener>,
}

impl Listeners {
    /// Binds the addresses of the settings.
    ///
    /// # Errors
    /// [`RunError::Listen`].
    pub fn bind(settings: &Settings) -> Result<Self, RunError> {
        let bound = |address| bind(address).map_err(|source| RunError::Listen { address, source });
        Ok(Self { main: bound(settings.listen)?, metrics: settings.metrics_listen.map(bound).transpose()? })
    }

    /// Returns the addresses, of deliveries and of metrics where they have one of their own.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn addresses(&self) -> io::Result<(SocketAddr, Option<SocketAddr>)> {
        let metrics = self.metrics.as_ref().map(TcpListener::local_addr).transpose()?;
        Ok((self.main.local_addr()?, metrics))
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // After a restart the address of connections that are not quite over is free again.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Starts everything in order, on threads of its own, and returns when it has ended: settings are
/// there, so the database is next, then the forge with the worker, and last the addresses, so that
/// nobody is let in before somebody can serve them.
///
/// # Errors
/// What `open` and `hire` say (both may block on [`tokio::runtime::Handle::current`]), or [`RunError`], or that the system has no threads or signals.
pub fn start<S, W, E>(
    settings: Settings,
    open: impl FnOnce(&Settings) -> Result<S, E>,
    hire: impl FnOnce(&Service<S>) -> Result<(W, Router), E>,
) -> Result<(), E>
where
    S: Intake + Backlog,
    W: Worker,
    E: From<RunError> + From<io::Error>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // Adapters may expect to be made where they are going to run.
    let entered = runtime.enter();
    let signals = signals()?;
    let store = Arc::new(open(&settings)?);
    let service = Service {
        settings: Arc::new(settings),
        store,
        health: Arc::default(),
        metrics: Arc::default(),
        limits: Limits::default(),
        clock: crate::adapters::clock::now,
    };
    let (worker, more) = hire(&service)?;
    let listeners = Listeners::bind(&service.settings)?;
    drop(entered);
    let outcome = runtime.block_on(service.run(listeners, more, worker, signals));
    // Work on threads of its own, which cannot be stopped, is not waited for for ever.
    runtime.shutdown_timeout(Duration::from_secs(5));
    Ok(outcome?)
}

impl<S: Intake + Backlog> Service<S> {
    /// Returns what is served on the main address and on that of the metrics. `more` is added to the
    /// first.
    pub fn routers(&self, more: Router) -> (Router, Router) {
        let is_https = self.settings.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
        let endpoint = Arc::new(Endpoint {
            intake: Arc::clone(&self.store),
            secrets: self.settings.webhook_secrets.clone(),
            served: self.settings.served.clone(),
            bodies: BodyReader::new(self.limits.body_bytes, self.limits.body_within),
            metrics: Arc::clone(&self.metrics),
            clock: self.clock,
        });
        let vitals = Arc::new(Vitals {
            health: Arc::clone(&self.health),
            metrics: Arc::clone(&self.metrics),
            pulse: Pulse::new(Arc::clone(&self.store), self.clock),
            clock: self.clock,
        });
        let watched = router::health(Arc::clone(&vitals));
        let main = router::webhook(endpoint).merge(watched.clone()).merge(more);
        let counted = router::metrics(vitals);
        let main = if self.settings.metrics_listen.is_some() { main } else { main.merge(counted.clone()) };
        (dress(main, is_https), dress(watched.merge(counted), false))
    }

    /// Runs until a first signal, ends in good order, and at once at a second one.
    ///
    /// # Errors
    /// When a folder cannot be written, or the worker ends by itself.
    pub async fn run<W: Worker>(
        self,
        listeners: Listeners,
        more: Router,
        worker: W,
        signals: Receiver<()>,
    ) -> Result<(), RunError> {
        let mirrors = self.settings.mirrors();
        try_folder(&mirrors).map_err(|source| RunError::Folder { path: mirrors.clone(), source })?;
        self.health.mirrors(Ok(()));
        let (switch, stop) = stop_switch();
        let (main, metrics) = self.routers(more);
        let edge = self.edge(listeners, main, metrics, &stop);
        let watch = tokio::spawn(watch_mirrors(mirrors, Arc::clone(&self.health)));
        let worker = Arc::new(worker);
        let work = tokio::spawn({
            let (worker, stop) = (Arc::clone(&worker), stop.clone());
            async move { worker.work(stop).await }
        });
        let outcome = self.until_end(edge, work, &switch, signals).await;
        watch.abort();
        match timeout(RELEASE_WITHIN, worker.release()).await {
            Ok(Ok(())) => {}
            Ok(Err(cause)) => warn!(%cause, "claimed work was not given back; it is taken up when its lease ends"),
            Err(_) => warn!("claimed work was not given back in time; it is taken up when its lease ends"),
        }
        info!("ended");
        outcome
    }

    /// Serves on every address.
    fn edge(&self, listeners: Listeners, main: Router, metrics: Router, stop: &Stop) -> Running {
        if let Ok((address, metrics)) = listeners.addresses() {
            info!(%address, metrics = metrics.map(tracing::field::display), "listening");
        }
        let limits = self.limits;
        let main = serve(listeners.main, main, limits, Arc::clone(&self.metrics), stop.clone());
        let counted = Arc::clone(&self.metrics);
        let stop = stop.clone();
        tokio::spawn(async move {
            let second = async {
                if let Some(listener) = listeners.metrics {
                    serve(listener, metrics, limits, counted, stop).await;
                }
            };
            tokio::join!(main, second);
        })
    }

    async fn until_end(
        &self,
        mut edge: Running,
        mut work: Running,
        switch: &StopSwitch,
        mut signals: Receiver<()>,
    ) -> Result<(), RunError> {
        let outcome = tokio::select! {
            _ = signals.recv() => Ok(()),
            ended = &mut work => {
                error!(panicked = ended.is_err(), "the worker ended unexpectedly");
                Err(RunError::WorkerEnded)
            }
        };
        // Whoever routes deliveries here gets time to notice.
        self.health.stop();
        info!("ending: accepting deliveries for {} s more", self.settings.drain_delay.as_secs());
        tokio::select! {
            () = sleep(self.settings.drain_delay) => {}
            () = again(&mut signals) => {}
        }
        switch.stop();
        let drained = async {
            let _ = (&mut edge).await;
            if !work.is_finished() {
                let _ = (&mut work).await;
            }
        };
        let is_drained = tokio::select! {
            drained = timeout(self.settings.drain_deadline, drained) => drained.is_ok(),
            () = again(&mut signals) => false,
        };
        if !is_drained {
            warn!("what was still running is given up");
            edge.abort();
            work.abort();
            // Until they are really gone they might still claim something.
            let gone = async {
                while !(edge.is_finished() && work.is_finished()) {
                    sleep(Duration::from_millis(10)).await;
                }
            };
            let _ = timeout(Duration::from_secs(1), gone).await;
        }
        outcome
    }
}

/// Waits for another signal; for ever, where none can come any more.
async fn again(signals: &mut Receiver<()>) {
    if signals.recv().await.is_none() {
        std::future::pending::<()>().await;
    }
}

type Running = tokio::task::JoinHandle<()>;

/// Makes a folder if it is not there, and tries whether it can be written.
fn try_folder(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)?;
    tempfile::tempfile_in(path).map(drop)
}

async fn watch_mirrors(path: PathBuf, health: Arc<Health>) {
    loop {
        sleep(MIRRORS_TRIED_EVERY).await;
        let path = path.clone();
        let tried = tokio::task::spawn_blocking(move || try_folder(&path).map_err(|error| error.to_string())).await;
        if let Ok(outcome) = tried {
            health.mirrors(outcome);
        }
    }
}
