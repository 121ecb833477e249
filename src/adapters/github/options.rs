//! How to reach one GitHub: as which app, at which host, over which connection. Reads no environment
//! and no argument; the certificate file is read when the connection is made.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

/// How to reach one GitHub.
#[derive(Clone)]
pub struct GitHubOptions {
    /// The app's number.
    pub app_id: u64,
    /// The app's private key, PEM; empty where nothing is done in the app's name.
    pub private_key: SecretString,
    /// A token that somebody gave, for what is done in its name.
    pub token: Option<SecretString>,
    /// Where GitHub is.
    pub hosts: Hosts,
    /// Certificates to be trusted besides the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// What the app calls itself.
    pub user_agent: String,
    /// The longest time in which a connection must be there.
    pub connect_timeout: Duration,
    /// The longest silence in an answer.
    pub read_timeout: Duration,
    /// The longest time of a whole call.
    pub call_timeout: Duration,
    /// Whether an owner's `.github` repository that cannot be found makes the owner's policy unknown.
    /// GitHub does not tell a repository that is not there from one that the app may not see.
    pub owner_policy_required: bool,
    /// Whether every check is repeated as a commit status.
    pub commit_status: bool,
}

impl GitHubOptions {
    /// Returns options for an app at a host, with the bounds that suit the service.
    #[must_use]
    pub fn new(app_id: u64, private_key: SecretString, hosts: Hosts) -> Self {
        Self {
            app_id,
            private_key,
            token: None,
            hosts,
            ca_file: None,
            user_agent: concat!("countersign/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            call_timeout: Duration::from_secs(90),
            owner_policy_required: false,
            commit_status: false,
        }
    }
}

impl fmt::Debug for GitHubOptions {
    /// Leaves the key out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHubOptions")
            .field("app_id", &self.app_id)
            .field("hosts", &self.hosts)
            .field("ca_file", &self.ca_file)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}

/// The addresses of one GitHub, none with a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    /// The REST API, with its prefix: `https://api.github.com`, `https://github.example.com/api/v3`.
    pub rest: String,
    /// GraphQL.
    pub graphql: String,
    /// Where people and git go.
    pub web: String,
}

/// Why a text is no address of an API.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// It is no URL of the web.
    #[error("the address of GitHub's API is no URL: {0}")]
    NoUrl(String),
    /// A token would travel in the open.
    #[error("the address of GitHub's API begins with https:// (http:// is for this machine alone)")]
    Plain,
    /// It carries more than a host and a path.
    #[error("the address of GitHub's API has no user, password, query or fragment")]
    Extra,
}

impl Default for Hosts {
    /// github.com.
    fn default() -> Self {
        Self {
            rest: "https://api.github.com".to_owned(),
            graphql: "https://api.github.com/graphql".to_owned(),
            web: "https://github.com".to_owned(),
        }
    }
}

impl Hosts {
    /// Returns the addresses that belong to what people open in a browser: `https://github.com`, a tenant of
    /// ghe.com, or an enterprise server.
    ///
    /// # Errors
    /// [`HostError`] when the text is no such address.
    pub fn from_web(text: &str) -> Result<Self, HostError> {
        let web = text.trim_end_matches('/');
        let bare = web.strip_prefix("https://").unwrap_or_default();
        if bare == "github.com" || bare.strip_suffix(".ghe.com").is_some_and(|tenant| !tenant.contains('/')) {
            return Self::from_api(&format!("https://api.{bare}"));
        }
        Self::from_api(&format!("{web}/api/v3"))
    }

    /// Returns the addresses that belong to a REST API: github.com's, a data residency's
    /// (`https://api.SUB.ghe.com`) or an enterprise server's (`https://HOST/api/v3`).
    ///
    /// # Errors
    /// [`HostError`] when the text is no such address.
    pub fn from_api(text: &str) -> Result<Self, HostError> {
        let url = Url::parse(text).map_err(|error| HostError::NoUrl(error.to_string()))?;
        let host = url.host_str().ok_or_else(|| HostError::NoUrl("it names no host".to_owned()))?.to_owned();
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine(&host) => {}
            _ => return Err(HostError::Plain),
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(HostError::Extra);
        }
        let rest = url.as_str().trim_end_matches('/').to_owned();
        let graphql = match rest.strip_suffix("/v3") {
            Some(prefix) if prefix.ends_with("/api") => format!("{prefix}/graphql"),
            _ => format!("{rest}/graphql"),
        };
        let web = match (rest.strip_suffix("/api/v3"), host.strip_prefix("api.")) {
            (Some(web), _) => web.to_owned(),
            (None, Some(bare)) if url.path() == "/" && (bare == "github.com" || bare.ends_with(".ghe.com")) => {
                format!("https://{bare}")
            }
            (None, _) => rest.clone(),
        };
        Ok(Self { rest, graphql, web })
    }
}

/// Tells whether a host cannot be any other machine.
fn is_this_machine(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_shows_leads_to_the_apis() {
        let of_web = |text: &str| Hosts::from_web(text).map(|hosts| (hosts.rest, hosts.graphql, hosts.web)).unwrap();
        for (web, api) in [
            ("https://github.com/", "https://api.github.com"),
            ("https://acme.ghe.com", "https://api.acme.ghe.com"),
            ("https://git.example.com", "https://git.example.com/api/v3"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/api/v3"),
        ] {
            assert_eq!(of_web(web), hosts(api), "{web}");
        }
        assert!(Hosts::from_web("http://git.example.com").is_err());
    }

    fn hosts(text: &str) -> (String, String, String) {
        let hosts = Hosts::from_api(text).unwrap();
        (hosts.rest, hosts.graphql, hosts.web)
    }

    fn of(rest: &str, graphql: &str, web: &str) -> (String, String, String) {
        (rest.to_owned(), graphql.to_owned(), web.to_owned())
    }

    #[test]
    fn every_kind_of_host_has_its_addresses() {
        assert_eq!(Hosts::from_api("https://api.github.com/"), Ok(Hosts::default()));
        assert_eq!(
            hosts("https://git.example.com/api/v3/"),
            of("https://git.example.com/api/v3", "https://git.example.com/api/graphql", "https://git.example.com")
        );
        assert_eq!(
            hosts("https://api.acme.ghe.com"),
            of("https://api.acme.ghe.com", "https://api.acme.ghe.com/graphql", "https://acme.ghe.com")
        );
        assert_eq!(
            hosts("http://127.0.0.1:4010"),
            of("http://127.0.0.1:4010", "http://127.0.0.1:4010/graphql", "http://127.0.0.1:4010")
        );
        assert_eq!(
            hosts("https://api.example.com"),
            of("https://api.example.com", "https://api.example.com/graphql", "https://api.example.com")
        );
    }

    #[test]
    fn a_token_never_travels_in_the_open() {
        assert_eq!(Hosts::from_api("http://git.example.com/api/v3"), Err(HostError::Plain));
        assert_eq!(Hosts::from_api("http://localhost.example.com"), Err(HostError::Plain));
        assert_eq!(Hosts::from_api("ftp://127.0.0.1"), Err(HostError::Plain));
        assert_eq!(Hosts::from_api("https://ada:x@git.example.com"), Err(HostError::Extra));
        assert_eq!(Hosts::from_api("https://git.example.com/?x=1"), Err(HostError::Extra));
        assert!(matches!(Hosts::from_api("git.example.com"), Err(HostError::NoUrl(_))));
        assert!(Hosts::from_api("http://[::1]:80/").is_ok());
    }

    #[test]
    fn the_key_is_never_shown() {
        let options = GitHubOptions::new(1, "-----BEGIN secret".into(), Hosts::default());
        assert!(!format!("{options:?}").contains("secret"));
    }
}
