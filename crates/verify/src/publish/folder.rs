//! The folder that is published: each file whole or not there, the checkpoint last.

use super::PublishError;
use jcm_format::tlog::{NOTE_BYTES_MAX, SignedCheckpoint, TileId, TrustedCheckpoint, VerifierKey};
use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

const CHECKPOINT: &str = "checkpoint";
/// Held while somebody publishes. Web servers do not show names that begin with a dot.
const LOCK: &str = ".lock";
/// What is being written, in the folder where it will stand.
const UNFINISHED: &str = ".unfinished";

/// The folder, and what it covered when it was opened.
pub(super) struct Folder {
    path: PathBuf,
    checkpoint: Option<SignedCheckpoint>,
    /// Folders with names that are not durable yet.
    touched: BTreeSet<PathBuf>,
    files: u64,
    // Dropping it lets go.
    _lock: File,
}

impl Folder {
    /// Opens the folder, or makes it.
    pub(super) fn open(path: &Path) -> Result<Folder, PublishError> {
        fs::create_dir_all(path).map_err(failed(path))?;
        let lock_path = path.join(LOCK);
        let mut options = File::options();
        options.create(true).truncate(false).write(true);
        let lock = options.open(&lock_path).map_err(failed(&lock_path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => PublishError::InUse(path.to_owned()),
            TryLockError::Error(source) => failed(&lock_path)(source),
        })?;
        let checkpoint = read_checkpoint(&path.join(CHECKPOINT))?;
        Ok(Folder {
            path: path.to_owned(),
            checkpoint,
            touched: BTreeSet::new(),
            files: 0,
            _lock: lock,
        })
    }

    /// How many entries it covers, by its own word.
    pub(super) fn claimed_size(&self) -> Option<u64> {
        self.checkpoint.as_ref().map(|checkpoint| checkpoint.claimed().size)
    }

    /// Its checkpoint, if the log's key signed it.
    pub(super) fn checkpoint(
        &self,
        log_key: &VerifierKey,
    ) -> Result<Option<TrustedCheckpoint>, PublishError> {
        let verified = self.checkpoint.clone().map(|checkpoint| checkpoint.verify(log_key));
        verified.transpose().map_err(PublishError::Checkpoint)
    }

    /// Whether the file of a tile is there.
    pub(super) fn has(&self, tile: TileId) -> bool {
        self.path.join(tile.to_string()).is_file()
    }

    /// Writes the file of a tile.
    pub(super) fn write(&mut self, tile: TileId, bytes: &[u8]) -> Result<(), PublishError> {
        self.replace(&self.path.join(tile.to_string()), bytes)
    }

    /// Makes durable what was written, then replaces the checkpoint; tells how many
    /// files were written.
    pub(super) fn publish(mut self, note: &str) -> Result<u64, PublishError> {
        self.sync()?;
        if self.checkpoint.as_ref().is_none_or(|there| there.note_text() != note) {
            self.replace(&self.path.join(CHECKPOINT), note.as_bytes())?;
            self.sync()?;
        }
        Ok(self.files)
    }

    fn replace(&mut self, path: &Path, bytes: &[u8]) -> Result<(), PublishError> {
        let folder = path.parent().unwrap_or(&self.path).to_owned();
        self.make(&folder)?;
        let unfinished = folder.join(UNFINISHED);
        let write = || -> io::Result<()> {
            let mut file = File::create(&unfinished)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&unfinished, path)
        };
        write().map_err(failed(path))?;
        self.touched.insert(folder);
        self.files += 1;
        Ok(())
    }

    /// Makes a folder below this one; those above a new one have a new name in them.
    fn make(&mut self, folder: &Path) -> Result<(), PublishError> {
        if folder.is_dir() {
            return Ok(());
        }
        fs::create_dir_all(folder).map_err(failed(folder))?;
        let above = folder.ancestors().take_while(|above| above.starts_with(&self.path));
        self.touched.extend(above.map(Path::to_owned));
        Ok(())
    }

    fn sync(&mut self) -> Result<(), PublishError> {
        for folder in std::mem::take(&mut self.touched) {
            File::open(&folder).and_then(|file| file.sync_all()).map_err(failed(&folder))?;
        }
        Ok(())
    }
}

fn read_checkpoint(path: &Path) -> Result<Option<SignedCheckpoint>, PublishError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed(path)(source)),
    };
    let mut bytes = Vec::new();
    let limit = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).map_err(failed(path))?;
    let note = String::from_utf8(bytes).ok();
    let checkpoint = note.and_then(|note| SignedCheckpoint::parse(&note).ok());
    checkpoint.map(Some).ok_or_else(|| PublishError::NotACheckpoint(path.to_owned()))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> PublishError {
    let path = path.to_owned();
    move |source| PublishError::Write { path, source }
}
