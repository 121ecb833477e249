//! What is read once per push, however many refs it moves.

use std::cell::OnceCell;

use super::Peeled;
use super::shadows::Protected;
use super::sources::{History, Unreadable};
use crate::model::{Oid, Target};
use crate::policy::Policy;

/// What is read once per push: where every ref points, and which names are protected.
#[derive(Debug, Default)]
pub struct Once {
    tips: OnceCell<Result<Vec<Tip>, Unreadable>>,
    protected: OnceCell<Result<Protected, Unreadable>>,
}

/// A ref before the push.
#[derive(Debug, Clone)]
pub(super) struct Tip {
    /// Its name as a target is written.
    pub(super) name: String,
    /// The commit that it leads to.
    pub(super) commit: Option<Oid>,
}

impl Once {
    /// Returns where every ref points, but for the gate's own.
    ///
    /// # Errors
    /// When the refs cannot be read.
    pub(super) fn tips(&self, history: &dyn History) -> Result<&[Tip], Unreadable> {
        let read = || {
            let refs = history.refs()?;
            let others = refs.iter().filter(|(name, _)| !name.starts_with(b"refs/countersign/"));
            let tip = |(name, oid): &(Vec<u8>, Oid)| Tip {
                name: Target::from_ref_bytes(name).to_string(),
                commit: commit_at(history, *oid),
            };
            Ok(others.map(tip).collect())
        };
        self.tips.get_or_init(read).as_ref().map(Vec::as_slice).map_err(Clone::clone)
    }

    /// Returns the names that must not be taken for others.
    ///
    /// # Errors
    /// When the refs cannot be read.
    pub(super) fn protected(
        &self,
        history: &dyn History,
        policy: &Policy,
        policy_ref: Option<&[u8]>,
    ) -> Result<&Protected, Unreadable> {
        self.protected.get_or_init(|| Protected::read(history, policy, policy_ref)).as_ref().map_err(Clone::clone)
    }
}

/// Returns the commit behind a ref's value, if there is one.
fn commit_at(history: &dyn History, oid: Oid) -> Option<Oid> {
    match history.peel(oid) {
        Ok(Peeled::Commit(commit) | Peeled::Tag(commit)) => Some(commit),
        Ok(Peeled::Malformed(_) | Peeled::TooLarge(_)) | Err(_) => None,
    }
}
