//! Whose credentials look, and whose may write. Secrets come from files, and one from the environment.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

use crate::adapters::github::{GitHubOptions, Hosts};
use crate::cli::Shell;
use crate::forge::RepositoryName;
use crate::server::secret_file;

/// The heading over these options.
const GITHUB: &str = "With --github";

/// The variable in which workflows and GitHub's own tool have a token.
const TOKEN_VARIABLE: &str = "GITHUB_TOKEN";

/// What belongs to `--github`.
#[derive(Debug, Clone, clap::Args)]
pub struct GitHubArgs {
    /// Whether to write the missing rulesets with the token, after showing them and asking.
    #[arg(skip)]
    pub fix: bool,
    /// Whether to write without asking.
    #[arg(skip)]
    pub yes: bool,
    /// The file with a token of yours, which sees what the App may not; with --fix it needs
    /// administration: write [default: the variable GITHUB_TOKEN]
    #[arg(long, env = "COUNTERSIGN_TOKEN_FILE", value_name = "FILE", help_heading = GITHUB)]
    pub token_file: Option<PathBuf>,
    /// The App's number
    #[arg(long, env = "COUNTERSIGN_APP_ID", value_name = "NUMBER", help_heading = GITHUB)]
    pub app_id: Option<u64>,
    /// The file with the App's private key
    #[arg(long, env = "COUNTERSIGN_APP_KEY_FILE", value_name = "FILE", help_heading = GITHUB)]
    pub app_key_file: Option<PathBuf>,
    /// GitHub, or a GitHub Enterprise Server, or a tenant of ghe.com
    #[arg(long, env = "COUNTERSIGN_GITHUB_URL", value_name = "URL", default_value = "https://github.com")]
    #[arg(help_heading = GITHUB)]
    pub github_url: String,
    /// Certificates (PEM) to trust besides the system's
    #[arg(long, env = "COUNTERSIGN_CA_FILE", value_name = "FILE", help_heading = GITHUB)]
    pub ca_file: Option<PathBuf>,
    /// Where the policy lies in a repository
    #[arg(long, env = "COUNTERSIGN_POLICY_PATH", value_name = "PATH", default_value = crate::cli::POLICY_PATH)]
    #[arg(help_heading = GITHUB)]
    pub policy_path: String,
}

/// What to look at, and with what.
pub(super) struct Access {
    /// The repository.
    pub repository: RepositoryName,
    /// The connection and its credentials.
    pub options: GitHubOptions,
    /// The App's number, where it is known.
    pub app_id: Option<u64>,
    /// Whether the App's key is there.
    pub has_app: bool,
    /// Whether the token looks, rather than the App.
    pub reads_with_token: bool,
    /// Where the policy lies.
    pub policy_path: String,
}

impl Access {
    /// Reads the arguments and the files that they name.
    ///
    /// # Errors
    /// What is wrong with them, in one sentence.
    pub fn of(args: &GitHubArgs, repository: &str, shell: &Shell<'_>) -> Result<Self, String> {
        let repository = named(repository)?;
        let hosts = Hosts::from_web(&args.github_url).map_err(|error| format!("`--github-url`: {error}"))?;
        let given = args.token_file.as_deref().map(|path| secret(path, "--token-file")).transpose()?;
        let from_environment = shell.variable(TOKEN_VARIABLE).map(str::trim).filter(|token| !token.is_empty());
        let key = args.app_key_file.as_deref().map(|path| secret(path, "--app-key-file")).transpose()?;
        let has_app = key.is_some() && args.app_id.is_some();
        if key.is_some() && args.app_id.is_none() {
            return Err("`--app-key-file` needs `--app-id`, the number on the App's settings page".to_owned());
        }
        // What was given for this comes first; what lies about in the environment, last.
        let reads_with_token = given.is_some() || args.fix || !has_app;
        let token = given.or_else(|| from_environment.map(SecretString::from));
        if token.is_none() && (args.fix || !has_app) {
            return Err(missing(args.fix));
        }
        if args.fix {
            check_writer(args, token.as_ref(), shell)?;
        }
        let mut options = GitHubOptions::new(args.app_id.unwrap_or_default(), key.unwrap_or_default(), hosts);
        options.token = token;
        options.ca_file = args.ca_file.as_ref().map(|path| shell.directory.join(path));
        let policy_path = args.policy_path.clone();
        Ok(Self { repository, options, app_id: args.app_id, has_app, reads_with_token, policy_path })
    }
}

fn missing(to_write: bool) -> String {
    let what = if to_write {
        "`--fix` writes with a token of yours, never as the App"
    } else {
        "looking needs the App (`--app-id` and `--app-key-file`) or a token"
    };
    format!("{what}: put one into a file for `--token-file`, or into {TOKEN_VARIABLE}")
}

/// Makes sure that writing is somebody's deed: a person's token, and a person who says yes.
fn check_writer(args: &GitHubArgs, token: Option<&SecretString>, shell: &Shell<'_>) -> Result<(), String> {
    // GitHub docs, "About authentication to GitHub": `ghs_` begins tokens of installations and of workflows.
    if token.is_some_and(|token| token.expose_secret().starts_with("ghs_")) {
        return Err("`--fix` does not write with an App's or a workflow's token: nothing that runs by itself may \
            change the gate; give it a token of yours"
            .to_owned());
    }
    if args.app_id.is_none() {
        return Err("`--fix` needs `--app-id`: a check that is not pinned to the App can be forged".to_owned());
    }
    if !args.yes && !shell.interactive {
        return Err("`--fix` asks before it writes, and there is nobody to ask; `--yes` skips that".to_owned());
    }
    Ok(())
}

fn secret(path: &Path, flag: &str) -> Result<SecretString, String> {
    secret_file::read(path).map_err(|error| format!("`{flag}`: {error}"))
}

/// Reads `OWNER/REPO`.
fn named(text: &str) -> Result<RepositoryName, String> {
    let is_name = |part: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        !part.is_empty() && part.len() <= 100 && part.chars().all(is_plain) && part.chars().any(|c| c != '.')
    };
    match text.split_once('/') {
        Some((owner, name)) if is_name(owner) && is_name(name) => {
            Ok(RepositoryName { owner: owner.to_owned(), name: name.to_owned() })
        }
        _ => Err(format!("`--github`: `{}` is not OWNER/REPO", text.escape_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_two_plain_names_are_a_repository() {
        assert_eq!(named("acme/.github").unwrap().to_string(), "acme/.github");
        for text in ["acme", "acme/", "/shop", "acme/..", "acme/shop/x", "acme/sh op", "acme/\u{1b}[2J", "a?b/c"] {
            assert!(named(text).is_err(), "{text}");
        }
    }
}
