//! Putting away what a landing rested on: its records and the signed verdict, into one append-only
//! ref that clients never see.
//!
//! Record refs would pile up in every advertisement; the archive does not.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::settings::Settings;
use crate::adapters::git::{Addition, GitEnvironment, GitError, RefChange, Reference, Repository, Writer};
use crate::audit::error::LedgerError;
use crate::audit::event::{Basis, Carried, Event, Permitted};
use crate::audit::ledger::Ledger;
use crate::audit::store::Part;
use crate::model::{Digest, Oid, Target};
use crate::verify::{
    EnvelopeError, GateKey, RecordKind, RecordRef, SummaryError, UsedDocument, VerificationResult, VerificationSummary,
};

/// The archive.
pub const ARCHIVE: &[u8] = b"refs/countersign/archive";

/// The most bytes of a record's blob that is put away.
const RECORD_BYTES: usize = 1 << 20;

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
            self.add_records(permitted.change.head, &mut files, &mut folded)?;
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

    /// Adds the records about a head to what is put away.
    fn add_records(&self, head: Oid, files: &mut Files, folded: &mut Vec<Reference>) -> Result<(), ArchiveError> {
        for kind in RecordKind::ALL {
            for reference in self.repository.refs(RecordRef::folder(kind, head).as_bytes())? {
                let blob = self.repository.blob(reference.oid, RECORD_BYTES)?;
                let path = String::from_utf8_lossy(&reference.name).replace("refs/countersign/", "");
                files.push((format!("{path}.json").into_bytes(), blob));
                folded.push(reference);
            }
        }
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
