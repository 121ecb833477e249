//! Verifying a ledger: pure, over one entry after the other, believing nothing but the bytes.

use std::collections::HashMap;

use serde::Serialize;

use super::checkpoint::Checkpoint;
use super::entry::{Entry, Link};
use super::event::Event;
use super::merkle::{Frontier, Hash, leaf_hash};
use super::store::StoredHead;

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
    /// The tree nodes kept with an entry are not those that its bytes give: one of them was changed.
    Altered {
        /// Its number.
        entry: u64,
    },
    /// An entry does not name the last entry that changed an override.
    Link {
        /// Its number.
        entry: u64,
    },
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
    tree: Frontier,
    link: Option<Link>,
    overrides: HashMap<String, Step>,
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
            link: None,
            overrides: HashMap::new(),
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

    /// Takes the next entry, with the node hashes that are kept with it. Returns it when it can be
    /// read.
    pub fn take(&mut self, bytes: &[u8], stored: &[u8]) -> Option<Entry> {
        let number = self.tree.size();
        let hashes = self.tree.append(leaf_hash(bytes));
        let kept = hashes.iter().flat_map(Hash::as_bytes);
        if !kept.eq(stored) {
            self.complain(Problem::Altered { entry: number });
        }
        self.meet_checkpoints();
        match Entry::parse(bytes) {
            Ok(entry) => {
                if entry.link != self.link {
                    self.complain(Problem::Link { entry: number });
                }
                self.follow(number, &entry.event);
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
    pub fn finish(mut self, head: &StoredHead) -> Report {
        if head.tree != self.tree || head.root != self.tree.root() {
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
                } else {
                    self.complain(Problem::Rewritten { signed: checkpoint.size });
                }
            }
        }
    }

    /// Follows every override through its states.
    fn follow(&mut self, number: u64, event: &Event) {
        let Some(id) = event.override_id() else { return };
        let before = self.overrides.get(id).copied().unwrap_or(Step::Free);
        let (fits, after) = match event {
            Event::Permitted(_) => (before == Step::Free, Step::Reserved(number)),
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
