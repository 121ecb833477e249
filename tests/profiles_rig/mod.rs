//! Small worlds under a profile: who wrote a change, what is done with it, and who signs it. All of
//! them together are every way in which one commit can meet one gate here.

use std::collections::BTreeSet;

use countersign::decide::{Decider, Verdict};
use countersign::facts::{Fact, Facts, OverrideClaim, SignOff};
use countersign::model::Digest;
use countersign::policy::{self, Policy, Profile, StarterOptions, starter};
use serde_json::{Value, json};

/// Who is who: what the profiles call the roles, and people who hold none, one and both.
pub const PEOPLE: [(&str, &str); 8] = [
    ("ada", "colleague"),
    ("bob", "colleague"),
    ("cleo", "colleague"),
    ("grace", "senior"),
    ("barbara", "senior"),
    ("dana", "release manager"),
    ("walter", "release manager"),
    ("vera", "senior who is release manager"),
];

/// Who wrote the change and brought it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author {
    /// Ada, who pushes it.
    Person,
    /// Ada with an agent; she pushes it.
    Together,
    /// An agent, with Ada's account.
    Operated,
    /// An agent, with an account of its own.
    Agent,
    /// A robot that is no AI.
    Robot,
}

impl Author {
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Person, "a person"),
        (Self::Together, "a person with an agent"),
        (Self::Operated, "an agent, pushed by a person"),
        (Self::Agent, "an agent alone"),
        (Self::Robot, "a robot"),
    ];

    pub fn has_agent(self) -> bool {
        !matches!(self, Self::Person | Self::Robot)
    }

    /// What Ada is for such a change: what she did, or a colleague like any other.
    pub fn ada(self) -> &'static str {
        match self {
            Self::Person | Self::Together => "author",
            Self::Operated => "pusher",
            Self::Agent | Self::Robot => "colleague",
        }
    }
}

/// What is done with the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    PushMain,
    PushRelease,
    DeployOther,
    DeployMain,
    DeployRelease,
    Destroy,
}

impl Act {
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::PushMain, "push to `main`"),
        (Self::PushRelease, "push to a release branch"),
        (Self::DeployOther, "deploy what landed nowhere"),
        (Self::DeployMain, "deploy what landed on `main`"),
        (Self::DeployRelease, "deploy what landed on a release branch"),
        (Self::Destroy, "deploy it, destroying something"),
    ];

    fn target(self) -> &'static str {
        match self {
            Self::PushMain => "refs/heads/main",
            Self::PushRelease => "refs/heads/release/1",
            Self::DeployOther | Self::DeployMain | Self::DeployRelease | Self::Destroy => "environment:production",
        }
    }

    fn landed_on(self) -> Vec<&'static str> {
        match self {
            Self::PushMain | Self::PushRelease | Self::DeployOther => vec![],
            Self::DeployMain => vec!["refs/heads/main"],
            Self::DeployRelease | Self::Destroy => vec!["refs/heads/main", "refs/heads/release/1"],
        }
    }

    pub fn is_push(self) -> bool {
        matches!(self, Self::PushMain | Self::PushRelease)
    }

    /// Whether it passed the gate on its way to a branch.
    pub fn has_landed(self) -> bool {
        matches!(self, Self::DeployMain | Self::DeployRelease | Self::Destroy)
    }
}

/// What the profile asks of these people, who stand in the place of its examples.
pub fn policy(profile: Profile) -> Policy {
    let mut text = starter(&StarterOptions { profile, ..StarterOptions::default() });
    text.push_str("agents: { acme-fixer: { emails: [fixer@example.com], accounts: { plain: fixer } } }\n");
    text.push_str("robots: { acme-release: { emails: [robot@example.com], accounts: { plain: robot } } }\n");
    let mut policy = policy::load(text.as_bytes(), profile.name()).unwrap_or_else(|errors| panic!("{errors}")).policy;
    let model = policy.people.get("ada").unwrap().clone();
    for (id, _) in PEOPLE {
        let mut person = model.clone();
        person.name = id.to_owned();
        person.emails = vec![format!("{id}@example.com")];
        person.accounts = vec![(format!("plain:{id}").parse().unwrap(), None)];
        policy.people.insert(id.to_owned(), person);
    }
    let holders = |role: &str| -> Vec<String> {
        PEOPLE.iter().filter(|(_, what)| what.contains(role)).map(|(id, _)| (*id).to_owned()).collect()
    };
    for (name, role) in ["senior", "release-manager"].map(|name| (name, name.replace('-', " "))) {
        policy.roles.get_mut(name).unwrap().people = holders(&role);
    }
    policy.people.retain(|id, _| PEOPLE.iter().any(|(known, _)| id == known));
    policy
}

/// Every group of these people, nobody first.
pub fn groups() -> impl Iterator<Item = Vec<&'static str>> {
    (0..1_usize << PEOPLE.len()).map(|bits| {
        PEOPLE.iter().enumerate().filter(|(place, _)| bits >> place & 1 == 1).map(|(_, (id, _))| *id).collect()
    })
}

/// One change under one policy, with everything that anybody could sign for it.
pub struct World<'a> {
    decider: &'a Decider<'a>,
    facts: Facts,
    sign_offs: Vec<SignOff>,
    claim: OverrideClaim,
}

impl<'a> World<'a> {
    pub fn new(decider: &'a Decider<'a>, author: Author, act: Act) -> Self {
        let mut facts = facts(author, act);
        let sign_offs = std::mem::replace(&mut facts.sign_offs, Fact::Known(vec![]));
        let claims = std::mem::replace(&mut facts.overrides, Fact::Known(vec![]));
        let (sign_offs, claims) = (sign_offs.known().unwrap().clone(), claims.known().unwrap().clone());
        Self { decider, facts, sign_offs, claim: claims.into_iter().next().unwrap() }
    }

    /// Decides where these people sign.
    pub fn signed(&self, signers: &[&str]) -> Verdict {
        let mut facts = self.facts.clone();
        let given = self.sign_offs.iter().filter(|one| signers.contains(&one.id.as_str()));
        facts.sign_offs = Fact::Known(given.cloned().collect());
        self.decider.decide_as(&facts, Digest::of(b""))
    }

    /// Decides where these people give one override together, and nobody signs.
    pub fn overridden(&self, givers: &[&str]) -> Verdict {
        let mut facts = self.facts.clone();
        let mut claim = self.claim.clone();
        let is_giver = |id: &str| givers.iter().any(|giver| id == format!("plain:{giver}"));
        claim
            .identities
            .retain(|identity| identity.account.as_ref().is_some_and(|account| is_giver(&account.folded())));
        facts.overrides = Fact::Known(if givers.is_empty() { vec![] } else { vec![claim] });
        self.decider.decide_as(&facts, Digest::of(b""))
    }
}

/// The facts of a change that everybody signs and everybody overrides.
fn facts(author: Author, act: Act) -> Facts {
    let line = |id: &str| json!({ "name": id, "email": format!("{id}@example.com") });
    let account = |id: &str| json!({ "account": format!("plain:{id}") });
    let (writer, pusher, authorship, agents) = match author {
        Author::Person => ("ada", "ada", "unmarked", json!([])),
        Author::Together => ("ada", "ada", "agent", json!(["acme-fixer"])),
        Author::Operated => ("fixer", "ada", "agent", json!(["acme-fixer"])),
        Author::Agent => ("fixer", "fixer", "agent", json!(["acme-fixer"])),
        Author::Robot => ("robot", "robot", "robot", json!([])),
    };
    let is_deployment = act.target().starts_with("environment:");
    // Who pushed what is deployed is known no more; a pipeline's robot deploys.
    let participants = match is_deployment {
        true => json!([{ "part": "deployer", "identity": account("robot") }]),
        false => json!([{ "part": "pusher", "identity": account(pusher) }]),
    };
    let plan = is_deployment.then_some("sha256:0011");
    let sign_off = |(id, _): &(&str, &str)| {
        json!({
            "id": id, "decision": "approve", "identity": account(id), "method": "signature", "presence": "verified",
            "repository": "acme/shop", "target": act.target(), "from": "f0", "head": "c1", "plan": plan,
            "uncovered": [], "at": "2026-11-22T09:50:00Z",
        })
    };
    let given = json!({
        "id": "o1", "identities": PEOPLE.iter().map(|(id, _)| account(id)).collect::<Value>(), "presence": "verified",
        "reason": "production is down, and this is the repair that the incident asks for", "ticket": "INC-7",
        "repository": "acme/shop", "target": act.target(), "action": if is_deployment { "deploy" } else { "update" },
        "from": "f0", "head": "c1", "plan": plan, "at": "2026-11-22T09:50:00Z",
        "expires_at": "2026-11-22T10:30:00Z", "consumed": false,
    });
    let document = json!({
        "now": "2026-11-22T10:00:00Z", "repository": "acme/shop", "target": act.target(),
        "action": if is_deployment { "deploy" } else { "update" }, "from": "f0", "head": "c1", "tree": "t1",
        "commits": [{
            "id": "c1", "author": line(writer), "committer": line(writer), "authorship": authorship, "agents": agents,
            "cleared_on": act.landed_on(),
        }],
        "paths": ["src/main.rs"], "destructive": act == Act::Destroy, "plan": plan, "participants": participants,
        "sign_offs": PEOPLE.iter().map(sign_off).collect::<Value>(),
        "overrides": [given],
    });
    serde_json::from_value(document).unwrap()
}

/// The smallest groups of kinds of people that are enough, as a cell of a table says it.
///
/// A kind that can do what another does stands for it: where a colleague is enough, so is a senior.
pub fn least(author: Author, enough: impl Fn(&[&str]) -> bool) -> String {
    let kind = |id: &str| match id {
        "ada" => author.ada(),
        id => PEOPLE.iter().find(|(known, _)| *known == id).unwrap().1,
    };
    let mut wide: BTreeSet<Vec<&str>> = BTreeSet::new();
    for group in groups().filter(|group| enough(group)) {
        let mut kinds: Vec<&str> = group.into_iter().map(kind).collect();
        kinds.sort_unstable();
        wide.insert(kinds);
    }
    let smallest: Vec<&Vec<&str>> =
        wide.iter().filter(|one| !wide.iter().any(|other| other != *one && does_for(one, other))).collect();
    let words: Vec<String> = smallest.into_iter().map(|kinds| phrase(kinds)).collect();
    match words.as_slice() {
        [] => "never".to_owned(),
        some => some.join(", or "),
    }
}

/// Tells whether a kind of person may do all that another may.
fn is_as_good(one: &str, other: &str) -> bool {
    let is_outside = !matches!(one, "author" | "pusher");
    one == other || (other == "colleague" && is_outside) || (one.contains("who is") && one.contains(other))
}

/// Tells whether a group can stand for a smaller or weaker one: each of its places has somebody as good.
fn does_for(group: &[&str], weaker: &[&str]) -> bool {
    let Some((first, rest)) = weaker.split_first() else { return true };
    (0..group.len()).any(|place| {
        let mut others = group.to_vec();
        let taken = others.remove(place);
        is_as_good(taken, first) && does_for(&others, rest)
    })
}

fn phrase(kinds: &[&str]) -> String {
    if kinds.is_empty() {
        return "passes".to_owned();
    }
    let distinct: BTreeSet<&&str> = kinds.iter().collect();
    let one = |kind: &&&str| match kinds.iter().filter(|other| *other == *kind).count() {
        1 => format!("1 {kind}"),
        many => format!("{many} {kind}s"),
    };
    let mut words: Vec<String> = distinct.iter().map(one).collect();
    // The reviewer comes before who releases.
    words.sort_by_key(|word| word.contains("release manager"));
    words.join(" + ")
}
