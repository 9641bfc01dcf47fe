//! The power is cut, and every operation fails, at every point of a workload.
//!
//! What must hold: everything acknowledged is there afterwards, and nothing is
//! there but a beginning of what was submitted.

use super::sample;
use super::segments::{SegmentLog, SegmentOptions};
use super::sim_disk::{Cut, DiskFault, Residue, SimDisk};
use super::{AppendError, LogError, OrderedLog};
use jcm_format::frame::Frame;

const SMALL: SegmentOptions = SegmentOptions { segment_bytes: 3_000 };

/// Frames from a part of a sector to many, over several segments.
fn script() -> Vec<Frame> {
    sample::frames_with(&[(1, 10), (2, 100), (1, 700), (4, 300), (1, 20), (1, 1), (3, 900), (1, 5)])
}

/// What a workload learnt before it ended.
struct Outcome {
    acknowledged: u64,
    is_complete: bool,
}

/// Opens the log, appends what is missing of the script and seals now and then.
fn work(disk: &SimDisk, frames: &[Frame]) -> Result<Outcome, LogError> {
    let mut log = SegmentLog::open_on(disk.clone(), SMALL)?;
    let fenced = log.fence()?;
    let mut head = fenced.head;
    let recorded = fenced.head.size;
    for (i, frame) in frames.iter().enumerate().filter(|(_, frame)| recorded < frame.end()) {
        match log.append(fenced.epoch, head, frame) {
            Ok(next) => head = next,
            Err(AppendError::Unknown(_)) => {
                assert!(matches!(
                    log.append(fenced.epoch, head, frame),
                    Err(AppendError::Poisoned)
                ));
                return Ok(Outcome { acknowledged: head.size, is_complete: false });
            }
            Err(other) => panic!("frame {i}: {other}"),
        }
        if i % 3 == 1 && log.seal().is_err() {
            return Ok(Outcome { acknowledged: head.size, is_complete: false });
        }
    }
    let is_complete = log.seal().is_ok();
    Ok(Outcome { acknowledged: head.size, is_complete })
}

/// Entries acknowledged by `work`; none if it could not open the log.
fn acknowledged(disk: &SimDisk, frames: &[Frame]) -> u64 {
    work(disk, frames).map_or(0, |outcome| outcome.acknowledged)
}

/// Opens the log after a crash and checks what is there. Gives its size.
fn check(disk: &SimDisk, frames: &[Frame], acknowledged: u64, context: &str) -> u64 {
    let log = match SegmentLog::open_on(disk.clone(), SMALL) {
        Ok(log) => log,
        Err(error) => panic!("{context}: {error}"),
    };
    let read = log.read(0).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.unwrap_or_else(|error| panic!("{context}: {error}"));
    assert!(frames.starts_with(&read), "{context}: not a beginning of what was submitted");
    let size = read.last().map_or(0, Frame::end);
    assert!(acknowledged <= size, "{context}: {size} of {acknowledged} acknowledged are there");
    assert_eq!(log.report().head.size, size, "{context}");
    size
}

fn residues(seed: u64) -> Vec<Residue> {
    let mut residues = vec![Residue::Lost, Residue::All];
    for i in 0..10 {
        residues.push(Residue::Prefix(seed * 100 + i));
        residues.push(Residue::Sectors(seed * 100 + i));
    }
    residues
}

fn operations_of_the_workload(frames: &[Frame]) -> u64 {
    let disk = SimDisk::new();
    let outcome = work(&disk, frames).expect("no fault");
    assert!(outcome.is_complete);
    let segments = SegmentLog::open_on(disk.fork(), SMALL).expect("whole").report().segments;
    assert!(segments >= 3, "the script rolls");
    disk.operations()
}

#[test]
fn no_power_cut_loses_what_was_acknowledged() {
    let frames = script();
    let mut cuts = 0;
    let mut losses = 0;
    for operation in 0..operations_of_the_workload(&frames) {
        for cut in [Cut::Before(operation), Cut::After(operation)] {
            let disk = SimDisk::new();
            disk.cut_at(cut);
            let acknowledged = acknowledged(&disk, &frames);
            assert!(disk.is_off());
            for residue in residues(operation) {
                let disk = disk.fork();
                disk.restart(residue);
                let context = format!("{cut:?}, {residue:?}");
                let size = check(&disk, &frames, acknowledged, &context);
                losses += u64::from(size == acknowledged);
                // The same machine goes on, and nothing is missing at the end.
                assert!(work(&disk, &frames).expect("whole").is_complete, "{context}");
                disk.restart(Residue::Lost);
                assert_eq!(check(&disk, &frames, size, &context), 14, "{context}");
                cuts += 1;
            }
        }
    }
    assert!(cuts >= 2_000, "{cuts} cuts");
    assert!(losses > 0, "some cut loses what was not acknowledged");
    println!("{cuts} power cuts, none lost an acknowledged entry");
}

#[test]
fn a_second_power_cut_during_recovery_loses_nothing() {
    let frames = script();
    let mut cuts = 0;
    for operation in 0..operations_of_the_workload(&frames) {
        let first = SimDisk::new();
        first.cut_at(Cut::After(operation));
        let acknowledged = acknowledged(&first, &frames);
        for residue in [Residue::Lost, Residue::Prefix(operation), Residue::Sectors(operation)] {
            let torn = first.fork();
            torn.restart(residue);
            let probe = torn.fork();
            check(&probe, &frames, acknowledged, "probe");
            for second in 0..probe.operations() {
                for cut in [Cut::Before(second), Cut::After(second)] {
                    for residue in residues(second).into_iter().step_by(5) {
                        let disk = torn.fork();
                        disk.cut_at(cut);
                        assert!(SegmentLog::open_on(disk.clone(), SMALL).is_err());
                        disk.restart(residue);
                        let context = format!("after {operation}, then {cut:?}, {residue:?}");
                        check(&disk, &frames, acknowledged, &context);
                        cuts += 1;
                    }
                }
            }
        }
    }
    assert!(cuts >= 5_000, "{cuts} cuts");
    println!("{cuts} power cuts during recovery, none lost an acknowledged entry");
}

/// What was readable after a restart counts as acknowledged: the ledger may have
/// answered for it. So a frame that a failed sync left in the cache must not
/// vanish with the next power cut.
#[test]
fn no_failing_operation_loses_what_was_acknowledged_or_shown() {
    let frames = script();
    let mut faults = 0;
    for operation in 0..operations_of_the_workload(&frames) {
        for fault in [DiskFault::Persist, DiskFault::Lose] {
            let failed = SimDisk::new();
            failed.fail_at(operation, fault);
            let acknowledged = match work(&failed, &frames) {
                Ok(outcome) => {
                    assert!(!outcome.is_complete, "operation {operation}, {fault:?}: unnoticed");
                    outcome.acknowledged
                }
                Err(_) => 0,
            };
            for residue in residues(operation) {
                let disk = failed.fork();
                disk.restart(residue);
                let context = format!("operation {operation}, {fault:?}, {residue:?}");
                let shown = check(&disk, &frames, acknowledged, &context);
                let again = disk.fork();
                again.restart(Residue::Lost);
                check(&again, &frames, shown, &context);
                assert!(work(&disk, &frames).expect("whole").is_complete, "{context}");
                disk.restart(Residue::Lost);
                check(&disk, &frames, 14, &context);
                faults += 1;
            }
        }
    }
    println!("{faults} failing operations");
}

#[test]
fn a_full_disk_stops_the_log_and_leaves_it_whole() {
    let frames = script();
    let mut is_enough = false;
    for capacity in (0..30_000).step_by(37) {
        let disk = SimDisk::new();
        disk.limit_bytes(capacity);
        let before = acknowledged(&disk, &frames);
        is_enough = before == 14;
        for residue in [Residue::All, Residue::Lost] {
            let disk = disk.fork();
            disk.restart(residue);
            check(&disk, &frames, before, &format!("{capacity} bytes, {residue:?}"));
            assert!(work(&disk, &frames).expect("whole").is_complete);
        }
    }
    assert!(is_enough, "the largest holds the whole log");
}

/// The mutants that the tests above must catch, done by hand: a log whose sync
/// does nothing loses entries under this harness.
#[test]
fn the_harness_notices_a_sync_that_was_not_done() {
    let frames = script();
    let disk = SimDisk::new();
    assert!(work(&disk, &frames).expect("no fault").is_complete);
    let syncs = disk.operations();
    let mut lost = 0;
    for operation in 0..syncs {
        let disk = SimDisk::new();
        disk.fail_at(operation, DiskFault::Pretend);
        let outcome = work(&disk, &frames).expect("nobody notices");
        disk.restart(Residue::Lost);
        let log = SegmentLog::open_on(disk.clone(), SMALL);
        let size = log.as_ref().map_or(0, |log| log.report().head.size);
        lost += u64::from(size < outcome.acknowledged);
    }
    assert!(lost >= 4, "{lost}");
}
