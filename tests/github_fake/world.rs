//! The state of the fake: plain values. What happens to them stands in `deeds`, how they are shown in
//! `bodies` and `graphql`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use countersign::forge::RepositoryId;
use jiff::Timestamp;
use serde_json::Value;

/// Everything that the fake knows.
#[derive(Default)]
pub struct World {
    pub users: Vec<User>,
    pub organizations: Vec<Organization>,
    pub installations: BTreeMap<u64, Installation>,
    pub repositories: BTreeMap<u64, Repository>,
    pub tokens: HashMap<String, Token>,
    pub person_tokens: HashMap<String, super::settings::PersonToken>,
    /// Codes of the manifest flow that are not used up, with the name of the app that each stands for.
    pub manifest_codes: HashMap<String, String>,
    /// What the app asks for, where that differs from what it was granted.
    pub app_permissions: Option<Value>,
    /// Events that the app listens to; none: those that the manual lists.
    pub app_events: Option<Vec<String>>,
    /// How long tokens live that are made from now on.
    pub token_life: Option<jiff::SignedDuration>,
    pub deliveries: Vec<Delivery>,
    /// How many deliveries were to be sent.
    pub sent: usize,
    pub webhook: Option<Webhook>,
    pub faults: Faults,
    pub calls: Vec<CallRecord>,
    /// Every state that a check run was ever given, in order.
    pub published: Vec<Published>,
    /// Sees every such state before whoever gave it is answered.
    pub witness: Option<Witness>,
    pub queries: std::collections::BTreeSet<String>,
    pub paging: Paging,
    /// Pull requests are drafts at first.
    pub open_as_drafts: bool,
    /// A way around through Prism, for REST calls.
    pub detour: Option<super::validated::Detour>,
    /// What calls or answers had otherwise than GitHub describes them.
    pub violations: Vec<String>,
    /// Numbers given to anything new.
    pub last_number: u64,
}

/// How lists are cut into pages.
#[derive(Debug, Clone, Copy)]
pub struct Paging {
    /// Pages hold no more than this, whatever is asked for.
    pub most: usize,
    /// Links to further pages are written as GitHub does, with the repository's number.
    pub by_number: bool,
    /// Links lead to another host, as behind a proxy that does not know itself.
    pub elsewhere: bool,
}

impl Default for Paging {
    fn default() -> Self {
        Self { most: 100, by_number: false, elsewhere: false }
    }
}

#[derive(Debug, Clone)]
pub struct User {
    pub id: u64,
    pub login: String,
    /// `User`, `Bot`, `Organization`, `Mannequin`.
    pub kind: &'static str,
}

#[derive(Debug, Clone)]
pub struct Organization {
    pub id: u64,
    pub login: String,
    pub members: Vec<u64>,
    pub teams: Vec<Team>,
}

#[derive(Debug, Clone)]
pub struct Team {
    pub slug: String,
    pub parent: Option<String>,
    pub members: Vec<u64>,
}

#[derive(Debug, Clone)]
pub struct Installation {
    pub id: u64,
    pub owner: String,
    pub permissions: BTreeMap<String, String>,
    pub suspended: bool,
    /// Repositories that it does not reach although the owner has them.
    pub left_out: HashSet<u64>,
}

#[derive(Debug, Clone)]
pub struct Token {
    pub installation: u64,
    pub expires_at: Timestamp,
    pub permissions: BTreeMap<String, String>,
}

pub struct Repository {
    pub id: u64,
    pub owner: String,
    pub name: String,
    /// Names it had before.
    pub former: Vec<(String, String)>,
    pub default_branch: String,
    pub path: PathBuf,
    /// Every ref with its tip, as last seen in git.
    pub refs: BTreeMap<String, String>,
    pub pulls: BTreeMap<u64, Pull>,
    pub checks: Vec<CheckRun>,
    /// Commit statuses, as they were written, with the commit.
    pub statuses: Vec<(String, Value)>,
    /// Logins of those who cannot be asked for a review: they see nothing of it.
    pub strangers: HashSet<String>,
    pub activity: Vec<Activity>,
    /// The entries of merge queues, by branch.
    pub queues: BTreeMap<String, Vec<QueueEntry>>,
    /// Commits that the fake made and "signed".
    pub web_flow: HashSet<String>,
    /// What git said about objects, which never change.
    pub asked: HashMap<String, Value>,
    pub settings: super::settings::Settings,
    /// Runs of workflows.
    pub runs: BTreeMap<u64, super::deployments::Run>,
    pub deployments: BTreeMap<u64, super::deployments::Deployment>,
}

#[derive(Debug, Clone)]
pub struct Pull {
    pub number: u64,
    pub title: String,
    pub opener: Option<u64>,
    pub assignees: Vec<u64>,
    pub requested: Vec<String>,
    pub draft: bool,
    /// The branch of the head and the repository that it is in.
    pub head_ref: String,
    pub head_repository: u64,
    pub head: String,
    pub base_ref: String,
    /// `OPEN`, `CLOSED`, `MERGED`.
    pub state: &'static str,
    pub merge_commit: Option<String>,
    pub merged_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub reviews: Vec<Review>,
    pub comments: Vec<Comment>,
    /// Entries of the timeline, as GraphQL shows them.
    pub timeline: Vec<Value>,
}

#[derive(Debug, Clone)]
pub struct Review {
    pub id: u64,
    pub reviewer: Option<u64>,
    pub state: &'static str,
    pub commit: Option<String>,
    pub at: Timestamp,
}

#[derive(Debug, Clone)]
pub struct Comment {
    pub id: u64,
    pub author: Option<u64>,
    pub body: String,
    pub at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub through_app: bool,
}

#[derive(Debug, Clone)]
pub struct CheckRun {
    pub id: u64,
    pub app: u64,
    pub name: String,
    pub head: String,
    pub external_id: Option<String>,
    pub status: String,
    pub conclusion: Option<String>,
    pub details_url: Option<String>,
    pub title: String,
    pub summary: String,
    pub text: Option<String>,
    pub annotations: Vec<Value>,
    /// The buttons.
    pub actions: Vec<Value>,
    pub at: Timestamp,
    /// How often it was written.
    pub writes: u32,
}

#[derive(Debug, Clone)]
pub struct Activity {
    pub id: u64,
    pub name: String,
    pub before: String,
    pub after: String,
    pub at: Timestamp,
    pub actor: Option<u64>,
    pub kind: &'static str,
}

#[derive(Debug, Clone)]
pub struct QueueEntry {
    pub number: u64,
    pub head: String,
    pub base: String,
}

/// Where webhooks go.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub url: String,
    pub secret: String,
}

/// One attempt at delivering a webhook.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: u64,
    pub guid: String,
    pub event: &'static str,
    pub body: Value,
    pub at: Timestamp,
    pub redelivery: bool,
    /// 0: it got no answer.
    pub status: u16,
}

/// What goes wrong.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    /// Of a hundred calls so many are answered with 502, before anything is done.
    pub bad_gateways: u32,
    /// So many calls from now on are answered with a secondary limit.
    pub secondary_limits: u32,
    /// What `Retry-After` then says, in seconds; nothing when none.
    pub retry_after: Option<u32>,
    /// So many calls from now on are told that the budget is used up.
    pub used_up: u32,
    /// So many GraphQL calls from now on are told so, with status 200.
    pub graphql_limits: u32,
    /// So many POST and PATCH calls from now on are done, but their answer gets lost.
    pub lost_answers: u32,
    /// So many tokens from now on are made and then not accepted.
    pub refused_tokens: u32,
    /// GraphQL refuses this repository, as for an organization that demands another sign-in.
    pub refused_repository: Option<u64>,
    /// GraphQL knows of no pull request yet, as when its reads lag behind the webhooks.
    pub hides_pulls: bool,
    /// Checks with notes at files are refused, as for a path that GitHub does not take.
    pub refuse_annotations: bool,
    /// Every answer takes so long.
    pub latency: Duration,
    /// Of a hundred calls so many take that much longer.
    pub slow: (u32, Duration),
    /// Of a hundred calls so many are answered with a secondary limit, before anything is done.
    pub abuse: u32,
    /// Nobody is told which installations there are: what nobody delivers is not found by looking.
    pub hides_installations: bool,
    pub seed: u64,
}

/// Is shown what is written into check runs.
pub type Witness = Box<dyn FnMut(&Published) + Send>;

/// What was written into a check run.
#[derive(Debug, Clone)]
pub struct Published {
    pub head: String,
    pub name: String,
    pub conclusion: Option<String>,
    pub at: Timestamp,
}

/// A call that was answered.
#[derive(Debug, Clone)]
pub struct CallRecord {
    pub method: String,
    pub path: String,
    pub status: u16,
}

impl World {
    /// Returns the events that the app listens to.
    pub fn events(&self) -> Vec<String> {
        let usual = || countersign::adapters::github::grants::EVENTS.map(str::to_owned).to_vec();
        self.app_events.clone().unwrap_or_else(usual)
    }

    pub fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub fn user(&self, id: u64) -> &User {
        self.users.iter().find(|user| user.id == id).unwrap()
    }

    pub fn user_named(&self, login: &str) -> &User {
        self.users
            .iter()
            .find(|user| user.login.eq_ignore_ascii_case(login))
            .unwrap_or_else(|| panic!("no user {login}"))
    }

    pub fn organization(&self, login: &str) -> Option<&Organization> {
        self.organizations.iter().find(|one| one.login.eq_ignore_ascii_case(login))
    }

    pub fn repository(&mut self, id: RepositoryId) -> &mut Repository {
        self.repositories.get_mut(&id.repository).unwrap()
    }

    /// Finds a repository by its name; `moved` also by one that it had.
    pub fn find(&self, owner: &str, name: &str, moved: bool) -> Option<&Repository> {
        let is = |pair: (&str, &str)| pair.0.eq_ignore_ascii_case(owner) && pair.1.eq_ignore_ascii_case(name);
        self.repositories
            .values()
            .find(|one| is((&one.owner, &one.name)))
            .or_else(|| self.repositories.values().find(|one| moved && one.former.iter().any(|(o, n)| is((o, n)))))
    }

    /// Tells whether an installation reaches a repository.
    pub fn reaches(&self, installation: u64, repository: &Repository) -> bool {
        self.installations.get(&installation).is_some_and(|one| {
            one.owner.eq_ignore_ascii_case(&repository.owner) && !one.left_out.contains(&repository.id)
        })
    }

    pub fn installation_of(&self, owner: &str) -> Option<u64> {
        self.installations.values().find(|one| one.owner.eq_ignore_ascii_case(owner)).map(|one| one.id)
    }

    /// Returns the calls whose path holds a text.
    pub fn calls_to(&self, part: &str) -> usize {
        self.calls.iter().filter(|call| call.path.contains(part)).count()
    }

    /// Returns the check runs of a commit.
    pub fn checks_on(&self, id: RepositoryId, head: &str) -> Vec<CheckRun> {
        self.repositories[&id.repository].checks.iter().filter(|run| run.head == head).cloned().collect()
    }
}
