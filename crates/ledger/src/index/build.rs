//! From entries to the records that a batch of them adds or changes.

use super::key;
use super::store::{Applied, Changes, Store};
use super::{IndexError, Subject, command_id, subjects};
use jcm_format::entry::SealedEntry;
use jcm_format::event::Effect;
use jcm_format::id::{CommandId, EntryIndex};
use std::collections::{BTreeMap, BTreeSet};

/// Bytes in a chunk before the next one begins: about 200 entries.
const CHUNK_BYTES_MAX: usize = 256;

/// What a batch of entries adds, before it is written.
pub(super) struct Work<'a> {
    store: &'a Store,
    commands: BTreeMap<CommandId, u64>,
    entries: BTreeMap<Subject, Vec<u64>>,
    parties: BTreeMap<EntryIndex, Vec<u8>>,
}

impl<'a> Work<'a> {
    pub(super) fn new(store: &'a Store) -> Work<'a> {
        Work {
            store,
            commands: BTreeMap::new(),
            entries: BTreeMap::new(),
            parties: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, entry: &SealedEntry) -> Result<(), IndexError> {
        let index = entry.entry().index;
        self.commands.entry(command_id(entry)?).or_insert(index.get());
        let direct = subjects(entry);
        let mut all = direct.clone();
        for subject in &direct {
            if let Subject::Application(application) = subject {
                if *application != index {
                    all.extend(self.parties_of(*application)?);
                }
            }
        }
        let parties = key::encode_parties(direct.iter());
        if direct.contains(&Subject::Application(index)) && !parties.is_empty() && waits(entry) {
            self.parties.insert(index, parties);
        }
        for subject in all {
            self.entries.entry(subject).or_default().push(index.get());
        }
        Ok(())
    }

    fn parties_of(&self, application: EntryIndex) -> Result<BTreeSet<Subject>, IndexError> {
        let value = match self.parties.get(&application) {
            Some(value) => Some(value.clone()),
            None => self.store.get(&key::of_parties(application))?.map(|value| value.to_vec()),
        };
        let subjects = key::decode_parties(&value.unwrap_or_default());
        Ok(subjects.ok_or(IndexError::Damaged)?.into_iter().collect())
    }

    pub(super) fn into_changes(self, applied: Applied) -> Result<Changes, IndexError> {
        let mut changes = Changes::after(applied);
        for (id, entry) in &self.commands {
            let key = key::of_command(*id);
            // The ledger records no id twice. If a log has one, the first counts.
            if self.store.get(&key)?.is_none() {
                changes.set(&key, None, &entry.to_be_bytes());
            }
        }
        for (application, value) in &self.parties {
            changes.set(&key::of_parties(*application), None, value);
        }
        for (subject, entries) in &self.entries {
            self.add_entries(&mut changes, subject, entries, applied.head.size)?;
        }
        Ok(changes)
    }

    fn add_entries(
        &self,
        changes: &mut Changes,
        subject: &Subject,
        entries: &[u64],
        batch_first: u64,
    ) -> Result<(), IndexError> {
        let prefix = key::of_subject(subject);
        let mut open = match subject {
            // What this batch brought into being has no earlier entry.
            Subject::Application(entry) | Subject::Payment(entry) if batch_first <= entry.get() => {
                None
            }
            _ => self.last_chunk(&prefix)?,
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

    fn last_chunk(&self, prefix: &[u8]) -> Result<Option<Chunk>, IndexError> {
        let keys = key::of_chunk(prefix, 0)..=key::of_chunk(prefix, u64::MAX);
        let Some((key, value)) = self.store.last_in(keys)? else {
            return Ok(None);
        };
        let first = key::chunk_first(&key).ok_or(IndexError::Damaged)?;
        let entries = key::chunk_entries(first, &value).ok_or(IndexError::Damaged)?;
        let last = entries.last().copied().unwrap_or(first);
        let (key, value) = (key.to_vec(), value.to_vec());
        Ok(Some(Chunk { key, old: Some(value.clone()), value, last }))
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
