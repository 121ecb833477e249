//! `countersign serve token`: a new token for the API.

use anyhow::{Context as _, Result};
use jiff::SignedDuration;
use secrecy::ExposeSecret as _;

use super::{Exit, Format, Shell, json};
use crate::server::api::{Owner, Scope, Token, digest, generate, is_repository};

/// Make a token for the API
///
/// Prints the token, which is shown only this once, and the line for the file that
/// `--api-tokens-file` names. The line holds the token's digest: whoever reads it cannot use it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  countersign serve token dashboard --scope read\n  \
    countersign serve token auditor --scope read,ledger --days 30\n  \
    countersign serve token dana-laptop --scope override --account dana \\\n      \
    --account-id 105 --repository acme/shop")]
pub struct Args {
    /// What to call it: of the characters a-z 0-9 . _ -
    name: String,
    /// What it may do: read, ledger, override
    #[arg(long, value_name = "SCOPE", required = true, value_delimiter = ',', value_parser = scope)]
    scope: Vec<Scope>,
    /// The repository that it reaches, OWNER/NAME; may be given several times [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = repository)]
    repository: Vec<String>,
    /// For how many days it is good
    #[arg(long, value_name = "NUMBER", default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// Whose it is: an account's login on GitHub
    #[arg(long, value_name = "LOGIN", requires = "account_id")]
    account: Option<String>,
    /// The account's number, as `https://api.github.com/users/LOGIN` has it
    #[arg(long, value_name = "NUMBER", requires = "account")]
    account_id: Option<u64>,
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| "a scope is read, ledger or override".to_owned())
}

fn repository(text: &str) -> Result<String, String> {
    if is_repository(text) { Ok(text.to_owned()) } else { Err("a repository is written owner/name".to_owned()) }
}

/// Runs the command.
///
/// # Errors
/// When there is no randomness, or standard output cannot be written.
pub(super) fn run(args: &Args, shell: &mut Shell<'_>) -> Result<Exit> {
    let secret = generate().context("making a token")?;
    let mut scopes = args.scope.clone();
    scopes.sort_unstable();
    scopes.dedup();
    let life = SignedDuration::from_hours(i64::from(args.days) * 24);
    let owner = args.account.clone().zip(args.account_id).map(|(login, id)| Owner { login, id });
    let token = Token {
        name: args.name.clone(),
        digest: digest(&secret),
        scopes,
        repositories: args.repository.clone(),
        expires: shell.now.checked_add(life).context("`--days` is too far away")?,
        owner,
    };
    if let Err(why) = token.check() {
        writeln!(shell.err, "error: {why}")?;
        return Ok(Exit::Usage);
    }
    let secret = secret.expose_secret();
    if shell.format == Format::Json {
        json::write(shell.out, &serde_json::json!({ "token": secret, "line": token.to_string() }))?;
        return Ok(Exit::Permitted);
    }
    writeln!(shell.out, "{secret}\n{token}")?;
    if !shell.quiet {
        writeln!(
            shell.err,
            "The first line is the token: it is shown only now. Put the second one into the file that"
        )?;
        writeln!(shell.err, "`--api-tokens-file` names (mode 0600), and start the service anew.")?;
    }
    Ok(Exit::Permitted)
}
