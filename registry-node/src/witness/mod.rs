//! Witnesses: nothing is told to the public before others have seen that the log only
//! grew, or before it is on record that they have not (`docs/adr/0021-tiles-and-witnesses.md`).

mod asking;
mod http;
mod releaser;
mod releases;
mod round;

pub(crate) use asking::ask_all;
pub use releaser::ReleaseError;
pub(crate) use releaser::{Handed, Parts, Releaser, Told};
pub use releases::ReleasesError;
pub(crate) use releases::{Releases, path_in};

use crate::config::{WhenMissing, Witnesses as Settings};
use http::Prefix;
use jcm_format::tlog::{POLICY_BYTES_MAX, Policy, PolicyError, VerifierKey};
use rustls::ClientConfig;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Why the witnesses that are configured cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum WitnessesError {
    /// A file cannot be read.
    #[error("cannot read {key}, {}", path.display())]
    Read {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The policy is not one.
    #[error("witnesses.policy, {}", path.display())]
    Policy {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: PolicyError,
    },
    /// A witness's address will not do.
    #[error(
        "the address of witness {name} will not do: write https://HOST[:PORT][/PATH], or http:// with a loopback address"
    )]
    Address {
        /// Its name in the policy.
        name: String,
    },
    /// The witnesses that have an address are not enough for the quorum.
    #[error(
        "the witnesses with an address are too few for the quorum of the policy: add the addresses"
    )]
    TooFew,
    /// The policy demands nobody.
    #[error("the quorum of the policy is none; leave [witnesses] out, or demand somebody")]
    Nobody,
    /// The policy is for other logs.
    #[error("the policy has log lines, but none with this registry's key: {0}")]
    OtherLog(String),
    /// The authority's certificates cannot be used.
    #[error("witnesses.ca, {}, holds no usable PEM certificate", .0.display())]
    Ca(PathBuf),
    /// TLS cannot be had.
    #[error("no TLS towards the witnesses")]
    Tls(#[source] rustls::Error),
}

/// The witnesses, as they are configured.
pub(crate) struct Witnesses {
    pub(crate) policy: Policy,
    pub(crate) when_missing: WhenMissing,
    /// How long one request may take, and how long a release waits for answers.
    pub(crate) timeout: Duration,
    /// Where each witness of the policy is asked; `None` for one without an address.
    prefixes: Vec<Option<Prefix>>,
    tls: Arc<ClientConfig>,
}

impl Witnesses {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// What will not do, and what to write.
    pub(crate) fn load(settings: &Settings) -> Result<Witnesses, WitnessesError> {
        let policy = read_policy(&settings.policy)?;
        if policy.is_met(|_| false) {
            return Err(WitnessesError::Nobody);
        }
        let mut prefixes = Vec::new();
        for witness in policy.witnesses() {
            let prefix = witness.url.as_ref().map(|url| {
                let wrong = || WitnessesError::Address { name: witness.name.clone() };
                Prefix::parse(url).ok_or_else(wrong)
            });
            prefixes.push(prefix.transpose()?);
        }
        if !policy.is_met(|place| prefixes.get(place).is_some_and(Option::is_some)) {
            return Err(WitnessesError::TooFew);
        }
        let tls = http::tls(settings.ca.as_deref())?;
        let timeout = Duration::from_millis(settings.timeout_ms);
        Ok(Witnesses { policy, when_missing: settings.when_missing, timeout, prefixes, tls })
    }

    /// Refuses a policy that is for other logs than this one.
    pub(crate) fn expect_log(&self, log_key: &VerifierKey) -> Result<(), WitnessesError> {
        let logs = self.policy.logs();
        if logs.is_empty() || logs.iter().any(|log| log.key == *log_key) {
            return Ok(());
        }
        Err(WitnessesError::OtherLog(log_key.to_string()))
    }
}

fn read_policy(path: &Path) -> Result<Policy, WitnessesError> {
    let failed =
        |source| WitnessesError::Read { key: "witnesses.policy", path: path.to_owned(), source };
    let limit = u64::try_from(POLICY_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = String::new();
    File::open(path).map_err(failed)?.take(limit).read_to_string(&mut text).map_err(failed)?;
    text.parse().map_err(|source| WitnessesError::Policy { path: path.to_owned(), source })
}
