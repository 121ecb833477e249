//! Putting away what a landing rested on: its records and the signed verdict, into one append-only
//! ref that clients never see.
//!
//! Record refs would pile up in every advertisement; the archive does not.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::settings::Settings;
use crate::adapters::git::{Addition, GitEnvironment, GitError, RefChange, Reference, Repository, Writer};
use crate::audit::attest::{AttestError, Attestation, basis};
use crate::audit::error::LedgerError;
use crate::audit::event::{Basis, Event, Permitted, RecordKind as SeenKind};
use crate::audit::ledger::Ledger;
use crate::verify::{EnvelopeError, GateKey, RecordKind, RecordRef};

/// The archive.
pub const ARCHIVE: &[u8] = b"refs/countersign/archive";

/// How often an archive that somebody else moves at the same time is tried again.
const TRIES: usize = 5;

/// Why records could not be put away.
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
type Files = Vec<(Vec<u8>, Vec<u8>)>;

impl Archive<'_> {
    /// Puts away the records and verdicts of landed permits.
    ///
    /// # Errors
    /// [`ArchiveError`]; then the records stay where they are.
    pub fn fold(&self, ledger: &mut dyn Ledger, permits: &[u64], now: Timestamp) -> Result<(), ArchiveError> {
        let mut files = Files::new();
        let mut folded: Vec<Reference> = Vec::new();
        for permit in permits {
            let complete = ledger.complete_entry(*permit)?;
            let Event::Permitted(permitted) = &complete.entry.entry.event else { continue };
            let basis = basis(permitted, &complete.asides);
            // A deleted ref has no content to vouch for, and what no gate named was not judged.
            if basis.asked.is_empty() || permitted.change.new.is_none() {
                continue;
            }
            let tree = self.repository.tree_of(permitted.change.head)?;
            if let Some(attestation) = Attestation::of_entry(&complete, tree) {
                let head = permitted.change.head.to_string();
                let path = format!("verdicts/{}/{head}/{permit}.json", head.get(..2).unwrap_or(""));
                files.push((path.into_bytes(), attestation.sign(self.key)?.to_json()?));
            }
            self.add_records(ledger, (permitted, &basis), &mut files, &mut folded)?;
        }
        if files.is_empty() {
            return Ok(());
        }
        self.append(&files, now)?;
        if folded.is_empty() {
            return Ok(());
        }
        let delete = |reference: Reference| RefChange::Delete { name: reference.name, old: reference.oid };
        let deletions: Vec<RefChange> = folded.into_iter().map(delete).collect();
        Ok(Writer::open(self.repository.git_dir(), self.environment)?.change_refs(&deletions)?)
    }

    /// Adds the records of a permit to what is put away: those it rests on, and all that lie under refs of
    /// its head. What is put away is what the ledger has of them, never what a ref says.
    fn add_records(
        &self,
        ledger: &mut dyn Ledger,
        (permitted, basis): (&Permitted, &Basis),
        files: &mut Files,
        folded: &mut Vec<Reference>,
    ) -> Result<(), ArchiveError> {
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
            let place = RecordRef::folder(kind, record.head).replace("refs/countersign/", "");
            files.push((format!("{place}{id}.json").into_bytes(), record.envelope));
            put_away.insert(id);
        }
        let is_put_away = |id: &Option<String>| id.as_ref().is_some_and(|id| put_away.contains(id));
        let gone = references.into_iter().zip(places).filter(|(_, id)| is_put_away(id));
        folded.extend(gone.map(|(reference, _)| reference));
        Ok(())
    }

    /// Adds files to the archive; another gate process may be doing the same. Stock git does it where
    /// that is not plainly done in process.
    fn append(&self, files: &[(Vec<u8>, Vec<u8>)], now: Timestamp) -> Result<(), ArchiveError> {
        let mut tries = 0;
        loop {
            let addition = Addition {
                name: ARCHIVE,
                old: self.repository.read_ref(ARCHIVE)?,
                files,
                message: "Put away what landed\n",
                author: "countersign",
                email: "countersign@localhost",
                seconds: now.as_second(),
            };
            if self.repository.append(&addition).is_some() {
                return Ok(());
            }
            match Writer::open(self.repository.git_dir(), self.environment)?.append(&addition) {
                Ok(_) => return Ok(()),
                Err(error) if tries + 1 == TRIES => return Err(error.into()),
                Err(_) => tries += 1,
            }
        }
    }
}
