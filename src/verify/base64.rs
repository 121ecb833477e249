//! Base64 in one spelling: the standard alphabet with padding (RFC 4648 §4), nothing else.
//!
//! One byte string has exactly one text, so an envelope cannot be respelled without being noticed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Why a text is no base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is no canonical base64 (standard alphabet, with padding)")]
pub struct Base64Error;

/// Returns the text for `bytes`.
pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Returns the bytes that `text` spells.
///
/// # Errors
/// [`Base64Error`] for the URL-safe alphabet, missing or superfluous padding, white space and
/// unused bits that are not zero (RFC 4648 §3.5).
pub(super) fn decode(text: &str) -> Result<Vec<u8>, Base64Error> {
    STANDARD.decode(text).map_err(|_| Base64Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_spelling_is_read() {
        assert_eq!(decode("+/8="), Ok(vec![0xfb, 0xff]));
        for text in ["-_8=", "+/8", "+/9=", "+/8==", "+/8=\n", " +/8=", "+/ 8=", "+/8=+/8="] {
            assert_eq!(decode(text), Err(Base64Error), "{text:?}");
        }
    }
}
