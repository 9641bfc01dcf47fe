//! The wire: generated gRPC code, and conversions between it and the format.
//! No decisions.

/// The generated messages, client and server of `jcm.registry.v1`.
#[allow(missing_docs, clippy::all, unreachable_pub)]
pub mod pb {
    tonic::include_proto!("jcm.registry.v1");
}

/// The descriptors of all proto files, for gRPC reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
