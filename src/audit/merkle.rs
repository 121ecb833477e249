//! The Merkle tree over the ledger's entries, hashed as RFC 6962 §2.1 says.
//!
//! Only hashing and appending live here; proofs are in `proof`. Nothing is stored: what has to be
//! kept is handed back to the caller, who keeps it next to the leaf that completed it.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

/// The hash of a leaf, of an inner node or of a whole tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// The number of bytes in a hash.
    pub const LEN: usize = 32;

    /// Returns the hash whose bytes were stored elsewhere.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the hash in a slice, if it has exactly 32 bytes.
    #[must_use]
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the raw bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the standard base64 form that checkpoints and proofs carry.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    /// Reads the standard base64 form.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok().and_then(|bytes| Self::from_slice(&bytes))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl serde::Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let mut bytes = [0u8; 32];
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) || hex::decode_to_slice(&text, &mut bytes).is_err() {
            return Err(serde::de::Error::custom("a hash has 64 lower-case hexadecimal digits"));
        }
        Ok(Self(bytes))
    }
}

/// Returns the hash of a leaf: SHA-256 of 0x00 and the entry (RFC 6962 §2.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new_with_prefix([0u8]).chain_update(entry).finalize().into())
}

/// Returns the hash of an inner node: SHA-256 of 0x01 and both children (RFC 6962 §2.1).
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new_with_prefix([1u8]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// Returns the root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1).
#[must_use]
pub fn empty_root() -> Hash {
    Hash(Sha256::digest(b"").into())
}

/// The right edge of a tree: all that appending needs to know.
///
/// A tree of `size` leaves is a row of complete subtrees, one for each bit that is set in `size`,
/// the largest first; their roots are the peaks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Returns the frontier of a stored tree, if there are as many peaks as `size` asks for.
    #[must_use]
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (usize::try_from(size.count_ones()) == Ok(peaks.len())).then_some(Self { size, peaks })
    }

    /// Returns the number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the roots of the complete subtrees, the largest first.
    #[must_use]
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Returns the place (level, index) of every peak, in the order of [`Frontier::peaks`].
    pub fn peak_places(&self) -> impl Iterator<Item = (u32, u64)> + use<> {
        let size = self.size;
        (0..u64::BITS).rev().filter(move |level| size >> level & 1 == 1).map(move |level| {
            // The subtree at this bit starts after all larger ones: clear the bits below it.
            (level, (size >> level) - 1)
        })
    }

    /// Returns the root of the whole tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }

    /// Appends a leaf and returns the hashes that became final with it: the leaf's own, then one for
    /// each complete subtree that ends here, level by level. They are all that proofs ever need.
    pub fn append(&mut self, leaf: Hash) -> Vec<Hash> {
        let mut final_hashes = vec![leaf];
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
                final_hashes.push(hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
        final_hashes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The eight leaves and the roots of the first one to eight of them, from the test vectors of
    /// Certificate Transparency's reference implementation (merkle_tree_test.cc).
    pub(crate) const LEAVES: [&str; 8] =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn the_published_vectors_hold() {
        assert_eq!(empty_root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let mut tree = Frontier::default();
        for (leaf, root) in LEAVES.iter().zip(ROOTS) {
            tree.append(leaf_hash(&hex::decode(leaf).unwrap()));
            assert_eq!(tree.root().to_string(), root);
        }
    }

    #[test]
    fn peaks_lie_where_the_bits_of_the_size_say() {
        let tree = Frontier::from_parts(11, vec![empty_root(); 3]).unwrap();
        assert_eq!(tree.peak_places().collect::<Vec<_>>(), [(3, 0), (1, 4), (0, 10)]);
        assert!(Frontier::from_parts(11, vec![empty_root(); 2]).is_none());
    }

    #[test]
    fn a_leaf_completes_as_many_subtrees_as_its_number_has_trailing_ones() {
        let mut tree = Frontier::default();
        let completed: Vec<usize> = (0u8..8).map(|n| tree.append(leaf_hash(&[n])).len()).collect();
        assert_eq!(completed, [1, 2, 1, 3, 1, 2, 1, 4]);
    }
}
