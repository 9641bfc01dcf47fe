//! The program's commands: what they print and how they end.

#![allow(clippy::expect_used)]

mod common;

use common::*;
use jcm_format::frame::{Frame, MAGIC};
use jcm_format::key::SecretKey;
use jcm_format::tlog::{
    Checkpoint, Evidence, KeyType, TileId, Tree, TrustedCheckpoint, VerifierKey, check_tiles,
    leaf_hash,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("jcm-verify-commands-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        fs::write(&path, bytes).expect("written");
        path.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn program(arguments: &[&str]) -> (i32, String, String) {
    let program = Command::new(env!("CARGO_BIN_EXE_jcm-verify")).args(arguments).output();
    let output = program.expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn export(frames: &[Frame]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    for frame in frames {
        bytes.extend_from_slice(&frame.encode().expect("short"));
    }
    bytes
}

fn check_folder(out: &Path, with_entries: bool) -> u64 {
    let note = fs::read_to_string(out.join("checkpoint")).expect("published");
    let head = jcm_format::tlog::SignedCheckpoint::parse(&note).expect("a checkpoint");
    let head = head.claimed().clone();
    let read = |tile: TileId| fs::read(out.join(tile.to_string())).ok();
    assert_eq!(check_tiles(head.size, &head.root, with_entries, read), Ok(()));
    head.size
}

#[test]
fn tiles_are_published_and_continued() {
    let folder = Folder::new();
    let frames = Life::honest().frames();
    let part = folder.write("part", &export(&frames[..5]));
    let whole = folder.write("whole", &export(&frames));
    let out = folder.0.join("out");
    let target = out.display().to_string();
    let (status, told, error) = program(&["tiles", &part, &target]);
    assert_eq!(status, 0, "{error}");
    assert!(told.contains("entries published (a new folder)"), "{told}");
    let before = check_folder(&out, true);
    let (status, told, error) = program(&["tiles", &whole, &target]);
    assert_eq!(status, 0, "{error}");
    assert!(told.contains(&format!("({before} before)")), "{told}");
    assert!(before < check_folder(&out, true));
    // Back to the part it does not go.
    let (status, _, error) = program(&["tiles", &part, &target]);
    assert_eq!(status, 1);
    assert!(error.contains("an older copy, or entries were lost"), "{error}");
    // Without entries there is none to find.
    let closed = folder.0.join("closed");
    let target = closed.display().to_string();
    assert_eq!(program(&["tiles", &whole, &target, "--without-entries"]).0, 0);
    check_folder(&closed, false);
    assert!(!closed.join("tile/entries").exists());
    // What is damaged is not published.
    let mut damaged = export(&frames);
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    let damaged = folder.write("damaged", &damaged);
    let fresh = folder.0.join("fresh");
    let (status, _, error) = program(&["tiles", &damaged, &fresh.display().to_string()]);
    assert_eq!(status, 1);
    assert!(error.contains("nothing was published"), "{error}");
    assert!(!fresh.join("checkpoint").exists() && !fresh.join("tile").exists());
    let none = folder.0.join("none").display().to_string();
    assert_eq!(program(&["tiles", "/nonexistent", &none]).0, 66);
    assert!(!folder.0.join("none").exists(), "nothing is made for nothing");
    assert_eq!(program(&["tiles", &whole]).0, 64);
    let (status, told, _) = program(&["tiles", "--help"]);
    assert!(status == 0 && told.contains("--without-entries"), "{told}");
}

#[test]
fn a_folder_keeps_every_tile_through_growth() {
    // Every size of a small log, one after the other, into one folder.
    let folder = Folder::new();
    let out = folder.0.join("out");
    let frames = Life::honest().frames();
    for count in 1..=frames.len() {
        let source = folder.write("log", &export(&frames[..count]));
        let (status, _, error) = program(&["tiles", &source, &out.display().to_string()]);
        assert_eq!(status, 0, "{error}");
        check_folder(&out, true);
    }
    // The partial tiles of earlier checkpoints are still there, for those who hold them.
    for frame in &frames {
        for tile in TileId::all(frame.end()) {
            assert!(out.join(tile.to_string()).is_file(), "{tile}");
        }
    }
}

#[test]
fn a_contradiction_is_judged_by_its_file_and_the_published_key_alone() {
    let folder = Folder::new();
    let secret = SecretKey::from_seed(&[5; 32]);
    let origin = "registry.example/jcm/test";
    let key = VerifierKey::new(origin, KeyType::Ed25519, &secret.public_key()).expect("honest");
    let tree = |history: u8| {
        let mut tree = Tree::new();
        (0..20_u8).for_each(|i| tree.push(leaf_hash(&[history, i])));
        tree
    };
    let signed = |tree: &Tree, size: u64| {
        let root = tree.root_at(size).expect("within");
        let head = Checkpoint { origin: origin.parse().expect("an origin"), size, root };
        TrustedCheckpoint::open(&head.sign(&secret), &key).expect("signed")
    };
    let (ours, theirs) = (tree(1), tree(2));
    let proof = theirs.consistency_proof(9, 20).expect("within");
    let honest = ours.consistency_proof(9, 20).expect("within");
    let first = signed(&ours, 9);
    let cases = [
        (Evidence::new(&key, &first, &signed(&theirs, 9), &[]), 1, "PROVED: the log's key"),
        (Evidence::new(&key, &first, &signed(&theirs, 20), &proof), 1, "PROVED: the log's key"),
        (Evidence::new(&key, &first, &signed(&theirs, 20), &[]), 0, "NOT PROVED"),
        (Evidence::new(&key, &first, &signed(&ours, 20), &honest), 0, "Nothing is wrong"),
    ];
    let log_key = key.to_string();
    for (evidence, expected, words) in cases {
        let file = folder.write("file", evidence.to_string().as_bytes());
        let (status, told, _) = program(&["contradiction", &file, "--log-key", &log_key]);
        assert_eq!(status, expected, "{told}");
        assert!(told.lines().last().is_some_and(|line| line.starts_with(words)), "{told}");
    }
    let other = SecretKey::from_seed(&[6; 32]).public_key();
    let other = VerifierKey::new(origin, KeyType::Ed25519, &other).expect("honest").to_string();
    let file = folder.0.join("file").display().to_string();
    let (status, _, error) = program(&["contradiction", &file, "--log-key", &other]);
    assert!(status == 64 && error.contains("another log key"), "{error}");
    let text = folder.write("text", b"jcm-contradiction/1\n");
    assert_eq!(program(&["contradiction", &text, "--log-key", &log_key]).0, 64);
    assert_eq!(program(&["contradiction", "/nonexistent", "--log-key", &log_key]).0, 66);
    assert_eq!(program(&["contradiction", &text]).0, 64, "the key does not come from the file");
}
