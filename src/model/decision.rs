//! What a reviewer says about a change.

use serde::{Deserialize, Serialize};

/// What a reviewer says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Lets the change pass.
    Approve,
    /// Objects to it.
    Reject,
    /// Takes an earlier statement back.
    Revoke,
}
