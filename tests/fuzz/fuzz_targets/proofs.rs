//! Proofs of the Merkle tree, from anybody: what verifies is what the tree proves.
#![no_main]
use jcm_format::hash::Digest;
use jcm_format::tlog::{Tree, leaf_hash, verify_consistency, verify_inclusion};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (u8, u8, u64, u64, Vec<[u8; 32]>)| {
    let (index, size, any_index, any_size, hashes) = input;
    let hashes: Vec<Digest> = hashes.into_iter().map(Digest::from_bytes).collect();
    let leaf = leaf_hash(b"entry");
    let root = leaf_hash(b"root");
    let _ = verify_inclusion(any_index, any_size, &leaf, &root, &hashes);
    let _ = verify_consistency(any_index, any_size, &leaf, &root, &hashes);

    let mut tree = Tree::new();
    for entry in 0..size {
        tree.push(leaf_hash(&[entry]));
    }
    let (index, size) = (u64::from(index), u64::from(size));
    if let (Some(proof), Some(leaf)) = (tree.inclusion_proof(index, size), tree.leaf(index)) {
        assert!(verify_inclusion(index, size, &leaf, &tree.root(), &proof).is_ok());
        if hashes != proof {
            assert!(verify_inclusion(index, size, &leaf, &tree.root(), &hashes).is_err());
        }
    }
    if let (Some(proof), Some(old)) = (tree.consistency_proof(index, size), tree.root_at(index)) {
        assert!(verify_consistency(index, size, &old, &tree.root(), &proof).is_ok());
    }
});
