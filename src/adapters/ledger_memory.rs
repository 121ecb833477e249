//! What the ledger remembers, behind the gatherer's port.

use std::cell::RefCell;
use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::audit::answer::{
    Arrived, Brought, Deployed, Filter, OverrideState, Reservation, Step as Known, StoredRecord, overdue,
};
use crate::audit::error::LedgerError;
use crate::audit::event::{Event, Kind, RecordKind as SeenKind};
use crate::audit::ledger::Ledger;
use crate::audit::request::{RefMove, RefState, SignOffQuery};
use crate::gather::{Deployment, FirstPush, KeptRecord, Landing, Landings, Memory, RecordQuestion, Step, Unreadable};
use crate::model::{Identity, Oid, Target};
use crate::verify::RecordKind;

/// A repository's part of the ledger.
pub struct LedgerMemory<'l> {
    ledger: RefCell<&'l mut dyn Ledger>,
    repository: &'l str,
    settling: Option<(Timestamp, Settle<'l>)>,
    knows_pushers: bool,
    repeating: Option<(Target, Oid)>,
}

/// Tells where a push that reserved an override has got to, if that can be told.
type Settle<'l> = &'l dyn Fn(&Reservation) -> Option<RefState>;

impl<'l> LedgerMemory<'l> {
    /// Returns what the ledger remembers of a repository.
    pub fn new(ledger: &'l mut dyn Ledger, repository: &'l str) -> Self {
        Self { ledger: RefCell::new(ledger), repository, settling: None, knows_pushers: false, repeating: None }
    }

    /// Lets overrides be freed whose push is over without having landed.
    #[must_use]
    pub fn settling(mut self, now: Timestamp, settle: Settle<'l>) -> Self {
        self.settling = Some((now, settle));
        self
    }

    /// Tells who brought commits first, too: only where pushes are what the ledger was told of.
    #[must_use]
    pub fn knowing_pushers(mut self) -> Self {
        self.knows_pushers = true;
        self
    }

    /// Lets an override stand that an earlier permit for this very deployment reserved: a pipeline may be
    /// run again before it has deployed anything. Whoever records the new permit frees it from the old one.
    #[must_use]
    pub fn deploying(mut self, environment: &str, head: Oid) -> Self {
        self.repeating = Some((Target::Environment(environment.to_owned()), head));
        self
    }

    fn is_repeated(&self, reservation: &Reservation) -> bool {
        let change = &reservation.change;
        self.repeating.as_ref().is_some_and(|(target, head)| change.target == *target && change.head == *head)
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

    fn landings_between(&self, ends: [&Oid; 2], accepts: &dyn Fn(&Target) -> bool) -> Result<Vec<Step>, Unreadable> {
        let found = self.ledger.borrow_mut().landings_between(self.repository, ends, accepts).map_err(unreadable)?;
        let step = |step: Known| Step {
            begins: step.begins,
            commits: step.commits,
            authorship: step.authorship,
            landing: landing(step.arrived),
        };
        Ok(found.into_iter().map(step).collect())
    }

    fn first_pushes(&self, commits: &[Oid]) -> Result<Vec<FirstPush>, Unreadable> {
        if !self.knows_pushers {
            return Ok(Vec::new());
        }
        let pushes = self.ledger.borrow_mut().first_pushes(self.repository, commits).map_err(unreadable)?;
        let first_push = |push: Brought| {
            let why = |error: String| Unreadable(format!("entry #{} names no account: {error}", push.entry));
            let identity = push.pusher.as_deref().map(named).transpose().map_err(why)?;
            Ok(FirstPush { identity, commits: push.commits })
        };
        pushes.into_iter().map(first_push).collect()
    }

    fn is_consumed(&self, record: &str) -> Result<bool, Unreadable> {
        let mut ledger = self.ledger.borrow_mut();
        let mut state = ledger.override_state(self.repository, record).map_err(unreadable)?;
        if let (OverrideState::Reserved(reservation), Some((now, settle))) = (&state, &self.settling)
            && let Some(where_it_is) = settle(reservation)
        {
            state = ledger.settle_override(*now, self.repository, record, &where_it_is).map_err(unreadable)?;
        }
        if let OverrideState::Reserved(reservation) = &state
            && self.is_repeated(reservation)
        {
            return Ok(false);
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

    fn deployed(&self, environment: &str) -> Result<Option<Oid>, Unreadable> {
        let mut ledger = self.ledger.borrow_mut();
        let last = ledger.deployed(self.repository, environment).map_err(unreadable)?;
        let since = last.as_ref().map_or(0, |last| last.entry.saturating_add(1));
        let exceptions = Filter {
            kinds: vec![Kind::Exception],
            repository: Some(self.repository.to_owned()),
            from: since,
            newest_first: true,
            ..Filter::default()
        };
        // Forges do not tell names apart by their case.
        let target = Target::Environment(environment.to_owned()).to_string().to_lowercase();
        for exception in ledger.entries(&exceptions).map_err(unreadable)? {
            if let Event::Exception(event) = &exception.entry.event
                && event.subject.to_lowercase() == target
                && event.code.starts_with("deployed-")
            {
                let number = exception.number;
                let what = event.new.map_or_else(|| "something".to_owned(), |commit| commit.short(12));
                return Err(Unreadable(format!("{what} was deployed here without a permit since (entry #{number})")));
            }
        }
        if let Some(last) = &last
            && last.basis.asked.is_empty()
        {
            let (what, number) = (last.head.short(12), last.entry);
            return Err(Unreadable(format!(
                "{what} was deployed here while no gate asked for anything (entry #{number})"
            )));
        }
        Ok(last.map(|last| last.head))
    }

    fn deployments(&self, environment: &str, commit: Oid) -> Result<Vec<Landing>, Unreadable> {
        let mut ledger = self.ledger.borrow_mut();
        let found = ledger.deployments_of(self.repository, environment, &commit).map_err(unreadable)?;
        Ok(found.into_iter().map(landing).collect())
    }

    fn deployments_among(&self, environment: &str, heads: &[Oid]) -> Result<Vec<Deployment>, Unreadable> {
        let among: HashSet<&Oid> = heads.iter().collect();
        let is_among = |head: &Oid| among.contains(head);
        let mut ledger = self.ledger.borrow_mut();
        let found = ledger.deployments_among(self.repository, environment, &is_among).map_err(unreadable)?;
        let deployment = |brought: Deployed| Deployment {
            landing: landing(brought.arrived),
            commits: brought.commits,
            is_beginning: brought.is_beginning,
        };
        Ok(found.into_iter().map(deployment).collect())
    }

    fn was_made(&self, name: &[u8], value: Oid, commit: Oid) -> Result<bool, Unreadable> {
        let mut ledger = self.ledger.borrow_mut();
        let target = Target::from_ref_bytes(name);
        let baseline = ledger.baseline(self.repository).map_err(unreadable)?;
        let stood = |(known, tip): &(String, Oid)| *known == target.to_string() && (*tip == commit || *tip == value);
        if baseline.is_some_and(|baseline| baseline.tips.iter().any(stood)) {
            return Ok(true);
        }
        let repository = self.repository.to_owned();
        let made = RefMove { repository, target, old: None, new: Some(value), holder: None };
        Ok(ledger.landed_as(&made).map_err(unreadable)?.is_some())
    }
}

/// Returns whom the ledger means: an account, or a key by its fingerprint.
fn named(text: &str) -> Result<Identity, String> {
    if text.starts_with("SHA256:") {
        return Ok(Identity::from_key(text));
    }
    text.parse().map(Identity::from_account)
}

fn kept(stored: StoredRecord) -> KeptRecord {
    let kind = match stored.kind {
        SeenKind::Override => RecordKind::Override,
        SeenKind::Approve | SeenKind::Reject | SeenKind::Revoke => RecordKind::SignOff,
    };
    KeptRecord { kind, id: stored.id, envelope: stored.envelope, seen_at: Some(stored.seen_at) }
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
        relied: arrived.basis.relied,
    }
}
