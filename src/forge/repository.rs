//! How a repository on a forge is named.

use std::fmt;

/// A repository by the forge's own numbers, which survive renames and transfers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryId {
    /// The app's installation through which it is reached.
    pub installation: u64,
    /// The repository.
    pub repository: u64,
}

/// A repository's present name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryName {
    /// The owner's login.
    pub owner: String,
    /// The name.
    pub name: String,
}

impl fmt::Display for RepositoryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}
