//! The ledger's rules over any storage: [`Book`] is what implements [`Ledger`].

mod brought;
mod chain;
mod decisions;
mod fair;
mod inspect;
mod landings;
mod overrides;
mod policies;
mod proofs;
mod records;
mod registry;
mod snapshot;
mod together;

use jiff::Timestamp;

use super::answer::{
    Arrival, Arrived, Baseline, Brought, Complete, Deployed, Extension, Filter, Inclusion, Landings, Numbered,
    OverrideState, OverrideUse, PolicyMark, Step, StoredRecord,
};
use super::checkpoint::Checkpoint;
use super::error::LedgerError;
use super::event::{Event, Exception};
use super::guard::Guard;
use super::known::Known;
use super::ledger::{About, Answer, Inspect, Ledger, Work};
use super::mark::Key;
use super::merkle::Hash;
use super::reader::Reader;
use super::request::{Adoption, Deployment, Push, RefMove, RefState, Review, SignOffQuery};
use super::store::Storage;
use super::verify::{Problem, Progress, Report, Verifier};
use super::writer::{Receipt, Writer};
use crate::model::{Oid, Target};

use snapshot::Snapshot;
use together::Failed;

pub use fair::{MOST_LOOKED_AT, MOST_RECORDS};
pub use overrides::{Judgement, judge};

/// A ledger: a database, and the guard of what was signed for.
pub struct Book<S> {
    storage: S,
    guard: Guard,
    // What was proven in earlier transactions. Taken out while one runs: what fails leaves nothing.
    known: Known,
}

impl<S: Storage> Book<S> {
    /// Opens a ledger that exists.
    pub fn new(storage: S, guard: Guard) -> Self {
        Self { storage, guard, known: Known::default() }
    }

    /// Opens a ledger that may just have been made: signs its empty head and begins to remember.
    ///
    /// # Errors
    /// [`super::error::LedgerError::Memory`] when a ledger with entries has no memory,
    /// [`super::error::LedgerError::Tampered`] when the memory is that of another ledger.
    pub fn establish(mut storage: S, mut guard: Guard) -> Answer<Self> {
        guard.establish(&mut storage)?;
        let mut book = Self::new(storage, guard);
        book.read(|_| Ok(()))?;
        Ok(book)
    }

    /// Opens a ledger that other replicas may have written before, where nothing is remembered of it yet:
    /// whoever asks for this vouches once that it is whole. As [`Book::establish`] where something is
    /// remembered, or the ledger was just made.
    ///
    /// # Errors
    /// As [`Book::establish`].
    pub fn join(mut storage: S, mut guard: Guard) -> Answer<Self> {
        guard.join(&mut storage)?;
        Self::establish(storage, guard)
    }

    /// Opens a ledger that was restored from an old copy, although more was signed for than it holds, and
    /// records that as an exception. Whatever is missing has not happened as far as the gate knows: an
    /// override that was used in the missing part is free again. For operators only, never for a hook.
    ///
    /// # Errors
    /// [`LedgerError::Tampered`] when the gate never signed what is there.
    pub fn accept_restored(mut storage: S, mut guard: Guard, at: Timestamp) -> Answer<Self> {
        let remembered = guard.accept(&mut storage)?.map_or(0, |checkpoint| checkpoint.size);
        let mut book = Self::new(storage, guard);
        let event = Exception {
            code: "ledger-restored".to_owned(),
            new: None,
            old: None,
            repository: "*".to_owned(),
            subject: format!("{remembered} entries were signed for"),
        };
        book.write(at, |writer| writer.append(Event::Exception(event), &[], &[]))?;
        Ok(book)
    }

    /// Runs `work` on one snapshot, after checking it against what is remembered.
    fn read<R>(&mut self, work: impl FnOnce(&mut Reader<'_>) -> Answer<R>) -> Answer<R> {
        // Before the snapshot is taken: see `Reader::open`.
        let remembered = self.guard.recall()?;
        let Self { storage, guard, known } = self;
        let before = std::mem::take(known);
        let (result, after) = storage.read(|store| {
            let mut reader = Reader::open_knowing(store, &mut guard.notary, remembered.as_ref(), before)?;
            Ok((work(&mut reader)?, reader.into_known()))
        })?;
        *known = after;
        Ok(result)
    }

    /// Runs `work` in one writing transaction, after checking the ledger against what is remembered,
    /// signs the new head, and remembers it if that is due.
    fn write<R>(&mut self, at: Timestamp, work: impl FnOnce(&mut Writer<'_>) -> Answer<R>) -> Answer<R> {
        let (result, remembered) = self.commit(at, work)?;
        remembered.map(|()| result)
    }

    /// As [`Book::write`]; an error means that nothing is recorded. The second answer tells whether the new
    /// head could be remembered.
    fn commit<R>(&mut self, at: Timestamp, work: impl FnOnce(&mut Writer<'_>) -> Answer<R>) -> Answer<(R, Answer<()>)> {
        let remembered = self.guard.recall()?;
        let Self { storage, guard, known } = self;
        if !guard.is_of_gate() {
            return Err(LedgerError::NoKey);
        }
        let signer = guard.signer.as_deref().ok_or(LedgerError::NoKey)?;
        let notary = &mut guard.notary;
        let before = std::mem::take(known);
        let (result, (written, after)) = storage.write(|store| {
            let mut writer = Writer::open(store, notary, remembered.as_ref(), before, at)?;
            let result = work(&mut writer)?;
            Ok((result, writer.finish(notary, signer)?))
        })?;
        *known = after;
        let is_due = written.is_some_and(|written| guard.is_due(remembered.as_ref(), &written));
        let remembering = if is_due { guard.remember(storage).map(drop) } else { Ok(()) };
        Ok((result, remembering))
    }
}

impl<S: Storage> Book<S> {
    /// Does all of the work in one transaction, or nothing.
    fn all_or_nothing(&mut self, works: &mut [Work<'_>]) -> Result<(), Failed> {
        let origin = self.guard.notary.origin().to_owned();
        let mut at_work = None;
        let done = self.commit(Timestamp::UNIX_EPOCH, |writer| {
            for (place, work) in works.iter_mut().enumerate() {
                at_work = Some(place);
                work(&mut Snapshot::written(writer, &origin))?;
            }
            at_work = None;
            Ok(())
        });
        match done {
            Ok((_, Ok(()))) => Ok(()),
            Ok((_, Err(why))) => Err(Failed::Afterwards(why)),
            Err(why) => {
                Err(at_work.map_or_else(|| Failed::Group(why.clone()), |place| Failed::Work(place, why.clone())))
            }
        }
    }
}

impl<S: Storage> Ledger for Book<S> {
    fn at_once(&mut self, about: About<'_>, work: &mut dyn FnMut(&mut dyn Ledger) -> Answer<()>) -> Answer<()> {
        let (keys, prefixes) = asked_about(&about);
        self.known.expect(keys, prefixes);
        let origin = self.guard.notary.origin().to_owned();
        self.read(|reader| work(&mut Snapshot::of(reader, &origin)))
    }

    fn together(&mut self, works: &mut [Work<'_>]) -> Vec<Answer<()>> {
        together::run(works, |works| self.all_or_nothing(works))
    }

    fn policy_mark(&mut self, repository: &str, source: &str) -> Answer<Option<PolicyMark>> {
        self.read(|reader| policies::mark(reader, repository, source))
    }

    fn sign_offs(&mut self, query: &SignOffQuery<'_>) -> Answer<Vec<StoredRecord>> {
        self.read(|reader| records::sign_offs(reader, query))
    }

    fn strangers_of(&mut self, repository: &str, head: &Oid) -> Answer<u64> {
        self.read(|reader| records::strangers_of(reader, repository, head))
    }

    fn overrides(&mut self, repository: &str, heads: &[Oid]) -> Answer<Vec<StoredRecord>> {
        self.read(|reader| records::overrides(reader, repository, heads))
    }

    fn record(&mut self, repository: &str, id: &str) -> Answer<Option<StoredRecord>> {
        self.read(|reader| records::record(reader, repository, id))
    }

    fn withdrawals(&mut self, repository: &str, since: u64) -> Answer<Vec<StoredRecord>> {
        self.read(|reader| records::withdrawals(reader, repository, since))
    }

    fn override_state(&mut self, repository: &str, id: &str) -> Answer<OverrideState> {
        self.read(|reader| overrides::state(reader, repository, id))
    }

    fn unreviewed(&mut self, repository: &str) -> Answer<Vec<OverrideUse>> {
        self.read(|reader| overrides::unreviewed(reader, repository))
    }

    fn standing_permit(&mut self, moved: &RefMove) -> Answer<Option<u64>> {
        self.read(|reader| landings::standing_permit(reader, moved))
    }

    fn landed_as(&mut self, moved: &RefMove) -> Answer<Option<u64>> {
        self.read(|reader| landings::landed_as(reader, moved))
    }

    fn deployment_permit(&mut self, repository: &str, environment: &str, commit: &Oid) -> Answer<Option<u64>> {
        self.read(|reader| registry::deployment_permit(reader, repository, environment, commit))
    }

    fn landings_of(&mut self, repository: &str, commits: &[Oid]) -> Answer<Landings> {
        self.read(|reader| landings::landings_of(reader, repository, commits))
    }

    fn landings_between(
        &mut self,
        repository: &str,
        ends: [&Oid; 2],
        accepts: &dyn Fn(&Target) -> bool,
    ) -> Answer<Vec<Step>> {
        self.read(|reader| chain::between(reader, repository, ends, accepts))
    }

    fn first_pushes(&mut self, repository: &str, commits: &[Oid]) -> Answer<Vec<Brought>> {
        self.read(|reader| brought::first_pushes(reader, repository, commits))
    }

    fn baseline(&mut self, repository: &str) -> Answer<Option<Baseline>> {
        self.read(|reader| registry::baseline(reader, repository))
    }

    fn deployed(&mut self, repository: &str, environment: &str) -> Answer<Option<Arrived>> {
        self.read(|reader| registry::deployed(reader, repository, environment))
    }

    fn deployments_among(
        &mut self,
        repository: &str,
        environment: &str,
        is_among: &dyn Fn(&Oid) -> bool,
    ) -> Answer<Vec<Deployed>> {
        self.read(|reader| registry::deployments_among(reader, repository, environment, is_among))
    }

    fn deployments_of(&mut self, repository: &str, environment: &str, commit: &Oid) -> Answer<Vec<Arrived>> {
        self.read(|reader| registry::deployments_of(reader, repository, environment, commit))
    }

    fn record_push(&mut self, push: &Push<'_>) -> Answer<Vec<Receipt>> {
        self.write(push.at, |writer| decisions::record_push(writer, push))
    }

    fn record_landed(&mut self, at: Timestamp, moves: &[RefMove]) -> Answer<Vec<Arrival>> {
        self.write(at, |writer| moves.iter().map(|moved| landings::record_move(writer, moved)).collect())
    }

    fn settle_override(
        &mut self,
        at: Timestamp,
        repository: &str,
        id: &str,
        state: &RefState,
    ) -> Answer<OverrideState> {
        self.write(at, |writer| overrides::settle(writer, repository, id, state))
    }

    fn abandon_deployment(&mut self, at: Timestamp, repository: &str, id: &str) -> Answer<OverrideState> {
        self.write(at, |writer| overrides::abandon(writer, repository, id))
    }

    fn record_review(&mut self, repository: &str, review: &Review<'_>) -> Answer<Receipt> {
        self.write(review.at, |writer| overrides::review(writer, repository, review))
    }

    fn adopt(&mut self, adoption: &Adoption<'_>) -> Answer<Option<Receipt>> {
        self.write(adoption.at, |writer| registry::adopt(writer, adoption))
    }

    fn uninstall(&mut self, at: Timestamp, repository: &str) -> Answer<Receipt> {
        self.write(at, |writer| registry::uninstall(writer, repository))
    }

    fn record_deployed(&mut self, deployment: &Deployment<'_>) -> Answer<Arrival> {
        self.write(deployment.at, |writer| registry::deploy(writer, deployment))
    }

    fn record_exception(&mut self, at: Timestamp, exception: Exception) -> Answer<Receipt> {
        self.write(at, |writer| writer.append(Event::Exception(exception), &[], &[]))
    }
}

impl<S: Storage> Inspect for Book<S> {
    fn head(&mut self) -> Answer<Checkpoint> {
        let origin = self.guard.notary.origin().to_owned();
        self.read(|reader| Ok(Checkpoint::of(&origin, &reader.tree)))
    }

    fn checkpoint(&mut self) -> Answer<String> {
        if self.guard.is_of_gate() {
            self.guard.remember(&mut self.storage)
        } else {
            self.read(|reader| Ok(reader.note().to_owned()))
        }
    }

    fn entries(&mut self, filter: &Filter) -> Answer<Vec<Numbered>> {
        self.read(|reader| inspect::list(reader, filter))
    }

    fn complete_entry(&mut self, number: u64) -> Answer<Complete> {
        self.read(|reader| inspect::complete(reader, number))
    }

    fn verdict(&mut self, number: u64) -> Answer<String> {
        self.read(|reader| inspect::verdict(reader, number))
    }

    fn prove_consistency(&mut self, size: u64) -> Answer<Vec<Hash>> {
        self.read(|reader| inspect::prove_beginning(reader, size))
    }

    fn prove_entry(&mut self, number: u64) -> Answer<String> {
        self.read(|reader| inspect::prove(reader, number))
    }

    fn signed_head(&mut self) -> Answer<String> {
        self.read(|reader| Ok(reader.note().to_owned()))
    }

    fn prove_inclusion(&mut self, number: u64, size: Option<u64>) -> Answer<Inclusion> {
        self.read(|reader| proofs::inclusion(reader, number, size))
    }

    fn prove_extension(&mut self, old: u64, new: Option<u64>) -> Answer<Extension> {
        self.read(|reader| proofs::extension(reader, old, new))
    }

    fn verify(&mut self, against: &[String], progress: &mut Progress<'_>) -> Answer<Report> {
        let mut problems = Vec::new();
        let mut checkpoints = Vec::new();
        // Not even the memory is believed: that it is lost or forged is one more finding.
        match self.guard.recall() {
            Ok(remembered) => checkpoints.extend(remembered),
            Err(error) => problems.push(Problem::Checkpoint { why: error.to_string() }),
        }
        for note in against {
            match self.guard.notary.open(note) {
                Ok(checkpoint) => checkpoints.push(checkpoint),
                Err(error) => problems.push(Problem::Checkpoint { why: error.of_any_checkpoint() }),
            }
        }
        let mut verifier = Verifier::new(checkpoints);
        problems.into_iter().for_each(|problem| verifier.complain(problem));
        let Self { storage, guard, .. } = self;
        storage.read(|store| inspect::verify(store, &mut guard.notary, verifier, progress))
    }
}

/// Returns the keys, and the beginnings of keys, that are asked for when something is judged.
fn asked_about(about: &About<'_>) -> (Vec<Key>, Vec<Key>) {
    let repository = about.repository;
    let mut keys = vec![Key::registration(repository), Key::withdrawal(repository)];
    keys.extend(about.policy.map(|source| Key::policy(repository, source)));
    for head in about.heads {
        keys.extend([
            Key::sign_off_of_head(repository, head),
            Key::strangers_of_head(repository, head),
            Key::override_of_head(repository, head),
        ]);
    }
    (keys, vec![Key::rejects(repository)])
}
