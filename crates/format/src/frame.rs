//! Frames: one batch of entries and the checkpoint that covers them, as they
//! stand in the segments of the log and in an export file.
//!
//! ```text
//! file   = magic frame*                       magic = "jcmlog/1\n"
//! frame  = length check body                  length = u32, check = 8 bytes
//! body   = first count entry* checkpoint      first = u64, count = u32
//! entry  = u32 length, bytes                  checkpoint = u32 length, signed note
//! check  = first 8 bytes of SHA-256(length body)
//! ```
//!
//! All integers are little-endian. The check tells a torn write from damage of
//! the medium; the proof of content is the hash chain. Specification:
//! `docs/spec/log-file.md`.

use crate::hash::Digest;
use crate::limits::{BATCH_ENTRIES_MAX, ENTRY_BYTES_MAX, FRAME_BYTES_MAX};

/// How every segment and export begins.
pub const MAGIC: &[u8; 9] = b"jcmlog/1\n";

/// Bytes before the body.
pub const HEADER_LEN: usize = 12;

/// Where a log can end at most: readers count positions, and one further.
const END_MAX: u64 = u64::MAX - 1;

/// A checkpoint with a few witness cosignatures takes far less.
const CHECKPOINT_BYTES_MAX: usize = 65_536;

/// One batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Position of the first entry.
    pub first: u64,
    /// The entries' bytes, one to 256.
    pub entries: Vec<Vec<u8>>,
    /// The signed checkpoint of the tree that ends with the last of them.
    pub checkpoint: String,
}

/// The bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// The bytes end inside the frame.
    #[error("the file ends inside a frame")]
    Truncated,
    /// The length is beyond the limit.
    #[error("the frame's length is impossible")]
    Length,
    /// The bytes do not match their check.
    #[error("the frame's bytes do not match their check")]
    Check,
    /// The check holds, but the body is not well formed.
    #[error("the frame's body is not well formed")]
    Body,
}

impl Frame {
    /// The frame's bytes. `None` when a limit is exceeded.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let count = self.entries.len();
        let fits = (1..=BATCH_ENTRIES_MAX).contains(&count)
            && self.entries.iter().all(|entry| entry.len() <= ENTRY_BYTES_MAX)
            && self.checkpoint.len() <= CHECKPOINT_BYTES_MAX
            && end(self.first, count).is_some();
        if !fits {
            return None;
        }
        let mut body = Vec::new();
        body.extend_from_slice(&self.first.to_le_bytes());
        body.extend_from_slice(&u32::try_from(count).ok()?.to_le_bytes());
        for part in self.entries.iter().map(Vec::as_slice).chain([self.checkpoint.as_bytes()]) {
            body.extend_from_slice(&u32::try_from(part.len()).ok()?.to_le_bytes());
            body.extend_from_slice(part);
        }
        let length = u32::try_from(body.len()).ok()?.to_le_bytes();
        let mut frame = Vec::with_capacity(HEADER_LEN + body.len());
        frame.extend_from_slice(&length);
        frame.extend_from_slice(&check(&length, &body));
        frame.extend_from_slice(&body);
        Some(frame)
    }

    /// Reads the frame that `bytes` begin with, and tells how long it is.
    pub fn decode(bytes: &[u8]) -> Result<(Frame, usize), FrameError> {
        let (header, rest) = bytes.split_at_checked(HEADER_LEN).ok_or(FrameError::Truncated)?;
        let (length, stored_check) = header.split_at(4);
        let body_len = u32_at(length).ok_or(FrameError::Truncated)?;
        if FRAME_BYTES_MAX < body_len {
            return Err(FrameError::Length);
        }
        let body = rest.get(..body_len).ok_or(FrameError::Truncated)?;
        if check(length, body) != stored_check {
            return Err(FrameError::Check);
        }
        let frame = Frame::decode_body(body).ok_or(FrameError::Body)?;
        Ok((frame, HEADER_LEN + body_len))
    }

    fn decode_body(body: &[u8]) -> Option<Frame> {
        let (first, rest) = body.split_at_checked(8)?;
        let first = u64::from_le_bytes(first.try_into().ok()?);
        let (count, mut rest) = rest.split_at_checked(4)?;
        let count = u32_at(count)?;
        if !(1..=BATCH_ENTRIES_MAX).contains(&count) {
            return None;
        }
        end(first, count)?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            let entry = take_part(&mut rest, ENTRY_BYTES_MAX)?;
            entries.push(entry.to_vec());
        }
        let checkpoint = take_part(&mut rest, CHECKPOINT_BYTES_MAX)?;
        let checkpoint = str::from_utf8(checkpoint).ok()?.to_owned();
        rest.is_empty().then_some(Frame { first, entries, checkpoint })
    }

    /// Position after the last entry.
    pub fn end(&self) -> u64 {
        // What is decoded or encoded stays below.
        self.first.saturating_add(self.entries.len() as u64)
    }
}

/// Position after `count` entries, unless no log can be so long.
fn end(first: u64, count: usize) -> Option<u64> {
    let end = first.checked_add(u64::try_from(count).ok()?)?;
    (end <= END_MAX).then_some(end)
}

fn check(length: &[u8], body: &[u8]) -> [u8; 8] {
    let digest = Digest::of(&[length, body]);
    let mut check = [0; 8];
    check.copy_from_slice(&digest.as_bytes()[..8]);
    check
}

fn u32_at(bytes: &[u8]) -> Option<usize> {
    let bytes: [u8; 4] = bytes.try_into().ok()?;
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

fn take_part<'a>(rest: &mut &'a [u8], limit: usize) -> Option<&'a [u8]> {
    let (length, tail) = rest.split_at_checked(4)?;
    let length = u32_at(length).filter(|length| *length <= limit)?;
    let (part, tail) = tail.split_at_checked(length)?;
    *rest = tail;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Frame {
        Frame {
            first: 7,
            entries: vec![b"one".to_vec(), Vec::new(), vec![9; 300]],
            checkpoint: "note".to_owned(),
        }
    }

    #[test]
    fn a_frame_comes_back_as_it_was() {
        let bytes = sample().encode().expect("within the limits");
        assert_eq!(Frame::decode(&bytes), Ok((sample(), bytes.len())));
        assert_eq!(sample().end(), 10);
    }

    #[test]
    fn every_flipped_byte_is_noticed() {
        let bytes = sample().encode().expect("within the limits");
        for position in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[position] ^= 0x40;
            assert!(Frame::decode(&damaged).is_err(), "byte {position}");
        }
    }

    #[test]
    fn every_truncation_is_told_from_damage() {
        let bytes = sample().encode().expect("within the limits");
        for length in 0..bytes.len() {
            assert_eq!(Frame::decode(&bytes[..length]), Err(FrameError::Truncated), "{length}");
        }
    }

    #[test]
    fn a_batch_over_the_limit_is_not_written() {
        let too_many = Frame { entries: vec![Vec::new(); BATCH_ENTRIES_MAX + 1], ..sample() };
        assert_eq!(too_many.encode(), None);
        let too_long = Frame { entries: vec![vec![0; ENTRY_BYTES_MAX + 1]], ..sample() };
        assert_eq!(too_long.encode(), None);
        assert_eq!(Frame { entries: Vec::new(), ..sample() }.encode(), None);
    }

    /// Whoever counts from the first entry on must not come to the end of the numbers: a
    /// verifier that stops with a panic says nothing of the log.
    #[test]
    fn a_position_that_nothing_can_follow_is_refused() {
        let last = Frame { first: u64::MAX - 4, ..sample() };
        let bytes = last.encode().expect("within the limits");
        assert_eq!(Frame::decode(&bytes), Ok((last.clone(), bytes.len())));
        assert_eq!((last.first..).zip(&last.entries).count(), 3);
        for first in [u64::MAX, u64::MAX - 1, u64::MAX - 3] {
            assert_eq!(Frame { first, ..sample() }.encode(), None);
            // What another program wrote.
            let mut bytes = bytes.clone();
            bytes[HEADER_LEN..HEADER_LEN + 8].copy_from_slice(&first.to_le_bytes());
            let (length, body) = (bytes[..4].to_vec(), bytes[HEADER_LEN..].to_vec());
            bytes[4..HEADER_LEN].copy_from_slice(&check(&length, &body));
            assert_eq!(Frame::decode(&bytes), Err(FrameError::Body), "{first}");
        }
    }

    #[test]
    fn an_absurd_length_is_refused_before_it_is_read() {
        let mut bytes = sample().encode().expect("within the limits");
        bytes[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(Frame::decode(&bytes), Err(FrameError::Length));
    }
}
