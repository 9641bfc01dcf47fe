//! The files of a trust store: each whole or as it was, and never two writers at once.

use super::TrustError;
use jcm_format::tlog::TrustedCheckpoint;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// What a checkpoint's file is called.
pub(super) fn name(checkpoint: &TrustedCheckpoint) -> String {
    let head = checkpoint.checkpoint();
    let root = head.root.to_string();
    format!("{}-{}", head.size, root.get(..16).unwrap_or(&root))
}

pub(super) fn keep(folder: &Path, name: &str, content: &str) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let path = folder.join(name);
    write_atomically(&path, content.as_bytes())?;
    Ok(path)
}

/// Held while the file is compared and replaced; dropping it lets go.
pub(super) fn lock(file: &Path) -> Result<File, TrustError> {
    let path = file.with_extension("lock");
    let failed = |source| TrustError::Io { path: path.clone(), verb: "written", source };
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let lock =
        OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    lock.lock().map_err(failed)?;
    Ok(lock)
}

/// Writes beside the file, syncs, and renames: a reader sees the old or the new.
pub(super) fn write_atomically(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = file.with_extension(format!("{}.tmp", std::process::id()));
    let mut temporary = File::create(&beside)?;
    temporary.write_all(bytes)?;
    temporary.sync_all()?;
    std::fs::rename(&beside, file)?;
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
