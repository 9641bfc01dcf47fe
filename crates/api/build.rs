//! Generates the service code and the descriptors for reflection. No protoc:
//! `protox` compiles the proto files.

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("../../proto");
    println!("cargo:rerun-if-changed={}", root.display());
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    // Reflection shows the signed messages too; the code for them is the
    // format crate's.
    let all = protox::compile(
        [
            "jcm/registry/v1/registry.proto",
            "jcm/registry/v1/command.proto",
            "jcm/registry/v1/access.proto",
        ],
        [&root],
    )?;
    std::fs::write(out.join("descriptors.bin"), encode(&all))?;

    let service = protox::compile(["jcm/registry/v1/registry.proto"], [&root])?;
    tonic_prost_build::configure().compile_fds(service)?;
    Ok(())
}

fn encode(descriptors: &tonic_prost_build::FileDescriptorSet) -> Vec<u8> {
    use prost::Message as _;
    descriptors.encode_to_vec()
}
