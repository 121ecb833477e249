//! The settings as an operator writes them: flags, or variables of the environment.
//!
//! Secrets are never settings: only the files that hold them are. What follows from all of it is in
//! `settings.rs`.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;

use super::log::LogForm;
use super::webhook::Served;

/// Where it listens.
const LISTENS: &str = "Where it listens";
/// What it says to GitHub.
const GITHUB: &str = "GitHub";
/// What it keeps.
const KEEPS: &str = "What it keeps";
/// Whom its API answers.
const ANSWERS: &str = "Whom its API answers";
/// How it runs.
const RUNS: &str = "How it runs";

/// The flags of `countersign serve`.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// The address for deliveries, the API and the pages. Put a proxy that speaks HTTPS before it
    #[arg(long, env = "COUNTERSIGN_LISTEN", value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    #[arg(help_heading = LISTENS)]
    pub listen: SocketAddr,
    /// Another address for /metrics, which the first one then does not have; both have /healthz and
    /// /readyz
    #[arg(long, env = "COUNTERSIGN_METRICS_LISTEN", value_name = "ADDRESS", help_heading = LISTENS)]
    pub metrics_listen: Option<SocketAddr>,
    /// The URL by which people reach the service, for links in checks
    #[arg(long, env = "COUNTERSIGN_PUBLIC_URL", value_name = "URL", help_heading = LISTENS)]
    pub public_url: Option<String>,

    /// The App's number
    #[arg(long, env = "COUNTERSIGN_APP_ID", value_name = "NUMBER", help_heading = GITHUB)]
    pub app_id: Option<u64>,
    /// The file with the App's private key, as GitHub gave it out
    #[arg(long, env = "COUNTERSIGN_APP_KEY_FILE", value_name = "FILE", help_heading = GITHUB)]
    pub app_key_file: Option<PathBuf>,
    /// The file with the webhook's secret; two, separated by a comma, while it is being exchanged
    #[arg(long, env = "COUNTERSIGN_WEBHOOK_SECRET_FILE", value_name = "FILE", value_delimiter = ',')]
    #[arg(help_heading = GITHUB)]
    pub webhook_secret_file: Vec<PathBuf>,
    /// GitHub, or a GitHub Enterprise Server, or a tenant of ghe.com
    #[arg(long, env = "COUNTERSIGN_GITHUB_URL", value_name = "URL", default_value = "https://github.com")]
    #[arg(help_heading = GITHUB)]
    pub github_url: String,
    /// Certificates (PEM) to trust besides the system's
    #[arg(long, env = "COUNTERSIGN_CA_FILE", value_name = "FILE", help_heading = GITHUB)]
    pub ca_file: Option<PathBuf>,
    /// Whom to serve: installations by number, or owners by login, separated by commas [default: all]
    #[arg(long, env = "COUNTERSIGN_INSTALLATIONS", value_name = "NAMES", value_delimiter = ',')]
    #[arg(help_heading = GITHUB)]
    pub installations: Vec<Served>,
    /// Where the policy lies in a repository
    #[arg(long, env = "COUNTERSIGN_POLICY_PATH", value_name = "PATH", default_value = ".countersign/policy.yaml")]
    #[arg(help_heading = GITHUB)]
    pub policy_path: String,

    /// Whether people who can sign are asked for a review
    #[arg(long, env = "COUNTERSIGN_REQUEST_REVIEWS", value_name = "BOOL", default_value_t = true)]
    #[arg(action = clap::ArgAction::Set, help_heading = GITHUB)]
    pub request_reviews: bool,
    /// Repeat each check as a commit status of the same name, which anybody with write access can forge
    #[arg(long, env = "COUNTERSIGN_COMMIT_STATUS", help_heading = GITHUB)]
    pub commit_status: bool,

    /// The folder for mirrors of repositories, and for all that has no place of its own
    #[arg(long, env = "COUNTERSIGN_DATA_DIR", value_name = "DIR", default_value = "/var/lib/countersign")]
    #[arg(help_heading = KEEPS)]
    pub data_dir: PathBuf,
    /// A folder for SQLite, or the URL of a PostgreSQL database without its password
    /// [default: the data directory]
    #[arg(long, env = "COUNTERSIGN_DATABASE", value_name = "DIR|URL", help_heading = KEEPS)]
    #[arg(hide_env_values = true)]
    pub database: Option<String>,
    /// The file with the database's password
    #[arg(long, env = "COUNTERSIGN_DATABASE_PASSWORD_FILE", value_name = "FILE", help_heading = KEEPS)]
    pub database_password_file: Option<PathBuf>,
    /// The file with the gate's own key, which signs verdicts; made if it is not there
    /// [default: gate-key in the data directory]
    #[arg(long, env = "COUNTERSIGN_GATE_KEY_FILE", value_name = "FILE", help_heading = KEEPS)]
    pub gate_key_file: Option<PathBuf>,
    /// Begin with a ledger that has entries although nothing is remembered of it here: once, for a new
    /// replica. You vouch that nothing was cut off
    #[arg(long, env = "COUNTERSIGN_TRUST_LEDGER", help_heading = KEEPS)]
    pub trust_ledger: bool,

    /// The file with the tokens of the API, a line for each; without it there is no API
    #[arg(long, env = "COUNTERSIGN_API_TOKENS_FILE", value_name = "FILE", help_heading = ANSWERS)]
    pub api_tokens_file: Option<PathBuf>,
    /// How often a token may ask within a minute
    #[arg(long, env = "COUNTERSIGN_API_RATE", value_name = "NUMBER", default_value = "600", help_heading = ANSWERS)]
    pub api_rate: NonZeroU32,
    /// How often an address may come without a good token within a minute
    #[arg(long, env = "COUNTERSIGN_API_FAILURES", value_name = "NUMBER", default_value = "30", help_heading = ANSWERS)]
    pub api_failures: NonZeroU32,

    /// How many changes are judged at once
    #[arg(long, env = "COUNTERSIGN_WORKERS", value_name = "NUMBER", default_value_t = 32, help_heading = RUNS)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub workers: u16,
    /// The form of the log: text or json
    #[arg(long, env = "COUNTERSIGN_LOG", value_name = "FORM", value_enum, default_value_t, help_heading = RUNS)]
    #[arg(hide_possible_values = true)]
    pub log: LogForm,
    /// What is logged, `info,countersign=debug` for example
    #[arg(long, env = "COUNTERSIGN_LOG_FILTER", value_name = "FILTER", default_value = "info", help_heading = RUNS)]
    pub log_filter: String,
    /// For how many seconds it still accepts deliveries when it is told to end
    #[arg(long, env = "COUNTERSIGN_DRAIN_DELAY", value_name = "SECONDS", default_value_t = 2, help_heading = RUNS)]
    pub drain_delay: u16,
    /// How many seconds running work then has
    #[arg(long, env = "COUNTERSIGN_DRAIN_DEADLINE", value_name = "SECONDS", default_value_t = 25)]
    #[arg(help_heading = RUNS)]
    pub drain_deadline: u16,
}
