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
    if old_hash != *old_root {
        return Err(ProofError::OldRootMismatch);
    }
    if new_hash == *new_root { Ok(()) } else { Err(ProofError::RootMismatch) }
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
