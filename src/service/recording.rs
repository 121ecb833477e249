//! What the ledger says before a change is judged, and what it is told afterwards: nothing twice.

use super::failure::Failure;
use super::judge::{Case, Judged, refused};
use super::policy::ForgePolicy;
use crate::audit::ledger::Ledger;
use crate::decide::Code;

/// Returns the refusal of a policy that is older than one that was in force before.
pub(super) fn rolled_back(
    case: &Case,
    policy: &ForgePolicy,
    ledger: &mut dyn Ledger,
) -> Result<Option<Judged>, Failure> {
    let back = gone_back(&case.repository, policy, ledger)?;
    Ok(back.map(|(source, why)| refused(case, Code::PolicyRolledBack, &source, why)))
}

/// Returns where a policy stands that is older than one that was in force before, and a sentence that says so.
pub(super) fn gone_back(
    repository: &str,
    policy: &ForgePolicy,
    ledger: &mut dyn Ledger,
) -> Result<Option<(String, String)>, Failure> {
    let Some(seen) = &policy.seen else { return Ok(None) };
    let Some(mark) = ledger.policy_mark(repository, &seen.source)? else { return Ok(None) };
    let is_back = seen.serial < mark.serial || (seen.serial == mark.serial && mark.digest != seen.digest);
    Ok(is_back.then(|| {
        let why =
            format!("the policy at {} has serial {}, but {} was seen before", seen.source, seen.serial, mark.serial);
        (seen.source.clone(), why)
    }))
}

/// Returns the entry that holds a verdict already: the last one about the change, if that says the same.
pub(super) fn stands(judged: &Judged, last: Option<&(String, Option<u64>)>) -> Result<Option<u64>, Failure> {
    let Some((before, Some(entry))) = last else { return Ok(None) };
    let text = judged.verdict.to_json().map_err(|error| Failure::Other(error.to_string()))?;
    Ok(essence(before).filter(|before| essence(&text).as_ref() == Some(before)).map(|_| *entry))
}

/// Returns what a verdict says, without what differs each time that it is asked for.
pub(super) fn essence(verdict: &str) -> Option<serde_json::Value> {
    let mut value: serde_json::Value = serde_json::from_str(verdict).ok()?;
    let fields = value.as_object_mut()?;
    fields.remove("facts");
    fields.remove("receipt");
    Some(value)
}
