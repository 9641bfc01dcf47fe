//! Key files: one signing key each, readable by its owner only.
//!
//! ```text
//! jcm-key/1
//! <64 hexadecimal digits: the RFC 8032 seed>
//! ```
//!
//! The first line names the form, so that a form with a passphrase can follow
//! without a change to any caller.

use jcm_format::hash::{from_hex, to_hex};
use jcm_format::key::SecretKey;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "jcm-key/1";

/// First line, seed and two line feeds take 75 bytes; a little more is read so
/// that a longer file is noticed.
const BYTES_MAX: u64 = 128;

/// Reads and writes key files.
#[derive(Debug, Clone, Copy)]
pub struct KeyFile;

/// Why a key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// The operating system refused.
    #[error("the key file {path} cannot be {verb}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// "read" or "written".
        verb: &'static str,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is there already.
    #[error("the key file {0} exists already")]
    Exists(PathBuf),
    /// Others than the owner may read or change it.
    #[error("the key file {0} is open to others than its owner")]
    TooOpen(PathBuf),
    /// Not a key file of a known form.
    #[error("{0} is not a key file")]
    NotAKeyFile(PathBuf),
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

impl KeyFileError {
    /// What to do next.
    pub fn advice(&self) -> &'static str {
        match self {
            KeyFileError::Io { .. } => "Check the path and its permissions.",
            KeyFileError::Exists(_) => "Choose another name; a key is never overwritten.",
            KeyFileError::TooOpen(_) => {
                "Make it readable by its owner only (chmod 600). If others could read it, revoke the key and make a new one."
            }
            KeyFileError::NotAKeyFile(_) => "Give a file that `jcm key new` has made.",
            KeyFileError::NoRandomness => "Make the key on another computer.",
        }
    }
}

impl KeyFile {
    /// Makes a key and writes its file, which must not exist yet.
    pub fn create(path: &Path) -> Result<SecretKey, KeyFileError> {
        let mut seed = [0; SecretKey::SEED_LEN];
        getrandom::fill(&mut seed).map_err(|_| KeyFileError::NoRandomness)?;
        let key = SecretKey::from_seed(&seed);
        seed.fill(0);
        KeyFile::write(path, &key)?;
        Ok(key)
    }

    /// Writes the file of a key that was made elsewhere.
    pub fn write(path: &Path, key: &SecretKey) -> Result<(), KeyFileError> {
        let failed = |source| KeyFileError::Io { path: path.to_owned(), verb: "written", source };
        let mut file = create_private(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
            _ => failed(error),
        })?;
        let mut text = format!("{FIRST_LINE}\n{}\n", to_hex(&key.seed())).into_bytes();
        let written = file.write_all(&text).and_then(|()| file.sync_all());
        text.fill(0);
        written.map_err(failed)
    }

    /// Reads a key; refuses a file that others could have read.
    pub fn read(path: &Path) -> Result<SecretKey, KeyFileError> {
        let failed = |source| KeyFileError::Io { path: path.to_owned(), verb: "read", source };
        let file = File::open(path).map_err(failed)?;
        // The open file's own permissions: the name may change hands in between.
        if open_to_others(&file.metadata().map_err(failed)?) {
            return Err(KeyFileError::TooOpen(path.to_owned()));
        }
        let mut text = String::new();
        file.take(BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
        let seed = text.strip_prefix(FIRST_LINE).and_then(|rest| rest.strip_prefix('\n'));
        let seed = seed.and_then(|rest| rest.strip_suffix('\n'));
        let key = seed
            .and_then(|seed| from_hex::<{ SecretKey::SEED_LEN }>(seed).ok())
            .map(|seed| SecretKey::from_seed(&seed))
            .ok_or_else(|| KeyFileError::NotAKeyFile(path.to_owned()));
        let mut bytes = text.into_bytes();
        bytes.fill(0);
        key
    }
}

#[cfg(unix)]
fn create_private(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
pub(crate) fn open_to_others(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
pub(crate) fn open_to_others(_metadata: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("ours");
    }

    #[test]
    fn a_key_comes_back_and_is_never_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.key");
        let key = KeyFile::create(&path).expect("new");
        assert_eq!(KeyFile::read(&path).expect("ours").public_key(), key.public_key());
        assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o600);
        assert!(matches!(KeyFile::create(&path), Err(KeyFileError::Exists(_))));
        assert_eq!(KeyFile::read(&path).expect("ours").public_key(), key.public_key());
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.key");
        KeyFile::create(&path).expect("new");
        for open in [0o640, 0o604, 0o660, 0o610] {
            mode(&path, open);
            assert!(matches!(KeyFile::read(&path), Err(KeyFileError::TooOpen(_))), "{open:o}");
        }
        mode(&path, 0o400);
        assert!(KeyFile::read(&path).is_ok());
    }

    #[test]
    fn another_file_is_refused_without_showing_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let seed = "ab".repeat(32);
        for (i, text) in [
            String::new(),
            format!("jcm-key/2\n{seed}\n"),
            format!("jcm-key/1\n{seed}"),
            format!("jcm-key/1\n{seed}\n\n"),
            format!("jcm-key/1\n{}\n", seed.to_uppercase()),
        ]
        .iter()
        .enumerate()
        {
            let path = folder.path().join(i.to_string());
            std::fs::write(&path, text).expect("ours");
            mode(&path, 0o600);
            let error = KeyFile::read(&path).expect_err("not a key file");
            assert!(matches!(error, KeyFileError::NotAKeyFile(_)), "{i}");
            assert!(!error.to_string().contains("abab"));
        }
    }
}
