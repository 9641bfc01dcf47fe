//! The index: which entries concern an account, an application, a payment, a
//! project or a block, and which entry recorded a command.
//!
//! It is derived from the log and never more than a convenience: whatever is
//! wrong with its files, it is built anew, and nothing is decided by it. It is
//! believed only after [`Index::align`] compared it with the log.
//! Why and how: `docs/adr/0002-log-is-the-database.md`.

mod build;
mod key;
mod store;
mod subjects;

#[cfg(test)]
mod tests;

pub use subjects::{Subject, subjects};

use crate::log::{Head, LogError, OrderedLog};
use build::Work;
use jcm_format::command::Command;
use jcm_format::entry::SealedEntry;
use jcm_format::id::{CommandId, EntryIndex};
use std::io;
use std::path::{Path, PathBuf};
use store::{Applied, Store};

/// Most entries that one question is answered with.
pub const PAGE_ENTRIES_MAX: usize = 4_096;

/// Entries applied at once when the index is built: enough that most accounts
/// are written once for many entries, and a few MiB of memory.
pub const BUILD_ENTRIES_MAX: usize = 4_096;

/// Entries compared with the log at start. Each costs about one read of the log.
pub const SAMPLES_MAX: u64 = 500;

/// Damaged folders that are kept for an investigation; then they are removed.
const ASIDE_MAX: u32 = 3;

/// Name of the index's folder in the data folder.
const FOLDER_NAME: &str = "index";

/// Why the index does not answer.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The database reported an error.
    #[error("the index's database failed")]
    Sled(#[source] sled::Error),
    /// The database panicked.
    #[error("the index's database panicked")]
    Panicked,
    /// A record is missing or not what was written.
    #[error("the index is damaged")]
    Damaged,
    /// It disagrees with the log.
    #[error("the index is not that of the log")]
    OtherLog,
    /// The entries do not follow those applied so far.
    #[error("entry {0} is not the next one of the index")]
    NotNext(EntryIndex),
    /// The entry is not one that the ledger wrote.
    #[error("entry {0} cannot be read")]
    Entry(u64),
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Log(#[source] LogError),
    /// A folder cannot be made, moved or removed.
    #[error("cannot {action} {}", folder.display())]
    Folder {
        /// What was tried.
        action: &'static str,
        /// With which folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// What opening or aligning found and did.
#[derive(Debug)]
pub struct IndexReport {
    /// How far the log was applied before.
    pub found: Head,
    /// Why it was built anew, if it was.
    pub rebuilt: Option<Rebuilt>,
    /// How many entries were applied now.
    pub applied: u64,
}

/// Why an index was built anew.
#[derive(Debug)]
pub struct Rebuilt {
    /// What was wrong.
    pub reason: IndexError,
    /// Where the old files are, unless there were enough of them already.
    pub moved_to: Option<PathBuf>,
}

/// The index, with the right to change it.
pub struct Index {
    dir: PathBuf,
    reader: IndexReader,
    applied: Applied,
}

/// The index for questions. Clones are the same index; they must be made anew
/// after [`Index::align`], which may replace the database.
#[derive(Clone)]
pub struct IndexReader {
    store: Store,
}

impl Index {
    /// Opens the index in the data folder `dir`; an empty one if there is none,
    /// or none that can be read from end to end.
    ///
    /// # Errors
    ///
    /// When not even an empty one can be made.
    pub fn open(dir: &Path) -> Result<(Index, IndexReport), IndexError> {
        crate::log::make_folder(dir).map_err(folder_error("make", dir))?;
        let mut rebuilt = None;
        let (store, applied) = match open_checked(&dir.join(FOLDER_NAME)) {
            Ok(opened) => opened,
            Err(reason) => {
                let moved_to = move_aside(dir)?;
                rebuilt = Some(Rebuilt { reason, moved_to });
                open_checked(&dir.join(FOLDER_NAME))?
            }
        };
        let report = IndexReport { found: applied.head, rebuilt, applied: 0 };
        let reader = IndexReader { store };
        Ok((Index { dir: dir.to_owned(), reader, applied }, report))
    }

    /// Compares the index with the log, and applies what is missing. An index
    /// that is not that of the log is moved aside and built anew.
    ///
    /// # Errors
    ///
    /// When the log cannot be read, or the new index fails too.
    pub fn align(&mut self, log: &dyn OrderedLog) -> Result<IndexReport, IndexError> {
        let found = self.applied.head;
        let mut rebuilt = None;
        match self.compare(log) {
            Ok(()) => {}
            Err(error @ (IndexError::Log(_) | IndexError::Entry(_))) => return Err(error),
            Err(reason) => rebuilt = Some(self.start_again(reason)?),
        }
        let before = self.applied.head.size;
        match self.catch_up(log) {
            Ok(()) => {}
            // Whatever is wrong with the log does not heal by trying again.
            Err(error @ (IndexError::Log(_) | IndexError::Entry(_))) => return Err(error),
            Err(error) if rebuilt.is_some() => return Err(error),
            Err(reason) => {
                rebuilt = Some(self.start_again(reason)?);
                self.catch_up(log)?;
                return Ok(IndexReport { found, rebuilt, applied: self.applied.head.size });
            }
        }
        Ok(IndexReport { found, rebuilt, applied: self.applied.head.size - before })
    }

    /// Up to where the log has been applied.
    pub fn applied(&self) -> Head {
        self.applied.head
    }

    /// Applies the entries that come next, all or none. They need not survive a
    /// power cut: the log does.
    ///
    /// # Errors
    ///
    /// When they are not the next ones, or the database fails.
    pub fn apply(&mut self, entries: &[SealedEntry]) -> Result<(), IndexError> {
        let mut work = Work::new(&self.reader.store);
        let mut head = self.applied.head;
        for entry in entries {
            let index = entry.entry().index;
            if index.get() != head.size || entry.entry().prev != head.leaf {
                return Err(IndexError::NotNext(index));
            }
            work.add(entry)?;
            head = Head { size: head.size + 1, leaf: entry.leaf() };
        }
        let changes = work.into_changes(self.applied)?;
        self.applied = self.reader.store.commit(changes, head)?;
        Ok(())
    }

    /// Hands everything to the system; for the end, never for durability.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn flush(&self) -> Result<(), IndexError> {
        self.reader.store.flush()
    }

    /// A handle for questions, usable while this one applies.
    pub fn reader(&self) -> IndexReader {
        self.reader.clone()
    }

    /// See [`IndexReader::entries_of`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn entries_of(
        &self,
        subject: &Subject,
        from: u64,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        self.reader.entries_of(subject, from, limit)
    }

    /// See [`IndexReader::entry_of_command`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn entry_of_command(&self, id: CommandId) -> Result<Option<u64>, IndexError> {
        self.reader.entry_of_command(id)
    }

    /// The end of the index must be in the log, and a sample of entries in the
    /// index. That no record is missing was checked by its sum when it was opened.
    fn compare(&self, log: &dyn OrderedLog) -> Result<(), IndexError> {
        let size = self.applied.head.size;
        let Some(last) = size.checked_sub(1) else {
            return Ok(());
        };
        let entry = match entry_at(log, last) {
            Err(IndexError::Log(LogError::BeyondEnd { .. })) => return Err(IndexError::OtherLog),
            other => other?.ok_or(IndexError::OtherLog)?,
        };
        if entry.leaf() != self.applied.head.leaf {
            return Err(IndexError::OtherLog);
        }
        let step = size.div_ceil(SAMPLES_MAX);
        let mut position = 0;
        while position < size {
            let entry = entry_at(log, position)?.ok_or(IndexError::OtherLog)?;
            self.compare_entry(&entry)?;
            position += step;
        }
        self.compare_entry(&entry)
    }

    fn compare_entry(&self, entry: &SealedEntry) -> Result<(), IndexError> {
        let index = entry.entry().index.get();
        if self.entry_of_command(command_id(entry)?)? != Some(index) {
            return Err(IndexError::OtherLog);
        }
        for subject in subjects(entry) {
            if self.entries_of(&subject, index, 1)? != [index] {
                return Err(IndexError::OtherLog);
            }
        }
        Ok(())
    }

    fn catch_up(&mut self, log: &dyn OrderedLog) -> Result<(), IndexError> {
        let mut waiting = Vec::new();
        for frame in log.read(self.applied.head.size).map_err(IndexError::Log)? {
            let frame = frame.map_err(IndexError::Log)?;
            for (position, bytes) in (frame.first..).zip(frame.entries) {
                if self.applied.head.size <= position {
                    waiting.push(open_entry(position, bytes)?);
                }
            }
            if waiting.len() >= BUILD_ENTRIES_MAX {
                self.apply(&waiting)?;
                waiting.clear();
            }
        }
        if !waiting.is_empty() {
            self.apply(&waiting)?;
        }
        Ok(())
    }

    fn start_again(&mut self, reason: IndexError) -> Result<Rebuilt, IndexError> {
        let moved_to = move_aside(&self.dir)?;
        let (store, applied) = open_checked(&self.dir.join(FOLDER_NAME))?;
        std::mem::replace(&mut self.reader.store, store).close();
        self.applied = applied;
        Ok(Rebuilt { reason, moved_to })
    }
}

impl IndexReader {
    /// Entries that concern `subject`, ascending, from entry `from` on; at most
    /// `limit` and [`PAGE_ENTRIES_MAX`].
    ///
    /// # Errors
    ///
    /// When the database fails: build it anew by opening it again.
    pub fn entries_of(
        &self,
        subject: &Subject,
        from: u64,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        let limit = limit.min(PAGE_ENTRIES_MAX);
        let subject = key::of_subject(subject);
        let least = key::of_chunk(&subject, 0);
        let before = self.store.last_in(least..=key::of_chunk(&subject, from))?;
        let start = before.and_then(|(key, _)| key::chunk_first(&key)).unwrap_or(from);
        let mut entries = Vec::new();
        let mut is_damaged = false;
        let keys = key::of_chunk(&subject, start)..=key::of_chunk(&subject, u64::MAX);
        self.store.each_in(keys, |(key, value)| {
            let chunk = key::chunk_first(&key).and_then(|first| key::chunk_entries(first, &value));
            match chunk {
                Some(chunk) => entries.extend(chunk.into_iter().filter(|entry| from <= *entry)),
                None => is_damaged = true,
            }
            !is_damaged && entries.len() < limit
        })?;
        if is_damaged {
            return Err(IndexError::Damaged);
        }
        entries.truncate(limit);
        Ok(entries)
    }

    /// The entry that recorded a command.
    ///
    /// # Errors
    ///
    /// When the database fails: build it anew by opening it again.
    pub fn entry_of_command(&self, id: CommandId) -> Result<Option<u64>, IndexError> {
        let Some(value) = self.store.get(&key::of_command(id))? else {
            return Ok(None);
        };
        let bytes = value.as_ref().try_into().map_err(|_| IndexError::Damaged)?;
        Ok(Some(u64::from_be_bytes(bytes)))
    }
}

fn open_checked(folder: &Path) -> Result<(Store, Applied), IndexError> {
    let store = Store::open(folder)?;
    match store.check() {
        Ok(applied) => Ok((store, applied)),
        Err(error) => {
            store.close();
            Err(error)
        }
    }
}

/// Moves the index's folder to `index.damaged-N`; removes it when there are
/// enough of those. Nothing to do when there is none.
fn move_aside(dir: &Path) -> Result<Option<PathBuf>, IndexError> {
    let folder = dir.join(FOLDER_NAME);
    if !folder.exists() {
        return Ok(None);
    }
    for number in 1..=ASIDE_MAX {
        let aside = dir.join(format!("{FOLDER_NAME}.damaged-{number}"));
        if !aside.exists() {
            std::fs::rename(&folder, &aside).map_err(folder_error("move", &folder))?;
            return Ok(Some(aside));
        }
    }
    let removed = if folder.is_dir() {
        std::fs::remove_dir_all(&folder)
    } else {
        std::fs::remove_file(&folder)
    };
    removed.map_err(folder_error("remove", &folder))?;
    Ok(None)
}

fn folder_error(action: &'static str, folder: &Path) -> impl FnOnce(io::Error) -> IndexError {
    let folder = folder.to_owned();
    move |source| IndexError::Folder { action, folder, source }
}

fn command_id(entry: &SealedEntry) -> Result<CommandId, IndexError> {
    let parsed = Command::parse(&entry.entry().command.payload);
    parsed.map(|command| command.id).map_err(|_| IndexError::Entry(entry.entry().index.get()))
}

fn open_entry(position: u64, bytes: Vec<u8>) -> Result<SealedEntry, IndexError> {
    SealedEntry::open(bytes).map_err(|_| IndexError::Entry(position))
}

fn entry_at(log: &dyn OrderedLog, position: u64) -> Result<Option<SealedEntry>, IndexError> {
    let Some(frame) = log.read(position).map_err(IndexError::Log)?.next() else {
        return Ok(None);
    };
    let frame = frame.map_err(IndexError::Log)?;
    let bytes = (frame.first..).zip(frame.entries).find(|(index, _)| *index == position);
    bytes.map(|(_, bytes)| open_entry(position, bytes)).transpose()
}
