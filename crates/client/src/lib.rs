//! The registry's client: build a command, see its exact effect, sign it, send
//! it safely, and check the receipt.
//!
//! Nothing that the registry says is believed on its word alone: a receipt is
//! accepted only when its checkpoint is signed by the log's key, is consistent
//! with the last checkpoint that this client trusted, and proves that exactly
//! the submitted payload is in the log. What is merely read ([`reads`]) is the
//! registry's word, and carries no proof.
//!
//! ```no_run
//! # async fn example() -> Result<(), jcm_client::ClientError> {
//! use jcm_client::{
//!     Caller, CommandBuilder, KeyFile, Passphrase, RegistryClient, SubmitPolicy, TrustStore,
//! };
//! use jcm_format::command::Body;
//! use jcm_format::id::EntryIndex;
//!
//! let client = RegistryClient::connect("http://127.0.0.1:50051").await?;
//! let registry = client.registry().await?;
//! let mut trust = TrustStore::in_memory(registry.log_key);
//! let mut unlock = |_: &_| Passphrase::from_file("operator.passphrase".as_ref());
//! let key = KeyFile::read("operator.key".as_ref(), &mut unlock)?.key;
//! // Who asks: what is not open to everybody is signed. The origin is the one that is
//! // trusted, which after the first time is that of the trust store.
//! let client = client.with_caller(Caller::new(registry.origin.clone(), key.clone()));
//! let body = Body::OpenAccount { application: EntryIndex::new(7) };
//! let command = CommandBuilder::new(registry.origin, body).build()?;
//! let effect = client.prepare(&command, &[key.public_key()]).await?;
//! println!("{:?}, fee {} yen", effect.effects, effect.fee_yen);
//! let signed = command.pin(&effect).sign(&[&key])?;
//! let receipt = client.submit(&signed, &[], &mut trust, &SubmitPolicy::default()).await?;
//! println!("entry {}", receipt.index());
//! # Ok(())
//! # }
//! ```

mod caller;
mod client;
mod command;

mod tls;

mod receipt;
mod trust;

mod retry;

mod notices;
pub mod reads;

mod private;

mod error;

mod advice;

pub use caller::{Caller, CallerChannel};
pub use client::{RawReceipt, RegistryClient, RegistryInfo};
pub use command::{
    CommandBuilder, PreparedEffect, UnsignedCommand, VALIDITY_MS_DEFAULT, add_signature,
    prove_possession, verify_possession,
};
pub use error::{ClientError, FieldViolation, Outcome, Refusal};
pub use jcm_keys::{
    KeyError, KeyFile, KeyFileError, KeyName, Passphrase, PassphraseError, Protection, Signer,
};
pub use notices::{FeedEvent, NotAPosition, NoticeFeed, Position};
pub use private::PrivateValue;
pub use receipt::{Receipt, ReceiptError};
pub use retry::SubmitPolicy;
pub use tls::{HandshakeError, Identity, Tls, TlsFileError};
pub use trust::{Evidence, KeySource, Standing, TrustError, TrustStore, Unproven, Witnesses};

/// The generated messages and client of `jcm.registry.v1`, for what this crate
/// does not wrap.
pub use jcm_api::pb as wire;

/// Effects in words: what an event says, read from the event itself.
pub use jcm_api::words;
