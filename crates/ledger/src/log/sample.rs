//! Logs for tests: a real chain under real checkpoints, with idle content.

use jcm_format::entry::{Entry, FormatVersion, SealedEntry};
use jcm_format::envelope::SignedCommand;
use jcm_format::event::{Effect, Event};
use jcm_format::frame::Frame;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::key::SecretKey;
use jcm_format::text::Name;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{Checkpoint, Frontier, empty_root};

/// An entry that says nothing, with a payload of so many bytes.
pub(crate) fn entry(index: u64, prev: Digest, payload_len: usize) -> SealedEntry {
    let person = Name::new(&format!("person-{index}")).expect("a name");
    let payload = (0..payload_len).map(|i| (i as u64 * 31 + index) as u8).collect();
    seal(index, prev, payload, Event(vec![Effect::OperatorRemoved { person }]))
}

/// An entry with this payload and event.
pub(crate) fn seal(index: u64, prev: Digest, payload: Vec<u8>, event: Event) -> SealedEntry {
    let entry = Entry {
        version: FormatVersion::V1,
        index: EntryIndex::new(index),
        prev,
        time: Timestamp::from_ms(1_764_000_000_000 + index).expect("a time"),
        rule_set: 1,
        command: SignedCommand { payload, signatures: Vec::new() },
        event,
    };
    SealedEntry::seal(entry).expect("small")
}

/// Frames of so many entries each.
pub(crate) fn frames(counts: &[usize]) -> Vec<Frame> {
    let sizes: Vec<_> = counts.iter().map(|count| (*count, 40)).collect();
    frames_with(&sizes)
}

/// Frames of so many entries with payloads of so many bytes.
pub(crate) fn frames_with(sizes: &[(usize, usize)]) -> Vec<Frame> {
    let mut index = 0;
    let mut prev = Digest::ZERO;
    let mut entries = Vec::new();
    for (count, payload_len) in sizes {
        let mut batch = Vec::new();
        for _ in 0..*count {
            let entry = entry(index, prev, *payload_len);
            prev = entry.leaf();
            index += 1;
            batch.push(entry);
        }
        entries.push(batch);
    }
    batches(&entries)
}

/// The frames of a chain that was cut into batches.
pub(crate) fn batches(batches: &[Vec<SealedEntry>]) -> Vec<Frame> {
    let mut frontier = Frontier::new();
    let mut frames = Vec::new();
    for batch in batches {
        let first = frontier.len();
        batch.iter().for_each(|entry| frontier.push(entry.leaf()));
        frames.push(Frame {
            first,
            entries: batch.iter().map(|entry| entry.bytes().to_vec()).collect(),
            checkpoint: checkpoint(frontier.len(), frontier.root()),
        });
    }
    frames
}

/// A checkpoint of some log of this size.
pub(crate) fn note(size: u64) -> String {
    checkpoint(size, Digest::of(&[&size.to_le_bytes()]))
}

fn checkpoint(size: u64, root: Digest) -> String {
    let origin = "registry.example/log".parse().expect("an origin");
    let root = if size == 0 { empty_root() } else { root };
    Checkpoint { origin, size, root }.sign(&SecretKey::from_seed(&[7; 32]))
}
