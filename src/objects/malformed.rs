//! Why an object is refused: it is not in canonical form, or larger than allowed.

use crate::model::git_quote;

/// Why the strict parser refuses an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A NUL byte: git and libgit2 end the text there and hide what follows.
    #[error("it holds a NUL byte at offset {0}")]
    Nul(usize),
    /// A header that must stand next is not there.
    #[error("the header `{0}` is missing or out of place")]
    Expected(&'static str),
    /// A header that may stand once at most stands twice, or not where it belongs.
    #[error("the header `{}` stands twice or out of place", git_quote(.0))]
    Repeated(Vec<u8>),
    /// A header line that is no `name value`.
    #[error("header line {0} is malformed")]
    HeaderLine(usize),
    /// The last header line has no end.
    #[error("the headers do not end with a line feed")]
    Unterminated,
    /// An id that is not complete, lower-case, and of one length throughout.
    #[error("the header `{0}` holds no complete lower-case object id of the repository's length")]
    ObjectId(&'static str),
    /// A person line that is not exactly `NAME <EMAIL> SECONDS +HHMM`.
    #[error("the header `{header}` is not `NAME <EMAIL> SECONDS +HHMM`: {problem}")]
    Person {
        /// The header: `author`, `committer` or `tagger`.
        header: &'static str,
        /// What is wrong with it.
        problem: PersonProblem,
    },
    /// An annotated tag of something that is no commit.
    #[error("the tag does not name a commit but a {}", git_quote(.0))]
    TagOfOther(Vec<u8>),
    /// A tree entry that git cannot read either.
    #[error("tree entry at offset {0} is malformed")]
    TreeEntry(usize),
    /// The object is larger than the limit; nothing is said about its form.
    #[error("it has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The limit in bytes.
        limit: usize,
    },
}

/// What is wrong with a person line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PersonProblem {
    /// No `<EMAIL>`, or none with a space before it.
    #[error("no e-mail address in angle brackets after the name")]
    NoEmail,
    /// An angle bracket too many: parsers disagree which address counts.
    #[error("a stray angle bracket")]
    StrayBracket,
    /// White space or a control character where readers disagree whether it counts.
    #[error("white space or a control character around the name or the address")]
    Space,
    /// No date, or none in 64 bits.
    #[error("no date of decimal seconds that fits in 64 bits")]
    Date,
    /// No time zone of a sign and four digits.
    #[error("no time zone of the form +HHMM")]
    Timezone,
}

impl Malformed {
    /// Tells whether the object was only too large, which is a matter of limits and not of form.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        matches!(self, Self::TooLarge { .. })
    }
}
