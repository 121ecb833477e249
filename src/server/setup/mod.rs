//! `countersign serve --setup`: a small page of one's own that lets GitHub make the App, and takes its key.
//!
//! GitHub's manifest flow (GitHub docs, "Registering a GitHub App from a manifest"): the page posts what the
//! App is to be; GitHub leads back here with a code; the code is exchanged for the App's secrets, once.

mod files;
mod manifest;
mod page;
mod plan;
mod routes;
mod states;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

pub use self::files::FilesError;
pub use self::plan::{Plan, SetupArgs};
use self::routes::{Desk, router};
pub use self::states::LASTS;
use super::dress::dress;
use super::listener::{Limits, serve};
use super::metrics::Metrics;
use super::signals::signals;
use super::stop::stop_switch;

/// How long the last answer has to reach the browser.
const LAST_ANSWER: Duration = Duration::from_secs(10);

/// Why no App was made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What went wrong.
        source: io::Error,
    },
    /// The system does not let it wait for signals, or has no random numbers.
    #[error("{0}")]
    System(#[from] io::Error),
    /// The files cannot be written.
    #[error("{0}")]
    Files(#[from] FilesError),
    /// Nobody came, or nobody finished.
    #[error("nobody finished it within an hour; nothing was written")]
    TooLate,
    /// Somebody ended it.
    #[error("ended; nothing was written")]
    Ended,
}

/// An App that was made, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its number.
    pub id: u64,
    /// Where it is installed.
    pub install_page: String,
    /// The files that were written.
    pub files: Vec<std::path::PathBuf>,
    /// The commands to go on with, in order.
    pub commands: Vec<String>,
}

/// Serves the page until an App is made. `ready` is told where the page is.
///
/// # Errors
/// [`SetupError`]; nothing was written then, unless GitHub had made the App already.
pub async fn run(plan: Plan, ready: impl FnOnce(&str)) -> Result<Made, SetupError> {
    files::check(&plan)?;
    let address = plan.listen;
    let bound = TcpListener::bind(address).await.map_err(|source| SetupError::Listen { address, source })?;
    let plan = Arc::new(plan.bound_to(bound.local_addr()?));
    let (made, mut finished) = mpsc::channel(1);
    let desk = Desk::open(Arc::clone(&plan), made)?;
    let page = desk.page_address();
    let router = dress(router(Arc::new(desk)), plan.base.starts_with("https://"));
    let (switch, stop) = stop_switch();
    let limits = Limits { connections: 32, ..Limits::default() };
    let mut serving = tokio::spawn(serve(bound, router, limits, Arc::new(Metrics::new()), stop));
    let mut signals = signals()?;
    ready(&page);
    let ended = tokio::select! {
        made = finished.recv() => made.ok_or(SetupError::Ended),
        _ = signals.recv() => Err(SetupError::Ended),
        () = sleep(LASTS) => Err(SetupError::TooLate),
    };
    switch.stop();
    let _ = timeout(LAST_ANSWER, &mut serving).await;
    serving.abort();
    ended
}
