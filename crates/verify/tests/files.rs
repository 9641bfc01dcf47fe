//! Logs on disk: exports, segments, data folders, heads and damage to them.

#![allow(clippy::expect_used)]

mod common;

use common::who::*;
use common::*;
use jcm_format::frame::{Frame, MAGIC};
use jcm_format::hash::Digest;
use jcm_format::tlog::Checkpoint;
use jcm_verify::{OpenError, verify_path};
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
        let name = format!("jcm-verify-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
        fs::write(&path, bytes).expect("written");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The first entries of an honest log: enough to damage in every place.
fn short() -> Vec<Frame> {
    let mut life = Life::honest();
    life.steps.truncate(4);
    life.frames()
}

fn segment_name(frames: &[Frame]) -> String {
    format!("{:020}.seg", frames[0].first)
}

/// A data folder with three segments and a head.
fn data_folder(frames: &[Frame], head: &[u8]) -> Folder {
    let folder = Folder::new();
    for part in [&frames[..3], &frames[3..7], &frames[7..]] {
        folder.write(&format!("log/{}", segment_name(part)), &file(part));
    }
    folder.write("log/head", head);
    folder
}

fn slot(note: &str) -> Vec<u8> {
    let length = u32::try_from(note.len()).expect("short").to_le_bytes();
    let check = Digest::of(&[&length, note.as_bytes()]);
    let mut slot = [&length, &check.as_bytes()[..8], note.as_bytes()].concat();
    slot.resize(4_096, 0);
    slot
}

fn head(notes: [&str; 2]) -> Vec<u8> {
    [slot(notes[0]), slot(notes[1])].concat()
}

fn last_note(frames: &[Frame]) -> &str {
    &frames.last().expect("not empty").checkpoint
}

fn codes(path: &Path) -> Vec<&'static str> {
    let report = verify_path(path, &options(2)).expect("readable");
    report.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn an_export_a_folder_of_segments_and_a_data_folder_are_the_same_log() {
    let frames = Life::honest().frames();
    let wanted = verify(frames.clone());
    let notes = [frames[frames.len() - 2].checkpoint.as_str(), last_note(&frames)];
    let data = data_folder(&frames, &head(notes));
    let export = data.write("export.jcmlog", &file(&frames));
    for path in [export.as_path(), &data.0.join("log"), &data.0] {
        let report = verify_path(path, &options(2)).expect("readable");
        assert!(report.ok, "{}: {report}", path.display());
        assert_eq!(report.state_digest, wanted.state_digest);
        assert_eq!(report.root, wanted.root);
    }
}

#[test]
fn every_flipped_byte_is_found() {
    let folder = Folder::new();
    let bytes = file(&short());
    for position in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x20;
        let path = folder.write("export", &damaged);
        assert!(!codes(&path).is_empty(), "byte {position}");
    }
}

#[test]
fn every_truncation_is_found_unless_a_shorter_log_remains() {
    let folder = Folder::new();
    let frames = short();
    let bytes = file(&frames);
    // After each frame a shorter log ends that is right in itself.
    let ends: Vec<usize> = (1..=frames.len()).map(|count| file(&frames[..count]).len()).collect();
    for length in 0..=bytes.len() {
        let path = folder.write("export", &bytes[..length]);
        let found = codes(&path);
        let wanted: &[&str] = match length {
            length if ends.contains(&length) => &[],
            length if length == MAGIC.len() => &["LOG_EMPTY"],
            _ => &["FRAME_TRUNCATED"],
        };
        assert_eq!(found, wanted, "{length} bytes");
    }
}

#[test]
fn a_head_shows_every_truncation() {
    let folder = Folder::new();
    let frames = short();
    folder.write("log/head", &head(["", last_note(&frames)]));
    let bytes = file(&frames);
    for length in 0..bytes.len() {
        folder.write("log/00000000000000000000.seg", &bytes[..length]);
        assert!(codes(&folder.0).contains(&"LOG_TRUNCATED"), "{length} bytes");
    }
    folder.write("log/00000000000000000000.seg", &bytes);
    assert!(codes(&folder.0).is_empty());
}

#[test]
fn an_unfinished_write_that_nothing_signed_covers_is_a_note() {
    let folder = Folder::new();
    let frames = short();
    let bytes = file(&frames);
    let signed = &frames[..frames.len() - 1];
    folder.write("log/head", &head([last_note(signed), ""]));
    for length in file(signed).len() + 1..bytes.len() {
        folder.write("log/00000000000000000000.seg", &bytes[..length]);
        let report = verify_path(&folder.0, &options(2)).expect("readable");
        assert!(report.ok && report.notes.len() == 1, "{length} bytes: {report}");
        assert_eq!(report.entries, signed.last().expect("not empty").end());
    }
}

#[test]
fn a_log_rewritten_after_signing_is_found() {
    let honest = Life::honest().frames();
    let mut life = Life::honest();
    life.last().time_ms += 1;
    let rewritten = life.frames();
    assert!(verify(rewritten.clone()).ok, "nothing is wrong with it in itself");
    let folder = data_folder(&rewritten, &head([last_note(&honest), ""]));
    assert_eq!(codes(&folder.0), ["LOG_REWRITTEN"]);
    let folder = data_folder(&honest, &head([last_note(&honest), "torn"]));
    assert!(codes(&folder.0).is_empty());
}

#[test]
fn heads_that_prove_nothing_are_found() {
    let frames = Life::honest().frames();
    let checkpoint = Checkpoint { origin: origin(), size: 3, root: digest("some tree") }
        .sign(&secret(OTHER_LOG));
    let cases: [(Vec<u8>, &[&str]); 5] = [
        (head([&checkpoint, ""]), &["HEAD_SIGNATURE"]),
        (head(["", "no checkpoint"]), &["HEAD_DAMAGED"]),
        (vec![1; 8_192], &["HEAD_DAMAGED"]),
        (vec![0; 8_192], &[]),
        (Vec::new(), &[]),
    ];
    for (head, wanted) in cases {
        assert_eq!(codes(&data_folder(&frames, &head).0), wanted);
    }
}

#[test]
fn segments_are_named_by_their_first_entry() {
    let frames = Life::honest().frames();
    let folder = data_folder(&frames, &head([last_note(&frames), ""]));
    let second = folder.0.join("log").join(segment_name(&frames[3..]));
    fs::rename(&second, folder.0.join("log/00000000000000000007.seg")).expect("renamed");
    assert_eq!(codes(&folder.0), ["SEGMENT_NAME"]);
    fs::remove_file(folder.0.join("log/00000000000000000007.seg")).expect("removed");
    assert_eq!(codes(&folder.0), ["FRAME_POSITION"]);
    let folder = data_folder(&frames, &head([last_note(&frames), ""]));
    folder.write("log/zero.seg", &file(&frames));
    assert_eq!(codes(&folder.0), ["SEGMENT_NAME"]);
}

#[test]
fn what_is_not_there_is_told_from_what_is_wrong() {
    let folder = Folder::new();
    let nowhere = verify_path(&folder.0.join("nowhere"), &options(1));
    assert!(matches!(nowhere, Err(OpenError::Open { .. })));
    let empty = verify_path(&folder.0, &options(1));
    assert!(matches!(empty, Err(OpenError::NotALog { .. })));
    assert_eq!(codes(&folder.write("text", b"no log at all")), ["FILE_MAGIC"]);
    assert_eq!(codes(&folder.write("empty", b"")), ["FRAME_TRUNCATED"]);
    let frames = short();
    folder.write("log/head", &head([last_note(&frames), ""]));
    assert_eq!(codes(&folder.0), ["LOG_EMPTY", "LOG_TRUNCATED"]);
}

fn program(arguments: &[&str]) -> (i32, String, String) {
    let program = Command::new(env!("CARGO_BIN_EXE_jcm-verify")).args(arguments).output();
    let output = program.expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

#[test]
fn the_program_answers_with_its_exit_status() {
    let folder = Folder::new();
    let life = Life::honest();
    let good = folder.write("good", &file(&life.frames()));
    let mut bad = life.clone();
    bad.step("retire").event.pop();
    let bad = folder.write("bad", &file(&bad.frames()));
    let (good, bad) = (good.to_str().expect("text"), bad.to_str().expect("text"));

    let (status, out, _) = program(&[good]);
    assert_eq!(status, 0);
    assert!(
        out.contains("Everything holds.") && out.contains("taken from the log itself"),
        "{out}"
    );
    let (status, out, _) = program(&["--quiet", good]);
    assert_eq!((status, out.as_str()), (0, ""));
    let (status, out, _) = program(&["--dump-state", good]);
    assert!(status == 0 && out.starts_with("jcm-state/v4\nentries "), "{out}");

    let (status, out, _) = program(&["--threads", "3", bad]);
    assert_eq!(status, 1);
    assert!(out.contains("EFFECT_MISMATCH [art. 52(2), (3); RO art. 6]"), "{out}");
    let (status, out, _) = program(&["--json", bad]);
    assert_eq!(status, 1);
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(report["ok"], false);
    assert_eq!(report["findings"][0]["code"], "EFFECT_MISMATCH");
    assert_eq!(report["findings"][0]["index"], life.at("retire").get());
    let (status, ..) = program(&["--chain-only", bad]);
    assert_eq!(status, 0, "the cheat linked everything again");

    let (status, _, told) = program(&["--threads", "0", good]);
    assert!(status == 64 && told.contains("from 1"), "{status}: {told}");

    let (status, ..) = program(&["--genesis", &"0".repeat(64), good]);
    assert_eq!(status, 1);
    for usage in [&[][..], &["--no-such-option", good], &["--log-key", "nonsense", good]] {
        assert_eq!(program(usage).0, 64, "{usage:?}");
    }
    let (status, _, error) = program(&["/nowhere/at/all"]);
    assert!(status == 66 && error.starts_with("jcm-verify: cannot open"), "{error}");
}
