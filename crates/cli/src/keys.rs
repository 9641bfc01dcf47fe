//! The keys that a command line names, and the passphrases that open them.
//!
//! A passphrase comes from a file (`--passphrase-file`, `JCM_PASSPHRASE_FILE`) or
//! is typed without being shown; it is never an argument, which every user of the
//! computer could read.

use crate::failure::Failure;
use crate::tell;
use jcm_client::{KeyName, Passphrase, PassphraseError, Signer};
use jcm_format::key::PublicKey;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Opens keys, each of them once: who asks with a key and then signs with it types its
/// passphrase once.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    passphrase_files: Vec<PathBuf>,
    opened: Arc<Mutex<Vec<Opened>>>,
}

impl Keyring {
    /// One file for every key file, or one for each of them in their order.
    pub fn new(passphrase_files: Vec<PathBuf>) -> Keyring {
        Keyring { passphrase_files, opened: Arc::default() }
    }

    /// Opens every key named; says which of them lie open in their files.
    pub fn open(&self, names: &[KeyName]) -> Result<Vec<Arc<dyn Signer>>, Failure> {
        let in_files = names.iter().filter(|name| name.file().is_some()).count();
        let given = self.passphrase_files.len();
        if 1 < given && given != in_files {
            return Err(Failure::usage(
                format!("there are {given} passphrase files for {in_files} key files"),
                "Give one for all of them, or one for each in the same order.",
            ));
        }
        let mut files = self.passphrase_files.iter();
        names
            .iter()
            .map(|name| {
                let file = match (name.file(), given) {
                    (None, _) | (_, 0) => None,
                    (_, 1) => self.passphrase_files.first(),
                    _ => files.next(),
                };
                self.once(name, file.map(PathBuf::as_path))
            })
            .collect()
    }

    /// Opens one key that stands alone.
    pub fn open_one(&self, name: &KeyName) -> Result<Arc<dyn Signer>, Failure> {
        self.open(std::slice::from_ref(name)).map(|mut keys| keys.remove(0))
    }

    /// Opens the first of several keys, the others of which are opened later.
    pub fn open_first(&self, name: &KeyName) -> Result<Arc<dyn Signer>, Failure> {
        self.once(name, self.passphrase_files.first().map(PathBuf::as_path))
    }

    fn once(&self, name: &KeyName, file: Option<&Path>) -> Result<Arc<dyn Signer>, Failure> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, key)) = opened.iter().find(|(of, _)| of == name) {
            return Ok(Arc::clone(key));
        }
        let key = open(name, file)?;
        opened.push((name.clone(), Arc::clone(&key)));
        Ok(key)
    }

    /// The passphrase for the key file `path`, from where it is kept.
    pub fn passphrase(&self, path: &Path) -> Result<Passphrase, PassphraseError> {
        passphrase(path, self.passphrase_files.first().map(PathBuf::as_path))
    }

    /// A passphrase for a key file that is to be made; typed twice.
    pub fn new_passphrase(&self, path: &Path) -> Result<Passphrase, Failure> {
        let chosen = match self.passphrase_files.first() {
            Some(file) => Passphrase::from_file(file)?,
            None => {
                let first = ask(&format!("New passphrase of {}: ", path.display()))?;
                // Before it is typed a second time.
                first.expect_strong()?;
                if ask("The same again: ")? != first {
                    return Err(PassphraseError::Differ.into());
                }
                first
            }
        };
        chosen.expect_strong()?;
        Ok(chosen)
    }
}

type Opened = (KeyName, Arc<dyn Signer>);

/// The public halves of keys.
pub fn public(keys: &[Arc<dyn Signer>]) -> Vec<PublicKey> {
    keys.iter().map(|key| key.public_key()).collect()
}

/// Says that a key lies open in its file.
pub fn warn_unencrypted(path: &Path) {
    tell!(
        "warning: {} is not encrypted: whoever copies it can act as its owner (see `jcm key protect`)",
        path.display()
    );
}

fn open(name: &KeyName, file: Option<&Path>) -> Result<Arc<dyn Signer>, Failure> {
    let opened = name.open(&mut |path| passphrase(path, file))?;
    if let Some(path) = &opened.unencrypted {
        warn_unencrypted(path);
    }
    Ok(opened.signer)
}

fn passphrase(path: &Path, file: Option<&Path>) -> Result<Passphrase, PassphraseError> {
    match file {
        Some(file) => Passphrase::from_file(file),
        None => ask(&format!("Passphrase of {}: ", path.display())),
    }
}

fn ask(question: &str) -> Result<Passphrase, PassphraseError> {
    // As for confirmation: a program that feeds standard input is not asked.
    if !std::io::stdin().is_terminal() {
        return Err(PassphraseError::NobodyToAsk);
    }
    rpassword::prompt_password(question).map(Passphrase::new).map_err(PassphraseError::Terminal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_client::{KeyFile, Protection};

    #[test]
    fn passphrase_files_are_one_for_all_or_one_for_each() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        for (key, secret) in [("a", "passphrase of a"), ("b", "passphrase of b")] {
            let passphrase = Passphrase::new(secret);
            KeyFile::create(&path(key), &Protection::Passphrase(&passphrase)).expect("new");
            std::fs::write(path(secret), secret).expect("ours");
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::Permissions::from_mode(0o600);
            std::fs::set_permissions(path(secret), mode).expect("ours");
        }
        let names = ["a", "b"].map(|name| KeyName::File(path(name)));
        let open = |files: &[&str], names: &[KeyName]| {
            Keyring::new(files.iter().map(|file| path(file)).collect())
                .open(names)
                .map(|keys| keys.len())
                .map_err(|failure| failure.to_string())
        };
        assert_eq!(open(&["passphrase of a", "passphrase of b"], &names), Ok(2));
        let swapped = open(&["passphrase of b", "passphrase of a"], &names);
        assert!(swapped.expect_err("swapped").contains("the passphrase is wrong"));
        let one = open(&["passphrase of a"], &names).expect_err("of a alone");
        assert!(one.starts_with(&path("b").display().to_string()), "{one}");
        assert_eq!(open(&["passphrase of a"], &names[..1]), Ok(1));
        let three = ["passphrase of a"; 3];
        let error = open(&three, &names).expect_err("too many");
        assert_eq!(error, "there are 3 passphrase files for 2 key files");
    }
}
