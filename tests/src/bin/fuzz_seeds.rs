//! Writes examples for the fuzz targets of `tests/fuzz` to begin with, one folder for each:
//! `fuzz_seeds FOLDER`.

use jcm_api::pb;
use jcm_format::entry::SealedEntry;
use jcm_format::frame::MAGIC;
use jcm_tests::world::{World, secret};
use prost::Message as _;
use std::fs;
use std::path::{Path, PathBuf};

fn put(folder: &Path, target: &str, number: usize, bytes: &[u8]) {
    let folder = folder.join(target);
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(format!("seed-{number:03}")), bytes).expect("a file");
}

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder"));
    let world = World::stocked();
    let mut segment = MAGIC.to_vec();
    let mut number = 0;
    for frame in world.log.frames() {
        let bytes = frame.encode().expect("short");
        segment.extend_from_slice(&bytes);
        put(&folder, "log", number, &bytes);
        put(&folder, "notes", number, frame.checkpoint.as_bytes());
        put(&folder, "files", number, frame.checkpoint.as_bytes());
        for entry in &frame.entries {
            let sealed = SealedEntry::open(entry.clone()).expect("canonical");
            let command = sealed.entry().command.clone();
            put(&folder, "entry", number, entry);
            put(&folder, "command", number, &command.payload);
            let signers = command.signatures.iter().map(|signed| signed.key.as_bytes().to_vec());
            let prepare =
                pb::PrepareRequest { payload: command.payload.clone(), signers: signers.collect() };
            put(&folder, "grpc", 2 * number, &[&[1], prepare.encode_to_vec().as_slice()].concat());
            let wire = pb::SignedCommand::from(command);
            put(&folder, "envelope", number, &wire.encode_to_vec());
            let submit = pb::SubmitRequest { command: Some(wire), private_data: Vec::new() };
            put(
                &folder,
                "grpc",
                2 * number + 1,
                &[&[2], submit.encode_to_vec().as_slice()].concat(),
            );
            number += 1;
        }
    }
    // Both parts of the folder: the first, then the second, whose length stands at the end.
    put(&folder, "folder", 0, &segment);
    let seed: Vec<String> =
        secret("alpha").seed().iter().map(|byte| format!("{byte:02x}")).collect();
    put(&folder, "files", number, format!("{}\n", seed.concat()).as_bytes());
    put(
        &folder,
        "files",
        number + 1,
        b"data_dir = \"d\"\n[limits]\nreads_burst = 9\n[logging]\nlevel = \"warn\"\n",
    );
    let table = "取引日,入金額,振込人名,照会番号\n2026-11-20,\"14,400\",アルファ,1\n";
    put(&folder, "bank", 0, table.as_bytes());
}
