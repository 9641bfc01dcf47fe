//! The home folder: the trust store, pending commands and receipts of one registry.
//!
//! ```text
//! trust/log.trust                the log's key and the last checkpoint believed
//! trust/evidence/                checkpoints that contradict each other
//! trust/unproven/                checkpoints that the registry did not prove to agree
//! pending/<command id>.json      signed, sent or about to be
//! receipts/<command id>.tlog-proof  checked
//! receipts/<command id>.unchecked   offered, and not believed
//! notices/<account>.position     how far the notices to an account were followed
//! private/<command id>.json      personal data and salts behind a recorded commitment
//! ```

use crate::failure::Failure;
use jcm_format::id::{AccountNumber, CommandId};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The folder that `--home` or JCM_HOME names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home(PathBuf);

impl Home {
    /// The folder given, or `.jcm` in the user's own.
    pub fn choose(given: Option<PathBuf>, user: Option<PathBuf>) -> Result<Home, Failure> {
        given.or_else(|| user.map(|user| user.join(".jcm"))).map(Home).ok_or_else(|| {
            Failure::usage("there is no home folder", "Name one with --home or JCM_HOME.")
        })
    }

    /// The trust store.
    pub fn trust(&self) -> PathBuf {
        self.0.join("trust").join("log.trust")
    }

    /// A command that is sent or about to be.
    pub fn pending(&self, id: CommandId) -> PathBuf {
        self.0.join("pending").join(format!("{id}.json"))
    }

    /// A receipt that was checked.
    pub fn receipt(&self, id: CommandId) -> PathBuf {
        self.0.join("receipts").join(format!("{id}.tlog-proof"))
    }

    /// A receipt that was offered and is not believed (yet).
    pub fn offered_receipt(&self, id: CommandId) -> PathBuf {
        self.0.join("receipts").join(format!("{id}.unchecked"))
    }

    /// How far the notices to an account were followed.
    pub fn notices(&self, account: AccountNumber) -> PathBuf {
        self.0.join("notices").join(format!("{account}.position"))
    }

    /// The command file of a recorded command with personal data.
    pub fn private(&self, id: CommandId) -> PathBuf {
        self.private_copies().join(format!("{id}.json"))
    }

    /// Where those lie.
    pub fn private_copies(&self) -> PathBuf {
        self.0.join("private")
    }
}

/// Writes a file that only its owner can read: beside it first, synced, then
/// renamed, so that it is there whole or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let write = || -> std::io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            private_folder(folder)?;
        }
        let beside = path.with_extension(format!("{}.tmp", std::process::id()));
        let mut file = private_file(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        folder.map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    };
    write().map_err(Failure::writing(path))
}

#[cfg(unix)]
fn private_file(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn private_file(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

#[cfg(unix)]
fn private_folder(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private_folder(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_given_comes_before_the_user_s_own() {
        let (given, user) = (PathBuf::from("/given"), PathBuf::from("/user"));
        let home = |given, user| Home::choose(given, user).map(|home| home.0);
        assert_eq!(home(Some(given.clone()), Some(user.clone())).ok(), Some(given));
        assert_eq!(home(None, Some(user)).ok(), Some(PathBuf::from("/user/.jcm")));
        assert!(home(None, None).is_err());
    }

    #[test]
    #[cfg(unix)]
    fn what_is_kept_is_the_owner_s_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home(folder.path().join("home"));
        let path = home.pending(CommandId::from_bytes([7; 16]));
        write_private(&path, b"one").expect("writable");
        write_private(&path, b"two").expect("replaced");
        assert_eq!(std::fs::read(&path).expect("there"), b"two");
        assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o600);
    }
}
