//! The private store: personal data that the log only commits to, and the salts.
//!
//! It is neither the log nor derived from it, hence has a backup of its own, and
//! it is the only place where something can be erased. What is erased here leaves
//! a commitment in the log that says nothing any more. Erasing removes the file;
//! what the medium keeps of it is the business of disk encryption.
//!
//! ```text
//! private/<64 hexadecimal digits of the commitment> = salt, 32 bytes | data
//! ```

#[cfg(test)]
mod tests;

use crate::log::{make_folder, sync_folder};
use jcm_format::commitment::{SALT_LEN, commit};
use jcm_format::hash::Digest;
use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Longest data: a form with a scanned page or two. 1 MiB.
pub const PRIVATE_BYTES_MAX: usize = 1024 * 1024;

/// Name of the folder in the data folder.
const FOLDER_NAME: &str = "private";

/// How names of files that are being written end.
const UNFINISHED_SUFFIX: &str = ".new";

/// The owner alone may read.
const FILE_MODE: u32 = 0o600;

/// The store. Only one may be open on a folder; the log's lock sees to that.
#[derive(Debug)]
pub struct PrivateStore {
    folder: PathBuf,
}

/// Data with the salt under which it was committed to. Its `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateData {
    /// The salt.
    pub salt: [u8; SALT_LEN],
    /// The data.
    pub data: Vec<u8>,
}

impl std::fmt::Debug for PrivateData {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PrivateData({} bytes)", self.data.len())
    }
}

/// Why data is not stored.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// It is too long.
    #[error("the data has more than {PRIVATE_BYTES_MAX} bytes")]
    TooLong,
    /// It is not what was committed to.
    #[error("the salt and the data are not those of the commitment {0}")]
    OtherCommitment(Digest),
    /// A file operation failed.
    #[error("the data cannot be written")]
    Io(#[source] io::Error),
}

/// Why data is not given back.
#[derive(Debug, thiserror::Error)]
pub enum GetError {
    /// The file is not what was committed to.
    #[error("the file of the commitment {0} is damaged")]
    Damaged(Digest),
    /// A file operation failed.
    #[error("the data cannot be read")]
    Io(#[source] io::Error),
}

impl PrivateStore {
    /// Opens the store in the data folder `dir`, or makes one, and removes what
    /// an interrupted write left.
    ///
    /// # Errors
    ///
    /// When a file operation fails.
    pub fn open(dir: &Path) -> io::Result<PrivateStore> {
        let folder = dir.join(FOLDER_NAME);
        make_folder(&folder)?;
        for item in std::fs::read_dir(&folder)? {
            let path = item?.path();
            let name = path.file_name().and_then(|name| name.to_str());
            let stem = name.and_then(|name| name.strip_suffix(UNFINISHED_SUFFIX));
            if stem.is_some_and(|stem| stem.parse::<Digest>().is_ok()) {
                // It may hold personal data that nobody knows of.
                std::fs::remove_file(&path)?;
            }
        }
        sync_folder(&folder)?;
        Ok(PrivateStore { folder })
    }

    /// Stores data under its commitment, durably. Storing it again does no harm,
    /// and mends a damaged file.
    ///
    /// Order of effects: write and sync a file under another name; give it its
    /// name; sync the folder. Under its name a file is always complete.
    ///
    /// # Errors
    ///
    /// When the data is too long or another one, or a file operation fails.
    pub fn put(
        &self,
        commitment: Digest,
        salt: &[u8; SALT_LEN],
        data: &[u8],
    ) -> Result<(), PutError> {
        if PRIVATE_BYTES_MAX < data.len() {
            return Err(PutError::TooLong);
        }
        if commit(salt, data) != commitment {
            return Err(PutError::OtherCommitment(commitment));
        }
        self.write(commitment, salt, data).map_err(PutError::Io)
    }

    fn write(&self, commitment: Digest, salt: &[u8], data: &[u8]) -> io::Result<()> {
        let path = self.path(commitment);
        let unfinished = self.folder.join(format!("{commitment}{UNFINISHED_SUFFIX}"));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(FILE_MODE);
        let mut file = options.open(&unfinished)?;
        file.write_all(&[salt, data].concat())?;
        file.sync_all()?;
        std::fs::rename(&unfinished, path)?;
        sync_folder(&self.folder)
    }

    /// The data of a commitment; `None` if it was never stored or was erased.
    ///
    /// # Errors
    ///
    /// When the file is damaged or cannot be read.
    pub fn get(&self, commitment: Digest) -> Result<Option<PrivateData>, GetError> {
        let file = match File::open(self.path(commitment)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(GetError::Io(error)),
        };
        let mut bytes = Vec::new();
        // One byte more than allowed shows that there are more.
        let limit = SALT_LEN + PRIVATE_BYTES_MAX + 1;
        file.take(limit as u64).read_to_end(&mut bytes).map_err(GetError::Io)?;
        let (salt, data) =
            bytes.split_first_chunk::<SALT_LEN>().ok_or(GetError::Damaged(commitment))?;
        if commit(salt, data) != commitment {
            return Err(GetError::Damaged(commitment));
        }
        Ok(Some(PrivateData { salt: *salt, data: data.to_vec() }))
    }

    /// Removes the data and the salt of a commitment, durably. Tells whether
    /// there was any.
    ///
    /// # Errors
    ///
    /// When a file operation fails; the data may then still be there.
    pub fn erase(&self, commitment: Digest) -> io::Result<bool> {
        let is_removed = match std::fs::remove_file(self.path(commitment)) {
            Ok(()) => true,
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        // Also when there was none: an earlier attempt may have failed here.
        sync_folder(&self.folder)?;
        Ok(is_removed)
    }

    /// The commitments of which the store has data. Other files are left alone.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn list(&self) -> io::Result<BTreeSet<Digest>> {
        let mut commitments = BTreeSet::new();
        for item in std::fs::read_dir(&self.folder)? {
            let name = item?.file_name();
            commitments.extend(name.to_str().and_then(|name| name.parse::<Digest>().ok()));
        }
        Ok(commitments)
    }

    fn path(&self, commitment: Digest) -> PathBuf {
        self.folder.join(commitment.to_string())
    }
}
