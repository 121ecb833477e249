//! What a repository's own record refs remember: all that a client can know.

use std::cell::OnceCell;

use jiff::Timestamp;

use super::git::{GitError, Repository};
use crate::audit::event::RecordKind as SeenKind;
use crate::gather::{FirstPush, KeptRecord, Landings, Memory, RecordQuestion, Unreadable, arriving_records};
use crate::model::{Decision, Oid, Target};
use crate::verify::{Record, RecordKind, RecordRef, Statement};

/// The most bytes of a record's blob.
const RECORD_BYTES: usize = 64 << 10;

/// A record that was found under its ref.
pub struct FoundRecord {
    /// The record as it is kept.
    pub kept: KeptRecord,
    /// The record as it was read.
    pub record: Record,
}

impl FoundRecord {
    /// Returns what the ledger knows it as.
    #[must_use]
    pub fn seen_as(&self) -> SeenKind {
        match &self.record.statement {
            Statement::Override(_) => SeenKind::Override,
            Statement::SignOff(stated) => match stated.predicate.decision {
                Decision::Approve => SeenKind::Approve,
                Decision::Reject => SeenKind::Reject,
                Decision::Revoke => SeenKind::Revoke,
            },
        }
    }

    /// Returns the target that it is for.
    #[must_use]
    pub fn target(&self) -> &Target {
        match &self.record.statement {
            Statement::Override(stated) => &stated.predicate.target,
            Statement::SignOff(stated) => &stated.predicate.target,
        }
    }
}

/// Returns every valid record that lies in a repository; what is none is passed over.
///
/// # Errors
/// When the refs cannot be read.
pub fn all(repository: &Repository) -> Result<Vec<FoundRecord>, GitError> {
    below(repository, &|kind| kind.ref_folder().to_owned())
}

/// Returns every valid record of a head that lies in a repository.
///
/// # Errors
/// When the refs cannot be read.
pub fn of_head(repository: &Repository, head: Oid) -> Result<Vec<FoundRecord>, GitError> {
    below(repository, &|kind| RecordRef::folder(kind, head))
}

fn below(repository: &Repository, folder: &dyn Fn(RecordKind) -> String) -> Result<Vec<FoundRecord>, GitError> {
    let mut found = Vec::new();
    for kind in RecordKind::ALL {
        for reference in repository.refs(folder(kind).as_bytes())? {
            let Ok(blob) = repository.blob(reference.oid, RECORD_BYTES) else { continue };
            let Ok(kept) = arriving_records(&reference.name, &blob) else { continue };
            if let Ok(record) = Record::read(&blob, kept.kind) {
                found.push(FoundRecord { kept, record });
            }
        }
    }
    Ok(found)
}

/// The records that lie in a repository as refs.
pub struct RecordRefs<'r> {
    repository: &'r Repository,
    records: OnceCell<Result<Vec<FoundRecord>, Unreadable>>,
}

impl<'r> RecordRefs<'r> {
    /// Returns the record refs of a repository.
    #[must_use]
    pub fn new(repository: &'r Repository) -> Self {
        Self { repository, records: OnceCell::new() }
    }

    fn all(&self) -> Result<&[FoundRecord], Unreadable> {
        let read = || all(self.repository).map_err(|error| Unreadable(error.to_string()));
        self.records.get_or_init(read).as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }
}

impl Memory for RecordRefs<'_> {
    fn records(&self, question: &RecordQuestion<'_>) -> Result<Vec<KeptRecord>, Unreadable> {
        let wanted = |found: &&FoundRecord| {
            let subject = found.record.statement.subject();
            question.heads.contains(&subject.head)
                || question.content == Some(subject.content)
                || question.commits.contains(&subject.head)
        };
        Ok(self.all()?.iter().filter(wanted).map(|found| found.kept.clone()).collect())
    }

    fn record(&self, id: &str) -> Result<Option<KeptRecord>, Unreadable> {
        Ok(self.all()?.iter().find(|held| held.kept.id == id).map(|held| held.kept.clone()))
    }

    fn landings(&self, _: &[Oid]) -> Result<Landings, Unreadable> {
        // Only the server's ledger knows what landed under which permit.
        Ok(Landings::default())
    }

    fn knows_landings(&self) -> bool {
        false
    }

    fn first_pushes(&self, _: &[Oid]) -> Result<Vec<FirstPush>, Unreadable> {
        // Only the server's ledger knows who pushed what. The server will look.
        Ok(Vec::new())
    }

    fn is_consumed(&self, _: &str) -> Result<bool, Unreadable> {
        Err(Unreadable("only the server's ledger knows whether an override was used".to_owned()))
    }

    fn overdue_reviews(&self, _: Timestamp, _: i64) -> Result<Vec<String>, Unreadable> {
        Ok(Vec::new())
    }

    fn baseline(&self) -> Result<Vec<Oid>, Unreadable> {
        Ok(Vec::new())
    }
}
