//! What somebody is about to sign, read the way a gate will read it.

use super::commits::{Found, Reader, mark_merges};
use super::sources::{Content, History, Unreadable, WalkEnd};
use super::update::claims_base;
use crate::catalogue::Catalogue;
use crate::facts::CommitFact;
use crate::model::{Action, Oid};
use crate::policy::Limits;

/// A change as its signer sees it.
#[derive(Debug, Clone)]
pub struct Survey {
    /// What it does.
    pub action: Action,
    /// The old tip.
    pub from: Option<Oid>,
    /// The head.
    pub head: Oid,
    /// The head's tree.
    pub tree: Oid,
    /// The base of the content.
    pub base: Option<Oid>,
    /// Digest and paths.
    pub content: Content,
    /// The commits, newest first as a walk meets them.
    pub commits: Vec<CommitFact>,
    /// Merges that hold more than git's own merge of their parents.
    pub altered_merges: Vec<String>,
}

/// Reads a change for somebody who is about to sign it.
///
/// # Errors
/// When anything of it cannot be read in full: nobody signs what was not shown.
pub fn survey(
    history: &dyn History,
    catalogue: &Catalogue,
    limits: Limits,
    action: Action,
    from: Option<Oid>,
    head: Oid,
) -> Result<Survey, Unreadable> {
    let obscured = history.obscured()?;
    if let Some(reason) = obscured.first() {
        return Err(Unreadable(format!("part of the history is hidden here: {reason}")));
    }
    let base = claims_base(history, action, from, head)?;
    let content = history.content(base, head)?;
    let mut reader = Reader::new(catalogue, limits);
    let exclude: Vec<Oid> = from.into_iter().collect();
    match history.walk(&[head], &exclude, limits.commits, &mut |oid, raw| reader.read(oid, raw))? {
        WalkEnd::Complete => {}
        WalkEnd::LimitReached => return Err(Unreadable(format!("there are more than {} commits", limits.commits))),
        WalkEnd::TooLarge(oid) => return Err(Unreadable(format!("commit {oid} is too large"))),
        WalkEnd::Malformed(oid) => return Err(Unreadable(format!("commit {oid} is not in canonical form"))),
        WalkEnd::Late => return Err(Unreadable("reading the change takes too long".to_owned())),
    }
    let Found { mut commits, merges, defects, .. } = reader.finish();
    if let Some(defect) = defects.first() {
        return Err(Unreadable(format!("{} is not in canonical form; no gate will take it", defect.subject)));
    }
    let altered = mark_merges(history, &mut commits, &merges)?;
    let altered_merges = altered.into_iter().map(|defect| defect.subject).collect();
    Ok(Survey { action, from, head, tree: history.tree(head)?, base, content, commits, altered_merges })
}
