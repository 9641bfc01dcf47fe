//! A folder of checkpoints, tiles and proofs, for programs of others to check.
//!
//! The log is the one of the golden values (`docs/spec/tlog.md` §6): entry 0 is empty and
//! entry i is ASCII `record <i>`, so that whoever checks it can make it again.
//!
//! ```text
//! log.vkey, witness.vkey
//! checkpoint                          the last size, cosigned
//! tile/...                            as C2SP tlog-tiles, with the partial tiles of every size
//! checkpoints/<size>                  cosigned
//! proofs/<index>-<size>.tlog-proof
//! proofs/<index>-<size>.receipt       the same with the entry, as receipts have it
//! proofs/<old>-<new>.consistency      one base64 hash on a line
//! proofs/<old>-<new>.add-checkpoint   what a log sends to a witness
//! ```

use jcm_format::hash::Digest;
use jcm_format::key::SecretKey;
use jcm_format::tlog::{
    AddCheckpoint, Checkpoint, KeyType, ProofFile, TileId, TileKind, Tree, TrustedCheckpoint,
    VerifierKey, cosign, encode_bundle, leaf_hash,
};
use std::collections::BTreeSet;
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
    let tiles: BTreeSet<TileId> = sizes.iter().flat_map(|size| TileId::all(*size)).collect();
    for tile in tiles {
        let path = out.join(tile.to_string());
        fs::create_dir_all(path.parent().expect("below the folder"))?;
        fs::write(path, bytes(&tree, tile))?;
    }
    for (place, size) in sizes.iter().copied().enumerate() {
        let note = checkpoint(&tree, size);
        fs::write(out.join("checkpoint"), note.note_text())?;
        fs::write(out.join(format!("checkpoints/{size}")), note.note_text())?;
        let proofs = out.join("proofs");
        write_inclusions(&proofs, &tree, &note)?;
        for old_size in &sizes[..place] {
            write_consistency(&proofs, &tree, *old_size, &note)?;
        }
    }
    Ok(())
}

/// Proofs of entries at the ends, in the middle and where tiles meet.
fn write_inclusions(proofs: &Path, tree: &Tree, note: &TrustedCheckpoint) -> io::Result<()> {
    let size = note.checkpoint().size;
    let indexes = [0, 254, 255, 256, size / 2, size.saturating_sub(1)];
    for index in BTreeSet::from(indexes).into_iter().filter(|index| *index < size) {
        let hashes = tree.inclusion_proof(index, size).expect("within");
        let proof = ProofFile::new(index, hashes, note);
        let stem = format!("{index}-{size}");
        fs::write(proofs.join(format!("{stem}.tlog-proof")), proof.to_string())?;
        if index == size / 2 && index != 0 {
            let receipt = proof.with_extra(entry(index)).expect("short");
            fs::write(proofs.join(format!("{stem}.receipt")), receipt.to_string())?;
        }
    }
    Ok(())
}

fn write_consistency(
    proofs: &Path,
    tree: &Tree,
    old_size: u64,
    note: &TrustedCheckpoint,
) -> io::Result<()> {
    let size = note.checkpoint().size;
    let proof = tree.consistency_proof(old_size, size).expect("ascending");
    let request = AddCheckpoint { old_size, proof, checkpoint: note.clone().into() }.to_string();
    let (head, _) = request.split_once("\n\n").expect("an empty line");
    let hashes: String = head.lines().skip(1).map(|line| format!("{line}\n")).collect();
    fs::write(proofs.join(format!("{old_size}-{size}.consistency")), hashes)?;
    fs::write(proofs.join(format!("{old_size}-{size}.add-checkpoint")), request)
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
