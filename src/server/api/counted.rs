//! Counting requests to the API. What a client chooses freely never becomes a label.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Method, Request};
use axum::middleware::Next;
use axum::response::Response;

use crate::server::metrics::Metrics;

/// Where requests to one route are counted.
#[derive(Clone)]
pub struct Counted {
    /// What counts.
    pub metrics: Arc<Metrics>,
    /// The route's template; one word for all that leads nowhere.
    pub route: &'static str,
}

/// Counts a request and how long its answer takes.
pub async fn count(State(counted): State<Counted>, request: Request<Body>, next: Next) -> Response {
    let method = word(request.method());
    let begun = Instant::now();
    let response = next.run(request).await;
    let seconds = begun.elapsed().as_secs_f64();
    counted.metrics.api_request(counted.route, method, response.status().as_u16(), seconds);
    response
}

/// Returns a method's name; anybody may make up others.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}
