//! How frames and entries must hang together.

use super::Head;
use jcm_format::codec;
use jcm_format::entry::Entry;
use jcm_format::event::Effect;
use jcm_format::frame::{Frame, FrameError};
use jcm_format::hash::Digest;
use jcm_format::tlog::{KeyType, SignedCheckpoint, VerifierKey, leaf_hash};

/// What is wrong with a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// A segment does not begin as segments do.
    #[error("the file does not begin with the mark of a segment")]
    Magic,
    /// A segment's name is not a position.
    #[error("the file's name is not that of a segment")]
    Name,
    /// A segment does not begin where the one before ends.
    #[error("the segment does not begin where the one before it ends")]
    MissingSegment,
    /// The frame cannot be read.
    #[error("{0}")]
    Frame(FrameError),
    /// The frame exceeds a limit of the format.
    #[error("the frame exceeds a limit of the format")]
    Limit,
    /// The frame does not begin where the one before ends.
    #[error("the frame does not begin where the one before it ends")]
    Gap,
    /// An entry does not begin as entries do.
    #[error("an entry does not begin with version, index and previous hash")]
    Entry,
    /// An entry has another position than its index says.
    #[error("an entry does not have the index of its position")]
    Index,
    /// The chain is broken.
    #[error("an entry does not name the hash of the entry before it")]
    Chain,
    /// The frame's checkpoint is not one of the log at its end.
    #[error("the frame's checkpoint does not claim the size at its end")]
    Checkpoint,
    /// Damage that no interrupted write explains.
    #[error("the frame is damaged, and it is not the last one")]
    NotTheLast,
    /// The head file knows of entries that are not there.
    #[error("the head file names more entries than the log holds")]
    EntriesLost,
    /// The head file's checkpoint is not in the log.
    #[error("the head file's checkpoint is not the one in the log")]
    OtherHead,
    /// Head file unreadable and last frame damaged: acknowledged or not, who knows.
    #[error("the last frame is damaged and the head file cannot tell whether it was complete")]
    HeadLost,
}

/// Where the log ends after `frame`, if `frame` follows `head`.
pub(super) fn follow(head: Head, frame: &Frame) -> Result<Head, Damage> {
    if frame.first != head.size {
        return Err(Damage::Gap);
    }
    let mut head = head;
    for bytes in &frame.entries {
        let (index, prev) = place(bytes).ok_or(Damage::Entry)?;
        if index != head.size {
            return Err(Damage::Index);
        }
        if prev != head.leaf {
            return Err(Damage::Chain);
        }
        let size = head.size.checked_add(1).ok_or(Damage::Index)?;
        head = Head { size, leaf: leaf_hash(bytes) };
    }
    if checkpoint_size(&frame.checkpoint) != Some(head.size) {
        return Err(Damage::Checkpoint);
    }
    Ok(head)
}

/// The size that a checkpoint claims, if it is one.
pub(super) fn checkpoint_size(note: &str) -> Option<u64> {
    SignedCheckpoint::parse(note).ok().map(|checkpoint| checkpoint.claimed().size)
}

/// The key of the registry's checkpoints, which its first entry names.
pub(super) fn registry_key(genesis: &[u8]) -> Option<VerifierKey> {
    let entry: Entry = codec::decode(genesis).ok()?;
    entry.event.0.iter().find_map(|effect| match effect {
        Effect::RegistryCreated { origin, log_key } => {
            VerifierKey::new(origin.as_ref(), KeyType::Ed25519, log_key).ok()
        }
        _ => None,
    })
}

/// Index and previous hash of an entry, which stand at its beginning
/// (`docs/spec/entry.md`). The ledger decodes the rest; here, every start of the
/// node would pay for it twice.
fn place(entry: &[u8]) -> Option<(u64, Digest)> {
    let (version, rest) = entry.split_first()?;
    if *version != 1 {
        return None;
    }
    let (mark, rest) = rest.split_first()?;
    let width = match mark {
        0..=250 => 0,
        251 => 2,
        252 => 4,
        253 => 8,
        254.. => return None,
    };
    let (number, rest) = rest.split_at_checked(width)?;
    let index = if width == 0 { u64::from(*mark) } else { little_endian(number) };
    let prev = Digest::from_slice(rest.get(..Digest::LEN)?)?;
    Some((index, prev))
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::sample;

    #[test]
    fn the_place_of_an_entry_is_the_one_that_decoding_gives() {
        let prev = Digest::of(&[b"before"]);
        for index in [0, 1, 250, 251, 255, 256, 65_535, 65_536, u64::from(u32::MAX), 1 << 32] {
            let entry = sample::entry(index, prev, 3);
            assert_eq!(place(entry.bytes()), Some((index, prev)));
        }
        assert_eq!(place(&[]), None);
        assert_eq!(place(&[2, 0]), None);
        assert_eq!(place(&[1, 254]), None);
        assert_eq!(place(&[1, 0, 7]), None);
    }

    #[test]
    fn a_frame_that_does_not_follow_is_refused_by_name() {
        let frames = sample::frames(&[2, 3]);
        let head = follow(Head::EMPTY, &frames[0]).expect("the first");
        assert_eq!(head.size, 2);
        assert_eq!(follow(head, &frames[1]).map(|head| head.size), Ok(5));
        assert_eq!(follow(Head::EMPTY, &frames[1]), Err(Damage::Gap));
        assert_eq!(follow(Head { leaf: Digest::ZERO, ..head }, &frames[1]), Err(Damage::Chain));

        let mut swapped = frames[1].clone();
        swapped.entries.swap(0, 1);
        assert_eq!(follow(head, &swapped), Err(Damage::Index));
        let other = Frame { checkpoint: frames[0].checkpoint.clone(), ..frames[1].clone() };
        assert_eq!(follow(head, &other), Err(Damage::Checkpoint));
        let none = Frame { checkpoint: String::new(), ..frames[1].clone() };
        assert_eq!(follow(head, &none), Err(Damage::Checkpoint));
        let mut short = frames[1].clone();
        short.entries[0].truncate(20);
        assert_eq!(follow(head, &short), Err(Damage::Entry));
    }
}
