//! Commits that a deployment need not ask about again, many at once.

use serde::{Deserialize, Serialize};

use crate::model::{Authorship, ObjectName};

/// How many commits are of which authorship, as observed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorshipCount {
    /// Written or co-written by an agent.
    pub agent: usize,
    /// Written with an agent's declared help.
    pub assisted: usize,
    /// Written by automation that is no AI.
    pub robot: usize,
    /// Not readable.
    pub undetermined: usize,
    /// Without any sign.
    pub unmarked: usize,
}

impl AuthorshipCount {
    /// Counts one more commit.
    pub fn add(&mut self, authorship: Authorship) {
        let one = match authorship {
            Authorship::Robot => &mut self.robot,
            Authorship::Unmarked => &mut self.unmarked,
            Authorship::Assisted => &mut self.assisted,
            Authorship::Agent => &mut self.agent,
            Authorship::Undetermined => &mut self.undetermined,
        };
        *one = one.saturating_add(1);
    }

    /// Adds what was counted elsewhere.
    pub fn add_all(&mut self, other: Self) {
        self.agent = self.agent.saturating_add(other.agent);
        self.assisted = self.assisted.saturating_add(other.assisted);
        self.robot = self.robot.saturating_add(other.robot);
        self.undetermined = self.undetermined.saturating_add(other.undetermined);
        self.unmarked = self.unmarked.saturating_add(other.unmarked);
    }

    /// Returns how many there are altogether.
    #[must_use]
    pub fn total(&self) -> usize {
        let parts = [self.agent, self.assisted, self.robot, self.undetermined, self.unmarked];
        parts.into_iter().fold(0, usize::saturating_add)
    }
}

/// A sign-off by which commits were cleared before: once it is withdrawn, what rests on them having been cleared
/// does not stand any more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relied {
    /// The head that landed then.
    pub head: ObjectName,
    /// The sign-off as the permit of that landing names it.
    pub record: String,
    /// The ref on which it landed.
    pub target: String,
}

/// Commits of a deployment that came in one landing, on a ref that every gate before the environment
/// names: settled for all of these, so that nothing but who wrote how many of them is told. They are judged
/// commits that are not among `commits`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettledCommits {
    /// How many are of which authorship, as the verdict on the landing has it.
    pub authorship: AuthorshipCount,
    /// Their ids.
    pub commits: Vec<ObjectName>,
    /// The ref on which they landed.
    pub on: String,
}
