//! The Merkle tree of RFC 6962 §2.1 (`docs/spec/tlog.md` §1), in memory.
//!
//! Not a store: nothing here is durable, and a tree is rebuilt from the entries
//! at every start. Judging proofs is the business of `verify`.

use super::tiles::{TileId, TileKind};
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

/// Where the hashes of complete subtrees are found: a [`Tree`], or tiles.
pub trait Nodes {
    /// The hash over the leaves `index` * 2^`level` up to but not including
    /// (`index` + 1) * 2^`level`, if all of them are there.
    fn node(&self, level: u32, index: u64) -> Option<Digest>;

    /// The root over the first `size` leaves.
    fn root_of(&self, size: u64) -> Option<Digest> {
        match size {
            0 => Some(empty_root()),
            _ => edge(self, size, u64::BITS),
        }
    }

    /// `PATH(index, D[size])` of RFC 6962 §2.1.1, the leaf's sibling first.
    ///
    /// `None` when a hash is not there or `index` is not below `size`.
    fn inclusion_of(&self, index: u64, size: u64) -> Option<Vec<Digest>> {
        if index >= size {
            return None;
        }
        let mut proof = Vec::new();
        climb(self, 0, index, size, &mut proof)?;
        Some(proof)
    }

    /// `PROOF(old, D[new])` of RFC 6962 §2.1.2; empty when `old` is 0 or `new`.
    ///
    /// `None` when a hash is not there or `old` is above `new`.
    fn consistency_of(&self, old: u64, new: u64) -> Option<Vec<Digest>> {
        if old > new {
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
        climb(self, level, index, new, &mut proof)?;
        Some(proof)
    }
}

/// Appends the sibling of every node from (level, index) up to below the root
/// of the first `size` leaves; a node that has no sibling there is passed over.
fn climb<N: Nodes + ?Sized>(
    nodes: &N,
    mut level: u32,
    mut index: u64,
    size: u64,
    proof: &mut Vec<Digest>,
) -> Option<()> {
    // The index, at this level, of the node over the last leaf.
    let mut last = size.checked_sub(1)?.checked_shr(level)?;
    while last > 0 {
        let sibling = index ^ 1;
        if sibling < size >> level {
            proof.push(nodes.node(level, sibling)?);
        } else if sibling <= last {
            proof.push(edge(nodes, size, level)?);
        }
        level += 1;
        index >>= 1;
        last >>= 1;
    }
    Some(())
}

/// The root over the leaves that follow the last multiple of 2^`level` within
/// the first `size`, `None` if there are none. It is incomplete, hence not kept.
fn edge<N: Nodes + ?Sized>(nodes: &N, size: u64, level: u32) -> Option<Digest> {
    let mut root = None;
    for level in (0..level).filter(|level| size >> level & 1 == 1) {
        let left = nodes.node(level, (size >> level) - 1)?;
        root = Some(match root {
            Some(right) => node_hash(&left, &right),
            None => left,
        });
    }
    root
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
        edge(self, self.len(), u64::BITS).unwrap_or_else(empty_root)
    }

    /// The root over the first `size` leaves, if there are that many.
    pub fn root_at(&self, size: u64) -> Option<Digest> {
        if size > self.len() { None } else { self.root_of(size) }
    }

    /// `PATH(index, D[size])` of RFC 6962 §2.1.1, the leaf's sibling first.
    ///
    /// `None` when the tree has fewer than `size` leaves or `index` is not below `size`.
    pub fn inclusion_proof(&self, index: u64, size: u64) -> Option<Vec<Digest>> {
        if size > self.len() { None } else { self.inclusion_of(index, size) }
    }

    /// `PROOF(old, D[new])` of RFC 6962 §2.1.2; empty when `old` is 0 or `new`.
    ///
    /// `None` when the tree has fewer than `new` leaves or `old` is above `new`.
    pub fn consistency_proof(&self, old: u64, new: u64) -> Option<Vec<Digest>> {
        if new > self.len() { None } else { self.consistency_of(old, new) }
    }

    /// A tile of hashes (`docs/spec/tlog.md` §7).
    ///
    /// `None` when the tree does not reach so far, or the tile is one of entries.
    pub fn tile(&self, tile: TileId) -> Option<Vec<u8>> {
        let TileKind::Hashes { level } = tile.kind() else { return None };
        let mut bytes = Vec::with_capacity(usize::from(tile.width()) * Digest::LEN);
        for index in tile.positions()? {
            bytes.extend_from_slice(self.node(u32::from(level) * 8, index)?.as_bytes());
        }
        Some(bytes)
    }
}

impl Nodes for Tree {
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

#[cfg(test)]
mod tests {
    use super::super::text::digest_from_base64;
    use super::super::{Checkpoint, Note, golden};
    use super::*;

    /// The definitions of RFC 6962 §2.1, word for word, over leaf hashes.
    mod naive {
        use super::{Digest, empty_root, node_hash};

        fn split(n: usize) -> usize {
            n.next_power_of_two() / 2
        }

        pub(super) fn mth(d: &[Digest]) -> Digest {
            match d {
                [] => empty_root(),
                [leaf] => *leaf,
                _ => {
                    let (left, right) = d.split_at(split(d.len()));
                    node_hash(&mth(left), &mth(right))
                }
            }
        }

        pub(super) fn path(m: usize, d: &[Digest]) -> Vec<Digest> {
            if d.len() == 1 {
                return Vec::new();
            }
            let k = split(d.len());
            let (mut proof, last) = if m < k {
                (path(m, &d[..k]), mth(&d[k..]))
            } else {
                (path(m - k, &d[k..]), mth(&d[..k]))
            };
            proof.push(last);
            proof
        }

        pub(super) fn subproof(m: usize, d: &[Digest], whole: bool) -> Vec<Digest> {
            if m == d.len() {
                return if whole { Vec::new() } else { vec![mth(d)] };
            }
            let k = split(d.len());
            let (mut proof, last) = if m <= k {
                (subproof(m, &d[..k], whole), mth(&d[k..]))
            } else {
                (subproof(m - k, &d[k..], false), mth(&d[..k]))
            };
            proof.push(last);
            proof
        }
    }

    fn leaves(count: u64) -> Vec<Digest> {
        (0..count).map(|i| leaf_hash(format!("leaf {i}").as_bytes())).collect()
    }

    fn tree_of(leaves: &[Digest]) -> Tree {
        let mut tree = Tree::new();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        tree
    }

    #[test]
    fn the_roots_of_rfc_6962_implementations_come_out() {
        let entries: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let (mut tree, mut frontier) = (Tree::new(), Frontier::new());
        assert_eq!((tree.root(), frontier.root()), (empty_root(), empty_root()));
        for (entry, root) in entries.into_iter().zip(roots) {
            tree.push(leaf_hash(entry));
            frontier.push(leaf_hash(entry));
            assert_eq!(tree.root().to_string(), root);
            assert_eq!(frontier.root().to_string(), root);
        }
    }

    #[test]
    fn roots_and_proofs_are_those_of_the_definition_at_every_size() {
        let leaves = leaves(131);
        let tree = tree_of(&leaves);
        let mut frontier = Frontier::new();
        for (size, n) in (0..=131_u64).zip(0..) {
            let d = &leaves[..n];
            assert_eq!(tree.root_at(size), Some(naive::mth(d)), "{size}");
            assert_eq!((frontier.len(), frontier.root()), (size, naive::mth(d)), "{size}");
            for (index, m) in (0..size).zip(0..) {
                assert_eq!(tree.inclusion_proof(index, size), Some(naive::path(m, d)));
            }
            assert_eq!(tree.consistency_proof(0, size), Some(Vec::new()));
            for (old, m) in (1..=size).zip(1..) {
                assert_eq!(tree.consistency_proof(old, size), Some(naive::subproof(m, d, true)));
            }
            if let Some(leaf) = leaves.get(n) {
                frontier.push(*leaf);
            }
        }
    }

    #[test]
    fn nothing_is_said_about_leaves_that_are_not_there() {
        let tree = tree_of(&leaves(5));
        assert_eq!((tree.root_at(6), tree.leaf(5)), (None, None));
        for (index, size) in [(5, 5), (0, 6), (0, 0), (u64::MAX, u64::MAX)] {
            assert_eq!(tree.inclusion_proof(index, size), None, "{index} {size}");
        }
        for (old, new) in [(3, 6), (4, 3), (0, 6), (u64::MAX, u64::MAX)] {
            assert_eq!(tree.consistency_proof(old, new), None, "{old} {new}");
        }
        assert_eq!(Tree::new().consistency_proof(0, 0), Some(Vec::new()));
    }

    #[test]
    fn a_truncated_tree_is_as_if_the_leaves_had_never_been_there() {
        let leaves = leaves(70);
        for (size, n) in (0..=70_u64).zip(0..) {
            let mut tree = tree_of(&leaves);
            tree.truncate(size);
            assert_eq!((tree.len(), tree.is_empty()), (size, size == 0));
            assert_eq!(tree.root(), naive::mth(&leaves[..n]));
            assert_eq!(tree.leaf(size), None);
            leaves[n..].iter().for_each(|leaf| tree.push(*leaf));
            assert_eq!(tree.root(), naive::mth(&leaves), "{size}");
            tree.truncate(u64::MAX);
            assert_eq!(tree.len(), 70);
        }
    }

    #[test]
    fn the_golden_roots_and_proofs_come_out() {
        let tree = golden::tree(70_000);
        for size in golden::SIZES {
            let head =
                Checkpoint::parse(Note::parse(&golden::checkpoint(size)).expect("a note").text());
            assert_eq!(tree.root_at(size), Some(head.expect("a checkpoint").root), "{size}");
        }
        assert_eq!(tree.inclusion_proof(69_999, 70_000), Some(golden::hashes("incl_69999_70000")));
        assert_eq!(tree.consistency_proof(600, 70_000), Some(golden::hashes("cons_600_70000")));
        let body = golden::text("add_checkpoint_3_to_600");
        let lines = body.strip_prefix("old 3\n").and_then(|rest| rest.split_once("\n\n"));
        let (lines, checkpoint) = lines.expect("a request to a witness");
        let hashes: Option<Vec<Digest>> = lines.split('\n').map(digest_from_base64).collect();
        assert_eq!(tree.consistency_proof(3, 600), hashes);
        assert!(golden::checkpoint(600).starts_with(checkpoint));
    }
}
