//! Files that only their owner may read.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use zeroize::Zeroizing;

/// Why a secret file was not read.
pub(crate) enum ReadError {
    Io(io::Error),
    TooOpen,
    TooLong,
}

/// Reads a whole file of at most `bytes_max` bytes. `others` are the bits of
/// the mode that may not be set.
pub(crate) fn read(
    path: &Path,
    bytes_max: usize,
    others: u32,
) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let file = File::open(path).map_err(ReadError::Io)?;
    // The open file's own permissions: the name may change hands in between.
    if mode(&file.metadata().map_err(ReadError::Io)?) & others != 0 {
        return Err(ReadError::TooOpen);
    }
    // One byte more shows that a file is too long. With room for all of it the
    // buffer never moves, and leaves no copy behind.
    let limit = bytes_max + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(limit + 1));
    file.take(limit as u64).read_to_end(&mut bytes).map_err(ReadError::Io)?;
    if bytes_max < bytes.len() { Err(ReadError::TooLong) } else { Ok(bytes) }
}

/// Writes a new file, for its owner alone; it is on disk, name included, when
/// this returns.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Bits of a mode that let others than the owner in.
pub(crate) const OTHERS: u32 = 0o077;

/// Whether others than its owner may read or change a file.
pub fn open_to_others(metadata: &std::fs::Metadata) -> bool {
    mode(metadata) & OTHERS != 0
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn mode(metadata: &std::fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode()
}

#[cfg(not(unix))]
fn mode(_metadata: &std::fs::Metadata) -> u32 {
    0
}
