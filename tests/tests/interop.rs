//! Programs of others accept what we make, and refuse it when a byte is changed: the crates
//! `signed_note` and `tlog_tiles`.

use jcm_format::hash::Digest;
use jcm_format::tlog::{TileId, TileKind, Tree};
use jcm_tests::kit;
use signed_note::{Note, StandardVerifier, VerifierList};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tlog_tiles::{
    Checkpoint, Error, Hash, Tile, TileHashReader, TileReader, check_record, check_tree,
    prove_record, prove_tree, record_hash,
};

const SIZES: [u64; 5] = [1, 3, 256, 600, 70_000];

/// C2SP's tiles have the height 8, which their paths do not name.
const HEIGHT: u8 = 8;

fn kit() -> TempDir {
    let out = tempfile::tempdir().expect("a folder");
    kit::write(out.path(), &SIZES).expect("written");
    out
}

fn known() -> VerifierList {
    let verifier = StandardVerifier::new(&kit::log_key().to_string()).expect("their form");
    VerifierList::new(vec![Box::new(verifier)])
}

/// What they read from a note of ours, once they believe it.
fn believed(note: &[u8]) -> Option<Checkpoint> {
    let note = Note::from_bytes(note).ok()?;
    note.verify(&known()).ok()?;
    Checkpoint::from_bytes(note.text()).ok()
}

fn hash(digest: &Digest) -> Hash {
    Hash(*digest.as_bytes())
}

/// Our name for a tile of theirs.
fn path(tile: &Tile) -> String {
    tile.path().replacen("tile/8/", "tile/", 1)
}

/// Tiles in a folder of ours.
struct Files<'a> {
    folder: &'a Path,
    /// Read with one bit changed.
    changed: Option<PathBuf>,
}

impl TileReader for Files<'_> {
    fn height(&self) -> u8 {
        HEIGHT
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, Error> {
        let read = |tile: &Tile| {
            let path = self.folder.join(path(tile));
            let mut bytes = fs::read(&path).map_err(|_| Error::InvalidTile)?;
            if self.changed.as_ref() == Some(&path) {
                bytes[31] ^= 1;
            }
            Ok(bytes)
        };
        tiles.iter().map(read).collect()
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

#[test]
fn others_believe_our_checkpoints_and_none_with_a_changed_byte() {
    let kit = kit();
    let tree = kit::tree(70_000);
    for size in SIZES {
        let note = fs::read(kit.path().join(format!("checkpoints/{size}"))).expect("written");
        let read = believed(&note).expect("signed by the log");
        assert_eq!((read.origin(), read.size(), read.extension()), (kit::ORIGIN, size, ""));
        assert_eq!(*read.hash(), hash(&tree.root_at(size).expect("within")));
        for at in 0..note.len() {
            let mut changed = note.clone();
            changed[at] ^= 1;
            // Either it is refused, or what was changed is a line that they were not
            // asked about.
            if let Some(other) = believed(&changed) {
                assert_eq!(other, read, "{at}");
            }
        }
    }
}

#[test]
fn others_find_the_same_tiles_under_the_same_names() {
    let numbers = [0, 1, 255, 999, 1_000, 1_001, 1_234_067, 999_999_999, 1 << 40];
    for index in numbers {
        for level in [0, 1, 7, 63] {
            for width in [1, 17, 255, 256] {
                let kind = TileKind::Hashes { level };
                let ours = TileId::new(kind, index, width).expect("in bounds").to_string();
                assert_eq!(ours, path(&Tile::new(HEIGHT, level, index, width.into(), false)));
            }
        }
    }
    for (old, new) in [(0, 1), (0, 600), (255, 257), (600, 70_000), (65_535, 65_537)] {
        let theirs: BTreeSet<String> = Tile::new_tiles(HEIGHT, old, new).iter().map(path).collect();
        let ours: BTreeSet<String> = TileId::beyond(old, new)
            .filter(|tile| tile.kind() != TileKind::Entries)
            .map(|tile| tile.to_string())
            .collect();
        assert_eq!(ours, theirs, "{old} {new}");
    }
}

/// The proofs that they make from our tiles are ours, and theirs accept them.
fn check_proofs(folder: &Path, tree: &Tree, size: u64) {
    let files = Files { folder, changed: None };
    let root = hash(&tree.root_at(size).expect("within"));
    let reader = TileHashReader::new(size, root, &files);
    for index in [0, 1, 255, 256, 599, size / 2, size - 2, size - 1] {
        let theirs = prove_record(size, index, &reader).expect("made from our tiles");
        let ours = tree.inclusion_proof(index, size).expect("within");
        assert_eq!(theirs, ours.iter().map(hash).collect::<Vec<_>>(), "{index}");
        let leaf = record_hash(&kit::entry(index));
        check_record(&theirs, size, root, index, leaf).expect("accepted");
    }
    for old in [1, 2, 3, 255, 256, 257, 600] {
        let theirs = prove_tree(size, old, &reader).expect("made from our tiles");
        let ours = tree.consistency_proof(old, size).expect("within");
        assert_eq!(theirs, ours.iter().map(hash).collect::<Vec<_>>(), "{old}");
        let old_root = hash(&tree.root_at(old).expect("within"));
        check_tree(&theirs, size, root, old, old_root).expect("accepted");
    }
}

#[test]
fn others_make_our_proofs_from_our_tiles() {
    let kit = kit();
    check_proofs(kit.path(), &kit::tree(70_000), 70_000);
    let small = tempfile::tempdir().expect("a folder");
    kit::write(small.path(), &[3, 1_000]).expect("written");
    check_proofs(small.path(), &kit::tree(1_000), 1_000);
}

#[test]
fn others_refuse_a_tile_with_a_changed_bit() {
    let kit = kit();
    let root = hash(&kit::tree(70_000).root());
    for (tile, index) in [("tile/0/000", 7), ("tile/1/000", 263), ("tile/2/000.p/1", 65_543)] {
        let changed = Some(kit.path().join(tile));
        let files = Files { folder: kit.path(), changed };
        let reader = TileHashReader::new(70_000, root, &files);
        // Their reader does not hold every tile against its parent; whoever uses it checks
        // the proof that came of it, which is then another's.
        let leaf = record_hash(&kit::entry(index));
        let refused = match prove_record(70_000, index, &reader) {
            Err(_) => true,
            Ok(proof) => check_record(&proof, 70_000, root, index, leaf).is_err(),
        };
        assert!(refused, "{tile}");
    }
}

#[test]
fn the_kit_is_the_golden_log() {
    let kit = kit();
    let golden: serde_json::Value =
        serde_json::from_str(include_str!("../../crates/format/src/tlog/vectors/golden.json"))
            .expect("JSON");
    let read = |name: &str| fs::read_to_string(kit.path().join(name)).expect("written");
    for size in SIZES {
        let note = read(&format!("checkpoints/{size}"));
        assert_eq!(Some(note.as_str()), golden[format!("checkpoint_{size}")].as_str());
    }
    assert_eq!(read("log.vkey").trim_end(), golden["log_vkey"].as_str().expect("a key"));
    let request = read("proofs/600-70000.add-checkpoint");
    assert!(request.starts_with("old 600\n") && request.ends_with(&read("checkpoint")));
    let hashes: Vec<&str> = golden["cons_600_70000"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|hash| hash.as_str().expect("text"))
        .collect();
    assert_eq!(read("proofs/600-70000.consistency").lines().collect::<Vec<_>>(), hashes);
}
