//! Globs over refs, environments and paths: anchored, case-sensitive, without surprises.

/// A checked glob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    source: String,
}

impl Glob {
    /// Returns the pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }
}

impl Glob {
    /// Temporary.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.source == text
    }
}
