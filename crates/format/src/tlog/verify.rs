//! Judging inclusion and consistency proofs (`docs/spec/tlog.md` §1.2, §1.3).
//!
//! Needs roots and hashes only, never a tree, so that whoever holds a signed
//! checkpoint can run it. The roots must come from checkpoints already trusted:
//! a proof against a root of unknown origin proves nothing.

use super::merkle::{empty_root, node_hash};
use crate::hash::Digest;

/// Longest proof that is looked at: a tree of 2^63 leaves needs no more.
pub const PROOF_HASHES_MAX: usize = 64;

/// Why a proof is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// More than [`PROOF_HASHES_MAX`] hashes.
    #[error("the proof has more than {PROOF_HASHES_MAX} hashes")]
    TooLong,
    /// The entry would lie beyond the end of the tree.
    #[error("the index is not below the tree size")]
    IndexOutOfRange,
    /// The older tree would be the larger one.
    #[error("the old size is above the new size")]
    SizesReversed,
    /// A size that needs no hashes came with some, or the other way round.
    #[error("the number of hashes does not fit the sizes")]
    WrongLength,
    /// A tree of size 0 was claimed to have another root than the empty one.
    #[error("the root of size 0 is not the empty root")]
    NotTheEmptyRoot,
    /// The hashes do not lead to the root of the older tree.
    #[error("the proof does not lead to the old root")]
    OldRootMismatch,
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root")]
    RootMismatch,
}

/// Checks that `leaf` is the leaf at `index` of the tree with `size` leaves and
/// root `root` (`docs/spec/tlog.md` §1.2, RFC 9162 §2.1.3.2).
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Digest,
    proof: &[Digest],
    root: &Digest,
) -> Result<(), ProofError> {
    if proof.len() > PROOF_HASHES_MAX {
        return Err(ProofError::TooLong);
    }
    if index >= size {
        return Err(ProofError::IndexOutOfRange);
    }
    let mut path = Path { node: index, last: size - 1 };
    let mut hash = *leaf;
    for sibling in proof {
        hash = match path.step()? {
            Side::Left => node_hash(sibling, &hash),
            Side::Right => node_hash(&hash, sibling),
        };
    }
    path.finish()?;
    if hash == *root { Ok(()) } else { Err(ProofError::RootMismatch) }
}

/// Checks that the tree with `new` leaves and root `new_root` begins with the
/// tree of `old` leaves and root `old_root` (`docs/spec/tlog.md` §1.3, RFC 9162
/// §2.1.4.2).
///
/// NB: with `old` = 0 this proves nothing about `new_root`, since every tree
/// begins with the empty one.
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Digest,
    new_root: &Digest,
    proof: &[Digest],
) -> Result<(), ProofError> {
    if proof.len() > PROOF_HASHES_MAX {
        return Err(ProofError::TooLong);
    }
    if old > new {
        return Err(ProofError::SizesReversed);
    }
    if old == 0 && *old_root != empty_root() {
        return Err(ProofError::NotTheEmptyRoot);
    }
    if old == 0 || old == new {
        return match proof {
            [_, ..] => Err(ProofError::WrongLength),
            [] if old == new && old_root != new_root => Err(ProofError::RootMismatch),
            [] => Ok(()),
        };
    }
    let (old_hash, new_hash) = both_roots(old, new, old_root, proof)?;
    if old_hash != *old_root {
        return Err(ProofError::OldRootMismatch);
    }
    if new_hash == *new_root { Ok(()) } else { Err(ProofError::RootMismatch) }
}

/// Whether a proof between two sizes leads to the root of the larger tree, and so
/// shows what the smaller one was in it, and that is not `old_root`.
///
/// NB: for an old size that is a power of two a proof never shows it: it is made
/// from the old root instead of leading to it.
pub(super) fn shows_fork(
    (old, new): (u64, u64),
    old_root: &Digest,
    new_root: &Digest,
    proof: &[Digest],
) -> bool {
    if old == 0 || new <= old || old.is_power_of_two() || proof.len() > PROOF_HASHES_MAX {
        return false;
    }
    match both_roots(old, new, old_root, proof) {
        Ok((old_hash, new_hash)) => new_hash == *new_root && old_hash != *old_root,
        Err(_) => false,
    }
}

/// The roots that a proof leads to, for 0 < old < new.
fn both_roots(
    old: u64,
    new: u64,
    old_root: &Digest,
    proof: &[Digest],
) -> Result<(Digest, Digest), ProofError> {
    // The first hash both roots are built on: the proof leaves it out when it is
    // the whole old tree, which is when the old size is a power of two.
    let (seed, rest) = match proof {
        [] => return Err(ProofError::WrongLength),
        _ if old.is_power_of_two() => (old_root, proof),
        [seed, rest @ ..] => (seed, rest),
    };
    let shared = (old - 1).trailing_ones();
    let mut path = Path { node: (old - 1) >> shared, last: (new - 1) >> shared };
    let (mut old_hash, mut new_hash) = (*seed, *seed);
    for sibling in rest {
        match path.step()? {
            Side::Left => {
                old_hash = node_hash(sibling, &old_hash);
                new_hash = node_hash(sibling, &new_hash);
            }
            Side::Right => new_hash = node_hash(&new_hash, sibling),
        }
    }
    path.finish()?;
    Ok((old_hash, new_hash))
}

/// Where the climb from a node to the root stands: `fn` and `sn` of RFC 9162.
struct Path {
    node: u64,
    last: u64,
}

/// On which side of the climbing hash the next sibling stands.
enum Side {
    Left,
    Right,
}

impl Path {
    fn step(&mut self) -> Result<Side, ProofError> {
        if self.last == 0 {
            return Err(ProofError::WrongLength);
        }
        let side = if self.node & 1 == 1 || self.node == self.last {
            // A node at the right edge has no sibling until it is a right child.
            while self.node & 1 == 0 && self.node != 0 {
                self.up();
            }
            Side::Left
        } else {
            Side::Right
        };
        self.up();
        Ok(side)
    }

    fn up(&mut self) {
        self.node >>= 1;
        self.last >>= 1;
    }

    fn finish(&self) -> Result<(), ProofError> {
        if self.last == 0 { Ok(()) } else { Err(ProofError::WrongLength) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::merkle::{Tree, leaf_hash};
    use super::*;

    /// Altering every proof of every size up to 130 would take most of the suite's time.
    const ALTERED_SIZE_MAX: u64 = 67;

    fn tree_of(count: u64) -> Tree {
        let mut tree = Tree::new();
        (0..count).for_each(|i| tree.push(leaf_hash(&i.to_be_bytes())));
        tree
    }

    /// Every proof that differs from `proof` by one step.
    fn altered(proof: &[Digest]) -> Vec<Vec<Digest>> {
        let stray = leaf_hash(b"stray");
        let mut all = Vec::new();
        for at in 0..=proof.len() {
            let mut longer = proof.to_vec();
            longer.insert(at, stray);
            all.push(longer);
        }
        for at in 0..proof.len() {
            let mut shorter = proof.to_vec();
            shorter.remove(at);
            all.push(shorter);
            let mut bytes = *proof[at].as_bytes();
            bytes[at % Digest::LEN] ^= 1 << (at % 8);
            let mut flipped = proof.to_vec();
            flipped[at] = Digest::from_bytes(bytes);
            all.push(flipped);
            if at > 0 {
                let mut swapped = proof.to_vec();
                swapped.swap(at - 1, at);
                all.push(swapped);
            }
        }
        all
    }

    #[test]
    fn every_inclusion_proof_is_accepted_and_every_altered_one_refused() {
        let tree = tree_of(131);
        for size in 1..=130 {
            let root = tree.root_at(size).expect("a root");
            for index in 0..size {
                let leaf = tree.leaf(index).expect("a leaf");
                let proof = tree.inclusion_proof(index, size).expect("a proof");
                assert_eq!(verify_inclusion(index, size, &leaf, &proof, &root), Ok(()));
                let refused = |index, size, leaf: &Digest, proof: &[Digest], root: &Digest| {
                    verify_inclusion(index, size, leaf, proof, root).is_err()
                };
                let altered = if size <= ALTERED_SIZE_MAX { altered(&proof) } else { Vec::new() };
                assert!(altered.iter().all(|p| refused(index, size, &leaf, p, &root)));
                assert!(refused(index + 1, size, &leaf, &proof, &root));
                assert!(index == 0 || refused(index - 1, size, &leaf, &proof, &root));
                assert!(refused(index, size, &root, &proof, &leaf) || size == 1);
                // The size itself is not in the root: C2SP signs it beside the root.
                // What a wrong one must never do is to move the leaf.
                let other = tree.root_at(size + 1).expect("a root");
                assert!(refused(index, size + 1, &leaf, &proof, &other));
                assert!(refused(index, size, &leaf, &proof, &other));
            }
        }
    }

    #[test]
    fn every_consistency_proof_is_accepted_and_every_altered_one_refused() {
        let tree = tree_of(131);
        let refused = |old, new, old_root: &Digest, new_root: &Digest, proof: &[Digest]| {
            verify_consistency(old, new, old_root, new_root, proof).is_err()
        };
        for new in 0..=130 {
            let new_root = tree.root_at(new).expect("a root");
            for old in 0..=new {
                let old_root = tree.root_at(old).expect("a root");
                let proof = tree.consistency_proof(old, new).expect("a proof");
                assert_eq!(verify_consistency(old, new, &old_root, &new_root, &proof), Ok(()));
                let altered = if new <= ALTERED_SIZE_MAX { altered(&proof) } else { Vec::new() };
                assert!(altered.iter().all(|p| refused(old, new, &old_root, &new_root, p)));
                let other = leaf_hash(b"another root");
                assert!(refused(old, new, &other, &new_root, &proof), "{old} {new}");
                assert!(old == 0 || refused(old, new, &old_root, &other, &proof), "{old} {new}");
                let next = tree.root_at(new + 1).expect("a root");
                assert!(old == 0 || refused(old, new + 1, &old_root, &next, &proof));
                let after = tree.root_at(old + 1).expect("a root");
                assert!(refused(old + 1, new, &after, &new_root, &proof) || old + 1 == new);
                assert!(old == new || refused(new, old, &new_root, &old_root, &proof));
            }
        }
    }

    #[test]
    fn refusals_have_their_names() {
        let (leaf, empty) = (leaf_hash(b""), empty_root());
        let long = [leaf; PROOF_HASHES_MAX + 1];
        assert_eq!(verify_inclusion(0, 1, &leaf, &long, &leaf), Err(ProofError::TooLong));
        assert_eq!(verify_inclusion(1, 1, &leaf, &[], &leaf), Err(ProofError::IndexOutOfRange));
        assert_eq!(verify_inclusion(0, 0, &leaf, &[], &empty), Err(ProofError::IndexOutOfRange));
        assert_eq!(verify_inclusion(0, 2, &leaf, &[], &leaf), Err(ProofError::WrongLength));
        assert_eq!(verify_inclusion(0, 1, &leaf, &[], &empty), Err(ProofError::RootMismatch));
        let judge = verify_consistency;
        assert_eq!(judge(1, 2, &leaf, &leaf, &long), Err(ProofError::TooLong));
        assert_eq!(judge(2, 1, &leaf, &leaf, &[]), Err(ProofError::SizesReversed));
        assert_eq!(judge(0, 1, &leaf, &leaf, &[]), Err(ProofError::NotTheEmptyRoot));
        assert_eq!(judge(0, 0, &empty, &leaf, &[]), Err(ProofError::RootMismatch));
        assert_eq!(judge(0, 1, &empty, &leaf, &[leaf]), Err(ProofError::WrongLength));
        assert_eq!(judge(1, 1, &leaf, &leaf, &[leaf]), Err(ProofError::WrongLength));
        assert_eq!(judge(1, 1, &leaf, &empty, &[]), Err(ProofError::RootMismatch));
        assert_eq!(judge(1, 2, &leaf, &leaf, &[]), Err(ProofError::WrongLength));
        let root = node_hash(&leaf, &leaf);
        assert_eq!(judge(1, 2, &leaf, &root, &[leaf]), Ok(()));
        assert_eq!(judge(1, 2, &leaf, &leaf, &[leaf]), Err(ProofError::RootMismatch));
        let three = node_hash(&root, &leaf);
        assert_eq!(
            judge(3, 4, &leaf, &three, &[leaf, leaf, root]),
            Err(ProofError::OldRootMismatch)
        );
    }

    #[test]
    fn the_largest_numbers_do_no_harm() {
        let leaf = leaf_hash(b"");
        for count in 0..=PROOF_HASHES_MAX {
            let proof = vec![leaf; count];
            for index in [0, 1, u64::MAX - 1] {
                assert!(verify_inclusion(index, u64::MAX, &leaf, &proof, &leaf).is_err());
            }
            for old in [1, 1 << 63, u64::MAX - 1] {
                assert!(verify_consistency(old, u64::MAX, &leaf, &leaf, &proof).is_err());
            }
        }
    }
}
