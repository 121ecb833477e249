//! `POST /webhooks/github`: verify, read, store, and only then acknowledge.
//!
//! Nothing of a body is logged, and nothing of it reaches the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::Request;
use axum::response::Response;
use jiff::Timestamp;
use tokio::time::timeout;
use tracing::{debug, error, warn};

use super::allowed::{Served, serves};
use super::body::{BodyProblem, BodyReader};
use super::event::{Ignored, Notice, Reading, label, read};
use super::headers::{self, DeliveryHeaders, HeaderProblem};
use super::outcome::{Outcome, Refusal};
use super::signature::{Signature, WebhookSecrets};
use crate::inbox::{Delivered, Delivery};
use crate::server::intake::Intake;
use crate::server::metrics::Metrics;

/// A body from here on is hashed and parsed beside the threads that serve requests.
const LONG_BODY: usize = 256 << 10;
/// How long the store may take. The forge gives up after ten seconds.
const STORE_WITHIN: Duration = Duration::from_secs(8);

/// What the endpoint needs.
pub struct Endpoint<S> {
    /// Where deliveries go.
    pub intake: Arc<S>,
    /// By which secrets they are signed.
    pub secrets: WebhookSecrets,
    /// Whose deliveries are dealt with; everybody's if this is empty.
    pub served: Vec<Served>,
    /// How bodies are read.
    pub bodies: BodyReader,
    /// Where outcomes are counted.
    pub metrics: Arc<Metrics>,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

/// Deals with one request.
pub async fn receive<S: Intake>(State(endpoint): State<Arc<Endpoint<S>>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let headers = match headers::read(&parts.headers) {
        Ok(headers) => headers,
        Err(problem) => return endpoint.refuse(None, problem.into()),
    };
    let outcome = endpoint.deal_with(&headers, body).await;
    match outcome {
        Ok(outcome) => endpoint.answer(&headers, outcome),
        Err(refusal) => endpoint.refuse(Some(&headers), refusal),
    }
}

impl<S: Intake> Endpoint<S> {
    async fn deal_with(self: &Arc<Self>, headers: &DeliveryHeaders, body: Body) -> Result<Outcome, Refusal> {
        let body = self.bodies.read(body, headers.length).await?;
        let (signature, event, at) = (headers.signature, headers.event.clone(), (self.clock)());
        let reading = if body.len() < LONG_BODY {
            self.verify_and_read(&body, &signature, &event, at)
        } else {
            let endpoint = Arc::clone(self);
            let work = move || endpoint.verify_and_read(&body, &signature, &event, at);
            tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::Internal)?
        };
        match reading? {
            Reading::Ignored(why) => Ok(Outcome::Ignored(why)),
            Reading::Relevant(notice) if !serves(&self.served, &notice) => {
                warn_of_stranger(headers, &notice);
                Ok(Outcome::Ignored(Ignored::UnknownInstallation))
            }
            Reading::Relevant(notice) => {
                self.store(notice.into_delivery(headers.id.clone(), headers.event.clone(), at)).await
            }
        }
    }

    fn verify_and_read(
        &self,
        body: &[u8],
        signature: &Signature,
        event: &str,
        at: Timestamp,
    ) -> Result<Reading, Refusal> {
        if !self.secrets.have_signed(body, signature) {
            return Err(Refusal::Forged);
        }
        Ok(read(event, body, at)?)
    }

    async fn store(&self, delivery: Delivery) -> Result<Outcome, Refusal> {
        match timeout(STORE_WITHIN, self.intake.accept(delivery)).await {
            Ok(Ok(Delivered::New)) => Ok(Outcome::Queued),
            Ok(Ok(Delivered::Duplicate)) => Ok(Outcome::Duplicate),
            Ok(Err(cause)) => {
                error!(%cause, "a delivery was not stored");
                Err(Refusal::Unavailable)
            }
            Err(_) => {
                error!("a delivery was not stored in time");
                Err(Refusal::Unavailable)
            }
        }
    }

    fn answer(&self, headers: &DeliveryHeaders, outcome: Outcome) -> Response {
        let (event, id, word) = (headers.event.as_str(), headers.id.as_str(), outcome.word());
        match outcome {
            Outcome::Ignored(Ignored::NoInstallation) => {
                warn!(event, delivery = id, outcome = word, "a delivery that comes from no installation of the app");
            }
            Outcome::Queued | Outcome::Duplicate | Outcome::Ignored(_) => {
                debug!(event, delivery = id, outcome = word, "delivery")
            }
        }
        self.metrics.delivery(label(event), word);
        outcome.response()
    }

    fn refuse(&self, headers: Option<&DeliveryHeaders>, refusal: Refusal) -> Response {
        let word = refusal.word();
        let is_proven = matches!(refusal, Refusal::Malformed(_) | Refusal::Unavailable | Refusal::Internal);
        // Before the signature is verified, everything is a stranger's word.
        let verified = headers.filter(|_| is_proven);
        let event = verified.map_or("unverified", |headers| label(&headers.event));
        let delivery = verified.map_or("", |headers| headers.id.as_str());
        warn!(event, delivery, outcome = word, reason = %refusal, "a delivery was refused");
        self.metrics.delivery(event, word);
        refusal.response()
    }
}

fn warn_of_stranger(headers: &DeliveryHeaders, notice: &Notice) {
    let owner = notice.owner.as_deref().unwrap_or_default();
    let (event, delivery, installation) = (headers.event.as_str(), headers.id.as_str(), notice.installation);
    warn!(event, delivery, installation, owner, "a delivery for an installation that is not served");
}

impl From<HeaderProblem> for Refusal {
    fn from(problem: HeaderProblem) -> Self {
        match problem {
            HeaderProblem::Signature => Self::Unsigned(problem),
            HeaderProblem::ContentType => Self::NotJson(problem),
            HeaderProblem::Event | HeaderProblem::Delivery => Self::BadHeaders(problem),
        }
    }
}

impl From<BodyProblem> for Refusal {
    fn from(problem: BodyProblem) -> Self {
        Self::Body(problem)
    }
}
