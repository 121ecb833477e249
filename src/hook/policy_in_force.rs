//! The policy that a push is judged by: the file on the server, the document at a ref's old tip,
//! or both; never anything that the push brings.

use std::path::Path;

use super::settings::Settings;
use crate::adapters::git::Repository;
use crate::audit::event::PolicySeen;
use crate::gather::PolicyPlace;
use crate::model::Digest;
use crate::policy::{LONGEST_POLICY, Loaded, Policy, PolicyErrors, load, load_and_combine, serial};

/// A policy that can be used, and where it came from.
#[derive(Debug, Clone)]
pub struct PolicyInForce {
    /// The policy, combined where there are two.
    pub policy: Policy,
    /// The place in the repository that it is read from.
    pub place: Option<PolicyPlace>,
    /// What the ledger is to remember of it.
    pub seen: Option<PolicySeen>,
    /// The file's policy, which a document at a ref adds gates to.
    pub file: Option<Loaded>,
}

/// Why there is no policy to judge by.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFailure {
    /// The file cannot be read.
    #[error("the policy `{path}` cannot be read: {cause}")]
    File {
        /// Its path.
        path: String,
        /// Why not.
        cause: std::io::Error,
    },
    /// The ref or the document at it cannot be read.
    #[error("the policy at `{place}` cannot be read: {cause}")]
    Ref {
        /// `REF:PATH`.
        place: String,
        /// Why not.
        cause: String,
    },
    /// It does not load.
    #[error("the policy `{}` is not valid", .errors.name)]
    Invalid {
        /// Everything that is wrong with it.
        errors: PolicyErrors,
        /// Its text.
        text: Vec<u8>,
    },
}

/// Reads the policy that is in force in a repository.
///
/// # Errors
/// [`PolicyFailure`]: then everything is refused.
pub fn read(settings: &Settings, repository: &Repository) -> Result<PolicyInForce, PolicyFailure> {
    let file = settings.policy_file.as_deref().map(read_file).transpose()?;
    match &settings.policy_ref {
        None => {
            let file =
                file.ok_or_else(|| PolicyFailure::Ref { place: String::new(), cause: "none is set".to_owned() })?;
            Ok(PolicyInForce { policy: file.policy.clone(), place: None, seen: None, file: Some(file) })
        }
        Some((name, path)) => read_ref(settings, repository, file, name, path),
    }
}

fn read_file(path: &Path) -> Result<Loaded, PolicyFailure> {
    let text = read_bounded(path).map_err(|cause| PolicyFailure::File { path: path.display().to_string(), cause })?;
    let loaded = load(&text, &path.display().to_string());
    loaded.map_err(|errors| PolicyFailure::Invalid { errors, text })
}

/// Reads one byte more than a policy may have, so that the loader can tell that it is too long.
fn read_bounded(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let file = std::fs::File::open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(LONGEST_POLICY).min(LONGEST_POLICY);
    // Room for a byte more: only when that stays empty is the end known without another read.
    let mut text = Vec::with_capacity(length + 64);
    file.take(LONGEST_POLICY as u64 + 1).read_to_end(&mut text)?;
    Ok(text)
}

fn read_ref(
    settings: &Settings,
    repository: &Repository,
    file: Option<Loaded>,
    name: &str,
    path: &str,
) -> Result<PolicyInForce, PolicyFailure> {
    let place = format!("{name}:{path}");
    let text =
        document_at(repository, name, path).map_err(|cause| PolicyFailure::Ref { place: place.clone(), cause })?;
    let loaded = match &file {
        Some(file) => load_and_combine(file, &text, &place).map(|(policy, _)| policy),
        None => serial::load_from_ref(&text, &place).map(|loaded| loaded.policy),
    };
    let policy = match loaded {
        Ok(policy) => policy,
        Err(errors) => return Err(PolicyFailure::Invalid { errors, text }),
    };
    let serial = policy.serial.unwrap_or_default();
    let seen = PolicySeen {
        digest: Digest::of(&text).to_string(),
        repository: settings.repository.clone(),
        serial,
        source: place,
    };
    let place = PolicyPlace { ref_name: name.as_bytes().to_vec(), path: path.as_bytes().to_vec(), serial };
    Ok(PolicyInForce { policy, place: Some(place), seen: Some(seen), file })
}

fn document_at(repository: &Repository, name: &str, path: &str) -> Result<Vec<u8>, String> {
    let tip = repository.read_ref(name.as_bytes()).map_err(|error| error.to_string())?;
    let tip = tip.ok_or_else(|| format!("there is no ref {name}"))?;
    let commit = repository.commit_of(tip).map_err(|error| error.to_string())?;
    let tree = repository.tree_of(commit).map_err(|error| error.to_string())?;
    let text = repository.file_at(tree, path.as_bytes(), LONGEST_POLICY + 1).map_err(|error| error.to_string())?;
    text.ok_or_else(|| format!("there is no file {path} at {name}"))
}

impl PolicyInForce {
    /// Loads a document that is to replace the one at the ref, and returns its serial.
    ///
    /// # Errors
    /// Why it does not load, in one sentence.
    pub fn serial_of(&self, text: &[u8]) -> Result<u64, String> {
        let name = self.seen.as_ref().map_or("the policy", |seen| seen.source.as_str());
        let loaded = match &self.file {
            Some(file) => load_and_combine(file, text, name).map(|(policy, _)| policy),
            None => serial::load_from_ref(text, name).map(|loaded| loaded.policy),
        };
        let policy = loaded.map_err(|errors| {
            let first = errors.errors().next().map(|problem| format!("line {}: {}", problem.line, problem.message));
            first.unwrap_or_else(|| "it is not valid".to_owned())
        })?;
        serial::required(&policy).map_err(|error| error.to_string())
    }
}
