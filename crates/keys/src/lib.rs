//! Signing keys: where they are kept, and how something is signed with them.
//!
//! A [`Signer`] signs. There are two: the key of a [`KeyFile`], encrypted
//! with a [`Passphrase`], and a key that an ssh-agent holds
//! ([`Agent`]). [`KeyName`] says which one is meant. *Absent: network,
//! terminal, decisions.* Reasons: `docs/adr/0017-key-files-and-signers.md`.

mod signer;

mod agent;
mod key_file;

mod container;
mod passphrase;

mod secret_file;

pub use agent::{Agent, AgentError, AgentKey, AgentSelector};
pub use container::{Damage, Protection};
pub use key_file::{KeyFile, KeyFileError, StoredKey, Unlock};
pub use passphrase::{PASSPHRASE_BYTES_MAX, PASSPHRASE_CHARS_MIN, Passphrase, PassphraseError};
pub use secret_file::open_to_others;
pub use signer::{KeyError, KeyName, OpenedKey, Signer};
