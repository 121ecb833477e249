//! `/api/v1`: changes, verdicts and the ledger for programs.
//!
//! Everything that is read is bounded, and nothing that is read changes anything. docs/openapi.json
//! says what there is; a test compares it with the routes both ways.

mod asked;
mod attestations;
mod changes;
mod counted;
mod dead_work;
mod explanations;
mod gate;
mod ledger;
mod limits;
mod overriding;
mod problem;
mod proofs;
mod routes;
mod stores;
mod token;
mod token_file;
mod tokens;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;

pub use gate::Peer;
pub use limits::Rates;
pub use overriding::Overrider;
pub use problem::Problem;
pub use routes::{absent, router};
pub use token::{Owner, Scope, Token, digest, generate, is_repository};
pub use token_file::TokenFile;
pub use tokens::{Tokens, TokensError};

use super::metrics::Metrics;
use crate::verify::GateKey;
use limits::Limits;

/// How many requests read from the databases at once; those who judge need them, too.
const READERS: usize = 2;
/// How long an answer may take.
const WITHIN: Duration = Duration::from_secs(15);

/// What an operator sets.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The file that says who may ask.
    pub tokens: PathBuf,
    /// How often.
    pub rates: Rates,
}

/// The API over the service's databases.
pub struct Api<S> {
    stores: S,
    tokens: Arc<TokenFile>,
    limits: Limits,
    clock: fn() -> Timestamp,
    readers: Arc<Semaphore>,
    within: Duration,
    overrider: Arc<dyn Overrider>,
    metrics: Arc<Metrics>,
    /// Signs the verdicts that are handed out.
    key: GateKey,
}

impl<S> Api<S> {
    /// Returns the API. With `overrider` it does the one thing that changes something, with `key` it signs verdicts.
    #[must_use]
    pub fn new(
        stores: S,
        overrider: Arc<dyn Overrider>,
        key: GateKey,
        settings: &ApiSettings,
        clock: fn() -> Timestamp,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            stores,
            tokens: Arc::new(TokenFile::at(&settings.tokens)),
            limits: Limits::new(settings.rates),
            clock,
            readers: Arc::new(Semaphore::new(READERS)),
            within: WITHIN,
            overrider,
            metrics,
            key,
        }
    }
}
