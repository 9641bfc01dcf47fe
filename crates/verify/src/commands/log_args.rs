//! Which log, and what is known of it beforehand.

#[cfg(feature = "http")]
use super::EXIT_NO_INPUT;
use super::{Failure, files, progress};
use jcm_format::hash::Digest;
use jcm_format::tlog::VerifierKey;
#[cfg(feature = "http")]
use jcm_keys::{KeyName, Passphrase, PassphraseError};
#[cfg(feature = "http")]
use jcm_verify::Caller;
use jcm_verify::{Access, Options, Seen, Source};
#[cfg(feature = "http")]
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// How a node is reached, and as whom.
#[derive(Debug, clap::Args)]
pub(crate) struct Reach {
    /// Believe exactly the authority in this file (PEM) for an https:// address
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Your key, as an auditor, for the entries of a node: its file, or agent: and its fingerprint or
    /// comment in the ssh-agent. Needs --log-key, which names the registry that you trust
    #[cfg(feature = "http")]
    #[arg(long, value_name = "KEY", requires = "log_key")]
    pub(crate) key: Option<KeyName>,
    /// File whose first line is the passphrase of the key file
    #[cfg(feature = "http")]
    #[arg(long, value_name = "FILE", env = "JCM_PASSPHRASE_FILE", hide_env_values = true)]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// A file with the bearer token that a server in front of the node asks for
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

/// What is known of the log, and how it is read.
#[derive(Debug, clap::Args)]
pub(crate) struct LogArgs {
    /// The published key that the log must be signed with (vkey)
    #[arg(long, value_name = "VKEY")]
    pub(crate) log_key: Option<VerifierKey>,
    /// The published leaf hash of entry 0
    #[arg(long, value_name = "HASH")]
    pub(crate) genesis: Option<Digest>,
    /// A checkpoint, receipt or proof that somebody else was given: it must be of this same log.
    /// May be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) seen: Vec<PathBuf>,
    /// Worker threads; as many as there are cores if absent
    #[arg(long, value_name = "N", value_parser = threads)]
    pub(crate) threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub(crate) reach: Reach,
}

impl LogArgs {
    /// The options that these arguments amount to.
    pub(crate) fn options(&self, quiet: bool) -> Result<Options, Failure> {
        let full = Options::full();
        let seen = self.seen.iter().map(|path| {
            let note = files::text(path)?;
            Ok(Seen { from: path.display().to_string(), note })
        });
        Ok(Options {
            threads: self.threads.unwrap_or(full.threads),
            log_key: self.log_key.clone(),
            genesis: self.genesis,
            seen: seen.collect::<Result<_, Failure>>()?,
            progress: (!quiet).then(progress::teller),
            ..full
        })
    }

    /// Opens the log.
    pub(crate) fn open(&self, path: &Path) -> Result<Source, Failure> {
        Source::open(path, &self.access()?).map_err(|error| Failure::reading(&error))
    }

    /// How a node is reached.
    pub(crate) fn access(&self) -> Result<Access, Failure> {
        self.reach.access(self.log_key.as_ref())
    }

    /// Whether the node is told who asks.
    pub(crate) fn is_anonymous(&self) -> bool {
        self.reach.is_anonymous()
    }
}

impl Reach {
    /// How the node of the registry that the log key names is reached.
    pub(crate) fn access(&self, log_key: Option<&VerifierKey>) -> Result<Access, Failure> {
        #[cfg(not(feature = "http"))]
        let _ = log_key;
        let authority_pem = self.ca.as_deref().map(files::text).transpose()?;
        let token = self.token_file.as_deref().map(files::text).transpose()?;
        Ok(Access {
            authority_pem: authority_pem.map(String::into_bytes),
            #[cfg(feature = "http")]
            caller: self.caller(log_key)?,
            token: token.map(|token| token.trim().to_owned()),
        })
    }

    /// Whether the node is told who asks.
    pub(crate) fn is_anonymous(&self) -> bool {
        #[cfg(feature = "http")]
        if self.key.is_some() {
            return false;
        }
        self.token_file.is_none()
    }

    /// Whoever has the key, at the registry that the log key names.
    #[cfg(feature = "http")]
    fn caller(&self, log_key: Option<&VerifierKey>) -> Result<Option<Caller>, Failure> {
        let (Some(name), Some(log_key)) = (&self.key, log_key) else { return Ok(None) };
        let registry = log_key.name().parse();
        let registry = registry.map_err(|error| Failure::usage(format!("--log-key: {error}")))?;
        let unlocked = |_: &Path| match &self.passphrase_file {
            Some(file) => Passphrase::from_file(file),
            None => Err(PassphraseError::NobodyToAsk),
        };
        let opened = name.open(&mut { unlocked }).map_err(|error| Failure {
            text: format!("{error}. {}", error.advice()),
            code: EXIT_NO_INPUT,
        })?;
        if let Some(path) = &opened.unencrypted {
            let path = path.display();
            // Whoever reads the verdict should see this as well, and nothing else changes.
            let _ = writeln!(
                std::io::stderr(),
                "jcm-verify: warning: {path} is not encrypted: whoever copies it can read as its owner"
            );
        }
        Ok(Some(Caller::new(registry, opened.signer)))
    }
}

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| format!("{text} is not a whole number from 1, such as 2"))
}
