//! Recording what was decided about a deployment, the same way for whoever asks: a pipeline or a forge.

use jiff::Timestamp;

use super::answer::OverrideState;
use super::error::LedgerError;
use super::event::{Change, PolicySeen};
use super::ledger::Ledger;
use super::request::{Decision, NewRecord, Push, Support};
use super::writer::Receipt;
use crate::decide::Verdict;
use crate::facts::{Facts, Part};
use crate::model::{Account, Action, Oid, Target};
use crate::policy::{AskedGate, Policy};

/// A deployment with its verdict.
#[derive(Debug, Clone, Copy)]
pub struct Deploying<'a> {
    /// The policy it was judged by.
    pub policy: &'a Policy,
    /// What it was judged by.
    pub facts: &'a Facts,
    /// The verdict.
    pub verdict: &'a Verdict,
    /// The commit that is to be deployed.
    pub head: Oid,
    /// When.
    pub at: Timestamp,
    /// The valid records that were seen, to be remembered.
    pub records: &'a [NewRecord<'a>],
    /// The policy that was read from a ref, where one was.
    pub policies: &'a [PolicySeen],
}

impl Deploying<'_> {
    /// Records the verdict; a permit may be acted upon only after that. An override that an earlier permit
    /// for the same deployment reserved is freed from it first.
    ///
    /// # Errors
    /// [`LedgerError`]; [`LedgerError::OverrideTaken`] when somebody was faster: then it has to be judged
    /// again.
    pub fn record(&self, ledger: &mut dyn Ledger) -> Result<Receipt, LedgerError> {
        // Whoever looked at one commit has said nothing about another.
        if self.verdict.is_permit() && self.facts.head.as_str() != self.head.to_string() {
            return Err(LedgerError::Storage(
                "the commit that was judged is not the one that is to be deployed".to_owned(),
            ));
        }
        if let Some(id) = self.verdict.override_id() {
            self.release(ledger, id)?;
        }
        let commits = self.commits();
        let support = Support {
            asked: self.asked(),
            brought: &[],
            commits: &commits,
            relied: self.facts.relied.clone(),
            sign_offs: counted_signatures(self.facts, self.verdict),
            override_people: self.verdict.override_people().to_vec(),
            holder: None,
        };
        let decision = Decision::from_verdict(self.verdict, self.change(), self.deployer(), support)
            .map_err(|error| LedgerError::Storage(error.to_string()))?;
        let push = Push { at: self.at, policies: self.policies, records: self.records, decisions: &[decision] };
        let receipt = ledger.record_push(&push)?.into_iter().next();
        receipt.ok_or_else(|| LedgerError::Storage("the ledger gave no receipt".to_owned()))
    }

    fn release(&self, ledger: &mut dyn Ledger, id: &str) -> Result<(), LedgerError> {
        let state = ledger.override_state(&self.facts.repository, id)?;
        let OverrideState::Reserved(reservation) = state else { return Ok(()) };
        if reservation.change.target == self.facts.target && reservation.change.head == self.head {
            ledger.abandon_deployment(self.at, &self.facts.repository, id)?;
        }
        Ok(())
    }

    fn change(&self) -> Change {
        let from = self.facts.from.known().cloned().flatten();
        Change {
            action: Action::Deploy,
            from: from.and_then(|from| from.as_str().parse().ok()),
            head: self.head,
            new: None,
            old: None,
            repository: self.facts.repository.clone(),
            target: self.facts.target.clone(),
        }
    }

    fn commits(&self) -> Vec<Oid> {
        self.facts.judged().filter_map(|id| id.as_str().parse().ok()).collect()
    }

    fn asked(&self) -> Vec<AskedGate> {
        let Target::Environment(name) = &self.facts.target else { return Vec::new() };
        let names = |gate: &&crate::policy::Gate| gate.environments.iter().any(|glob| glob.matches(name));
        self.policy.gates.iter().filter(names).map(AskedGate::of).collect()
    }

    fn deployer(&self) -> Option<String> {
        let participants = self.facts.participants.known()?;
        let deployer = participants.iter().find(|participant| participant.part == Part::Deployer)?;
        deployer.identity.account.as_ref().map(Account::folded)
    }
}

/// Returns the sign-offs that counted, each with its key: what others add to a record later is not what a
/// permit rests on.
#[must_use]
pub fn counted_signatures(facts: &Facts, verdict: &Verdict) -> Vec<String> {
    let sign_offs = facts.sign_offs.known().map_or(&[][..], Vec::as_slice);
    let key_of = |id: &str| sign_offs.iter().find(|sign_off| sign_off.id == id)?.identity.key.as_deref();
    let with_key = |id: &String| match key_of(id) {
        Some(key) if !id.contains('/') => format!("{id}/{key}"),
        _ => id.clone(),
    };
    verdict.counted_sign_offs().iter().map(with_key).collect()
}
