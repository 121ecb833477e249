//! Keeping the archive: one append-only ref with what landed and was deployed, the records behind it, what was
//! withdrawn since, and the gate's signature over all of it.
//!
//! It follows the ledger, and never says more than that: what was not put away before, whatever the reason, is the
//! next time. Record refs would pile up in every advertisement; the archive does not. What its files are called, and
//! what the signed state says, is in [`crate::audit::archive`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::archive_news::News;
use super::policy_in_force;
use super::settings::Settings;
use super::source_level::Claims;
use crate::adapters::git::{Addition, GitEnvironment, GitError, RefChange, Reference, Repository, Writer};
use crate::audit::archive::{self, ArchiveDoubt, STATE, State, Verdicts};
use crate::audit::attest::{AttestError, Attestation, basis};
use crate::audit::error::LedgerError;
use crate::audit::event::{Basis, Event, Permitted, RecordKind as SeenKind};
use crate::audit::ledger::{About, Ledger};
use crate::audit::store::Part;
use crate::model::{Digest, Oid};
use crate::verify::{EnvelopeError, GateKey, RecordKind, RecordRef};

/// The archive.
pub const ARCHIVE: &[u8] = archive::ARCHIVE.as_bytes();

/// How often an archive that somebody else moves at the same time is tried again.
const TRIES: usize = 8;

/// The most bytes of the signed state.
const STATE_BYTES: usize = 1 << 20;

/// Why the archive could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The ledger cannot be read.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
    /// The repository cannot be read or written.
    #[error("{0}")]
    Git(#[from] GitError),
    /// The verdict cannot be signed.
    #[error("{0}")]
    Attest(#[from] AttestError),
    /// The signed verdict cannot be written.
    #[error("{0}")]
    Envelope(#[from] EnvelopeError),
    /// Others were faster again and again.
    #[error("other processes of the gate are writing it; it is brought up to date the next time")]
    Busy,
}

/// The archive of one repository.
pub struct Archive<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// Where git finds what it needs.
    pub environment: &'a GitEnvironment,
    /// What `install` wrote down.
    pub settings: &'a Settings,
    /// The gate's key, which signs the verdicts.
    pub key: &'a GateKey,
}

/// Files and what is in them.
type Files = BTreeMap<String, Vec<u8>>;

impl Archive<'_> {
    /// Brings the archive up to what the ledger says, and signs that.
    ///
    /// # Errors
    /// [`ArchiveError`]; then the next time does it.
    pub fn refresh(&self, ledger: &mut dyn Ledger, now: Timestamp) -> Result<State, ArchiveError> {
        for _ in 0..TRIES {
            let tip = self.repository.read_ref(ARCHIVE)?;
            let before = self.state_at(tip)?;
            // What is not as it was signed is put away again, and nothing of it is taken for having been.
            let known = tip.filter(|_| before.is_some());
            let mut news = News::default();
            let about = About { repository: &self.settings.repository, policy: None, heads: &[] };
            ledger.at_once(about, &mut |ledger| {
                news = News::read(ledger, &self.settings.repository, before.as_ref())?;
                Ok(())
            })?;
            let policy = policy_in_force::read(self.settings, self.repository).ok();
            let claiming = policy.as_ref().filter(|_| self.settings.claims_source_level);
            let mut claims = Claims::new(self.repository, self.key, known, claiming);
            let (files, folded) = self.files(ledger, known, &news, &mut claims)?;
            let files: Vec<(Vec<u8>, Vec<u8>)> =
                files.into_iter().map(|(path, bytes)| (path.into_bytes(), bytes)).collect();
            let content = match (files.is_empty(), tip) {
                (true, Some(tip)) => Some(tip),
                _ => self.append(tip, &files, "Put away what landed\n", now),
            };
            let Some(content) = content else { continue };
            let state = self.state(news, content, policy.map(|in_force| in_force.policy.digest), now);
            let signed = [(STATE.as_bytes().to_vec(), state.sign(self.key)?.to_json()?)];
            if self.append(Some(content), &signed, "Sign what is put away\n", now).is_some() {
                self.delete(folded)?;
                return Ok(state);
            }
        }
        Err(ArchiveError::Busy)
    }

    /// Tells whether there is anything that whoever reads the archive must not miss: a permit for a ref that some
    /// gate names, or a rejection or revocation that is not put away yet.
    ///
    /// # Errors
    /// [`ArchiveError`] when the ledger or the archive cannot be read.
    pub fn is_due(&self, ledger: &mut dyn Ledger, permits: &[u64], records: bool) -> Result<bool, ArchiveError> {
        for permit in permits {
            let complete = ledger.complete_entry(*permit)?;
            if let Event::Permitted(permitted) = &complete.entry.entry.event
                && !basis(permitted, &complete.asides).asked.is_empty()
            {
                return Ok(true);
            }
        }
        let Some(before) = records.then(|| self.state_at(self.repository.read_ref(ARCHIVE)?)).transpose()?.flatten()
        else {
            return Ok(false);
        };
        Ok(News::withdraws(ledger, &self.settings.repository, before.entries)?)
    }

    /// Returns the state as it was signed last; none where there is none, it is not of this key, or something else
    /// lies beside it than what it vouches for: then everything is put away anew.
    fn state_at(&self, tip: Option<Oid>) -> Result<Option<State>, ArchiveError> {
        let Some(tip) = tip else { return Ok(None) };
        let tree = self.repository.tree_of(tip)?;
        let Some(bytes) = self.repository.file_at(tree, STATE.as_bytes(), STATE_BYTES)? else { return Ok(None) };
        let keys = [self.key.public_key().clone()];
        let read = State::read(&bytes, &keys).and_then(|state| {
            let is_ours = state.repository == self.settings.repository;
            if is_ours { Ok(state) } else { Err(ArchiveDoubt::Shape) }
        });
        Ok(read.ok().filter(|state| {
            let changed = self.repository.content_between(Some(state.archive), tip);
            changed.is_ok_and(|changed| changed.paths.iter().all(|path| path == STATE.as_bytes()))
        }))
    }

    fn state(&self, news: News, content: Oid, policy: Option<Digest>, now: Timestamp) -> State {
        State {
            repository: self.settings.repository.clone(),
            archive: content,
            signed_at: now,
            entries: news.entries,
            policy,
            baseline: news.baseline.map(|(entry, _)| entry),
            environments: news.environments,
        }
    }

    /// Returns what is to be put away, and the record refs that are not needed any more then.
    fn files(
        &self,
        ledger: &mut dyn Ledger,
        tip: Option<Oid>,
        news: &News,
        claims: &mut Claims<'_>,
    ) -> Result<(Files, Vec<Reference>), ArchiveError> {
        let mut files = Files::new();
        let mut folded: Vec<Reference> = Vec::new();
        if let Some((entry, bytes)) = &news.baseline {
            let path = archive::baseline_file(*entry);
            if !self.has(tip, &path)? {
                files.insert(path, bytes.clone());
            }
        }
        for (verdicts, complete) in &news.permits {
            let Event::Permitted(permitted) = &complete.entry.entry.event else { continue };
            let basis = basis(permitted, &complete.asides);
            let change = &permitted.change;
            let is_deployment = *verdicts == Verdicts::Deployments;
            // A deleted ref has no content to vouch for, what no gate named was not judged, and what a forge says of
            // a review is no record that could be looked up.
            if basis.asked.is_empty() || (change.new.is_none() && !is_deployment) || !rests_on_records(&basis) {
                continue;
            }
            if !self.repository.exists(change.head)? {
                continue;
            }
            let tree = self.repository.tree_of(change.head)?;
            let Some(attestation) = Attestation::of_entry(complete, tree) else { continue };
            let number = complete.entry.number;
            // A copy of a deployment's verdict is to be found here, not to be used again.
            let aside = |wanted| complete.asides.iter().find(|(part, _)| *part == wanted).map(|(_, bytes)| bytes);
            let attestation = if is_deployment {
                attestation.valid_for(0)
            } else {
                let verdict = aside(Part::Verdict).map_or(&[][..], Vec::as_slice);
                Attestation { is_source_level_4: claims.hold(permitted, &basis, verdict, news)?, ..attestation }
            };
            files.insert(verdicts.file(change.head, number), attestation.sign(self.key)?.to_json()?);
            let listed = aside(Part::Commits);
            if let Some(bytes) = listed.filter(|bytes| Digest::of(bytes) == permitted.commits.digest) {
                files.insert(archive::commits_file(change.head, number), bytes.clone());
            }
            let refs = self.add_records(ledger, (permitted, &basis), &mut files)?;
            // A deployment ends nothing: what was signed about the same commit for another place stays in sight.
            folded.extend(refs.into_iter().filter(|_| !is_deployment));
        }
        for (folder, record) in news.objections() {
            files.insert(format!("{folder}/{}.json", record.id), record.envelope.clone());
        }
        Ok((files, folded))
    }

    /// Adds the records of a permit to what is put away: those it rests on, and all that lie under refs of
    /// its head. What is put away is what the ledger has of them, never what a ref says. Returns the refs of what is
    /// put away.
    fn add_records(
        &self,
        ledger: &mut dyn Ledger,
        (permitted, basis): (&Permitted, &Basis),
        files: &mut Files,
    ) -> Result<Vec<Reference>, ArchiveError> {
        let signed = basis.sign_offs.iter().map(|id| id.split('/').next().unwrap_or_default());
        let lifted = permitted.r#override.iter().map(|grant| grant.id.as_str());
        let mut ids: BTreeSet<String> = signed.chain(lifted).map(str::to_owned).collect();
        let mut references = Vec::new();
        for kind in RecordKind::ALL {
            let folder = RecordRef::folder(kind, permitted.change.head);
            references.extend(self.repository.refs(folder.as_bytes())?);
        }
        let places = references.iter().map(|reference| RecordRef::parse(&reference.name));
        let places: Vec<Option<String>> = places.map(|place| place.map(|place| place.id.to_hex())).collect();
        ids.extend(places.iter().flatten().cloned());
        let mut put_away = BTreeSet::new();
        for id in ids {
            // What the ledger does not know was not pushed, and is nothing that the gate can vouch for.
            let Some(record) = ledger.record(&self.settings.repository, &id)? else { continue };
            let kind = match record.kind {
                SeenKind::Override => RecordKind::Override,
                SeenKind::Approve | SeenKind::Reject | SeenKind::Revoke => RecordKind::SignOff,
            };
            files.insert(format!("{}/{id}.json", archive::records_of(kind, record.head)), record.envelope);
            put_away.insert(id);
        }
        let is_put_away = |id: &Option<String>| id.as_ref().is_some_and(|id| put_away.contains(id));
        let gone = references.into_iter().zip(places).filter(|(_, id)| is_put_away(id));
        Ok(gone.map(|(reference, _)| reference).collect())
    }

    fn has(&self, tip: Option<Oid>, path: &str) -> Result<bool, GitError> {
        let Some(tip) = tip else { return Ok(false) };
        Ok(self.repository.tree_entry(self.repository.tree_of(tip)?, path.as_bytes())?.is_some())
    }

    /// Deletes the refs of records that are put away.
    fn delete(&self, folded: Vec<Reference>) -> Result<(), GitError> {
        if folded.is_empty() {
            return Ok(());
        }
        let delete = |reference: Reference| RefChange::Delete { name: reference.name, old: reference.oid };
        let deletions: Vec<RefChange> = folded.into_iter().map(delete).collect();
        Writer::open(self.repository.git_dir(), self.environment)?.change_refs(&deletions)
    }

    /// Adds files to the archive, and returns the new commit; none when it has moved meanwhile. Stock git does it
    /// where that is not plainly done in process.
    fn append(&self, old: Option<Oid>, files: &[(Vec<u8>, Vec<u8>)], message: &str, now: Timestamp) -> Option<Oid> {
        let addition = Addition {
            name: ARCHIVE,
            old,
            files,
            message,
            author: "countersign",
            email: "countersign@localhost",
            seconds: now.as_second(),
        };
        if let Some(commit) = self.repository.append(&addition) {
            return Some(commit);
        }
        let writer = Writer::open(self.repository.git_dir(), self.environment).ok()?;
        writer.append(&addition).ok()
    }
}

/// Tells whether everything that a permit counted is a record.
fn rests_on_records(basis: &Basis) -> bool {
    let is_record = |id: &String| Digest::from_hex(id.split('/').next().unwrap_or_default()).is_ok();
    basis.sign_offs.iter().all(is_record)
}
