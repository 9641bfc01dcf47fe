//! Passphrases: held as bytes that are wiped, and read from files.

use crate::secret_file::{self, OTHERS, ReadError};
use std::fmt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Fewest characters of a passphrase that a key is newly encrypted with. Who
/// has the file can guess without end; see the ADR for the arithmetic.
pub const PASSPHRASE_CHARS_MIN: usize = 12;

/// Most bytes of a passphrase: OpenSSL takes no more.
pub const PASSPHRASE_BYTES_MAX: usize = 1_023;

/// The folder in which systemd puts what `LoadCredential=` names, for the
/// unit's user alone. A file there has an access list, which shows as a bit
/// for the group.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// A passphrase. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<Vec<u8>>);

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
pub enum PassphraseError {
    /// The file cannot be read.
    #[error("the passphrase file {path} cannot be read: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others than the owner may read or change it.
    #[error("the passphrase file {0} is open to others than its owner")]
    TooOpen(PathBuf),
    /// There is nothing in it, or in its first line.
    #[error("the passphrase file {0} has no passphrase in its first line")]
    Empty(PathBuf),
    /// There is more in it than a passphrase.
    #[error(
        "the passphrase file {0} is longer than a passphrase may be ({PASSPHRASE_BYTES_MAX} bytes)"
    )]
    TooLong(PathBuf),
    /// Too short for a key that is newly encrypted.
    #[error("the passphrase has fewer than {PASSPHRASE_CHARS_MIN} characters")]
    TooShort,
    /// What was typed the second time is not what was typed first.
    #[error("the two passphrases differ")]
    Differ,
    /// There is nobody to ask.
    #[error("a passphrase is needed, and there is no terminal to ask for it")]
    NobodyToAsk,
    /// The terminal failed.
    #[error("the passphrase cannot be asked for: {0}")]
    Terminal(#[source] std::io::Error),
}

impl PassphraseError {
    /// What to do next.
    pub fn advice(&self) -> &'static str {
        match self {
            PassphraseError::Read { .. } => "Check the path and its permissions.",
            PassphraseError::TooOpen(_) => {
                "Make it readable by its owner only (chmod 600). If others could read it and the key file, revoke the key and make a new one."
            }
            PassphraseError::Empty(_) | PassphraseError::TooLong(_) => {
                "Give a file whose first line is the passphrase."
            }
            PassphraseError::TooShort => {
                "Take a longer one, such as six words drawn by lot: who gets hold of the file can try passphrases without end."
            }
            PassphraseError::Differ => "Try again; nothing was written.",
            PassphraseError::NobodyToAsk => {
                "Put the passphrase in a file that you alone can read, and name it with --passphrase-file or JCM_PASSPHRASE_FILE."
            }
            PassphraseError::Terminal(_) => "Name a file with --passphrase-file.",
        }
    }
}

impl Passphrase {
    /// Takes over a passphrase, byte for byte.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Passphrase {
        Passphrase(Zeroizing::new(bytes.into()))
    }

    /// The first line of a file, without its end: what `openssl … -passin
    /// file:FILE` takes too.
    ///
    /// # Errors
    ///
    /// When it cannot be read, others can read it, or there is nothing in it.
    pub fn from_file(path: &Path) -> Result<Passphrase, PassphraseError> {
        let credentials = std::env::var_os(CREDENTIALS).map(PathBuf::from);
        Passphrase::from_file_in(path, credentials.as_deref())
    }

    fn from_file_in(
        path: &Path,
        credentials: Option<&Path>,
    ) -> Result<Passphrase, PassphraseError> {
        const GROUP_READS: u32 = 0o040;
        let others = match credentials {
            Some(folder) if path.starts_with(folder) => OTHERS & !GROUP_READS,
            _ => OTHERS,
        };
        // Two bytes more for the end of the line.
        let text = secret_file::read(path, PASSPHRASE_BYTES_MAX + 2, others).map_err(|error| {
            let path = path.to_owned();
            match error {
                ReadError::Io(source) => PassphraseError::Read { path, source },
                ReadError::TooOpen => PassphraseError::TooOpen(path),
                ReadError::TooLong => PassphraseError::TooLong(path),
            }
        })?;
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line.len() {
            0 => Err(PassphraseError::Empty(path.to_owned())),
            len if PASSPHRASE_BYTES_MAX < len => Err(PassphraseError::TooLong(path.to_owned())),
            _ => Ok(Passphrase::new(line)),
        }
    }

    /// Whether it will do for a key that is newly encrypted.
    ///
    /// # Errors
    ///
    /// When it is too short.
    pub fn expect_strong(&self) -> Result<(), PassphraseError> {
        let chars = String::from_utf8_lossy(&self.0).chars().count();
        if chars < PASSPHRASE_CHARS_MIN { Err(PassphraseError::TooShort) } else { Ok(()) }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn file(folder: &Path, bytes: &[u8], mode: u32) -> PathBuf {
        let path = folder.join("passphrase");
        std::fs::write(&path, bytes).expect("ours");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("ours");
        path
    }

    #[test]
    fn the_first_line_of_a_file_is_the_passphrase() {
        let folder = tempfile::tempdir().expect("a folder");
        for text in ["six words", "six words\n", "six words\r\n", "six words\nand a remark\n"] {
            let path = file(folder.path(), text.as_bytes(), 0o600);
            assert_eq!(Passphrase::from_file(&path).expect("one"), Passphrase::new("six words"));
        }
        let longest = vec![b'x'; PASSPHRASE_BYTES_MAX];
        let path = file(folder.path(), &longest, 0o400);
        assert_eq!(Passphrase::from_file(&path).expect("one"), Passphrase::new(longest));
    }

    #[test]
    fn a_file_without_a_passphrase_or_open_to_others_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        for text in ["", "\n", "\r\n", "\nsix words"] {
            let path = file(folder.path(), text.as_bytes(), 0o600);
            let error = Passphrase::from_file(&path).expect_err("none");
            assert!(matches!(error, PassphraseError::Empty(_)), "{text:?}: {error}");
        }
        for len in [PASSPHRASE_BYTES_MAX + 1, 1 << 20] {
            let path = file(folder.path(), &vec![b'x'; len], 0o600);
            let error = Passphrase::from_file(&path).expect_err("too long");
            assert!(matches!(error, PassphraseError::TooLong(_)), "{error}");
        }
        for mode in [0o640, 0o604, 0o620, 0o610] {
            let path = file(folder.path(), b"six words", mode);
            let error = Passphrase::from_file(&path).expect_err("open");
            assert!(matches!(error, PassphraseError::TooOpen(_)), "{mode:o}: {error}");
        }
        let nowhere = folder.path().join("none");
        let error = Passphrase::from_file(&nowhere).expect_err("absent");
        assert!(matches!(error, PassphraseError::Read { .. }), "{error}");
    }

    /// An access list for the unit's user shows as a bit for the group.
    #[test]
    fn what_systemd_hands_over_may_show_a_group_and_nothing_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = Some(folder.path());
        assert!(Passphrase::from_file_in(&file(folder.path(), b"x", 0o440), here).is_ok());
        for mode in [0o460, 0o444, 0o442] {
            assert!(Passphrase::from_file_in(&file(folder.path(), b"x", mode), here).is_err());
        }
        let elsewhere = Some(Path::new("/run/credentials/other.service"));
        assert!(Passphrase::from_file_in(&file(folder.path(), b"x", 0o440), elsewhere).is_err());
    }

    #[test]
    fn a_short_passphrase_is_not_taken_for_a_new_key_and_none_is_shown() {
        assert!(Passphrase::new("elf letters").expect_strong().is_err());
        assert!(Passphrase::new("twelve chars").expect_strong().is_ok());
        // Characters, not bytes.
        assert!(Passphrase::new("四文字だけ").expect_strong().is_err());
        assert!(!format!("{:?}", Passphrase::new("secret")).contains("secret"));
    }
}
