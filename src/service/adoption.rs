//! The first meeting with a repository: what its protected refs were before the gate was there.

use jiff::Timestamp;

use super::policy::ForgePolicy;
use crate::audit::error::LedgerError;
use crate::audit::ledger::Ledger;
use crate::audit::request::Adoption;
use crate::forge::RepositoryId;
use crate::model::Oid;

/// Records the tips of the refs that gates name, unless the repository is known already.
///
/// # Errors
/// [`LedgerError::NameTaken`] when another repository had this name, and what the ledger says.
pub fn adopt(
    ledger: &mut dyn Ledger,
    at: Timestamp,
    repository: &str,
    identity: &str,
    policy: &ForgePolicy,
    refs: &[(String, Oid)],
) -> Result<(), LedgerError> {
    let gates = &policy.policy.gates;
    let is_named = |name: &str| gates.iter().any(|gate| gate.refs.iter().any(|glob| glob.matches(name)));
    let baseline: Vec<(String, Oid)> = refs.iter().filter(|(name, _)| is_named(name)).cloned().collect();
    let policy = policy.policy.digest.to_string();
    let adoption = Adoption { at, repository, identity, policy: Some(&policy), baseline: &baseline, again: false };
    ledger.adopt(&adoption)?;
    Ok(())
}

/// Returns what tells a repository from another that has its name later.
#[must_use]
pub fn identity(host: &str, id: RepositoryId) -> String {
    format!("{host}/repositories/{}", id.repository)
}
