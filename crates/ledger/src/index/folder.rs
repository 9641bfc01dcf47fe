//! The index's folder: whose it is, and what becomes of one that is damaged.

use super::IndexError;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the index's folder in the data folder.
pub(super) const FOLDER_NAME: &str = "index";

/// Damaged folders that are kept for an investigation; then they are removed.
const ASIDE_MAX: u32 = 3;

/// sled's threads may hold its lock for a moment after the database was dropped.
/// 500 * 10 ms = 5 s, on a machine that is busy.
const LOCK_ATTEMPTS_MAX: u32 = 500;

/// Time between two of them.
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// Waits until nobody has the database open. One that is in use is not damaged,
/// and must not be moved away under its owner.
// Waits for another's lock; nothing that the rules see depends on how long.
#[allow(clippy::disallowed_methods)]
pub(super) fn wait_until_free(dir: &Path) -> Result<(), IndexError> {
    let folder = dir.join(FOLDER_NAME);
    // The file that sled 0.34 locks.
    let Ok(file) = File::open(folder.join("db")) else {
        return Ok(());
    };
    for _ in 0..LOCK_ATTEMPTS_MAX {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(source)) => return Err(folder_error("lock", &folder)(source)),
        }
    }
    Err(IndexError::InUse { folder })
}

/// Moves the index's folder to `index.damaged-N`; removes it when there are
/// enough of those. Nothing to do when there is none.
pub(super) fn move_aside(dir: &Path) -> Result<Option<PathBuf>, IndexError> {
    let folder = dir.join(FOLDER_NAME);
    if !folder.exists() {
        return Ok(None);
    }
    for number in 1..=ASIDE_MAX {
        let aside = dir.join(format!("{FOLDER_NAME}.damaged-{number}"));
        if !aside.exists() {
            std::fs::rename(&folder, &aside).map_err(folder_error("move", &folder))?;
            return Ok(Some(aside));
        }
    }
    let removed = if folder.is_dir() {
        std::fs::remove_dir_all(&folder)
    } else {
        std::fs::remove_file(&folder)
    };
    removed.map_err(folder_error("remove", &folder))?;
    Ok(None)
}

/// The error of an operation on a folder.
pub(super) fn folder_error(
    action: &'static str,
    folder: &Path,
) -> impl FnOnce(io::Error) -> IndexError {
    let folder = folder.to_owned();
    move |source| IndexError::Folder { action, folder, source }
}
