//! A folder that is made as a whole: under another name until everything is in it
//! and on disk, and never in the place of one that is there.

use crate::failure::Failure;
use jcm_format::hash::{Digest, Hasher};
use serde::Serialize;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// What stands behind the name while it is being made.
const UNFINISHED_SUFFIX: &str = ".unfinished";

/// The owner alone may look in: there are personal data.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A folder that is being made.
pub(super) struct OutFolder {
    path: PathBuf,
    unfinished: PathBuf,
    files: Vec<FileRecord>,
}

/// A file as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FileRecord {
    /// Its path within the folder.
    pub(super) path: String,
    /// Its length.
    pub(super) bytes: u64,
    /// SHA-256 of its content.
    pub(super) sha256: Digest,
}

/// A file that is being written.
pub(super) struct OutFile {
    name: String,
    path: PathBuf,
    file: io::BufWriter<File>,
    hash: Hasher,
    bytes: u64,
}

impl OutFolder {
    /// Makes a folder of what `fill` puts into it. When that stops, nothing is left.
    ///
    /// # Errors
    ///
    /// When it exists, or an interrupted attempt at it, or it cannot be made; and why
    /// `fill` stopped.
    pub(super) fn make<T>(
        path: &Path,
        fill: impl FnOnce(&mut OutFolder) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut folder = OutFolder::create(path)?;
        let made = fill(&mut folder).and_then(|made| folder.finish().map(|()| made));
        made.map_err(|failure| folder.discard(failure))
    }

    fn create(path: &Path) -> Result<OutFolder, Failure> {
        let mut name = path.as_os_str().to_owned();
        name.push(UNFINISHED_SUFFIX);
        let unfinished = PathBuf::from(name);
        for path in [path, &unfinished] {
            if path.symlink_metadata().is_ok() {
                return Err(Failure::Exists { path: path.to_owned() });
            }
        }
        make(&unfinished)?;
        Ok(OutFolder { path: path.to_owned(), unfinished, files: Vec::new() })
    }

    /// Makes a folder in it.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub(super) fn folder(&self, name: &str) -> Result<(), Failure> {
        make(&self.unfinished.join(name))
    }

    /// Begins a file in it.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub(super) fn file(&self, name: &str) -> Result<OutFile, Failure> {
        let path = self.unfinished.join(name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(FILE_MODE);
        let file = options.open(&path).map_err(failed(&path))?;
        let (name, file) = (name.to_owned(), io::BufWriter::new(file));
        Ok(OutFile { name, path, file, hash: Hasher::new(), bytes: 0 })
    }

    /// Ends a file.
    ///
    /// # Errors
    ///
    /// When it cannot be made durable.
    pub(super) fn add(&mut self, file: OutFile) -> Result<(), Failure> {
        let OutFile { name, path, file, hash, bytes } = file;
        let file = file.into_inner().map_err(|error| failed(&path)(error.into_error()))?;
        file.sync_all().map_err(failed(&path))?;
        self.files.push(FileRecord { path: name, bytes, sha256: hash.finish() });
        Ok(())
    }

    /// Writes a whole file.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub(super) fn write(&mut self, name: &str, content: &[u8]) -> Result<(), Failure> {
        let mut file = self.file(name)?;
        file.write(content)?;
        self.add(file)
    }

    /// The files so far.
    pub(super) fn files(&self) -> &[FileRecord] {
        &self.files
    }

    /// Removes what is unfinished; where that fails too, the error names it.
    fn discard(&self, failure: Failure) -> Failure {
        match std::fs::remove_dir_all(&self.unfinished) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Failure::Unfinished { path: self.unfinished.clone(), source: Box::new(failure) }
            }
            _ => failure,
        }
    }

    /// Gives the folder its name, durably.
    fn finish(&self) -> Result<(), Failure> {
        let sync = |path: &Path| File::open(path)?.sync_all();
        sync(&self.unfinished).map_err(failed(&self.unfinished))?;
        std::fs::rename(&self.unfinished, &self.path).map_err(failed(&self.path))?;
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        sync(parent).map_err(failed(parent))
    }
}

impl OutFile {
    /// Writes what comes next.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(super) fn write(&mut self, content: &[u8]) -> Result<(), Failure> {
        self.file.write_all(content).map_err(failed(&self.path))?;
        self.hash.update(content);
        self.bytes = self.bytes.saturating_add(content.len() as u64);
        Ok(())
    }
}

fn make(path: &Path) -> Result<(), Failure> {
    DirBuilder::new().mode(FOLDER_MODE).create(path).map_err(failed(path))
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Failure + '_ {
    move |source| Failure::Folder { path: path.to_owned(), source }
}
