//! The policy that a pull request is judged by: the one on the default branch, never the one that the
//! pull request brings, and the organization's, which a repository can only add to.

use crate::audit::event::PolicySeen;
use crate::facts::Fact;
use crate::forge::{Policies, PolicyDocument, RepositoryName};
use crate::gather::PolicyPlace;
use crate::model::Digest;
use crate::policy::{Loaded, Policy, PolicyErrors, load, load_and_combine, serial};

/// A policy that can be used, and where it came from.
#[derive(Debug, Clone)]
pub struct ForgePolicy {
    /// The policy, combined where there are two.
    pub policy: Policy,
    /// The place in the repository that it is read from, if it is read from there.
    pub place: Option<PolicyPlace>,
    /// What the ledger is to remember of it.
    pub seen: Option<PolicySeen>,
    organization: Option<Loaded>,
}

/// Returns the policy in force, or why there is none: then everything is refused.
///
/// # Errors
/// One sentence for people. Text of the documents in it is untrusted.
pub fn in_force(policies: &Policies, path: &str) -> Result<ForgePolicy, String> {
    let text = |document: &'_ PolicyDocument| document.text.clone();
    let documents = Documents {
        own: known(&policies.own, "the repository's policy")?.map(text),
        organization: known(&policies.organization, "the organization's policy")?.map(text),
    };
    of_documents(&policies.repository, &policies.default_branch, path, &documents)
}

/// The texts from which a policy is made.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    /// The repository's own.
    pub own: Option<Vec<u8>>,
    /// Its organization's.
    pub organization: Option<Vec<u8>>,
}

/// Returns the policy that follows from the texts of a repository and its organization.
///
/// # Errors
/// When no policy is in force: one sentence for people.
pub fn of_documents(
    repository: &RepositoryName,
    default_branch: &str,
    path: &str,
    documents: &Documents,
) -> Result<ForgePolicy, String> {
    let organization = documents
        .organization
        .as_ref()
        .map(|text| {
            let name = format!("{}/.github:{path}", repository.owner);
            load(text, &name).map_err(|errors| first(&name, &errors))
        })
        .transpose()?;
    match (&documents.own, organization) {
        (None, None) => {
            Err(format!("there is no policy: neither {path} on {default_branch} nor one of the organization"))
        }
        (None, Some(organization)) => Ok(ForgePolicy {
            policy: organization.policy.clone(),
            place: None,
            seen: None,
            organization: Some(organization),
        }),
        (Some(own), organization) => of_repository(repository, default_branch, path, own, organization),
    }
}

fn known<'a>(document: &'a Fact<Option<PolicyDocument>>, what: &str) -> Result<Option<&'a PolicyDocument>, String> {
    match document {
        Fact::Known(document) => Ok(document.as_ref()),
        Fact::Unknown(cause) => Err(format!("{what} cannot be read: {cause}")),
    }
}

fn of_repository(
    repository: &RepositoryName,
    default_branch: &str,
    path: &str,
    own: &[u8],
    organization: Option<Loaded>,
) -> Result<ForgePolicy, String> {
    let branch = format!("refs/heads/{default_branch}");
    let source = format!("{branch}:{path}");
    let policy = load_own(organization.as_ref(), own, &source)?;
    let serial = serial::required(&policy).map_err(|error| format!("{source}: {error}"))?;
    let seen = PolicySeen { digest: Digest::of(own).to_string(), repository: repository.to_string(), serial, source };
    let place = PolicyPlace { ref_name: branch.into_bytes(), path: path.as_bytes().to_vec(), serial };
    Ok(ForgePolicy { policy, place: Some(place), seen: Some(seen), organization })
}

fn load_own(organization: Option<&Loaded>, text: &[u8], name: &str) -> Result<Policy, String> {
    let loaded = match organization {
        Some(organization) => load_and_combine(organization, text, name).map(|(policy, _)| policy),
        None => serial::load_from_ref(text, name).map(|loaded| loaded.policy),
    };
    loaded.map_err(|errors| first(name, &errors))
}

fn first(name: &str, errors: &PolicyErrors) -> String {
    match errors.errors().next() {
        Some(problem) => format!("{name} is not valid, line {}: {}", problem.line, problem.message),
        None => format!("{name} is not valid"),
    }
}

impl ForgePolicy {
    /// Loads a document that is to replace the repository's, and returns its serial.
    ///
    /// # Errors
    /// Why it does not load, in one sentence.
    pub fn serial_of(&self, text: &[u8]) -> Result<u64, String> {
        let name = self.seen.as_ref().map_or("the policy", |seen| seen.source.as_str());
        let policy = load_own(self.organization.as_ref(), text, name)?;
        serial::required(&policy).map_err(|error| error.to_string())
    }
}
