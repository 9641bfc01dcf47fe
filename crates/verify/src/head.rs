//! The `head` file beside the segments: the last checkpoint that the log
//! signed, in two slots that are written in turn.
//!
//! ```text
//! slot = length check note zeros          4,096 bytes; length = u32, little-endian
//! check = first 8 bytes of SHA-256(length note)
//! ```
//!
//! A log that has fewer entries than its head covers was cut after signing.

use crate::source::OpenError;
use jcm_format::hash::Digest;
use jcm_format::tlog::SignedCheckpoint;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

const SLOT_LEN: usize = 4_096;
const SLOTS: usize = 2;
const SLOT_HEADER_LEN: usize = 12;

/// What the head file says.
#[derive(Debug)]
pub(crate) enum Head {
    /// Zeros: nothing was ever written.
    Unwritten,
    /// The largest checkpoint of the valid slots.
    Signed(Box<SignedCheckpoint>),
    /// Something was written, and no slot is valid.
    Damaged,
}

impl Head {
    /// Reads the file, if there is one.
    pub(crate) fn read(path: &Path) -> Result<Option<Head>, OpenError> {
        let failed = |source| OpenError::Read { path: path.to_owned(), source };
        let file = match fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed(source)),
        };
        let mut bytes = Vec::new();
        file.take((SLOT_LEN * SLOTS) as u64).read_to_end(&mut bytes).map_err(failed)?;
        Ok(Some(Head::of(&bytes)))
    }

    fn of(bytes: &[u8]) -> Head {
        if bytes.iter().all(|byte| *byte == 0) {
            return Head::Unwritten;
        }
        let notes = bytes.chunks(SLOT_LEN).filter_map(slot);
        match notes.max_by_key(|note| note.claimed().size) {
            Some(note) => Head::Signed(Box::new(note)),
            None => Head::Damaged,
        }
    }
}

fn slot(bytes: &[u8]) -> Option<SignedCheckpoint> {
    let (header, rest) = bytes.split_at_checked(SLOT_HEADER_LEN)?;
    let (length, check) = header.split_at_checked(4)?;
    let note_len = u32::from_le_bytes(length.try_into().ok()?);
    let note = rest.get(..usize::try_from(note_len).ok()?)?;
    let digest = Digest::of(&[length, note]);
    if digest.as_bytes().get(..8)? != check {
        return None;
    }
    SignedCheckpoint::parse(str::from_utf8(note).ok()?).ok()
}
