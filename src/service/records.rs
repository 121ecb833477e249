//! Records that people signed with their keys and pushed to the repository on the forge: they count as
//! they do at a hook. What holds of them is in the ledger before anything is judged by it, and stays
//! there, whatever becomes of its ref.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::evaluate::{Service, blocking};
use super::failure::Failure;
use super::policy::ForgePolicy;
use super::stores::Stores;
use crate::adapters::git::Repository;
use crate::adapters::git_history::GitHistory;
use crate::adapters::record_refs::FoundRecord;
use crate::audit::ledger::Ledger;
use crate::audit::request::{NewRecord, Push};
use crate::forge::{Forge, RepositoryId};
use crate::gather::{History as _, Remembered, WalkEnd, arriving_records, to_remember};
use crate::model::Oid;
use crate::policy::Policy;
use crate::verify::{Record, RecordKind};

/// The most bytes of a record (the contract's bound).
const RECORD_BYTES: usize = 64 << 10;
/// The most refs that are looked at for one change. An objection may be behind them: where there are more,
/// nobody knows what people said.
const MOST_REFS: usize = 2_000;
/// The most records of one head that nobody on the roster signed, as at a hook.
const MOST_STRANGERS: u64 = 16;

/// What people may have signed for: a range of commits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    /// The repository's name.
    pub repository: &'a str,
    /// Where the range begins, if that is known.
    pub base: Option<Oid>,
    /// Where it ends.
    pub head: Oid,
    /// When they are read.
    pub now: Timestamp,
}

impl<S: Stores, F: Forge> Service<S, F> {
    /// Notes in the ledger what people signed about a range of commits; says why not all of it could
    /// be read, if so. A policy that names no key knows nobody who could sign.
    pub(super) async fn take_in_records(
        &self,
        id: RepositoryId,
        signed: &Signed<'_>,
        policy: &ForgePolicy,
    ) -> Result<Option<String>, Failure> {
        let (service, base, head, most) = (self.clone(), signed.base, signed.head, policy.policy.limits.commits);
        let heads = blocking(move || judged_heads(&service.mirrors().repository(id)?, base, head, most)).await??;
        let source = self.forge().clone_source(id).await?;
        let service = self.clone();
        let found = blocking(move || {
            service.mirrors().fetch_records(id, &source, &heads)?;
            found(&service.mirrors().repository(id)?, &heads)
        });
        let found = match found.await?? {
            Ok(found) if found.is_empty() => return Ok(None),
            Ok(found) => found,
            Err(why) => return Ok(Some(why)),
        };
        let (now, name, policy) = (signed.now, signed.repository.to_owned(), policy.policy.clone());
        self.stores().ledger(move |ledger| remember(ledger, now, &name, &policy, &found)).await??;
        Ok(None)
    }
}

/// Tells whether a policy knows anybody by a key, so that there is somebody whose records count.
pub(super) fn names_keys(policy: &Policy) -> bool {
    policy.people.values().any(|person| !person.keys.is_empty() || !person.passkeys.is_empty())
}

/// Returns the commits whose records matter: those of the change. A change with more than may be judged is
/// refused for that.
fn judged_heads(repository: &Repository, base: Option<Oid>, head: Oid, most: usize) -> Result<Vec<Oid>, Failure> {
    let mut heads = Vec::new();
    let excluded: Vec<Oid> = base.into_iter().collect();
    let walked = GitHistory::new(repository).walk(&[head], &excluded, most, &mut |oid, _| heads.push(oid));
    match walked.map_err(|error| Failure::Other(error.to_string()))? {
        WalkEnd::Complete => Ok(heads),
        WalkEnd::LimitReached | WalkEnd::TooLarge(_) | WalkEnd::Malformed(_) | WalkEnd::Late => Ok(vec![head]),
    }
}

/// Returns the valid records about some commits; what is none is passed over.
fn found(repository: &Repository, heads: &[Oid]) -> Result<Result<Vec<FoundRecord>, String>, Failure> {
    let heads: BTreeSet<String> = heads.iter().map(Oid::to_string).collect();
    let mut looked_at: usize = 0;
    let mut found = Vec::new();
    for kind in RecordKind::ALL {
        let folder = kind.ref_folder().as_bytes();
        let references = repository.refs(folder).map_err(|error| Failure::Other(error.to_string()))?;
        for reference in references {
            let rest = reference.name.strip_prefix(folder).and_then(|rest| std::str::from_utf8(rest).ok());
            let Some((head, _)) = rest.and_then(|rest| rest.split_once('/')) else { continue };
            if !heads.contains(head) {
                continue;
            }
            looked_at = looked_at.saturating_add(1);
            if looked_at > MOST_REFS {
                return Ok(Err(format!("more than {MOST_REFS} refs claim to be records about its commits")));
            }
            let Ok(blob) = repository.blob(reference.oid, RECORD_BYTES) else { continue };
            let Ok(kept) = arriving_records(&reference.name, &blob) else { continue };
            if let Ok(record) = Record::read(&blob, kept.kind) {
                found.push(FoundRecord { kept, record });
            }
        }
    }
    Ok(Ok(found))
}

/// Notes records in the ledger, as far as they or signatures of them are new. Of strangers' records a few
/// are noted, so that they can be told that nobody knows them.
fn remember(
    ledger: &mut dyn Ledger,
    at: Timestamp,
    repository: &str,
    policy: &Policy,
    found: &[FoundRecord],
) -> Result<(), Failure> {
    let mut strangers: BTreeMap<Oid, u64> = BTreeMap::new();
    let mut new: Vec<(&FoundRecord, Remembered)> = Vec::new();
    for one in found {
        let known = ledger.record(repository, &one.kept.id)?;
        let known = known.as_ref().map(|known| known.envelope.as_slice());
        let unreadable = |error| Failure::Other(format!("the record {} cannot be read: {error}", one.kept.id));
        let Some(remembered) = to_remember(policy, known, &one.kept).map_err(unreadable)? else { continue };
        if remembered.by_stranger {
            let head = one.record.statement.subject().head;
            let count = match strangers.get(&head) {
                Some(count) => *count,
                None => ledger.strangers_of(repository, &head)?,
            };
            strangers.insert(head, count.saturating_add(1));
            if count >= MOST_STRANGERS {
                continue;
            }
        }
        new.push((one, remembered));
    }
    let records: Vec<NewRecord<'_>> = new
        .iter()
        .map(|(one, remembered)| {
            let subject = one.record.statement.subject();
            NewRecord {
                by_stranger: remembered.by_stranger,
                kind: one.seen_as(),
                repository,
                target: one.target(),
                head: &subject.head,
                content: Some(&subject.content),
                envelope: &remembered.envelope,
            }
        })
        .collect();
    if !records.is_empty() {
        ledger.record_push(&Push { at, policies: &[], records: &records, decisions: &[] })?;
    }
    Ok(())
}
