//! Key files: one signing key each, readable by its owner only.

use crate::container::{Container, Damage, Protection, TEXT_BYTES_MAX, text_of};
use crate::passphrase::{Passphrase, PassphraseError};
use crate::secret_file::{self, OTHERS, ReadError};
use jcm_format::key::SecretKey;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Reads and writes key files.
#[derive(Debug, Clone, Copy)]
pub struct KeyFile;

/// A key that was read from a file.
#[derive(Debug)]
pub struct StoredKey {
    /// The key.
    pub key: SecretKey,
    /// Whether the file is encrypted.
    pub is_encrypted: bool,
}

/// Gives the passphrase of the key file named; asked for encrypted files only.
pub type Unlock<'a> = dyn FnMut(&Path) -> Result<Passphrase, PassphraseError> + 'a;

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
    /// It holds no key that can be used.
    #[error("{path} {damage}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        damage: Damage,
    },
    /// There is no passphrase for it.
    #[error("the key file {path} stays locked: {source}")]
    Locked {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: PassphraseError,
    },
    /// The passphrase will not do for a new file.
    #[error("no key was made: {0}")]
    Passphrase(#[source] PassphraseError),
    /// It cannot be brought into the form of a file.
    #[error("the key cannot be written as PKCS#8: {0}")]
    Encoding(#[source] pkcs8::Error),
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
            KeyFileError::Unusable { damage, .. } => damage.advice(),
            KeyFileError::Locked { source, .. } | KeyFileError::Passphrase(source) => {
                source.advice()
            }
            KeyFileError::Encoding(_) => "Make the key anew.",
            KeyFileError::NoRandomness => "Make the key on another computer.",
        }
    }
}

impl Damage {
    fn advice(&self) -> &'static str {
        match self {
            Damage::NotAKeyFile => "Give a file that `jcm key new` has made.",
            Damage::Damaged | Damage::OtherKey => {
                "Take the key from its backup; without one, revoke it and make a new one."
            }
            Damage::PublicKey => "Give the file of the private key.",
            Damage::OpenSsh => {
                "Load it with ssh-add, and name it as agent:COMMENT in place of the file."
            }
            Damage::OtherAlgorithm(_) => "Make an Ed25519 key: jcm key new FILE.",
            Damage::OtherEncryption(_) | Damage::TooCostly => {
                "Encrypt it anew: openssl pkcs8 -topk8 -in FILE -scrypt -out NEW."
            }
            Damage::WrongPassphrase => {
                "Try again. If the passphrase is certainly right, take the file from its backup."
            }
        }
    }
}

impl KeyFile {
    /// Makes a key and writes its file, which must not exist yet.
    ///
    /// # Errors
    ///
    /// When the passphrase is too short or the file cannot be written.
    pub fn create(path: &Path, protection: &Protection<'_>) -> Result<SecretKey, KeyFileError> {
        let key = KeyFile::new_key()?;
        KeyFile::write(path, &key, protection)?;
        Ok(key)
    }

    /// A key that nobody has, in no file yet.
    ///
    /// # Errors
    ///
    /// When the system gives no random bytes.
    pub fn new_key() -> Result<SecretKey, KeyFileError> {
        let mut seed = Zeroizing::new([0; SecretKey::SEED_LEN]);
        getrandom::fill(&mut *seed).map_err(|_| KeyFileError::NoRandomness)?;
        Ok(SecretKey::from_seed(&seed))
    }

    /// Writes the file of a key that was made elsewhere.
    ///
    /// # Errors
    ///
    /// As for [`KeyFile::create`].
    pub fn write(
        path: &Path,
        key: &SecretKey,
        protection: &Protection<'_>,
    ) -> Result<(), KeyFileError> {
        if let Protection::Passphrase(passphrase) = protection {
            passphrase.expect_strong().map_err(KeyFileError::Passphrase)?;
        }
        let mut random = [0; 32];
        getrandom::fill(&mut random).map_err(|_| KeyFileError::NoRandomness)?;
        let text = text_of(key, protection, &random).map_err(KeyFileError::Encoding)?;
        secret_file::write_new(path, text.as_bytes()).map_err(|error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => KeyFileError::Exists(path.to_owned()),
            _ => KeyFileError::Io { path: path.to_owned(), verb: "written", source: error },
        })
    }

    /// Reads a key; refuses a file that others could have read. `unlock` is asked
    /// for the passphrase if the file is encrypted.
    ///
    /// # Errors
    ///
    /// When it cannot be read or opened, or is not a key that can be used.
    pub fn read(path: &Path, unlock: &mut Unlock<'_>) -> Result<StoredKey, KeyFileError> {
        let unusable = |damage| KeyFileError::Unusable { path: path.to_owned(), damage };
        let text =
            secret_file::read(path, TEXT_BYTES_MAX, OTHERS).map_err(|error| match error {
                ReadError::Io(source) => {
                    KeyFileError::Io { path: path.to_owned(), verb: "read", source }
                }
                ReadError::TooOpen => KeyFileError::TooOpen(path.to_owned()),
                ReadError::TooLong => unusable(Damage::NotAKeyFile),
            })?;
        match Container::parse(&text).map_err(unusable)? {
            Container::Plain(key) => Ok(StoredKey { key, is_encrypted: false }),
            Container::Sealed(sealed) => {
                let passphrase = unlock(path)
                    .map_err(|source| KeyFileError::Locked { path: path.to_owned(), source })?;
                let key = sealed.open(&passphrase).map_err(unusable)?;
                Ok(StoredKey { key, is_encrypted: true })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn mode(path: &Path, mode: u32) {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("ours");
    }

    fn read(path: &Path) -> Result<StoredKey, KeyFileError> {
        KeyFile::read(path, &mut |_| Ok(Passphrase::new("correct horse battery")))
    }

    #[test]
    fn a_key_comes_back_and_is_never_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let passphrase = Passphrase::new("correct horse battery");
        for (name, protection) in
            [("a", Protection::Passphrase(&passphrase)), ("b", Protection::Unencrypted)]
        {
            let path = folder.path().join(name);
            let key = KeyFile::create(&path, &protection).expect("new");
            let stored = read(&path).expect("ours");
            assert_eq!(stored.key.public_key(), key.public_key());
            assert_eq!(stored.is_encrypted, matches!(protection, Protection::Passphrase(_)));
            assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o600);
            let again = KeyFile::create(&path, &protection).expect_err("there is one");
            assert!(matches!(again, KeyFileError::Exists(_)), "{again}");
            assert_eq!(read(&path).expect("ours").key.public_key(), key.public_key());
        }
    }

    #[test]
    fn nothing_of_an_encrypted_key_is_in_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let passphrase = Passphrase::new("correct horse battery");
        let key = SecretKey::from_seed(&[0x5a; 32]);
        let path = folder.path().join("a.key");
        KeyFile::write(&path, &key, &Protection::Passphrase(&passphrase)).expect("new");
        let text = std::fs::read_to_string(&path).expect("text");
        // Hexadecimal, and base64 at each of its three phases.
        for trace in ["5a5a5a", "WlpaWlpa", "paWlpaWl", "laWlpaWl"] {
            assert!(!text.to_lowercase().contains(&trace.to_lowercase()), "{trace}");
        }
        KeyFile::write(&folder.path().join("b.key"), &key, &Protection::Unencrypted).expect("new");
        let plain = std::fs::read_to_string(folder.path().join("b.key")).expect("text");
        assert!(plain.contains("WlpaWlpa"), "the search finds what is there: {plain}");
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.key");
        KeyFile::create(&path, &Protection::Unencrypted).expect("new");
        for open in [0o640, 0o604, 0o660, 0o610] {
            mode(&path, open);
            assert!(matches!(read(&path), Err(KeyFileError::TooOpen(_))), "{open:o}");
        }
        mode(&path, 0o400);
        assert!(read(&path).is_ok());
    }

    #[test]
    fn each_failure_says_what_is_wrong_and_what_to_do() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.key");
        let good = Passphrase::new("correct horse battery");
        let short = Passphrase::new("too short");
        let error = KeyFile::create(&path, &Protection::Passphrase(&short)).expect_err("short");
        assert!(matches!(error, KeyFileError::Passphrase(PassphraseError::TooShort)), "{error}");
        assert!(!path.exists(), "nothing is left behind");
        KeyFile::create(&path, &Protection::Passphrase(&good)).expect("new");
        let wrong = KeyFile::read(&path, &mut |_| Ok(Passphrase::new("another")));
        let error = wrong.expect_err("wrong");
        let expected = "cannot be opened: the passphrase is wrong, or the file is damaged";
        assert_eq!(error.to_string(), format!("{} {expected}", path.display()));
        let nobody = KeyFile::read(&path, &mut |_| Err(PassphraseError::NobodyToAsk));
        let error = nobody.expect_err("locked");
        assert!(matches!(error, KeyFileError::Locked { .. }), "{error}");
        assert!(error.advice().contains("--passphrase-file"));
        for (name, text, part) in [
            ("long", "a".repeat(TEXT_BYTES_MAX + 1), "is not a key file"),
            ("empty", String::new(), "is not a key file"),
            ("ssh", "-----BEGIN OPENSSH PRIVATE KEY-----\n".into(), "in the form of OpenSSH"),
        ] {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("ours");
            mode(&path, 0o600);
            let error = read(&path).expect_err("no key");
            assert!(error.to_string().contains(part) && !error.advice().is_empty(), "{error}");
        }
        let nowhere = read(&folder.path().join("none")).expect_err("absent");
        assert!(matches!(nowhere, KeyFileError::Io { verb: "read", .. }), "{nowhere}");
        let taken = folder.path().join("none/a.key");
        let error = KeyFile::create(&taken, &Protection::Unencrypted).expect_err("no folder");
        assert!(matches!(error, KeyFileError::Io { verb: "written", .. }), "{error}");
    }
}
