//! Why the program ends, and with which exit code.

use crate::audit::AuditError;
use crate::config::ConfigError;
use crate::keyfile::KeyFileError;
use crate::tls::TlsError;
use crate::witness::{ReleasesError, WitnessesError};
use crate::writer::WriterError;
use jcm_format::envelope::EnvelopeError;
use jcm_format::hash::Digest;
use jcm_ledger::index::IndexError;
use jcm_ledger::log::LogError;
use jcm_ledger::{CreateError, OpenError};
use jcm_report::{FoldError, ReportError};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a node cannot be made, started or run on.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration cannot be followed.
    #[error("wrong configuration")]
    Config(#[source] ConfigError),
    /// There is no usable log key.
    #[error("no log key")]
    Key(#[source] KeyFileError),
    /// The files that TLS needs cannot be used.
    #[error("no TLS")]
    Tls(#[source] TlsError),
    /// The witnesses that are configured cannot be asked.
    #[error("no witnesses")]
    Witnesses(#[source] WitnessesError),
    /// The file of what was released cannot be used.
    #[error("what was released under which checkpoint is not known")]
    Releases(#[source] ReleasesError),
    /// There is no registry in the data folder.
    #[error("there is no registry in {}; create it with `registry-node init --config FILE --genesis FILE`", data_dir.display())]
    NoRegistry {
        /// The data folder.
        data_dir: PathBuf,
    },
    /// There is a registry in the data folder already.
    #[error("{} holds a registry already; nothing was changed", data_dir.display())]
    RegistryExists {
        /// The data folder.
        data_dir: PathBuf,
    },
    /// The file with the genesis command cannot be read.
    #[error("cannot read the genesis file {}", path.display())]
    GenesisFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The genesis file holds something else.
    #[error("the genesis file does not hold a signed command; make it with `jcm genesis`")]
    GenesisForm,
    /// The genesis command is not properly signed or formed.
    #[error("the genesis command is refused")]
    GenesisEnvelope(#[source] EnvelopeError),
    /// The registry cannot be created.
    #[error("the registry cannot be created")]
    Create(#[source] CreateError),
    /// The log cannot be opened.
    #[error("the log cannot be opened")]
    Log(#[source] LogError),
    /// The registry cannot be opened.
    #[error("the registry cannot be opened")]
    Open(#[source] OpenError),
    /// The private data cannot be opened.
    #[error("the private data cannot be opened")]
    Private(#[source] io::Error),
    /// The files that say who read whose data cannot be used.
    #[error("the audit of reads cannot be used")]
    Audit(#[source] AuditError),
    /// The index cannot be made, or the log not be read for it.
    #[error("the index cannot be opened")]
    Index(#[source] IndexError),
    /// An address cannot be had.
    #[error("cannot listen on {address} ({key} in the configuration)")]
    Listen {
        /// The key of the configuration.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Something cannot be created.
    #[error("cannot create {}", path.display())]
    Folder {
        /// What.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A folder that is to be made exists, or an interrupted attempt at it.
    #[error("{} exists; nothing was written. Name a new folder, or remove what an interrupted attempt left", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// A file or folder that was named cannot be read.
    #[error("cannot read {}", path.display())]
    Input {
        /// What.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A folder could neither be completed nor removed.
    #[error("{} is unfinished and could not be removed; remove it", path.display())]
    Unfinished {
        /// The unfinished folder.
        path: PathBuf,
        /// Why it could not be completed.
        #[source]
        source: Box<Failure>,
    },
    /// The folder of a backup holds no private data.
    #[error("found nothing to restore in {}: no file there is named as private data is", path.display())]
    NothingToRestore {
        /// The folder.
        path: PathBuf,
    },
    /// Files of private data are not what was committed to.
    #[error(
        "damaged private data, not copied (restore it from a backup, or erase it): {}",
        listed(commitments)
    )]
    PrivateDamaged {
        /// Their names.
        commitments: Vec<Digest>,
    },
    /// What is to be imported is not a log that can be believed.
    #[error("{} cannot be imported: {what}; nothing was written", path.display())]
    Import {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The data folder is not new.
    #[error("{} exists; nothing was written. An import needs a data folder with nothing but the log key in it", path.display())]
    NotNew {
        /// What is in the way.
        path: PathBuf,
    },
    /// An entry of the log cannot be read.
    #[error("entry {entry} of the log cannot be read")]
    Unreadable {
        /// The entry, or the first of its frame.
        entry: u64,
    },
    /// The entries do not add up to reports.
    #[error("the entries do not add up to reports")]
    Fold(#[source] FoldError),
    /// A report cannot be written.
    #[error("a report cannot be written")]
    Report(#[source] ReportError),
    /// The writer ended by itself.
    #[error("the writer stopped")]
    Writer(#[source] WriterError),
    /// The process cannot do what it must.
    #[error("cannot {action}")]
    System {
        /// What was tried.
        action: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Wrong usage or configuration.
pub const EXIT_USAGE: u8 = 64;
/// Damaged data.
pub const EXIT_DATA: u8 = 65;
/// A file that is needed is missing.
pub const EXIT_NO_INPUT: u8 = 66;
/// An address cannot be had.
pub const EXIT_UNAVAILABLE: u8 = 69;
/// Stopped after a failed write.
pub const EXIT_SOFTWARE: u8 = 70;
/// Something cannot be created, or exists already.
pub const EXIT_CANNOT_CREATE: u8 = 73;
/// Another process uses the data folder.
pub const EXIT_IN_USE: u8 = 75;

impl Failure {
    /// The exit code, as `docs/operating/config.md` lists them.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Config(ConfigError::Read { .. }) => EXIT_NO_INPUT,
            Failure::Config(ConfigError::Parse(_) | ConfigError::Value { .. }) => EXIT_USAGE,
            Failure::Key(error) => match error {
                KeyFileError::Missing { .. } => EXIT_NO_INPUT,
                KeyFileError::Exposed { .. } | KeyFileError::Malformed { .. } => EXIT_USAGE,
                KeyFileError::Io { .. } | KeyFileError::Random => EXIT_CANNOT_CREATE,
            },
            Failure::Tls(TlsError::Read { .. }) => EXIT_NO_INPUT,
            Failure::Tls(_) => EXIT_USAGE,
            Failure::Witnesses(WitnessesError::Read { .. }) => EXIT_NO_INPUT,
            Failure::Witnesses(_) => EXIT_USAGE,
            Failure::Releases(error) => match error {
                ReleasesError::Io { .. } => EXIT_CANNOT_CREATE,
                ReleasesError::Damaged { .. }
                | ReleasesError::Behind { .. }
                | ReleasesError::OtherHistory { .. }
                | ReleasesError::TooLong => EXIT_DATA,
            },
            Failure::NoRegistry { .. } | Failure::GenesisFile { .. } => EXIT_NO_INPUT,
            Failure::GenesisForm | Failure::GenesisEnvelope(_) => EXIT_USAGE,
            Failure::RegistryExists { .. } | Failure::Folder { .. } => EXIT_CANNOT_CREATE,
            Failure::Create(error) => match error {
                CreateError::NotEmpty => EXIT_CANNOT_CREATE,
                CreateError::Rejected(_) | CreateError::WrongLogKey => EXIT_USAGE,
                CreateError::Log(error) => log_exit_code(error),
                CreateError::Commit(_) => EXIT_SOFTWARE,
            },
            Failure::Log(error) => log_exit_code(error),
            Failure::Open(error) => match error {
                OpenError::Empty => EXIT_NO_INPUT,
                OpenError::Log(error) => log_exit_code(error),
                OpenError::WrongLogKey => EXIT_USAGE,
                OpenError::Entry { .. }
                | OpenError::Chain { .. }
                | OpenError::Command { .. }
                | OpenError::Checkpoint(_)
                | OpenError::Root
                | OpenError::NotConserved => EXIT_DATA,
            },
            Failure::Private(_) | Failure::Exists { .. } | Failure::NotNew { .. } => {
                EXIT_CANNOT_CREATE
            }
            Failure::Unfinished { source, .. } => source.exit_code(),
            Failure::Input { .. } | Failure::NothingToRestore { .. } => EXIT_NO_INPUT,
            Failure::PrivateDamaged { .. }
            | Failure::Unreadable { .. }
            | Failure::Import { .. }
            | Failure::Fold(_) => EXIT_DATA,
            Failure::Audit(AuditError::Io { .. }) => EXIT_CANNOT_CREATE,
            Failure::Audit(AuditError::Broken { .. }) => EXIT_DATA,
            Failure::Report(_) => EXIT_SOFTWARE,
            Failure::Index(error) => index_exit_code(error),
            Failure::Listen { .. } => EXIT_UNAVAILABLE,
            Failure::Writer(_) | Failure::System { .. } => EXIT_SOFTWARE,
        }
    }
}

fn listed(commitments: &[Digest]) -> String {
    commitments.iter().map(Digest::to_string).collect::<Vec<_>>().join(", ")
}

fn index_exit_code(error: &IndexError) -> u8 {
    match error {
        IndexError::Log(error) => log_exit_code(error),
        IndexError::Entry(_) => EXIT_DATA,
        IndexError::InUse { .. } => EXIT_IN_USE,
        IndexError::Sled(_)
        | IndexError::Panicked
        | IndexError::Damaged
        | IndexError::OtherLog
        | IndexError::NotNext(_)
        | IndexError::Folder { .. } => EXIT_CANNOT_CREATE,
    }
}

fn log_exit_code(error: &LogError) -> u8 {
    match error {
        LogError::InUse { .. } => EXIT_IN_USE,
        LogError::Damaged { .. } => EXIT_DATA,
        LogError::Io { .. } => EXIT_CANNOT_CREATE,
        LogError::Poisoned | LogError::BeyondEnd { .. } => EXIT_SOFTWARE,
    }
}
