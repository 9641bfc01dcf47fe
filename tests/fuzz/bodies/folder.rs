//! A log folder of any bytes: the segments and the head file, as the node finds them at a
//! start and the verifier whenever it is asked. The first four bytes say how long the
//! segment is, little endian; the head file is the rest.

use super::mended::mended;
use jcm_format::frame::MAGIC;
use jcm_ledger::log::{SegmentLog, SegmentOptions};
use jcm_verify::{Options, verify_path};

pub(crate) fn body(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk() else { return false };
    let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let (segment, head) = rest.split_at(length.min(rest.len()));
    if let Some(frames) = segment.strip_prefix(MAGIC) {
        judge(&[MAGIC, mended(frames).as_slice()].concat(), head);
    }
    judge(segment, head)
}

fn judge(segment: &[u8], head: &[u8]) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    std::fs::create_dir(&log).expect("a folder");
    let file = log.join("00000000000000000000.seg");
    std::fs::write(&file, segment).expect("a file");
    if !head.is_empty() {
        std::fs::write(log.join("head"), head).expect("a file");
    }
    // Whatever is wrong is a finding, or a path that cannot be read.
    let holds =
        |path| verify_path(path, &Options::full()).is_ok_and(|report| report.findings.is_empty());
    let (is_log, is_export) = (holds(folder.path()), holds(&file));
    let opened = SegmentLog::open(&log, SegmentOptions { segment_bytes: 1 << 16 });
    assert!(opened.is_ok() || !is_log, "the verifier passes what the node does not open");
    if let Ok(opened) = opened {
        let mut next = 0;
        for frame in opened.reader().read(0).into_iter().flatten() {
            let frame = frame.expect("it was opened, hence whole");
            assert_eq!(frame.first, next, "without a gap");
            next = frame.end();
        }
    }
    is_log || is_export
}
