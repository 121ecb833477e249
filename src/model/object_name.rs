//! An object id as it stands in a facts document: text that is compared, never parsed.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Oid;

/// A commit or tree id in a facts document.
///
/// The observer always writes complete hexadecimal ids; an assumed document may use any names, for
/// they are only compared with each other.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectName(Box<str>);

impl ObjectName {
    /// Returns the name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the first seven characters, for people only.
    #[must_use]
    pub fn short(&self) -> String {
        self.0.chars().take(7).collect()
    }
}

impl From<Oid> for ObjectName {
    fn from(oid: Oid) -> Self {
        Self(oid.to_string().into_boxed_str())
    }
}

impl From<&str> for ObjectName {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
