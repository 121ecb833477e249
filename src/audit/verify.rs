//! Verifying a ledger: pure, over one entry after the other, believing nothing but the bytes.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::checkpoint::Checkpoint;
use super::entry::{Entry, Link};
use super::event::{Event, RecordKind};
use super::merkle::{Frontier, Hash, leaf_hash};

/// Told the number of entries done and to do.
pub type Progress<'caller> = dyn FnMut(u64, u64) + 'caller;

/// How many problems are reported at most; one is enough to know.
const MOST_PROBLEMS: usize = 1_000;

/// Something that is wrong with a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "kebab-case")]
pub enum Problem {
    /// An entry is missing.
    Missing {
        /// Its number.
        entry: u64,
    },
    /// An entry cannot be read, or is not in its one written form.
    Unreadable {
        /// Its number.
        entry: u64,
        /// Why.
        why: String,
    },
    /// An entry is not what was hashed when it was recorded: it was changed.
    Altered {
        /// Its number.
        entry: u64,
    },
    /// The tree nodes kept with an entry do not fit those before them.
    Nodes {
        /// Its number.
        entry: u64,
    },
    /// An entry does not name the last entry that changed an override.
    Link {
        /// Its number.
        entry: u64,
    },
    /// An entry does not name the root over the sealed part of the index.
    Seals {
        /// Its number.
        entry: u64,
    },
    /// The pages of the seals over the index are not those that the entries ask for.
    Pages,
    /// An entry contradicts the ones before it.
    Contradiction {
        /// Its number.
        entry: u64,
        /// How.
        why: String,
    },
    /// The head row is not that of the entries.
    Head,
    /// There are more entries than the head row says.
    Surplus {
        /// How many.
        rows: u64,
        /// Of what.
        table: String,
    },
    /// What is kept aside of an entry is missing or was changed.
    Aside {
        /// Its number.
        entry: u64,
        /// Which part.
        part: String,
    },
    /// The index does not have what an entry asks for.
    Index {
        /// Its number.
        entry: u64,
    },
    /// It is shorter than a checkpoint that was signed: its end was cut off, or an old copy restored.
    Truncated {
        /// The number of entries signed for.
        signed: u64,
    },
    /// Its first entries are not those that a checkpoint was signed for.
    Rewritten {
        /// How many.
        signed: u64,
    },
    /// A checkpoint is none that the gate signed.
    Checkpoint {
        /// Why.
        why: String,
    },
    /// The database complains about its own structure.
    Database {
        /// What it says.
        why: String,
    },
}

/// What verifying came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many checkpoints the ledger was found to continue.
    pub checkpoints: usize,
    /// What is wrong; nothing when empty.
    pub problems: Vec<Problem>,
    /// The root over all entries, as computed.
    pub root: Hash,
    /// The number of entries.
    pub size: u64,
}

impl Report {
    /// Tells whether nothing is wrong.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Verifies a ledger entry by entry.
#[derive(Debug)]
pub struct Verifier {
    // The tree over the entries as they are, and the one over the leaf hashes as they are kept: where
    // they differ tells which entries were changed.
    tree: Frontier,
    kept: Frontier,
    link: Option<Link>,
    overrides: HashMap<String, Step>,
    records: HashSet<String>,
    open_permits: HashSet<u64>,
    checkpoints: Vec<Checkpoint>,
    met: usize,
    problems: Vec<Problem>,
}

/// How far an override has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Reserved(u64),
    Free,
    Used(u64),
    Reviewed,
}

impl Verifier {
    /// Starts to verify, with the checkpoints that the ledger has to continue.
    #[must_use]
    pub fn new(mut checkpoints: Vec<Checkpoint>) -> Self {
        checkpoints.sort_by_key(|checkpoint| std::cmp::Reverse(checkpoint.size));
        let mut verifier = Self {
            tree: Frontier::default(),
            kept: Frontier::default(),
            link: None,
            overrides: HashMap::new(),
            records: HashSet::new(),
            open_permits: HashSet::new(),
            checkpoints,
            met: 0,
            problems: Vec::new(),
        };
        verifier.meet_checkpoints();
        verifier
    }

    /// Notes a problem.
    pub fn complain(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Tells whether nothing was found wrong so far.
    #[must_use]
    pub fn is_content(&self) -> bool {
        self.problems.is_empty()
    }

    /// Takes the next entry, with the node hashes that are kept with it. Returns it when it can be
    /// read.
    pub fn take(&mut self, bytes: &[u8], stored: &[u8]) -> Option<Entry> {
        let number = self.tree.size();
        let hash = leaf_hash(bytes);
        self.tree.append(hash);
        let kept = stored.get(..Hash::LEN).and_then(Hash::from_slice);
        if kept != Some(hash) {
            self.complain(Problem::Altered { entry: number });
        }
        let nodes = self.kept.append(kept.unwrap_or(hash));
        if !nodes.iter().flat_map(Hash::as_bytes).eq(stored) {
            self.complain(Problem::Nodes { entry: number });
        }
        self.meet_checkpoints();
        match Entry::parse(bytes) {
            Ok(entry) => {
                if entry.link != self.link {
                    self.complain(Problem::Link { entry: number });
                }
                self.follow_permits(number, &entry.event);
                self.follow_overrides(number, &entry.event);
                self.link = Link::after(number, &entry, bytes);
                Some(entry)
            }
            Err(error) => {
                self.complain(Problem::Unreadable { entry: number, why: error.to_string() });
                None
            }
        }
    }

    /// Ends, comparing with the head row.
    #[must_use]
    pub fn finish(mut self, head: &Frontier) -> Report {
        if *head != self.kept {
            self.complain(Problem::Head);
        }
        for missed in std::mem::take(&mut self.checkpoints) {
            self.complain(Problem::Truncated { signed: missed.size });
        }
        let (root, size) = (self.tree.root(), self.tree.size());
        Report { checkpoints: self.met, problems: self.problems, root, size }
    }

    /// Compares with the checkpoints of the size that the tree has reached.
    fn meet_checkpoints(&mut self) {
        while self.checkpoints.last().is_some_and(|next| next.size == self.tree.size()) {
            if let Some(checkpoint) = self.checkpoints.pop() {
                if checkpoint.root == self.tree.root() {
                    self.met += 1;
                } else if checkpoint.root != self.kept.root() {
                    // Else the changed entries are known already, one by one.
                    self.complain(Problem::Rewritten { signed: checkpoint.size });
                }
            }
        }
    }

    /// Checks that nothing arrives but under a permit, and under each permit once.
    fn follow_permits(&mut self, number: u64, event: &Event) {
        let permit = match event {
            Event::Permitted(_) => {
                self.open_permits.insert(number);
                return;
            }
            Event::Landed(landed) => landed.permit,
            Event::Deployed(deployed) => deployed.permit,
            Event::NotLanded(gone) => gone.permit,
            _ => return,
        };
        if !self.open_permits.remove(&permit) {
            let why = format!("entry {permit} is no permit that waits for an outcome");
            self.complain(Problem::Contradiction { entry: number, why });
        }
    }

    /// Follows every override through its states, from the first sighting of its record.
    fn follow_overrides(&mut self, number: u64, event: &Event) {
        if let Event::RecordSeen(seen) = event
            && seen.record == RecordKind::Override
        {
            self.records.insert(seen.id.clone());
        }
        let Some(id) = event.override_id() else { return };
        let before = self.overrides.get(id).copied().unwrap_or(Step::Free);
        let (fits, after) = match event {
            Event::Permitted(_) => (before == Step::Free && self.records.contains(id), Step::Reserved(number)),
            Event::NotLanded(gone) => (before == Step::Reserved(gone.permit), Step::Free),
            Event::OverrideUsed(used) => (before == Step::Reserved(used.permit), Step::Used(number)),
            Event::Reviewed(reviewed) => (before == Step::Used(reviewed.used), Step::Reviewed),
            _ => return,
        };
        if !fits {
            let why = format!("override {id} was not in the state that this needs");
            self.complain(Problem::Contradiction { entry: number, why });
        }
        self.overrides.insert(id.to_owned(), after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::event::{Landed, Observed, OverrideUsed, Uninstalled};
    use crate::model::Target;

    fn kept(tree: &mut Frontier, bytes: &[u8]) -> Vec<u8> {
        tree.append(leaf_hash(bytes)).iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    /// Verifies entries with these events, with links as they should be.
    fn verified(events: Vec<Event>) -> Report {
        let (mut verifier, mut tree, mut link) = (Verifier::new(Vec::new()), Frontier::default(), None);
        for event in events {
            let entry = Entry { at: jiff::Timestamp::UNIX_EPOCH, event, index: None, link };
            let bytes = entry.to_bytes().unwrap();
            link = Link::after(tree.size(), &entry, &bytes);
            let stored = kept(&mut tree, &bytes);
            verifier.take(&bytes, &stored);
        }
        verifier.finish(&tree)
    }

    fn uninstalled() -> Event {
        Event::Uninstalled(Uninstalled { repository: "acme/shop".to_owned() })
    }

    #[test]
    fn a_gate_that_records_what_cannot_be_is_found_out() {
        assert!(verified(vec![uninstalled(), uninstalled()]).is_sound());
        let landed = Event::Landed(Landed {
            new: None,
            observed: Observed::PostReceive,
            old: None,
            permit: 0,
            repository: "acme/shop".to_owned(),
            target: Target::Ref("refs/heads/main".to_owned()),
        });
        let used = Event::OverrideUsed(OverrideUsed {
            by: 1,
            id: "o1".to_owned(),
            people: Vec::new(),
            permit: 0,
            repository: "acme/shop".to_owned(),
        });
        for event in [landed, used] {
            let report = verified(vec![uninstalled(), event]);
            assert!(matches!(report.problems.as_slice(), [Problem::Contradiction { entry: 1, .. }]));
        }
    }

    #[test]
    fn a_link_that_skips_an_override_is_found() {
        let used = Event::OverrideUsed(OverrideUsed {
            by: 0,
            id: "o1".to_owned(),
            people: Vec::new(),
            permit: 0,
            repository: "acme/shop".to_owned(),
        });
        let (mut verifier, mut tree) = (Verifier::new(Vec::new()), Frontier::default());
        for event in [used, uninstalled()] {
            let bytes = Entry { at: jiff::Timestamp::UNIX_EPOCH, event, index: None, link: None }.to_bytes().unwrap();
            let stored = kept(&mut tree, &bytes);
            verifier.take(&bytes, &stored);
        }
        let report = verifier.finish(&tree);
        assert!(report.problems.contains(&Problem::Link { entry: 1 }));
    }

    #[test]
    fn problems_are_bounded() {
        let mut verifier = Verifier::new(Vec::new());
        for _ in 0..MOST_PROBLEMS * 2 {
            verifier.take(b"{}", b"");
        }
        assert_eq!(verifier.finish(&Frontier::default()).problems.len(), MOST_PROBLEMS);
    }
}
