//! Standard output that remembers whether somebody still reads it.

use std::cell::Cell;
use std::io::{ErrorKind, Result, Write};

/// A writer that notes when nobody reads any more, as after `| head`.
pub struct Listened<'a, W> {
    inner: W,
    is_closed: &'a Cell<bool>,
}

impl<'a, W: Write> Listened<'a, W> {
    /// Wraps a writer; the cell becomes true once its reader has gone.
    pub fn new(inner: W, is_closed: &'a Cell<bool>) -> Self {
        Self { inner, is_closed }
    }

    fn noting<T>(&self, result: Result<T>) -> Result<T> {
        if result.as_ref().is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            self.is_closed.set(true);
        }
        result
    }
}

impl<W: Write> Write for Listened<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let result = self.inner.write(bytes);
        self.noting(result)
    }

    fn flush(&mut self) -> Result<()> {
        let result = self.inner.flush();
        self.noting(result)
    }
}
