//! The checked policy as plain data. Made only by the loader; read by the decision.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::glob::Glob;
pub use crate::catalogue::ActorRule;
use crate::model::{Account, Authorship, Digest, Method, Presence};

/// A checked policy, or two combined.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The digest by which verdicts name this policy.
    pub digest: Digest,
    /// The serial number, where the policy is read from a ref.
    pub serial: Option<u64>,
    /// One entry per human being, by person id.
    pub people: BTreeMap<String, Person>,
    /// Roles by name. `member` is absent unless the policy defines it.
    pub roles: BTreeMap<String, Role>,
    /// Agents added to the built-in catalogue.
    pub agents: Vec<ActorRule>,
    /// Robots added to the built-in catalogue.
    pub robots: Vec<ActorRule>,
    /// Organizations whose members are people of their own.
    pub github_orgs: Vec<String>,
    /// What a commit without any sign of an agent is taken for.
    pub unmarked: Unmarked,
    /// What hints of an agent do.
    pub hints: Hints,
    /// What a commit is taken for whose only sign of an agent is its committer.
    pub committer_only: CommitterOnly,
    /// What the signature of somebody on the roster must prove about a human hand, to make a person's commit of
    /// an unmarked one; none where no signature does.
    pub human_proof: Option<Presence>,
    /// What happens to a contributor who is nobody we know.
    pub unknown_contributor: UnknownContributor,
    /// Whether a push to a guarded ref must be signed by whoever pushes.
    pub signed_pushes: SignedPushes,
    /// The gates, in policy order.
    pub gates: Vec<Gate>,
    /// What counts as a sign-off.
    pub sign_offs: SignOffRules,
    /// Who may override, and how.
    pub overrides: OverrideRules,
    /// What may be done to refs that some gate names.
    pub protect: Protect,
    /// Bounds on what is judged at all.
    pub limits: Limits,
}

/// One human being, with everything that is theirs.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// Full name; may be empty.
    pub name: String,
    /// E-mail addresses as written.
    pub emails: Vec<String>,
    /// Accounts, each with the provider's number where the policy gives one.
    pub accounts: Vec<(Account, Option<u64>)>,
    /// SSH keys.
    pub keys: Vec<PersonKey>,
    /// Passkeys: credential ids (with their public keys and relying parties, in the same order as
    /// `passkey_keys`).
    pub passkeys: Vec<Passkey>,
}

/// A passkey of a person.
#[derive(Debug, Clone)]
pub struct Passkey {
    /// The credential id.
    pub id: String,
    /// The public key as written.
    pub public_key: String,
    /// The relying party's id.
    pub rp_id: String,
}

/// An SSH key of a person.
#[derive(Debug, Clone)]
pub struct PersonKey {
    /// The key in OpenSSH form: type and base64, without the comment.
    pub openssh: String,
    /// Its fingerprint as `ssh-keygen -l` prints it.
    pub fingerprint: String,
    /// The FIDO application that a security key must have been made for, if the policy says.
    pub application: Option<String>,
    /// From when signatures count.
    pub valid_after: Option<Timestamp>,
    /// Until when signatures count.
    pub valid_before: Option<Timestamp>,
}

/// Who holds a role.
#[derive(Debug, Clone, Default)]
pub struct Role {
    /// Person ids.
    pub people: Vec<String>,
    /// Teams written `ORG/TEAM`; their members hold the role.
    pub github_teams: Vec<String>,
}

/// What a commit without any sign of an agent is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmarked {
    /// A human's, unless something says otherwise.
    Human,
    /// An agent's: only robots are told apart.
    Agent,
}

/// What hints of an agent do: branch names, prose, what is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hints {
    /// They explain.
    Note,
    /// A commit that has one counts as an agent's.
    Require,
}

/// What a commit is taken for whose only sign of an agent is its committer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommitterOnly {
    /// An agent's: it had the change in its hands.
    Agent,
    /// An unmarked one: it rebased what somebody else wrote.
    Unmarked,
}

/// What happens when a contributor is nobody we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownContributor {
    /// The change is refused.
    Refuse,
    /// An account at a forge is enough.
    Accounts,
    /// Nothing.
    Allow,
}

/// Whether a push to a guarded ref must be signed (`git push --signed`) by whoever pushes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedPushes {
    /// The server's word is enough. A signature that holds is proof besides.
    Optional,
    /// It must.
    Require,
}

/// One gate.
#[derive(Debug, Clone)]
pub struct Gate {
    /// Its name, unique in its document.
    pub name: String,
    /// The refs it guards.
    pub refs: Vec<Glob>,
    /// The environments it guards.
    pub environments: Vec<Glob>,
    /// When it applies; all conditions that are given must hold.
    pub when: Condition,
    /// What it asks for.
    pub require: Vec<Requirement>,
    /// Whether each person counts for one of the requirements at most.
    pub distinct_people: bool,
}

/// The conditions of a gate. All that are given must hold; none given means always.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    /// Some judged commit has at least this authorship.
    pub authorship_at_least: Option<Authorship>,
    /// Some path matches one of these.
    pub paths: Option<Vec<Glob>>,
    /// The deployment's plan destroys or replaces something.
    pub destructive: bool,
}

/// So many people of a role must sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The role.
    pub role: String,
    /// How many, at least 1.
    pub count: u32,
    /// What each signature must prove about a human hand.
    pub presence: Presence,
}

/// What counts as a sign-off.
#[derive(Debug, Clone)]
pub struct SignOffRules {
    /// The accepted means.
    pub accept: Vec<Method>,
    /// What a sign-off is bound to.
    pub binding: Binding,
    /// How long one lasts, in seconds.
    pub expire_after: i64,
    /// Whether a standing reject blocks.
    pub veto: bool,
}

/// What a sign-off is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// The exact head commit.
    Commit,
    /// The content digest.
    Content,
}

/// Who may override, and how.
#[derive(Debug, Clone)]
pub struct OverrideRules {
    /// The role whose holders may.
    pub role: String,
    /// How many distinct people it takes.
    pub approvals: u32,
    /// What each signature must prove about a human hand.
    pub presence: Presence,
    /// Whether a contributor to the change may.
    pub by_contributor: bool,
    /// What the reason must look like.
    pub reason: ReasonRules,
    /// The longest life of an override, in seconds.
    pub expire_after: i64,
    /// How soon after its use it must be reviewed, in seconds.
    pub review_within: i64,
}

/// What an override's reason must look like.
#[derive(Debug, Clone)]
pub struct ReasonRules {
    /// The least number of Unicode scalar values, trimmed.
    pub min_length: usize,
    /// A regular expression that the whole ticket must match.
    pub ticket: Option<TicketPattern>,
}

impl ReasonRules {
    /// Returns what the rules want that an override does not have; nothing where it is as they ask.
    #[must_use]
    pub fn speaks_against(&self, reason: &str, ticket: Option<&str>) -> Option<String> {
        let length = reason.trim().chars().count();
        let mut wanted = Vec::new();
        if length < self.min_length {
            wanted.push(format!("its reason has {length} characters, and at least {} are asked for", self.min_length));
        }
        if let Some(pattern) = &self.ticket {
            match ticket {
                None => wanted.push(format!("it names no ticket like {}", pattern.source)),
                Some(ticket) if !pattern.matches_whole(ticket) => {
                    wanted.push(format!("its ticket is not like {}", pattern.source));
                }
                Some(_) => {}
            }
        }
        (!wanted.is_empty()).then(|| wanted.join("; "))
    }
}

/// A regular expression for tickets, anchored at both ends, compiled on first use: compiling
/// regular expressions dominates the start of a hook, and most pushes carry no override.
#[derive(Debug, Clone)]
pub struct TicketPattern {
    /// The pattern as written in the policy.
    pub source: String,
}

/// What may be done to refs that some gate names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protect {
    /// Whether such a ref may be moved to something that does not contain its old tip.
    pub allow_rewind: bool,
    /// Whether such a ref may be deleted.
    pub allow_delete: bool,
}

/// Bounds on what is judged at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most commits in one change.
    pub commits: usize,
    /// The longest commit message, in bytes.
    pub message_bytes: usize,
    /// The longest time for one judgement, in seconds.
    pub seconds: u64,
}
