//! A connection to the registry, and what this home folder believes of it.

use crate::cli::{Global, LogKey};
use crate::failure::{Failure, exit};
use crate::home::Home;
use crate::keys::Keyring;
use crate::tell;
use jcm_client::{
    Caller, Identity, KeyName, KeySource, RegistryClient, RegistryInfo, Tls, TrustStore, Witnesses,
};
use jcm_format::tlog::{Origin, POLICY_BYTES_MAX, Policy, VerifierKey};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// What every command has.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where the registry is.
    pub endpoint: String,
    /// Whom to believe there, and who to be.
    pub tls: Tls,
    /// The home folder.
    pub home: Home,
    /// The log key that the caller demands.
    pub log_key: Option<LogKey>,
    /// Who has to have cosigned what is believed.
    pub witness_policy: Option<Policy>,
    /// The key of whoever asks.
    pub caller: Option<KeyName>,
    /// What opens keys.
    pub keyring: Keyring,
}

/// A registry that was asked who it is, and is the one that is trusted.
#[derive(Debug)]
pub struct Session {
    /// The connection.
    pub client: RegistryClient,
    /// What it said.
    pub info: RegistryInfo,
    /// The key and the last checkpoint believed.
    pub trust: TrustStore,
}

impl Context {
    /// Takes over the flags and environment.
    pub fn new(global: &Global) -> Result<Context, Failure> {
        let user = std::env::var_os("HOME").map(PathBuf::from);
        Ok(Context {
            endpoint: global.endpoint.clone(),
            tls: tls(global)?,
            home: Home::choose(global.home.clone(), user)?,
            log_key: global.log_key.clone(),
            witness_policy: global.witness_policy.as_deref().map(policy).transpose()?,
            keyring: Keyring::new(global.passphrase_file.clone()),
            caller: global.key.first().or(global.reader.as_ref()).cloned(),
        })
    }

    /// Connects for reading: nothing is believed. Whoever gives a key asks with it, of the
    /// registry that this home folder trusts and of no other.
    pub async fn connect(&self) -> Result<RegistryClient, Failure> {
        match self.caller {
            Some(_) => Ok(self.open().await?.client),
            None => self.dial().await,
        }
    }

    async fn dial(&self) -> Result<RegistryClient, Failure> {
        Ok(RegistryClient::connect_with(&self.endpoint, &self.tls).await?)
    }

    /// The same connection for the owner of the key that is given, if one is.
    fn as_caller(
        &self,
        client: RegistryClient,
        trust: &TrustStore,
    ) -> Result<RegistryClient, Failure> {
        let Some(name) = &self.caller else { return Ok(client) };
        let key = self.keyring.open_first(name)?;
        Ok(client.with_caller(Caller::new(origin(trust.log_key())?, key)))
    }

    /// Connects, and makes sure that the registry shows the log key that is
    /// trusted. Without one, the key shown is kept, and that is said.
    pub async fn open(&self) -> Result<Session, Failure> {
        let known = self.known_trust()?;
        let client = self.dial().await?;
        let info = client.registry().await?;
        let trust = match known {
            Some(trust) => trust,
            None => self.demanding(self.first_trust(&info)?)?,
        };
        trust.expect_key(&info.log_key)?;
        let client = self.as_caller(client, &trust)?;
        Ok(Session { client, info, trust })
    }

    /// The trust store of earlier runs, which must agree with `--log-key`.
    pub fn known_trust(&self) -> Result<Option<TrustStore>, Failure> {
        let Some(trust) = TrustStore::load(&self.home.trust())? else { return Ok(None) };
        if let Some(demanded) = &self.log_key {
            // Another origin than the one trusted is as bad as another key.
            trust.expect_key(&named(demanded, &origin(trust.log_key())?)?)?;
        }
        self.demanding(trust).map(Some)
    }

    /// The store, which demands the witnesses that the caller demands.
    fn demanding(&self, trust: TrustStore) -> Result<TrustStore, Failure> {
        match &self.witness_policy {
            Some(policy) => Ok(trust.demanding(policy.clone())?),
            None => Ok(trust),
        }
    }

    /// The witnesses whom the caller demands, for a log with this key.
    pub fn witnesses(&self, log_key: &VerifierKey) -> Result<Option<Witnesses>, Failure> {
        let policy = self.witness_policy.clone();
        Ok(policy.map(|policy| Witnesses::of(policy, log_key)).transpose()?)
    }

    fn first_trust(&self, info: &RegistryInfo) -> Result<TrustStore, Failure> {
        let file = self.home.trust();
        if let Some(pinned) = &self.log_key {
            let pinned = named(pinned, &info.origin)?;
            // Before it is kept: a key that the registry does not have is a slip.
            TrustStore::in_memory(pinned.clone()).expect_key(&info.log_key)?;
            return Ok(TrustStore::create(&file, pinned, KeySource::Pinned)?);
        }
        tell!("note: no log key is known yet. From now on this key is trusted, unchecked:");
        tell!("      {}", info.log_key);
        tell!(
            "      Compare it with the one that the registry publishes (genesis {}).",
            info.genesis
        );
        Ok(TrustStore::create(&file, info.log_key.clone(), KeySource::FirstUse)?)
    }
}

/// Reads a policy file.
fn policy(file: &Path) -> Result<Policy, Failure> {
    // One byte more than there may be, so that too long a file is refused as that.
    let limit = (POLICY_BYTES_MAX as u64).saturating_add(1);
    let mut text = String::new();
    let opened = File::open(file).map_err(Failure::reading(file))?;
    opened.take(limit).read_to_string(&mut text).map_err(Failure::reading(file))?;
    let policy: Policy = text.parse().map_err(|error| {
        Failure::usage(
            format!("{} is not a witness policy: {error}", file.display()),
            "Give the file that the registry publishes (--witness-policy).",
        )
    })?;
    if policy.is_met(|_| false) {
        return Err(Failure::usage(
            format!("the quorum of {} is none, so that it demands nobody", file.display()),
            "Name the witnesses that you demand in its quorum line, or give no policy.",
        ));
    }
    Ok(policy)
}

/// The registry whose log key this is.
fn origin(log_key: &VerifierKey) -> Result<Origin, Failure> {
    let origin = log_key.name().parse();
    origin.map_err(|_| Failure::other("the trusted key has no origin", exit::UNTRUSTED))
}

fn tls(global: &Global) -> Result<Tls, Failure> {
    let identity = match (global.client_cert.clone(), global.client_key.clone()) {
        (Some(certificate), Some(key)) => Some(Identity { certificate, key }),
        (None, None) => None,
        _ => {
            return Err(Failure::usage(
                "a client certificate and its key go together",
                "Give both --client-cert and --client-key, or neither.",
            ));
        }
    };
    Ok(Tls { ca: global.ca.clone(), identity })
}

fn named(key: &LogKey, origin: &Origin) -> Result<VerifierKey, Failure> {
    key.for_origin(origin).map_err(|what| Failure::other(what, exit::UNTRUSTED))
}
