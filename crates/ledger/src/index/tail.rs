//! The end of the index, held in memory until it is long enough to be written.
//!
//! sled writes a whole page for a few keys. Written entry by entry, random command
//! ids cost hundreds of bytes of disk each; written in steps and sorted, about
//! twenty. What a crash takes from memory is read from the log again.

use super::key;
use super::store::{Applied, Changes, Store};
use super::{IndexError, Subject, command_id, subjects};
use jcm_format::entry::SealedEntry;
use jcm_format::event::Effect;
use jcm_format::id::{CommandId, EntryIndex};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes in a chunk before the next one begins: about 200 entries.
const CHUNK_BYTES_MAX: usize = 256;

/// Commands in one record: 128 * 20 B, well below what sled keeps in a file of
/// its own (64 KiB), and few enough to search.
const RECORD_COMMANDS_MAX: usize = 128;

/// What the entries that are not yet written add.
pub(super) struct Tail {
    first: u64,
    len: u64,
    commands: BTreeMap<CommandId, u64>,
    entries: BTreeMap<Subject, Vec<u64>>,
    parties: BTreeMap<EntryIndex, Vec<u8>>,
}

/// What one entry adds.
pub(super) struct Addition {
    index: EntryIndex,
    command: CommandId,
    subjects: BTreeSet<Subject>,
    parties: Option<Vec<u8>>,
}

impl Tail {
    /// An empty one that begins at entry `first`.
    pub(super) fn new(first: u64) -> Tail {
        Tail {
            first,
            len: 0,
            commands: BTreeMap::new(),
            entries: BTreeMap::new(),
            parties: BTreeMap::new(),
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    pub(super) fn entry_of_command(&self, id: CommandId) -> Option<u64> {
        self.commands.get(&id).copied()
    }

    pub(super) fn entries_of(&self, subject: &Subject) -> &[u64] {
        self.entries.get(subject).map_or(&[], Vec::as_slice)
    }

    /// What `entries` add. Nothing is changed yet.
    pub(super) fn prepare(
        &self,
        store: &Store,
        entries: &[SealedEntry],
    ) -> Result<Vec<Addition>, IndexError> {
        let mut additions = Vec::with_capacity(entries.len());
        let mut applications: BTreeMap<EntryIndex, Vec<u8>> = BTreeMap::new();
        for entry in entries {
            let index = entry.entry().index;
            let direct = subjects(entry);
            let mut all = direct.clone();
            for subject in &direct {
                match subject {
                    Subject::Application(application) if *application != index => {
                        let value = match applications.get(application) {
                            Some(value) => value.clone(),
                            None => self.parties_of(store, *application)?,
                        };
                        all.extend(key::decode_parties(&value).ok_or(IndexError::Damaged)?);
                    }
                    _ => {}
                }
            }
            let parties = key::encode_parties(direct.iter());
            let is_kept = direct.contains(&Subject::Application(index)) && waits(entry);
            let parties = (is_kept && !parties.is_empty()).then_some(parties);
            if let Some(parties) = &parties {
                applications.insert(index, parties.clone());
            }
            all.remove(&Subject::Application(index));
            all.remove(&Subject::Payment(index));
            let command = command_id(entry)?;
            additions.push(Addition { index, command, subjects: all, parties });
        }
        Ok(additions)
    }

    fn parties_of(&self, store: &Store, application: EntryIndex) -> Result<Vec<u8>, IndexError> {
        if let Some(value) = self.parties.get(&application) {
            return Ok(value.clone());
        }
        let value = store.get(&key::of_parties(application))?;
        Ok(value.map_or_else(Vec::new, |value| value.to_vec()))
    }

    /// Adds what was prepared.
    pub(super) fn add(&mut self, additions: Vec<Addition>) {
        for Addition { index, command, subjects, parties } in additions {
            self.commands.entry(command).or_insert(index.get());
            for subject in subjects {
                self.entries.entry(subject).or_default().push(index.get());
            }
            self.parties.extend(parties.map(|parties| (index, parties)));
            self.len += 1;
        }
    }

    /// The records for all of it.
    pub(super) fn to_changes(
        &self,
        store: &Store,
        applied: Applied,
    ) -> Result<Changes, IndexError> {
        let mut changes = Changes::after(applied);
        let commands: Vec<_> = self.commands.iter().map(|(id, entry)| (*id, *entry)).collect();
        for record in commands.chunks(RECORD_COMMANDS_MAX) {
            if let Some((least, _)) = record.first() {
                let value = key::commands(self.first, record);
                changes.set(&key::of_commands(self.first, *least), None, &value);
            }
        }
        for (application, value) in &self.parties {
            changes.set(&key::of_parties(*application), None, value);
        }
        for (subject, entries) in &self.entries {
            self.add_entries(store, &mut changes, subject, entries)?;
        }
        Ok(changes)
    }

    fn add_entries(
        &self,
        store: &Store,
        changes: &mut Changes,
        subject: &Subject,
        entries: &[u64],
    ) -> Result<(), IndexError> {
        let prefix = key::of_subject(subject);
        let mut open = match subject {
            // What began in this stretch has no earlier entry.
            Subject::Application(entry) | Subject::Payment(entry) if self.first <= entry.get() => {
                None
            }
            _ => last_chunk(store, &prefix)?,
        };
        for entry in entries {
            match &mut open {
                Some(chunk) if chunk.value.len() < CHUNK_BYTES_MAX => {
                    key::push_entry(&mut chunk.value, chunk.last, *entry);
                    chunk.last = *entry;
                }
                _ => {
                    if let Some(chunk) = open.replace(Chunk::new(&prefix, *entry)) {
                        chunk.write(changes);
                    }
                }
            }
        }
        if let Some(chunk) = open {
            chunk.write(changes);
        }
        Ok(())
    }
}

/// A chunk that is being added to.
struct Chunk {
    key: Vec<u8>,
    old: Option<Vec<u8>>,
    value: Vec<u8>,
    last: u64,
}

impl Chunk {
    fn new(prefix: &[u8], first: u64) -> Chunk {
        Chunk { key: key::of_chunk(prefix, first), old: None, value: Vec::new(), last: first }
    }

    fn write(self, changes: &mut Changes) {
        if self.old.as_ref() != Some(&self.value) {
            changes.set(&self.key, self.old.as_deref(), &self.value);
        }
    }
}

fn last_chunk(store: &Store, prefix: &[u8]) -> Result<Option<Chunk>, IndexError> {
    let keys = key::of_chunk(prefix, 0)..=key::of_chunk(prefix, u64::MAX);
    let Some((key, value)) = store.last_in(keys)? else {
        return Ok(None);
    };
    let first = key::chunk_first(&key).ok_or(IndexError::Damaged)?;
    let entries = key::chunk_entries(first, &value).ok_or(IndexError::Damaged)?;
    let last = entries.last().copied().unwrap_or(first);
    let (key, value) = (key.to_vec(), value.to_vec());
    Ok(Some(Chunk { key, old: Some(value.clone()), value, last }))
}

/// Whether later entries may act on what this one applied for: not if it was
/// recorded or issued at once.
fn waits(entry: &SealedEntry) -> bool {
    !entry.entry().event.0.iter().any(|effect| {
        matches!(
            effect,
            Effect::TransferRecorded { application: None }
                | Effect::CertificateIssued { application: None }
        )
    })
}
