//! The index's folder, and what becomes of one that is damaged.

use super::IndexError;
use std::io;
use std::path::{Path, PathBuf};

/// Name of the index's folder in the data folder.
pub(super) const FOLDER_NAME: &str = "index";

/// Damaged folders that are kept for an investigation; then they are removed.
const ASIDE_MAX: u32 = 3;

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
