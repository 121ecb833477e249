//! Refusals of pushes that nobody could judge, for want of a policy: they enter the ledger like others.

use super::edge::Edge;
use super::gate::{GateError, open_ledger, read_settings};
use super::updates::RefUpdate;
use crate::adapters::git::Repository;
use crate::audit::error::LedgerError;
use crate::audit::event::Change;
use crate::audit::ledger::Ledger as _;
use crate::audit::request::{Decision, Push, Support};
use crate::audit::writer::Receipt;
use crate::decide::{Code, Refused, refuse};
use crate::model::{Account, Action, Target};

/// Why a refusal could not be recorded. It stands all the same.
#[derive(Debug, thiserror::Error)]
pub enum UnrecordedError {
    /// The gate cannot be opened far enough.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// The ledger did not take it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The verdict could not be written as JSON.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Records that every update of a push was refused for one reason.
///
/// # Errors
/// [`UnrecordedError`]; then nothing was recorded.
pub fn record(
    edge: &Edge<'_>,
    updates: &[RefUpdate],
    code: Code,
    message: &str,
) -> Result<Vec<Receipt>, UnrecordedError> {
    let repository = Repository::open(&edge.git_dir(), &edge.git_environment()).map_err(GateError::from)?;
    let settings = read_settings(&repository)?;
    let mut ledger = open_ledger(&settings)?;
    let identity = settings.server.pusher(&edge.text_environment());
    let pusher = identity.and_then(|identity| identity.account.as_ref().map(Account::folded));
    let decisions = updates.iter().map(|update| {
        let target = Target::from_ref_bytes(&update.name);
        let head = update.new.or(update.old).unwrap_or_else(|| repository.hash().empty_tree());
        let refused =
            Refused { repository: &settings.repository, target: &target, from: update.old, head, policy: None };
        let verdict = refuse(&refused, &[(code, target.to_string(), message.to_owned())]);
        let change = Change {
            // Whether history goes forward was not looked at.
            action: match (update.old, update.new) {
                (None, _) => Action::Create,
                (_, None) => Action::Delete,
                _ => Action::Update,
            },
            from: update.old,
            head,
            new: update.new,
            old: update.old,
            repository: settings.repository.clone(),
            target,
        };
        Decision::from_verdict(&verdict, change, pusher.clone(), Support::default())
    });
    let decisions = decisions.collect::<Result<Vec<_>, _>>()?;
    Ok(ledger.record_push(&Push { at: edge.now, policies: &[], records: &[], decisions: &decisions })?)
}
