//! The log key: who has it can sign checkpoints in the registry's name. Its file
//! is encrypted, with the passphrase in another file, or unencrypted where the
//! configuration says so.

use crate::config::Config;
use jcm_format::key::SecretKey;
use jcm_keys::{KeyFile, Passphrase, PassphraseError, Protection};
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
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
    /// The folder for it cannot be made.
    #[error("cannot create the folder of the log key {}", path.display())]
    Folder {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Nobody said how a new one is to be kept.
    #[error(
        "there is no log key yet, and nothing says how to keep it: write log_key_passphrase_file = \"FILE\" in the configuration, or log_key_unencrypted = true for a registry that is thrown away"
    )]
    NoProtection,
    /// It is encrypted, and no passphrase is named.
    #[error("the log key {} is encrypted: name the file with its passphrase as log_key_passphrase_file in the configuration", path.display())]
    NoPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// It lies open, although a passphrase is named.
    #[error("the log key {} is not encrypted, and log_key_passphrase_file is set: encrypt it with `jcm key protect`", path.display())]
    NotEncrypted {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be used.
    #[error("{0}")]
    File(#[source] jcm_keys::KeyFileError),
    /// The passphrase cannot be had.
    #[error("{0} (log_key_passphrase_file in the configuration)")]
    Passphrase(#[source] PassphraseError),
}

/// The key, and whether its file is encrypted.
#[derive(Debug)]
pub(crate) struct LogKey {
    pub(crate) key: SecretKey,
    pub(crate) is_encrypted: bool,
}

/// Reads the key.
///
/// # Errors
///
/// When it is missing, readable by others, locked or not a key.
pub(crate) fn load(config: &Config) -> Result<LogKey, KeyFileError> {
    let path = config.log_key_path();
    // What the passphrase lacks is said in terms of the configuration.
    let mut locked = None;
    let read = KeyFile::read(&path, &mut |path| {
        let passphrase = match &config.log_key_passphrase_file {
            Some(file) => Passphrase::from_file(file).map_err(KeyFileError::Passphrase),
            None => Err(KeyFileError::NoPassphrase { path: path.to_owned() }),
        };
        passphrase.map_err(|error| {
            locked = Some(error);
            PassphraseError::NobodyToAsk
        })
    });
    let stored = match (read, locked) {
        (Ok(stored), _) => stored,
        (Err(_), Some(locked)) => return Err(locked),
        (Err(jcm_keys::KeyFileError::Io { source, .. }), None)
            if source.kind() == io::ErrorKind::NotFound =>
        {
            return Err(KeyFileError::Missing { path });
        }
        (Err(error), None) => return Err(KeyFileError::File(error)),
    };
    if !stored.is_encrypted && config.log_key_passphrase_file.is_some() {
        return Err(KeyFileError::NotEncrypted { path });
    }
    Ok(LogKey { key: stored.key, is_encrypted: stored.is_encrypted })
}

/// Reads the key, or makes one where the file does not exist.
///
/// # Errors
///
/// As for [`load`], and when the file cannot be made durable.
pub(crate) fn load_or_create(config: &Config) -> Result<LogKey, KeyFileError> {
    match load(config) {
        Err(KeyFileError::Missing { path }) => create(config, &path),
        other => other,
    }
}

/// The key is on disk, name included, before anything can be signed with it:
///
/// 1. the passphrase is read;
/// 2. the folder is made, for the owner alone;
/// 3. the file, new, for the owner alone, is written and synced;
/// 4. the folder is synced.
fn create(config: &Config, path: &Path) -> Result<LogKey, KeyFileError> {
    let passphrase = match &config.log_key_passphrase_file {
        Some(file) => Some(Passphrase::from_file(file).map_err(KeyFileError::Passphrase)?),
        None if config.log_key_unencrypted => None,
        None => return Err(KeyFileError::NoProtection),
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| KeyFileError::Folder { path: path.to_owned(), source })?;
    let protection = match &passphrase {
        Some(passphrase) => Protection::Passphrase(passphrase),
        None => Protection::Unencrypted,
    };
    let key = KeyFile::create(path, &protection).map_err(KeyFileError::File)?;
    Ok(LogKey { key, is_encrypted: passphrase.is_some() })
}

/// Whether the file is there, whatever is in it.
pub(crate) fn is_missing(error: &KeyFileError) -> bool {
    match error {
        KeyFileError::Missing { .. } => true,
        KeyFileError::Passphrase(PassphraseError::Read { source, .. }) => {
            source.kind() == io::ErrorKind::NotFound
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt as _;

    fn config(folder: &Path, more: &str) -> Config {
        let data = folder.join("data").display().to_string();
        Config::parse(&format!("data_dir = {data:?}\n{more}")).expect("a configuration")
    }

    fn passphrase(folder: &Path, text: &str) -> String {
        let path = folder.join(text.split(' ').next().expect("a word"));
        fs::write(&path, text).expect("own file");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("own file");
        format!("log_key_passphrase_file = {:?}", path.display().to_string())
    }

    #[test]
    fn a_key_is_made_once_encrypted_and_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = config(folder.path(), &passphrase(folder.path(), "right words for it"));
        assert!(matches!(load(&config), Err(KeyFileError::Missing { .. })));
        let made = load_or_create(&config).expect("made");
        assert!(made.is_encrypted);
        let text = fs::read_to_string(config.log_key_path()).expect("there");
        assert!(text.contains("BEGIN ENCRYPTED PRIVATE KEY"), "{text}");
        let read = load_or_create(&config).expect("read");
        assert!(read.is_encrypted);
        assert_eq!(made.key.public_key(), read.key.public_key());
    }

    #[test]
    fn a_key_lies_open_only_where_the_configuration_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let silent = config(folder.path(), "");
        let error = load_or_create(&silent).expect_err("nobody said how");
        assert!(matches!(error, KeyFileError::NoProtection), "{error}");
        assert!(!silent.log_key_path().exists());
        let open = config(folder.path(), "log_key_unencrypted = true");
        let made = load_or_create(&open).expect("made");
        assert!(!made.is_encrypted);
        // One of before is still read, and known for what it is.
        assert!(!load(&silent).expect("read").is_encrypted);
        let seed = jcm_format::hash::to_hex(&made.key.seed());
        fs::write(open.log_key_path(), format!("{seed}\n")).expect("own file");
        let read = load(&silent).expect("the form of before");
        assert_eq!(read.key.public_key(), made.key.public_key());
        // Who names a passphrase believes the key to be encrypted.
        let strict = config(folder.path(), &passphrase(folder.path(), "right words for it"));
        let error = load(&strict).expect_err("it is not");
        assert!(matches!(error, KeyFileError::NotEncrypted { .. }), "{error}");
    }

    #[test]
    fn each_failure_is_told_in_terms_of_the_configuration() {
        let folder = tempfile::tempdir().expect("a folder");
        let right = config(folder.path(), &passphrase(folder.path(), "right words for it"));
        load_or_create(&right).expect("made");
        let told = |more: &str| load(&config(folder.path(), more)).expect_err(more).to_string();
        let wrong = passphrase(folder.path(), "wrong words for it");
        assert!(told(&wrong).contains("the passphrase is wrong"), "{}", told(&wrong));
        assert!(told("").contains("name the file with its passphrase as log_key_passphrase_file"));
        let absent = "log_key_passphrase_file = \"/nonexistent/passphrase\"";
        let error = told(absent);
        assert!(error.starts_with("the passphrase file /nonexistent/passphrase"), "{error}");
        assert!(error.ends_with("(log_key_passphrase_file in the configuration)"), "{error}");
        let path = right.log_key_path();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).expect("own file");
        let error = load(&right).expect_err("open to others").to_string();
        assert!(error.contains("is open to others than its owner"), "{error}");
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("own file");
        fs::write(&path, "0123\n").expect("own file");
        assert!(load(&right).expect_err("no key").to_string().ends_with("is not a key file"));
        let short = passphrase(folder.path(), "short");
        fs::remove_file(&path).expect("own file");
        let error = load_or_create(&config(folder.path(), &short)).expect_err("too short");
        assert!(error.to_string().contains("fewer than 12 characters"), "{error}");
        assert!(!path.exists());
    }
}
