//! Whether a landing may claim level 4 of SLSA's source track, where the administrator asked for that claim.
//!
//! Whatever cannot be told ends the claim. It begins with what a ref was at the adoption and goes from landing to
//! landing: a push past the gate, an override, a rewind or a gentler policy breaks the chain, and only a new adoption
//! begins another one. The specification is SLSA v1.2, "Source: Requirements".

use std::collections::HashSet;

use super::archive_news::News;
use super::policy_in_force::PolicyInForce;
use crate::adapters::git::{GitError, Repository};
use crate::audit::archive::Verdicts;
use crate::audit::attest::{self, is_two_party};
use crate::audit::event::{Basis, Permitted};
use crate::model::{Action, Oid};
use crate::policy::{Binding, UnknownContributor};
use crate::verify::dsse::MAX_VERDICT_BYTES;
use crate::verify::{GateKey, PublicKey};

/// The landings that claim the level, as far as they are known.
pub(super) struct Claims<'a> {
    repository: &'a Repository,
    key: PublicKey,
    /// The archive as it is before anything is added.
    tip: Option<Oid>,
    policy: Option<&'a PolicyInForce>,
    claimed: HashSet<(String, Oid)>,
}

impl<'a> Claims<'a> {
    pub(super) fn new(
        repository: &'a Repository,
        key: &GateKey,
        tip: Option<Oid>,
        policy: Option<&'a PolicyInForce>,
    ) -> Self {
        Self { repository, key: key.public_key().clone(), tip, policy, claimed: HashSet::new() }
    }

    /// Tells whether a landing claims the level, and remembers that for the next one.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub(super) fn hold(
        &mut self,
        permitted: &Permitted,
        basis: &Basis,
        verdict: &[u8],
        news: &News,
    ) -> Result<bool, GitError> {
        let change = &permitted.change;
        let Some(name) = change.target.as_ref_name() else { return Ok(false) };
        let satisfied: Vec<&str> =
            basis.gates.iter().filter(|gate| gate.satisfied).map(|gate| gate.name.as_str()).collect();
        let is_sound = permitted.r#override.is_none()
            && change.action == Action::Update
            && is_two_party(&basis.asked, &satisfied)
            && self.is_policy_sound(&permitted.policy)
            && !has_cleared_commits(verdict)
            && !news.is_walked_around(name);
        let Some(before) = change.old.filter(|_| is_sound) else { return Ok(false) };
        let continues = news.was_adopted_at(name, before)
            || self.claimed.contains(&(name.to_owned(), before))
            || self.claims(name, before)?;
        if continues {
            self.claimed.insert((name.to_owned(), change.head));
        }
        Ok(continues)
    }

    /// Tells whether the policy keeps history and tags, asks about exactly the final revision, and trusts nobody
    /// whom it does not know. It must be the one that the landing was judged by.
    fn is_policy_sound(&self, digest: &str) -> bool {
        self.policy.is_some_and(|in_force| {
            let policy = &in_force.policy;
            let names_tags =
                policy.gates.iter().flat_map(|gate| &gate.refs).any(|glob| glob.as_str().starts_with("refs/tags/"));
            policy.digest.to_string() == digest
                && !policy.protect.allow_rewind
                && !policy.protect.allow_delete
                && policy.sign_offs.binding == Binding::Commit
                && policy.unknown_contributor == UnknownContributor::Refuse
                && names_tags
        })
    }

    /// Tells whether the archive holds a verdict that claims the level for this state of a ref.
    fn claims(&self, name: &str, head: Oid) -> Result<bool, GitError> {
        let Some(tip) = self.tip else { return Ok(false) };
        let tree = self.repository.tree_of(tip)?;
        let folder = Verdicts::Landings.of_head(head);
        let Some(entry) = self.repository.tree_entry(tree, folder.as_bytes())? else { return Ok(false) };
        for (_, file) in self.repository.tree_entries(entry.oid)? {
            let bytes = self.repository.blob(file.oid, MAX_VERDICT_BYTES)?;
            let read = attest::read(&bytes, std::slice::from_ref(&self.key));
            if read.is_ok_and(|(said, _)| said.is_source_level_4 && said.target.as_ref_name() == Some(name)) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Tells whether part of a change was looked at on another ref only: level 4 asks for a look in each context.
fn has_cleared_commits(verdict: &[u8]) -> bool {
    let verdict: Option<serde_json::Value> = serde_json::from_slice(verdict).ok();
    let commits = verdict.as_ref().and_then(|verdict| verdict.get("commits")?.as_array());
    commits.is_none_or(|commits| commits.iter().any(|commit| commit.get("cleared").is_some_and(|is| is == true)))
}
