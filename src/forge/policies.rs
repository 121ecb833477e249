//! The policy documents that hold for a repository, as a forge keeps them.

use super::RepositoryName;
use crate::facts::Fact;
use crate::model::Oid;

/// A policy document as it stands on a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDocument {
    /// The commit that it was read from.
    pub commit: Oid,
    /// Its bytes.
    pub text: Vec<u8>,
}

/// The documents that hold for a repository, and where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policies {
    /// The repository's name now.
    pub repository: RepositoryName,
    /// The name of its default branch; empty where there is none yet.
    pub default_branch: String,
    /// The policy on the default branch, none where there is none; unknown when it cannot be read.
    pub own: Fact<Option<PolicyDocument>>,
    /// The organization's policy, none where there is none; unknown when it cannot be read.
    pub organization: Fact<Option<PolicyDocument>>,
}
