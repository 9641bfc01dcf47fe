//! The bytes of the JCM registry: what is hashed, signed, stored and proved.
//!
//! Nothing in here decides, reads a clock, opens a file or a socket. Both the
//! ledger, which writes entries, and the verifier, which judges them, stand on
//! this crate and share nothing else. Specification: `docs/spec/`.

pub mod limits;

pub mod codec;

pub mod amount;
pub mod hash;
pub mod id;
pub mod identification;
pub mod invoice;
pub mod itmo;
pub mod key;
pub mod party;
pub mod serial;
pub mod text;
pub mod time;

pub mod command;
pub mod envelope;

pub mod caller;

pub mod entry;
pub mod event;

pub mod frame;
pub mod release;
pub mod tlog;

pub mod commitment;

/// The protobuf messages that callers sign, as generated.
#[allow(missing_docs, clippy::all, unreachable_pub)]
#[rustfmt::skip]
#[path = "generated/command.rs"]
pub mod pb;
