//! The file with the log key: one line, the 32-byte RFC 8032 seed in
//! hexadecimal. Whoever has it can sign checkpoints in the registry's name.

use jcm_format::hash::{from_hex, to_hex};
use jcm_format::key::SecretKey;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Why there is no log key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The file is not there.
    #[error("the log key {} is missing; restore it (`registry-node init` makes one only where there is no registry)", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// An operation on the file failed.
    #[error("cannot {action} the log key {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Others can read it.
    #[error("the log key {} can be read by others; run `chmod 600` on it", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// It is not 64 hexadecimal digits.
    #[error("the log key {} is not one line of 64 lowercase hexadecimal digits", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes for a key")]
    Random,
}

/// Reads the key.
///
/// # Errors
///
/// When it is missing, readable by others or not a key.
pub(crate) fn load(path: &Path) -> Result<SecretKey, KeyFileError> {
    let io_error = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing { path: path.to_owned() },
        _ => KeyFileError::Io { action: "read", path: path.to_owned(), source },
    };
    let mode = std::fs::metadata(path).map_err(io_error)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Exposed { path: path.to_owned() });
    }
    let text = std::fs::read_to_string(path).map_err(io_error)?;
    let seed = from_hex(text.trim_end_matches('\n'))
        .map_err(|_| KeyFileError::Malformed { path: path.to_owned() })?;
    Ok(SecretKey::from_seed(&seed))
}

/// Reads the key, or makes one where the file does not exist.
///
/// # Errors
///
/// As for [`load`], and when the file cannot be made durable.
pub(crate) fn load_or_create(path: &Path) -> Result<SecretKey, KeyFileError> {
    match load(path) {
        Err(KeyFileError::Missing { .. }) => create(path),
        other => other,
    }
}

/// The key is on disk, name included, before anything can be signed with it:
///
/// 1. the folder, for the owner alone;
/// 2. the file, new, for the owner alone, written and synced;
/// 3. the folder, synced.
fn create(path: &Path) -> Result<SecretKey, KeyFileError> {
    let mut seed = [0; SecretKey::SEED_LEN];
    getrandom::fill(&mut seed).map_err(|_| KeyFileError::Random)?;
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{}", to_hex(&seed))?;
        file.sync_all()?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|source| KeyFileError::Io {
        action: "create",
        path: path.to_owned(),
        source,
    })?;
    Ok(SecretKey::from_seed(&seed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};

    #[test]
    fn a_key_is_made_once_and_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys/log.key");
        assert!(matches!(load(&path), Err(KeyFileError::Missing { .. })));
        let made = load_or_create(&path).expect("made");
        let read = load_or_create(&path).expect("read");
        assert_eq!(made.public_key(), read.public_key());
    }

    #[test]
    fn a_key_that_others_can_read_or_that_is_none_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.key");
        load_or_create(&path).expect("made");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("own file");
        assert!(matches!(load(&path), Err(KeyFileError::Exposed { .. })));
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("own file");
        fs::write(&path, "0123\n").expect("own file");
        assert!(matches!(load(&path), Err(KeyFileError::Malformed { .. })));
    }
}
