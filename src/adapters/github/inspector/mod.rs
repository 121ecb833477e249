//! Reads how a repository is set up on GitHub: rules, protection, environments, what the app was granted.
//!
//! For people who check a set-up, so every call stands for itself: one that is refused leaves a gap that
//! can be named, never an answer. Nothing is judged here. Writes one thing, a ruleset, with a given token.

mod answers;
mod files;
mod manifest;

use http::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use self::answers::{
    Actor, App, AppGrant, Branch, BranchChecks, BranchProtection, Classic, CustomRule, Environment, Installation,
    Named, Protection, RepositorySettings, RequiredCheck, Reviews, Rule, RuleParameters, Ruleset, Toggle,
    WorkflowToken,
};
use self::answers::{CustomRules, Environments};
pub use self::manifest::{ConversionError, MadeApp, convert_manifest};
use super::client::{Call, Caller, Client};
use super::names::segment;
use super::options::GitHubOptions;
use super::pages::Next;
use super::transport::ConnectError;
use super::usage::Api;
use crate::forge::{ForgeError, RepositoryName};

/// In whose name everything is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Whoever gave the token.
    Token,
    /// The app, by its installation on the repository.
    Installation(u64),
}

/// Looks at repositories.
pub struct Inspector {
    client: Client,
    reader: Caller,
}

impl Inspector {
    /// Sets the connection up; nothing is sent yet. Reads with the token of the options until told
    /// otherwise. Has to be called within a tokio runtime, which must live as long as the value.
    ///
    /// # Errors
    /// [`ConnectError`] when the key or the certificates cannot be read.
    pub fn new(options: &GitHubOptions) -> Result<Self, ConnectError> {
        Ok(Self { client: Client::new(options)?, reader: Caller::Token })
    }

    /// Says in whose name to read from now on.
    pub fn read_as(&mut self, reader: Reader) {
        self.reader = match reader {
            Reader::Token => Caller::Token,
            Reader::Installation(number) => Caller::Installation(number),
        };
    }

    /// Reads what the app itself is, in the app's name.
    ///
    /// # Errors
    /// [`ForgeError`], as every call here.
    pub async fn app(&self) -> Result<App, ForgeError> {
        self.client.get(Caller::App, "/app").await?.read()
    }

    /// Reads how the app is installed on a repository, in the app's name.
    ///
    /// # Errors
    /// [`ForgeError::NotFound`] where it is not installed.
    pub async fn installation(&self, name: &RepositoryName) -> Result<Installation, ForgeError> {
        self.client.get(Caller::App, &below(name, "/installation")).await?.read()
    }

    /// Reads the repository's own settings.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub async fn repository(&self, name: &RepositoryName) -> Result<RepositorySettings, ForgeError> {
        self.one(&below(name, "")).await
    }

    /// Lists all branches, with what anybody who can read them is told of their protection.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub async fn branches(&self, name: &RepositoryName) -> Result<Vec<Branch>, ForgeError> {
        self.all(&below(name, "/branches?per_page=100")).await
    }

    /// Lists the rules that hold for a branch now, of rulesets of every level. The branch need not exist
    /// (GitHub docs, "Get rules for a branch").
    ///
    /// # Errors
    /// [`ForgeError`].
    pub async fn rules(&self, name: &RepositoryName, branch: &str) -> Result<Vec<Rule>, ForgeError> {
        self.all(&below(name, &format!("/rules/branches/{}?per_page=100", segment(branch)))).await
    }

    /// Reads a branch's protection of the older kind; none where it has none.
    ///
    /// # Errors
    /// [`ForgeError`], also where GitHub hides it behind "Not Found".
    pub async fn classic(&self, name: &RepositoryName, branch: &str) -> Result<Option<Classic>, ForgeError> {
        match self.one(&below(name, &format!("/branches/{}/protection", segment(branch)))).await {
            Ok(found) => Ok(Some(found)),
            // The words in which GitHub says that there is none, rather than that nothing may be seen.
            Err(ForgeError::NotFound(said)) if said.contains("Branch not protected") => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lists the rulesets of the repository and of those above it. Without their rules.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub async fn rulesets(&self, name: &RepositoryName) -> Result<Vec<Ruleset>, ForgeError> {
        self.all(&below(name, "/rulesets?includes_parents=true&per_page=100")).await
    }

    /// Reads a ruleset. Who may bypass it is told only to those who may write it.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub async fn ruleset(&self, name: &RepositoryName, id: u64) -> Result<Ruleset, ForgeError> {
        self.one(&below(name, &format!("/rulesets/{id}?includes_parents=true"))).await
    }

    /// Reads what workflows get by default.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub async fn workflow_token(&self, name: &RepositoryName) -> Result<WorkflowToken, ForgeError> {
        self.one(&below(name, "/actions/permissions/workflow")).await
    }

    /// Lists the environments.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub async fn environments(&self, name: &RepositoryName) -> Result<Vec<Environment>, ForgeError> {
        let mut found = Vec::new();
        self.client
            .list(self.reader, &below(name, "/environments?per_page=100"), |page: Environments| {
                found.extend(page.environments);
                Next::On
            })
            .await?;
        Ok(found)
    }

    /// Lists the apps that are asked before a deployment to an environment. This list has one page.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub async fn custom_rules(&self, name: &RepositoryName, environment: &str) -> Result<Vec<CustomRule>, ForgeError> {
        let path = format!("/environments/{}/deployment_protection_rules", segment(environment));
        let found: CustomRules = self.one(&below(name, &path)).await?;
        Ok(found.custom_deployment_protection_rules)
    }

    /// Writes a ruleset of the repository, over the one with the number `known` or anew, with the given
    /// token whoever reads; returns its number.
    ///
    /// # Errors
    /// [`ForgeError`].
    pub async fn write_ruleset(
        &self,
        name: &RepositoryName,
        known: Option<u64>,
        ruleset: &Value,
    ) -> Result<u64, ForgeError> {
        let (method, path) = match known {
            Some(id) => (Method::PUT, format!("/rulesets/{id}")),
            None => (Method::POST, "/rulesets".to_owned()),
        };
        let url = self.client.rest_url(&below(name, &path));
        let call = Call { api: Api::Rest, method, url, body: Some(ruleset) };
        let written: Ruleset = self.client.call(Caller::Token, &call).await?.read()?;
        Ok(written.id)
    }

    async fn one<T: DeserializeOwned>(&self, path: &str) -> Result<T, ForgeError> {
        self.client.get(self.reader, path).await?.read()
    }

    async fn all<T: DeserializeOwned + Send>(&self, path: &str) -> Result<Vec<T>, ForgeError> {
        let mut found = Vec::new();
        self.client
            .list(self.reader, path, |page: Vec<T>| {
                found.extend(page);
                Next::On
            })
            .await?;
        Ok(found)
    }
}

/// Returns a path below a repository.
fn below(name: &RepositoryName, path: &str) -> String {
    format!("/repos/{}/{}{path}", segment(&name.owner), segment(&name.name))
}
