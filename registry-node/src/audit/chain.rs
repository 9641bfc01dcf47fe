//! The lines of the audit files, and whether they are a chain.

use super::files::names;
use jcm_format::hash::Digest;
use jcm_format::time::Date;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// One line, as it is written: one JSON object, its fields in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    /// How many lines were written before it, ever.
    pub(super) line: u64,
    /// RFC 3339, in Japan's time.
    pub(super) time: String,
    pub(super) role: String,
    pub(super) person: String,
    pub(super) key: String,
    pub(super) peer: String,
    pub(super) method: String,
    pub(super) subject: String,
    /// SHA-256 of the line before, without its line feed; zeros where there is none.
    pub(super) previous: String,
}

impl Line {
    /// Such as `2026-11`.
    pub(super) fn month(&self) -> &str {
        self.time.get(..7).unwrap_or_default()
    }

    fn day(&self) -> Option<Date> {
        self.time.get(..10)?.parse().ok()
    }
}

/// The end of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// How many lines there were, ever.
    pub(super) lines: u64,
    /// SHA-256 of the last one.
    pub(super) digest: Digest,
}

impl Default for Head {
    fn default() -> Head {
        Head { lines: 0, digest: Digest::ZERO }
    }
}

impl Head {
    pub(super) fn after(self, line: &[u8]) -> Head {
        Head { lines: self.lines.saturating_add(1), digest: Digest::of(&[line]) }
    }
}

/// Why the audit files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// An operation failed.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A line is not what was written.
    #[error(
        "line {number} of {} {what}: keep the folder as evidence, under another name, and the \
         node begins a new one",
        path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        number: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}

/// A file that was read.
pub(super) struct ReadFile {
    pub(super) lines: Vec<Line>,
    /// The end of its chain.
    pub(super) head: Head,
    /// Bytes of whole lines.
    pub(super) bytes: u64,
    /// Bytes behind them: a line that was not written to its end.
    pub(super) unfinished_bytes: u64,
}

/// Reads one file, whose first line must follow `before`; where that is not known,
/// whatever its first line says is believed.
pub(super) fn read(path: &Path, before: Option<Head>) -> Result<ReadFile, AuditError> {
    let failed = |source| AuditError::Io { path: path.to_owned(), source };
    let broken = |number, what| AuditError::Broken { path: path.to_owned(), number, what };
    let bytes = fs::read(path).map_err(failed)?;
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let (whole, unfinished) = bytes.split_at_checked(end).unwrap_or_default();
    let mut lines = Vec::new();
    let mut head = before;
    let texts = whole.split(|byte| *byte == b'\n').take_while(|text| !text.is_empty());
    for (number, text) in (1..).zip(texts) {
        let line: Line = serde_json::from_slice(text)
            .map_err(|_| broken(number, "is not a line of an audit file"))?;
        let previous = line.previous.parse::<Digest>();
        let previous = previous.map_err(|_| broken(number, "has no digest of the line before"))?;
        let expected = head.unwrap_or(Head { lines: line.line, digest: previous });
        if (expected.lines, expected.digest) != (line.line, previous) {
            return Err(broken(number, "does not follow the line before"));
        }
        head = Some(expected.after(text));
        lines.push(line);
    }
    let head = head.unwrap_or_default();
    Ok(ReadFile { lines, head, bytes: end as u64, unfinished_bytes: unfinished.len() as u64 })
}

/// The day of the last line of a file.
pub(super) fn last_day(path: &Path) -> io::Result<Option<Date>> {
    let read = read(path, None).map_err(io::Error::other)?;
    Ok(read.lines.last().and_then(Line::day))
}

/// What a check found in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// How many lines there are.
    pub lines: u64,
    /// How many were written before the first of them, and were removed since.
    pub removed: u64,
    /// SHA-256 of the last line: to be noted elsewhere, and looked for later.
    pub head: String,
}

/// Reads every audit file, gives each line as it stands to `show`, and checks that all
/// of them are one chain.
///
/// # Errors
///
/// The first line that does not follow the one before, or a file that cannot be read.
pub fn check(folder: &Path, mut show: impl FnMut(&str)) -> Result<Checked, AuditError> {
    let mut head = None;
    let mut removed = None;
    for (_, path) in names(folder)? {
        let file = read(&path, head)?;
        for line in &file.lines {
            removed.get_or_insert(line.line);
            show(&line.text());
        }
        if !file.lines.is_empty() {
            head = Some(file.head);
        }
    }
    let (head, removed) = (head.unwrap_or_default(), removed.unwrap_or(0));
    let lines = head.lines.saturating_sub(removed);
    Ok(Checked { lines, removed, head: head.digest.to_string() })
}

impl Line {
    /// For people.
    fn text(&self) -> String {
        let Line { time, role, person, method, subject, peer, key, .. } = self;
        let key = key.get(..16).unwrap_or(key);
        format!("{time} {role} {person} {method} {subject} (key {key}…, from {peer})")
    }
}
