//! Frames of a log file, as the verifier and every reader of exports meets them.

use super::mended::mended;
use jcm_format::frame::Frame;

pub(crate) fn body(bytes: &[u8]) -> bool {
    read(&mended(bytes));
    read(bytes)
}

fn read(bytes: &[u8]) -> bool {
    let Ok((frame, taken)) = Frame::decode(bytes) else { return false };
    let again = frame.encode();
    assert_eq!(again.as_deref(), bytes.get(..taken), "accepted in a second form");
    0 < taken
}
