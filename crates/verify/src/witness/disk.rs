//! What a witness asks of a disk, one system call each, so that a test can cut the
//! power between any two of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// One folder of files.
pub trait Disk {
    /// The content of a file, at most `limit` bytes of it; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>>;

    /// Makes a file, or empties it, and writes. Nothing is durable yet.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()>;

    /// Makes the content of a file durable.
    ///
    /// # Errors
    ///
    /// When that is not known to have happened.
    fn sync(&self, name: &str) -> io::Result<()>;

    /// Gives a file the name of another, which is gone then. Not durable yet.
    ///
    /// # Errors
    ///
    /// When it cannot be done.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Makes the names durable.
    ///
    /// # Errors
    ///
    /// When that is not known to have happened.
    fn sync_names(&self) -> io::Result<()>;
}

/// A folder of the file system. What is made in it is its owner's alone.
#[derive(Debug)]
pub struct RealDisk {
    folder: PathBuf,
}

impl RealDisk {
    /// Uses a folder that is there.
    pub fn new(folder: &Path) -> RealDisk {
        RealDisk { folder: folder.to_owned() }
    }

    /// Makes a folder, and uses it.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn make(folder: &Path) -> io::Result<RealDisk> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        Ok(RealDisk::new(folder))
    }
}

impl Disk for RealDisk {
    fn read(&self, name: &str, limit: u64) -> io::Result<Option<Vec<u8>>> {
        let file = match File::open(self.folder.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut bytes = Vec::new();
        file.take(limit).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        options.open(self.folder.join(name))?.write_all(bytes)
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        File::open(self.folder.join(name))?.sync_all()
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}
