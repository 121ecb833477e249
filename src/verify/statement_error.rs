//! Why bytes are no statement of ours.

/// Why a payload is no sign-off or override statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// It is no JSON object of the right shape.
    #[error("the statement has not the form of a record: {0}")]
    Shape(String),
    /// It is no in-toto statement, version 1.
    #[error("the statement is no in-toto statement of version 1")]
    StatementType,
    /// It is not of the kind that was expected.
    #[error("the statement's predicateType is not `{0}`")]
    PredicateType(&'static str),
    /// The same could be written differently.
    #[error("the statement is not in canonical form (RFC 8785, every key present)")]
    NotCanonical,
    /// `subject[0].name` is not `predicate.target`.
    #[error("the statement's subject names another target than its predicate")]
    TargetMismatch,
    /// An object id is all zeros.
    #[error("the statement names the all-zero object id")]
    ZeroObject,
    /// Object ids of SHA-1 and SHA-256 repositories stand side by side.
    #[error("the statement mixes SHA-1 and SHA-256 object ids")]
    MixedObjectFormats,
    /// A text is too long, empty, or holds characters that have no place in it.
    #[error("the statement's {0} {1}")]
    Text(&'static str, &'static str),
    /// A time lies before 1970 or after 9999.
    #[error("the statement's {0} is no plausible time")]
    Time(&'static str),
}
