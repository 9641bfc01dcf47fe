//! Checkpoints, notes, proofs and verifier keys, as anybody may publish them.
#![no_main]
use jcm_format::tlog::{Checkpoint, Note, ProofFile, VerifierKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Note::parse(text);
    let _ = Checkpoint::parse(text);
    if let Ok(proof) = text.parse::<ProofFile>() {
        assert_eq!(proof.to_string(), text, "one form only");
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text, "one form only");
    }
});
