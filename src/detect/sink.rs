//! Collects what the signals report. It bounds what is kept and decides nothing.

use std::collections::{BTreeSet, HashSet};

use crate::catalogue::Who;
use crate::model::{Evidence, Identity};

/// The longest text of an evidence, in characters.
const LONGEST_TEXT: usize = 200;
/// The most evidence that is kept of one commit; more says nothing new.
const MOST_EVIDENCE: usize = 50;
/// The most hints that are kept of one commit.
const MOST_HINTS: usize = 20;

/// How much a sign says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It may mean something, but accuses nobody by itself.
    Hint,
    /// The author is automation that is no AI.
    Robot,
    /// An agent helped.
    Assisted,
    /// An agent wrote or co-wrote it.
    Agent,
}

/// What was seen of one commit.
#[derive(Debug, Default)]
pub struct Sink {
    /// The most that any sign says; `None` and hints mean: nothing.
    pub heaviest: Option<Weight>,
    /// The most that any sign says besides the committer line.
    pub besides_committer: Option<Weight>,
    /// The ids of all agents that signs name, hints aside.
    pub agents: BTreeSet<String>,
    /// What was seen, in the order in which it was read.
    pub evidence: Vec<Evidence>,
    /// What may mean something.
    pub hints: Vec<Evidence>,
    /// Everybody whom the message names as co-author, in order, each once.
    pub co_authors: Vec<Identity>,
    known: HashSet<(Option<String>, Option<String>, Option<String>)>,
}

impl Sink {
    /// Notes a sign.
    pub fn sign(&mut self, weight: Weight, signal: &str, who: Who<'_>, place: &str, text: &str) {
        let (kept, most) =
            if weight == Weight::Hint { (&mut self.hints, MOST_HINTS) } else { (&mut self.evidence, MOST_EVIDENCE) };
        let is_new =
            !kept.iter().any(|known| known.signal == signal && known.agent == who.id && known.r#where == place);
        if kept.len() < most && is_new {
            kept.push(Evidence {
                signal: signal.to_owned(),
                agent: who.id.to_owned(),
                r#where: place.to_owned(),
                text: text.trim().chars().take(LONGEST_TEXT).collect(),
            });
        }
        if weight == Weight::Hint {
            return;
        }
        self.heaviest = self.heaviest.max(Some(weight));
        if place != "committer" {
            self.besides_committer = self.besides_committer.max(Some(weight));
        }
        if who.is_agent() && !self.agents.contains(who.id) {
            self.agents.insert(who.id.to_owned());
        }
    }

    /// Notes a co-author.
    pub fn co_author(&mut self, identity: Identity) {
        let login = identity.account.as_ref().map(|account| account.login.clone());
        if self.known.insert((identity.name.clone(), identity.email.clone(), login)) {
            self.co_authors.push(identity);
        }
    }
}
