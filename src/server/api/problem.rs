//! What the API says when it does not do what it was asked: problem details (RFC 9457).
//!
//! A detail is one of our own sentences: never what somebody sent, never a cause from inside.

use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
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
    hint: Option<Hint>,
}

/// What a client can do about it, in a header.
#[derive(Debug, Clone, Copy)]
enum Hint {
    /// Answer this challenge (RFC 6750 §3).
    Challenge(&'static str),
    /// Ask again in so many seconds.
    RetryAfter(u64),
    /// Use one of these methods.
    Allow(&'static str),
}

macro_rules! problems {
    ($($(#[doc = $doc:literal])+ $name:ident = $status:ident, $word:literal;)+) => {
        impl Problem {
            $($(#[doc = $doc])+
            #[must_use]
            pub fn $name(detail: impl Into<String>) -> Self {
                Self { status: StatusCode::$status, word: $word, detail: detail.into(), hint: None }
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
        Self { hint: Some(Hint::Challenge(challenge)), ..self }
    }

    /// Returns it with the number of seconds after which it is worth to ask again.
    #[must_use]
    pub fn with_retry_after(self, seconds: u64) -> Self {
        Self { hint: Some(Hint::RetryAfter(seconds)), ..self }
    }

    /// Returns it with the methods that there are.
    #[must_use]
    pub fn with_allow(self, methods: &'static str) -> Self {
        Self { hint: Some(Hint::Allow(methods)), ..self }
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
        let hint = self.hint.map(|hint| match hint {
            Hint::Challenge(challenge) => [(WWW_AUTHENTICATE, HeaderValue::from_static(challenge))],
            Hint::RetryAfter(seconds) => [(RETRY_AFTER, HeaderValue::from(seconds))],
            Hint::Allow(methods) => [(ALLOW, HeaderValue::from_static(methods))],
        });
        let mut response = (self.status, [kind], body.to_string()).into_response();
        response.headers_mut().extend(hint.into_iter().flatten());
        response
    }
}
