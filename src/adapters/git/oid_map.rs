//! A fast hash for maps whose keys are object ids.
//!
//! Ids are hashes already, but whoever makes commits can choose some of their bits; a number that
//! is drawn anew in each process keeps them from making all entries of a map collide.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Builds [`OidHasher`]s that share one random number.
#[derive(Debug, Clone, Copy)]
pub(super) struct OidHashing {
    seed: u64,
}

impl Default for OidHashing {
    fn default() -> Self {
        Self { seed: RandomState::new().hash_one(0u8) | 1 }
    }
}

impl BuildHasher for OidHashing {
    type Hasher = OidHasher;

    fn build_hasher(&self) -> OidHasher {
        OidHasher { seed: self.seed, state: 0 }
    }
}

/// Folds the first bytes of an id with the random number.
#[derive(Debug)]
pub(super) struct OidHasher {
    seed: u64,
    state: u64,
}

impl Hasher for OidHasher {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(Ok(head)) = bytes.get(..8).map(<[u8; 8]>::try_from) {
            let product =
                u128::from(u64::from_ne_bytes(head) ^ self.seed) * u128::from(self.seed ^ 0x9e37_79b9_7f4a_7c15);
            let [low, high] = [product, product >> 64].map(|half| (half & u128::from(u64::MAX)) as u64);
            self.state ^= low ^ high;
        }
    }

    fn write_u8(&mut self, _: u8) {}

    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Oid;

    #[test]
    fn equal_ids_hash_alike_and_others_spread() {
        let hashing = OidHashing::default();
        let oid = |text: String| text.parse::<Oid>().unwrap();
        let all: std::collections::HashSet<u64> =
            (0..1000).map(|number| hashing.hash_one(oid(format!("{number:040x}").chars().rev().collect()))).collect();
        assert_eq!(all.len(), 1000);
        assert_eq!(hashing.hash_one(oid("ab".repeat(32))), hashing.hash_one(oid("ab".repeat(32))));
    }
}
