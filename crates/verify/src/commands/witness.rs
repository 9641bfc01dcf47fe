//! `jcm-verify witness`.

use super::{EXIT_NO_INPUT, EXIT_NO_OUTPUT, EXIT_USAGE, Failure};
use jcm_format::tlog::{POLICY_BYTES_MAX, Policy, PolicyError, VerifierKey};
use jcm_verify::{
    OpenedWitness, Passphrase, PassphraseError, Protection, RealDisk, Witness, WitnessError,
    create_witness, open_witness, serve_witness,
};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// The process must be started again.
const EXIT_SOFTWARE: u8 = 70;
/// An address cannot be had.
const EXIT_UNAVAILABLE: u8 = 69;
/// Another process uses the folder.
const EXIT_IN_USE: u8 = 75;
/// What is there is damaged.
const EXIT_DATA: u8 = 65;

/// Runs a witness: it sees that logs only grow, and cosigns what it saw.
///
/// First make one with --create NAME, which prints its key for others to configure. A
/// folder is one witness for ever: keep it, and never run a copy of it beside it. Its
/// key is encrypted with a passphrase from a file.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder with the witness's key and memory.
    #[arg(long, value_name = "FOLDER")]
    data: PathBuf,
    /// Make a witness of this name, print its key and end.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["listen", "logs", "policy"])]
    create: Option<String>,
    /// A file whose first line is the passphrase of the witness's key, 12 characters at
    /// least, readable by its owner alone.
    #[arg(long, value_name = "FILE", env = "JCM_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    /// Let the new key lie open in its file, for a witness that is thrown away.
    #[arg(
        long,
        requires = "create",
        conflicts_with_all = ["passphrase_file", "listen", "logs", "policy"]
    )]
    unencrypted: bool,
    /// Where to listen for logs; port 0 lets the system choose.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// The published key of a log to witness (vkey); may be given several times.
    #[arg(long = "log", value_name = "VKEY")]
    logs: Vec<VerifierKey>,
    /// A policy file (C2SP tlog-policy) with the logs to witness.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
}

/// Why it does not run.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} is not a policy", path.display())]
    Policy {
        path: PathBuf,
        #[source]
        source: PolicyError,
    },
    #[error("name the logs to witness, with --log VKEY or a policy that has log lines")]
    NoLogs,
    #[error(
        "nothing says how to keep the key: name a file with a passphrase, with --passphrase-file \
         or JCM_PASSPHRASE_FILE, or say --unencrypted for a witness that is thrown away"
    )]
    NoProtection,
    #[error("{0}. {advice}", advice = .0.advice())]
    Passphrase(PassphraseError),
    #[error("no witness")]
    Witness(#[source] WitnessError),
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("cannot serve")]
    Serve(#[source] io::Error),
    #[error("a write failed; start the witness again")]
    Poisoned,
}

/// Makes a witness or runs one.
pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    match run_or_fail(args) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            let code = match &error {
                Error::Read { .. } => EXIT_NO_INPUT,
                Error::Passphrase(PassphraseError::Read { .. }) => EXIT_NO_INPUT,
                Error::Policy { .. }
                | Error::NoLogs
                | Error::NoProtection
                | Error::Passphrase(_) => EXIT_USAGE,
                Error::Witness(error) => match error {
                    WitnessError::Missing(_) => EXIT_NO_INPUT,
                    WitnessError::InUse(_) => EXIT_IN_USE,
                    WitnessError::Damaged { .. } => EXIT_DATA,
                    WitnessError::KeyFile(_)
                    | WitnessError::NoPassphrase(_)
                    | WitnessError::NotEncrypted(_)
                    | WitnessError::Key(_)
                    | WitnessError::Name { .. }
                    | WitnessError::NotALogKey(_) => EXIT_USAGE,
                    WitnessError::Io { .. } | WitnessError::Exists(_) => EXIT_NO_OUTPUT,
                },
                Error::Listen { .. } => EXIT_UNAVAILABLE,
                Error::Serve(_) | Error::Poisoned => EXIT_SOFTWARE,
            };
            Err(Failure::with_code(&error, code))
        }
    }
}

fn run_or_fail(args: Args) -> Result<(), Error> {
    let passphrase = args.passphrase_file.as_deref().map(Passphrase::from_file).transpose();
    let passphrase = passphrase.map_err(Error::Passphrase)?;
    if let Some(name) = &args.create {
        let protection = match &passphrase {
            Some(passphrase) => Protection::Passphrase(passphrase),
            None if args.unencrypted => Protection::Unencrypted,
            None => return Err(Error::NoProtection),
        };
        let key = create_witness(&args.data, name, &protection).map_err(Error::Witness)?;
        // A reader that went away finds it in the folder.
        let _ = writeln!(io::stdout(), "{key}");
        return Ok(());
    }
    let mut logs = args.logs;
    if let Some(path) = &args.policy {
        logs.extend(read_policy(path)?.logs().iter().map(|log| log.key.clone()));
    }
    if logs.is_empty() {
        return Err(Error::NoLogs);
    }
    let opened = open_witness(&args.data, logs, passphrase.as_ref()).map_err(Error::Witness)?;
    let OpenedWitness { witness, lock: _lock, is_encrypted } = opened;
    if !is_encrypted {
        let _ = writeln!(
            io::stderr(),
            "warning: the key in {} is not encrypted: whoever copies it can cosign as this \
             witness (see `jcm key protect`)",
            args.data.display()
        );
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Error::Serve)?.block_on(serve(witness, args.listen))
}

async fn serve(witness: Witness<RealDisk>, address: SocketAddr) -> Result<(), Error> {
    let listening = tokio::net::TcpListener::bind(address).await;
    let listener = listening.map_err(|source| Error::Listen { address, source })?;
    let address = listener.local_addr().map_err(Error::Serve)?;
    let _ = writeln!(io::stdout(), "witness http={address} vkey={}", witness.key());
    serve_witness(Arc::new(witness), listener).await;
    Err(Error::Poisoned)
}

fn read_policy(path: &Path) -> Result<Policy, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let limit = u64::try_from(POLICY_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = String::new();
    File::open(path).map_err(failed)?.take(limit).read_to_string(&mut text).map_err(failed)?;
    text.parse().map_err(|source| Error::Policy { path: path.to_owned(), source })
}
