//! Which of the judged commits a record covers.

use std::collections::HashSet;

use super::sources::{History, Unreadable, WalkEnd};
use crate::facts::CommitFact;
use crate::model::{ObjectName, Oid};

/// What is judged, for telling what a record leaves out.
pub(super) struct Judged<'a> {
    /// The judged commits.
    pub commits: &'a [CommitFact],
    /// What the change starts from, where that bounds the judged commits from below.
    pub floors: &'a [Oid],
    /// A head that is git's own clean merge adds nothing of its own and needs no cover.
    pub clean_head: Option<ObjectName>,
    /// How many commits a walk may visit.
    pub limit: usize,
}

/// Returns the judged commits that are reachable from the record's `from`, or not from its head.
///
/// # Errors
/// When history cannot be read, or is larger than the limit.
pub(super) fn uncovered(
    history: &dyn History,
    judged: &Judged<'_>,
    from: Option<Oid>,
    head: Oid,
) -> Result<Vec<ObjectName>, Unreadable> {
    let exclude: Vec<Oid> = from.into_iter().chain(judged.floors.iter().copied()).collect();
    let mut covered: HashSet<ObjectName> = HashSet::new();
    let end = history.walk(&[head], &exclude, judged.limit, &mut |oid, _| {
        covered.insert(oid.into());
    })?;
    if end != WalkEnd::Complete {
        return Err(Unreadable("what the record covers could not be walked within the policy's limits".to_owned()));
    }
    let open = judged.commits.iter().map(|commit| &commit.id);
    let open = open.filter(|id| !covered.contains(*id) && judged.clean_head.as_ref() != Some(*id));
    Ok(open.cloned().collect())
}
