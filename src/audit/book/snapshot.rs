//! One transaction of the ledger, for whoever has several questions, or much to record: it is read and
//! checked once, and what is recorded in it becomes durable together.

use jiff::Timestamp;

use super::{brought, chain, decisions, inspect, landings, overrides, policies, proofs, records, registry};
use crate::audit::answer::{
    Arrival, Arrived, Baseline, Brought, Complete, Deployed, Extension, Filter, Inclusion, Landings, Numbered,
    OverrideState, OverrideUse, PolicyMark, Step, StoredRecord,
};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::error::LedgerError;
use crate::audit::event::{Event, Exception};
use crate::audit::ledger::{About, Answer, Inspect, Ledger, Work};
use crate::audit::merkle::Hash;
use crate::audit::reader::Reader;
use crate::audit::request::{Adoption, Deployment, Push, RefMove, RefState, Review, SignOffQuery};
use crate::audit::verify::{Progress, Report};
use crate::audit::writer::{Receipt, Writer};
use crate::model::{Oid, Target};

/// An open transaction.
pub(super) struct Snapshot<'a, 'store> {
    access: Access<'a, 'store>,
    origin: &'a str,
}

/// What may be done in a transaction.
enum Access<'a, 'store> {
    Read(&'a mut Reader<'store>),
    Write(&'a mut Writer<'store>),
}

impl<'a, 'store> Snapshot<'a, 'store> {
    /// Returns one state of the ledger, which is only read.
    pub(super) fn of(reader: &'a mut Reader<'store>, origin: &'a str) -> Self {
        Self { access: Access::Read(reader), origin }
    }

    /// Returns the ledger in a writing transaction. It shows what was recorded in it.
    pub(super) fn written(writer: &'a mut Writer<'store>, origin: &'a str) -> Self {
        Self { access: Access::Write(writer), origin }
    }

    fn reader(&mut self) -> &mut Reader<'store> {
        match &mut self.access {
            Access::Read(reader) => reader,
            Access::Write(writer) => &mut writer.reader,
        }
    }

    fn writer(&mut self, at: Timestamp) -> Answer<&mut Writer<'store>> {
        match &mut self.access {
            Access::Read(_) => refuse(),
            Access::Write(writer) => {
                writer.set_moment(at);
                Ok(writer)
            }
        }
    }
}

fn refuse<T>() -> Answer<T> {
    Err(LedgerError::ReadOnly("one state of it is only read".to_owned()))
}

impl Ledger for Snapshot<'_, '_> {
    fn at_once(&mut self, _: About<'_>, work: &mut dyn FnMut(&mut dyn Ledger) -> Answer<()>) -> Answer<()> {
        let origin = self.origin;
        work(&mut Snapshot::of(self.reader(), origin))
    }

    fn together(&mut self, works: &mut [Work<'_>]) -> Vec<Answer<()>> {
        works.iter().map(|_| refuse()).collect()
    }

    fn policy_mark(&mut self, repository: &str, source: &str) -> Answer<Option<PolicyMark>> {
        policies::mark(self.reader(), repository, source)
    }

    fn sign_offs(&mut self, query: &SignOffQuery<'_>) -> Answer<Vec<StoredRecord>> {
        records::sign_offs(self.reader(), query)
    }

    fn strangers_of(&mut self, repository: &str, head: &Oid) -> Answer<u64> {
        records::strangers_of(self.reader(), repository, head)
    }

    fn overrides(&mut self, repository: &str, heads: &[Oid]) -> Answer<Vec<StoredRecord>> {
        records::overrides(self.reader(), repository, heads)
    }

    fn record(&mut self, repository: &str, id: &str) -> Answer<Option<StoredRecord>> {
        records::record(self.reader(), repository, id)
    }

    fn withdrawals(&mut self, repository: &str, since: u64) -> Answer<Vec<StoredRecord>> {
        records::withdrawals(self.reader(), repository, since)
    }

    fn override_state(&mut self, repository: &str, id: &str) -> Answer<OverrideState> {
        overrides::state(self.reader(), repository, id)
    }

    fn unreviewed(&mut self, repository: &str) -> Answer<Vec<OverrideUse>> {
        overrides::unreviewed(self.reader(), repository)
    }

    fn standing_permit(&mut self, moved: &RefMove) -> Answer<Option<u64>> {
        landings::standing_permit(self.reader(), moved)
    }

    fn landed_as(&mut self, moved: &RefMove) -> Answer<Option<u64>> {
        landings::landed_as(self.reader(), moved)
    }

    fn deployment_permit(&mut self, repository: &str, environment: &str, commit: &Oid) -> Answer<Option<u64>> {
        registry::deployment_permit(self.reader(), repository, environment, commit)
    }

    fn landings_of(&mut self, repository: &str, commits: &[Oid]) -> Answer<Landings> {
        landings::landings_of(self.reader(), repository, commits)
    }

    fn landings_between(
        &mut self,
        repository: &str,
        ends: [&Oid; 2],
        accepts: &dyn Fn(&Target) -> bool,
    ) -> Answer<Vec<Step>> {
        chain::between(self.reader(), repository, ends, accepts)
    }

    fn first_pushes(&mut self, repository: &str, commits: &[Oid]) -> Answer<Vec<Brought>> {
        brought::first_pushes(self.reader(), repository, commits)
    }

    fn baseline(&mut self, repository: &str) -> Answer<Option<Baseline>> {
        registry::baseline(self.reader(), repository)
    }

    fn deployed(&mut self, repository: &str, environment: &str) -> Answer<Option<Arrived>> {
        registry::deployed(self.reader(), repository, environment)
    }

    fn deployments_among(
        &mut self,
        repository: &str,
        environment: &str,
        is_among: &dyn Fn(&Oid) -> bool,
    ) -> Answer<Vec<Deployed>> {
        registry::deployments_among(self.reader(), repository, environment, is_among)
    }

    fn deployments_of(&mut self, repository: &str, environment: &str, commit: &Oid) -> Answer<Vec<Arrived>> {
        registry::deployments_of(self.reader(), repository, environment, commit)
    }

    fn record_push(&mut self, push: &Push<'_>) -> Answer<Vec<Receipt>> {
        decisions::record_push(self.writer(push.at)?, push)
    }

    fn record_landed(&mut self, at: Timestamp, moves: &[RefMove]) -> Answer<Vec<Arrival>> {
        let writer = self.writer(at)?;
        moves.iter().map(|moved| landings::record_move(writer, moved)).collect()
    }

    fn settle_override(
        &mut self,
        at: Timestamp,
        repository: &str,
        id: &str,
        state: &RefState,
    ) -> Answer<OverrideState> {
        overrides::settle(self.writer(at)?, repository, id, state)
    }

    fn abandon_deployment(&mut self, at: Timestamp, repository: &str, id: &str) -> Answer<OverrideState> {
        overrides::abandon(self.writer(at)?, repository, id)
    }

    fn record_review(&mut self, repository: &str, review: &Review<'_>) -> Answer<Receipt> {
        overrides::review(self.writer(review.at)?, repository, review)
    }

    fn adopt(&mut self, adoption: &Adoption<'_>) -> Answer<Option<Receipt>> {
        registry::adopt(self.writer(adoption.at)?, adoption)
    }

    fn uninstall(&mut self, at: Timestamp, repository: &str) -> Answer<Receipt> {
        registry::uninstall(self.writer(at)?, repository)
    }

    fn record_deployed(&mut self, deployment: &Deployment<'_>) -> Answer<Arrival> {
        registry::deploy(self.writer(deployment.at)?, deployment)
    }

    fn record_exception(&mut self, at: Timestamp, exception: Exception) -> Answer<Receipt> {
        self.writer(at)?.append(Event::Exception(exception), &[], &[])
    }
}

impl Inspect for Snapshot<'_, '_> {
    fn head(&mut self) -> Answer<Checkpoint> {
        let origin = self.origin;
        Ok(Checkpoint::of(origin, &self.reader().tree))
    }

    fn checkpoint(&mut self) -> Answer<String> {
        Ok(self.reader().note().to_owned())
    }

    fn entries(&mut self, filter: &Filter) -> Answer<Vec<Numbered>> {
        inspect::list(self.reader(), filter)
    }

    fn complete_entry(&mut self, number: u64) -> Answer<Complete> {
        inspect::complete(self.reader(), number)
    }

    fn verdict(&mut self, number: u64) -> Answer<String> {
        inspect::verdict(self.reader(), number)
    }

    fn prove_consistency(&mut self, size: u64) -> Answer<Vec<Hash>> {
        inspect::prove_beginning(self.reader(), size)
    }

    fn prove_entry(&mut self, number: u64) -> Answer<String> {
        inspect::prove(self.reader(), number)
    }

    fn signed_head(&mut self) -> Answer<String> {
        Ok(self.reader().note().to_owned())
    }

    fn prove_inclusion(&mut self, number: u64, size: Option<u64>) -> Answer<Inclusion> {
        proofs::inclusion(self.reader(), number, size)
    }

    fn prove_extension(&mut self, old: u64, new: Option<u64>) -> Answer<Extension> {
        proofs::extension(self.reader(), old, new)
    }

    fn verify(&mut self, _: &[String], _: &mut Progress<'_>) -> Answer<Report> {
        // That needs all of the database, and what is remembered.
        refuse()
    }
}
