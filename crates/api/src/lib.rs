//! The wire: generated gRPC code, conversions between it and the format, and
//! the words in which effects are shown to people. No decisions.

pub mod access;
pub mod convert;
pub mod words;

/// The generated messages, client and server of `jcm.registry.v1`.
#[allow(missing_docs, clippy::all, clippy::too_many_lines, unreachable_pub)]
pub mod pb {
    tonic::include_proto!("jcm.registry.v1");
}

/// The descriptors of all proto files, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
