//! Putting away what a landing rested on: its records and the signed verdict, into one append-only
//! ref that clients never see.
//!
//! Record refs would pile up in every advertisement; the archive does not.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::settings::Settings;
use crate::adapters::git::{Addition, GitEnvironment, GitError, RefChange, Reference, Repository, Writer};
use crate::audit::error::LedgerError;
use crate::audit::event::{Basis, Carried, Event, Permitted, RecordKind as SeenKind};
use crate::audit::ledger::Ledger;
use crate::audit::store::Part;
use crate::model::{Digest, Oid, Target};
use crate::verify::{
    EnvelopeError, GateKey, RecordKind, RecordRef, SummaryError, UsedDocument, VerificationResult, VerificationSummary,
};

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
    /// The verdict cannot be written as a summary.
    #[error("{0}")]
    Summary(#[from] SummaryError),
    /// The summary cannot be signed.
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
            let landed = Landed { permitted, basis: &basis, permit: *permit, tree, at: complete.entry.entry.at };
            let head = permitted.change.head.to_string();
            let path = format!("verdicts/{}/{head}/{permit}.json", head.get(..2).unwrap_or(""));
            files.push((path.into_bytes(), summary(&landed, self.settings, self.key)?));
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

/// Returns on what a permit rests. What is large is kept aside of its entry.
fn basis(permitted: &Permitted, asides: &[(Part, Vec<u8>)]) -> Basis {
    match &permitted.basis {
        Carried::Here(basis) => basis.clone(),
        Carried::Aside(_) => {
            let bytes = asides.iter().find(|(part, _)| *part == Part::Basis).map(|(_, bytes)| bytes.as_slice());
            // The ledger checked the bytes against the entry; without them nothing is claimed.
            bytes.and_then(|bytes| serde_json::from_slice(bytes).ok()).unwrap_or_default()
        }
    }
}

/// A permit that landed.
struct Landed<'a> {
    permitted: &'a Permitted,
    basis: &'a Basis,
    permit: u64,
    tree: Oid,
    at: Timestamp,
}

/// Returns the verdict as a verification summary, signed by the gate.
fn summary(landed: &Landed<'_>, settings: &Settings, key: &GateKey) -> Result<Vec<u8>, ArchiveError> {
    let Landed { permitted, basis, permit, tree, at } = *landed;
    let change = &permitted.change;
    let records = basis.sign_offs.clone();
    let overrides = permitted.r#override.iter().map(|grant| grant.id.clone());
    let used = records.into_iter().chain(overrides);
    let input_attestations = used.filter_map(|id| {
        let id = id.split('/').next().unwrap_or_default().to_owned();
        Some(UsedDocument::new(format!("urn:countersign:record:{id}"), Digest::from_hex(&id).ok()?))
    });
    let policy = permitted.policy.parse().unwrap_or_else(|_| Digest::of(permitted.policy.as_bytes()));
    let is_override = permitted.r#override.is_some();
    let mut extensions = BTreeMap::new();
    extensions.insert("urn:countersign:repository".to_owned(), settings.repository.clone().into());
    extensions.insert("urn:countersign:ledger-entry".to_owned(), permit.into());
    extensions.insert("urn:countersign:action".to_owned(), change.action.to_string().into());
    extensions.insert("urn:countersign:overridden".to_owned(), is_override.into());
    let target = match &change.target {
        Target::Ref(name) => vec![name.clone()],
        Target::Environment(_) => Vec::new(),
    };
    let level = if is_override { "ORG_SOURCE_COUNTERSIGN_OVERRIDDEN" } else { "ORG_SOURCE_COUNTERSIGN_PERMITTED" };
    let summary = VerificationSummary {
        head: change.head,
        tree,
        source_refs: target,
        input_attestations: input_attestations.collect(),
        policy: UsedDocument::new("urn:countersign:policy", policy),
        resource_uri: format!("urn:countersign:repository:{}", settings.repository),
        time_verified: at,
        result: VerificationResult::Passed,
        verified_levels: vec![level.to_owned()],
        verifier: format!("urn:countersign:gate:{}", key.fingerprint()),
        verifier_version: BTreeMap::from([("countersign".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
        extensions,
    };
    Ok(key.sign_statement(summary.to_payload()?)?.to_json()?)
}
