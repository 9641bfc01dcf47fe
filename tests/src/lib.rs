//! What crosses a crate: the world that tests play in, and helpers for the
//! programs under test.

pub mod acts;
pub mod article6;
pub mod certificates;
pub mod forge;
pub mod guard;
pub mod interop;
pub mod kit;
pub mod papers;
mod python;
pub mod random;
#[cfg(feature = "sbom")]
pub mod sbom;
#[cfg(feature = "seeds")]
pub mod seeds;
pub mod values;
pub mod walk;
pub mod witness;
pub mod world;

pub use python::{
    PythonEntry, PythonError, PythonLog, PythonReplay, python_decoder, python_entries,
    python_faults, python_replay,
};

/// The top of the project.
pub fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
