//! Decompression of zlib streams whose size is known beforehand, as those of a pack are.

use libdeflater::{DecompressionError, Decompressor};

/// Decompresses; holds what the decompressor wants to keep between streams.
pub(super) struct Inflater(Decompressor);

/// How decompression ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inflated {
    /// With this many bytes.
    Done(usize),
    /// With more bytes than there is room for.
    NoRoom,
    /// With input that is damaged or not all there.
    Damaged,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self(Decompressor::new())
    }

    /// Decompresses the stream that `input` begins with into `output`.
    pub(super) fn inflate(&mut self, input: &[u8], output: &mut [u8]) -> Inflated {
        match self.0.zlib_decompress(input, output) {
            Ok(length) => Inflated::Done(length),
            Err(DecompressionError::InsufficientSpace) => Inflated::NoRoom,
            Err(DecompressionError::BadData) => Inflated::Damaged,
        }
    }
}

/// Returns how many bytes a stream that decompresses to `size` bytes has at most, unless whoever
/// compressed it wasted space (`compressBound` in zlib, and some).
pub(super) fn compressed_bound(size: usize) -> usize {
    size.saturating_add(size >> 10).saturating_add(64)
}
