//! Frames of a log file, as the verifier and every reader of exports meets them.
#![no_main]
use jcm_format::frame::Frame;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok((_, taken)) = Frame::decode(bytes) {
        assert!(0 < taken && taken <= bytes.len());
    }
});
