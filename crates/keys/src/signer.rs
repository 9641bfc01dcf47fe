//! Whatever signs, and how it is named on a command line.

use crate::agent::{Agent, AgentError, AgentSelector};
use crate::key_file::{KeyFile, KeyFileError, Unlock};
use jcm_format::key::{PublicKey, SecretKey, Signature};
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

/// A key that can sign, wherever it is kept.
pub trait Signer: fmt::Debug + Send + Sync {
    /// The public half.
    fn public_key(&self) -> PublicKey;

    /// Signs `message`, and waits for it: an agent may ask its owner first.
    ///
    /// # Errors
    ///
    /// When whoever holds the key does not sign.
    fn sign(&self, message: &[u8]) -> Result<Signature, KeyError>;
}

impl Signer for SecretKey {
    fn public_key(&self) -> PublicKey {
        SecretKey::public_key(self)
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, KeyError> {
        Ok(SecretKey::sign(self, message))
    }
}

impl<S: Signer + ?Sized> Signer for Arc<S> {
    fn public_key(&self) -> PublicKey {
        (**self).public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, KeyError> {
        (**self).sign(message)
    }
}

/// Why a key does not sign.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Its file cannot be used.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The agent does not do it.
    #[error(transparent)]
    Agent(#[from] AgentError),
}

impl KeyError {
    /// What to do next.
    pub fn advice(&self) -> &'static str {
        match self {
            KeyError::File(error) => error.advice(),
            KeyError::Agent(error) => error.advice(),
        }
    }
}

/// Which key is meant: a file's path, or `agent:` and what the agent calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyName {
    /// The key of a file.
    File(PathBuf),
    /// A key of the ssh-agent that `SSH_AUTH_SOCK` names.
    Agent(AgentSelector),
}

/// A key, and whether it lay open in a file.
#[derive(Debug)]
pub struct OpenedKey {
    /// The key.
    pub signer: Arc<dyn Signer>,
    /// The file, if it is not encrypted.
    pub unencrypted: Option<PathBuf>,
}

impl KeyName {
    /// Finds the key. `unlock` is asked for passphrases.
    ///
    /// # Errors
    ///
    /// When the file cannot be used, or the agent has no such key.
    pub fn open(&self, unlock: &mut Unlock<'_>) -> Result<OpenedKey, KeyError> {
        match self {
            KeyName::File(path) => {
                let stored = KeyFile::read(path, unlock)?;
                let unencrypted = (!stored.is_encrypted).then(|| path.clone());
                Ok(OpenedKey { signer: Arc::new(stored.key), unencrypted })
            }
            KeyName::Agent(selector) => {
                let key = Agent::from_environment()?.find(selector)?;
                Ok(OpenedKey { signer: Arc::new(key), unencrypted: None })
            }
        }
    }

    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            KeyName::File(path) => Some(path),
            KeyName::Agent(_) => None,
        }
    }
}

impl FromStr for KeyName {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<KeyName, Infallible> {
        Ok(match text.strip_prefix("agent:") {
            Some(selector) => KeyName::Agent(AgentSelector::new(selector)),
            None => KeyName::File(PathBuf::from(text)),
        })
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            KeyName::File(path) => write!(f, "{}", path.display()),
            KeyName::Agent(selector) => write!(f, "agent:{selector}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_file_unless_it_says_agent() {
        for (text, expected) in [
            ("a.key", KeyName::File("a.key".into())),
            ("./agent:x", KeyName::File("./agent:x".into())),
            ("agent:a b", KeyName::Agent(AgentSelector::Comment("a b".into()))),
            ("agent:SHA256:x", KeyName::Agent(AgentSelector::Fingerprint("SHA256:x".into()))),
        ] {
            let name: KeyName = text.parse().expect("any text is a name");
            assert_eq!(name, expected);
            assert_eq!(name.to_string(), text);
        }
    }
}
