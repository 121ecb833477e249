//! Proofs over the Merkle tree: that a leaf is in it, and that a tree is the beginning of another.
//!
//! Made as RFC 6962 §2.1.1 and §2.1.2 define them from whatever holds the nodes, checked as RFC 9162
//! §2.1.3.2 and §2.1.4.2 spell out. Nothing here knows how nodes are kept.

use std::collections::HashMap;

use super::merkle::{Frontier, Hash, node_hash};

/// Something that can tell the hash of a complete subtree: the one of 2^`level` leaves that starts
/// at leaf `index` · 2^`level`.
pub trait Nodes {
    /// What goes wrong while reading.
    type Error;

    /// Returns the hash of a complete subtree.
    ///
    /// # Errors
    /// Whatever keeps it from being read; that it is not there is an error, too.
    fn node(&mut self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// Returns the largest power of two that is smaller than `n`, for `n` of at least two.
fn split(n: u64) -> u64 {
    1 << (u64::BITS - 1 - (n - 1).leading_zeros())
}

/// Returns the hash of the leaves from `start` up to, but without, `end`.
fn subtree<N: Nodes>(nodes: &mut N, start: u64, end: u64) -> Result<Hash, N::Error> {
    let width = end - start;
    if width.is_power_of_two() {
        let level = width.trailing_zeros();
        return nodes.node(level, start >> level);
    }
    let middle = start + split(width);
    Ok(node_hash(&subtree(nodes, start, middle)?, &subtree(nodes, middle, end)?))
}

/// Returns the root of the first `size` leaves; `size` must not be zero.
///
/// # Errors
/// What reading the nodes ran into.
pub fn root_of_first<N: Nodes>(nodes: &mut N, size: u64) -> Result<Hash, N::Error> {
    if size == 0 { Ok(super::merkle::empty_root()) } else { subtree(nodes, 0, size) }
}

/// Makes the proof that leaf `index` is in the tree of `size` leaves (RFC 6962 §2.1.1), from the
/// leaf upwards; nothing when the leaf is not in the tree.
///
/// # Errors
/// What reading the nodes ran into.
pub fn prove_inclusion<N: Nodes>(nodes: &mut N, index: u64, size: u64) -> Result<Option<Vec<Hash>>, N::Error> {
    if index >= size {
        return Ok(None);
    }
    let (mut start, mut end) = (0, size);
    let mut path = Vec::new();
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            path.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree(nodes, start, middle)?);
            start = middle;
        }
    }
    path.reverse();
    Ok(Some(path))
}

/// Makes the proof that the tree of `old` leaves is the beginning of the tree of `new` leaves
/// (RFC 6962 §2.1.2); nothing when `old` is larger. It is empty for equal sizes and for none.
///
/// # Errors
/// What reading the nodes ran into.
pub fn prove_consistency<N: Nodes>(nodes: &mut N, old: u64, new: u64) -> Result<Option<Vec<Hash>>, N::Error> {
    if old > new {
        return Ok(None);
    }
    if old == 0 || old == new {
        return Ok(Some(Vec::new()));
    }
    let (mut start, mut end) = (0, new);
    let mut path = Vec::new();
    // Descend to the node whose right end is the end of the old tree.
    while end != old {
        let middle = start + split(end - start);
        if old <= middle {
            path.push(subtree(nodes, middle, end)?);
            end = middle;
        } else {
            path.push(subtree(nodes, start, middle)?);
            start = middle;
        }
    }
    if start != 0 {
        path.push(subtree(nodes, start, end)?);
    }
    path.reverse();
    Ok(Some(path))
}

/// Checks that the leaf with this hash is leaf `index` of the tree of `size` leaves with this root
/// (RFC 9162 §2.1.3.2).
#[must_use]
pub fn inclusion_holds(leaf: Hash, index: u64, size: u64, path: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(sibling, &hash);
            // The right edge has no sibling on the levels where it is a lone left child.
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root
}

/// Checks that the tree of `old` leaves and root `old_root` is the beginning of the tree of `new`
/// leaves and root `new_root` (RFC 9162 §2.1.4.2).
#[must_use]
pub fn consistency_holds(old: u64, old_root: Hash, new: u64, new_root: Hash, path: &[Hash]) -> bool {
    if old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    if old == 0 {
        return path.is_empty() && old_root == super::merkle::empty_root();
    }
    let mut path = path.iter();
    let first = if old.is_power_of_two() { Some(&old_root) } else { path.next() };
    let Some(first) = first.copied() else { return false };
    let shift = (old - 1).trailing_ones();
    let (mut place, mut last) = ((old - 1) >> shift, (new - 1) >> shift);
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == old_root && new_hash == new_root
}

/// Leaves checked one after the other against one tree, each at the cost of what is not known yet.
///
/// Every node on a path that was proven is itself proven, and so is its sibling: checking many leaves
/// of one tree reads about one node for each instead of a whole path.
#[derive(Debug, Default)]
pub struct Proven {
    nodes: HashMap<(u32, u64), Hash>,
}

impl Proven {
    /// Starts from a tree whose root is trusted: its peaks are then, too.
    #[must_use]
    pub fn from_frontier(tree: &Frontier) -> Self {
        Self { nodes: tree.peak_places().zip(tree.peaks().iter().copied()).collect() }
    }

    /// Takes over the peaks of a longer tree, of which it is known that it continues the one from before.
    pub fn extend_to(&mut self, tree: &Frontier) {
        self.nodes.extend(tree.peak_places().zip(tree.peaks().iter().copied()));
    }

    /// Takes over the nodes that became final with leaf `index`, level by level.
    pub fn take_over(&mut self, index: u64, hashes: &[Hash]) {
        self.nodes.extend((0..).zip(hashes).map(|(level, hash)| ((level, index >> level), *hash)));
    }

    /// Returns a node that was proven.
    #[must_use]
    pub fn node(&self, level: u32, index: u64) -> Option<Hash> {
        self.nodes.get(&(level, index)).copied()
    }

    /// Returns how many nodes were proven.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Tells whether nothing was proven.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Tells whether the leaf with this hash is leaf `index` of the tree.
    ///
    /// # Errors
    /// What reading the nodes ran into.
    pub fn holds<N: Nodes>(&mut self, nodes: &mut N, index: u64, leaf: Hash) -> Result<bool, N::Error> {
        let (mut place, mut hash) = (index, leaf);
        let mut climbed = Vec::new();
        for level in 0..u64::BITS {
            if let Some(known) = self.nodes.get(&(level, place)) {
                let holds = *known == hash;
                if holds {
                    self.nodes.extend(climbed);
                }
                return Ok(holds);
            }
            let sibling = nodes.node(level, place ^ 1)?;
            climbed.push(((level, place), hash));
            climbed.push(((level, place ^ 1), sibling));
            hash = if place & 1 == 1 { node_hash(&sibling, &hash) } else { node_hash(&hash, &sibling) };
            place >>= 1;
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use proptest::prelude::*;

    use super::*;
    use crate::audit::merkle::{empty_root, leaf_hash};

    /// All nodes of a tree, as a store would keep them.
    struct Kept(HashMap<(u32, u64), Hash>, Frontier);

    impl Nodes for Kept {
        type Error = Infallible;
        fn node(&mut self, level: u32, index: u64) -> Result<Hash, Infallible> {
            Ok(self.0[&(level, index)])
        }
    }

    fn kept(leaves: &[Vec<u8>]) -> Kept {
        let mut kept = Kept(HashMap::new(), Frontier::default());
        for (number, leaf) in leaves.iter().enumerate() {
            for (level, hash) in kept.1.append(leaf_hash(leaf)).into_iter().enumerate() {
                kept.0.insert((level as u32, number as u64 >> level), hash);
            }
        }
        kept
    }

    fn bytes(path: &[Hash]) -> Vec<u8> {
        path.iter().flat_map(|hash| *hash.as_bytes()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Roots and proofs are those of an independent implementation, bit for bit.
        #[test]
        fn roots_and_proofs_agree_with_another_implementation(
            leaves in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..9), 1..70),
            a in any::<prop::sample::Index>(), b in any::<prop::sample::Index>(),
        ) {
            let size = leaves.len() as u64;
            let mut ours = kept(&leaves);
            let mut theirs = MemoryBackedTree::<sha2_next::Sha256, Vec<u8>>::new();
            leaves.iter().for_each(|leaf| theirs.push(leaf.clone()));
            let root = ours.1.root();
            let their_root = theirs.root();
            prop_assert_eq!(&root.as_bytes()[..], &their_root.as_bytes()[..]);

            let index = a.index(leaves.len());
            let path = prove_inclusion(&mut ours, index as u64, size).unwrap().unwrap();
            let their_path = theirs.prove_inclusion(index);
            prop_assert_eq!(bytes(&path), their_path.as_bytes());
            prop_assert!(inclusion_holds(leaf_hash(&leaves[index]), index as u64, size, &path, root));

            let old = 1 + b.index(leaves.len());
            let path = prove_consistency(&mut ours, old as u64, size).unwrap().unwrap();
            let their_path = theirs.prove_consistency(leaves.len() - old);
            prop_assert_eq!(bytes(&path), their_path.as_bytes());
            let old_root = kept(&leaves[..old]).1.root();
            prop_assert_eq!(root_of_first(&mut ours, old as u64).unwrap(), old_root);
            prop_assert!(consistency_holds(old as u64, old_root, size, root, &path));
        }

        /// No proof holds for anything but what it was made for.
        #[test]
        fn a_proof_of_one_thing_proves_no_other(size in 1u64..40, index in 0u64..40, other in 0u64..40, old in 1u64..40, flip in any::<u8>()) {
            let leaves: Vec<Vec<u8>> = (0..size).map(|n| n.to_be_bytes().to_vec()).collect();
            let mut tree = kept(&leaves);
            let root = tree.1.root();
            let (index, old) = (index % size, 1 + old % size);
            let leaf = leaf_hash(&leaves[index as usize]);
            let path = prove_inclusion(&mut tree, index, size).unwrap().unwrap();
            if other != index {
                prop_assert!(!inclusion_holds(leaf, other, size, &path, root));
            }
            prop_assert!(!inclusion_holds(leaf_hash(b"else"), index, size, &path, root));
            let old_root = root_of_first(&mut tree, old).unwrap();
            let path = prove_consistency(&mut tree, old, size).unwrap().unwrap();
            prop_assert!(!consistency_holds(old, leaf_hash(b"else"), size, root, &path));
            prop_assert!(!consistency_holds(old, old_root, size, leaf_hash(b"else"), &path));
            for (place, hash) in path.iter().enumerate() {
                let mut broken = *hash.as_bytes();
                broken[usize::from(flip) % 32] ^= 1;
                let mut wrong = path.clone();
                wrong[place] = Hash::from_bytes(broken);
                prop_assert!(!consistency_holds(old, old_root, size, root, &wrong));
                wrong.truncate(place);
                prop_assert!(!consistency_holds(old, old_root, size, root, &wrong));
            }
        }

        /// Checking many leaves with memory accepts exactly the right ones.
        #[test]
        fn proven_leaves_are_the_right_ones(size in 1u64..60, order in proptest::collection::vec(0u64..60, 1..40)) {
            let leaves: Vec<Vec<u8>> = (0..size).map(|n| n.to_be_bytes().to_vec()).collect();
            let mut tree = kept(&leaves);
            let mut proven = Proven::from_frontier(&tree.1);
            for index in order {
                let index = index % size;
                prop_assert!(!proven.holds(&mut tree, index, leaf_hash(b"else")).unwrap());
                prop_assert!(proven.holds(&mut tree, index, leaf_hash(&leaves[index as usize])).unwrap());
            }
        }
    }

    #[test]
    fn trees_of_no_leaves_are_the_beginning_of_all() {
        let root = leaf_hash(b"x");
        assert!(consistency_holds(0, empty_root(), 1, root, &[]));
        assert!(!consistency_holds(0, root, 1, root, &[]));
        assert!(!consistency_holds(2, root, 1, root, &[]));
        assert!(!inclusion_holds(root, 0, 0, &[], root));
    }
}
