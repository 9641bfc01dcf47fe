//! A log folder of any bytes: the segments and the head file, as the node finds them at a
//! start and the verifier whenever it is asked.
#![no_main]
use jcm_ledger::log::{SegmentLog, SegmentOptions};
use jcm_verify::Options;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let (segment, head) = input;
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    std::fs::create_dir(&log).expect("a folder");
    std::fs::write(log.join("00000000000000000000.seg"), &segment).expect("a file");
    if !head.is_empty() {
        std::fs::write(log.join("head"), &head).expect("a file");
    }
    // Whatever is wrong is a finding, or a path that cannot be read.
    let _ = jcm_verify::verify_path(folder.path(), &Options::full());
    let export = log.join("00000000000000000000.seg");
    let _ = jcm_verify::verify_path(&export, &Options::full());
    if let Ok(opened) = SegmentLog::open(&log, SegmentOptions { segment_bytes: 1 << 16 }) {
        let mut next = 0;
        for frame in opened.reader().read(0).into_iter().flatten() {
            let frame = frame.expect("it was opened, hence whole");
            assert_eq!(frame.first, next, "without a gap");
            next = frame.end();
        }
    }
});
