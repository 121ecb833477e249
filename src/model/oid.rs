//! Git object ids, SHA-1 or SHA-256, always complete.
//!
//! Abbreviated ids are never accepted: an abbreviation names whatever an attacker makes it name.

use std::fmt;
use std::str::FromStr;

/// A complete git object id: 20 bytes (SHA-1) or 32 bytes (SHA-256).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid {
    bytes: [u8; 32],
    len: u8,
}

/// Why a text or byte string is no object id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OidError {
    /// It is not 40 or 64 characters (20 or 32 bytes) long.
    #[error("an object id has 40 or 64 hexadecimal digits, this has {0} characters")]
    Length(usize),
    /// It holds something else than lower-case hexadecimal digits.
    #[error("an object id has only the digits 0-9 and a-f")]
    Digit,
}

impl Oid {
    /// Returns the id for 20 or 32 raw bytes.
    ///
    /// # Errors
    /// [`OidError::Length`] for any other length.
    pub fn from_bytes(raw: &[u8]) -> Result<Self, OidError> {
        if raw.len() != 20 && raw.len() != 32 {
            return Err(OidError::Length(raw.len()));
        }
        let mut bytes = [0u8; 32];
        for (to, from) in bytes.iter_mut().zip(raw) {
            *to = *from;
        }
        Ok(Self { bytes, len: if raw.len() == 20 { 20 } else { 32 } })
    }

    /// Returns the raw bytes, 20 or 32 of them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&self.bytes)
    }

    /// Returns the all-zero id, forty digits wide, with which git says "no object".
    #[must_use]
    pub fn zero() -> Self {
        Self { bytes: [0; 32], len: 20 }
    }

    /// Tells whether this is the all-zero id with which git says "no object".
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.bytes.iter().all(|b| *b == 0)
    }

    /// Tells whether this id belongs to a SHA-256 repository.
    #[must_use]
    pub fn is_sha256(&self) -> bool {
        self.len == 32
    }

    /// Parses lower-case hexadecimal bytes as git writes them on a hook's standard input.
    ///
    /// # Errors
    /// [`OidError`] when the length or a digit is wrong.
    pub fn from_hex(text: &[u8]) -> Result<Self, OidError> {
        if text.len() != 40 && text.len() != 64 {
            return Err(OidError::Length(text.len()));
        }
        let mut bytes = [0u8; 32];
        for (to, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
            let [high, low] = pair else { return Err(OidError::Digit) };
            let (high, low) = (digit(*high), digit(*low));
            if (high | low) > 0x0f {
                return Err(OidError::Digit);
            }
            *to = (high << 4) | low;
        }
        Ok(Self { bytes, len: if text.len() == 40 { 20 } else { 32 } })
    }

    /// Returns the first `digits` hexadecimal digits, for people only; never parsed again.
    #[must_use]
    pub fn short(&self, digits: usize) -> String {
        let mut text = self.to_string();
        text.truncate(digits);
        text
    }
}

/// The value of each lower-case hexadecimal digit; 0xff for every other byte. Walking history reads
/// millions of digits, and a table is several times as fast as comparing.
const DIGITS: [u8; 256] = {
    let mut table = [0xff; 256];
    let mut value = 0u8;
    while value < 16 {
        let digit = if value < 10 { b'0' + value } else { b'a' + value - 10 };
        #[expect(clippy::indexing_slicing, reason = "a byte is always below 256; checked when compiled")]
        {
            table[digit as usize] = value;
        }
        value += 1;
    }
    table
};

/// Returns the value of one lower-case hexadecimal digit, 0xff for anything else.
fn digit(byte: u8) -> u8 {
    DIGITS.get(usize::from(byte)).copied().unwrap_or(0xff)
}

impl From<[u8; 20]> for Oid {
    fn from(raw: [u8; 20]) -> Self {
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(raw).for_each(|(to, from)| *to = from);
        Self { bytes, len: 20 }
    }
}

impl From<[u8; 32]> for Oid {
    fn from(bytes: [u8; 32]) -> Self {
        Self { bytes, len: 32 }
    }
}

impl FromStr for Oid {
    type Err = OidError;

    fn from_str(text: &str) -> Result<Self, OidError> {
        Self::from_hex(text.as_bytes())
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'?');
        let mut text = [0; 64];
        for (to, byte) in text.chunks_exact_mut(2).zip(self.as_bytes()) {
            to.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
        }
        let text = text.get(..2 * usize::from(self.len)).unwrap_or_default();
        f.write_str(std::str::from_utf8(text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl serde::Serialize for Oid {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Oid {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lengths_survive_a_round_trip() {
        for text in ["1f".repeat(20), "a0".repeat(32)] {
            let oid: Oid = text.parse().unwrap();
            assert_eq!(oid.to_string(), text);
            assert_eq!(Oid::from_bytes(oid.as_bytes()).unwrap(), oid);
        }
    }

    #[test]
    fn abbreviations_upper_case_and_other_letters_are_refused() {
        assert_eq!("1f1f1f1".parse::<Oid>(), Err(OidError::Length(7)));
        assert_eq!("1F".repeat(20).parse::<Oid>(), Err(OidError::Digit));
        assert_eq!("g0".repeat(20).parse::<Oid>(), Err(OidError::Digit));
    }

    #[test]
    fn zero_is_told_from_the_rest() {
        assert!("0".repeat(40).parse::<Oid>().unwrap().is_zero());
        assert!(!"1".repeat(64).parse::<Oid>().unwrap().is_zero());
    }
}
