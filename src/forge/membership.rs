//! Groups of accounts that a policy may name.

use std::fmt;

/// A group of accounts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// An organization's members.
    Organization(String),
    /// A team's members, those of its child teams included.
    Team {
        /// The organization's login.
        organization: String,
        /// The team's slug.
        slug: String,
    },
}

impl Group {
    /// Returns the group behind a key of [`crate::facts::Facts::memberships`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        if let Some(organization) = key.strip_prefix("github-org:") {
            return Some(Self::Organization(organization.to_owned()));
        }
        let (organization, slug) = key.strip_prefix("github-team:")?.split_once('/')?;
        Some(Self::Team { organization: organization.to_owned(), slug: slug.to_owned() })
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(organization) => write!(f, "github-org:{organization}"),
            Self::Team { organization, slug } => write!(f, "github-team:{organization}/{slug}"),
        }
    }
}
