//! Everything that is looked at, read before anything is judged. Each part is there or says why not.

use std::collections::{BTreeMap, BTreeSet};

use super::access::Access;
use super::probes::{names_like, root_of};
use super::tags::is_for_tags;
use crate::adapters::github::inspector::{
    App, Branch, BranchProtection, Classic, CustomRule, Environment, Inspector, Installation, RepositorySettings, Rule,
    Ruleset, WorkflowToken,
};
use crate::forge::{ForgeError, RepositoryName};
use crate::policy::glob::Glob;
use crate::policy::{Gate, Policy};
use crate::service::{Documents, of_documents};

/// The most branches that are looked at one by one.
const MOST_BRANCHES: usize = 100;
/// The most workflow files that are read.
const MOST_WORKFLOWS: usize = 100;
/// Where workflows are (GitHub docs, "About workflows").
const WORKFLOWS: &str = ".github/workflows";
/// The most names of branches that are tried for gates' patterns.
const MOST_PROBES: usize = 60;
/// Where branches are.
const BRANCHES: &str = "refs/heads/";

/// Something that was read, or why it was not.
pub(super) type Read<T> = Result<T, ForgeError>;

/// What was seen of a repository.
pub(super) struct Seen {
    pub name: RepositoryName,
    /// Where people find GitHub.
    pub web: String,
    /// Our App's number, where it was given.
    pub app_id: Option<u64>,
    /// The App; none where its key was not given.
    pub app: Option<Read<App>>,
    /// The App on this repository; none where its key was not given.
    pub installation: Option<Read<Installation>>,
    pub settings: RepositorySettings,
    pub policy: Result<Policy, String>,
    /// The branches that a gate names.
    pub branches: Vec<SeenBranch>,
    /// How many more there are.
    pub left_out: usize,
    /// Rules for branches that somebody might make.
    pub later: Vec<Later>,
    /// How many more names might have been tried.
    pub later_left_out: usize,
    /// Every ruleset that holds for something that was looked at, by number.
    pub rulesets: BTreeMap<u64, Read<Ruleset>>,
    /// All rulesets, without their rules.
    pub listed: Read<Vec<Ruleset>>,
    pub workflow_token: Read<WorkflowToken>,
    /// The environments, where a gate names any.
    pub environments: Option<Read<Vec<SeenEnvironment>>>,
    /// The workflow files by path with their text, where a gate names an environment.
    pub workflows: Option<Read<Vec<(String, String)>>>,
}

/// A branch that a gate names.
pub(super) struct SeenBranch {
    /// Without `refs/heads/`.
    pub name: String,
    /// What the listing tells of its protection.
    pub listed: Option<BranchProtection>,
    pub rules: Read<Vec<Rule>>,
    pub classic: Read<Option<Classic>>,
}

/// What holds for branches that somebody might make.
pub(super) struct Later {
    /// The pattern of a gate that names them.
    pub pattern: String,
    /// Names that were tried, each with its rules.
    pub tried: Vec<(String, Read<Vec<Rule>>)>,
}

/// An environment with the apps that are asked.
pub(super) struct SeenEnvironment {
    pub environment: Environment,
    pub custom: Read<Vec<CustomRule>>,
}

impl Seen {
    /// Reads all of it.
    ///
    /// # Errors
    /// Where the repository or its branches cannot be read at all.
    pub async fn read(inspector: &Inspector, access: &Access) -> Read<Self> {
        let name = access.repository.clone();
        let settings = inspector.repository(&name).await?;
        let policy = policy(inspector, access, &settings).await;
        let all = inspector.branches(&name).await?;
        let gates: &[Gate] = policy.as_ref().map(|policy| policy.gates.as_slice()).unwrap_or_default();
        let (names, left_out) = gated(gates, &all, &settings.default_branch, policy.is_ok());
        let mut branches = Vec::new();
        for branch in names {
            let rules = inspector.rules(&name, &branch).await;
            let classic = inspector.classic(&name, &branch).await;
            let listed = all.iter().find(|one| one.name == branch).and_then(|one| one.protection.clone());
            branches.push(SeenBranch { name: branch, listed, rules, classic });
        }
        let (later, later_left_out) = later(inspector, &name, gates, &all).await;
        let listed = inspector.rulesets(&name).await;
        let rulesets = rulesets(inspector, &name, &branches, &later, &listed).await;
        let names_environments = gates.iter().any(|gate| !gate.environments.is_empty());
        let (environments, workflows) = if names_environments {
            (Some(environments(inspector, &name).await), Some(workflows(inspector, &name).await))
        } else {
            (None, None)
        };
        Ok(Self {
            web: access.options.hosts.web.clone(),
            app_id: access.app_id,
            app: None,
            installation: None,
            settings,
            branches,
            left_out,
            later,
            later_left_out,
            rulesets,
            listed,
            workflow_token: inspector.workflow_token(&name).await,
            environments,
            workflows,
            policy,
            name,
        })
    }

    /// Returns the gates of the policy; none where it cannot be used.
    pub fn gates(&self) -> &[Gate] {
        self.policy.as_ref().map(|policy| policy.gates.as_slice()).unwrap_or_default()
    }

    /// Returns the address of a page of the repository's settings.
    pub fn page(&self, below: &str) -> String {
        format!("{}/{}/settings/{below}", self.web, self.name)
    }

    /// Returns the address of a ruleset's page.
    pub fn ruleset_page(&self, ruleset: &Ruleset) -> String {
        match (ruleset.source_type.as_deref(), ruleset.source.as_deref()) {
            (Some("Organization"), Some(owner)) => {
                format!("{}/organizations/{owner}/settings/rules/{}", self.web, ruleset.id)
            }
            (Some("Enterprise"), Some(owner)) => format!("{}/enterprises/{owner}/settings", self.web),
            _ => self.page(&format!("rules/{}", ruleset.id)),
        }
    }
}

/// Reads the policy in force, as the service does.
async fn policy(inspector: &Inspector, access: &Access, settings: &RepositorySettings) -> Result<Policy, String> {
    let name = &access.repository;
    let path = &access.policy_path;
    let unreadable = |what: &str, error: &ForgeError| format!("{what} cannot be read: {error}");
    let own = inspector.file(name, path).await.map_err(|error| unreadable("the policy", &error))?;
    let shared = RepositoryName { owner: name.owner.clone(), name: ".github".to_owned() };
    let is_shared_itself = name.name.eq_ignore_ascii_case(&shared.name);
    let organization = if is_shared_itself { None } else { organization(inspector, &shared, path).await? };
    let documents = Documents { own, organization };
    of_documents(name, &settings.default_branch, path, &documents).map(|found| found.policy)
}

/// Reads the organization's policy. GitHub does not tell a repository that is not there from one that may
/// not be seen; neither does the service.
async fn organization(inspector: &Inspector, name: &RepositoryName, path: &str) -> Result<Option<Vec<u8>>, String> {
    match inspector.file(name, path).await {
        Ok(text) => Ok(text),
        Err(ForgeError::Forbidden(_) | ForgeError::NotInstalled(_)) => Ok(None),
        Err(error) => Err(format!("the organization's policy cannot be read: {error}")),
    }
}

/// Returns the branches that a gate names, whether they exist or not, and how many were left out. Without
/// a policy that is the default branch.
fn gated(gates: &[Gate], all: &[Branch], default: &str, has_policy: bool) -> (Vec<String>, usize) {
    let globs = || gates.iter().flat_map(|gate| &gate.refs);
    let is_named = |branch: &str| globs().any(|glob| glob.matches_ref(&format!("refs/heads/{branch}")));
    let mut names: BTreeSet<String> = all.iter().map(|one| one.name.clone()).filter(|name| is_named(name)).collect();
    let literal = globs().flat_map(Glob::alternatives).filter(|pattern| !pattern.contains(['*', '?']));
    names.extend(literal.filter_map(|pattern| pattern.strip_prefix("refs/heads/").map(str::to_owned)));
    if !has_policy {
        names.insert(default.to_owned());
    }
    let left_out = names.len().saturating_sub(MOST_BRANCHES);
    (names.into_iter().take(MOST_BRANCHES).collect(), left_out)
}

/// Reads the rules for branches that somebody might make below the patterns of gates, and how many names were
/// left out.
async fn later(inspector: &Inspector, name: &RepositoryName, gates: &[Gate], all: &[Branch]) -> (Vec<Later>, usize) {
    let globs = gates.iter().flat_map(|gate| &gate.refs);
    let patterns: BTreeSet<String> =
        globs.flat_map(Glob::alternatives).filter(|pattern| pattern.contains(['*', '?'])).collect();
    let (mut later, mut count) = (Vec::new(), 0_usize);
    for pattern in patterns {
        let mut names: Vec<String> = names_like(&pattern, BRANCHES).into_iter().collect();
        // Beside what is below it, git can keep no branch of that name.
        let is_possible = |root: &String| !all.iter().any(|one| one.name.starts_with(&format!("{root}/")));
        names.extend(root_of(&pattern, BRANCHES).filter(is_possible));
        let mut tried = Vec::new();
        for branch in names {
            count += 1;
            if count <= MOST_PROBES {
                let rules = inspector.rules(name, &branch).await;
                tried.push((branch, rules));
            }
        }
        if !tried.is_empty() {
            later.push(Later { pattern, tried });
        }
    }
    (later, count.saturating_sub(MOST_PROBES))
}

/// Reads every ruleset that a rule stands in, and those that may hold for tags.
async fn rulesets(
    inspector: &Inspector,
    name: &RepositoryName,
    branches: &[SeenBranch],
    later: &[Later],
    listed: &Read<Vec<Ruleset>>,
) -> BTreeMap<u64, Read<Ruleset>> {
    let tried = later.iter().flat_map(|one| one.tried.iter().map(|(_, rules)| rules));
    let rules = branches.iter().map(|branch| &branch.rules).chain(tried);
    let mut ids: BTreeSet<u64> = rules.flatten().flatten().filter_map(|rule| rule.ruleset_id).collect();
    ids.extend(listed.iter().flatten().filter(|one| is_for_tags(one)).map(|one| one.id));
    let mut found = BTreeMap::new();
    for id in ids {
        found.insert(id, inspector.ruleset(name, id).await);
    }
    found
}

async fn environments(inspector: &Inspector, name: &RepositoryName) -> Read<Vec<SeenEnvironment>> {
    let mut seen = Vec::new();
    for environment in inspector.environments(name).await? {
        let custom = inspector.custom_rules(name, &environment.name).await;
        seen.push(SeenEnvironment { environment, custom });
    }
    Ok(seen)
}

async fn workflows(inspector: &Inspector, name: &RepositoryName) -> Read<Vec<(String, String)>> {
    let mut paths = inspector.files_in(name, WORKFLOWS).await?;
    paths.retain(|path| [".yml", ".yaml"].iter().any(|ending| path.ends_with(ending)));
    if paths.len() > MOST_WORKFLOWS {
        return Err(ForgeError::Unreadable(format!("there are more than {MOST_WORKFLOWS} of them")));
    }
    let mut found = Vec::new();
    for path in paths {
        let text = inspector.file(name, &path).await?.unwrap_or_default();
        found.push((path, String::from_utf8_lossy(&text).into_owned()));
    }
    Ok(found)
}
