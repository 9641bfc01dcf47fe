//! Who read whose data: one line for each such read, on disk before it is answered.
//!
//! The lines are chained: each states the digest of the one before, so that none can
//! be changed, dropped or put in between without a break that [`check`] finds. The
//! chain says nothing about lines cut off at its end; its head, noted elsewhere now
//! and then, does. Form and keeping: `docs/operating/audit.md`.
//!
//! These files are no part of the record and hold no data that was read. They are the
//! one thing besides it that must be on disk before somebody is answered; where that
//! cannot be done, the read is refused.

mod chain;
mod files;

pub use chain::{AuditError, Checked, check};

use crate::clock;
use chain::{Head, Line};
use files::{create, names, sync_folder};
use jcm_format::time::{Date, Timestamp};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file is not written to any more once it is so long.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The owner alone may look in.
const FOLDER_MODE: u32 = 0o700;

/// What is written down of one read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    /// "operator", "authority", "partner" or "auditor".
    pub(crate) role: &'static str,
    /// Who, by the stable name; of a partner authority the country.
    pub(crate) person: String,
    /// The key, in hexadecimal.
    pub(crate) key: String,
    /// Address and port; empty where it is not known.
    pub(crate) peer: String,
    /// What was called.
    pub(crate) method: &'static str,
    /// Whose data.
    pub(crate) subject: String,
}

/// The audit files of a running node. The node alone writes to them, because it
/// holds the lock on the log in the same folder.
pub(crate) struct Audit {
    folder: PathBuf,
    keep_days: u64,
    file_bytes_max: u64,
    /// Lock order: `synced` before `writer`.
    writer: Mutex<Writer>,
    /// How many lines are on disk. Whoever holds it syncs for everybody who waits.
    synced: Mutex<u64>,
}

struct Writer {
    file: Arc<File>,
    /// Its number.
    number: u64,
    /// Its length.
    bytes: u64,
    /// The month of its first line, as `2026-11`; empty while it has none.
    month: String,
    head: Head,
    /// A write failed in a way that cannot be mended here.
    is_broken: bool,
}

impl Audit {
    /// Opens the files, cuts off a line that was not written to its end, and removes
    /// files that were kept for long enough.
    ///
    /// # Errors
    ///
    /// When the last file is not a chain, or the folder cannot be used.
    pub(crate) fn open(folder: &Path, keep_days: u64) -> Result<Audit, AuditError> {
        Audit::open_with(folder, keep_days, FILE_BYTES_MAX)
    }

    fn open_with(folder: &Path, keep_days: u64, max: u64) -> Result<Audit, AuditError> {
        let failed = |source| AuditError::Io { path: folder.to_owned(), source };
        DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder).map_err(failed)?;
        let known = names(folder)?;
        let writer = match known.last() {
            None => {
                let file = Arc::new(create(folder, 1).map_err(failed)?);
                let head = Head::default();
                Writer { file, number: 1, bytes: 0, month: String::new(), head, is_broken: false }
            }
            Some((number, path)) => Writer::resume(folder, *number, path)?,
        };
        let synced = Mutex::new(writer.head.lines);
        let (folder, writer) = (folder.to_owned(), Mutex::new(writer));
        let audit = Audit { folder, keep_days, file_bytes_max: max, writer, synced };
        audit
            .prune(clock::now().date_in_japan())
            .map_err(|source| AuditError::Io { path: audit.folder.clone(), source })?;
        Ok(audit)
    }

    /// Writes a read down and waits until it is on disk. Not for the threads that
    /// serve requests.
    ///
    /// # Errors
    ///
    /// When it is not on disk; the read must then not be answered.
    pub(crate) fn record(&self, read: &Read, now: Timestamp) -> io::Result<()> {
        let line = {
            let mut writer = lock(&self.writer);
            let is_turned = self.turn(&mut writer, now)?;
            writer.append(read, now)?;
            if is_turned {
                // What cannot be removed now is removed at the next turn or start.
                let _ = self.prune(now.date_in_japan());
            }
            writer.head.lines
        };
        self.sync(line)
    }

    /// Waits until so many lines are on disk; whoever comes first syncs for all.
    fn sync(&self, line: u64) -> io::Result<()> {
        let mut synced = lock(&self.synced);
        if line <= *synced {
            return Ok(());
        }
        let (file, lines) = {
            let writer = lock(&self.writer);
            if writer.is_broken {
                return Err(broken());
            }
            (Arc::clone(&writer.file), writer.head.lines)
        };
        if let Err(error) = file.sync_data() {
            // What the system has lost it does not tell twice.
            lock(&self.writer).is_broken = true;
            return Err(error);
        }
        *synced = lines;
        Ok(())
    }

    /// Begins a new file where the present one is long enough, or of another month.
    fn turn(&self, writer: &mut Writer, now: Timestamp) -> io::Result<bool> {
        let is_other_month = !writer.month.is_empty() && writer.month != month(now);
        if writer.bytes < self.file_bytes_max && !is_other_month {
            return Ok(false);
        }
        if let Err(error) = writer.file.sync_data() {
            writer.is_broken = true;
            return Err(error);
        }
        let next = writer.number.saturating_add(1);
        writer.file = Arc::new(create(&self.folder, next)?);
        (writer.number, writer.bytes) = (next, 0);
        writer.month = String::new();
        Ok(true)
    }

    /// Removes the files of whose lines none is younger than what is to be kept. The
    /// one that is written to stays.
    fn prune(&self, today: Date) -> io::Result<()> {
        let oldest = today.days().saturating_sub(self.keep_days);
        let Some(oldest) = Date::from_days(oldest) else { return Ok(()) };
        let known = names(&self.folder).map_err(io::Error::other)?;
        let Some((_, closed)) = known.split_last() else { return Ok(()) };
        for (_, path) in closed {
            match chain::last_day(path)? {
                Some(day) if oldest <= day => break,
                _ => std::fs::remove_file(path)?,
            }
        }
        sync_folder(&self.folder)
    }
}

impl Writer {
    /// Goes on where the last file ends.
    fn resume(folder: &Path, number: u64, path: &Path) -> Result<Writer, AuditError> {
        let failed = |source| AuditError::Io { path: path.to_owned(), source };
        let read = chain::read(path, None)?;
        let mut head = read.head;
        if read.lines.is_empty()
            && let Some((_, before)) = names(folder)?.iter().rev().nth(1)
        {
            // A file that was begun and not written to: the chain is in the one before.
            head = chain::read(before, None)?.head;
        }
        let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
        if read.unfinished_bytes != 0 {
            tracing::warn!(bytes = read.unfinished_bytes, "an unfinished audit line was cut off");
            file.set_len(read.bytes).and_then(|()| file.sync_all()).map_err(failed)?;
        }
        let month = read.lines.first().map_or_else(String::new, |line| line.month().to_owned());
        let (file, bytes) = (Arc::new(file), read.bytes);
        Ok(Writer { file, number, bytes, month, head, is_broken: false })
    }

    fn append(&mut self, read: &Read, now: Timestamp) -> io::Result<()> {
        if self.is_broken {
            return Err(broken());
        }
        let line = Line {
            line: self.head.lines,
            time: now.to_string(),
            role: read.role.to_owned(),
            person: read.person.clone(),
            key: read.key.clone(),
            peer: read.peer.clone(),
            method: read.method.to_owned(),
            subject: read.subject.clone(),
            previous: self.head.digest.to_string(),
        };
        let text = serde_json::to_string(&line).map_err(io::Error::other)?;
        let whole = format!("{text}\n");
        if let Err(error) = (&*self.file).write_all(whole.as_bytes()) {
            // Whatever of it was written must not stand before the next line.
            self.is_broken = self.file.set_len(self.bytes).is_err();
            return Err(error);
        }
        self.bytes = self.bytes.saturating_add(whole.len() as u64);
        self.head = self.head.after(text.as_bytes());
        if self.month.is_empty() {
            self.month = month(now);
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn broken() -> io::Error {
    io::Error::other("an audit line was not written; the node must be started again")
}

/// Such as `2026-11`, in Japan.
fn month(now: Timestamp) -> String {
    let date = now.date_in_japan();
    format!("{:04}-{:02}", date.year().get(), date.month())
}

#[cfg(test)]
mod tests;
