//! Policies that were read before: the same documents from the same places are the same policy.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::policy::{ForgePolicy, in_force};
use crate::facts::Fact;
use crate::forge::{Policies, PolicyDocument};

/// How many policies are kept.
const MOST: usize = 256;

/// Policies by everything that they follow from.
#[derive(Default)]
pub(super) struct PolicyMemory(Mutex<HashMap<[u8; 32], Arc<ForgePolicy>>>);

impl PolicyMemory {
    /// Returns the policy in force, as [`in_force`] does.
    pub(super) fn in_force(&self, policies: &Policies, path: &str) -> Result<Arc<ForgePolicy>, String> {
        let Some(key) = key(policies, path) else { return in_force(policies, path).map(Arc::new) };
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(policy) = known().get(&key) {
            return Ok(Arc::clone(policy));
        }
        let policy = Arc::new(in_force(policies, path)?);
        let mut known = known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(key, Arc::clone(&policy));
        Ok(policy)
    }
}

/// Returns a digest of all that a policy follows from; nothing when one of the documents is unknown.
fn key(policies: &Policies, path: &str) -> Option<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    let name = &policies.repository;
    for part in [path, &policies.default_branch, &name.owner, &name.name] {
        add(part.as_bytes());
    }
    for document in [&policies.own, &policies.organization] {
        match document {
            Fact::Known(None) => add(b"none"),
            Fact::Known(Some(PolicyDocument { text, .. })) => {
                add(b"text");
                add(text);
            }
            Fact::Unknown(_) => return None,
        }
    }
    Some(hash.finalize().into())
}
