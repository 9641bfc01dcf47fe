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

/// Cargo, as a shell would call it. What cargo tells a test about itself in the environment
/// (`CARGO_MANIFEST_DIR` and others) would have it build again what depends on that.
pub fn cargo() -> std::process::Command {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    let told = ["CARGO", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE"];
    let told_of = ["CARGO_BIN_", "CARGO_MANIFEST_", "CARGO_PKG_"];
    for (name, _) in std::env::vars_os() {
        let Some(name) = name.to_str() else { continue };
        if told.contains(&name) || told_of.iter().any(|prefix| name.starts_with(prefix)) {
            cargo.env_remove(name);
        }
    }
    cargo
}
