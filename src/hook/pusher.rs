//! Who pushes, as the server says. Which variable says it is pinned at installation and never
//! guessed: anybody can set a variable that this server does not set.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::model::{Account, AccountKind, Identity};

/// The kind of server that a repository lives on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ServerKind {
    /// Plain ssh with a forced command that sets `COUNTERSIGN_USER`.
    Plain,
    /// Smart HTTP: the web server sets `REMOTE_USER`.
    Http,
    /// gitolite sets `GL_USER`.
    Gitolite,
    /// GitLab sets `GL_USERNAME`.
    Gitlab,
    /// Gitea and Forgejo set `GITEA_PUSHER_NAME`.
    Gitea,
    /// GitHub Enterprise Server sets `GITHUB_USER_LOGIN`.
    Ghes,
    /// Bitbucket Data Center sets `BB_USER_NAME`.
    Bitbucket,
}

impl ServerKind {
    /// Returns the variable in which this server names the pusher, and the provider of the account.
    #[must_use]
    pub fn variable(self) -> (&'static str, &'static str) {
        match self {
            Self::Plain => ("COUNTERSIGN_USER", "plain"),
            Self::Http => ("REMOTE_USER", "plain"),
            Self::Gitolite => ("GL_USER", "plain"),
            Self::Gitlab => ("GL_USERNAME", "gitlab"),
            Self::Gitea => ("GITEA_PUSHER_NAME", "gitea"),
            Self::Ghes => ("GITHUB_USER_LOGIN", "github"),
            Self::Bitbucket => ("BB_USER_NAME", "bitbucket"),
        }
    }

    /// Returns what stands before each line so that the server shows it in its web pages.
    #[must_use]
    pub fn line_prefix(self) -> &'static str {
        match self {
            Self::Gitlab => "GL-HOOK-ERR: ",
            Self::Plain | Self::Http | Self::Gitolite | Self::Gitea | Self::Ghes | Self::Bitbucket => "",
        }
    }

    /// Returns the pusher, if the server names one. An empty, overlong or unprintable name names
    /// nobody.
    #[must_use]
    pub fn pusher(self, environment: &BTreeMap<String, String>) -> Option<Identity> {
        let (variable, provider) = self.variable();
        let login = environment.get(variable)?;
        let proper =
            !login.is_empty() && login.len() <= 256 && !login.chars().any(|c| c.is_control() || c.is_whitespace());
        proper.then(|| {
            let account = Account { provider: provider.to_owned(), login: login.clone() };
            let kind = if provider == "plain" { None } else { Some(kind_of(login)) };
            Identity { kind, ..Identity::from_account(account) }
        })
    }
}

/// Returns what a forge's own naming says about an account: apps end in `[bot]`, GitLab's project
/// and group access tokens push as `project_N_bot_…` and `group_N_bot_…`.
fn kind_of(login: &str) -> AccountKind {
    let lower = login.to_lowercase();
    let token = lower.starts_with("project_") || lower.starts_with("group_");
    if lower.ends_with("[bot]") || (token && lower.contains("_bot")) { AccountKind::Bot } else { AccountKind::Human }
}

impl fmt::Display for ServerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Http => "http",
            Self::Gitolite => "gitolite",
            Self::Gitlab => "gitlab",
            Self::Gitea => "gitea",
            Self::Ghes => "ghes",
            Self::Bitbucket => "bitbucket",
        })
    }
}

impl FromStr for ServerKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        <Self as clap::ValueEnum>::from_str(text, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn each_server_is_believed_only_for_its_own_variable() {
        let all = environment(&[("COUNTERSIGN_USER", "ada"), ("REMOTE_USER", "bob"), ("GL_USER", "gil")]);
        let login = |kind: ServerKind| kind.pusher(&all).and_then(|identity| identity.account).map(|a| a.to_string());
        assert_eq!(login(ServerKind::Plain).as_deref(), Some("plain:ada"));
        assert_eq!(login(ServerKind::Http).as_deref(), Some("plain:bob"));
        assert_eq!(login(ServerKind::Gitlab), None);
    }

    #[test]
    fn an_empty_or_odd_name_names_nobody() {
        for login in ["", "a b", "a\nb", &"x".repeat(257)] {
            assert_eq!(ServerKind::Plain.pusher(&environment(&[("COUNTERSIGN_USER", login)])), None);
        }
    }

    #[test]
    fn apps_are_told_from_people() {
        let kind = |login: &str| {
            ServerKind::Gitlab.pusher(&environment(&[("GL_USERNAME", login)])).and_then(|identity| identity.kind)
        };
        assert_eq!(kind("project_7_bot_af3"), Some(AccountKind::Bot));
        assert_eq!(kind("ada"), Some(AccountKind::Human));
    }
}
