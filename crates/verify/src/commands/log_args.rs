//! Which log, and what is known of it beforehand.

use super::{Failure, files, progress};
use jcm_format::hash::Digest;
use jcm_format::tlog::VerifierKey;
use jcm_verify::{Access, Options, Seen, Source};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

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
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Believe exactly the authority in this file (PEM) for an https:// address
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// A file with the token that the node asks auditors for
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
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
        let authority_pem = self.ca.as_deref().map(files::text).transpose()?;
        let token = self.token_file.as_deref().map(files::text).transpose()?;
        Ok(Access {
            authority_pem: authority_pem.map(String::into_bytes),
            token: token.map(|token| token.trim().to_owned()),
        })
    }
}
