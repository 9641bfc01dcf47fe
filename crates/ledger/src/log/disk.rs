//! The disk as the log uses it: one flat folder of files.
//!
//! A seam for tests, which cut the power at every operation (`sim_disk`).
//! Nothing here buffers, retries or interprets.

use super::LogError;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A folder of files.
pub trait Disk: Clone + Send + Sync + 'static {
    /// An open file.
    type File: DiskFile;

    /// Names of the files, in any order.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Opens a file that exists, for reading and writing.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Makes an empty file, in place of one that may exist.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Gives a file another name, in place of one that may exist.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes names durable.
    fn sync_dir(&self) -> io::Result<()>;
}

/// A file that is open for reading and writing.
pub trait DiskFile: Send + 'static {
    /// How many bytes it has.
    fn len(&self) -> io::Result<u64>;

    /// Whether it has none.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads up to `buffer.len()` bytes at `offset`; 0 = the end of the file.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`. On an error, a part may be written.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts the file to `len` bytes.
    fn truncate(&self, len: u64) -> io::Result<()>;

    /// Makes the content durable, and what of the metadata is needed to read it.
    fn sync_data(&self) -> io::Result<()>;
}

/// A folder of the operating system.
#[derive(Debug, Clone)]
pub struct RealDisk {
    folder: PathBuf,
}

/// Name of the file whose lock means that the folder is open.
const LOCK_NAME: &str = "lock";

/// A lock outlives its owner for a moment: a process that is killed takes time to end, and
/// one that starts another shares its files with it until that one runs its own program.
/// 100 * 10 ms = 1 s.
const LOCK_ATTEMPTS_MAX: u32 = 100;

/// Time between two of them.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

impl RealDisk {
    /// Makes the folder if there is none, durably.
    pub(super) fn prepare(folder: &Path) -> io::Result<RealDisk> {
        make_folder(folder)?;
        Ok(RealDisk { folder: folder.to_owned() })
    }

    /// Locks the folder; the lock goes with the file that this returns, also
    /// when the process is killed.
    // Waits for another's lock; nothing that the rules see depends on how long.
    #[allow(clippy::disallowed_methods)]
    pub(super) fn lock(&self) -> Result<File, LogError> {
        let failed = |source| LogError::Io { action: "lock", file: LOCK_NAME.to_owned(), source };
        let path = self.folder.join(LOCK_NAME);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        for _ in 0..LOCK_ATTEMPTS_MAX {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
        Err(LogError::InUse { folder: self.folder.clone() })
    }
}

/// Makes a folder, and those above it, where there is none; durably.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    let parent = folder.parent().unwrap_or(Path::new(""));
    make_folder(parent)?;
    std::fs::create_dir(folder)?;
    sync_folder(parent)
}

/// Makes the names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    // An empty parent is the working directory.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

impl Disk for RealDisk {
    type File = File;

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for item in std::fs::read_dir(&self.folder)? {
            // A name that is not text is none of ours.
            if let Ok(name) = item?.file_name().into_string() {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn open(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).open(self.folder.join(name))
    }

    fn create(&self, name: &str) -> io::Result<File> {
        let path = self.folder.join(name);
        OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.folder.join(name))
    }

    fn sync_dir(&self) -> io::Result<()> {
        sync_folder(&self.folder)
    }
}

impl DiskFile for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        std::os::unix::fs::FileExt::write_all_at(self, bytes, offset)
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        File::sync_data(self)
    }
}
