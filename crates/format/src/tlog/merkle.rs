//! The Merkle tree of RFC 6962 §2.1 (`docs/spec/tlog.md` §1), in memory.
//!
//! Not a store: nothing here is durable, and a tree is rebuilt from the entries
//! at every start. Judging proofs is the business of `verify`.

use crate::hash::Digest;

/// Keeps a leaf from being taken for an inner node: first byte of a leaf's preimage.
const LEAF_PREFIX: &[u8] = &[0x00];

/// First byte of an inner node's preimage.
const NODE_PREFIX: &[u8] = &[0x01];

/// An append-only Merkle tree that keeps the hash of every complete subtree.
///
/// Costs 64 bytes for each leaf; any root or proof for any size up to its own
/// takes O(log n) hashes (`docs/spec/tlog.md` §1).
#[derive(Clone, Debug, Default)]
pub struct Tree {
    // levels[l][i] is the hash over the leaves i * 2^l .. (i + 1) * 2^l. Only
    // complete subtrees are kept, so levels[l] has exactly len >> l hashes.
    levels: Vec<Vec<Digest>>,
}

/// The right edge of a tree: enough to append and to tell the root, in
/// O(log n) memory (`docs/spec/tlog.md` §1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    len: u64,
    // One complete subtree for each bit set in `len`, the largest first.
    subtrees: Vec<Digest>,
}

/// The hash of an entry as a leaf: SHA-256 of 0x00 and the entry
/// (`docs/spec/tlog.md` §1).
pub fn leaf_hash(entry: &[u8]) -> Digest {
    Digest::of(&[LEAF_PREFIX, entry])
}

/// The hash of an inner node: SHA-256 of 0x01 and both children
/// (`docs/spec/tlog.md` §1).
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest::of(&[NODE_PREFIX, left.as_bytes(), right.as_bytes()])
}

/// The root of the tree without leaves: SHA-256 of nothing
/// (`docs/spec/tlog.md` §1).
pub fn empty_root() -> Digest {
    Digest::of(&[])
}

impl Tree {
    /// The tree without leaves.
    pub fn new() -> Tree {
        Tree::default()
    }

    /// How many leaves there are.
    pub fn len(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Whether there is no leaf.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends a leaf, given its [`leaf_hash`].
    pub fn push(&mut self, leaf_hash: Digest) {
        let mut hash = leaf_hash;
        for level in 0.. {
            if level == self.levels.len() {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[level];
            let left = if nodes.len() % 2 == 1 { nodes.last().copied() } else { None };
            nodes.push(hash);
            match left {
                Some(left) => hash = node_hash(&left, &hash),
                None => return,
            }
        }
    }

    /// Forgets every leaf from index `size` on. A `size` beyond the end changes nothing.
    pub fn truncate(&mut self, size: u64) {
        for (level, nodes) in (0_u32..).zip(&mut self.levels) {
            let kept = size.checked_shr(level).unwrap_or(0);
            nodes.truncate(usize::try_from(kept).unwrap_or(usize::MAX));
        }
    }

    /// The hash of the leaf at `index`, if there is one.
    pub fn leaf(&self, index: u64) -> Option<Digest> {
        self.node(0, index)
    }

    /// The root over all leaves.
    pub fn root(&self) -> Digest {
        self.edge(self.len(), u64::BITS).unwrap_or_else(empty_root)
    }

    /// The root over the first `size` leaves, if there are that many.
    pub fn root_at(&self, size: u64) -> Option<Digest> {
        match size {
            0 => Some(empty_root()),
            _ if size > self.len() => None,
            _ => self.edge(size, u64::BITS),
        }
    }

    /// `PATH(index, D[size])` of RFC 6962 §2.1.1, the leaf's sibling first.
    ///
    /// `None` when the tree has fewer than `size` leaves or `index` is not below `size`.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Option<Vec<Digest>> {
        if index >= size || size > self.len() {
            return None;
        }
        let mut proof = Vec::new();
        self.climb(0, index, size, &mut proof)?;
        Some(proof)
    }

    /// `PROOF(old, D[new])` of RFC 6962 §2.1.2; empty when `old` is 0 or `new`.
    ///
    /// `None` when the tree has fewer than `new` leaves or `old` is above `new`.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Option<Vec<Digest>> {
        if old > new || new > self.len() {
            return None;
        }
        let mut proof = Vec::new();
        if old == 0 || old == new {
            return Some(proof);
        }
        // SUBPROOF ends at the smallest complete subtree at the old tree's right
        // edge. When that is the whole old tree, the verifier has its hash already.
        let level = old.trailing_zeros();
        let index = (old >> level) - 1;
        if index != 0 {
            proof.push(self.node(level, index)?);
        }
        self.climb(level, index, new, &mut proof)?;
        Some(proof)
    }

    /// Appends the sibling of every node from (level, index) up to below the root
    /// of the first `size` leaves; a node that has no sibling there is passed over.
    fn climb(&self, level: u32, index: u64, size: u64, proof: &mut Vec<Digest>) -> Option<()> {
        let (mut level, mut index) = (level, index);
        // The index, at this level, of the node over the last leaf.
        let mut last = size.checked_sub(1)?.checked_shr(level)?;
        while last > 0 {
            let sibling = index ^ 1;
            if sibling < size >> level {
                proof.push(self.node(level, sibling)?);
            } else if sibling <= last {
                proof.push(self.edge(size, level)?);
            }
            level += 1;
            index >>= 1;
            last >>= 1;
        }
        Some(())
    }

    /// The root over the leaves that follow the last multiple of 2^`level` within
    /// the first `size`, `None` if there are none. It is incomplete, hence not kept.
    fn edge(&self, size: u64, level: u32) -> Option<Digest> {
        let mut root = None;
        for level in (0..level).filter(|level| size >> level & 1 == 1) {
            let left = self.node(level, (size >> level) - 1)?;
            root = Some(match root {
                Some(right) => node_hash(&left, &right),
                None => left,
            });
        }
        root
    }

    fn node(&self, level: u32, index: u64) -> Option<Digest> {
        let level = usize::try_from(level).ok()?;
        let index = usize::try_from(index).ok()?;
        self.levels.get(level)?.get(index).copied()
    }
}

impl Frontier {
    /// The frontier of the tree without leaves.
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// How many leaves there are.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no leaf.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends a leaf, given its [`leaf_hash`].
    pub fn push(&mut self, leaf_hash: Digest) {
        let mut hash = leaf_hash;
        for _ in 0..self.len.trailing_ones() {
            if let Some(left) = self.subtrees.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.subtrees.push(hash);
        self.len += 1;
    }

    /// The root over all leaves.
    pub fn root(&self) -> Digest {
        let subtrees = self.subtrees.iter().copied().rev();
        subtrees.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }
}
