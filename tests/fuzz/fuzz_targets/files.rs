//! Files that people write or are handed: keys, configuration, trust, receipts.
#![no_main]
use jcm_client::KeyFile;
use jcm_format::tlog::{KeyType, Note, ProofFile, VerifierKey};
use libfuzzer_sys::fuzz_target;
use std::os::unix::fs::OpenOptionsExt as _;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key");
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).mode(0o600).open(&path).expect("a file");
    std::io::Write::write_all(&mut file, bytes).expect("written");
    if let Err(error) = KeyFile::read(&path) {
        let _ = (error.to_string(), error.advice());
    }
    let _ = jcm_client::TrustStore::load(&path);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(config) = registry_node::Config::parse(text) {
        let again = registry_node::Config::parse(&config.to_string());
        assert_eq!(again.expect("its own text").limits, config.limits);
    }
    let public = jcm_tests::world::secret("log").public_key();
    let origin = jcm_tests::world::origin();
    for kind in [KeyType::Ed25519, KeyType::Cosignature] {
        let Ok(key) = VerifierKey::new(origin.as_ref(), kind, &public) else { continue };
        if let Ok(note) = Note::parse(text) {
            let _ = note.cosignatures(&[key.clone()]);
        }
        if let Ok(proof) = text.parse::<ProofFile>() {
            let _ = proof.verify(proof.extra().unwrap_or_default(), &key);
        }
    }
});
