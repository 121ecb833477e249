//! The header block that commits and tags begin with: one `name value` line after the other.

use super::Malformed;
use crate::model::Oid;

/// A header that the parser gives no meaning; it is read like message text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExtraHeader<'a> {
    /// Its name, `[A-Za-z][A-Za-z0-9:-]*`.
    pub name: &'a [u8],
    /// Its value as it stands in the object: continuation lines still begin with their space.
    pub value: &'a [u8],
}

impl<'a> ExtraHeader<'a> {
    /// Returns the value's lines without the space that marks a continuation.
    pub fn lines(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut first = true;
        self.value
            .split(|byte| *byte == b'\n')
            .map(move |line| if std::mem::take(&mut first) { line } else { line.strip_prefix(b" ").unwrap_or(line) })
    }
}

/// Reads header lines from the front of an object.
#[derive(Debug, Clone)]
pub(super) struct Headers<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Headers<'a> {
    pub(super) fn new(raw: &'a [u8]) -> Self {
        Self { rest: raw, line: 0 }
    }

    /// Takes the next line if it is the header `name` (without continuation) and returns its value.
    pub(super) fn take(&mut self, name: &'static str) -> Result<Option<&'a [u8]>, Malformed> {
        let Some(after) = self.rest.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b" ")) else {
            return Ok(None);
        };
        let (value, rest) = split_line(after).ok_or(Malformed::Unterminated)?;
        if rest.first() == Some(&b' ') {
            return Err(Malformed::HeaderLine(self.line + 2));
        }
        self.rest = rest;
        self.line += 1;
        Ok(Some(value))
    }

    /// Takes the next line, which must be the header `name`, and returns its value.
    pub(super) fn expect(&mut self, name: &'static str) -> Result<&'a [u8], Malformed> {
        self.take(name)?.ok_or(Malformed::Expected(name))
    }

    /// Takes the next line, which must be the header `name`, and returns the object id in it.
    pub(super) fn expect_oid(&mut self, name: &'static str) -> Result<Oid, Malformed> {
        Oid::from_hex(self.expect(name)?).map_err(|_| Malformed::ObjectId(name))
    }

    /// Takes the next header of any name with its continuation lines; `None` at the end.
    pub(super) fn next_extra(&mut self) -> Result<Option<ExtraHeader<'a>>, Malformed> {
        let start = self.rest;
        if start.is_empty() || start.first() == Some(&b'\n') {
            return Ok(None);
        }
        let (first, mut rest) = split_line(start).ok_or(Malformed::Unterminated)?;
        self.line += 1;
        let number = self.line;
        let space = memchr::memchr(b' ', first).ok_or(Malformed::HeaderLine(number))?;
        let name = first.get(..space).filter(|name| is_name(name)).ok_or(Malformed::HeaderLine(number))?;
        while rest.first() == Some(&b' ') {
            (_, rest) = split_line(rest).ok_or(Malformed::Unterminated)?;
            self.line += 1;
        }
        let end = start.len() - rest.len() - 1;
        let value = start.get(space + 1..end).ok_or(Malformed::HeaderLine(number))?;
        self.rest = rest;
        Ok(Some(ExtraHeader { name, value }))
    }

    /// Returns what follows the empty line after the headers; nothing when there is no such line.
    pub(super) fn message(&self) -> &'a [u8] {
        self.rest.strip_prefix(b"\n").unwrap_or_default()
    }
}

/// Splits off the first line, which must end with a line feed.
fn split_line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\n', text)?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// Tells whether `name` is `[A-Za-z][A-Za-z0-9:-]*`.
fn is_name(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'-'))
}
