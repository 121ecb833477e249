//! What a change is, who had a part in it, and what was found wrong while reading it.

use std::collections::BTreeMap;
use std::io::BufWriter;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Fact, Losses, OverrideClaim, Relied, SettledCommits, SignOff};
use crate::model::{Action, Authorship, Evidence, Identity, ObjectName, Presence, Shared, Target};

/// One snapshot of everything a decision depends on, the time included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// What the change does to its target.
    pub action: Action,
    /// Set when the head is git's own clean merge of `from` and this commit.
    #[serde(default)]
    pub clean_merge_of: Option<ObjectName>,
    /// The commits that are judged.
    #[serde(default = "Fact::missing")]
    pub commits: Fact<Vec<CommitFact>>,
    /// The content digest, `sha256:<hex>`.
    #[serde(default)]
    pub content: Option<String>,
    /// What was found wrong while gathering.
    #[serde(default)]
    pub defects: Vec<Defect>,
    /// Whether the deployment's plan destroys or replaces something.
    #[serde(default = "Fact::missing")]
    pub destructive: Fact<bool>,
    /// Where the change starts: the old tip, or what is deployed; known to be nothing when null.
    #[serde(default = "Fact::missing")]
    pub from: Fact<Option<ObjectName>>,
    /// The commit that the target is to become (for a delete: the old tip).
    pub head: ObjectName,
    /// What the deployment's plan would destroy or replace; explains, decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub losses: Option<Losses>,
    /// Who is a member of what, by `github-team:ORG/TEAM` or `github-org:ORG`; a key that is
    /// missing is unknown.
    #[serde(default)]
    pub memberships: BTreeMap<String, Fact<Vec<String>>>,
    /// When the decision is made.
    pub now: Timestamp,
    /// People with an override whose review is overdue.
    #[serde(default)]
    pub overdue_reviews: Vec<String>,
    /// Overrides that may concern this change.
    #[serde(default = "Fact::none")]
    pub overrides: Fact<Vec<OverrideClaim>>,
    /// Who pushed, opened, requested or deployed.
    #[serde(default = "Fact::none")]
    pub participants: Fact<Vec<Participant>>,
    /// Every path that differs between base and head.
    #[serde(default = "Fact::missing")]
    pub paths: Fact<Vec<String>>,
    /// The digest of the deployment plan.
    #[serde(default)]
    pub plan: Option<String>,
    /// Whether the push changes the document that the policy is read from.
    #[serde(default)]
    pub policy_changed: bool,
    /// The sign-offs by which commits were cleared before; decides nothing, is recorded with a permit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relied: Vec<Relied>,
    /// The repository's name, as given at installation.
    pub repository: String,
    /// Whether the head was deployed here before under a permit that still stands.
    #[serde(default)]
    pub rollback: bool,
    /// Judged commits of a deployment that are not among `commits`, because nothing is asked about them any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<SettledCommits>,
    /// Sign-offs that may concern this change.
    #[serde(default = "Fact::none")]
    pub sign_offs: Fact<Vec<SignOff>>,
    /// Where the change wants to go.
    pub target: Target,
    /// The head's tree.
    #[serde(default)]
    pub tree: Option<ObjectName>,
}

/// One judged commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitFact {
    /// The catalogue's ids of the agents that the commit shows.
    #[serde(default)]
    pub agents: Vec<String>,
    /// Its `author` line.
    pub author: Shared<Identity>,
    /// What its signs say about who wrote it.
    #[serde(default = "Fact::missing")]
    pub authorship: Fact<Authorship>,
    /// Whether it is a merge whose tree is git's own clean merge.
    #[serde(default)]
    pub clean_merge: bool,
    /// Refs onto which it landed under a verdict of this gate.
    #[serde(default)]
    pub cleared_on: Vec<String>,
    /// The co-authors that its message names.
    #[serde(default)]
    pub co_authors: Vec<Identity>,
    /// Its `committer` line.
    pub committer: Shared<Identity>,
    /// Whether that its committer is an agent is the only sign of one.
    #[serde(default, skip_serializing_if = "is_false")]
    pub committer_only: bool,
    /// What commits declared that this one was made of, and this one declares no more; each with the commit that
    /// did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<Evidence>,
    /// The signs behind `authorship`; explains, decides nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What may mean something, and accuses nobody by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Evidence>,
    /// Its id.
    pub id: ObjectName,
    /// Whose SSH key signed it; none where nobody's whom the policy knows did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<CommitSignature>,
    /// Whether the forge says that the forge itself committed and signed it.
    #[serde(default)]
    pub web_flow: bool,
}

/// The signature of a commit, which holds: what it proves about a human hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommitSignature {
    /// Why the key does not count all the same: out of date, or made for something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<String>,
    /// The key's fingerprint, `SHA256:…`.
    pub key: String,
    /// What it proves about a human hand.
    #[serde(default)]
    pub presence: Presence,
}

/// Tells serde to leave out what documents before this key say by not having it.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands the field's reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Something wrong that was found while gathering; each becomes a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Defect {
    /// Which kind; the finding has the same code.
    pub code: DefectCode,
    /// What it is about: a commit, a ref, a file.
    pub subject: String,
}

/// Somebody's part in bringing a change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participant {
    /// Who it was.
    pub identity: Identity,
    /// What they did.
    pub part: Part,
}

/// What a participant did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Pushes the change now.
    Pusher,
    /// Brought one of its commits to the server first.
    FirstPusher,
    /// Opened the pull request.
    Opener,
    /// Asked an agent for the change.
    Requester,
    /// Starts the deployment.
    Deployer,
}

/// The kinds of defects; each is also a finding's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefectCode {
    /// The candidate of a deployment is on no ref that a gate guards, or is named by a tag that moved.
    CandidateUnguarded,
    /// The candidate of a deployment goes back behind what runs, and something in it passed by nothing that still stands.
    CandidateUnseen,
    /// Grafts, a shallow boundary or replace refs hide part of the history.
    HistoryObscured,
    /// The change is larger than the policy's limits.
    LimitExceeded,
    /// A merge's tree is not git's own clean merge.
    MergeAltered,
    /// A commit or tag is not in canonical form.
    ObjectMalformed,
    /// The push would leave a policy that does not load, or whose serial does not grow.
    PolicyInvalid,
    /// The name is taken for another ref's, and one of the two is protected; the subject is the ref itself, or what
    /// was there first.
    RefShadowed,
}

impl Facts {
    /// Returns the ids of all judged commits, those that are settled together too; none of those that are
    /// unknown.
    pub fn judged(&self) -> impl Iterator<Item = &ObjectName> {
        let read = self.commits.known().into_iter().flatten().map(|commit| &commit.id);
        read.chain(self.settled.iter().flat_map(|settled| &settled.commits))
    }

    /// Returns the digest by which verdicts name these facts: SHA-256 of their RFC 8785 form.
    #[must_use]
    pub fn digest(&self) -> crate::model::Digest {
        // The document is written in pieces of a few bytes; hashing each alone takes longer than all of them.
        let mut hasher = BufWriter::with_capacity(HASHED_AT_ONCE, HashingWriter(Sha256::new()));
        let written = serde_json::to_writer(&mut hasher, self);
        match (written, hasher.into_inner()) {
            (Ok(()), Ok(hasher)) => crate::model::Digest::from_bytes(hasher.0.finalize().into()),
            // Plain data with string keys always serializes; a digest of nothing matches nothing.
            _ => crate::model::Digest::of(b"facts that could not be written"),
        }
    }
}

/// How many bytes of a document are hashed at once.
const HASHED_AT_ONCE: usize = 16 << 10;

/// Hashes what is written to it, so that a large document never stands in memory as text.
struct HashingWriter(Sha256);

impl std::io::Write for HashingWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Why a facts document states nothing that could be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// Two sign-offs or two overrides have one id.
    #[error("the id `{0}` stands twice among the {1}")]
    DuplicateId(String, &'static str),
}

impl Facts {
    /// Checks what the form alone cannot say: ids are unique among sign-offs, and among overrides,
    /// unless both say the same.
    ///
    /// # Errors
    /// [`FactsError`].
    pub fn check(&self) -> Result<(), FactsError> {
        fn unique<T: PartialEq>(
            all: &Fact<Vec<T>>,
            id: fn(&T) -> &String,
            what: &'static str,
        ) -> Result<(), FactsError> {
            let mut seen: BTreeMap<&String, &T> = BTreeMap::new();
            for one in all.known().into_iter().flatten() {
                if seen.insert(id(one), one).is_some_and(|before| before != one) {
                    return Err(FactsError::DuplicateId(id(one).clone(), what));
                }
            }
            Ok(())
        }
        unique(&self.sign_offs, |s| &s.id, "sign-offs")?;
        unique(&self.overrides, |o| &o.id, "overrides")
    }
}
