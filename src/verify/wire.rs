//! The SSH wire encoding (RFC 4251 §5): lengths, strings and integers, read strictly.
//!
//! Every reader ends with [`Reader::finish`]: bytes left over are an error, for they are not signed.
//! Nothing here knows what the fields mean.

/// Why bytes are no SSH structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A length points past the end.
    #[error("it ends in the middle of a field")]
    Truncated,
    /// There is more than the structure has fields.
    #[error("there are bytes after its end")]
    TrailingBytes,
    /// A name is no UTF-8.
    #[error("a name in it is no UTF-8")]
    NotText,
}

/// Reads fields from the front of a byte string.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Reads exactly `count` bytes.
    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], WireError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(taken)
    }

    /// Reads exactly `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(WireError::Truncated)?;
        self.rest = rest;
        Ok(*taken)
    }

    /// Reads one byte.
    pub(super) fn byte(&mut self) -> Result<u8, WireError> {
        let [byte] = self.array::<1>()?;
        Ok(byte)
    }

    /// Reads a big-endian 32-bit number.
    pub(super) fn number(&mut self) -> Result<u32, WireError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// Reads a string: a length, then as many bytes.
    pub(super) fn string(&mut self) -> Result<&'a [u8], WireError> {
        let length = usize::try_from(self.number()?).map_err(|_| WireError::Truncated)?;
        self.bytes(length)
    }

    /// Reads a string that is UTF-8.
    pub(super) fn text(&mut self) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.string()?).map_err(|_| WireError::NotText)
    }

    /// Returns everything that was not read.
    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Refuses anything that was not read.
    pub(super) fn finish(self) -> Result<(), WireError> {
        if self.rest.is_empty() { Ok(()) } else { Err(WireError::TrailingBytes) }
    }
}

/// Appends a string: its length as 32 bits, then its bytes. Lengths above 32 bits cannot occur: all
/// callers write bounded fields.
pub(super) fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Appends a positive number given in big-endian bytes: no leading zeros, but one where the first
/// bit would read as a minus sign (RFC 4251 §5, `mpint`).
pub(super) fn put_number(out: &mut Vec<u8>, bytes: &[u8]) {
    let mut digits: Vec<u8> = bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    if digits.first().is_some_and(|first| first & 0x80 != 0) {
        digits.insert(0, 0);
    }
    put_string(out, &digits);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut out = Vec::new();
        put_string(&mut out, b"ssh-ed25519");
        out.push(5);
        let mut reader = Reader::new(&out);
        assert_eq!(reader.text(), Ok("ssh-ed25519"));
        assert_eq!(reader.byte(), Ok(5));
        assert_eq!(reader.finish(), Ok(()));
    }

    /// The examples of RFC 4251 §5.
    #[test]
    fn numbers_are_written_as_the_specification_shows() {
        for (bytes, written) in [
            (&[0, 0][..], &[0, 0, 0, 0][..]),
            (&[0x80], &[0, 0, 0, 2, 0, 0x80]),
            (
                &[0, 0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7],
                &[0, 0, 0, 8, 0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7],
            ),
        ] {
            let mut out = Vec::new();
            put_number(&mut out, bytes);
            assert_eq!(out, written);
        }
    }

    #[test]
    fn lengths_past_the_end_and_left_over_bytes_are_refused() {
        assert_eq!(Reader::new(&[0, 0, 0, 2, 1]).string(), Err(WireError::Truncated));
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff]).string(), Err(WireError::Truncated));
        assert_eq!(Reader::new(&[0, 0, 0]).number(), Err(WireError::Truncated));
        assert_eq!(Reader::new(&[0, 0, 0, 1, 0xff]).text(), Err(WireError::NotText));
        assert_eq!(Reader::new(&[1]).finish(), Err(WireError::TrailingBytes));
    }
}
