//! Who wrote a commit, as far as the commit itself can tell.
//!
//! Nothing here is called "human": that no sign of an agent was found proves nothing.

use serde::{Deserialize, Serialize};

/// What a commit's own signs say about who wrote it.
///
/// The order is that of `authorship-at-least` in the policy. [`Authorship::Undetermined`] stands
/// highest: what could not be read counts as an agent's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authorship {
    /// Automation that is no AI: a dependency bot, a release script.
    Robot,
    /// Everything was read and nothing points to an agent.
    Unmarked,
    /// An agent helped, by the commit's own declaration.
    Assisted,
    /// An agent wrote or co-wrote it.
    Agent,
    /// It could not be read, or contradicts itself.
    Undetermined,
}

/// One observed sign of an agent or a robot, with the place where it was seen.
///
/// Fields stand in alphabetical order: serializing them gives the RFC 8785 form directly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Evidence {
    /// The catalogue's id of the agent or robot.
    pub agent: String,
    /// The kind of sign, kebab-case: `author`, `committer`, `co-authored-by`, `footer` and so on.
    pub signal: String,
    /// The text that was matched, cut to a bounded length; untrusted.
    pub text: String,
    /// Where it stands: `author`, `committer`, `line 7`.
    pub r#where: String,
}
