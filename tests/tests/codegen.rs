//! The checked-in code of the signed messages is what the proto file gives.
//!
//! It is checked in so that the format crate needs no build script: an auditor
//! reads exactly what is compiled. `UPDATE_GENERATED=1 cargo test -p jcm-tests
//! --test codegen` writes it anew.

use std::path::Path;

const HEADER: &str = "// Generated from proto/jcm/registry/v1/command.proto; do not edit.\n";

#[test]
fn the_generated_commands_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let out = tempfile::tempdir().expect("a folder");
    let descriptors =
        protox::compile(["jcm/registry/v1/command.proto"], [root.join("proto")]).expect("valid");
    prost_build::Config::new().out_dir(out.path()).compile_fds(descriptors).expect("generated");
    let generated = std::fs::read_to_string(out.path().join("jcm.registry.v1.rs")).expect("code");
    let generated = format!("{HEADER}{generated}");
    let checked_in = root.join("crates/format/src/generated/command.rs");
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        std::fs::write(&checked_in, &generated).expect("written");
    }
    let current = std::fs::read_to_string(&checked_in).unwrap_or_default();
    assert!(current == generated, "command.rs is stale: run with UPDATE_GENERATED=1");
}
