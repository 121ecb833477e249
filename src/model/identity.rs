//! A person, agent or robot as seen from one place: a name, an address, an account, a key.
//!
//! Comparing identities is not done here: people are compared as people, by the roster.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An account at a provider (`plain` for a server's own user names, `github`, `gitlab`, …).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// Who manages the account, lower case: `plain`, `github`.
    pub provider: String,
    /// The login, in the case in which it was seen.
    pub login: String,
}

/// What kind of account a provider says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountKind {
    /// An account of a human being.
    Human,
    /// An account of an app or bot.
    Bot,
    /// The provider does not say.
    Unknown,
}

/// Everything by which somebody was seen at one place; any part may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// `provider:login`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
    /// An e-mail address as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The provider's own number for the account, which survives a rename.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// An SSH key's fingerprint as `ssh-keygen -l` prints it: `SHA256:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What kind of account the provider says it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AccountKind>,
    /// A full name as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A passkey's credential id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkey: Option<String>,
}

impl Identity {
    /// Returns the identity that a commit's `author` or `committer` line shows.
    #[must_use]
    pub fn from_name_and_email(name: impl Into<String>, email: impl Into<String>) -> Self {
        Self { name: Some(name.into()), email: Some(email.into()), ..Self::default() }
    }

    /// Returns the identity of an account.
    #[must_use]
    pub fn from_account(account: Account) -> Self {
        Self { account: Some(account), ..Self::default() }
    }

    /// Returns the identity of a key, by its fingerprint.
    #[must_use]
    pub fn from_key(fingerprint: impl Into<String>) -> Self {
        Self { key: Some(fingerprint.into()), ..Self::default() }
    }
}

impl Account {
    /// Returns `provider:login` in lower case, which is how accounts are compared and listed.
    #[must_use]
    pub fn folded(&self) -> String {
        format!("{}:{}", self.provider.to_lowercase(), self.login.to_lowercase())
    }
}

impl FromStr for Account {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((provider, login)) if !provider.is_empty() && !login.is_empty() => {
                Ok(Self { provider: provider.to_owned(), login: login.to_owned() })
            }
            _ => Err("an account is written `provider:login`, for example `plain:ada`".to_owned()),
        }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.provider, self.login)
    }
}

impl Serialize for Account {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
