//! The keys of a policy: which mapping has which, and what follows when one is not there.
//!
//! The loader reads by these tables, and the JSON Schema is tested against them.

/// A mapping of the policy.
#[derive(Debug)]
pub(super) struct Shape {
    /// What messages call it: "a gate".
    pub(super) name: &'static str,
    pub(super) keys: &'static [Key],
}

/// A key of a mapping.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) required: bool,
    /// What follows when the key is missing because it was misspelt; empty when nothing bad does.
    pub(super) without: &'static str,
}

const fn required(name: &'static str) -> Key {
    Key { name, required: true, without: "" }
}

const fn optional(name: &'static str) -> Key {
    Key { name, required: false, without: "" }
}

const fn but_without(name: &'static str, without: &'static str) -> Key {
    Key { name, required: false, without }
}

pub(super) static POLICY: Shape = Shape {
    name: "the policy",
    keys: &[
        required("version"),
        optional("serial"),
        but_without("people", "without it nobody is known, and nobody can sign"),
        but_without("roles", "without it nobody holds any role"),
        but_without("agents", "without it these agents would not be recognized"),
        optional("robots"),
        optional("roster"),
        but_without("authorship", "without it unmarked commits are taken for a human's"),
        optional("contributors"),
        but_without("pusher", "without it pushes need no signature"),
        required("gates"),
        but_without("sign-offs", "without it the defaults hold: every method, 30 days, veto on"),
        but_without("override", "without it the defaults hold: one `release-manager`, no ticket"),
        optional("protect"),
        optional("limits"),
    ],
};

/// The keys that a document read from a ref may have when a policy file stands above it.
pub(super) const GATES_ONLY: [&str; 3] = ["version", "serial", "gates"];

pub(super) static PERSON: Shape = Shape {
    name: "a person",
    keys: &[
        optional("name"),
        but_without("emails", "without it commits under these addresses would not be recognized as this person's"),
        but_without("accounts", "without it pushes of these accounts would not be recognized as this person's"),
        but_without("keys", "without it this person's signatures would not count"),
        but_without("passkeys", "without it this person's passkeys would not count"),
    ],
};

pub(super) static ACCOUNT: Shape = Shape {
    name: "an account",
    keys: &[required("login"), but_without("id", "without it the account would be matched by its login alone")],
};

pub(super) static PERSON_KEY: Shape = Shape {
    name: "an SSH key",
    keys: &[
        required("key"),
        but_without("application", "without it the key would count whatever it was made for"),
        but_without("valid-after", "without it the key would count from the beginning of time"),
        but_without("valid-before", "without it the key would count forever"),
    ],
};

pub(super) static PASSKEY: Shape =
    Shape { name: "a passkey", keys: &[required("id"), required("public-key"), required("rp-id")] };

pub(super) static ROLE: Shape = Shape { name: "a role", keys: &[optional("people"), optional("github-teams")] };

pub(super) static ACTOR: Shape = Shape {
    name: "an agent or robot",
    keys: &[optional("emails"), optional("names"), optional("trailers"), optional("accounts"), optional("keys")],
};

pub(super) static ROSTER: Shape = Shape { name: "the roster", keys: &[optional("github-orgs")] };

pub(super) static AUTHORSHIP: Shape = Shape {
    name: "`authorship`",
    keys: &[
        but_without("unmarked", "without it unmarked commits are taken for a human's"),
        but_without("hints", "without it hints of an agent only explain"),
        optional("committer-only"),
        but_without("human-proof", "without it no signature makes a commit a human's"),
    ],
};

pub(super) static CONTRIBUTORS: Shape = Shape { name: "`contributors`", keys: &[optional("unknown")] };

pub(super) static PUSHER: Shape =
    Shape { name: "`pusher`", keys: &[but_without("signed", "without it pushes need no signature")] };

pub(super) static GATE: Shape = Shape {
    name: "a gate",
    keys: &[
        required("name"),
        but_without("refs", "without it this gate would guard no ref"),
        but_without("environments", "without it this gate would guard no environment"),
        but_without("when", "without it this gate would apply to every change"),
        but_without("require", "without it this gate would let every change pass"),
        but_without("distinct-people", "without it one person could count for several requirements"),
    ],
};

pub(super) static CONDITION: Shape = Shape {
    name: "`when`",
    keys: &[
        but_without("authorship-at-least", "without it this gate would apply whoever wrote the change"),
        but_without("paths", "without it this gate would apply whatever the change touches"),
        but_without("destructive", "without it this gate would apply to every deployment"),
    ],
};

pub(super) static REQUIREMENT: Shape = Shape {
    name: "a requirement",
    keys: &[
        required("role"),
        but_without("count", "without it one person would be enough"),
        but_without("presence", "without it a signature would count with nobody at the key"),
    ],
};

pub(super) static SIGN_OFFS: Shape = Shape {
    name: "`sign-offs`",
    keys: &[
        but_without("accept", "without it every method of signing would count"),
        but_without("binding", "without it a sign-off is bound to the exact commit"),
        but_without("expire-after", "without it a sign-off would last 30 days"),
        optional("veto"),
    ],
};

pub(super) static OVERRIDE: Shape = Shape {
    name: "`override`",
    keys: &[
        but_without("role", "without it every `release-manager` could override"),
        but_without("approvals", "without it one person could override alone"),
        but_without("presence", "without it an override would count with nobody at the key"),
        optional("by-contributor"),
        but_without("reason", "without it 20 characters and no ticket would be enough"),
        but_without("expire-after", "without it an override could live 4 hours"),
        but_without("review-within", "without it an override would have to be reviewed within 48 hours"),
    ],
};

pub(super) static REASON: Shape = Shape {
    name: "`reason`",
    keys: &[
        but_without("min-length", "without it 20 characters would be enough"),
        but_without("ticket", "without it no ticket would be needed"),
    ],
};

pub(super) static PROTECT: Shape = Shape { name: "`protect`", keys: &[optional("rewind"), optional("delete")] };

pub(super) static LIMITS: Shape =
    Shape { name: "`limits`", keys: &[optional("commits"), optional("message-bytes"), optional("seconds")] };

/// Every shape, to look for the mapping to which a misplaced key belongs.
pub(super) static ALL: [&Shape; 18] = [
    &POLICY,
    &GATE,
    &CONDITION,
    &REQUIREMENT,
    &SIGN_OFFS,
    &OVERRIDE,
    &REASON,
    &PERSON,
    &ACCOUNT,
    &PERSON_KEY,
    &PASSKEY,
    &ROLE,
    &ACTOR,
    &ROSTER,
    &AUTHORSHIP,
    &CONTRIBUTORS,
    &PROTECT,
    &LIMITS,
];

/// Other words for keys, which no spelling distance finds.
static SYNONYMS: [(&str, &str); 22] = [
    ("approvals-required", "count"),
    ("approvers", "require"),
    ("branch", "refs"),
    ("branches", "refs"),
    ("condition", "when"),
    ("conditions", "when"),
    ("email", "emails"),
    ("env", "environments"),
    ("envs", "environments"),
    ("expires", "expire-after"),
    ("expiry", "expire-after"),
    ("if", "when"),
    ("members", "people"),
    ("min", "count"),
    ("mail", "emails"),
    ("overrides", "override"),
    ("pubkeys", "keys"),
    ("reviewers", "require"),
    ("ssh-keys", "keys"),
    ("teams", "github-teams"),
    ("users", "people"),
    ("orgs", "github-orgs"),
];

impl Shape {
    /// Returns the key of this name.
    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// Returns the key that an unknown one was probably meant to be.
    pub(super) fn meant_by(&self, written: &str) -> Option<&'static Key> {
        let synonym = SYNONYMS.iter().find(|(word, _)| written.eq_ignore_ascii_case(word)).map(|(_, key)| *key);
        synonym.and_then(|name| self.key(name)).or_else(|| {
            super::suggest::nearest(written, self.keys.iter().map(|key| key.name)).and_then(|n| self.key(n))
        })
    }
}

/// Returns the mapping that has a key of this name.
pub(super) fn home_of(key: &str) -> Option<&'static Shape> {
    ALL.into_iter().find(|shape| shape.key(key).is_some())
}
