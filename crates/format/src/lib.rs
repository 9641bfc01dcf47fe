//! The bytes of the JCM registry: what is hashed, signed, stored and proved.
//!
//! Nothing in here decides, reads a clock, opens a file or a socket. Both the
//! ledger, which writes entries, and the verifier, which judges them, stand on
//! this crate and share nothing else. Specification: `docs/spec/`.

pub mod hash;
pub mod key;
pub mod tlog;
