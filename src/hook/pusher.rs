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
        let (variable, _) = self.variable();
        let login = environment.get(variable)?;
        if !is_login(login) || self.names_somebody_else(environment) {
            return None;
        }
        let account = Account { provider: self.variable().1.to_owned(), login: login.clone() };
        let kind = self.kind(login, environment);
        Some(Identity { kind, ..Identity::from_account(account) })
    }

    /// Returns the identity behind an account that this server named in an earlier push.
    #[must_use]
    pub fn earlier_pusher(account: Account) -> Identity {
        let kind = (account.provider != "plain").then(|| kind_of(&account.login));
        Identity { kind, ..Identity::from_account(account) }
    }

    /// Tells whether the name is not that of whoever pushes. A deploy key is nobody: Gitea gives the owner of
    /// the repository for it (its routers/private/serv.go), and GitLab marks a key by `GL_ID=key-N`.
    fn names_somebody_else(self, environment: &BTreeMap<String, String>) -> bool {
        let value = |name: &str| environment.get(name).map_or("", String::as_str);
        match self {
            Self::Gitea => !matches!(value("GITEA_DEPLOY_KEY_ID"), "" | "0"),
            Self::Gitlab => value("GL_ID").starts_with("key-"),
            Self::Plain | Self::Http | Self::Gitolite | Self::Ghes | Self::Bitbucket => false,
        }
    }

    /// Returns what the server says of the account, or its name does.
    fn kind(self, login: &str, environment: &BTreeMap<String, String>) -> Option<AccountKind> {
        match self {
            Self::Plain | Self::Http | Self::Gitolite => None,
            // A job of Gitea's own automation.
            Self::Gitea if environment.get("GITEA_ACTIONS_TASK_ID").is_some_and(|task| !task.is_empty()) => {
                Some(AccountKind::Bot)
            }
            Self::Gitlab | Self::Gitea | Self::Ghes | Self::Bitbucket => Some(kind_of(login)),
        }
    }

    /// Returns how many seconds a judgement may take, where the server ends hooks that take longer. GitHub
    /// Enterprise Server gives all hooks of a push five seconds together; at four we stop and refuse, so that
    /// there is time left to say why.
    #[must_use]
    pub fn seconds(self) -> Option<u64> {
        match self {
            Self::Ghes => Some(4),
            Self::Plain | Self::Http | Self::Gitolite | Self::Gitlab | Self::Gitea | Self::Bitbucket => None,
        }
    }
}

/// Tells whether a text can be a login: one word that can be shown, of at most 256 bytes.
#[must_use]
pub fn is_login(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && !text.chars().any(|c| c.is_control() || c.is_whitespace())
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
    fn a_deploy_key_is_nobody() {
        let gitea = |key: &str| {
            let environment = environment(&[("GITEA_PUSHER_NAME", "grace"), ("GITEA_DEPLOY_KEY_ID", key)]);
            ServerKind::Gitea.pusher(&environment).is_some()
        };
        assert!(gitea("0") && gitea("") && !gitea("7"));
        let gitlab = |id: &str| {
            let environment = environment(&[("GL_USERNAME", "grace"), ("GL_ID", id)]);
            ServerKind::Gitlab.pusher(&environment).is_some()
        };
        assert!(gitlab("user-42") && !gitlab("key-7"));
    }

    #[test]
    fn a_forges_own_automation_is_no_person() {
        let job = environment(&[("GITEA_PUSHER_NAME", "gitea-actions"), ("GITEA_ACTIONS_TASK_ID", "12")]);
        let identity = ServerKind::Gitea.pusher(&job).unwrap();
        assert_eq!(identity.kind, Some(AccountKind::Bot));
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
