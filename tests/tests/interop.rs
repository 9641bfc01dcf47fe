//! Programs of others accept what we make, and refuse it when a byte is changed: the crates
//! `signed_note` and `tlog_tiles`, Go's `sumdb` (`tests/interop/go`), the Python package
//! `aics-tlog`, and the client of `aics-witness`, which asks a witness of ours
//! (`tests/python/interop_*.py`).

use jcm_format::hash::Digest;
use jcm_format::tlog::{AddCheckpoint, ProofFile, SignedCheckpoint, TileId, TileKind, Tree};
use jcm_tests::interop::{go, python_script, told};
use jcm_tests::kit;
use jcm_tests::witness::RunningWitness;
use serde_json::{Value, json};
use signed_note::{Note, StandardVerifier, VerifierList};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
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

/// Those of the golden values, and around a full tile.
const ALL_SIZES: [u64; 8] = [1, 2, 3, 255, 256, 257, 600, 70_000];

/// Up to here programs try every byte of every tile.
const SMALL: u64 = 600;

/// Files of the kit that end so.
fn files(kit: &Path, folder: &str, ending: &str) -> Vec<(String, String)> {
    let entries = fs::read_dir(kit.join(folder)).expect("written");
    let names = entries.map(|entry| entry.expect("readable").file_name());
    let names = names.map(|name| format!("{folder}/{}", name.to_str().expect("ours")));
    let mut found: Vec<_> = names
        .filter(|name| name.ends_with(ending))
        .map(|name| (name.clone(), fs::read_to_string(kit.join(name)).expect("text")))
        .collect();
    found.sort();
    found
}

/// The files of each kind that are changed bit by bit.
fn texts(kit: &Path) -> [(&'static str, Vec<(String, String)>); 4] {
    [
        ("checkpoint", files(kit, "checkpoints", "")),
        ("proof", files(kit, "proofs", ".tlog-proof")),
        ("receipt", files(kit, "proofs", ".receipt")),
        ("consistency", files(kit, "proofs", ".consistency")),
    ]
}

/// Base64 whose last character has bits that stand for nothing, in a line that nobody signs:
/// of a signature, or of a hash in a proof. The place in the file of that character, and how
/// many such bits it has.
fn idle_bits(name: &str, text: &str) -> Vec<(usize, u32)> {
    let mut is_proof = name.starts_with("proofs/");
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let base64 = match line.trim_end().rsplit_once(' ') {
            Some((before, signature)) if before.starts_with('\u{2014}') => Some(signature),
            None if is_proof && line.len() == 45 => Some(line.trim_end()),
            _ => None,
        };
        is_proof &= line != "\n";
        if let Some(base64) = base64 {
            let digits = base64.trim_end_matches('=').len();
            let bits = 2 * u32::try_from(base64.len() - digits).expect("at most two");
            found.push((at + line.trim_end().len() - base64.len() + digits - 1, bits));
        }
        at += line.len();
    }
    found
}

/// The changes of one bit that leave base64 standing for the same bytes. Go's decoder takes
/// them. They are harmless: what was decoded is what was verified, and nothing else in the file
/// depends on the spelling. Ours, and Python's, take one spelling only.
fn other_spellings(kit: &Path) -> BTreeSet<(String, usize, u8)> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let value = |digit: u8| DIGITS.iter().position(|known| *known == digit);
    let mut all = BTreeSet::new();
    for (name, text) in texts(kit).into_iter().flat_map(|(_, files)| files) {
        for (at, bits) in idle_bits(&name, &text) {
            let digit = text.as_bytes()[at];
            let used = value(digit).expect("base64") >> bits;
            for mask in (0..8).map(|bit| 1_u8 << bit) {
                if value(digit ^ mask).is_some_and(|other| other >> bits == used) {
                    all.insert((name.clone(), at, mask));
                }
            }
        }
    }
    all
}

/// Whether our own reader takes a file of the kit, with this change.
fn is_read_by_us(kit: &Path, name: &str, at: usize, mask: u8) -> bool {
    let mut bytes = fs::read(kit.join(name)).expect("written");
    bytes[at] ^= mask;
    let Ok(text) = String::from_utf8(bytes) else { return false };
    if name.starts_with("checkpoints/") {
        return SignedCheckpoint::parse(&text).is_ok();
    }
    if name.ends_with(".consistency") {
        let note = fs::read_to_string(kit.join("checkpoint")).expect("written");
        return format!("old 1\n{text}\n{note}").parse::<AddCheckpoint>().is_ok();
    }
    text.parse::<ProofFile>().is_ok()
}

/// Gives a program the kit; what it says last, and the changes that it took.
fn read_by(mut program: Command, kit: &Path) -> (Value, BTreeSet<(String, usize, u8)>) {
    program.arg(kit);
    let mut lines = told(program);
    let summary = lines.pop().expect("a summary");
    let taken = lines.iter().map(|line| {
        let number = |name: &str| line[name].as_u64().expect("a number");
        let at = usize::try_from(number("at")).expect("short");
        let mask = u8::try_from(number("mask")).expect("a byte");
        (line["lax"].as_str().expect("a name").to_owned(), at, mask)
    });
    (summary, taken.collect())
}

/// Everything was accepted as it is: every file, and every tile of every size.
fn check_accepted(summary: &Value, kit: &Path) {
    assert_eq!(summary["rebuilt"], json!(ALL_SIZES));
    for (kind, files) in texts(kit) {
        assert_eq!(summary["accepted"][kind], json!(files.len()), "{kind}");
    }
    let tiles = ALL_SIZES.iter().flat_map(|size| TileId::all(*size));
    let (bundles, tiles): (Vec<_>, Vec<_>) = tiles.partition(|t| t.kind() == TileKind::Entries);
    assert_eq!(summary["accepted"]["tile"], json!(tiles.len()));
    assert_eq!(summary["accepted"]["bundle"], json!(bundles.len()));
}

fn whole_kit() -> TempDir {
    let kit = tempfile::tempdir().expect("a folder");
    kit::write(kit.path(), &ALL_SIZES).expect("written");
    kit
}

#[test]
fn go_believes_what_we_make_and_nothing_that_is_changed() {
    let Some(go) = go() else { return };
    let kit = whole_kit();
    let (summary, taken) = read_by(go, kit.path());
    check_accepted(&summary, kit.path());
    assert_eq!(taken, other_spellings(kit.path()));
    for (kind, files) in texts(kit.path()) {
        let bits: usize = files.iter().map(|(_, text)| 8 * text.len()).sum();
        let of_kind = |name: &String| files.iter().any(|(known, _)| known == name);
        let harmless = taken.iter().filter(|(name, ..)| of_kind(name)).count();
        assert_eq!(summary["refused"][kind], json!(bits - harmless), "{kind}");
    }
    let tried = |kinds: &[&str]| -> u64 {
        kinds.iter().map(|kind| summary["refused"][kind].as_u64().expect("some")).sum()
    };
    let (hashes, entries) = places_tried(kit.path());
    assert_eq!(tried(&["tile", "tile by a proof"]), hashes);
    assert_eq!(tried(&["bundle"]), entries);
}

/// How many bytes of tiles of hashes, and of entries, the Go program changes.
fn places_tried(kit: &Path) -> (u64, u64) {
    let (mut hashes, mut entries) = (0, 0);
    for size in ALL_SIZES {
        for tile in TileId::all(size) {
            let length = fs::metadata(kit.join(tile.to_string())).expect("written").len();
            let places = if size <= SMALL { length } else { 3 };
            match tile.kind() {
                TileKind::Hashes { .. } => hashes += places,
                TileKind::Entries => entries += places,
            }
        }
    }
    (hashes, entries)
}

#[test]
fn our_reader_takes_one_spelling_only() {
    let kit = whole_kit();
    let spellings = other_spellings(kit.path());
    // Two signatures in each checkpoint, and hundreds of hashes in proofs.
    assert!(spellings.len() > 500, "{}", spellings.len());
    for (name, at, mask) in spellings {
        assert!(is_read_by_us(kit.path(), &name, at, 0), "{name}");
        assert!(!is_read_by_us(kit.path(), &name, at, mask), "{name} {at} {mask}");
    }
}

#[test]
fn python_believes_what_we_make_and_nothing_that_is_changed() {
    let Some(python) = python_script("interop_tlog.py") else { return };
    let kit = whole_kit();
    let (summary, taken) = read_by(python, kit.path());
    check_accepted(&summary, kit.path());
    assert_eq!(taken, BTreeSet::new(), "it takes one spelling only");
    for (kind, files) in texts(kit.path()) {
        // Four bits of each byte.
        let tried: usize = files.iter().map(|(_, text)| 4 * text.len()).sum();
        assert_eq!(summary["refused"][kind], json!(tried), "{kind}");
    }
    for kind in ["tile", "bundle"] {
        assert!(summary["refused"][kind].as_u64() > Some(6_000), "{summary}");
    }
    let pairs = files(kit.path(), "proofs", ".consistency").len();
    assert_eq!(summary["accepted"]["consistency from tiles"], json!(pairs));
    let proofs = files(kit.path(), "proofs", ".tlog-proof").len();
    assert_eq!(summary["accepted"]["inclusion from tiles"], json!(proofs));
}

#[test]
fn a_client_of_others_gets_the_cosignatures_of_our_witness_and_no_more() {
    let Some(mut client) = python_script("interop_witness.py") else { return };
    let kit = whole_kit();
    let witness = RunningWitness::start("witness.example/ours", &kit::log_key());
    client.arg(kit.path()).arg(witness.url()).arg(witness.key().to_string());
    let lines = told(client);
    let expected = json!([1, 2, 3, 255, 256, 257, 600, 600, 600, 70_000]);
    assert_eq!(lines[0]["cosigned"], expected, "each once, and 600 twice more");
    let refused = lines[0]["refused"].as_object().expect("refusals");
    let hashes = kit::tree(70_000).consistency_proof(600, 70_000).expect("within").len();
    assert_eq!(refused.len(), hashes + 6, "{refused:?}");
    let status = |name: &str| refused[name].as_u64().expect("a status");
    assert_eq!((status("same size"), status("fork")), (422, 422));
    assert_eq!((status("other key"), status("other log")), (403, 404));
    assert_eq!((status("no proof"), status("behind")), (422, 409));
    let kept = fs::read_dir(witness.folder()).expect("there").filter(|file| {
        let name = file.as_ref().expect("readable").file_name();
        name.as_encoded_bytes().starts_with(b"evidence-")
    });
    assert!(0 < kept.count(), "two histories under one key are kept as evidence");
}
