//! Globs over refs, environments and paths: anchored, case-sensitive, without surprises.
//!
//! `?` is one character and `*` any number of them, both within a part (never `/`); `**` goes
//! across parts; `{a,b}` is either. `x/**` matches `x` and all below it, `a/**/b` also `a/b`, and
//! `**/b` also `b`. Nothing else is special. In a name that is no UTF-8 each wrong byte is a character. Matching takes time proportional to the length of the
//! pattern times the length of the text, whatever the two are; no regular expression is compiled,
//! because that would dominate the start of a hook.

mod expand;
mod machine;

use std::fmt;

use machine::Machine;

use crate::model::git_unquote;

/// The longest pattern, in characters.
pub const LONGEST_PATTERN: usize = 512;
/// The most alternatives that the braces of one pattern may stand for.
pub const MOST_ALTERNATIVES: usize = 64;
/// The most bytes of all alternatives of one pattern together.
pub const LONGEST_EXPANSION: usize = 8 * 1024;
/// How deep braces may be nested.
pub const DEEPEST_BRACES: usize = 4;

/// A checked glob.
#[derive(Debug, Clone)]
pub struct Glob {
    source: String,
    /// One machine for each way to choose from the braces, at least one.
    machines: Vec<Machine>,
}

/// Why a text is no glob. The position counts characters from 0.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// Nothing is written.
    #[error("a glob cannot be empty")]
    Empty,
    /// More than [`LONGEST_PATTERN`] characters.
    #[error("a glob has at most {LONGEST_PATTERN} characters")]
    TooLong,
    /// The braces stand for more than [`MOST_ALTERNATIVES`] patterns, or for too long ones.
    #[error("the braces stand for too many patterns (at most {MOST_ALTERNATIVES})")]
    TooManyAlternatives,
    /// Braces within braces within braces.
    #[error("braces are nested deeper than {DEEPEST_BRACES}")]
    TooDeep(usize),
    /// A `{` that is never closed.
    #[error("`{{` is never closed")]
    Unclosed(usize),
    /// A `}` without its `{`.
    #[error("`}}` closes nothing")]
    Unopened(usize),
    /// `{}`.
    #[error("`{{}}` offers nothing to choose from")]
    EmptyBraces(usize),
    /// `***` and longer.
    #[error("more than two `*` in a row mean nothing")]
    TooManyStars(usize),
    /// A backslash: there is no escape, and git writes `/`.
    #[error("`\\` has no meaning in a glob: parts are separated by `/`, and nothing is escaped")]
    Backslash(usize),
    /// A control or invisible character, which would make the glob match nothing anybody means.
    #[error("an invisible character (U+{1:04X})")]
    Invisible(usize, u32),
}

impl GlobError {
    /// Returns where the mistake is, in characters from the start of the pattern, if it has a place.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        match self {
            Self::Empty | Self::TooLong | Self::TooManyAlternatives => None,
            Self::TooDeep(at)
            | Self::Unclosed(at)
            | Self::Unopened(at)
            | Self::EmptyBraces(at)
            | Self::TooManyStars(at)
            | Self::Backslash(at)
            | Self::Invisible(at, _) => Some(*at),
        }
    }
}

impl Glob {
    /// Checks and prepares a pattern.
    ///
    /// # Errors
    /// [`GlobError`] when it is no glob or too large to be matched in bounded time.
    pub fn new(source: &str) -> Result<Self, GlobError> {
        let machines = expand::alternatives(source)?.iter().map(|pattern| Machine::new(pattern)).collect();
        Ok(Self { source: source.to_owned(), machines })
    }

    /// Tells whether the whole of `text` matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.machines.iter().any(|machine| machine.matches(text))
    }

    /// Tells whether a ref matches, by its name as a target is written: what is no UTF-8 is escaped there
    /// as git quotes paths. Each such byte counts as one character.
    #[must_use]
    pub fn matches_ref(&self, name: &str) -> bool {
        // No ref's name has a backslash (git-check-ref-format(1)), so one is always an escape.
        let bytes = if name.contains('\\') { git_unquote(&format!("\"{name}\"")) } else { None };
        bytes.map_or_else(|| self.matches(name), |bytes| self.matches_bytes(&bytes))
    }

    /// Tells whether a path matches, as it is written or, if git had to quote it, as it really is. A path
    /// that looks quoted may be meant as it stands: it matches in either way.
    #[must_use]
    pub fn matches_path(&self, path: &str) -> bool {
        self.matches(path) || git_unquote(path).is_some_and(|bytes| self.matches_bytes(&bytes))
    }

    /// Tells whether the whole of `bytes` matches. Each byte that is no UTF-8 counts as one character.
    fn matches_bytes(&self, bytes: &[u8]) -> bool {
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
        }
        self.matches(&text)
    }

    /// Tells whether the pattern can match more than one text by `*`, `**` or `?`. A pattern with
    /// only braces names a few texts exactly: see [`Glob::literals`].
    #[must_use]
    pub fn has_wildcard(&self) -> bool {
        self.machines.iter().any(|machine| machine.literal().is_none())
    }

    /// Returns the texts that the pattern names exactly, one for each alternative without a wildcard.
    pub fn literals(&self) -> impl Iterator<Item = &str> {
        self.machines.iter().filter_map(Machine::literal)
    }

    /// Returns for each alternative what every matching text starts with, and whether that is all
    /// of the text.
    pub fn prefixes(&self) -> impl Iterator<Item = (&str, bool)> {
        self.machines.iter().map(|machine| (machine.prefix(), machine.literal().is_some()))
    }

    /// Returns the patterns that the braces stand for, each without braces.
    #[must_use]
    pub fn alternatives(&self) -> Vec<String> {
        expand::alternatives(&self.source).unwrap_or_default()
    }

    /// Returns the pattern as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }
}

/// Two globs are equal when they are written alike.
impl PartialEq for Glob {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl Eq for Glob {}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

#[cfg(test)]
mod tests;
