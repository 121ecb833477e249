//! What every answer gets: a number, headers that keep browsers careful, a line in the log.

use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use serde_json::json;
use tracing::{Instrument as _, debug, info_span};

use super::api::Problem;

/// The most bytes of a request's target.
const MOST_TARGET_BYTES: usize = 8 << 10;

/// The headers that an answer has unless it says otherwise.
const USUAL: [(HeaderName, &str); 6] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (CACHE_CONTROL, "no-store"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts a router into its dress. `is_https` tells whether people reach it by HTTPS.
pub fn dress(router: Router, is_https: bool) -> Router {
    router
        .fallback(|| async { refusal(StatusCode::NOT_FOUND, "not-found") })
        .method_not_allowed_fallback(|| async { refusal(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed") })
        .layer(from_fn_with_state(is_https, dressed))
}

/// Returns an answer that says no.
pub fn refusal(status: StatusCode, reason: &'static str) -> Response {
    (status, Json(json!({ "outcome": "refused", "reason": reason }))).into_response()
}

async fn dressed(State(is_https): State<bool>, request: Request<Body>, next: Next) -> Response {
    let (start, id) = (Instant::now(), request_id());
    let method = request.method().clone();
    // The query may hold what is nobody's business.
    let path: String = request.uri().path().chars().take(200).collect();
    let length = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let span = info_span!("request", id = id.as_str());
    let mut response =
        if length > MOST_TARGET_BYTES { too_long(&path) } else { next.run(request).instrument(span.clone()).await };
    let (status, milliseconds) = (response.status().as_u16(), start.elapsed().as_millis());
    debug!(parent: &span, method = method.as_str(), path, status, milliseconds, "answered");
    put_on(&mut response, &id, is_https);
    response
}

/// Says that a target is too long, in the words of whoever it was meant for.
fn too_long(path: &str) -> Response {
    if path.starts_with("/api/") {
        return Problem::uri_too_long("the target has more than 8 KiB").into_response();
    }
    refusal(StatusCode::URI_TOO_LONG, "uri-too-long")
}

fn put_on(response: &mut Response, id: &str, is_https: bool) {
    let headers = response.headers_mut();
    for (name, value) in USUAL {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if is_https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

/// Returns a number by which an answer is found in the log. What the client sends is not taken for
/// one: it could be anybody's.
fn request_id() -> String {
    let mut bytes = [0; 8];
    match getrandom::fill(&mut bytes) {
        Ok(()) => hex::encode(bytes),
        Err(_) => "unknown".to_owned(),
    }
}
