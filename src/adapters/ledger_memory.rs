//! What the ledger remembers, behind the gatherer's port.

use std::cell::RefCell;

use jiff::{SignedDuration, Timestamp};

use crate::audit::answer::{Arrived, OverrideState, Reservation, StoredRecord, overdue};
use crate::audit::error::LedgerError;
use crate::audit::event::RecordKind as SeenKind;
use crate::audit::ledger::Ledger;
use crate::audit::request::{RefState, SignOffQuery};
use crate::gather::{KeptRecord, Landing, Landings, Memory, RecordQuestion, Unreadable};
use crate::model::Oid;
use crate::verify::RecordKind;

/// A repository's part of the ledger.
pub struct LedgerMemory<'l> {
    ledger: RefCell<&'l mut dyn Ledger>,
    repository: &'l str,
    settling: Option<(Timestamp, Settle<'l>)>,
}

/// Tells where a push that reserved an override has got to, if that can be told.
type Settle<'l> = &'l dyn Fn(&Reservation) -> Option<RefState>;

impl<'l> LedgerMemory<'l> {
    /// Returns what the ledger remembers of a repository.
    pub fn new(ledger: &'l mut dyn Ledger, repository: &'l str) -> Self {
        Self { ledger: RefCell::new(ledger), repository, settling: None }
    }

    /// Lets overrides be freed whose push is over without having landed.
    #[must_use]
    pub fn settling(mut self, now: Timestamp, settle: Settle<'l>) -> Self {
        self.settling = Some((now, settle));
        self
    }
}

fn unreadable(error: LedgerError) -> Unreadable {
    Unreadable(format!("the ledger could not be read: {error}"))
}

impl Memory for LedgerMemory<'_> {
    fn records(&self, question: &RecordQuestion<'_>) -> Result<Vec<KeptRecord>, Unreadable> {
        let mut ledger = self.ledger.borrow_mut();
        let query = SignOffQuery {
            repository: self.repository,
            heads: question.heads,
            content: question.content.as_ref(),
            commits: question.commits,
            strangers: question.strangers,
        };
        let mut stored = ledger.sign_offs(&query).map_err(unreadable)?;
        stored.extend(ledger.overrides(self.repository, question.heads).map_err(unreadable)?);
        Ok(stored.into_iter().map(kept).collect())
    }

    fn record(&self, id: &str) -> Result<Option<KeptRecord>, Unreadable> {
        Ok(self.ledger.borrow_mut().record(self.repository, id).map_err(unreadable)?.map(kept))
    }

    fn landings(&self, commits: &[Oid]) -> Result<Landings, Unreadable> {
        let found = self.ledger.borrow_mut().landings_of(self.repository, commits).map_err(unreadable)?;
        Ok(Landings { landings: found.landings.into_iter().map(landing).collect(), commits: found.commits })
    }

    fn is_consumed(&self, record: &str) -> Result<bool, Unreadable> {
        let mut ledger = self.ledger.borrow_mut();
        let mut state = ledger.override_state(self.repository, record).map_err(unreadable)?;
        if let (OverrideState::Reserved(reservation), Some((now, settle))) = (&state, &self.settling)
            && let Some(where_it_is) = settle(reservation)
        {
            state = ledger.settle_override(*now, self.repository, record, &where_it_is).map_err(unreadable)?;
        }
        Ok(state != OverrideState::Free)
    }

    fn overdue_reviews(&self, now: Timestamp, within_seconds: i64) -> Result<Vec<String>, Unreadable> {
        let uses = self.ledger.borrow_mut().unreviewed(self.repository).map_err(unreadable)?;
        Ok(overdue(&uses, now, SignedDuration::from_secs(within_seconds)))
    }

    fn baseline(&self) -> Result<Vec<Oid>, Unreadable> {
        let baseline = self.ledger.borrow_mut().baseline(self.repository).map_err(unreadable)?;
        Ok(baseline.into_iter().flat_map(|baseline| baseline.tips).map(|(_, oid)| oid).collect())
    }
}

fn kept(stored: StoredRecord) -> KeptRecord {
    let kind = match stored.kind {
        SeenKind::Override => RecordKind::Override,
        SeenKind::Approve | SeenKind::Reject | SeenKind::Revoke => RecordKind::SignOff,
    };
    KeptRecord { kind, id: stored.id, envelope: stored.envelope }
}

fn landing(arrived: Arrived) -> Landing {
    let satisfied = arrived.basis.gates.iter().filter(|gate| arrived.cleared_by(&gate.name).is_some());
    let satisfied = satisfied.map(|gate| gate.name.clone()).collect();
    Landing {
        head: arrived.head,
        target: arrived.target.to_string(),
        gates: arrived.basis.asked,
        satisfied,
        overridden: arrived.r#override.is_some(),
        counted: arrived.basis.sign_offs,
    }
}
