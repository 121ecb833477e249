//! What the API says when it does not do what it was asked: problem details (RFC 9457).
//!
//! A detail is one of our own sentences: never what somebody sent, never a cause from inside.

use axum::http::header::{ALLOW, CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The content type of problem details.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why the API says no.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    word: &'static str,
    detail: String,
    headers: HeaderMap,
}

macro_rules! problems {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:ident, $word:literal;)+) => {
        impl Problem {
            $($(#[doc = $doc])+
            #[must_use]
            pub fn $name(detail: impl Into<String>) -> Self {
                Self { status: StatusCode::$status, word: $word, detail: detail.into(), headers: HeaderMap::new() }
            })+
        }
    };
}

problems! {
    /// Something in the request cannot be read.
    bad_request = BAD_REQUEST, "bad-request";
    /// There is no such thing, or the token does not reach it.
    not_found = NOT_FOUND, "not-found";
    /// It can be read by nobody in this way.
    method_not_allowed = METHOD_NOT_ALLOWED, "method-not-allowed";
    /// What it is about is not as the request says any more.
    conflict = CONFLICT, "conflict";
    /// The body is too long.
    too_large = PAYLOAD_TOO_LARGE, "too-large";
    /// The request's target is too long.
    uri_too_long = URI_TOO_LONG, "uri-too-long";
    /// The body is of another kind.
    unsupported_media_type = UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type";
    /// What was asked for can be read, and cannot be done.
    unprocessable = UNPROCESSABLE_ENTITY, "unprocessable";
    /// The token may not do this.
    forbidden = FORBIDDEN, "forbidden";
    /// A bug, or something that was stored cannot be read.
    internal = INTERNAL_SERVER_ERROR, "internal";
    /// The database, the ledger or the forge does not answer now.
    unavailable = SERVICE_UNAVAILABLE, "unavailable";
    /// Nobody known asked.
    unauthorized = UNAUTHORIZED, "unauthorized";
    /// Too much was asked.
    too_many_requests = TOO_MANY_REQUESTS, "too-many-requests";
}

impl Problem {
    /// Returns it with the challenge that a client can answer (RFC 6750 §3).
    #[must_use]
    pub fn with_challenge(self, challenge: &'static str) -> Self {
        self.with(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
    }

    /// Returns it with the number of seconds after which it is worth to ask again.
    #[must_use]
    pub fn with_retry_after(self, seconds: u64) -> Self {
        self.with(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Returns it with the methods that there are.
    #[must_use]
    pub fn with_allow(self, methods: &'static str) -> Self {
        self.with(ALLOW, HeaderValue::from_static(methods))
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Returns the word that tells this kind of problem.
    #[must_use]
    pub fn word(&self) -> &'static str {
        self.word
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "type": format!("urn:countersign:problem:{}", self.word),
            "title": self.status.canonical_reason().unwrap_or("Error"),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        let kind = (CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        (self.status, [kind], self.headers, body.to_string()).into_response()
    }
}
