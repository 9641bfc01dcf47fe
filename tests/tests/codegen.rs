//! The checked-in code of the signed messages is what the proto file gives.
//!
//! It is checked in so that the format crate needs no build script: an auditor
//! reads exactly what is compiled. `UPDATE_GENERATED=1 cargo test -p jcm-tests
//! --test codegen` writes it anew.

use std::path::Path;

/// The proto files whose messages are signed, and so are the format crate's.
const SIGNED: [&str; 2] = ["command", "access"];

#[test]
fn the_generated_code_is_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for name in SIGNED {
        let out = tempfile::tempdir().expect("a folder");
        let source = format!("jcm/registry/v1/{name}.proto");
        let descriptors = protox::compile([&source], [root.join("proto")]).expect("valid");
        prost_build::Config::new().out_dir(out.path()).compile_fds(descriptors).expect("generated");
        let code = std::fs::read_to_string(out.path().join("jcm.registry.v1.rs")).expect("code");
        let generated = format!("// Generated from proto/{source}; do not edit.\n{code}");
        let checked_in = root.join(format!("crates/format/src/generated/{name}.rs"));
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            std::fs::write(&checked_in, &generated).expect("written");
        }
        let current = std::fs::read_to_string(&checked_in).unwrap_or_default();
        assert!(current == generated, "{name}.rs is stale: run with UPDATE_GENERATED=1");
    }
}
