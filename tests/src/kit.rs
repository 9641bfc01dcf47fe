//! A folder of checkpoints, tiles and proofs, for programs of others to check.
//!
//! The log is the one of the golden values (`docs/spec/tlog.md` §6): entry 0 is empty and
//! entry i is ASCII `record <i>`, so that whoever checks it can make it again.
//!
//! ```text
//! log.vkey, witness.vkey
//! checkpoint                          the last size, cosigned
//! tile/...                            as C2SP tlog-tiles
//! checkpoints/<size>                  cosigned
//! proofs/<index>-<size>.tlog-proof
//! proofs/<old>-<new>.consistency      one base64 hash on a line
//! proofs/<old>-<new>.add-checkpoint   what a log sends to a witness
//! ```

use jcm_format::hash::Digest;
use jcm_format::key::SecretKey;
use jcm_format::tlog::{
    AddCheckpoint, Checkpoint, KeyType, ProofFile, TileId, TileKind, Tree, TrustedCheckpoint,
    VerifierKey, cosign, encode_bundle, leaf_hash,
};
use std::fs;
use std::io;
use std::path::Path;

/// The log of the golden values.
pub const ORIGIN: &str = "registry.example/carbon/2026";
/// Its witness.
pub const WITNESS: &str = "witness.example/w1";
/// When the witness saw everything.
const TIME_S: u64 = 1_760_000_000;

/// The log's key.
pub fn log_secret() -> SecretKey {
    seed("golden log key")
}

/// The witness's key.
pub fn witness_secret() -> SecretKey {
    seed("golden witness key")
}

fn seed(text: &str) -> SecretKey {
    SecretKey::from_seed(Digest::of(&[text.as_bytes()]).as_bytes())
}

/// The key that the log's signatures verify with.
pub fn log_key() -> VerifierKey {
    VerifierKey::new(ORIGIN, KeyType::Ed25519, &log_secret().public_key()).expect("honest")
}

/// The key that the witness's cosignatures verify with.
pub fn witness_key() -> VerifierKey {
    VerifierKey::new(WITNESS, KeyType::Cosignature, &witness_secret().public_key()).expect("honest")
}

/// The entry at an index.
pub fn entry(index: u64) -> Vec<u8> {
    if index == 0 { Vec::new() } else { format!("record {index}").into_bytes() }
}

/// The tree of the first `size` entries.
pub fn tree(size: u64) -> Tree {
    let mut tree = Tree::new();
    (0..size).for_each(|index| tree.push(leaf_hash(&entry(index))));
    tree
}

/// The checkpoint of the first `size` entries, cosigned.
pub fn checkpoint(tree: &Tree, size: u64) -> TrustedCheckpoint {
    let origin = ORIGIN.parse().expect("an origin");
    let root = tree.root_at(size).expect("within");
    let note = Checkpoint { origin, size, root }.sign(&log_secret());
    let bare = TrustedCheckpoint::open(&note, &log_key()).expect("signed");
    let line = cosign(&bare, WITNESS, &witness_secret(), TIME_S).expect("cosigned");
    bare.with_lines(&[line], &log_key()).expect("a note")
}

/// Writes the folder for a log of `sizes`, in ascending order, the last being the whole.
///
/// # Errors
///
/// When a file cannot be written.
pub fn write(out: &Path, sizes: &[u64]) -> io::Result<()> {
    let size = sizes.last().copied().unwrap_or(0);
    let tree = tree(size);
    for folder in ["checkpoints", "proofs"] {
        fs::create_dir_all(out.join(folder))?;
    }
    fs::write(out.join("log.vkey"), format!("{}\n", log_key()))?;
    fs::write(out.join("witness.vkey"), format!("{}\n", witness_key()))?;
    for tile in TileId::all(size) {
        let path = out.join(tile.to_string());
        fs::create_dir_all(path.parent().expect("below the folder"))?;
        fs::write(path, bytes(&tree, tile))?;
    }
    let mut before = None;
    for size in sizes.iter().copied() {
        let note = checkpoint(&tree, size);
        fs::write(out.join("checkpoint"), note.note_text())?;
        fs::write(out.join(format!("checkpoints/{size}")), note.note_text())?;
        for index in [0, size / 2, size.saturating_sub(1)] {
            if let Some(hashes) = tree.inclusion_proof(index, size) {
                let proof = ProofFile::new(index, hashes, &note).to_string();
                fs::write(out.join(format!("proofs/{index}-{size}.tlog-proof")), proof)?;
            }
        }
        if let Some(old_size) = before {
            let proof = tree.consistency_proof(old_size, size).expect("ascending");
            let request = AddCheckpoint { old_size, proof, checkpoint: note.into() };
            let request = request.to_string();
            let (head, _) = request.split_once("\n\n").expect("an empty line");
            let hashes: String = head.lines().skip(1).map(|line| format!("{line}\n")).collect();
            fs::write(out.join(format!("proofs/{old_size}-{size}.consistency")), hashes)?;
            fs::write(out.join(format!("proofs/{old_size}-{size}.add-checkpoint")), request)?;
        }
        before = Some(size);
    }
    Ok(())
}

/// The content of a tile.
pub fn bytes(tree: &Tree, tile: TileId) -> Vec<u8> {
    match tile.kind() {
        TileKind::Hashes { .. } => tree.tile(tile).expect("within"),
        TileKind::Entries => {
            let entries: Vec<_> = tile.positions().expect("few").map(entry).collect();
            encode_bundle(entries.iter().map(Vec::as_slice)).expect("short")
        }
    }
}
