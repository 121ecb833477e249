//! Where a change wants to go: a full ref or an environment, and what it wants to do there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::quote::{git_quote, git_unquote};

/// The place a change wants to reach. Short ref names are never accepted: they are ambiguous.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A full ref name such as `refs/heads/main`. In a name that is no UTF-8 other bytes stand as
    /// `\351`, as git quotes them but without the quotes around: it still begins with `refs/`, so
    /// that patterns match it. No ref name holds a backslash (git-check-ref-format(1)).
    Ref(String),
    /// A deployment environment, written `environment:NAME`.
    Environment(String),
}

/// Why a text names no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a target is a full ref such as `refs/heads/main`, or `environment:NAME`")]
pub struct TargetError;

impl Target {
    /// Returns the target for a ref name as git hands it over, escaping what is no UTF-8.
    #[must_use]
    pub fn from_ref_bytes(name: &[u8]) -> Self {
        Self::Ref(match std::str::from_utf8(name) {
            Ok(text) => text.to_owned(),
            Err(_) => unwrapped(&git_quote(name)).to_owned(),
        })
    }

    /// Returns the ref's name as git knows it, if this is a ref.
    #[must_use]
    pub fn to_ref_bytes(&self) -> Option<Vec<u8>> {
        let name = self.as_ref_name()?;
        if name.contains('\\') { git_unquote(&format!("\"{name}\"")) } else { Some(name.as_bytes().to_vec()) }
    }

    /// Returns the ref's full name, if this is a ref.
    #[must_use]
    pub fn as_ref_name(&self) -> Option<&str> {
        match self {
            Self::Ref(name) => Some(name),
            Self::Environment(_) => None,
        }
    }

    /// Returns the environment's name, if this is an environment.
    #[must_use]
    pub fn as_environment(&self) -> Option<&str> {
        match self {
            Self::Ref(_) => None,
            Self::Environment(name) => Some(name),
        }
    }
}

/// Returns a quoted text without the quotes around it.
fn unwrapped(quoted: &str) -> &str {
    quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(quoted)
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        match text.strip_prefix("environment:") {
            Some("") => Err(TargetError),
            Some(name) => Ok(Self::Environment(name.to_owned())),
            None if text.starts_with("refs/") => Ok(Self::Ref(text.to_owned())),
            None => Err(TargetError),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ref(name) => f.write_str(name),
            Self::Environment(name) => write!(f, "environment:{name}"),
        }
    }
}

impl Serialize for Target {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a change does to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Moves a ref forward.
    Update,
    /// Makes a ref that was not there.
    Create,
    /// Removes a ref; the head is its old tip.
    Delete,
    /// Moves a ref to something that does not contain its old tip.
    Rewind,
    /// Brings a commit to an environment.
    Deploy,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Update => "update",
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Rewind => "rewind",
            Self::Deploy => "deploy",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_no_text_still_begins_with_refs_and_can_be_told_back() {
        for name in [&b"refs/heads/release/caf\xe9"[..], b"refs/heads/\xff\"x\"", "refs/heads/caf\u{e9}".as_bytes()] {
            let target = Target::from_ref_bytes(name);
            assert!(target.to_string().starts_with("refs/heads/"), "{target}");
            assert_eq!(target.to_ref_bytes().as_deref(), Some(name));
            assert_eq!(target.to_string().parse(), Ok(target));
        }
    }
}
