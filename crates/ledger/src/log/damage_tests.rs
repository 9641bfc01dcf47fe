//! Every byte of a small log is flipped, and every file cut at every length.
//!
//! The outcome is one of three: halted by name, identical, or a damaged last
//! frame dropped that the head file did not cover. Never other content.

use super::sample;
use super::segments::{SegmentLog, SegmentOptions};
use super::sim_disk::{Cut, Residue, SimDisk};
use super::{Damage, LogError, OpenReport, OrderedLog};
use jcm_format::frame::{Frame, HEADER_LEN, MAGIC};

const SMALL: SegmentOptions = SegmentOptions { segment_bytes: 1_000 };
const FIRST: &str = "00000000000000000000.seg";
const LAST: &str = "00000000000000000005.seg";

fn script() -> Vec<Frame> {
    sample::frames(&[1, 2, 1, 1, 2, 1])
}

/// The script, sealed after so many frames. What was not sealed is not in the
/// head file, as after a power cut.
fn disk_sealed_after(sealed: usize) -> SimDisk {
    let disk = SimDisk::new();
    let mut log = SegmentLog::open_on(disk.clone(), SMALL).expect("empty");
    let fenced = log.fence().expect("alive");
    let mut head = fenced.head;
    for (i, frame) in script().iter().enumerate() {
        head = log.append(fenced.epoch, head, frame).expect("no fault");
        if i + 1 == sealed {
            log.seal().expect("no fault");
        }
    }
    drop(log);
    disk.restart(Residue::Lost);
    disk
}

fn sealed_disk() -> SimDisk {
    disk_sealed_after(script().len())
}

fn open(disk: &SimDisk) -> Result<(Vec<Frame>, OpenReport), LogError> {
    let log = SegmentLog::open_on(disk.clone(), SMALL)?;
    let frames = log.read(0)?.collect::<Result<_, _>>()?;
    Ok((frames, log.report().clone()))
}

fn what_is_wrong(disk: &SimDisk) -> (String, u64, Damage) {
    match open(disk) {
        Err(LogError::Damaged { file, offset, what }) => (file, offset, what),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened"),
    }
}

fn names(disk: &SimDisk) -> Vec<String> {
    use super::Disk as _;
    disk.list().expect("power")
}

#[test]
fn a_flipped_byte_in_a_sealed_log_is_detected_or_does_no_harm() {
    let frames = script();
    let whole = sealed_disk();
    assert_eq!(open(&whole).expect("whole").0, frames);
    for name in names(&whole) {
        let len = whole.content(&name).expect("there").len();
        for position in 0..len {
            let masks: &[u8] = if name == "head" { &[0x01] } else { &[0x01, 0x80] };
            for mask in masks {
                let disk = whole.fork();
                disk.damage(&name, |bytes| bytes[position] ^= mask);
                match open(&disk) {
                    Ok((read, report)) => {
                        assert_eq!(name, "head", "byte {position} of {name} went unnoticed");
                        assert_eq!(read, frames);
                        assert_eq!(report.head_slots_damaged, 1, "byte {position}");
                    }
                    Err(LogError::Damaged { file, .. }) => assert_eq!(file, name),
                    Err(other) => panic!("{other}"),
                }
                if name != "head" {
                    // Halting repairs nothing: the evidence is untouched.
                    let mut bytes = whole.content(&name).expect("there");
                    bytes[position] ^= mask;
                    assert_eq!(disk.content(&name), Some(bytes));
                }
            }
        }
    }
}

#[test]
fn a_flipped_byte_beyond_the_head_drops_at_most_the_last_frame() {
    let frames = script();
    let whole = disk_sealed_after(frames.len() - 2);
    let segment = whole.content(LAST).expect("there");
    let last_len = frames[5].encode().expect("small").len();
    let mut dropped = 0;
    for name in names(&whole) {
        let len = whole.content(&name).expect("there").len();
        for position in 0..len {
            let disk = whole.fork();
            disk.damage(&name, |bytes| bytes[position] ^= 0x10);
            match open(&disk) {
                Ok((read, report)) if name == LAST => {
                    assert!(segment.len() - last_len <= position, "byte {position} of {name}");
                    assert_eq!(read, frames[..5], "byte {position}");
                    assert_eq!(report.truncated_bytes, last_len as u64);
                    dropped += 1;
                }
                Ok((read, _)) => {
                    assert_eq!(name, "head", "byte {position} of {name} went unnoticed");
                    assert_eq!(read, frames);
                }
                Err(LogError::Damaged { file, .. }) => assert_eq!(file, name),
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert_eq!(dropped, last_len);
}

#[test]
fn a_truncated_file_is_detected_or_does_no_harm() {
    let frames = script();
    let whole = sealed_disk();
    for name in names(&whole) {
        let full = whole.content(&name).expect("there").len();
        // Most of the head file is padding, where one length is like the next.
        let stride = if name == "head" { 7 } else { 1 };
        for len in (0..full).step_by(stride) {
            let disk = whole.fork();
            disk.damage(&name, |bytes| bytes.truncate(len));
            match open(&disk) {
                Ok((read, report)) => {
                    assert_eq!(name, "head", "{name} of {len} bytes went unnoticed");
                    assert_eq!(read, frames);
                    assert_eq!(report.head_rebuilt, report.head_slots_damaged == 2);
                    // Opening has made it good.
                    assert!(!open(&disk).expect("whole").1.head_rebuilt);
                }
                Err(LogError::Damaged { .. }) => assert_ne!(name, "head"),
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[test]
fn a_truncated_tail_beyond_the_head_is_cut_back_to_a_frame() {
    let frames = script();
    let whole = disk_sealed_after(frames.len() - 2);
    let len = whole.content(LAST).expect("there").len();
    let lens: Vec<_> = frames.iter().map(|frame| frame.encode().expect("small").len()).collect();
    for cut in 0..lens[5] {
        let disk = whole.fork();
        disk.damage(LAST, |bytes| bytes.truncate(len - lens[5] + cut));
        let (read, report) = open(&disk).expect("torn, not damaged");
        assert_eq!(read, frames[..5]);
        assert_eq!(report.truncated_bytes, cut as u64);
        assert_eq!(open(&disk).expect("whole").1.truncated_bytes, 0);
    }
}

#[test]
fn a_missing_segment_is_named() {
    for (name, (file, what)) in [
        (FIRST, ("00000000000000000003.seg", Damage::MissingSegment)),
        ("00000000000000000003.seg", (LAST, Damage::MissingSegment)),
        (LAST, ("00000000000000000003.seg", Damage::EntriesLost)),
    ] {
        let disk = sealed_disk();
        assert!(disk.content(name).is_some());
        disk.lose_file(name);
        let (found_file, _, found) = what_is_wrong(&disk);
        assert_eq!((found_file.as_str(), found), (file, what));
    }
    let disk = sealed_disk();
    for name in names(&disk).iter().filter(|name| *name != "head") {
        disk.lose_file(name);
    }
    assert_eq!(what_is_wrong(&disk), ("head".to_owned(), 0, Damage::EntriesLost));
}

#[test]
fn closing_a_segment_seals_the_head() {
    // Nobody sealed, but the power cut came after the third segment began.
    let disk = disk_sealed_after(0);
    disk.lose_file(LAST);
    assert_eq!(open(&disk).expect("as good as it was").0, script()[..4]);
    let disk = disk_sealed_after(0);
    disk.lose_file(LAST);
    let last_len = script()[3].encode().expect("small").len();
    disk.damage("00000000000000000003.seg", |bytes| bytes.truncate(bytes.len() - last_len));
    assert_eq!(what_is_wrong(&disk).2, Damage::EntriesLost);
}

#[test]
fn a_lost_head_file_is_made_again_only_beside_a_whole_log() {
    let frames = script();
    type Damaging = fn(&SimDisk);
    let damages: [Damaging; 3] = [
        |disk| disk.lose_file("head"),
        |disk| disk.damage("head", |bytes| bytes.fill(0)),
        |disk| disk.damage("head", |bytes| bytes.fill(0x55)),
    ];
    for damage in damages {
        let disk = sealed_disk();
        damage(&disk);
        let (read, report) = open(&disk).expect("whole");
        assert_eq!(read, frames);
        assert!(report.head_rebuilt);
        assert!(!open(&disk).expect("whole").1.head_rebuilt);

        let disk = sealed_disk();
        damage(&disk);
        disk.damage(LAST, |bytes| bytes.truncate(bytes.len() - 1));
        let (file, _, what) = what_is_wrong(&disk);
        assert_eq!((file.as_str(), what), (LAST, Damage::HeadLost));
    }
}

#[test]
fn a_head_file_of_another_log_is_noticed() {
    let other = SimDisk::new();
    let mut log = SegmentLog::open_on(other.clone(), SMALL).expect("empty");
    let fenced = log.fence().expect("alive");
    let frame = &sample::frames_with(&[(1, 7)])[0];
    log.append(fenced.epoch, fenced.head, frame).expect("no fault");
    let foreign = other.content("head").expect("there");
    let disk = sealed_disk();
    disk.damage("head", |bytes| *bytes = foreign);
    assert_eq!(what_is_wrong(&disk), ("head".to_owned(), 0, Damage::OtherHead));
}

#[test]
fn an_intact_frame_behind_a_damaged_one_proves_damage() {
    let frames = script();
    // The head knows two frames less than there are, both in the last segment.
    let whole = disk_sealed_after(frames.len() - 2);
    let start = MAGIC.len();
    for position in start..start + frames[4].encode().expect("small").len() {
        let disk = whole.fork();
        disk.damage(LAST, |bytes| bytes[position] ^= 0x04);
        let (file, offset, what) = what_is_wrong(&disk);
        assert_eq!((file.as_str(), offset), (LAST, start as u64));
        assert_eq!(what, Damage::NotTheLast);
    }
    let disk = whole.fork();
    disk.damage(LAST, |bytes| bytes[start..start + HEADER_LEN].fill(0));
    assert_eq!(what_is_wrong(&disk).2, Damage::NotTheLast);
}

#[test]
fn a_tail_longer_than_any_frame_is_no_torn_write() {
    let disk = disk_sealed_after(4);
    disk.damage(LAST, |bytes| bytes.resize(20 * 1024 * 1024, 0));
    assert_eq!(what_is_wrong(&disk).2, Damage::NotTheLast);
}

#[test]
fn a_tail_of_zeros_is_a_torn_write() {
    let disk = disk_sealed_after(4);
    disk.damage(LAST, |bytes| bytes.resize(bytes.len() + 100_000, 0));
    let (read, report) = open(&disk).expect("torn");
    assert_eq!((read, report.truncated_bytes), (script(), 100_000));
}

#[test]
fn a_file_with_a_segment_s_suffix_must_be_a_segment() {
    use super::Disk as _;
    for name in ["1.seg", "0000000000000000000x.seg", "+0000000000000000001.seg"] {
        let disk = sealed_disk();
        disk.create(name).expect("room");
        assert_eq!(what_is_wrong(&disk), (name.to_owned(), 0, Damage::Name));
    }
    let disk = sealed_disk();
    disk.create("00000000000000000099.seg").expect("room");
    assert_eq!(what_is_wrong(&disk).2, Damage::MissingSegment);
    let disk = sealed_disk();
    disk.create("notes of the operator.txt").expect("room");
    assert_eq!(open(&disk).expect("whole").0, script());
}

#[test]
fn damage_that_happens_while_the_log_is_open_is_not_served() {
    let disk = sealed_disk();
    let log = SegmentLog::open_on(disk.clone(), SMALL).expect("whole");
    disk.damage("00000000000000000003.seg", |bytes| bytes[60] ^= 1);
    let mut read = log.read(0).expect("there");
    assert!(read.next().is_some_and(|frame| frame.is_ok()));
    assert!(read.next().is_some_and(|frame| frame.is_ok()));
    let third = read.next().expect("not the end");
    assert!(matches!(third, Err(LogError::Damaged { file, offset: 9, .. }) if file.contains('3')));
    assert!(read.next().is_none());
}

#[test]
fn an_interrupted_creation_is_taken_up() {
    for operation in 0..20 {
        let disk = SimDisk::new();
        disk.cut_at(Cut::After(operation));
        let _ = SegmentLog::open_on(disk.clone(), SMALL);
        disk.restart(Residue::All);
        assert_eq!(open(&disk).expect("nothing acknowledged").0, []);
        assert!(names(&disk).iter().all(|name| !name.ends_with(".new")));
    }
}

/// An outsider's bytes can look like a whole frame, here within an attachment's
/// digests; only the registry can sign its checkpoint.
#[test]
fn a_frame_that_an_outsider_hid_in_a_torn_one_does_not_stop_the_start() {
    use crate::log::{OrderedLog as _, SegmentLog, SegmentOptions};
    use jcm_format::event::{Effect, Event};
    use jcm_format::frame::Frame;
    use jcm_format::hash::Digest;
    use jcm_format::key::SecretKey;
    use std::io::Write as _;

    let genesis = Event(vec![Effect::RegistryCreated {
        origin: "registry.example/log".parse().expect("an origin"),
        log_key: SecretKey::from_seed(&[7; 32]).public_key(),
    }]);
    let root = "A".repeat(43);
    let hidden = Frame {
        first: 20,
        entries: vec![Vec::new()],
        checkpoint: format!("x\n21\n{root}=\n\n\u{2014} x AAAAAAA=\n"),
    };
    let hidden = hidden.encode().expect("small");
    let first = sample::seal(0, Digest::ZERO, Vec::new(), genesis);
    let second = sample::seal(1, first.leaf(), [hidden, vec![0; 64]].concat(), Event(Vec::new()));
    let frames = sample::batches(&[vec![first], vec![second]]);

    let folder = tempfile::tempdir().expect("a folder");
    let options = SegmentOptions { segment_bytes: 1 << 20 };
    let mut log = SegmentLog::open(folder.path(), options).expect("opens");
    let fenced = log.fence().expect("ours");
    log.append(fenced.epoch, fenced.head, &frames[0]).expect("appended");
    log.seal().expect("sealed");
    drop(log);
    let segment = folder.path().join("log").join(format!("{:020}.seg", 0));
    let torn = frames[1].encode().expect("small");
    let mut file = std::fs::OpenOptions::new().append(true).open(segment).expect("the segment");
    file.write_all(&torn[..torn.len() - 30]).expect("written");
    drop(file);

    let mut log = SegmentLog::open(folder.path(), options).expect("the torn frame is cut");
    assert_eq!(log.fence().expect("ours").head.size, 1);
    assert!(log.report().truncated_bytes > 0);
}
