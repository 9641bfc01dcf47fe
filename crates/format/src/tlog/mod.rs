//! The transparency log: a Merkle tree, the signed heads of it, and proofs.
//!
//! A third party needs nothing of ours to check these bytes: the tree is that of
//! RFC 6962, and the texts are C2SP's signed notes, checkpoints, cosignatures and
//! proof files, each at a pinned version. Where those texts leave a choice, this
//! module takes the narrow side, so that one content has one spelling.
//!
//! It does not store, publish or fetch anything, and it does not remember what
//! was signed before: that two checkpoints of one log agree is for the ledger
//! to ensure and for the verifier to check, with the proofs made here.
//! Specification: `docs/spec/tlog.md`.

mod merkle;
mod verify;

mod tiles;

mod vkey;

mod note;

mod origin;

mod checkpoint;

mod cosignature;

mod policy;

mod witness;

mod proof;

mod evidence;

mod text;

#[cfg(test)]
mod golden;

pub use merkle::{Frontier, Nodes, Tree, empty_root, leaf_hash, node_hash};
pub use verify::{PROOF_HASHES_MAX, ProofError, verify_consistency, verify_inclusion};

pub use tiles::{
    BUNDLE_BYTES_MAX, TILE_BYTES, TILE_LEVEL_MAX, TILE_WIDTH, TileError, TileId, TileKind,
    TileNodes, TilePathError, Tiler, check_tiles, decode_bundle, encode_bundle, read_hashes,
    split_entry,
};

pub use vkey::{COSIGNATURE_TIME_MAX_S, KeyId, KeyType, VerifierKey, VerifierKeyError};

pub use note::{
    NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX, Note, NoteError, NoteSignature, OpenError,
    VerifiedSignature, sign_line,
};

pub use origin::{ORIGIN_BYTES_MAX, Origin, OriginError};

pub use checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, TrustedCheckpoint};

pub use cosignature::{Cosignature, CosignatureError, cosign};

pub use policy::{POLICY_BYTES_MAX, POLICY_LINES_MAX, Policy, PolicyError, PolicyFault, PolicyKey};

pub use witness::{
    ADD_CHECKPOINT_BYTES_MAX, ADD_CHECKPOINT_HASHES_MAX, AddCheckpoint, AddCheckpointError,
    TREE_SIZE_TYPE, read_tree_size,
};

pub use evidence::{EVIDENCE_BYTES_MAX, Evidence, EvidenceError, Verdict};

pub use proof::{
    PROOF_EXTRA_BYTES_MAX, PROOF_FILE_BYTES_MAX, ProofFile, ProofFileError, ProofVerifyError,
};
