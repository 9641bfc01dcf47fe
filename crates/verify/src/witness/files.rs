//! The files of a witness: its key, and for each log the last checkpoint that it
//! cosigned.
//!
//! ```text
//! witness.key               PKCS#8 in PEM, encrypted as a rule; readable by its owner alone
//! witness.vkey              name and public key, as others configure them
//! <sha256 of origin>.log    the last checkpoint cosigned, with log's and own line
//! evidence-<n>              checkpoints that did not agree
//! ```

use super::disk::{Disk, RealDisk};
use super::{Identity, Witness};
use jcm_format::hash::Digest;
use jcm_format::tlog::{
    CheckpointError, Evidence, KeyType, NOTE_BYTES_MAX, Origin, TrustedCheckpoint, VerifierKey,
    VerifierKeyError,
};
use jcm_keys::{KeyFile, KeyFileError, Passphrase, PassphraseError, Protection};
use std::fs::{File, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

const KEY_FILE: &str = "witness.key";
const VKEY_FILE: &str = "witness.vkey";
const LOCK_FILE: &str = ".lock";
/// What is being written.
const UNFINISHED: &str = ".unfinished";

/// Longest file of a public key that is read: a name, a key.
const VKEY_BYTES_MAX: usize = 4 * 1024;

/// Evidence files kept; further contradictions add nothing, and a log must not be able
/// to fill the disk.
const EVIDENCE_MAX: usize = 64;

/// Why a witness cannot be made or run.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// A file cannot be read or written.
    #[error("cannot use {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// There is a witness in the folder.
    #[error("{} holds a witness already; nothing was changed", .0.display())]
    Exists(PathBuf),
    /// There is no witness in the folder.
    #[error("there is no witness in {}; make one with --create NAME", .0.display())]
    Missing(PathBuf),
    /// Another process uses the folder.
    #[error("another process uses {}", .0.display())]
    InUse(PathBuf),
    /// The key's file cannot be written or used.
    #[error("{0}. {advice}", advice = .0.advice())]
    KeyFile(KeyFileError),
    /// It is encrypted, and no passphrase was given.
    #[error(
        "{} is encrypted: name the file with its passphrase, with --passphrase-file or JCM_PASSPHRASE_FILE", .0.display()
    )]
    NoPassphrase(PathBuf),
    /// It lies open, although a passphrase was given: nobody is to believe it encrypted.
    #[error("{} is not encrypted, and a passphrase file is named: encrypt it with `jcm key protect`", .0.display())]
    NotEncrypted(PathBuf),
    /// The key files do not belong together.
    #[error("{} does not hold the key that it should", .0.display())]
    Key(PathBuf),
    /// The name cannot be a witness's.
    #[error("{name} cannot be the name of a witness")]
    Name {
        /// The name.
        name: String,
        /// Why not.
        #[source]
        source: VerifierKeyError,
    },
    /// A log's key given is not one that signs checkpoints, or its name is no origin.
    #[error("{0} is not the key of a log")]
    NotALogKey(String),
    /// What was remembered of a log is damaged. It must not be forgotten: the witness
    /// would cosign another history.
    #[error(
        "{file} is damaged: restore it from a copy, or make a new witness with a new key; a witness that forgot must not go on"
    )]
    Damaged {
        /// The file.
        file: String,
        /// Why it is not believed, where it is a checkpoint.
        #[source]
        source: Option<CheckpointError>,
    },
}

/// The name by which a log goes in files and addresses.
pub(super) fn name_of(origin: &Origin) -> String {
    Digest::of(&[origin.as_ref().as_bytes()]).to_string()
}

/// What a witness remembers, on a disk.
pub(crate) struct Store<D> {
    disk: D,
}

impl<D: Disk> Store<D> {
    pub(super) fn new(disk: D) -> Store<D> {
        Store { disk }
    }

    /// The last checkpoint of a log that was cosigned.
    pub(super) fn load(
        &self,
        log_key: &VerifierKey,
    ) -> Result<Option<TrustedCheckpoint>, WitnessError> {
        let not_a_key = || WitnessError::NotALogKey(log_key.to_string());
        if log_key.kind() != KeyType::Ed25519 {
            return Err(not_a_key());
        }
        let origin: Origin = log_key.name().parse().map_err(|_| not_a_key())?;
        let file = format!("{}.log", name_of(&origin));
        let limit = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
        let read = self.disk.read(&file, limit);
        let read = read.map_err(|source| WitnessError::Io { path: (&file).into(), source })?;
        let Some(bytes) = read else { return Ok(None) };
        let damaged = |source| WitnessError::Damaged { file: file.clone(), source };
        let note = String::from_utf8(bytes).map_err(|_| damaged(None))?;
        let opened = TrustedCheckpoint::open(&note, log_key);
        opened.map(Some).map_err(|error| damaged(Some(error)))
    }

    /// Replaces what is remembered of a log; durable when it returns.
    pub(super) fn put(&self, checkpoint: &TrustedCheckpoint) -> io::Result<()> {
        let file = format!("{}.log", name_of(&checkpoint.checkpoint().origin));
        self.disk.write(UNFINISHED, checkpoint.note_text().as_bytes())?;
        self.disk.sync(UNFINISHED)?;
        self.disk.rename(UNFINISHED, &file)?;
        self.disk.sync_names()
    }

    /// Keeps evidence for people to look at, as far as there is room.
    pub(super) fn keep_evidence(&self, evidence: &Evidence) {
        let text = evidence.to_string();
        for number in 0..EVIDENCE_MAX {
            let name = format!("evidence-{number:02}");
            match self.disk.read(&name, u64::MAX) {
                Ok(None) => {
                    let write = || {
                        self.disk.write(&name, text.as_bytes())?;
                        self.disk.sync(&name)?;
                        self.disk.sync_names()
                    };
                    let _ = write();
                    return;
                }
                Ok(Some(there)) if there == text.as_bytes() => return,
                Ok(Some(_)) | Err(_) => {}
            }
        }
    }
}

/// A witness that was opened.
pub struct OpenedWitness {
    /// The witness.
    pub witness: Witness<RealDisk>,
    /// Holds the lock on the folder for as long as it is kept.
    pub lock: File,
    /// Whether its key is encrypted in its file.
    pub is_encrypted: bool,
}

/// Makes a witness with a new key in a folder that has none. Apart from running, so that
/// a witness that was started on the wrong folder never begins anew under its own name.
///
/// # Errors
///
/// When there is one, the name or the passphrase will not do, or a file cannot be written.
pub fn create_witness(
    folder: &Path,
    name: &str,
    protection: &Protection<'_>,
) -> Result<VerifierKey, WitnessError> {
    let failed = |source| WitnessError::Io { path: folder.to_owned(), source };
    let secret = KeyFile::new_key().map_err(WitnessError::KeyFile)?;
    let key = VerifierKey::new(name, KeyType::Cosignature, &secret.public_key())
        .map_err(|source| WitnessError::Name { name: name.to_owned(), source })?;
    if let Protection::Passphrase(passphrase) = protection {
        let strong = passphrase.expect_strong().map_err(KeyFileError::Passphrase);
        strong.map_err(WitnessError::KeyFile)?;
    }
    let disk = RealDisk::make(folder).map_err(failed)?;
    let _lock = lock(folder)?;
    for file in [KEY_FILE, VKEY_FILE] {
        if disk.read(file, 1).map_err(failed)?.is_some() {
            return Err(WitnessError::Exists(folder.to_owned()));
        }
    }
    KeyFile::write(&folder.join(KEY_FILE), &secret, protection).map_err(WitnessError::KeyFile)?;
    let write = || {
        disk.write(VKEY_FILE, format!("{key}\n").as_bytes())?;
        disk.sync(VKEY_FILE)?;
        disk.sync_names()
    };
    write().map_err(failed)?;
    Ok(key)
}

/// Opens the witness in a folder, for these logs.
///
/// # Errors
///
/// When there is none, its key or its memory will not do, or another process has it.
pub fn open_witness(
    folder: &Path,
    logs: Vec<VerifierKey>,
    passphrase: Option<&Passphrase>,
) -> Result<OpenedWitness, WitnessError> {
    if !folder.join(KEY_FILE).is_file() {
        return Err(WitnessError::Missing(folder.to_owned()));
    }
    let lock = lock(folder)?;
    let (identity, is_encrypted) = identity(folder, passphrase)?;
    let witness = Witness::new(identity, logs, Store::new(RealDisk::new(folder)))?;
    Ok(OpenedWitness { witness, lock, is_encrypted })
}

/// The keys, and whether the secret one is encrypted.
fn identity(
    folder: &Path,
    passphrase: Option<&Passphrase>,
) -> Result<(Identity, bool), WitnessError> {
    let path = folder.join(KEY_FILE);
    let read =
        KeyFile::read(&path, &mut |_| passphrase.cloned().ok_or(PassphraseError::NobodyToAsk));
    let stored = read.map_err(|error| match error {
        KeyFileError::Locked { path, .. } => WitnessError::NoPassphrase(path),
        error => WitnessError::KeyFile(error),
    })?;
    if !stored.is_encrypted && passphrase.is_some() {
        return Err(WitnessError::NotEncrypted(path));
    }
    let path = folder.join(VKEY_FILE);
    let failed = |source| WitnessError::Io { path: path.clone(), source };
    let limit = u64::try_from(VKEY_BYTES_MAX).unwrap_or(u64::MAX);
    let mut text = String::new();
    let file = File::open(&path).map_err(failed)?;
    file.take(limit).read_to_string(&mut text).map_err(failed)?;
    let key: Result<VerifierKey, _> = text.trim_end().parse();
    let key = key.ok().filter(|key| {
        key.kind() == KeyType::Cosignature && key.public_key() == stored.key.public_key()
    });
    let key = key.ok_or(WitnessError::Key(path))?;
    Ok((Identity { key, secret: stored.key }, stored.is_encrypted))
}

fn lock(folder: &Path) -> Result<File, WitnessError> {
    let path = folder.join(LOCK_FILE);
    let mut options = File::options();
    options.create(true).truncate(false).write(true);
    let file = options.open(&path).map_err(|source| WitnessError::Io { path, source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(WitnessError::InUse(folder.to_owned())),
        Err(TryLockError::Error(source)) => {
            Err(WitnessError::Io { path: folder.to_owned(), source })
        }
    }
}
