//! The head file: up to where the log is known to be complete.
//!
//! Two slots of 4,096 bytes. One holds the checkpoint that was sealed last and is
//! not touched until the other was sealed after it, so that a power cut leaves at
//! least that one. The other is written after every append, without a sync of its
//! own: it survives the end of the process, which is when a torn last frame and
//! a damaged one must be told apart. Specification: `docs/spec/log-file.md`.

use super::chain::checkpoint_size;
use super::disk::DiskFile;
use super::scan::read_full;
use jcm_format::hash::Digest;
use std::io;

/// Name of the file.
pub(super) const HEAD_NAME: &str = "head";

/// One block of every file system in use.
const SLOT_LEN: usize = 4_096;

/// Where the second slot begins.
pub(super) const SECOND_SLOT_OFFSET: u64 = SLOT_LEN as u64;

/// Length and check.
const SLOT_HEADER_LEN: usize = 12;

/// Longest checkpoint that a slot holds: 4,096 - 12. The log's line and about
/// thirty cosignatures.
pub const HEAD_NOTE_BYTES_MAX: usize = SLOT_LEN - SLOT_HEADER_LEN;

/// What a slot holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slot {
    /// Zeros: never written.
    Empty,
    /// Neither zeros nor a checkpoint.
    Damaged,
    /// A checkpoint.
    Note {
        /// The size that it claims.
        size: u64,
        /// Its text.
        note: String,
    },
}

impl Slot {
    fn read(bytes: &[u8]) -> Slot {
        if bytes.len() == SLOT_LEN && bytes.iter().all(|byte| *byte == 0) {
            return Slot::Empty;
        }
        Slot::read_note(bytes).unwrap_or(Slot::Damaged)
    }

    fn read_note(bytes: &[u8]) -> Option<Slot> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let note_len = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let note = rest.get(8..)?.get(..note_len)?;
        let note = str::from_utf8(note).ok()?;
        // One content, one spelling: this compares check and padding too.
        let canonical = slot_bytes(note)? == bytes;
        let size = checkpoint_size(note)?;
        canonical.then(|| Slot::Note { size, note: note.to_owned() })
    }

    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Slot::Empty | Slot::Damaged => None,
            Slot::Note { size, .. } => Some(*size),
        }
    }
}

/// The file, and which slot to leave alone.
pub(super) struct HeadFile<F> {
    file: F,
    sealed: usize,
    is_dirty: bool,
}

impl<F: DiskFile> HeadFile<F> {
    /// Fills a new file with two empty slots. The caller syncs it.
    pub(super) fn format(file: &F) -> io::Result<()> {
        file.write_all_at(&[0; 2 * SLOT_LEN], 0)
    }

    /// Reads the slots. What a short file lacks is damaged.
    pub(super) fn load(file: F) -> io::Result<(HeadFile<F>, [Slot; 2])> {
        let mut bytes = vec![0; 2 * SLOT_LEN];
        let count = read_full(&file, &mut bytes, 0)?;
        bytes.truncate(count);
        let (first, second) = bytes.split_at(count.min(SLOT_LEN));
        let slots = [Slot::read(first), Slot::read(second)];
        // With none written, the first is next.
        let sealed = if slots[0].size() > slots[1].size() { 0 } else { 1 };
        Ok((HeadFile { file, sealed, is_dirty: false }, slots))
    }

    /// Writes the newest slot again as it is and syncs it: a sync that failed
    /// before may have left it in the cache only.
    pub(super) fn reseal(&mut self, slots: &[Slot; 2]) -> io::Result<()> {
        if let Slot::Note { note, .. } = &slots[self.sealed] {
            write_slot(&self.file, self.sealed, note)?;
        }
        self.file.sync_data()
    }

    /// Writes `note` into the slot that is not sealed.
    pub(super) fn write(&mut self, note: &str) -> io::Result<()> {
        self.is_dirty = true;
        write_slot(&self.file, 1 - self.sealed, note)
    }

    /// Makes what was written last durable.
    pub(super) fn seal(&mut self) -> io::Result<()> {
        if self.is_dirty {
            self.file.sync_data()?;
            self.sealed = 1 - self.sealed;
            self.is_dirty = false;
        }
        Ok(())
    }
}

fn write_slot<F: DiskFile>(file: &F, slot: usize, note: &str) -> io::Result<()> {
    let bytes = slot_bytes(note).ok_or(io::ErrorKind::InvalidInput)?;
    file.write_all_at(&bytes, if slot == 0 { 0 } else { SECOND_SLOT_OFFSET })
}

/// `None` when the note is too long.
fn slot_bytes(note: &str) -> Option<Vec<u8>> {
    if HEAD_NOTE_BYTES_MAX < note.len() {
        return None;
    }
    let length = u32::try_from(note.len()).ok()?.to_le_bytes();
    let check = Digest::of(&[&length, note.as_bytes()]);
    let mut bytes = Vec::with_capacity(SLOT_LEN);
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(&check.as_bytes()[..8]);
    bytes.extend_from_slice(note.as_bytes());
    bytes.resize(SLOT_LEN, 0);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::disk::Disk as _;
    use crate::log::sample;
    use crate::log::sim_disk::SimDisk;

    #[test]
    fn the_sealed_slot_is_not_touched_until_the_other_is_sealed() {
        let disk = SimDisk::new();
        let file = disk.create(HEAD_NAME).expect("room");
        HeadFile::format(&file).expect("room");
        let (mut head, slots) = HeadFile::load(file).expect("readable");
        assert_eq!(slots, [Slot::Empty, Slot::Empty]);
        let sizes = || {
            let file = disk.open(HEAD_NAME).expect("there");
            let (_, slots) = HeadFile::load(file).expect("readable");
            [slots[0].size(), slots[1].size()]
        };
        head.write(&sample::note(1)).expect("room");
        head.write(&sample::note(2)).expect("room");
        assert_eq!(sizes(), [Some(2), None]);
        head.seal().expect("no fault");
        head.write(&sample::note(3)).expect("room");
        head.write(&sample::note(4)).expect("room");
        assert_eq!(sizes(), [Some(2), Some(4)]);
        head.seal().expect("no fault");
        head.write(&sample::note(5)).expect("room");
        assert_eq!(sizes(), [Some(5), Some(4)]);
    }

    #[test]
    fn a_note_that_does_not_fit_is_not_cut_short() {
        assert!(slot_bytes(&"x".repeat(HEAD_NOTE_BYTES_MAX)).is_some());
        assert!(slot_bytes(&"x".repeat(HEAD_NOTE_BYTES_MAX + 1)).is_none());
    }
}
