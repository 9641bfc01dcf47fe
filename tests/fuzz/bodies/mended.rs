//! Frames with their checks put right: a changed byte would be found by the check, and
//! nothing behind that would ever be tried.

use jcm_format::frame::HEADER_LEN;
use jcm_format::hash::Digest;

/// The same frames, each with the check of its bytes; the last one ends where they do.
pub(crate) fn mended(frames: &[u8]) -> Vec<u8> {
    let mut mended = frames.to_vec();
    let mut rest = mended.as_mut_slice();
    while let Some((header, behind)) = rest.split_at_mut_checked(HEADER_LEN) {
        let (length, check) = header.split_at_mut(4);
        let stated = u32::from_le_bytes(length.try_into().expect("four bytes"));
        let taken = usize::try_from(stated).map_or(behind.len(), |of| of.min(behind.len()));
        length.copy_from_slice(&u32::try_from(taken).expect("a small input").to_le_bytes());
        let (body, next) = behind.split_at_mut(taken);
        check.copy_from_slice(&Digest::of(&[length, body]).as_bytes()[..8]);
        rest = next;
    }
    mended
}
