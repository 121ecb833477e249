//! What is read once per push, however many refs it moves.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use super::Peeled;
use super::shadows::{Protected, names};
use super::sources::{History, Memory, Unreadable};
use super::update::RefChange;
use crate::model::{Oid, Target};
use crate::policy::{Gate, Policy};

/// What is read once per push: where every ref points, and which names are protected.
#[derive(Debug, Default)]
pub struct Once {
    tips: OnceCell<Result<Vec<Tip>, Unreadable>>,
    protected: OnceCell<Result<Protected, Unreadable>>,
    /// What is not judged on a new ref, by which gates name it.
    excluded: RefCell<BTreeMap<Vec<usize>, Rc<[Oid]>>>,
    /// How long it took to look for what commits were made of.
    searched: Cell<Duration>,
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
    /// Returns what there was before any ref: so that the first change of one is judged whole.
    #[must_use]
    pub fn before_any_ref() -> Self {
        Self { tips: OnceCell::from(Ok(Vec::new())), ..Self::default() }
    }

    /// Returns how much is left of the time in which to look for what commits were made of.
    pub(super) fn left_of(&self, slice: Duration) -> Duration {
        slice.saturating_sub(self.searched.get())
    }

    /// Notes how long somebody looked.
    pub(super) fn has_searched(&self, took: Duration) {
        self.searched.set(self.searched.get().saturating_add(took));
    }

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

    /// Returns the tips whose history is not judged on a new ref: those of every ref that is guarded at
    /// least as well, and what was there at the adoption.
    ///
    /// # Errors
    /// When the refs or the memory cannot be read.
    pub(super) fn excluded(
        &self,
        history: &dyn History,
        memory: &dyn Memory,
        policy: &Policy,
        target: &str,
    ) -> Result<Rc<[Oid]>, Unreadable> {
        let naming = policy.gates.iter().enumerate().filter(|(_, gate)| names(gate, target));
        let (numbers, naming): (Vec<usize>, Vec<&Gate>) = naming.unzip();
        if let Some(known) = self.excluded.borrow().get(&numbers) {
            return Ok(Rc::clone(known));
        }
        let as_well = self.tips(history)?.iter().filter(|tip| naming.iter().all(|gate| names(gate, &tip.name)));
        let mut tips: Vec<Oid> = as_well.filter_map(|tip| tip.commit).collect();
        tips.extend(memory.baseline()?);
        tips.sort_unstable();
        tips.dedup();
        let tips: Rc<[Oid]> = tips.into();
        self.excluded.borrow_mut().insert(numbers, Rc::clone(&tips));
        Ok(tips)
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
        coming: &[RefChange],
    ) -> Result<&Protected, Unreadable> {
        self.protected
            .get_or_init(|| Protected::read(history, policy, policy_ref, coming))
            .as_ref()
            .map_err(Clone::clone)
    }
}

/// Returns the commit behind a ref's value, if there is one.
fn commit_at(history: &dyn History, oid: Oid) -> Option<Oid> {
    match history.peel(oid) {
        Ok(Peeled::Commit(commit) | Peeled::Tag(commit)) => Some(commit),
        Ok(Peeled::Malformed(_) | Peeled::TooLarge(_)) | Err(_) => None,
    }
}
