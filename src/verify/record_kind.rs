//! The two kinds of record, and the names under which each is signed and stored.

/// What a signed record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// A reviewer's approve, reject or revoke.
    SignOff,
    /// A release manager's override.
    Override,
}

impl RecordKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::SignOff, Self::Override];

    /// Returns the SSHSIG namespace in which this kind is signed. It is never `git`: people sign
    /// commits all day, often without looking.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::SignOff => "sign-off@countersign",
            Self::Override => "override@countersign",
        }
    }

    /// Returns the in-toto predicate type.
    #[must_use]
    pub const fn predicate_type(self) -> &'static str {
        match self {
            Self::SignOff => "urn:countersign:sign-off:v1",
            Self::Override => "urn:countersign:override:v1",
        }
    }

    /// Returns the ref folder in which records of this kind are stored, with the final slash.
    #[must_use]
    pub const fn ref_folder(self) -> &'static str {
        match self {
            Self::SignOff => "refs/countersign/sign-offs/",
            Self::Override => "refs/countersign/overrides/",
        }
    }

    /// Returns the name for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SignOff => "sign-off",
            Self::Override => "override",
        }
    }
}
