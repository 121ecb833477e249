//! The headers of a delivery, each exactly once and in the documented form.

use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};

use super::signature::Signature;

/// The most bytes of an event's name or a delivery's identity.
const MOST_BYTES: usize = 100;

/// What the headers of a delivery say.
pub struct DeliveryHeaders {
    /// The event's name: lower-case letters, digits and `_`.
    pub event: String,
    /// The delivery's identity: letters, digits and `-`.
    pub id: String,
    /// What the sender says to have signed.
    pub signature: Signature,
    /// How long the body is going to be, where that is said.
    pub length: Option<u64>,
}

/// What is wrong with the headers of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderProblem {
    /// There is no usable signature.
    #[error("`X-Hub-Signature-256` must be there once, as `sha256=` and 64 hexadecimal digits")]
    Signature,
    /// There is no usable event name.
    #[error("`X-GitHub-Event` must be there once, as the name of an event")]
    Event,
    /// There is no usable identity.
    #[error("`X-GitHub-Delivery` must be there once, as letters, digits and hyphens")]
    Delivery,
    /// The body is not JSON, or compressed.
    #[error("the webhook's content type must be `application/json`, not compressed")]
    ContentType,
}

/// Reads the headers. What says who sent it comes first: a stranger learns no more than that.
///
/// # Errors
/// The first [`HeaderProblem`].
pub fn read(headers: &HeaderMap) -> Result<DeliveryHeaders, HeaderProblem> {
    let signature = once(headers, "x-hub-signature-256").and_then(Signature::parse).ok_or(HeaderProblem::Signature)?;
    let event = once(headers, "x-github-event").and_then(|value| text(value, is_event_byte));
    let id = once(headers, "x-github-delivery").and_then(|value| text(value, is_delivery_byte));
    if !is_plain_json(headers) {
        return Err(HeaderProblem::ContentType);
    }
    Ok(DeliveryHeaders {
        event: event.ok_or(HeaderProblem::Event)?,
        id: id.ok_or(HeaderProblem::Delivery)?,
        signature,
        length: length(headers),
    })
}

fn once<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then(|| value.as_bytes())
}

fn text(value: &[u8], is_allowed: fn(u8) -> bool) -> Option<String> {
    let fits = (1..=MOST_BYTES).contains(&value.len()) && value.iter().all(|byte| is_allowed(*byte));
    fits.then(|| String::from_utf8_lossy(value).into_owned())
}

fn is_event_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
}

fn is_delivery_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

/// Tells whether the body is JSON as it stands. A webhook can be set up to send a form instead.
fn is_plain_json(headers: &HeaderMap) -> bool {
    let kind = once(headers, CONTENT_TYPE.as_str()).unwrap_or_default();
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    kind.eq_ignore_ascii_case(b"application/json") && !headers.contains_key(CONTENT_ENCODING)
}

fn length(headers: &HeaderMap) -> Option<u64> {
    std::str::from_utf8(once(headers, CONTENT_LENGTH.as_str())?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(changes: &[(&'static str, &str)]) -> HeaderMap {
        let signature = format!("sha256={}", "0".repeat(64));
        let mut headers = HeaderMap::new();
        let usual = [
            ("x-hub-signature-256", signature.as_str()),
            ("x-github-event", "pull_request"),
            ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958"),
            ("content-type", "application/json"),
        ];
        for (name, value) in usual {
            headers.insert(name, HeaderValue::from_str(value).unwrap());
        }
        for (name, value) in changes {
            let name = HeaderName::from_static(name);
            match value.strip_prefix('+') {
                Some(more) => drop(headers.append(name, HeaderValue::from_str(more).unwrap())),
                None if value.is_empty() => drop(headers.remove(name)),
                None => drop(headers.insert(name, HeaderValue::from_str(value).unwrap())),
            }
        }
        headers
    }

    #[test]
    fn the_usual_headers_are_read() {
        let read = read(&headers(&[("content-length", "17"), ("content-type", "application/json; charset=utf-8")]));
        let read = read.ok().unwrap();
        assert_eq!((read.event.as_str(), read.length), ("pull_request", Some(17)));
        assert_eq!(read.id, "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    }

    #[test]
    fn each_must_be_there_once_and_well_formed() {
        let long = "a".repeat(101);
        let second = format!("+sha256={}", "0".repeat(64));
        for (name, value, problem) in [
            ("x-hub-signature-256", "", HeaderProblem::Signature),
            ("x-hub-signature-256", second.as_str(), HeaderProblem::Signature),
            ("x-hub-signature-256", "sha1=0000000000000000000000000000000000000000", HeaderProblem::Signature),
            ("x-github-event", "", HeaderProblem::Event),
            ("x-github-event", "+push", HeaderProblem::Event),
            ("x-github-event", "Push", HeaderProblem::Event),
            ("x-github-event", long.as_str(), HeaderProblem::Event),
            ("x-github-delivery", "", HeaderProblem::Delivery),
            ("x-github-delivery", "+b", HeaderProblem::Delivery),
            ("x-github-delivery", "a b", HeaderProblem::Delivery),
            ("x-github-delivery", "../../x", HeaderProblem::Delivery),
            ("x-github-delivery", long.as_str(), HeaderProblem::Delivery),
            ("content-type", "", HeaderProblem::ContentType),
            ("content-type", "application/x-www-form-urlencoded", HeaderProblem::ContentType),
            ("content-encoding", "gzip", HeaderProblem::ContentType),
        ] {
            assert_eq!(read(&headers(&[(name, value)])).err(), Some(problem), "{name}: {value}");
        }
    }
}
