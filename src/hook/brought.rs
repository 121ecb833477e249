//! Which commits a push brings to a ref, whether any gate asks about them or not.

use super::judge::{Judged, commit_ids};
use crate::adapters::git::{GitError, Repository, WalkLimits};
use crate::model::{Action, Oid};
use crate::objects::ObjectKind;

/// The most bytes of a tag that is only followed.
const TAG_BYTES: usize = 1 << 20;

/// How many tags may name one another.
const MOST_TAGS: usize = 64;

/// Returns the commits that a permitted update brings to its ref: all that the ref reaches now and did not
/// before. Some may have been there already, on another ref; who keeps the ledger knows that better.
///
/// # Errors
/// [`GitError`] when that cannot be read: then it could not be told later who brought them.
pub fn brought(repository: &Repository, judged: &Judged) -> Result<Vec<Oid>, GitError> {
    let (Some(facts), Some(new)) = (&judged.facts, judged.update.new) else { return Ok(Vec::new()) };
    let is_told = facts.action != Action::Rewind && facts.commits.known().is_some_and(|commits| !commits.is_empty());
    if is_told {
        return Ok(commit_ids(facts));
    }
    // What a rewind drops was judged with it; of more commits than are judged none is listed; and a ref of which
    // nothing is asked may name a tag of a tag.
    let Some(tip) = behind_tags(repository, new)? else { return Ok(Vec::new()) };
    let excluded = match judged.update.old {
        Some(old) => behind_tags(repository, old)?.into_iter().collect(),
        None => tips(repository, new)?,
    };
    if excluded.contains(&tip) {
        return Ok(Vec::new());
    }
    repository.walk(&[tip], &excluded, &WalkLimits { commits: usize::MAX, commit_bytes: usize::MAX })
}

/// Returns the commit that an object leads to, through any tags; none when it leads to something else.
fn behind_tags(repository: &Repository, object: Oid) -> Result<Option<Oid>, GitError> {
    let mut object = object;
    for _ in 0..MOST_TAGS {
        match repository.commit_of(object) {
            Ok(commit) => return Ok(Some(commit)),
            Err(GitError::Malformed { .. } | GitError::WrongKind { .. }) => {}
            Err(error) => return Err(error),
        }
        let raw = match repository.read_kind(object, ObjectKind::Tag, TAG_BYTES) {
            Ok(raw) => raw,
            Err(GitError::WrongKind { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let named = raw.strip_prefix(b"object ").and_then(|rest| rest.split(|byte| *byte == b'\n').next());
        match named.and_then(|name| Oid::from_hex(name).ok()) {
            Some(next) => object = next,
            None => return Ok(None),
        }
    }
    // Whoever hides commits behind so many tags would hide who brought them.
    Err(GitError::Limit { what: "tags that name one another", limit: MOST_TAGS })
}

/// Returns the commits that refs lead to before the push; none but the new one's where a ref has it already.
fn tips(repository: &Repository, new: Oid) -> Result<Vec<Oid>, GitError> {
    let refs = repository.refs(b"refs/")?;
    let others = refs.iter().filter(|reference| !reference.name.starts_with(b"refs/countersign/"));
    if let Some(same) = others.clone().find(|reference| reference.oid == new) {
        return Ok(behind_tags(repository, same.oid)?.into_iter().collect());
    }
    // What a broken ref leads to excludes nothing, and more is listed.
    Ok(others.filter_map(|reference| behind_tags(repository, reference.oid).ok().flatten()).collect())
}
