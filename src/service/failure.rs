//! Why a piece of work could not be done, and whether trying again can help.

use jiff::Timestamp;

use crate::adapters::mirror::MirrorError;
use crate::audit::error::LedgerError;
use crate::forge::ForgeError;
use crate::inbox::StoreError;

/// Why a piece of work could not be done. Nothing was permitted then.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The forge.
    #[error("{0}")]
    Forge(#[from] ForgeError),
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The ledger.
    #[error("the ledger: {0}")]
    Ledger(#[from] LedgerError),
    /// The copy of the repository.
    #[error("{0}")]
    Mirror(#[from] MirrorError),
    /// Whoever asks now asks too early; says when to ask again.
    #[error("it is too early to tell; asked again at {0}")]
    TooEarly(Timestamp),
    /// Something that should not happen; says what.
    #[error("{0}")]
    Other(String),
}

impl Failure {
    /// Returns the earliest moment for another attempt, where the forge named one.
    #[must_use]
    pub fn not_before(&self) -> Option<Timestamp> {
        match self {
            Self::Forge(ForgeError::Limited { until }) => Some(*until),
            Self::TooEarly(at) => Some(*at),
            Self::Forge(_) | Self::Store(_) | Self::Ledger(_) | Self::Mirror(_) | Self::Other(_) => None,
        }
    }

    /// Tells whether what was to be looked at is simply not there any more.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Forge(ForgeError::NotFound(_) | ForgeError::NotInstalled(_)))
    }
}
