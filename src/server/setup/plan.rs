//! What is to be made and where its secrets go, checked before anything is started.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::adapters::github::{GitHubOptions, Hosts};
use crate::server::config::Config;
use crate::server::settings::{SettingError, url_of};

/// The heading over these options.
const SETUP: &str = "Setting up";
/// The longest name that GitHub takes, in characters (GitHub docs, "Registering a GitHub App").
const LONGEST_APP_NAME: usize = 34;

/// The flags of `countersign serve --setup`.
#[derive(Debug, Clone, clap::Args)]
pub struct SetupArgs {
    /// Have GitHub make the App instead: opens a page for you, writes the App's key, the webhook's secret and
    /// a file with the settings, and ends
    #[arg(long, help_heading = SETUP)]
    pub setup: bool,
    /// The folder for what it writes [default: the data directory]
    #[arg(long, requires = "setup", value_name = "DIR", help_heading = SETUP)]
    pub setup_dir: Option<PathBuf>,
    /// Where your browser reaches the page, if not at the address it listens on
    #[arg(long, requires = "setup", value_name = "URL", help_heading = SETUP)]
    pub setup_url: Option<String>,
    /// The organization that is to own the App [default: you]
    #[arg(long, requires = "setup", value_name = "ORG", help_heading = SETUP)]
    pub owner: Option<String>,
    /// The App's name, which nobody else on GitHub may have [default: countersign-ORG]
    #[arg(long, requires = "setup", value_name = "NAME", help_heading = SETUP)]
    pub app_name: Option<String>,
}

/// What is to be made.
#[derive(Debug)]
pub struct Plan {
    /// Where the page listens.
    pub listen: SocketAddr,
    /// Where the browser reaches it, without a slash at the end; empty until it listens.
    pub base: String,
    /// Where GitHub sends webhooks.
    pub public_url: String,
    /// Where GitHub is.
    pub options: GitHubOptions,
    /// The organization that is to own the App.
    pub owner: Option<String>,
    /// The App's name.
    pub name: String,
    /// Where the files go.
    pub folder: PathBuf,
    /// Where the service keeps its data.
    pub data_dir: PathBuf,
}

impl Plan {
    /// Checks the settings. Changes nothing.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub fn of(config: &Config, args: &SetupArgs) -> Result<Self, Vec<SettingError>> {
        let mut errors = Vec::new();
        let public_url = public_url(config).map_err(|error| errors.push(error)).ok();
        let base = args.setup_url.as_deref().map(|url| url_of(url, "--setup-url")).transpose();
        let base = base.map_err(|error| errors.push(error)).ok();
        let hosts = Hosts::from_web(&config.github_url);
        let hosts = hosts.map_err(|error| errors.push(wrong("--github-url", &error.to_string()))).ok();
        for (flag, text) in [("--owner", args.owner.as_deref()), ("--app-name", args.app_name.as_deref())] {
            if text.is_some_and(|text| !is_plain(text, flag == "--app-name")) {
                errors.push(wrong(flag, "letters, digits, `-` and `_`, please"));
            }
        }
        let folder = args.setup_dir.clone().unwrap_or_else(|| config.data_dir.clone());
        for (flag, path) in [("--setup-dir", &folder), ("--data-dir", &config.data_dir)] {
            // What stands in the file with the settings is read by shells and by systemd.
            if path
                .to_str()
                .is_none_or(|text| text.contains(['\'', '"', '\\', '$', '`']) || text.contains(char::is_control))
            {
                errors.push(wrong(
                    flag,
                    "quotes, `$`, `\\` and what is no text cannot stand in the file with the settings",
                ));
            }
        }
        let (Some(public_url), Some(base), Some(hosts), []) = (public_url, base, hosts, errors.as_slice()) else {
            return Err(errors);
        };
        let mut options = GitHubOptions::new(0, String::new().into(), hosts);
        options.ca_file.clone_from(&config.ca_file);
        Ok(Self {
            listen: config.listen,
            base: base.unwrap_or_default(),
            public_url,
            options,
            owner: args.owner.clone(),
            name: args.app_name.clone().unwrap_or_else(|| usual_name(args.owner.as_deref())),
            folder,
            data_dir: config.data_dir.clone(),
        })
    }

    /// Takes the address that it listens on for the one where the browser finds it, unless told otherwise.
    #[must_use]
    pub fn bound_to(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        if self.base.is_empty() {
            self.base = format!("http://{address}");
        }
        self
    }

    /// Returns where GitHub makes an App for the owner.
    #[must_use]
    pub fn form_address(&self) -> String {
        let mut address = self.options.hosts.web.clone();
        if let Some(owner) = &self.owner {
            let _ = write!(address, "/organizations/{owner}");
        }
        address.push_str("/settings/apps/new");
        address
    }
}

fn public_url(config: &Config) -> Result<String, SettingError> {
    let missing = SettingError::Missing {
        flag: "--public-url",
        variable: "COUNTERSIGN_PUBLIC_URL",
        what: "where GitHub is to send webhooks",
    };
    url_of(config.public_url.as_deref().ok_or(missing)?, "--public-url")
}

fn wrong(flag: &'static str, why: &str) -> SettingError {
    SettingError::Value { flag, why: why.to_owned() }
}

fn is_plain(text: &str, may_have_spaces: bool) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_') || (may_have_spaces && c == ' ');
    let most = if may_have_spaces { LONGEST_APP_NAME } else { 100 };
    !text.trim().is_empty() && text.len() <= most && text.chars().all(is_allowed)
}

fn usual_name(owner: Option<&str>) -> String {
    let name = owner.map_or_else(|| "countersign".to_owned(), |owner| format!("countersign-{owner}"));
    name.chars().take(LONGEST_APP_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        config: Config,
        #[command(flatten)]
        setup: SetupArgs,
    }

    fn plan(more: &[&str]) -> Result<Plan, Vec<String>> {
        let arguments = [&["x", "--setup", "--public-url", "https://gate.example.com/"], more].concat();
        let line = <Line as clap::Parser>::try_parse_from(arguments).map_err(|error| vec![error.to_string()])?;
        Plan::of(&line.config, &line.setup).map_err(|errors| errors.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn every_kind_of_github_makes_apps_at_its_own_place() {
        let form = |more: &[&str]| plan(more).unwrap().form_address();
        assert_eq!(form(&[]), "https://github.com/settings/apps/new");
        assert_eq!(form(&["--owner", "acme"]), "https://github.com/organizations/acme/settings/apps/new");
        let enterprise = ["--owner", "acme", "--github-url", "https://git.example.com"];
        assert_eq!(form(&enterprise), "https://git.example.com/organizations/acme/settings/apps/new");
        assert_eq!(form(&["--github-url", "https://acme.ghe.com"]), "https://acme.ghe.com/settings/apps/new");
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        for more in [
            &["--owner", "acme/../x"][..],
            &["--owner", "a\"b"],
            &["--app-name", "<b>"],
            &["--setup-dir", "it's"],
            &["--setup-dir", "a$(b)"],
            &["--setup-url", "http://gate.example.com"],
            &["--github-url", "http://git.example.com"],
        ] {
            assert!(plan(more).is_err(), "{more:?}");
        }
    }

    #[test]
    fn names_fit() {
        assert_eq!(plan(&[]).unwrap().name, "countersign");
        let long = "a".repeat(39);
        assert_eq!(plan(&["--owner", &long]).unwrap().name.len(), LONGEST_APP_NAME);
        let bound = plan(&[]).unwrap().bound_to("127.0.0.1:4000".parse().unwrap());
        assert_eq!(
            (bound.base.as_str(), bound.public_url.as_str()),
            ("http://127.0.0.1:4000", "https://gate.example.com")
        );
    }
}
