//! What a repository's own record refs remember: all that a client can know.

use std::cell::OnceCell;

use jiff::Timestamp;

use super::git::Repository;
use crate::gather::{KeptRecord, Landings, Memory, RecordQuestion, Unreadable, arriving_records};
use crate::model::Oid;
use crate::verify::{Record, RecordKind};

/// The most bytes of a record's blob (contract §5).
const RECORD_BYTES: usize = 64 << 10;

/// The records that lie in a repository as refs.
pub struct RecordRefs<'r> {
    repository: &'r Repository,
    records: OnceCell<Result<Vec<Held>, Unreadable>>,
}

/// A record with what it is looked up by.
struct Held {
    kept: KeptRecord,
    head: Oid,
    content: crate::model::Digest,
}

impl<'r> RecordRefs<'r> {
    /// Returns the record refs of a repository.
    #[must_use]
    pub fn new(repository: &'r Repository) -> Self {
        Self { repository, records: OnceCell::new() }
    }

    fn all(&self) -> Result<&[Held], Unreadable> {
        self.records.get_or_init(|| self.read()).as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }

    fn read(&self) -> Result<Vec<Held>, Unreadable> {
        let mut held = Vec::new();
        for kind in RecordKind::ALL {
            let refs = self.repository.refs(kind.ref_folder().as_bytes()).map_err(|e| Unreadable(e.to_string()))?;
            held.extend(refs.iter().filter_map(|reference| self.held(&reference.name, reference.oid)));
        }
        Ok(held)
    }

    /// Returns the record under a ref; what is none counts for nothing and is passed over.
    fn held(&self, name: &[u8], oid: Oid) -> Option<Held> {
        let blob = self.repository.blob(oid, RECORD_BYTES).ok()?;
        let kept = arriving_records(name, &blob).ok()?;
        let record = Record::read(&blob, kept.kind).ok()?;
        let subject = record.statement.subject();
        Some(Held { head: subject.head, content: subject.content, kept })
    }
}

impl Memory for RecordRefs<'_> {
    fn records(&self, question: &RecordQuestion<'_>) -> Result<Vec<KeptRecord>, Unreadable> {
        let wanted = |held: &&Held| {
            question.heads.contains(&held.head)
                || question.content == Some(held.content)
                || question.commits.contains(&held.head)
        };
        Ok(self.all()?.iter().filter(wanted).map(|held| held.kept.clone()).collect())
    }

    fn record(&self, id: &str) -> Result<Option<KeptRecord>, Unreadable> {
        Ok(self.all()?.iter().find(|held| held.kept.id == id).map(|held| held.kept.clone()))
    }

    fn landings(&self, _: &[Oid]) -> Result<Landings, Unreadable> {
        // Only the server's ledger knows what landed under which permit.
        Ok(Landings::default())
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
