//! Proofs of the Merkle tree, from anybody: what verifies is what the tree proves. A
//! position and a size of the tree, each a byte; two numbers of eight; hashes.

use jcm_format::hash::Digest;
use jcm_format::tlog::{Tree, leaf_hash, verify_consistency, verify_inclusion};

pub(crate) fn body(bytes: &[u8]) -> bool {
    let Some(([index, size], rest)) = bytes.split_first_chunk() else { return false };
    let Some((any_index, rest)) = rest.split_first_chunk() else { return false };
    let Some((any_size, rest)) = rest.split_first_chunk() else { return false };
    let (any_index, any_size) = (u64::from_le_bytes(*any_index), u64::from_le_bytes(*any_size));
    let hashes: Vec<Digest> = rest
        .chunks_exact(32)
        .filter_map(|hash| Some(Digest::from_bytes(hash.try_into().ok()?)))
        .collect();
    let (entry, root) = (leaf_hash(b"entry"), leaf_hash(b"root"));
    assert!(verify_inclusion(any_index, any_size, &entry, &hashes, &root).is_err(), "forged");
    let same = any_index == any_size && entry == root;
    assert!(same || verify_consistency(any_index, any_size, &entry, &root, &hashes).is_err());

    let mut tree = Tree::new();
    for entry in 0..*size {
        tree.push(leaf_hash(&[entry]));
    }
    let (index, size) = (u64::from(*index), u64::from(*size));
    let mut read = false;
    if let (Some(proof), Some(leaf)) = (tree.inclusion_proof(index, size), tree.leaf(index)) {
        assert!(verify_inclusion(index, size, &leaf, &proof, &tree.root()).is_ok());
        let verdict = verify_inclusion(index, size, &leaf, &hashes, &tree.root());
        assert_eq!(verdict.is_ok(), hashes == proof, "one proof only");
        read = verdict.is_ok();
    }
    if let (Some(proof), Some(old)) = (tree.consistency_proof(index, size), tree.root_at(index)) {
        assert!(verify_consistency(index, size, &old, &tree.root(), &proof).is_ok());
        let verdict = verify_consistency(index, size, &old, &tree.root(), &hashes);
        assert_eq!(verdict.is_ok(), hashes == proof, "one proof only");
        read |= verdict.is_ok();
    }
    read
}
