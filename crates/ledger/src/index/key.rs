//! Keys and values of the index: one prefix byte, then big-endian numbers.
//!
//! ```text
//! 00                               -> schema u8, size u64, leaf, sum u64
//! 01 run u64 id                    -> up to 128 * (id, entry - run as u32)
//! 02 account u32     first u64     -> entries after `first`
//! 03 application u64 first u64     -> likewise
//! 04 payment u64     first u64     -> likewise
//! 05 project, 16 B   first u64     -> likewise
//! 06 block u32       first u64     -> likewise
//! 07 application u64               -> accounts and blocks of one that waits, or of
//!                                     a restriction, trust or recovery
//! ```
//!
//! The entries of a subject are kept in chunks: `first` is in the key, and each
//! further one is its distance from the one before, seven bits to the byte. An
//! application and a payment are known by an entry, which is theirs without a
//! record.
//!
//! A run holds the commands of consecutive entries from entry `run` on, sorted by
//! id; each record is under the least of its ids.

use super::subjects::Subject;
use jcm_format::id::{AccountNumber, BlockNumber, CommandId, EntryIndex};

/// The record of what has been applied.
pub(super) const APPLIED: [u8; 1] = [0];

/// Longest project reference: two letters and fourteen more.
const PROJECT_LEN: usize = 16;

const ACCOUNT: u8 = 2;
const BLOCK: u8 = 6;

/// First byte of the records of commands.
const COMMANDS: u8 = 1;

/// Bytes of a command in a record.
const COMMAND_LEN: usize = CommandId::LEN + 4;

pub(super) fn of_commands(run: u64, least: CommandId) -> Vec<u8> {
    [&[COMMANDS], run.to_be_bytes().as_slice(), least.as_bytes()].concat()
}

/// The run that a record of commands belongs to; `None` for other records.
pub(super) fn run_of(key: &[u8]) -> Option<u64> {
    let (kind, rest) = key.split_first()?;
    let (run, _) = rest.split_first_chunk::<8>()?;
    (*kind == COMMANDS).then(|| u64::from_be_bytes(*run))
}

/// A record of commands of the run that begins with entry `run`.
pub(super) fn commands(run: u64, commands: &[(CommandId, u64)]) -> Vec<u8> {
    let mut value = Vec::with_capacity(commands.len() * COMMAND_LEN);
    for (id, entry) in commands {
        // A run is as long as a step, and no batch comes near 2^32 entries.
        let distance = u32::try_from(entry.saturating_sub(run)).unwrap_or(u32::MAX);
        value.extend_from_slice(id.as_bytes());
        value.extend_from_slice(&distance.to_be_bytes());
    }
    value
}

/// The entry of a command in a record.
pub(super) fn find_command(run: u64, value: &[u8], id: CommandId) -> Option<u64> {
    let commands = value.chunks_exact(COMMAND_LEN);
    let found =
        commands.map(|record| record.split_at(CommandId::LEN)).find(|(of, _)| of == id.as_bytes());
    let distance = u32::from_be_bytes(found?.1.try_into().ok()?);
    run.checked_add(distance.into())
}

pub(super) fn of_parties(application: EntryIndex) -> Vec<u8> {
    [&[7], application.get().to_be_bytes().as_slice()].concat()
}

/// What the keys of all chunks of a subject begin with.
pub(super) fn of_subject(subject: &Subject) -> Vec<u8> {
    match subject {
        Subject::Account(account) => [&[ACCOUNT], account.get().to_be_bytes().as_slice()].concat(),
        Subject::Application(entry) => [&[3], entry.get().to_be_bytes().as_slice()].concat(),
        Subject::Payment(entry) => [&[4], entry.get().to_be_bytes().as_slice()].concat(),
        Subject::Project(project) => {
            let mut key = [&[5], project.as_str().as_bytes()].concat();
            // A fixed length, or one reference would begin another.
            key.resize(1 + PROJECT_LEN, 0);
            key
        }
        Subject::Block(block) => [&[BLOCK], block.get().to_be_bytes().as_slice()].concat(),
    }
}

pub(super) fn of_chunk(subject: &[u8], first: u64) -> Vec<u8> {
    [subject, first.to_be_bytes().as_slice()].concat()
}

/// The `first` of a chunk's key.
pub(super) fn chunk_first(key: &[u8]) -> Option<u64> {
    key.last_chunk::<8>().map(|bytes| u64::from_be_bytes(*bytes))
}

/// Adds an entry to a chunk whose last one is `last`.
pub(super) fn push_entry(chunk: &mut Vec<u8>, last: u64, entry: u64) {
    let mut distance = entry.saturating_sub(last);
    while distance >= 0x80 {
        chunk.push((distance & 0x7f) as u8 | 0x80);
        distance >>= 7;
    }
    chunk.push(distance as u8);
}

/// All entries of a chunk. `None` when it is damaged.
pub(super) fn chunk_entries(first: u64, chunk: &[u8]) -> Option<Vec<u64>> {
    let mut entries = vec![first];
    let mut last = first;
    let mut distance: u64 = 0;
    let mut shift = 0;
    for byte in chunk {
        distance |= u64::from(byte & 0x7f).checked_shl(shift)?;
        shift += 7;
        if byte & 0x80 == 0 {
            last = last.checked_add(distance)?;
            entries.push(last);
            distance = 0;
            shift = 0;
        }
    }
    (shift == 0).then_some(entries)
}

/// Accounts and blocks of an application, in a value.
pub(super) fn encode_parties<'a>(subjects: impl Iterator<Item = &'a Subject>) -> Vec<u8> {
    let mut value = Vec::new();
    for subject in subjects {
        match subject {
            Subject::Account(_) | Subject::Block(_) => value.extend(of_subject(subject)),
            // These are the application's own; no other entry inherits them.
            Subject::Application(_) | Subject::Payment(_) | Subject::Project(_) => {}
        }
    }
    value
}

/// `None` when the value is damaged.
pub(super) fn decode_parties(value: &[u8]) -> Option<Vec<Subject>> {
    let mut subjects = Vec::new();
    let mut rest = value;
    while let Some((kind, tail)) = rest.split_first() {
        let (number, tail) = tail.split_first_chunk::<4>()?;
        let number = u32::from_be_bytes(*number);
        subjects.push(match *kind {
            ACCOUNT => Subject::Account(AccountNumber::new(number)?),
            BLOCK => Subject::Block(BlockNumber::new(number)?),
            _ => return None,
        });
        rest = tail;
    }
    Some(subjects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_holds_what_was_pushed() {
        let entries = [7, 8, 135, 136, 20_000, 1 << 40, u64::MAX];
        let mut chunk = Vec::new();
        for pair in entries.windows(2) {
            push_entry(&mut chunk, pair[0], pair[1]);
        }
        assert_eq!(chunk_entries(7, &chunk), Some(entries.to_vec()));
        assert_eq!(chunk_entries(7, &[]), Some(vec![7]));
        assert_eq!(chunk_entries(7, &[0x80]), None);
        assert_eq!(chunk_entries(7, &[0xff; 12]), None);
        assert_eq!(chunk_entries(u64::MAX, &[1]), None);
    }

    #[test]
    fn parties_come_back() {
        let account = Subject::Account(AccountNumber::new(1_001).expect("in range"));
        let block = Subject::Block(BlockNumber::new(7).expect("in range"));
        let subjects = [account, Subject::Application(EntryIndex::new(3)), block];
        let value = encode_parties(subjects.iter());
        let [account, _, block] = subjects;
        assert_eq!(decode_parties(&value), Some(vec![account, block]));
        assert_eq!(decode_parties(&value[1..]), None);
    }
}
