//! Accepting connections, each with bounds on its head, its age and their number.
//!
//! axum's own server has no such bounds, so this stands directly on hyper.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{debug, warn};

use super::api::Peer;
use super::metrics::Metrics;
use super::stop::Stop;
use super::webhook::MOST_BODY_BYTES;

/// What a stranger may use of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many connections are open at once; more wait in the system's queue.
    pub connections: usize,
    /// The most bytes of a request's line and headers.
    pub head_bytes: usize,
    /// The most bytes of a delivery's body.
    pub body_bytes: usize,
    /// How long a delivery's body may take.
    pub body_within: Duration,
    /// How long a head may take, and how long a connection may stay without a request.
    pub head_within: Duration,
    /// After what time a connection is closed, when its request is answered.
    pub connection_life: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            head_bytes: 32 << 10,
            body_bytes: MOST_BODY_BYTES,
            // As long as a forge waits: GitHub Enterprise Server 30 s, github.com 10 s.
            body_within: Duration::from_secs(30),
            head_within: Duration::from_secs(10),
            connection_life: Duration::from_secs(300),
        }
    }
}

/// How long a request may still take on a connection that is to be closed.
const LAST_REQUEST: Duration = Duration::from_secs(60);
/// The wait after an error of the system, which is out of file descriptors, usually.
const AFTER_ERROR: Duration = Duration::from_millis(100);

/// Serves until the end is asked for, then answers what has already been asked and returns. Dropping
/// it cuts every connection.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, metrics: Arc<Metrics>, stop: Stop) {
    let slots = Arc::new(Semaphore::new(limits.connections));
    let mut connections = JoinSet::new();
    loop {
        // What has ended is let go of.
        while connections.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = stop.requested() => break,
            accepted = accept(&listener, &slots) => accepted,
        };
        let Some((stream, peer, slot)) = accepted else { continue };
        let (router, metrics, stop) = (router.clone(), Arc::clone(&metrics), stop.clone());
        connections.spawn(async move {
            metrics.connected();
            let life = limits.connection_life + LAST_REQUEST;
            let _ = timeout(
                life,
                connection(stream, Caller { router: TowerToHyperService::new(router), peer }, limits, stop),
            )
            .await;
            metrics.disconnected();
            drop(slot);
        });
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

type Accepted = (TcpStream, Peer, OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, slots: &Arc<Semaphore>) -> Option<Accepted> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => Some((stream, Peer(address), slot)),
        Err(cause) => {
            warn!(%cause, "a connection was not accepted");
            sleep(AFTER_ERROR).await;
            None
        }
    }
}

async fn connection(stream: TcpStream, caller: Caller, limits: Limits, stop: Stop) {
    // Answers are small and must not wait for more.
    let _ = stream.set_nodelay(true);
    let served = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_header_size(limits.head_bytes)
        .serve_connection(TokioIo::new(stream), caller);
    let mut served = pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        () = stop.requested() => finish(served).await,
        () = sleep(limits.connection_life) => finish(served).await,
    };
    if let Err(cause) = ended {
        debug!(%cause, "a connection broke");
    }
}

/// Whoever is at the other end, and what serves them.
struct Caller {
    router: TowerToHyperService<Router>,
    peer: Peer,
}

impl Service<Request<Incoming>> for Caller {
    type Response = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Response;
    type Error = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Error;
    type Future = <TowerToHyperService<Router> as Service<Request<Incoming>>>::Future;

    /// Serves a request that knows where it came from.
    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.router.call(request)
    }
}

type Served = hyper::server::conn::http1::Connection<TokioIo<TcpStream>, Caller>;

/// Answers the request that is there, if there is one, and closes.
async fn finish(mut served: std::pin::Pin<&mut Served>) -> hyper::Result<()> {
    served.as_mut().graceful_shutdown();
    served.await
}
