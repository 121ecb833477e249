//! Names and numbers out of a body, bounded and of the characters that they can have.

use super::payload::{Envelope, Malformed};
use crate::model::{Account, AccountKind, Identity, Oid};

/// The most bytes of a ref's name. git itself is bounded by the file system's 255 for each part.
const MOST_REF_BYTES: usize = 1024;
/// The most bytes of an environment's name: GitHub allows 255 characters.
const MOST_ENVIRONMENT_BYTES: usize = 1024;
/// The most bytes of an account's name. GitHub's own are at most 39, and a suffix of an enterprise or bot.
const MOST_LOGIN_BYTES: usize = 100;

/// Returns the account that the app is installed for.
pub(super) fn owner(envelope: &Envelope) -> Option<String> {
    let installed = envelope.installation.as_ref().and_then(|installation| installation.account.as_ref());
    let repository = envelope.repository.as_ref().and_then(|repository| repository.owner.as_ref());
    let accounts = [installed, envelope.organization.as_ref(), repository];
    accounts.into_iter().flatten().find_map(|account| login(account.login.as_deref()))
}

/// Returns who did it. Only what has a number and a kind names an account for good.
pub(super) fn sender(envelope: &Envelope) -> Option<Identity> {
    let sender = envelope.sender.as_ref()?;
    let text = sender.login.as_deref().filter(|login| is_name(login))?;
    let kind = match sender.kind.as_deref() {
        Some("User") => AccountKind::Human,
        Some("Bot") => AccountKind::Bot,
        _ => AccountKind::Unknown,
    };
    let account = Account { provider: "github".to_owned(), login: text.to_owned() };
    Some(Identity { id: Some(sender.id?), kind: Some(kind), ..Identity::from_account(account) })
}

/// Returns a login or slug in lower case, if it can be one.
pub(super) fn login(text: Option<&str>) -> Option<String> {
    text.filter(|text| is_name(text)).map(str::to_lowercase)
}

fn is_name(text: &str) -> bool {
    let is_allowed = |c: char| c.is_alphanumeric() || "-_.[]".contains(c);
    (1..=MOST_LOGIN_BYTES).contains(&text.len()) && text.chars().all(is_allowed)
}

/// Returns a full ref name, if it can be one.
pub(super) fn ref_name(text: Option<String>, field: &'static str) -> Result<String, Malformed> {
    let name = text.ok_or(Malformed::Missing(field))?;
    let fits = name.len() <= MOST_REF_BYTES && name.starts_with("refs/") && !name.contains(char::is_control);
    if fits { Ok(name) } else { Err(Malformed::Value(field)) }
}

/// Returns an environment's name, if it can be one.
pub(super) fn environment(text: Option<String>) -> Result<String, Malformed> {
    let name = text.ok_or(Malformed::Missing("environment"))?;
    let fits = (1..=MOST_ENVIRONMENT_BYTES).contains(&name.len()) && !name.contains(char::is_control);
    if fits { Ok(name) } else { Err(Malformed::Value("environment")) }
}

/// Returns the number of the run that an address of a request for an answer names.
pub(super) fn run_number(address: &str) -> Option<u64> {
    let path = address.strip_suffix("/deployment_protection_rule")?;
    let (_, number) = path.rsplit_once("/actions/runs/")?;
    number.parse().ok()
}

/// Returns an object id.
pub(super) fn oid(text: Option<String>, field: &'static str) -> Result<Oid, Malformed> {
    Oid::from_hex(text.ok_or(Malformed::Missing(field))?.as_bytes()).map_err(|_| Malformed::Value(field))
}
