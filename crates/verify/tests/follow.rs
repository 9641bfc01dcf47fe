//! Following a registry: what raises an alarm, and where it goes.

#![allow(clippy::expect_used)]

mod common;

use common::who::*;
use common::*;
use jcm_format::frame::Frame;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("jcm-follow-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file in one step: a follower never sees half of it.
    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let beside = self.0.join("beside");
        fs::write(&beside, bytes).expect("written");
        fs::rename(&beside, self.path(name)).expect("renamed");
        self.path(name)
    }

    fn alarms(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.path("alarms")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn follow(folder: &Folder, source: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jcm-verify"));
    command.arg("follow").arg(source).args(["--every", "0s"]);
    command.arg("--alarm-file").arg(folder.path("alarms"));
    command.args(more);
    command
}

/// One look: the exit status.
fn once(folder: &Folder, source: &Path, more: &[&str]) -> Option<i32> {
    let more = [&["--once"], more].concat();
    follow(folder, source, &more).output().expect("it runs").status.code()
}

/// An honest log, and the same with more entries.
fn growing() -> (Vec<Frame>, Vec<Frame>) {
    let mut life = Life::honest();
    let shorter = life.frames();
    for number in 0..20 {
        let (body, event) = payment(&format!("later-{number}"), 1, None);
        life.push(&[OPERATOR_1], body, event);
    }
    let mut longer = shorter.clone();
    longer.extend(after(&life, &shorter));
    (shorter, longer)
}

/// Frames for the entries of a life that come after some frames.
fn after(life: &Life, frames: &[Frame]) -> Vec<Frame> {
    let known: usize = frames.iter().map(|frame| frame.entries.len()).sum();
    let all = life.frames();
    let bytes: Vec<Vec<u8>> = all.iter().flat_map(|frame| frame.entries.clone()).collect();
    let mut tree = jcm_format::tlog::Frontier::new();
    bytes[..known].iter().for_each(|entry| tree.push(jcm_format::tlog::leaf_hash(entry)));
    let rest = &bytes[known..];
    rest.iter()
        .map(|entry| {
            let first = tree.len();
            tree.push(jcm_format::tlog::leaf_hash(entry));
            let head = jcm_format::tlog::Checkpoint {
                origin: origin(),
                size: tree.len(),
                root: tree.root(),
            };
            Frame { first, entries: vec![entry.clone()], checkpoint: head.sign(&secret(LOG)) }
        })
        .collect()
}

/// A follower that goes on; it tells on standard error what it raises.
struct Following {
    child: Child,
}

impl Following {
    fn start(folder: &Folder, source: &Path, more: &[&str]) -> Following {
        let metrics = folder.path("metrics");
        let mut command = follow(folder, source, more);
        command.arg("--metrics").arg(metrics).stderr(Stdio::piped()).stdout(Stdio::null());
        Following { child: command.spawn().expect("it runs") }
    }

    /// Waits until the metrics say so many entries.
    fn wait_for(&self, folder: &Folder, entries: u64) {
        let wanted = format!("jcm_verify_entries {entries}\n");
        for _ in 0..6_000 {
            let text = fs::read_to_string(folder.path("metrics")).unwrap_or_default();
            if text.contains(&wanted) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let text = fs::read_to_string(folder.path("metrics")).unwrap_or_default();
        assert_eq!(text, wanted, "it never came so far");
    }

    /// What it says until it ends, and its status.
    fn end(mut self) -> (Option<i32>, String) {
        let errors = self.child.stderr.take().expect("piped");
        let lines: Vec<String> = BufReader::new(errors).lines().map_while(Result::ok).collect();
        (self.child.wait().expect("it ends").code(), lines.join("\n"))
    }

    fn stop(mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(frames: &[Frame]) -> u64 {
    frames.iter().map(|frame| frame.entries.len() as u64).sum()
}

#[test]
fn a_log_that_grows_is_followed_and_one_that_turns_bad_raises_the_alarm() {
    let folder = Folder::new();
    let (shorter, longer) = growing();
    let source = folder.write("export", file(&shorter));
    let state = folder.path("state");
    let following =
        Following::start(&folder, &source, &["--state", state.to_str().expect("UTF-8")]);
    following.wait_for(&folder, size(&shorter));
    folder.write("export", file(&longer));
    following.wait_for(&folder, size(&longer));
    assert_eq!(folder.alarms(), [Value::Null; 0]);
    // An entry that nobody was entitled to sign.
    let mut life = Life::honest();
    for number in 0..20 {
        let (body, event) = payment(&format!("later-{number}"), 1, None);
        life.push(&[OPERATOR_1], body, event);
    }
    let (body, event) = payment("stolen", 1_000, None);
    let bad = life.push(&[STRANGER], body, event).get();
    let mut forged = longer.clone();
    forged.extend(after(&life, &longer));
    folder.write("export", file(&forged));
    let (status, said) = following.end();
    assert_eq!(status, Some(1), "{said}");
    assert!(said.contains("ALARM (finding)") && said.contains("KEY_UNKNOWN"), "{said}");
    let alarms = folder.alarms();
    assert_eq!((alarms.len(), &alarms[0]["alarm"]), (1, &Value::from("finding")));
    assert_eq!(alarms[0]["findings"][0]["index"], bad);
    let metrics = fs::read_to_string(folder.path("metrics")).expect("written");
    assert!(metrics.contains("jcm_verify_alarm{kind=\"finding\"} 1\n"), "{metrics}");
    // What was written before the fraud lets the next start go on, and find it again.
    let state = state.to_str().expect("UTF-8");
    assert_eq!(once(&folder, &source, &["--state", state]), Some(1));
    folder.write("export", file(&longer));
    assert_eq!(once(&folder, &source, &["--state", state]), Some(0));
}

#[test]
fn entries_that_are_taken_back_or_replaced_raise_the_alarm() {
    for rewrite in [false, true] {
        let folder = Folder::new();
        let (shorter, longer) = growing();
        let source = folder.write("export", file(&longer));
        let following = Following::start(&folder, &source, &[]);
        following.wait_for(&folder, size(&longer));
        if rewrite {
            let mut life = Life::honest();
            for number in 0..20 {
                let (body, event) = payment(&format!("other-{number}"), 1, None);
                life.push(&[OPERATOR_1], body, event);
            }
            let mut other = shorter.clone();
            other.extend(after(&life, &shorter));
            folder.write("export", file(&other));
        } else {
            folder.write("export", file(&shorter));
        }
        let (status, said) = following.end();
        assert_eq!(status, Some(1), "{said}");
        let code = if rewrite { "SPLIT_VIEW" } else { "LOG_TRUNCATED" };
        assert!(said.contains(code), "{said}");
    }
}

#[test]
fn a_peer_that_was_shown_another_log_or_more_of_it_raises_the_alarm() {
    let folder = Folder::new();
    let (shorter, longer) = growing();
    let source = folder.write("export", file(&shorter));
    let same = folder.write("same", &shorter[3].checkpoint);
    assert_eq!(once(&folder, &source, &["--peer", same.to_str().expect("UTF-8")]), Some(0));
    let more = folder.write("more", &longer.last().expect("not empty").checkpoint);
    assert_eq!(once(&folder, &source, &["--peer", more.to_str().expect("UTF-8")]), Some(2));
    assert_eq!(folder.alarms().last().expect("one")["alarm"], "lag");
    let mut other = Life::honest();
    other.step("class-c").time_ms += 1;
    let other = other.frames();
    let other = folder.write("other", &other.last().expect("not empty").checkpoint);
    assert_eq!(once(&folder, &source, &["--peer", other.to_str().expect("UTF-8")]), Some(1));
    let alarm = folder.alarms().pop().expect("one");
    assert_eq!(alarm["findings"][0]["code"], "SPLIT_VIEW", "{alarm}");
}

#[test]
fn silence_raises_the_alarm_and_its_end_is_told() {
    let folder = Folder::new();
    let (shorter, _) = growing();
    let source = folder.path("export");
    assert_eq!(once(&folder, &source, &[]), Some(3));
    assert_eq!(folder.alarms().pop().expect("one")["alarm"], "silence");
    let stopping = ["--silence", "0s", "--stop-on-alarm"];
    let (status, said) = Following::start(&folder, &source, &stopping).end();
    assert_eq!(status, Some(3), "{said}");
    // One that goes on raises it once, and tells when it is over.
    let before = folder.alarms().len();
    fs::remove_file(folder.path("metrics")).expect("written by the one before");
    let following = Following::start(&folder, &source, &["--silence", "0s"]);
    following.wait_for(&folder, 0);
    folder.write("export", file(&shorter));
    following.wait_for(&folder, size(&shorter));
    following.stop();
    // The metrics are written after the alarms of a round.
    let raised: Vec<_> =
        folder.alarms()[before..].iter().map(|alarm| alarm["raised"].clone()).collect();
    assert_eq!(raised, [Value::from(true), Value::from(false)]);
}

#[test]
fn an_alarm_runs_a_program_with_the_alarm_as_its_input() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new();
    let mut life = Life::honest();
    life.step("class-c").signers = vec![STRANGER];
    let source = folder.write("export", file(&life.frames()));
    let told = folder.path("told");
    let script = format!("#!/bin/sh\ncat > '{}'\n", told.display());
    let program = folder.write("program", script);
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("own file");
    let program = program.to_str().expect("UTF-8");
    assert_eq!(once(&folder, &source, &["--alarm-command", program]), Some(1));
    let alarm: Value = serde_json::from_slice(&fs::read(told).expect("told")).expect("JSON");
    assert_eq!(alarm["findings"][0]["code"], "KEY_UNKNOWN");
    // A program that fails does not swallow the alarm.
    assert_eq!(once(&folder, &source, &["--alarm-command", "/bin/false"]), Some(1));
    assert_eq!(folder.alarms().len(), 2);
}
