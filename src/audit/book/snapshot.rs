//! One state of the ledger, for whoever has several questions: it is read and checked once.

use jiff::Timestamp;

use super::{inspect, landings, overrides, policies, proofs, records, registry};
use crate::audit::answer::{
    Arrival, Arrived, Baseline, Complete, Extension, Filter, Inclusion, Landings, Numbered, OverrideState, OverrideUse,
    PolicyMark, StoredRecord,
};
use crate::audit::checkpoint::Checkpoint;
use crate::audit::error::LedgerError;
use crate::audit::event::Exception;
use crate::audit::ledger::{Answer, Inspect, Ledger};
use crate::audit::merkle::Hash;
use crate::audit::reader::Reader;
use crate::audit::request::{Adoption, Deployment, Push, RefMove, RefState, Review, SignOffQuery};
use crate::audit::verify::{Progress, Report};
use crate::audit::writer::Receipt;
use crate::model::Oid;

/// One state of the ledger.
pub(super) struct Snapshot<'a, 'store> {
    reader: &'a mut Reader<'store>,
    origin: &'a str,
}

impl<'a, 'store> Snapshot<'a, 'store> {
    pub(super) fn new(reader: &'a mut Reader<'store>, origin: &'a str) -> Self {
        Self { reader, origin }
    }
}

fn refuse<T>() -> Answer<T> {
    Err(LedgerError::ReadOnly("one state of it is only read".to_owned()))
}

impl Ledger for Snapshot<'_, '_> {
    fn at_once(&mut self, work: &mut dyn FnMut(&mut dyn Ledger) -> Answer<()>) -> Answer<()> {
        work(self)
    }

    fn policy_mark(&mut self, repository: &str, source: &str) -> Answer<Option<PolicyMark>> {
        policies::mark(self.reader, repository, source)
    }

    fn sign_offs(&mut self, query: &SignOffQuery<'_>) -> Answer<Vec<StoredRecord>> {
        records::sign_offs(self.reader, query)
    }

    fn strangers_of(&mut self, repository: &str, head: &Oid) -> Answer<u64> {
        records::strangers_of(self.reader, repository, head)
    }

    fn overrides(&mut self, repository: &str, heads: &[Oid]) -> Answer<Vec<StoredRecord>> {
        records::overrides(self.reader, repository, heads)
    }

    fn record(&mut self, repository: &str, id: &str) -> Answer<Option<StoredRecord>> {
        records::record(self.reader, repository, id)
    }

    fn withdrawals(&mut self, repository: &str, since: u64) -> Answer<Vec<StoredRecord>> {
        records::withdrawals(self.reader, repository, since)
    }

    fn override_state(&mut self, repository: &str, id: &str) -> Answer<OverrideState> {
        overrides::state(self.reader, repository, id)
    }

    fn unreviewed(&mut self, repository: &str) -> Answer<Vec<OverrideUse>> {
        overrides::unreviewed(self.reader, repository)
    }

    fn standing_permit(&mut self, moved: &RefMove) -> Answer<Option<u64>> {
        landings::standing_permit(self.reader, moved)
    }

    fn landed_as(&mut self, moved: &RefMove) -> Answer<Option<u64>> {
        landings::landed_as(self.reader, moved)
    }

    fn landings_of(&mut self, repository: &str, commits: &[Oid]) -> Answer<Landings> {
        landings::landings_of(self.reader, repository, commits)
    }

    fn baseline(&mut self, repository: &str) -> Answer<Option<Baseline>> {
        registry::baseline(self.reader, repository)
    }

    fn deployed(&mut self, repository: &str, environment: &str) -> Answer<Option<Arrived>> {
        registry::deployed(self.reader, repository, environment)
    }

    fn deployments_of(&mut self, repository: &str, environment: &str, commit: &Oid) -> Answer<Vec<Arrived>> {
        registry::deployments_of(self.reader, repository, environment, commit)
    }

    fn record_push(&mut self, _: &Push<'_>) -> Answer<Vec<Receipt>> {
        refuse()
    }

    fn record_landed(&mut self, _: Timestamp, _: &[RefMove]) -> Answer<Vec<Arrival>> {
        refuse()
    }

    fn settle_override(&mut self, _: Timestamp, _: &str, _: &str, _: &RefState) -> Answer<OverrideState> {
        refuse()
    }

    fn abandon_deployment(&mut self, _: Timestamp, _: &str, _: &str) -> Answer<OverrideState> {
        refuse()
    }

    fn record_review(&mut self, _: &str, _: &Review<'_>) -> Answer<Receipt> {
        refuse()
    }

    fn adopt(&mut self, _: &Adoption<'_>) -> Answer<Option<Receipt>> {
        refuse()
    }

    fn uninstall(&mut self, _: Timestamp, _: &str) -> Answer<Receipt> {
        refuse()
    }

    fn record_deployed(&mut self, _: &Deployment<'_>) -> Answer<Arrival> {
        refuse()
    }

    fn record_exception(&mut self, _: Timestamp, _: Exception) -> Answer<Receipt> {
        refuse()
    }
}

impl Inspect for Snapshot<'_, '_> {
    fn head(&mut self) -> Answer<Checkpoint> {
        Ok(Checkpoint::of(self.origin, &self.reader.tree))
    }

    fn checkpoint(&mut self) -> Answer<String> {
        Ok(self.reader.note().to_owned())
    }

    fn entries(&mut self, filter: &Filter) -> Answer<Vec<Numbered>> {
        inspect::list(self.reader, filter)
    }

    fn complete_entry(&mut self, number: u64) -> Answer<Complete> {
        inspect::complete(self.reader, number)
    }

    fn verdict(&mut self, number: u64) -> Answer<String> {
        inspect::verdict(self.reader, number)
    }

    fn prove_consistency(&mut self, size: u64) -> Answer<Vec<Hash>> {
        inspect::prove_beginning(self.reader, size)
    }

    fn prove_entry(&mut self, number: u64) -> Answer<String> {
        inspect::prove(self.reader, number)
    }

    fn signed_head(&mut self) -> Answer<String> {
        Ok(self.reader.note().to_owned())
    }

    fn prove_inclusion(&mut self, number: u64, size: Option<u64>) -> Answer<Inclusion> {
        proofs::inclusion(self.reader, number, size)
    }

    fn prove_extension(&mut self, old: u64, new: Option<u64>) -> Answer<Extension> {
        proofs::extension(self.reader, old, new)
    }

    fn verify(&mut self, _: &[String], _: &mut Progress<'_>) -> Answer<Report> {
        // That needs all of the database, and what is remembered.
        refuse()
    }
}
