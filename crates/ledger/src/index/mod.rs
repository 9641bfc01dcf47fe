//! The index: which entries concern an account, an application, a payment, a
//! project or a block, and which entry recorded a command.
//!
//! It is derived from the log and never more than a convenience: whatever is
//! wrong with its files, it is built anew, and nothing is decided by it. It is
//! believed only after [`Index::align`] compared it with the log.
//! Why and how: `docs/adr/0002-log-is-the-database.md`.

mod folder;
mod key;
mod store;
mod subjects;
mod tail;

#[cfg(test)]
mod tests;

pub use subjects::{Subject, effect_subjects, subjects};

use crate::log::{Head, LogError, OrderedLog};
use folder::{FOLDER_NAME, folder_error, move_aside, wait_until_free};
use jcm_format::command::Command;
use jcm_format::entry::SealedEntry;
use jcm_format::id::{CommandId, EntryIndex};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use store::{Applied, Store};
use tail::Tail;

/// Most entries that one question is answered with.
pub const PAGE_ENTRIES_MAX: usize = 4_096;

/// Entries applied at once when the index is built: some MiB of memory.
pub const BUILD_ENTRIES_MAX: usize = 4_096;

/// Entries compared with the log at start. Each costs about one read of the log.
pub const SAMPLES_MAX: u64 = 500;

/// Entries that are held in memory before they are written: a tenth of a second's
/// work when they are, some MiB while they wait, and as much to read from the log
/// at start. Ten million entries make 610 runs of commands, each a look-up.
pub const STEP_ENTRIES: u64 = 16_384;

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
    /// Another index has the folder open, in this process or another.
    #[error("{} is in use", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
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
}

/// The index for questions. Clones are the same index.
#[derive(Clone)]
pub struct IndexReader {
    /// Locked for writing while entries are added; readers wait for that.
    content: Arc<RwLock<Content>>,
}

struct Content {
    store: Store,
    /// First entries of the runs of commands in the store, ascending.
    runs: Vec<u64>,
    /// Entries in memory at which they are written.
    step: u64,
    /// What is in the store.
    stored: Applied,
    /// What comes after.
    tail: Tail,
    /// Up to where both together go.
    head: Head,
}

impl Index {
    /// Opens the index in the data folder `dir`; an empty one if there is none,
    /// or none that can be read from end to end.
    ///
    /// # Errors
    ///
    /// When the folder is in use, or not even an empty one can be made.
    pub fn open(dir: &Path) -> Result<(Index, IndexReport), IndexError> {
        Index::open_with_step(dir, STEP_ENTRIES)
    }

    fn open_with_step(dir: &Path, step: u64) -> Result<(Index, IndexReport), IndexError> {
        crate::log::make_folder(dir).map_err(folder_error("make", dir))?;
        wait_until_free(dir)?;
        let mut rebuilt = None;
        let content = match Content::open(dir, step) {
            Ok(content) => content,
            Err(reason) => {
                let moved_to = move_aside(dir)?;
                rebuilt = Some(Rebuilt { reason, moved_to });
                Content::open(dir, step)?
            }
        };
        let report = IndexReport { found: content.head, rebuilt, applied: 0 };
        let reader = IndexReader { content: Arc::new(RwLock::new(content)) };
        Ok((Index { dir: dir.to_owned(), reader }, report))
    }

    /// Compares the index with the log, and applies what is missing. An index
    /// that is not that of the log is moved aside and built anew.
    ///
    /// # Errors
    ///
    /// When the log cannot be read, or the new index fails too.
    pub fn align(&mut self, log: &dyn OrderedLog) -> Result<IndexReport, IndexError> {
        let found = self.applied();
        let mut rebuilt = None;
        match self.compare(log) {
            Ok(()) => {}
            Err(error @ (IndexError::Log(_) | IndexError::Entry(_))) => return Err(error),
            Err(reason) => rebuilt = Some(self.start_again(reason)?),
        }
        let before = self.applied().size;
        match self.catch_up(log) {
            Ok(()) => {}
            // Whatever is wrong with the log does not heal by trying again.
            Err(error @ (IndexError::Log(_) | IndexError::Entry(_))) => return Err(error),
            Err(error) if rebuilt.is_some() => return Err(error),
            Err(reason) => {
                rebuilt = Some(self.start_again(reason)?);
                self.catch_up(log)?;
                return Ok(IndexReport { found, rebuilt, applied: self.applied().size });
            }
        }
        Ok(IndexReport { found, rebuilt, applied: self.applied().size - before })
    }

    /// Moves the index aside and goes on with an empty one, in place: readers stay
    /// usable. For an index that failed while it was in use.
    ///
    /// # Errors
    ///
    /// When not even an empty one can be made.
    pub fn restart(&mut self, reason: IndexError) -> Result<Rebuilt, IndexError> {
        self.start_again(reason)
    }

    /// Up to where the log has been applied.
    pub fn applied(&self) -> Head {
        self.reader.read().head
    }

    /// Applies the entries that come next, all or none. They need not survive a
    /// crash: the log does.
    ///
    /// # Errors
    ///
    /// When they are not the next ones, or the database fails.
    pub fn apply(&mut self, entries: &[SealedEntry]) -> Result<(), IndexError> {
        let mut content = self.reader.write();
        let mut head = content.head;
        for entry in entries {
            let index = entry.entry().index;
            if index.get() != head.size || entry.entry().prev != head.leaf {
                return Err(IndexError::NotNext(index));
            }
            head = Head { size: head.size + 1, leaf: entry.leaf() };
        }
        let additions = content.tail.prepare(&content.store, entries)?;
        content.tail.add(additions);
        content.head = head;
        if content.step <= content.tail.len() { content.write_tail() } else { Ok(()) }
    }

    /// Lets the database hand what it was given to the system: for the end, never
    /// for durability.
    ///
    /// # Errors
    ///
    /// When the database fails.
    pub fn flush(&self) -> Result<(), IndexError> {
        self.reader.read().store.flush()
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
        let head = self.applied();
        let size = head.size;
        let Some(last) = size.checked_sub(1) else {
            return Ok(());
        };
        let entry = match entry_at(log, last) {
            Err(IndexError::Log(LogError::BeyondEnd { .. })) => return Err(IndexError::OtherLog),
            other => other?.ok_or(IndexError::OtherLog)?,
        };
        if entry.leaf() != head.leaf {
            return Err(IndexError::OtherLog);
        }
        let step = size.div_ceil(SAMPLES_MAX);
        let mut position = 0;
        while position < size {
            let entry = entry_at(log, position)?.ok_or(IndexError::OtherLog)?;
            self.compare_entry(log, &entry)?;
            position += step;
        }
        self.compare_entry(log, &entry)
    }

    fn compare_entry(&self, log: &dyn OrderedLog, entry: &SealedEntry) -> Result<(), IndexError> {
        let index = entry.entry().index.get();
        let id = command_id(entry)?;
        let first = self.entry_of_command(id)?.ok_or(IndexError::OtherLog)?;
        // An id may be used again once its command has expired.
        let is_known = first == index
            || first < index
                && entry_at(log, first)?
                    .is_some_and(|first| command_id(&first).is_ok_and(|found| found == id));
        if !is_known {
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
        let next = self.applied().size;
        for frame in log.read(next).map_err(IndexError::Log)? {
            let frame = frame.map_err(IndexError::Log)?;
            for (position, bytes) in (frame.first..).zip(frame.entries) {
                if next <= position {
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
        let mut content = self.reader.write();
        let moved_to = move_aside(&self.dir)?;
        let fresh = Content::open(&self.dir, content.step)?;
        std::mem::replace(&mut *content, fresh).store.close();
        Ok(Rebuilt { reason, moved_to })
    }
}

impl Content {
    fn open(dir: &Path, step: u64) -> Result<Content, IndexError> {
        let store = Store::open(&dir.join(FOLDER_NAME))?;
        match store.check() {
            Ok((stored, runs)) => {
                let tail = Tail::new(stored.head.size);
                Ok(Content { store, runs, step, stored, tail, head: stored.head })
            }
            Err(error) => {
                store.close();
                Err(error)
            }
        }
    }

    fn write_tail(&mut self) -> Result<(), IndexError> {
        let changes = self.tail.to_changes(&self.store, self.stored)?;
        let run = self.stored.head.size;
        self.stored = self.store.commit(changes, self.head)?;
        self.runs.push(run);
        self.tail = Tail::new(self.head.size);
        Ok(())
    }

    fn stored_entries_of(
        &self,
        subject: &Subject,
        from: u64,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        let prefix = key::of_subject(subject);
        let least = key::of_chunk(&prefix, 0);
        let before = self.store.last_in(least..=key::of_chunk(&prefix, from))?;
        let start = before.and_then(|(key, _)| key::chunk_first(&key)).unwrap_or(from);
        let mut entries = Vec::new();
        let mut is_damaged = false;
        let keys = key::of_chunk(&prefix, start)..=key::of_chunk(&prefix, u64::MAX);
        self.store.each_in(keys, |(key, value)| {
            let chunk = key::chunk_first(&key).and_then(|first| key::chunk_entries(first, &value));
            match chunk {
                Some(chunk) => entries.extend(chunk.into_iter().filter(|entry| from <= *entry)),
                None => is_damaged = true,
            }
            !is_damaged && entries.len() < limit
        })?;
        if is_damaged { Err(IndexError::Damaged) } else { Ok(entries) }
    }
}

impl IndexReader {
    /// Entries that concern `subject`, ascending, from entry `from` on; at most
    /// `limit` and [`PAGE_ENTRIES_MAX`].
    ///
    /// NB: an application and a payment are known by an entry, and that is always
    /// the first, whether or not it recorded one.
    ///
    /// # Errors
    ///
    /// When the database fails: build it anew with [`Index::restart`].
    pub fn entries_of(
        &self,
        subject: &Subject,
        from: u64,
        limit: usize,
    ) -> Result<Vec<u64>, IndexError> {
        let limit = limit.min(PAGE_ENTRIES_MAX);
        let content = self.read();
        let mut entries = Vec::new();
        if let Subject::Application(entry) | Subject::Payment(entry) = subject
            && (from..content.head.size).contains(&entry.get())
        {
            entries.push(entry.get());
        }
        entries.extend(content.stored_entries_of(subject, from, limit)?);
        let tail = content.tail.entries_of(subject);
        entries.extend(&tail[tail.partition_point(|entry| *entry < from)..]);
        entries.truncate(limit);
        Ok(entries)
    }

    /// The entry that recorded a command; the first one, when the id was used
    /// again after its command had expired: nobody can hide another's entry by
    /// taking its id.
    ///
    /// # Errors
    ///
    /// When the database fails: build it anew with [`Index::restart`].
    pub fn entry_of_command(&self, id: CommandId) -> Result<Option<u64>, IndexError> {
        let content = self.read();
        // Oldest first, for the first entry.
        for run in &content.runs {
            let least = key::of_commands(*run, CommandId::from_bytes([0; CommandId::LEN]));
            let record = content.store.last_in(least..=key::of_commands(*run, id))?;
            let found = record.and_then(|(_, value)| key::find_command(*run, &value, id));
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(content.tail.entry_of_command(id))
    }

    // Every change under the lock is a step that cannot panic, or leaves a database
    // that is compared again at the next start.
    fn read(&self) -> RwLockReadGuard<'_, Content> {
        self.content.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Content> {
        self.content.write().unwrap_or_else(PoisonError::into_inner)
    }
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
