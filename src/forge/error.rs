//! Why a forge did not answer, and what to do about it.

use jiff::Timestamp;

/// Why a forge did not answer. Text in it is untrusted and bounded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    /// The forge asks to wait.
    #[error("the forge asks to wait until {until}")]
    Limited {
        /// Not before this.
        until: Timestamp,
    },
    /// It could not be reached, or failed; later it may not.
    #[error("the forge could not be reached: {0}")]
    Unavailable(String),
    /// The app is not installed there any more, or was suspended.
    #[error("the app has no access: {0}")]
    NotInstalled(String),
    /// The app lacks a permission.
    #[error("the app lacks a permission: {0}")]
    Forbidden(String),
    /// It is not there (any more).
    #[error("not found: {0}")]
    NotFound(String),
    /// The answer is not in the form that the forge documents.
    #[error("the forge's answer cannot be read: {0}")]
    Unreadable(String),
    /// The forge says that the request is wrong.
    #[error("the forge refused the request: {0}")]
    Rejected(String),
}

impl ForgeError {
    /// Tells whether asking again later can help.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Limited { .. } | Self::Unavailable(_))
    }
}
