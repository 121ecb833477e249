//! What came back from GitHub, and what its status means.

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::redaction::quote;
use crate::forge::ForgeError;

/// An answer, its body bounded and whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// Why a call was of no use: two cases that can be cured here, and the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The token is not accepted (any more).
    Unauthorized,
    /// The repository has another name now.
    Moved,
    /// Anything else.
    Forge(ForgeError),
}

impl From<ForgeError> for Failure {
    fn from(error: ForgeError) -> Self {
        Self::Forge(error)
    }
}

impl From<Failure> for ForgeError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Unauthorized => Self::Forbidden("the app's credentials are not accepted".to_owned()),
            Failure::Moved => Self::NotFound("it was moved".to_owned()),
            Failure::Forge(error) => error,
        }
    }
}

/// What GitHub says besides a status that is no success.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Complaint {
    message: String,
    errors: Option<serde_json::Value>,
}

/// How long to wait when GitHub asks to wait and does not say how long.
const UNSTATED_WAIT: i64 = 60;
/// A longer wait is not believed; the budget is renewed each hour.
const LONGEST_WAIT: i64 = 2 * 3600;

impl Answer {
    /// Returns the body of a success as JSON.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ForgeError> {
        serde_json::from_slice(&self.body).map_err(|error| ForgeError::Unreadable(quote(&error.to_string())))
    }

    /// Returns a header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns a header as a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.trim().parse().ok()
    }

    /// Returns the answer when it is a success, and why it is none otherwise.
    pub fn success(self, now: Timestamp) -> Result<Self, Failure> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let complaint: Complaint = serde_json::from_slice(&self.body).unwrap_or_default();
        let mut said = quote(&complaint.message);
        if let Some(errors) = complaint.errors.filter(|errors| !errors.is_null()) {
            said = quote(&format!("{said}: {errors}"));
        }
        if let Some(until) = self.wait(&complaint.message, now) {
            return Err(ForgeError::Limited { until }.into());
        }
        let said = format!("{} {said}", self.status);
        Err(Failure::Forge(match self.status {
            401 => return Err(Failure::Unauthorized),
            301 | 302 | 307 | 308 => return Err(Failure::Moved),
            403 if complaint.message.to_lowercase().contains("suspended") => ForgeError::NotInstalled(said),
            403 => ForgeError::Forbidden(said),
            404 | 410 | 451 => ForgeError::NotFound(said),
            408 | 500.. => ForgeError::Unavailable(said),
            400..500 => ForgeError::Rejected(said),
            _ => ForgeError::Unreadable(said),
        }))
    }

    /// Returns until when GitHub asks to wait: for the primary limit when nothing remains, for the
    /// secondary ones with `Retry-After` or in words alone (GitHub docs, "Rate limits for the REST API").
    pub fn wait(&self, message: &str, now: Timestamp) -> Option<Timestamp> {
        if self.status != 403 && self.status != 429 {
            return None;
        }
        if let Some(seconds) = self.number("retry-after") {
            return Some(after(now, i64::try_from(seconds).unwrap_or(LONGEST_WAIT)));
        }
        if self.number("x-ratelimit-remaining") == Some(0) {
            return Some(self.renewed(now));
        }
        let message = message.to_lowercase();
        let says_so = message.contains("rate limit") || message.contains("abuse");
        (self.status == 429 || says_so).then(|| after(now, UNSTATED_WAIT))
    }

    /// Returns when the budget is renewed, as far as the headers say.
    pub fn renewed(&self, now: Timestamp) -> Timestamp {
        let reset = self.number("x-ratelimit-reset").and_then(|at| i64::try_from(at).ok());
        let seconds = reset.map_or(UNSTATED_WAIT, |at| at.saturating_sub(now.as_second()).saturating_add(1));
        after(now, seconds)
    }
}

/// Returns a moment in the future that can be waited for.
fn after(now: Timestamp, seconds: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_secs(seconds.clamp(1, LONGEST_WAIT))).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(status: u16, headers: &[(&'static str, &str)], message: &str) -> Failure {
        let headers =
            headers.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect();
        let body = serde_json::json!({"message": message}).to_string().into_bytes();
        Answer { status, headers, body }.success(Timestamp::from_second(1_000).unwrap()).unwrap_err()
    }

    fn until(failure: &Failure) -> i64 {
        match failure {
            Failure::Forge(ForgeError::Limited { until }) => until.as_second(),
            other => panic!("not limited: {other:?}"),
        }
    }

    #[test]
    fn every_way_of_asking_to_wait_is_understood() {
        assert_eq!(until(&failure(403, &[("retry-after", "30")], "You have exceeded a secondary rate limit")), 1_030);
        assert_eq!(until(&failure(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1100")], "")), 1_101);
        assert_eq!(until(&failure(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")], "")), 1_001);
        assert_eq!(until(&failure(403, &[], "You have triggered an abuse detection mechanism")), 1_060);
        assert_eq!(until(&failure(429, &[], "")), 1_060);
        assert_eq!(until(&failure(429, &[("retry-after", "99999999999999")], "")), 1_000 + LONGEST_WAIT);
    }

    #[test]
    fn every_status_has_its_meaning() {
        let forge = |status, message| ForgeError::from(failure(status, &[], message));
        assert_eq!(failure(401, &[], "Bad credentials"), Failure::Unauthorized);
        assert_eq!(failure(301, &[], "Moved Permanently"), Failure::Moved);
        assert!(matches!(forge(403, "This installation has been suspended"), ForgeError::NotInstalled(_)));
        assert!(matches!(forge(403, "Resource not accessible by integration"), ForgeError::Forbidden(_)));
        assert!(matches!(forge(404, "Not Found"), ForgeError::NotFound(_)));
        assert!(matches!(forge(422, "Validation Failed"), ForgeError::Rejected(_)));
        assert!(matches!(forge(502, "Server Error"), ForgeError::Unavailable(_)));
        assert!(matches!(forge(304, ""), ForgeError::Unreadable(_)));
        assert!(forge(502, "").is_passing() && !forge(404, "").is_passing());
    }

    #[test]
    fn what_github_says_is_quoted_without_secrets() {
        let ForgeError::Rejected(said) = failure(422, &[], "bad ghs_abcdef").into() else { panic!("not rejected") };
        assert_eq!(said, "422 bad [secret]");
    }
}
