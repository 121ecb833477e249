//! Signs of an agent that stand outside of the commits: notes on them, the branches that they are on, and
//! what became of the commits that they were made of. All of it can only raise what a commit counts as.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use super::RefChange;
use super::dropped::{self, Among, Suspect};
use super::notes;
use super::once::Once;
use super::sources::History;
use crate::catalogue::Catalogue;
use crate::detect::{CommitText, detect};
use crate::facts::CommitFact;
use crate::model::{ObjectName, Oid};

/// What the signs are looked for in.
pub(super) struct Beyond<'a> {
    pub history: &'a dyn History,
    pub catalogue: &'a Catalogue,
    /// The other refs that the same push moves.
    pub alongside: &'a [RefChange],
    /// Tells whether the time for judging is used up: then nothing more is looked for, and the change is refused for
    /// that.
    pub is_late: &'a dyn Fn() -> bool,
    /// What was read for the same push.
    pub once: &'a Once,
    /// How long one may look for what commits were made of, for all refs of the push together.
    pub slice: Duration,
}

impl Beyond<'_> {
    /// Enters what is found into the judged commits, whose history begins at `from` and leaves out what is
    /// `excluded`. What cannot be read is not found.
    pub(super) fn enter(&self, from: Option<Oid>, excluded: &[Oid], commits: &mut [CommitFact], suspects: &[Suspect]) {
        if commits.is_empty() {
            return;
        }
        let mut refs = self.history.elsewhere().unwrap_or_default();
        let moved = self.alongside.iter().filter_map(|change| Some((change.name.clone(), change.new?)));
        refs.extend(moved);
        let noted: BTreeSet<(Vec<u8>, Oid)> = refs.iter().filter(|(name, _)| notes::is_read(name)).cloned().collect();
        notes::enter(self.history, self.catalogue, commits, &noted, self.is_late);
        self.branches(commits, &refs);
        let mut tips: Vec<(bool, &[u8], Oid)> = refs
            .iter()
            .filter(|(name, _)| !name.starts_with(b"refs/notes/") && !name.starts_with(b"refs/countersign/"))
            .map(|(name, oid)| (!name.starts_with(b"refs/heads/"), name.as_slice(), *oid))
            .collect();
        tips.sort_unstable();
        let mut seen: BTreeSet<Oid> = excluded.iter().copied().collect();
        let tips: Vec<Oid> = tips.into_iter().map(|(_, _, oid)| oid).filter(|oid| seen.insert(*oid)).collect();
        self.search(from, excluded, &tips, commits, suspects);
    }

    /// Looks for what commits were made of, as long as there is time left for it: whoever pushes branches that are
    /// costly to compare must not keep everybody else's push from being judged.
    fn search(
        &self,
        from: Option<Oid>,
        excluded: &[Oid],
        tips: &[Oid],
        commits: &mut [CommitFact],
        suspects: &[Suspect],
    ) {
        let left = self.once.left_of(self.slice);
        if left.is_zero() {
            return;
        }
        let took = self.history.hurried(left, &mut |is_over| {
            let is_late = || is_over() || (self.is_late)();
            let among = Among { from, excluded, tips, is_late: &is_late };
            dropped::enter(self.history, self.catalogue, commits, suspects, &among);
        });
        self.once.has_searched(took);
    }

    /// Gives the commits at the tips of branches the hints that the branches' names are.
    fn branches(&self, commits: &mut [CommitFact], refs: &[(Vec<u8>, Oid)]) {
        let mut names: HashMap<ObjectName, Vec<&str>> = HashMap::new();
        for (name, oid) in refs {
            if let Some(name) = std::str::from_utf8(name).ok().and_then(|name| name.strip_prefix("refs/heads/")) {
                names.entry((*oid).into()).or_default().push(name);
            }
        }
        for commit in commits {
            for name in names.get(&commit.id).into_iter().flatten() {
                let seen = detect(
                    self.catalogue,
                    &CommitText { branch: Some(name), are_strangers: true, ..CommitText::default() },
                );
                for hint in seen.hints {
                    if !commit.hints.contains(&hint) {
                        commit.hints.push(hint);
                    }
                }
            }
        }
    }
}
