//! Where a change wants to go: a full ref or an environment, and what it wants to do there.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::quote::git_quote;

/// The place a change wants to reach. Short ref names are never accepted: they are ambiguous.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// A full ref name such as `refs/heads/main`; a name that is no UTF-8 stands as git quotes it.
    Ref(String),
    /// A deployment environment, written `environment:NAME`.
    Environment(String),
}

/// Why a text names no target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a target is a full ref such as `refs/heads/main`, or `environment:NAME`")]
pub struct TargetError;

impl Target {
    /// Returns the target for a ref name as git hands it over, quoting what is no UTF-8.
    #[must_use]
    pub fn from_ref_bytes(name: &[u8]) -> Self {
        Self::Ref(match std::str::from_utf8(name) {
            Ok(text) => text.to_owned(),
            Err(_) => git_quote(name),
        })
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

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        match text.strip_prefix("environment:") {
            Some("") => Err(TargetError),
            Some(name) => Ok(Self::Environment(name.to_owned())),
            None if text.starts_with("refs/") || text.starts_with("\"refs/") => Ok(Self::Ref(text.to_owned())),
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
