//! The names of the audit files: `00000001.jsonl` and so on, each the next.

use super::AuditError;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

const SUFFIX: &str = ".jsonl";
const DIGITS: usize = 8;

/// Makes the file of a number.
pub(super) fn create(folder: &Path, number: u64) -> io::Result<File> {
    let path = folder.join(format!("{number:0DIGITS$}{SUFFIX}"));
    let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
    sync_folder(folder)?;
    Ok(file)
}

/// What was made or removed in a folder is so after a loss of power as well.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// The files of a folder by number, ascending. What has another name is not looked at.
pub(super) fn names(folder: &Path) -> Result<Vec<(u64, PathBuf)>, AuditError> {
    let failed = |source| AuditError::Io { path: folder.to_owned(), source };
    let mut known = Vec::new();
    for item in std::fs::read_dir(folder).map_err(failed)? {
        let item = item.map_err(failed)?;
        let name = item.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
        let number = number.filter(|digits| digits.len() == DIGITS);
        if let Some(number) = number.and_then(|digits| digits.parse().ok()) {
            known.push((number, item.path()));
        }
    }
    known.sort();
    Ok(known)
}
