//! What became of a delivery, and how that is said: to the forge, in the log, as a metric.

use axum::http::header::{CONNECTION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::body::BodyProblem;
use super::event::Ignored;
use super::headers::HeaderProblem;
use super::payload::Malformed;

/// After how many seconds a refused delivery may be tried again.
const RETRY_AFTER_SECONDS: &str = "30";

/// A delivery that its sender need not send again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored, and is going to be dealt with.
    Queued,
    /// It was stored before.
    Duplicate,
    /// Nothing has to be done about it.
    Ignored(Ignored),
}

/// A delivery that did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has no usable signature.
    #[error("{0}")]
    Unsigned(HeaderProblem),
    /// Its signature is by another secret, or over another body.
    #[error("the signature is not by the webhook's secret")]
    Forged,
    /// Its headers are not as documented.
    #[error("{0}")]
    BadHeaders(HeaderProblem),
    /// Its body is no JSON.
    #[error("{0}")]
    NotJson(HeaderProblem),
    /// Its body did not arrive.
    #[error("{0}")]
    Body(BodyProblem),
    /// It is signed, but not as documented.
    #[error("{0}")]
    Malformed(#[from] Malformed),
    /// It could not be stored.
    #[error("not stored; send it again later")]
    Unavailable,
    /// There is a bug here.
    #[error("internal error")]
    Internal,
}

impl Outcome {
    /// Returns it in one word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Duplicate => "duplicate",
            Self::Ignored(Ignored::UnknownInstallation) => "unknown-installation",
            Self::Ignored(_) => "ignored",
        }
    }

    /// Returns the answer: 202, whatever is done about it.
    #[must_use]
    pub fn response(self) -> Response {
        let body = match self {
            Self::Queued | Self::Duplicate => json!({ "outcome": self.word() }),
            Self::Ignored(why) => json!({ "outcome": "ignored", "reason": why.word() }),
        };
        (StatusCode::ACCEPTED, axum::Json(body)).into_response()
    }
}

impl Refusal {
    /// Returns it in one word.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unsigned(_) => "unsigned",
            Self::Forged => "forged",
            Self::BadHeaders(_) | Self::NotJson(_) => "bad-headers",
            Self::Body(BodyProblem::TooLarge) => "oversized",
            Self::Body(BodyProblem::TooSlow) => "slow",
            Self::Body(BodyProblem::Broken) => "broken",
            Self::Malformed(_) => "malformed",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unsigned(_) | Self::Forged => StatusCode::UNAUTHORIZED,
            Self::BadHeaders(_) | Self::Malformed(_) | Self::Body(BodyProblem::Broken) => StatusCode::BAD_REQUEST,
            Self::NotJson(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Body(BodyProblem::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Body(BodyProblem::TooSlow) => StatusCode::REQUEST_TIMEOUT,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Returns the answer.
    #[must_use]
    pub fn response(&self) -> Response {
        let body = json!({ "outcome": "refused", "reason": self.word(), "message": self.to_string() });
        let mut response = (self.status(), axum::Json(body)).into_response();
        let headers = response.headers_mut();
        if matches!(self, Self::Unavailable) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_SECONDS));
        }
        // What is left of the body is not worth reading.
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
        response
    }
}
