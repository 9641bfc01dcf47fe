//! Making a data folder, its key, and the registry in it. Apart from running,
//! so that a node started on the wrong folder never makes a new registry.

use crate::clock;
use crate::config::Config;
use crate::failure::Failure;
use crate::keyfile;
use jcm_api::pb;
use jcm_format::envelope::SignedCommand;
use jcm_format::hash::Digest;
use jcm_format::key::PublicKey;
use jcm_ledger::log::{OrderedLog as _, SegmentLog, SegmentOptions};
use jcm_ledger::{CreateError, Ledger};
use prost::Message as _;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The key that signs checkpoints: what the genesis command must name.
    pub log_key: PublicKey,
    /// Whether its file is encrypted.
    pub is_encrypted: bool,
}

/// A registry that was created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its origin.
    pub origin: String,
    /// Leaf hash of entry 0: the registry's fingerprint.
    pub genesis: Digest,
    /// The key that signs checkpoints.
    pub log_key: PublicKey,
}

/// Makes the data folder and, where there is none, the log key. Makes no key for a
/// registry that has lost its own.
///
/// # Errors
///
/// When either cannot be made or the key is not usable.
pub fn prepare(config: &Config) -> Result<Prepared, Failure> {
    let folder = &config.data_dir;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|source| Failure::Folder { path: folder.clone(), source })?;
    let key = if has_segments(config)? {
        // There is a registry: its key is to be restored, not replaced.
        keyfile::load(config)
    } else {
        keyfile::load_or_create(config)
    };
    let key = key.map_err(Failure::Key)?;
    Ok(Prepared { log_key: key.key.public_key(), is_encrypted: key.is_encrypted })
}

fn has_segments(config: &Config) -> Result<bool, Failure> {
    let path = config.log_dir();
    let files = match std::fs::read_dir(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(source) => return Err(Failure::Folder { path, source }),
        Ok(files) => files,
    };
    for file in files {
        let file = file.map_err(|source| Failure::Folder { path: path.clone(), source })?;
        if Path::new(&file.file_name()).extension().is_some_and(|extension| extension == "seg") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads a genesis file, which holds a `SignedCommand` message.
///
/// # Errors
///
/// When it cannot be read.
pub fn read_genesis(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|source| Failure::GenesisFile { path: path.to_owned(), source })
}

/// Creates the registry from a signed genesis command. Changes nothing where
/// there is one. The order of effects:
///
/// 1. the folder and the key, as by [`prepare`];
/// 2. the genesis command is verified, parsed and decided;
/// 3. it is recorded, durably, as entry 0.
///
/// # Errors
///
/// When there is a registry already, or the command is refused.
pub fn create(config: &Config, genesis: &[u8]) -> Result<Created, Failure> {
    prepare(config)?;
    let wire = pb::SignedCommand::decode(genesis).map_err(|_| Failure::GenesisForm)?;
    let signed = SignedCommand::try_from(wire).map_err(Failure::GenesisEnvelope)?;
    let command = signed.verify(|key| key.admit()).map_err(Failure::GenesisEnvelope)?;
    let key = keyfile::load(config).map_err(Failure::Key)?.key;
    let mut log = open_log(config)?;
    if log.fence().map_err(Failure::Log)?.head.size != 0 {
        return Err(Failure::RegistryExists { data_dir: config.data_dir.clone() });
    }
    let log_key = key.public_key();
    let mut opened =
        Ledger::create(log, key, command, clock::now()).map_err(|error| match error {
            CreateError::NotEmpty => Failure::RegistryExists { data_dir: config.data_dir.clone() },
            error => Failure::Create(error),
        })?;
    opened.ledger.log_mut().seal().map_err(Failure::Log)?;
    let state = opened.view.state();
    let origin = state.origin().map_or_else(String::new, ToString::to_string);
    Ok(Created { origin, genesis: state.head(), log_key })
}

/// Opens the log in the data folder. Holds the lock on it.
pub(crate) fn open_log(config: &Config) -> Result<SegmentLog, Failure> {
    let options = SegmentOptions { segment_bytes: config.segment_bytes };
    SegmentLog::open(&config.data_dir, options).map_err(Failure::Log)
}
