//! Which path leads where.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use serde_json::json;

use super::health::{Health, Readiness};
use super::intake::{Backlog, Intake};
use super::metrics::{Metrics, OPEN_METRICS};
use super::pulse::Pulse;
use super::webhook::{Endpoint, receive};

/// What the paths about the service itself need.
pub struct Vitals<S> {
    /// What is known of the world.
    pub health: Arc<Health>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Whether the store answers.
    pub pulse: Pulse<S>,
    /// The clock.
    pub clock: fn() -> Timestamp,
}

/// Returns the path that the forge sends deliveries to.
pub fn webhook<S: Intake>(endpoint: Arc<Endpoint<S>>) -> Router {
    Router::new().route("/webhooks/github", post(receive::<S>)).with_state(endpoint)
}

/// Returns the paths by which an operator's machines watch the service. They read only.
pub fn health<S: Backlog>(vitals: Arc<Vitals<S>>) -> Router {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready::<S>)).with_state(vitals)
}

/// Returns the path of the metrics, which reads only.
pub fn metrics<S: Backlog>(vitals: Arc<Vitals<S>>) -> Router {
    Router::new().route("/metrics", get(shown::<S>)).with_state(vitals)
}

async fn alive() -> Response {
    Json(json!({ "status": "alive" })).into_response()
}

async fn ready<S: Backlog>(State(vitals): State<Arc<Vitals<S>>>) -> Response {
    let store_answers = vitals.pulse.depth().await.is_some();
    let report = vitals.health.report(store_answers, (vitals.clock)());
    let status = match report.status {
        Readiness::Ready | Readiness::Degraded => StatusCode::OK,
        Readiness::Unready => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(report)).into_response()
}

async fn shown<S: Backlog>(State(vitals): State<Arc<Vitals<S>>>) -> Response {
    let depth = vitals.pulse.depth().await;
    vitals.metrics.depth(depth.as_ref(), (vitals.clock)());
    ([(CONTENT_TYPE, OPEN_METRICS)], vitals.metrics.text()).into_response()
}
