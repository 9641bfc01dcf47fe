//! What each fuzz target does with bytes. A body says whether it read anything of them,
//! and panics when something is not as it must be. libFuzzer searches with them
//! (`tests/fuzz/run.sh`), and `tests/tests/fuzz.rs` runs them over spoilt copies of good
//! examples in every run.

mod bank;
mod caller;
mod command;
mod config;
mod documents;
mod entry;
mod envelope;
mod files;
mod folder;
mod grpc;
mod keys;
mod log;
pub(crate) mod mended;
mod notes;
mod proofs;
mod sheets;
mod surface;
mod tiles;
mod workbook;

/// A target's name and its body.
pub(crate) type Target = (&'static str, fn(&[u8]) -> bool);

/// Every target; there is a file of each name in `fuzz_targets`.
pub(crate) const TARGETS: [Target; 17] = [
    ("bank", bank::body),
    ("caller", caller::body),
    ("command", command::body),
    ("config", config::body),
    ("documents", documents::body),
    ("entry", entry::body),
    ("envelope", envelope::body),
    ("files", files::body),
    ("folder", folder::body),
    ("grpc", grpc::body),
    ("keys", keys::body),
    ("log", log::body),
    ("notes", notes::body),
    ("proofs", proofs::body),
    ("sheets", sheets::body),
    ("tiles", tiles::body),
    ("workbook", workbook::body),
];
