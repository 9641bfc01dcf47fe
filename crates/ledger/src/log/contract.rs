//! What every engine must do, run against each.

use super::sample;
use super::segments::{SegmentLog, SegmentOptions};
use super::sim_disk::{DiskFault, Residue, SimDisk};
use super::simulated::{AppendFault, FaultPlan, SimulatedLog, SimulatedMedium};
use super::{AppendError, Damage, Epoch, Head, LogError, OrderedLog, RealDisk};
use jcm_format::frame::Frame;
use jcm_format::hash::Digest;
use std::fs::OpenOptions;

/// A place where an engine can be opened again and again.
trait Bench {
    type Log: OrderedLog;

    fn open(&self) -> Self::Log;

    /// Lets the next append fail; `None` where that cannot be done.
    fn fail_next_append(&self) -> Option<()>;
}

struct OnFolder(tempfile::TempDir);

impl Bench for OnFolder {
    type Log = SegmentLog<RealDisk>;

    fn open(&self) -> Self::Log {
        SegmentLog::open(self.0.path(), SMALL).expect("whole")
    }

    fn fail_next_append(&self) -> Option<()> {
        None
    }
}

struct OnSimDisk(SimDisk);

impl Bench for OnSimDisk {
    type Log = SegmentLog<SimDisk>;

    fn open(&self) -> Self::Log {
        self.0.restart(Residue::All);
        SegmentLog::open_on(self.0.clone(), SMALL).expect("whole")
    }

    fn fail_next_append(&self) -> Option<()> {
        self.0.fail_at(self.0.operations(), DiskFault::Lose);
        Some(())
    }
}

impl Bench for SimulatedMedium {
    type Log = SimulatedLog;

    fn open(&self) -> Self::Log {
        SimulatedMedium::open(self).expect("power")
    }

    fn fail_next_append(&self) -> Option<()> {
        self.fail_next(AppendFault::Lose);
        Some(())
    }
}

const SMALL: SegmentOptions = SegmentOptions { segment_bytes: 2_000 };

fn keep_contract<B: Bench>(bench: impl Fn() -> B) {
    what_is_appended_is_read_back(&bench());
    a_stale_head_or_epoch_is_a_conflict(&bench());
    a_take_over_ends_the_epoch_before(&bench());
    a_batch_that_does_not_follow_is_refused(&bench());
    after_a_failure_everything_is_refused(&bench());
    the_log_is_there_after_opening_again(&bench());
}

fn append_all<L: OrderedLog>(log: &mut L, frames: &[Frame]) -> Head {
    let fenced = log.fence().expect("alive");
    let mut head = fenced.head;
    for frame in frames {
        head = log.append(fenced.epoch, head, frame).expect("fits");
        assert_eq!(head.size, frame.end());
    }
    head
}

fn read_all<L: OrderedLog>(log: &L, from: u64) -> Vec<Frame> {
    log.read(from).expect("there").collect::<Result<_, _>>().expect("whole")
}

fn what_is_appended_is_read_back<B: Bench>(bench: &B) {
    let frames = sample::frames(&[1, 3, 2, 5, 1, 4]);
    let mut log = bench.open();
    assert_eq!(read_all(&log, 0), []);
    append_all(&mut log, &frames);
    for from in 0..=16 {
        let expected: Vec<_> = frames.iter().filter(|frame| from < frame.end()).cloned().collect();
        assert_eq!(read_all(&log, from), expected, "from {from}");
    }
    assert!(matches!(log.read(17), Err(LogError::BeyondEnd { from: 17, size: 16 })));
}

fn a_stale_head_or_epoch_is_a_conflict<B: Bench>(bench: &B) {
    let frames = sample::frames(&[1, 1]);
    let mut log = bench.open();
    let none = log.append(Epoch::new(0), Head::EMPTY, &frames[0]);
    assert!(matches!(none, Err(AppendError::Conflict)), "before a take-over");
    let fenced = log.fence().expect("alive");
    let head = log.append(fenced.epoch, Head::EMPTY, &frames[0]).expect("fits");
    let other_leaf = Head { leaf: Digest::ZERO, ..head };
    for stale in [Head::EMPTY, other_leaf] {
        let answer = log.append(fenced.epoch, stale, &frames[1]);
        assert!(matches!(answer, Err(AppendError::Conflict)));
    }
    let answer = log.append(fenced.epoch.next(), head, &frames[1]);
    assert!(matches!(answer, Err(AppendError::Conflict)));
    log.append(fenced.epoch, head, &frames[1]).expect("a conflict poisons nothing");
}

fn a_take_over_ends_the_epoch_before<B: Bench>(bench: &B) {
    let frames = sample::frames(&[1, 1]);
    let mut log = bench.open();
    let old = log.fence().expect("alive");
    let head = log.append(old.epoch, old.head, &frames[0]).expect("fits");
    let new = log.fence().expect("alive");
    assert!(old.epoch < new.epoch);
    assert_eq!(new.head, head);
    let answer = log.append(old.epoch, head, &frames[1]);
    assert!(matches!(answer, Err(AppendError::Conflict)));
    log.append(new.epoch, head, &frames[1]).expect("the new one may");
}

fn a_batch_that_does_not_follow_is_refused<B: Bench>(bench: &B) {
    let frames = sample::frames(&[1, 1, 1]);
    let mut log = bench.open();
    let fenced = log.fence().expect("alive");
    let head = log.append(fenced.epoch, fenced.head, &frames[0]).expect("fits");
    let mut refused = |batch: &Frame, why| {
        let answer = log.append(fenced.epoch, head, batch);
        assert!(matches!(answer, Err(AppendError::Unfit(what)) if what == why), "{why}");
    };
    refused(&frames[2], Damage::Gap);
    refused(&frames[0], Damage::Gap);
    let empty = Frame { entries: Vec::new(), ..frames[1].clone() };
    refused(&empty, Damage::Checkpoint);
    let empty = Frame { checkpoint: frames[0].checkpoint.clone(), ..empty };
    refused(&empty, Damage::Limit);
    let note = &frames[1].checkpoint;
    let line = note.lines().last().expect("a signature");
    let long = Frame {
        checkpoint: format!("{note}{}", format!("{line}\n").repeat(40)),
        ..frames[1].clone()
    };
    refused(&long, Damage::Limit);
    log.append(fenced.epoch, head, &frames[1]).expect("nothing was written");
}

fn after_a_failure_everything_is_refused<B: Bench>(bench: &B) {
    let frames = sample::frames(&[1, 1]);
    let mut log = bench.open();
    let fenced = log.fence().expect("alive");
    let head = log.append(fenced.epoch, fenced.head, &frames[0]).expect("fits");
    if bench.fail_next_append().is_none() {
        return;
    }
    let answer = log.append(fenced.epoch, head, &frames[1]);
    assert!(matches!(answer, Err(AppendError::Unknown(_))));
    assert!(matches!(log.append(fenced.epoch, head, &frames[1]), Err(AppendError::Poisoned)));
    assert!(matches!(log.fence(), Err(LogError::Poisoned)));
    assert!(matches!(log.read(0), Err(LogError::Poisoned)));
    drop(log);
    let mut log = bench.open();
    assert_eq!(log.fence().expect("alive").head, head);
    append_all(&mut log, &frames[1..]);
    assert_eq!(read_all(&log, 0), frames);
}

fn the_log_is_there_after_opening_again<B: Bench>(bench: &B) {
    let frames = sample::frames(&[2, 3, 4, 1]);
    for pair in frames.chunks(1) {
        let mut log = bench.open();
        append_all(&mut log, pair);
    }
    let mut log = bench.open();
    assert_eq!(read_all(&log, 0), frames);
    assert_eq!(log.fence().expect("alive").head.size, 10);
}

#[test]
fn the_embedded_engine_keeps_the_contract() {
    keep_contract(|| OnFolder(tempfile::tempdir().expect("a folder")));
}

#[test]
fn the_embedded_engine_keeps_the_contract_on_a_simulated_disk() {
    keep_contract(|| OnSimDisk(SimDisk::new()));
}

#[test]
fn the_simulated_engine_keeps_the_contract() {
    keep_contract(|| SimulatedMedium::new(FaultPlan::none()));
}

#[test]
fn a_folder_is_opened_once_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = SegmentLog::open(folder.path(), SMALL).expect("free");
    match SegmentLog::open(folder.path(), SMALL) {
        Err(LogError::InUse { folder: named }) => assert_eq!(named, folder.path().join("log")),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened twice"),
    }
    drop(log);
    SegmentLog::open(folder.path(), SMALL).expect("free again");
}

#[test]
#[allow(clippy::disallowed_methods)]
fn a_lock_that_outlives_its_owner_for_a_moment_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = SegmentLog::open(folder.path(), SMALL).expect("free");
    let owner = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(200));
        drop(log);
    });
    SegmentLog::open(folder.path(), SMALL).expect("free after a moment");
    owner.join().expect("ran");
}

#[test]
fn damage_of_a_real_file_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut log = SegmentLog::open(folder.path(), SMALL).expect("free");
    append_all(&mut log, &sample::frames(&[3, 3, 3, 3]));
    log.seal().expect("no fault");
    assert!(log.report().head == Head::EMPTY);
    drop(log);
    let path = folder.path().join("log/00000000000000000000.seg");
    let file = OpenOptions::new().write(true).open(path).expect("there");
    std::os::unix::fs::FileExt::write_all_at(&file, b"?", 40).expect("room");
    match SegmentLog::open(folder.path(), SMALL) {
        Err(LogError::Damaged { file, offset: 9, what: Damage::Frame(_) }) => {
            assert_eq!(file, "00000000000000000000.seg");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
}

#[test]
fn readers_see_what_is_acknowledged_while_the_log_is_written() {
    let frames = sample::frames(&[2; 12]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut log = SegmentLog::open(folder.path(), SMALL).expect("free");
    let reader = log.reader();
    let fenced = log.fence().expect("alive");
    let mut head = fenced.head;
    for (i, frame) in frames.iter().enumerate() {
        let before = reader.read(0).expect("there");
        head = log.append(fenced.epoch, head, frame).expect("fits");
        assert_eq!(before.collect::<Result<Vec<_>, _>>().expect("whole"), frames[..i]);
    }
    drop(log);
    let read: Vec<_> = reader.read(5).expect("there").map(|frame| frame.expect("whole")).collect();
    assert_eq!(read, frames[2..]);
}

#[test]
fn two_engines_on_one_medium_fence_each_other() {
    let frames = sample::frames(&[1, 1]);
    let medium = SimulatedMedium::new(FaultPlan::none());
    let mut old = medium.open().expect("power");
    let mut new = medium.open().expect("power");
    let first = old.fence().expect("alive");
    let second = new.fence().expect("alive");
    let answer = old.append(first.epoch, first.head, &frames[0]);
    assert!(matches!(answer, Err(AppendError::Conflict)));
    // Nor may it use the number that the other was given.
    let answer = old.append(second.epoch, first.head, &frames[0]);
    assert!(matches!(answer, Err(AppendError::Conflict)));
    new.append(second.epoch, second.head, &frames[0]).expect("the newer may");
}

#[test]
fn a_power_loss_kills_every_engine_on_the_medium() {
    let frames = sample::frames(&[1, 1]);
    let medium = SimulatedMedium::new(FaultPlan([(1, AppendFault::PowerLoss)].into()));
    let mut log = medium.open().expect("power");
    let other = medium.open().expect("power");
    let fenced = log.fence().expect("alive");
    let head = log.append(fenced.epoch, fenced.head, &frames[0]).expect("fits");
    assert!(matches!(log.append(fenced.epoch, head, &frames[1]), Err(AppendError::Unknown(_))));
    assert!(medium.open().is_err());
    medium.power_on();
    assert!(other.read(0).is_err());
    assert_eq!(read_all(&medium.open().expect("power"), 0), frames[..1]);
}

#[test]
fn a_batch_may_be_recorded_although_the_append_failed() {
    let frames = sample::frames(&[1]);
    let medium = SimulatedMedium::new(FaultPlan([(0, AppendFault::Persist)].into()));
    let mut log = medium.open().expect("power");
    let fenced = log.fence().expect("alive");
    let answer = log.append(fenced.epoch, fenced.head, &frames[0]);
    assert!(matches!(answer, Err(AppendError::Unknown(_))));
    assert_eq!(read_all(&medium.open().expect("power"), 0), frames);
}
