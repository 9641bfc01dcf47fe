//! A registry from an export of its log: what a successor, or a rehearsal, begins
//! with.
//!
//! The order of effects:
//!
//! 1. the data folder is looked at: there is a log key in it, and no registry;
//! 2. the export is read to its end and checked: frames, chain, root and signature of
//!    every checkpoint, signatures and form of every command, units conserved;
//! 3. it is read again and written, under another name; what is written is what was
//!    checked, by its digest;
//! 4. the log gets its name, durably;
//! 5. it is opened as by a start.
//!
//! Whether what was recorded should have been is for `jcm-verify`, before.

use super::folder::{OutFile, OutFolder};
use super::open;
use crate::config::Config;
use crate::failure::Failure;
use crate::keyfile;
use jcm_format::entry::SealedEntry;
use jcm_format::frame::{Frame, MAGIC};
use jcm_format::hash::{Digest, Hasher};
use jcm_format::key::PublicKey;
use jcm_format::tlog::{Frontier, KeyType, TrustedCheckpoint, VerifierKey};
use jcm_ledger::log::{ExportError, ExportReader};
use jcm_ledger::{CommandHeader, State};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::Path;

/// What was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The registry's origin.
    pub origin: String,
    /// How many entries there are.
    pub entries: u64,
    /// Root of the tree of all entries.
    pub root: Digest,
    /// Digest of the state.
    pub state: Digest,
}

/// Makes the log of a new data folder from an export.
///
/// # Errors
///
/// When the folder is not new or has no log key, the export is not whole or not that
/// key's, or a file cannot be written. Then nothing is left.
pub fn import(config: &Config, from: &Path) -> Result<Imported, Failure> {
    is_new(config)?;
    let key = keyfile::load(&config.log_key_path()).map_err(Failure::Key)?;
    let checked = check(from, key.public_key())?;
    OutFolder::make(&config.log_dir(), |folder| {
        if write(config, from, folder)? == checked.digest {
            return Ok(());
        }
        Err(refused(from, "it changed while it was read"))
    })?;
    let opening = open(config)?;
    let state = opening.view.state();
    Ok(Imported {
        origin: state.origin().map_or_else(String::new, ToString::to_string),
        entries: state.entries(),
        root: opening.view.checkpoint().checkpoint().root,
        state: state.digest(),
    })
}

/// Nothing of a registry is there but its key.
fn is_new(config: &Config) -> Result<(), Failure> {
    for name in ["log", "index", "private"] {
        let path = config.data_dir.join(name);
        let is_empty = match std::fs::read_dir(&path) {
            Ok(mut files) => name != "log" && files.next().is_none(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if !is_empty {
            return Err(Failure::NotNew { path });
        }
    }
    Ok(())
}

fn refused(from: &Path, what: impl ToString) -> Failure {
    Failure::Import { path: from.to_owned(), what: what.to_string() }
}

fn unread(from: &Path, error: ExportError) -> Failure {
    match error {
        ExportError::Io(source) => Failure::Input { path: from.to_owned(), source },
        error => refused(from, error),
    }
}

fn reader(from: &Path) -> Result<ExportReader<BufReader<File>>, Failure> {
    let file =
        File::open(from).map_err(|source| Failure::Input { path: from.to_owned(), source })?;
    ExportReader::begin(BufReader::new(file)).map_err(|error| unread(from, error))
}

/// What was read and found whole.
struct Checked {
    state: State,
    frontier: Frontier,
    log_key: Option<VerifierKey>,
    hasher: Hasher,
}

/// An export that may be written.
struct Whole {
    digest: Digest,
}

fn check(from: &Path, key: PublicKey) -> Result<Whole, Failure> {
    let mut reader = reader(from)?;
    let mut checked = Checked {
        state: State::new(),
        frontier: Frontier::new(),
        log_key: None,
        hasher: Hasher::new(),
    };
    while let Some(frame) = reader.next_frame().map_err(|error| unread(from, error))? {
        checked.frame(&frame, key).map_err(|what| refused(from, what))?;
    }
    if checked.log_key.is_none() {
        return Err(refused(from, "it holds no entries"));
    }
    if !checked.state.is_conserved() {
        return Err(refused(from, "the units held are not those issued"));
    }
    Ok(Whole { digest: checked.hasher.finish() })
}

impl Checked {
    fn frame(&mut self, frame: &Frame, key: PublicKey) -> Result<(), String> {
        if frame.first != self.frontier.len() {
            return Err(format!("entry {} follows entry {}", frame.first, self.frontier.len()));
        }
        for (index, bytes) in (frame.first..).zip(&frame.entries) {
            self.entry(index, bytes).map_err(|what| format!("entry {index}: {what}"))?;
        }
        let log_key = match &self.log_key {
            Some(log_key) => log_key,
            None => self.log_key.insert(log_key(&self.state, key)?),
        };
        let checkpoint = TrustedCheckpoint::open(&frame.checkpoint, log_key)
            .map_err(|error| format!("the checkpoint after entry {}: {error}", frame.end() - 1))?;
        let head = checkpoint.checkpoint();
        if head.size != self.frontier.len() || head.root != self.frontier.root() {
            return Err(format!("the checkpoint of size {} is another log's", head.size));
        }
        self.hasher.update(&frame.encode().ok_or("a frame is too large")?);
        Ok(())
    }

    fn entry(&mut self, index: u64, bytes: &[u8]) -> Result<(), String> {
        let sealed = SealedEntry::open(bytes.to_vec()).map_err(|error| error.to_string())?;
        let entry = sealed.entry();
        if entry.index.get() != index || entry.prev != self.state.head() {
            return Err("it does not continue the chain".to_owned());
        }
        if self.state.last_time().is_some_and(|last| entry.time < last) {
            return Err("it is earlier than the entry before".to_owned());
        }
        let verified = entry.command.clone().verify(|key| key.admit());
        let command = verified.map_err(|error| error.to_string())?;
        let command = command.command();
        let header = CommandHeader { id: command.id, valid_until: command.valid_until };
        self.frontier.push(sealed.leaf());
        self.state.apply(&sealed, header);
        Ok(())
    }
}

/// The key of the checkpoints, which must be the one that this node will sign with.
fn log_key(state: &State, key: PublicKey) -> Result<VerifierKey, String> {
    let origin = state.origin().ok_or("its first entry creates no registry")?;
    if state.log_key() != Some(key) {
        return Err("the log key in the data folder is another registry's".to_owned());
    }
    VerifierKey::new(origin.as_ref(), KeyType::Ed25519, &key).map_err(|error| error.to_string())
}

/// Writes the segments, and tells the digest of their frames.
fn write(config: &Config, from: &Path, folder: &mut OutFolder) -> Result<Digest, Failure> {
    let mut reader = reader(from)?;
    let mut hasher = Hasher::new();
    let mut segment: Option<(OutFile, u64)> = None;
    while let Some(frame) = reader.next_frame().map_err(|error| unread(from, error))? {
        let bytes = frame.encode().ok_or_else(|| refused(from, "a frame is too large"))?;
        hasher.update(&bytes);
        let length = bytes.len() as u64;
        let is_full = |written: u64| config.segment_bytes < written.saturating_add(length);
        if let Some((full, _)) = segment.take_if(|(_, written)| is_full(*written)) {
            folder.add(full)?;
        }
        let (mut file, written) = match segment.take() {
            Some(begun) => begun,
            None => {
                let mut file = folder.file(&format!("{:020}.seg", frame.first))?;
                file.write(MAGIC)?;
                (file, MAGIC.len() as u64)
            }
        };
        file.write(&bytes)?;
        segment = Some((file, written.saturating_add(length)));
    }
    if let Some((last, _)) = segment {
        folder.add(last)?;
    }
    Ok(hasher.finish())
}
