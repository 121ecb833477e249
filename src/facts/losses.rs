//! What a deployment's plan would destroy, for whoever reads the verdict. It decides nothing: the decision
//! looks at `destructive` alone.

use serde::{Deserialize, Serialize};

use crate::plan::Effect;

/// The most losses that are listed; the others are counted.
const LISTED: usize = 1_000;

/// The most characters of an address that are kept.
const ADDRESS: usize = 500;

/// What a plan would destroy or replace. Fields stand in alphabetical order (RFC 8785).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Losses {
    /// How many of the things that are there now the plan speaks of.
    pub existing: usize,
    /// What is lost, in the plan's order, at most 1,000.
    pub listed: Vec<LostThing>,
    /// How many things are lost.
    pub total: usize,
}

/// Something that a plan would destroy or replace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LostThing {
    /// Its address in the plan; untrusted text.
    pub address: String,
    /// `destroyed`, `replaced` or `may be replaced`.
    pub how: String,
}

impl Losses {
    /// Returns what carrying out a plan loses.
    #[must_use]
    pub fn of(effect: &Effect) -> Self {
        let lost = effect
            .losses
            .iter()
            .take(LISTED)
            .map(|loss| LostThing { address: loss.address.chars().take(ADDRESS).collect(), how: loss.how.to_string() });
        Self { existing: effect.existing, listed: lost.collect(), total: effect.losses.len() }
    }
}
