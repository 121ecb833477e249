//! A policy while it is read: values that are well-formed each for itself, with their places.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::model::{Digest, Method, Presence};
use crate::policy::{
    ActorRule, Binding, CommitterOnly, Gate, Hints, Limits, OverrideRules, Person, Policy, Protect, ReasonRules, Role,
    SignOffRules, SignedPushes, UnknownContributor, Unmarked,
};

/// Everything that was read, before it is checked as a whole.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) serial: Option<u64>,
    pub(super) people: BTreeMap<String, Person>,
    pub(super) people_at: BTreeMap<String, Range<usize>>,
    /// What belongs to people, in the order of the text.
    pub(super) belongings: Vec<Belonging>,
    pub(super) roles: BTreeMap<String, Role>,
    pub(super) roles_at: BTreeMap<String, RolePlaces>,
    pub(super) agents: Vec<Placed<ActorRule>>,
    pub(super) robots: Vec<Placed<ActorRule>>,
    pub(super) github_orgs: Vec<String>,
    pub(super) unmarked: Unmarked,
    pub(super) hints: Hints,
    pub(super) committer_only: CommitterOnly,
    pub(super) human_proof: Option<Presence>,
    /// Where that stands.
    pub(super) human_proof_at: Range<usize>,
    pub(super) unknown_contributor: UnknownContributor,
    pub(super) signed_pushes: SignedPushes,
    pub(super) gates: Vec<Gate>,
    /// Where the gates' names stand.
    pub(super) gates_at: Vec<Range<usize>>,
    pub(super) gates_seen: Option<Range<usize>>,
    pub(super) sign_offs: SignOffRules,
    pub(super) overrides: OverrideRules,
    pub(super) protect: Protect,
    pub(super) limits: Limits,
    /// Where roles are named.
    pub(super) mentions: Vec<Mention>,
    /// A part of `people` or `roles` could not be read, so that nothing can be said about what
    /// is missing there.
    pub(super) people_incomplete: bool,
    pub(super) roles_incomplete: bool,
    /// How many globs there are so far.
    pub(super) globs: usize,
}

/// Something and its place.
#[derive(Debug, Clone)]
pub(super) struct Placed<T> {
    pub(super) value: T,
    pub(super) at: Range<usize>,
}

/// Where a role and the people in it are named.
#[derive(Debug)]
pub(super) struct RolePlaces {
    pub(super) at: Range<usize>,
    pub(super) people: Vec<Placed<String>>,
    /// Whether everything in it could be read.
    pub(super) complete: bool,
}

/// A place where a role is asked for.
#[derive(Debug)]
pub(super) struct Mention {
    pub(super) role: String,
    pub(super) at: Range<usize>,
    /// How many people are needed, and where that is said.
    pub(super) count: u32,
    pub(super) count_at: Range<usize>,
    /// The presence that is needed, and where that is said.
    pub(super) presence: Presence,
    pub(super) presence_at: Range<usize>,
}

/// By what a person is recognized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Email,
    Account,
    AccountId,
    Key,
    Passkey,
    Name,
}

/// One thing by which one person is recognized.
#[derive(Debug)]
pub(super) struct Belonging {
    pub(super) person: String,
    pub(super) kind: Kind,
    /// As it is compared.
    pub(super) key: String,
    pub(super) at: Range<usize>,
}

impl Default for Draft {
    /// The defaults of everything that a policy may leave out.
    fn default() -> Self {
        Self {
            serial: None,
            people: BTreeMap::new(),
            people_at: BTreeMap::new(),
            belongings: Vec::new(),
            roles: BTreeMap::new(),
            roles_at: BTreeMap::new(),
            agents: Vec::new(),
            robots: Vec::new(),
            github_orgs: Vec::new(),
            unmarked: Unmarked::Human,
            hints: Hints::Note,
            committer_only: CommitterOnly::Agent,
            human_proof: None,
            human_proof_at: 0..0,
            unknown_contributor: UnknownContributor::Refuse,
            signed_pushes: SignedPushes::Optional,
            gates: Vec::new(),
            gates_at: Vec::new(),
            gates_seen: None,
            sign_offs: SignOffRules {
                accept: vec![Method::Signature, Method::Passkey, Method::ForgeReview],
                binding: Binding::Commit,
                expire_after: 30 * 24 * 3_600,
                veto: true,
            },
            overrides: OverrideRules {
                role: "release-manager".to_owned(),
                approvals: 1,
                presence: Presence::None,
                by_contributor: false,
                reason: ReasonRules { min_length: 20, ticket: None },
                expire_after: 4 * 3_600,
                review_within: 48 * 3_600,
            },
            protect: Protect { allow_rewind: false, allow_delete: false },
            limits: Limits { commits: 20_000, message_bytes: 1_048_576, seconds: 30 },
            mentions: Vec::new(),
            people_incomplete: false,
            roles_incomplete: false,
            globs: 0,
        }
    }
}

impl Draft {
    /// Returns the policy; only for a draft without errors.
    pub(super) fn into_policy(self, digest: Digest) -> Policy {
        let values = |rules: Vec<Placed<ActorRule>>| rules.into_iter().map(|rule| rule.value).collect();
        Policy {
            digest,
            serial: self.serial,
            people: self.people,
            roles: self.roles,
            agents: values(self.agents),
            robots: values(self.robots),
            github_orgs: self.github_orgs,
            unmarked: self.unmarked,
            hints: self.hints,
            committer_only: self.committer_only,
            human_proof: self.human_proof,
            unknown_contributor: self.unknown_contributor,
            signed_pushes: self.signed_pushes,
            gates: self.gates,
            sign_offs: self.sign_offs,
            overrides: self.overrides,
            protect: self.protect,
            limits: self.limits,
        }
    }
}
