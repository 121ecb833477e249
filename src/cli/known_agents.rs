//! What a signer's program knows: the built-in agents, and those and the people of the policy as far as it can be
//! seen from here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};

use super::client::Client;
use super::policy_source::load_file;
use super::{Exit, POLICY_PATH, Shell};
use crate::catalogue::Catalogue;
use crate::model::{Oid, terminal_safe};
use crate::policy::{LONGEST_POLICY, Policy, ReasonRules, load};

/// Who is recognized, and where that is known from.
pub struct KnownAgents {
    /// Everybody who is recognized.
    pub catalogue: Catalogue,
    /// What the policy asks of an override's reason, where the policy can be seen.
    pub reason: Option<ReasonRules>,
    /// Who has which key, by its fingerprint.
    owners: BTreeMap<String, String>,
    source: Source,
}

enum Source {
    /// A policy file that was named, here or in the settings.
    File(PathBuf),
    /// The policy in the repository, as the change starts from it.
    Start(Oid),
    /// No policy; says why.
    None(&'static str),
}

impl KnownAgents {
    /// Looks for the policy: the file that was named, else the setting `countersign.policy`, else the
    /// one that lies where the change starts, never one that the change brings.
    ///
    /// # Errors
    /// When standard error cannot be written. A file that was named and is no policy ends the command
    /// with the exit code inside.
    pub fn find(
        asked: Option<&Path>,
        start: Option<Oid>,
        client: &Client,
        shell: &mut Shell<'_>,
    ) -> Result<std::result::Result<Self, Exit>> {
        let named = asked.map(Path::to_path_buf).or_else(|| client.config("countersign.policy").map(PathBuf::from));
        if let Some(path) = named {
            return Ok(load_file(&path, shell)?.map(|loaded| Self::of(&loaded.policy, Source::File(path))));
        }
        Ok(Ok(match start.map(|start| (start, at_start(start, client))) {
            Some((start, Ok(Some(policy)))) => Self::of(&policy, Source::Start(start)),
            Some((_, Err(_))) => Self::built_in("the policy where the change starts cannot be read"),
            Some((_, Ok(None))) | None => Self::built_in("no policy is at hand"),
        }))
    }

    fn of(policy: &Policy, source: Source) -> Self {
        let keys = policy.people.iter().flat_map(|(id, person)| {
            let name = if person.name.is_empty() { id } else { &person.name };
            person.keys.iter().map(move |key| (key.fingerprint.clone(), name.clone()))
        });
        Self {
            catalogue: Catalogue::with_rules(&policy.agents, &policy.robots),
            reason: Some(policy.overrides.reason.clone()),
            owners: keys.collect(),
            source,
        }
    }

    fn built_in(why: &'static str) -> Self {
        let owners = BTreeMap::new();
        Self { catalogue: Catalogue::built_in(), reason: None, owners, source: Source::None(why) }
    }

    /// Returns whose key it is by the policy, where that can be seen.
    pub fn owner(&self, fingerprint: &str) -> Option<&str> {
        self.owners.get(fingerprint).map(String::as_str)
    }

    /// Returns what a signer should know about who was looked for.
    pub fn lines(&self) -> [String; 2] {
        let known = match &self.source {
            Source::File(path) => format!("those of {} were looked for, too;", terminal_safe(&path.to_string_lossy())),
            Source::Start(start) => format!("those of {POLICY_PATH} in {} were looked for, too;", start.short(12)),
            Source::None(why) => format!("{why}: only well-known ones were looked for;"),
        };
        let hint = match &self.source {
            Source::None(_) => "the server's policy may name more (see it with --policy FILE)",
            Source::File(_) | Source::Start(_) => "the server's policy may name others",
        };
        [known, hint.to_owned()]
    }
}

/// Reads the policy in a commit; none where there is no such file.
fn at_start(start: Oid, client: &Client) -> Result<Option<Policy>> {
    let tree = client.repository.tree_of(client.repository.commit_of(start)?)?;
    let text = client.repository.file_at(tree, POLICY_PATH.as_bytes(), LONGEST_POLICY + 1)?;
    let Some(text) = text else { return Ok(None) };
    let loaded = load(&text, POLICY_PATH).map_err(|_| anyhow!("it is no valid policy"))?;
    Ok(Some(loaded.policy))
}
